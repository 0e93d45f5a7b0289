"""Why a plan is as it is: the reasons for unmet need, the bottlenecks, and the story of one row."""

from pledgeway.planning.explanation.bottlenecks import bottlenecks
from pledgeway.planning.explanation.unmet import unmet

__all__ = ["bottlenecks", "unmet"]
