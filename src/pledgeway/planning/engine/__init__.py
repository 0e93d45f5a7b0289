"""The planning engine: columns, prices, proven bounds, whole units. See docs/engine.md."""

from pledgeway.planning.engine.solve import solve

__all__ = ["solve"]
