"""Planning: the problem, the engine, and what is proven of its plans. A pure library: tables in, plan out."""

from pledgeway.planning.plan import Leg, Movement, Plan, allocations
from pledgeway.planning.problem import Problem
from pledgeway.planning.solving import solve
from pledgeway.planning.stop import GapOrTime, Progress, Rounds
from pledgeway.planning.verification import Verification, verify

__all__ = [
    "GapOrTime",
    "Leg",
    "Movement",
    "Plan",
    "Problem",
    "Progress",
    "Rounds",
    "Verification",
    "allocations",
    "solve",
    "verify",
]
