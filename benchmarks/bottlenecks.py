"""Whether what a bottleneck is said to be worth is what more of it brings: each is raised and planned again.

Run in the repository:  python benchmarks/bottlenecks.py [PROBLEM.json] [--gap 0.004] [--seconds 60] [--most 8]

Each of the worst bottlenecks is raised so far that its prices predict a gain of three times the plan's gap (in points),
where at most doubling it does that. The gain of the best plan then lies, proven, between the raised plan's value less
the present bound and the raised bound less the present value. Prices speak of small changes, so a prediction for a
large raise may be above that interval, but no raise may bring more than was said: that is checked, and the exit status
is 1 where it fails.
"""

from __future__ import annotations

import argparse
import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd

from pledgeway.formats import read_problem
from pledgeway.planning import GapOrTime, Plan, Problem, solve
from pledgeway.planning.compiling import compile_engine
from pledgeway.planning.explanation.network import build_network
from pledgeway.planning.scenarios import what_if
from pledgeway.tables.rows import each_row

INSTANCE = Path(__file__).parent / "instances" / "M1.json"
TIMES_THE_GAP = 3.0
MOST_RAISE = 1.0
SLACK = 1e-6


def raised(problem: Problem, row: Any, share: float) -> Problem:
    """Return the problem with ``share`` more of a bottleneck, on its days; whole units and seats rounded up."""
    if row.kind == "stock":
        offers = problem.offers
        whole = offers["item"].map(~problem.items.set_index("id")["divisible"].astype(bool))
        more = offers["quantity"] * (1 + share)
        more = more.where(~whole, more.apply(math.ceil))
        return replace(problem, offers=offers.assign(quantity=more.where(offers["item"] == row.id, offers["quantity"])))
    if row.kind == "course":
        courses = problem.courses
        more = (courses["seats"] * (1 + share)).apply(math.ceil)
        return replace(problem, courses=courses.assign(seats=more.where(courses["id"] == row.id, courses["seats"])))
    if row.kind == "lane":
        network = build_network(problem)
        capacity = network.capacity.lanes[network.lane_of[row.id]]
        days = [
            {"lane": row.id, "first_day": day, "last_day": day, "capacity_t_per_day": capacity[day] * (1 + share),
             "note": None}
            for day in range(row.first_day, row.last_day + 1)
        ]  # fmt: skip
        return replace(problem, exceptions=pd.concat([problem.exceptions, pd.DataFrame(days)], ignore_index=True))
    column = "handling_t_per_day" if row.kind == "handling" else "storage_t"
    places = problem.places
    more = places[column].where(places["id"] != row.id, places[column] * (1 + share))
    return replace(problem, places=places.assign(**{column: more}))


def predicted(problem: Problem, changed: Problem, plan: Plan) -> float:
    """Return what the plan's prices say that the raise brings at most, in points: price times more, over all rows."""
    prices = plan.prices
    assert prices is not None
    before, after = build_network(problem).capacity, build_network(changed).capacity
    network = build_network(problem)
    gain = 0.0
    for given, number_of, old, new in (
        (prices.lanes, network.lane_of, before.lanes, after.lanes),
        (prices.handling, network.place_of, before.handling, after.handling),
        (prices.storage, network.place_of, before.storage, after.storage),
    ):
        for key, day, price in given:
            step = new[number_of[key]][day] - old[number_of[key]][day]
            gain += price * step if math.isfinite(step) else 0.0
    more = dict(zip(problem.offers["id"], changed.offers["quantity"] - problem.offers["quantity"], strict=True))
    gain += sum(price * more[offer] for offer, price in prices.offers)
    seats = (changed.courses["seats"] - problem.courses["seats"]).tolist()
    for course, step in zip(each_row(problem.courses), seats, strict=True):
        ready = course.start + course.duration_days
        gain += step * sum(price for name, day, price in prices.training if name == course.training and day >= ready)
    return gain


def measure(problem: Problem, plan: Plan, row: Any, stop: GapOrTime) -> bool:
    """Raise one bottleneck, print what came of it, and return whether no more came than was said."""
    gap = plan.bound - plan.value
    share = TIMES_THE_GAP * gap / (10 * row.total)
    if share > MOST_RAISE:
        print(f"{row.kind:<9}{row.name[:42]:<43}  too small to tell from the gap")
        return True
    changed = raised(problem, row, share)
    said = predicted(problem, changed, plan)
    found = what_if(problem, plan, changed, stop)
    least, most = max(0.0, found.plan.value - plan.bound), found.plan.bound - plan.value
    limit = plan.bound + said
    holds = found.plan.value <= limit * (1 + SLACK)
    verdict = "as said" if least <= said <= most else "less than said" if said > most else "MORE THAN SAID"
    print(
        f"{row.kind:<9}{row.name[:42]:<43}{share:>7.1%}{said:>12,.0f}{found.gain:>12,.0f}"
        f"   {least:>9,.0f} to {most:>9,.0f}   {verdict}",
        flush=True,
    )
    return holds


def main() -> None:
    """Plan the problem, raise its worst bottlenecks one after another, and print a line for each."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("problem", type=Path, nargs="?", default=INSTANCE)
    parser.add_argument("--gap", type=float, default=0.004)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--most", type=int, default=8)
    options = parser.parse_args()
    compile_engine()
    problem, stop = read_problem(options.problem), GapOrTime(options.gap, options.seconds)
    plan = solve(problem, stop)
    print(f"{problem.name}: value {plan.value:,.0f}, bound {plan.bound:,.0f}, gap {plan.gap:.2%}")
    print(f"{'':<52}{'raise':>7}{'said':>12}{'gained':>12}   {'proven gain of the best plan'}")
    held = [measure(problem, plan, row, stop) for row in each_row(plan.bottlenecks.head(options.most))]
    raise SystemExit(0 if all(held) else 1)


if __name__ == "__main__":
    main()
