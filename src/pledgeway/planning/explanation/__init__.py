"""Why a plan is as it is: the reasons for unmet need, the bottlenecks, and the story of one row.

What is said rests on the problem's tables, the plan's movements and its prices; nothing here looks into the engine.
"""

from pledgeway.planning.explanation.bottlenecks import bottlenecks
from pledgeway.planning.explanation.explain import UnknownIdError, explain
from pledgeway.planning.explanation.unmet import unmet

__all__ = ["UnknownIdError", "bottlenecks", "explain", "unmet"]
