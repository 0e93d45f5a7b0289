"""What holds a plan back most, with the worth of one more unit of it, from the prices that prove the bound."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
import pandas as pd

from pledgeway.planning.explanation.network import Floats, Network, build_network, loads
from pledgeway.planning.explanation.wording import figure, listed, percent, sentence, span, tonnes
from pledgeway.planning.plan import Certificate, Plan
from pledgeway.planning.problem import Problem
from pledgeway.tables.rows import each_row

COLUMNS = ("kind", "id", "name", "first_day", "last_day", "worth", "unit", "total", "used", "sentence")
STEP = 0.1
NEGLIGIBLE = 1e-6
FULL, NEARLY = 0.95, 0.7
Row = dict[str, Any]


def bottlenecks(problem: Problem, plan: Plan, certificate: Certificate | None) -> pd.DataFrame:
    """Return the bottlenecks of ``plan``, the worst first; no rows without prices or where none is above nothing.

    ``certificate`` has the prices of the linear part: the plan's own, or another's where a solver proved the plan's
    bound. Columns: kind (lane, handling, storage, stock, course), id (of a lane, place, item or course), name,
    first_day, last_day (of use in these days), worth (value of one more ``unit``: a tonne on each of these days, on
    average a day; a unit of the item; a seat), total (what a tenth more of it would add at these prices: the order of
    the rows), used (share that the plan uses, 0 to 1), sentence.

    Prices speak of small changes: a tenth more of everything at once adds less than the sum of the totals.
    """
    if certificate is None:
        return pd.DataFrame(columns=list(COLUMNS))
    network = build_network(problem)
    used = loads(network, plan)
    names = dict(zip(problem.places["id"], problem.places["name"], strict=True))
    lane_names = {row.id: _lane_name(row, names) for row in each_row(problem.lanes)}
    rows: list[Row] = []
    for kind, prices, number_of, capacity, load, title in (
        ("lane", certificate.lanes, network.lane_of, network.capacity.lanes, used.lanes, lane_names),
        ("handling", certificate.handling, network.place_of, network.capacity.handling, used.handling, names),
        ("storage", certificate.storage, network.place_of, network.capacity.storage, used.storage, names),
    ):
        for key, by_day in _by_day(prices, network.days):
            number = number_of[key]
            for run in _runs(by_day, capacity[number]):
                rows.append(_network_row(network, kind, key, title[key], run, by_day, capacity[number], load[number]))
    rows += _stock_rows(problem, plan, certificate)
    rows += _course_rows(problem, plan, certificate)
    least = NEGLIGIBLE * max(abs(plan.bound), 1e-9) if np.isfinite(plan.bound) else NEGLIGIBLE
    rows = sorted((row for row in rows if row["total"] > least), key=lambda row: (-row["total"], row["id"]))
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _lane_name(lane: Any, names: dict[str, str]) -> str:
    return f"{names[lane.origin]} to {names[lane.destination]} ({lane.mode})"


def _by_day(prices: Iterable[tuple[str, int, float]], days: int) -> Iterator[tuple[str, Floats]]:
    table: dict[str, Floats] = defaultdict(lambda: np.zeros(days))
    for key, day, price in prices:
        table[key][day] += price
    yield from table.items()


def _runs(price: Floats, capacity: Floats) -> list[np.ndarray]:
    """Return the days with a price in runs; days on which nothing can go do not part a run."""
    floor = NEGLIGIBLE * max(float(price.max()), 1e-12)
    priced = np.nonzero((price > floor) & (capacity > 0) & np.isfinite(capacity))[0]
    open_before = np.cumsum(capacity > 0)
    parts = np.split(priced, np.nonzero(np.diff(open_before[priced]) > 1)[0] + 1) if len(priced) else []
    return [part for part in parts if len(part)]


def _network_row(
    network: Network, kind: str, key: str, name: str, run: np.ndarray, price: Floats, capacity: Floats, load: Floats
) -> Row:
    first, last, worth = int(run[0]), int(run[-1]), float(price[run].mean())
    share = float(load[run].sum() / capacity[run].sum())
    what = {"lane": f"the lane {name}", "handling": f"handling at {name}", "storage": f"storage at {name}"}[kind]
    room = tonnes(float(capacity[run].mean()))
    each = "" if len(run) == 1 else " on each of these days" if len(run) == last - first + 1 else " on each sailing day"
    limit = f"{room} a {'night' if kind == 'storage' else 'day'}"
    state = f"full at {limit}" if share >= FULL else f"used to {percent(share)} of {limit}"
    gain = _gain(f"one more tonne{each}", worth * len(run), share)
    text = f"{what} is {state} {span(network.problem, first, last)}; {gain}"
    return {
        "kind": kind, "id": key, "name": name, "first_day": first, "last_day": last, "worth": worth,
        "unit": "tonne a night" if kind == "storage" else "tonne a day",
        "total": STEP * float(price[run] @ capacity[run]), "used": min(1.0, share), "sentence": sentence(text),
    }  # fmt: skip


def _gain(more: str, worth: float, share: float) -> str:
    """Return what ``more`` would add; where the plan itself hardly uses what there is, that the bound says so."""
    said = f"{more} would add about {figure(worth)} points"
    return said if share >= NEARLY else f"by the prices of the bound, not by this plan's use, {said}"


def _stock_rows(problem: Problem, plan: Plan, certificate: Certificate) -> Iterator[Row]:
    """Yield a row per item whose offers have a price: what another unit of it would be worth where it is offered."""
    price: dict[str, float] = defaultdict(float)
    for offer, amount in certificate.offers:
        price[offer] += amount
    shipped: dict[str, float] = defaultdict(float)
    for move in plan.movements:
        shipped[move.offer] += move.quantity
    items = dict(zip(problem.items["id"], problem.items["name"], strict=True))
    offers = problem.offers.assign(
        price=problem.offers["id"].map(price).fillna(0.0), shipped=problem.offers["id"].map(shipped).fillna(0.0)
    )
    for item, own in offers[offers["price"] > 0].groupby("item", sort=False):
        quantity = float(own["quantity"].sum())
        if quantity <= 0:
            continue
        worth = float((own["price"] * own["quantity"]).sum()) / quantity
        share = float(own["shipped"].sum()) / quantity
        donors = listed(own.groupby("donor")["quantity"].sum().sort_values(ascending=False).index.tolist(), most=3)
        many = "the one" if quantity == 1 else f"the {figure(quantity)}"
        state = f"{'is' if quantity == 1 else 'are'} {'used up' if share >= FULL else f'{percent(share)} used'}"
        yield {
            "kind": "stock", "id": item, "name": items[item], "first_day": int(own["available_from"].min()),
            "last_day": int(own["available_until"].max()), "worth": worth, "unit": "unit",
            "total": STEP * worth * quantity, "used": min(1.0, share),
            "sentence": sentence(
                f"{items[item]}: {many} promised by {donors} {state}; {_gain('one more', worth, share)}"
            ),
        }  # fmt: skip


def _course_rows(problem: Problem, plan: Plan, certificate: Certificate) -> Iterator[Row]:
    """Yield a row per course whose seats have a price: a seat is worth the prices of all days from its end on."""
    by_class = dict(_by_day(certificate.training, problem.days))
    for course in each_row(problem.courses):
        ready = int(course.start + course.duration_days)
        if course.training not in by_class or ready >= problem.days or course.seats <= 0:
            continue
        worth = float(by_class[course.training][ready:].sum())
        share = plan.seats.get(course.id, 0) / course.seats
        state = "all taken" if share >= 1 else f"{percent(share)} taken"
        yield {
            "kind": "course", "id": course.id, "name": f"{course.training} course {course.id}",
            "first_day": ready, "last_day": problem.days - 1, "worth": worth, "unit": "seat",
            "total": STEP * worth * course.seats, "used": min(1.0, share),
            "sentence": sentence(
                f"{course.training} course {course.id} ends on {problem.date_of(ready)} and its "
                f"{figure(course.seats)} seats are {state}; {_gain('one more seat', worth, share)}"
            ),
        }  # fmt: skip
