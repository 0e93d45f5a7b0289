"""What prices prove of a problem: the limit on any plan's value, by code that shares nothing with the engine.

The network is walked forwards in time, where the engine walks it backwards.
"""

from __future__ import annotations

import math
from collections import defaultdict
from typing import Any

import numpy as np
import numpy.typing as npt

from pledgeway.planning.plan import Certificate, lateness
from pledgeway.planning.problem import Problem
from pledgeway.tables.rows import each_row

Floats = npt.NDArray[np.float64]
MOST_SEATS = 1_000_000
"""Of more seats, those that whole units cannot fill are not told apart."""


class Rows:
    """The problem's rows by id, and capacities by day."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.days = problem.days
        self.places = {row.id: row for row in each_row(problem.places)}
        self.lanes = {row.id: row for row in each_row(problem.lanes)}
        self.items = {row.id: row for row in each_row(problem.items)}
        self.offers = {row.id: row for row in each_row(problem.offers)}
        self.needs = {row.id: row for row in each_row(problem.requirements)}
        self.courses = {row.id: row for row in each_row(problem.courses)}
        self.factor = {(row.requirement, row.item): row.factor for row in each_row(problem.accepts)}
        self.capacity = {row.id: np.full(self.days, float(row.capacity_t_per_day)) for row in each_row(problem.lanes)}
        for row in each_row(problem.all_exceptions()):
            self.capacity[row.lane][max(0, row.first_day) : row.last_day + 1] = row.capacity_t_per_day


def is_whole(value: Any) -> bool:
    """Say whether ``value``, of a plan that may hold anything, is a whole number."""
    return isinstance(value, (int, np.integer)) and not isinstance(value, bool)


def is_number(value: Any) -> bool:
    """Say whether ``value``, of a plan that may hold anything, is a finite number."""
    return isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value) < 1e300


def _prices(network: Rows, certificate: Certificate) -> dict[str, dict[str, Floats]]:
    """Return the certificate's prices per table as arrays over days; raise ValueError for any that cannot be."""
    tables: dict[str, dict[str, Floats]] = {}
    for name in ("lanes", "handling", "storage", "training"):
        table: dict[str, Floats] = defaultdict(lambda: np.zeros(network.days))
        for key, day, price in getattr(certificate, name):
            if not (is_number(price) and price >= 0 and is_whole(day) and 0 <= day < network.days):
                raise ValueError(f"{name} {key} day {day}: price {price}")
            table[key][day] += price
        tables[name] = table
    return tables


def proven_limit(network: Rows, certificate: Certificate, *, whole_seats: bool = False) -> float:
    """Return the upper limit on any plan's value that the certificate's prices prove (PROBLEM.md).

    Price times capacity, plus for each requirement its quantity times the best that a unit can leave after the prices.
    With ``whole_seats`` only the seats count that units which are not divisible can fill. Raises ValueError and
    KeyError for prices that cannot be.
    """
    problem, days = network.problem, network.days
    prices = _prices(network, certificate)
    offer_price: dict[str, float] = defaultdict(float)
    for offer, price in certificate.offers:
        if not (is_number(price) and price >= 0):
            raise ValueError(f"offers {offer}: price {price}")
        offer_price[offer] += price
    total = [float(np.dot(prices["lanes"][lane], network.capacity[lane])) for lane in prices["lanes"]]
    stock: dict[str, float] = defaultdict(float)
    for row in network.offers.values():
        if row.in_storage:
            stock[row.origin] += row.quantity * network.items[row.item].mass_t
    for name, column in (("handling", "handling_t_per_day"), ("storage", "storage_t")):
        for place, by_day in prices[name].items():
            room = getattr(network.places[place], column)
            if math.isnan(room):
                raise ValueError(f"a price where there is no limit: {name} {place}")
            total.append(float(by_day.sum()) * (max(room, stock[place]) if name == "storage" else room))
    total += [price * network.offers[offer].quantity for offer, price in offer_price.items()]
    onward: dict[str, Floats] = {}
    for training in {item.training for item in network.items.values() if item.training}:
        by_day = prices["training"][training]
        onward[training] = np.cumsum(by_day[::-1])[::-1]
        seats = np.zeros(days)
        for course in network.courses.values():
            ready = course.start + course.duration_days
            if course.training == training and ready < days:
                seats[ready:] += course.seats
        total.append(float(np.dot(by_day, _filled(network, training, seats) if whole_seats else seats)))
    total += _tops(network, prices, offer_price, onward, problem.transport_weight)
    return math.fsum(total)


def _filled(network: Rows, training: str, seats: Floats) -> Floats:
    """Return the most of ``seats`` (D,) that whole units of what is offered and needs the training can fill."""
    offered = {offer.item for offer in network.offers.values()}
    items = [item for item in network.items.values() if item.training == training and item.id in offered]
    per_unit = {item.seats_per_unit for item in items}
    if any(item.divisible for item in items) or any(number <= 0 or number % 1 for number in per_unit):
        return seats
    if seats.max() > MOST_SEATS:
        return seats
    filled, fits = np.zeros(int(seats.max()) + 1), {0}
    for number in range(1, len(filled)):
        if any(number - unit in fits for unit in per_unit):
            fits.add(number)
        filled[number] = number if number in fits else filled[number - 1]
    by_day: Floats = filled[seats.astype(int)]
    return by_day


def _arrivals(
    network: Rows, prices: dict[str, dict[str, Floats]], windows: list[tuple[str, int, int]], weight: float
) -> dict[str, Floats]:
    """Return per destination of a requirement (windows, D): least cost of a tonne from the window there by that day."""
    days, count = network.days, len(windows)
    at = {place: np.full((days, count), math.inf) for place in network.places}
    origin = np.array([window[0] for window in windows], dtype=object)
    first, last = np.array([w[1] for w in windows]), np.array([w[2] for w in windows])
    starts = {place: origin == place for place in network.places}
    for day in range(days):
        if day:
            for place, costs in at.items():
                np.minimum(costs[day], costs[day - 1] + prices["storage"][place][day - 1], out=costs[day])
        in_window = (first <= day) & (day <= last)
        for lane in network.lanes.values():
            there = day + int(lane.transit_days)
            if there >= days or network.capacity[lane.id][day] <= 0:
                continue
            cost = (weight * lane.cost_per_t + prices["lanes"][lane.id][day]
                    + prices["handling"][lane.origin][day] + prices["handling"][lane.destination][there])  # fmt: skip
            start = np.where(starts[lane.origin] & in_window, 0.0, at[lane.origin][day])
            arrive = at[lane.destination][there]
            np.minimum(arrive, start + cost, out=arrive)
    destinations = {need.destination for need in network.needs.values()}
    for place in destinations:
        for w in np.nonzero(starts[place])[0]:
            at[place][min(first[w], days - 1), w] = 0.0
    return {place: np.minimum.accumulate(at[place], axis=0).T.copy() for place in destinations}


def _tops(
    network: Rows, prices: dict[str, dict[str, Floats]], offer_price: dict[str, float],
    onward: dict[str, Floats], weight: float,
) -> list[float]:  # fmt: skip
    """Return for each requirement its quantity times the best that one unit can leave after all prices (at least 0)."""
    days = network.days
    windows = sorted({(o.origin, int(o.available_from), int(o.available_until)) for o in network.offers.values()})
    row_of = {window: k for k, window in enumerate(windows)}
    batches = [_arrivals(network, prices, windows[k : k + 512], weight) for k in range(0, len(windows), 512)]
    cheapest = {place: np.concatenate([batch[place] for batch in batches]) for place in batches[0]} if batches else {}
    by_item: dict[str, list[Any]] = defaultdict(list)
    for offer in network.offers.values():
        by_item[offer.item].append(offer)
    rows = {
        item: (
            np.array([row_of[o.origin, int(o.available_from), int(o.available_until)] for o in offers]),
            np.array([offer_price[o.id] for o in offers]),
        )
        for item, offers in by_item.items()
    }
    accepts: dict[str, list[tuple[str, float]]] = defaultdict(list)
    for (need_id, item_id), factor in network.factor.items():
        accepts[need_id].append((item_id, factor))
    tops: list[float] = []
    for need in network.needs.values():
        begin = min(int(need.due), days - 1)
        usable = np.arange(begin, min(days, begin + max(1, int(need.grace_days))))
        keeps = np.array([lateness(int(day) - int(need.due), int(need.grace_days)) for day in usable])
        top = 0.0
        for item_id, factor in accepts[need.id]:
            if item_id not in rows:
                continue
            window, price = rows[item_id]
            allowed = [o.recipients is None or need.recipient in o.recipients for o in by_item[item_id]]
            if not all(allowed):
                window, price = window[allowed], price[allowed]
            item = network.items[item_id]
            leaves = need.weight * factor * keeps
            if item.training:
                leaves = leaves - item.seats_per_unit * onward[item.training][usable]
            best = leaves[None, :] - item.mass_t * cheapest[need.destination][window][:, usable] - price[:, None]
            top = max(top, float(best.max(initial=0.0)))
        tops.append(float(need.quantity) * top)
    return tops
