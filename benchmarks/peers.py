"""One peer on one problem, in a process of its own: prints what came of it as one line of JSON."""

from __future__ import annotations

import argparse
import json
import math
import resource
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from generate import generate
from greedy import greedy
from pledgeway.formats import plan_file, read_problem
from pledgeway.planning import GapOrTime, Plan, Problem, solve
from pledgeway.planning.compiling import compile_engine
from pledgeway.planning.exact import solve_exact
from pledgeway.planning.problem import from_dict
from pledgeway.planning.verification import verify

Answer = tuple[Plan | None, float, float, list[tuple[float, float, float]]]
NOTHING_PROVEN = 1e12
"""Stands for the bound of a peer that proves none, in its plan's file."""


def engine(problem: Problem, gap: float, seconds: float) -> Answer:
    """Return what the engine finds."""
    plan = solve(problem, GapOrTime(gap, seconds))
    return plan, plan.value, plan.bound, [(point.seconds, point.value, point.bound) for point in plan.trace]


def by_hand(problem: Problem, gap: float, seconds: float) -> Answer:  # noqa: ARG001 - it knows no gap
    """Return the greedy plan, which proves nothing."""
    plan = greedy(problem, seconds)
    return plan.with_(bound=NOTHING_PROVEN), plan.value, math.inf, []


def whole_model(problem: Problem, gap: float, seconds: float) -> Answer:
    """Return what HiGHS finds on the full time-expanded integer model."""
    found = solve_exact(problem, seconds, gap)
    return found.plan, found.value, found.bound, []


PEERS: dict[str, Callable[[Problem, float, float], Answer]] = {
    "engine": engine, "greedy": by_hand, "full model": whole_model,
}  # fmt: skip


def main() -> None:
    """Run one peer."""
    arguments = argparse.ArgumentParser()
    arguments.add_argument("peer", choices=PEERS)
    arguments.add_argument("problem", type=Path)
    arguments.add_argument("--gap", type=float, default=0.0)
    arguments.add_argument("--seconds", type=float, default=60.0)
    arguments.add_argument("--keep", type=Path, help="write the plan to this file")
    given = arguments.parse_args()
    problem, peer = read_problem(given.problem), PEERS[given.peer]
    compile_engine()
    peer(from_dict(generate("S", 0)), 0.5, 5.0)  # compiled code is loaded before the clock starts
    begun = time.perf_counter()
    plan, value, bound, trace = peer(problem, given.gap, given.seconds)
    result: dict[str, Any] = {
        "seconds": time.perf_counter() - begun, "value": value, "bound": bound, "trace": trace,
        "megabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "broken": list(verify(problem, plan).broken) if plan is not None else [],
    }  # fmt: skip
    if plan is not None and given.keep:
        plan_file.write(plan, given.keep)
    print(json.dumps(result))


if __name__ == "__main__":
    main()
