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

from greedy import greedy
from pledgeway.formats import read_problem
from pledgeway.planning import GapOrTime, Plan, Problem, Rounds, solve
from pledgeway.planning.exact import solve_exact
from pledgeway.planning.verification import verify

Answer = tuple[Plan | None, float, float, list[tuple[float, float, float]]]


def engine(problem: Problem, gap: float, seconds: float) -> Answer:
    """Return what the engine finds."""
    plan = solve(problem, GapOrTime(gap, seconds))
    return plan, plan.value, plan.bound, [(point.seconds, point.value, point.bound) for point in plan.trace]


def by_hand(problem: Problem, gap: float, seconds: float) -> Answer:  # noqa: ARG001 - it knows no gap
    """Return the greedy plan, which proves nothing."""
    plan = greedy(problem, seconds)
    return plan, plan.value, math.inf, []


def whole_model(problem: Problem, gap: float, seconds: float) -> Answer:
    """Return what HiGHS finds on the full time-expanded integer model."""
    found = solve_exact(problem, seconds, gap)
    return found.plan, found.value, found.bound, []


def relaxed(problem: Problem, gap: float, seconds: float) -> Answer:  # noqa: ARG001 - a linear program has no gap
    """Return the value of the full model without whole numbers, by HiGHS's interior point."""
    found = solve_exact(problem, seconds, integer=False, solver="ipm")
    return None, -math.inf, found.bound, []


PEERS: dict[str, Callable[[Problem, float, float], Answer]] = {
    "engine": engine, "greedy": by_hand, "full model": whole_model, "full model, linear": relaxed,
}  # fmt: skip


def main() -> None:
    """Run one peer."""
    arguments = argparse.ArgumentParser()
    arguments.add_argument("peer", choices=PEERS)
    arguments.add_argument("problem", type=Path)
    arguments.add_argument("--gap", type=float, default=0.0)
    arguments.add_argument("--seconds", type=float, default=60.0)
    given = arguments.parse_args()
    problem = read_problem(given.problem)
    solve(Problem(name="first call", days=2), Rounds(1))  # compiled code is loaded before the clock starts
    begun = time.perf_counter()
    plan, value, bound, trace = PEERS[given.peer](problem, given.gap, given.seconds)
    seconds = time.perf_counter() - begun
    claimed = bound if math.isfinite(bound) else 1e12  # greedy proves nothing
    broken = verify(problem, plan.with_(bound=claimed)).broken if plan is not None else ()
    result: dict[str, Any] = {
        "value": value, "bound": bound, "seconds": seconds, "trace": trace, "broken": list(broken),
        "megabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }  # fmt: skip
    print(json.dumps(result))


if __name__ == "__main__":
    main()
