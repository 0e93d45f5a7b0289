"""Planning again while a plan is carried out: what changes, what it keeps and costs, and how long it takes.

Run in the repository:  python benchmarks/replanning.py [PROBLEM.json] [--today 30] [--fresh]

One thing happens at a time: nothing, the busiest hub closed for 14 days, the largest sailing 10 days late, the second
largest donor gone; planned again from the plan with a change weight of a tenth of an allocation's mean worth, to the
gap that the plan had; with ``--fresh`` also afresh, all days free, for how much more that changes. Seconds are those of
planning, then all of ``solve`` with the reasons, which have what planning leaves of ``--seconds``. Every plan is
verified.
"""

from __future__ import annotations

import argparse
import time
from collections import Counter
from pathlib import Path

from pledgeway.formats import read_problem
from pledgeway.planning import GapOrTime, Plan, Problem, solve, verify
from pledgeway.planning.compiling import compile_engine
from pledgeway.planning.ongoing import changes, usual_change_weight
from pledgeway.planning.plan import relative_gap
from pledgeway.planning.scenarios import apply, parse, since
from pledgeway.planning.summary import summarise

INSTANCE = Path(__file__).parent / "instances" / "L1.json"
CLOSED_DAYS, LATE_DAYS = 14, 10


def happenings(problem: Problem, plan: Plan, today: int) -> dict[str, str]:
    """Return what happens, as scenarios by what they are called."""
    figures = summarise(problem, plan)
    hub = figures.places[figures.places["kind"] == "hub"].iloc[0]["place"]
    donor = figures.donors.sort_values("worth", ascending=False).iloc[1]["donor"]
    mode = dict(zip(problem.lanes["id"], problem.lanes["mode"], strict=True))
    mass = dict(zip(problem.items["id"], problem.items["mass_t"], strict=True))
    item = dict(zip(problem.offers["id"], problem.offers["item"], strict=True))
    sailings: Counter[tuple[str, int]] = Counter()
    for move in plan.movements:
        for leg in move.legs:
            if mode[leg.lane] == "sea" and leg.departs >= today:
                sailings[leg.lane, leg.departs] += move.quantity * mass[item[move.offer]]  # type: ignore[assignment]
    (lane, day), _ = sailings.most_common(1)[0]
    last = min(problem.days, today + CLOSED_DAYS) - 1
    return {
        "nothing": "",
        f"hub {hub} closed for {CLOSED_DAYS} days": f"place:{hub} from {today} to {last}",
        f"sailing {lane} of day {day} {LATE_DAYS} days late": f"late:{lane} on {day} by {LATE_DAYS}",
        f"donor {donor} gone": f"donor:{donor} from {today}",
    }


def main() -> None:
    """Plan, let each thing happen, plan again and print a line for each."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("problem", nargs="?", type=Path, default=INSTANCE)
    parser.add_argument("--gap", type=float, default=0.01)
    parser.add_argument("--today", type=int, default=30)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--fresh", action="store_true")
    asked = parser.parse_args()
    problem = read_problem(asked.problem)
    compile_engine()
    begun = time.perf_counter()
    plan = solve(problem, GapOrTime(asked.gap, 180.0))
    weight = usual_change_weight(problem, plan)
    print(f"{problem.name}: planned in {time.perf_counter() - begun:.1f} s, gap {plan.gap:.2%}, "
          f"{len(plan.allocations):,} allocations; day {asked.today}, change weight {weight:.4g} points")  # fmt: skip
    print("| what happens | value | changed | to less | cost | gap less cost | of planning | seconds |")
    print("|---|---:|---:|---:|---:|---:|---:|---:|")
    for name, text in happenings(problem, plan, asked.today).items():
        changed = since(problem, apply(problem, parse(problem, text)), asked.today) if text else problem
        for how in ("carried on", "afresh") if asked.fresh else ("carried on",):
            begun = time.perf_counter()
            stop = GapOrTime(plan.gap * (1 + 1e-9), asked.seconds)
            if how == "carried on":
                found = solve(changed, stop, keep=plan, today=asked.today, change_weight=weight)
            else:
                found = solve(changed, stop)
            seconds = time.perf_counter() - begun
            broken = verify(changed, found).broken
            if broken:
                raise SystemExit(f"{name}: {broken}")
            pairs = changes(plan, found.movements)
            cost, limit = (found.change.cost, found.change.limit) if found.change else (0.0, found.bound)
            less = int((pairs["after"] < pairs["before"]).sum())
            gap = relative_gap(found.value - cost, limit)
            print(f"| {name}, {how} | {found.value / plan.value - 1:+.2%} | {len(pairs):,} | {less:,} | {cost:,.0f} | "
                  f"{gap:.2%} | {found.seconds:.1f} | {seconds:.1f} |", flush=True)  # fmt: skip


if __name__ == "__main__":
    main()
