"""Planning: the problem, the engine, and what is proven of its plans. A pure library: tables in, plan out.

Names are imported when they are first asked for: whoever only reads a problem's tables does not load the engine.
"""

from __future__ import annotations

import os
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pledgeway.planning.plan import Leg, Movement, Plan, allocations
    from pledgeway.planning.problem import Problem
    from pledgeway.planning.solving import solve
    from pledgeway.planning.stop import GapOrTime, Progress, Rounds
    from pledgeway.planning.verification import Verification, verify

# The engine's threads wait for one another hundreds of times a second. By default they keep their processors at work
# for milliseconds while they wait, and where others want these, planning a small problem took twice as long; without
# any such time, L1 takes a fifth longer. A few microseconds cost neither.
os.environ.setdefault("GOMP_SPINCOUNT", "5000")

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

_MODULES = {
    "plan": ("Leg", "Movement", "Plan", "allocations"),
    "problem": ("Problem",),
    "solving": ("solve",),
    "stop": ("GapOrTime", "Progress", "Rounds"),
    "verification": ("Verification", "verify"),
}


def __getattr__(name: str) -> Any:
    for module, names in _MODULES.items():
        if name in names:
            return getattr(import_module(f"{__name__}.{module}"), name)
    raise AttributeError(f"module {__name__} has no attribute {name}")
