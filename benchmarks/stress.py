"""Everything gone in turn: how long a sweep takes, how narrow its intervals are, and what warm starts bring.

Run in the repository:  python benchmarks/stress.py [PROBLEM.json] [--within 0.01] [--gap 0.005] [--workers 2]

Plans the problem once (M1 by default), takes every donor and every hub away in turn, and prints how long that took and
how many losses are proven to within the share asked for. Then it plans every ``--afresh``th scenario in this process,
warm and from nothing, both until bound and plan are as near to each other as the warm one brought them. All plans are
verified, and all bounds that rest on prices are computed again from these.
"""

from __future__ import annotations

import argparse
import os
import time
from pathlib import Path

from pledgeway.formats import read_problem
from pledgeway.planning import GapOrTime, Plan, Problem, solve, verify
from pledgeway.planning.compiling import compile_engine
from pledgeway.planning.engine.run import Run
from pledgeway.planning.scenarios import Outcome, Scenario, Stress, apply, built_in, stress
from pledgeway.planning.scenarios.outcome import Base, base_of, outcome
from pledgeway.planning.solving import planned
from pledgeway.planning.stop import Within

INSTANCE = Path(__file__).parent / "instances" / "M1.json"
PLAN_SECONDS, AFRESH_SECONDS, AFRESH_ROUNDS = 120.0, 60.0, 10_000
SLOWEST = 8


def said(found: Outcome, value: float, begun: float) -> None:
    """Print an outcome as it comes."""
    print(f"{time.perf_counter() - begun:7.1f} s  {found.scenario.name}: {(found.bound - found.value) / value:.3%} in "
          f"{found.seconds:.1f} s, {found.rounds} rounds", flush=True)  # fmt: skip


def check(problem: Problem, found: Outcome) -> None:
    """Refuse a plan that breaks a rule of its scenario, or a bound that its prices do not prove."""
    broken = verify(apply(problem, found.scenario), found.plan).broken
    if broken:
        raise SystemExit(f"{found.scenario.name}: {broken}")


def sweep(problem: Problem, plan: Plan, wanted: list[Scenario], asked: argparse.Namespace) -> Stress:
    """Return the sweep, after a table of how long it took and how near its intervals are."""
    begun = time.perf_counter()
    found = stress(
        problem, plan, wanted, within=asked.within, workers=asked.workers,
        progress=(lambda now, *_: said(now, plan.value, begun)) if asked.each else None,
    )  # fmt: skip
    widths = {loss.scenario.name: (loss.most - loss.least) / plan.value for loss in found.losses}
    over = {name: width for name, width in widths.items() if width > asked.within * (1 + 1e-9)}
    for loss in found.losses:
        check(problem, loss.outcome)
    seconds = [loss.outcome.seconds for loss in found.losses]
    print("| problem | scenarios | within | workers | seconds | of planning | longest | widest | wider |")
    print("|---|---:|---:|---:|---:|---:|---:|---:|---:|")
    print(f"| {problem.name} | {len(widths)} | {asked.within:.1%} | {asked.workers} | {found.seconds:.1f} | "
          f"{sum(seconds):.1f} | {max(seconds):.1f} | {max(widths.values()):.3%} | {len(over)} |")  # fmt: skip
    for loss in sorted(found.losses, key=lambda loss: -loss.outcome.seconds)[:SLOWEST]:
        least, most = loss.least / plan.value, loss.most / plan.value
        print(f"  {loss.scenario.name}: {least:.2%} to {most:.2%} lost, in {loss.outcome.seconds:.1f} s")
    return found


def compared(base: Base, wanted: list[Scenario]) -> None:
    """Print how long the scenarios take warm, and from nothing to the same distance of bound and plan."""
    print(f"| scenario | warm, to {base.wide / base.plan.value:.2%} | afresh | ratio |\n|---|---:|---:|---:|")
    warm_all = afresh_all = 0.0
    for scenario in wanted:
        warm = outcome(base, scenario)
        problem, begun = apply(base.problem, scenario), time.perf_counter()
        wide = max(base.wide, warm.bound - warm.value)
        stop = Within(wide, AFRESH_ROUNDS, AFRESH_SECONDS, wide / base.plan.value)
        plan, _ = planned(problem, Run(stop, None), base.seed, 1, exact=True)
        afresh = time.perf_counter() - begun
        reached = plan.bound - plan.value <= stop.value
        warm_all, afresh_all = warm_all + warm.seconds, afresh_all + afresh
        print(f"| {scenario.name} | {warm.seconds:.2f} | {'' if reached else '> '}{afresh:.2f} | "
              f"{afresh / warm.seconds:.1f} |", flush=True)  # fmt: skip
    print(f"| all | {warm_all:.1f} | {afresh_all:.1f} | {afresh_all / warm_all:.1f} |")


def main() -> None:
    """Plan, sweep, compare."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("problem", nargs="?", type=Path, default=INSTANCE)
    parser.add_argument("--within", type=float, default=0.01)
    parser.add_argument("--gap", type=float, help="of the present plan; by default 0.9 of --within, at most 0.005")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--afresh", type=int, default=6, help="every so manieth scenario warm and afresh; 0: none")
    parser.add_argument("--each", action="store_true", help="print every outcome as it comes")
    asked = parser.parse_args()
    problem = read_problem(asked.problem)
    compile_engine()
    gap = min(0.005, 0.9 * asked.within) if asked.gap is None else asked.gap
    plan = solve(problem, GapOrTime(gap, PLAN_SECONDS))
    wanted = built_in(problem, ["donor", "hub"])
    print(f"{problem.name}: gap {plan.gap:.3%} in {plan.seconds:.1f} s; {os.cpu_count()} processors, load "
          f"{os.getloadavg()[0]:.1f}", flush=True)  # fmt: skip
    sweep(problem, plan, wanted, asked)
    if asked.afresh:
        compared(base_of(problem, plan, within=asked.within), wanted[:: asked.afresh])


if __name__ == "__main__":
    main()
