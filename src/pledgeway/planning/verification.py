"""Is a plan valid, and is its bound proven? The rules of the problem, sharing no code with the engine.

Never raises on a plan's content, however wrong: everything found is listed. The bound is recomputed from the
certificate's prices by walking the network forwards in time, where the engine walks it backwards.
"""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from pledgeway.planning.plan import Movement, Plan, lateness
from pledgeway.planning.problem import Problem
from pledgeway.tables.rows import each_row

TOLERANCE = 1e-9
DUST = 1e-3

Floats = npt.NDArray[np.float64]
Load = dict[Any, list[tuple[int, float]]]


@dataclass(frozen=True)
class Verification:
    """What was found: the value by rule 7, every broken rule as a sentence, and what the certificate proves.

    ``proven`` is the limit that the certificate's prices prove, None where the bound rests on a solver's word.
    """

    value: float
    broken: tuple[str, ...]
    proven: float | None
    bound_holds: bool

    @property
    def valid(self) -> bool:
        """Whether no rule is broken and the bound holds."""
        return not self.broken and self.bound_holds


class _Network:
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


def _whole(value: Any) -> bool:
    return isinstance(value, (int, np.integer)) and not isinstance(value, bool)


def _number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value) < 1e300


class _BrokenError(Exception):
    """A movement so broken that the rest of it cannot be read."""


class _Loads:
    """What the movements use, gathered one movement at a time; faults are written to ``broken``."""

    def __init__(self, network: _Network) -> None:
        self.network = network
        self.broken: list[str] = []
        self.value: list[float] = []
        self.lane: dict[tuple[str, int], list[float]] = defaultdict(list)
        self.handling: dict[tuple[str, int], list[float]] = defaultdict(list)
        self.storage: dict[tuple[str, int], list[float]] = defaultdict(list)
        self.shipped: dict[str, list[float]] = defaultdict(list)
        self.served: dict[str, list[float]] = defaultdict(list)
        self.pairs: dict[tuple[str, str], list[float]] = defaultdict(list)
        self.seats: dict[str, list[tuple[int, float]]] = defaultdict(list)
        self.left_store: dict[str, dict[int, float]] = defaultdict(lambda: defaultdict(float))
        self.small: list[tuple[int, Movement]] = []

    def add(self, k: int, move: Movement) -> None:
        """Take movement ``k`` in, and say what is broken in it."""
        faults: list[str] = []
        try:
            self._add(k, move, faults)
        except _BrokenError as fault:
            faults.append(str(fault))
        self.broken += [f"movement {k}: {text}" for text in faults]

    def _add(self, k: int, move: Movement, faults: list[str]) -> None:
        network = self.network
        offer, need = network.offers.get(move.offer), network.needs.get(move.requirement)
        if offer is None or need is None:
            raise _BrokenError(f"unknown {'offer' if offer is None else 'requirement'} "
                       f"{(move.offer if offer is None else move.requirement)!r}")  # fmt: skip
        item = network.items[offer.item]
        quantity = move.quantity
        if not _number(quantity) or quantity <= 0:
            raise _BrokenError(f"quantity {quantity!r} is not a number above 0")
        if not item.divisible and quantity != int(quantity):
            faults.append(f"{quantity} units of {item.name}, which moves in whole units (rule 6)")
        if item.divisible and quantity < DUST:
            self.small.append((k, move))
        factor = network.factor.get((need.id, offer.item))
        if factor is None:
            raise _BrokenError(f"{need.id} does not accept item {offer.item}")
        if offer.recipients is not None and need.recipient not in offer.recipients:
            faults.append(f"{offer.donor} does not give {offer.id} to {need.recipient}")
        arrival, here, cost = self._walk(faults, move, offer, float(quantity) * item.mass_t)
        if here != need.destination:
            faults.append(f"ends at {here}, not at {need.destination} (rule 1)")
        if not _whole(move.usable) or not arrival <= move.usable <= network.days - 1:
            raise _BrokenError(f"usable on day {move.usable!r}; it arrives on day {arrival} (rule 5)")
        worth = need.weight * factor * lateness(move.usable - need.due, need.grace_days)
        weight = network.problem.transport_weight
        self.value += [worth * quantity, -weight * cost * quantity * item.mass_t]
        self.shipped[offer.id].append(quantity)
        self.served[need.id].append(quantity)
        self.pairs[offer.id, need.id].append(quantity)
        if item.training:
            self.seats[item.training].append((int(move.usable), item.seats_per_unit * quantity))
        if offer.in_storage and move.legs:
            self.left_store[offer.id][move.legs[0].departs] += quantity

    def _walk(self, faults: list[str], move: Movement, offer: Any, tonnes: float) -> tuple[int, str, float]:
        """Follow the legs (rule 1); return (arrival, place, cost of a tonne); raise where they lead nowhere."""
        network, here, arrival, cost = self.network, offer.origin, int(offer.available_from), 0.0
        for j, leg in enumerate(move.legs):
            lane = network.lanes.get(leg.lane)
            if lane is None or not _whole(leg.departs) or not 0 <= leg.departs < network.days:
                raise _BrokenError(f"leg {j + 1}: no lane {leg.lane!r} on day {leg.departs!r}")
            if lane.origin != here:
                raise _BrokenError(f"lane {lane.id} starts at {lane.origin}, not at {here} (rule 1)")
            if j == 0 and not offer.available_from <= leg.departs <= offer.available_until:
                faults.append(
                    f"departs on day {leg.departs}; offered from day {offer.available_from} to {offer.available_until}"
                )
            if j > 0:
                if leg.departs < arrival:
                    raise _BrokenError(f"departs on day {leg.departs}, before it arrives on day {arrival} (rule 1)")
                for night in range(arrival, leg.departs):
                    self.storage[here, night].append(tonnes)
            self.lane[lane.id, leg.departs].append(tonnes)
            self.handling[here, leg.departs].append(tonnes)
            arrival, here = leg.departs + int(lane.transit_days), lane.destination
            self.handling[here, arrival].append(tonnes)
            cost += lane.cost_per_t
            if arrival > network.days - 1:
                faults.append(f"lane {lane.id} arrives on day {arrival}, after the last day (rule 1)")
        return arrival, here, cost


def _limits(loads: _Loads) -> None:
    """Rules 2, 3, 4 and 6: nothing carries, handles, stores or gives more than it has."""
    network = loads.network

    def check(used: dict[Any, list[float]], limit: Any, rule: int, words: Any) -> None:
        for key, amounts in used.items():
            most, total = limit(key), math.fsum(amounts)
            if not math.isnan(most) and total > most + TOLERANCE * most:
                loads.broken.append(f"{words(key)}: {total:.9g} of at most {most:.9g} (rule {rule})")

    check(loads.lane, lambda at: network.capacity[at[0]][at[1]], 2, lambda at: f"lane {at[0]} on day {at[1]}, tonnes")
    check(loads.handling, lambda at: network.places[at[0]].handling_t_per_day, 3,
          lambda at: f"handling at {at[0]} on day {at[1]}, tonnes")  # fmt: skip
    check(loads.storage, lambda at: network.places[at[0]].storage_t, 4,
          lambda at: f"storage at {at[0]} on night {at[1]}, tonnes")  # fmt: skip
    check(loads.shipped, lambda offer: network.offers[offer].quantity, 6, lambda offer: f"offer {offer}, units")
    check(loads.served, lambda need: network.needs[need].quantity, 6, lambda need: f"requirement {need}, units")
    for k, move in loads.small:
        rest = min(
            network.offers[move.offer].quantity - math.fsum(loads.shipped[move.offer]) + move.quantity,
            network.needs[move.requirement].quantity - math.fsum(loads.served[move.requirement]) + move.quantity,
        )
        if move.quantity < rest - TOLERANCE:
            loads.broken.append(f"movement {k}: {move.quantity} units are dust; at least {DUST} unless that is all")


def _stock(loads: _Loads) -> None:
    """Rule 4 where goods offered lie in the store itself."""
    network = loads.network
    stock: dict[tuple[str, int], list[float]] = defaultdict(list)
    for offer in network.offers.values():
        if not offer.in_storage:
            continue
        stays = float(offer.quantity)
        for night in range(network.days - 1):
            stays -= loads.left_store[offer.id].get(night, 0.0)
            stock[offer.origin, night].append(network.items[offer.item].mass_t * stays)
    for (place, night), amounts in stock.items():
        limit, total = network.places[place].storage_t, math.fsum(amounts + loads.storage.get((place, night), []))
        most = max(limit, math.fsum(amounts))
        if not math.isnan(limit) and total > most + TOLERANCE * most:
            loads.broken.append(f"storage at {place} on night {night} with the stock there, tonnes: "
                                f"{total:.9g} of at most {most:.9g} (rule 4)")  # fmt: skip


def _training(loads: _Loads, plan: Plan) -> None:
    """Rule 5: crews exist before the units they serve, and no seat is taken beyond need."""
    network, say = loads.network, loads.broken.append
    taken: dict[str, list[tuple[int, int]]] = defaultdict(list)
    for course_id, seats in plan.seats.items():
        course = network.courses.get(course_id)
        if course is None or not _whole(seats) or seats < 0:
            say(f"seats: {seats!r} on course {course_id!r}")
            continue
        if seats > course.seats:
            say(f"course {course_id}: {seats} seats of {course.seats} (rule 5)")
        taken[course.training].append((course.start + course.duration_days, int(seats)))
    for training in taken.keys() | loads.seats.keys():
        needed, wanted = 0.0, loads.seats.get(training, [])
        for usable, units in sorted(wanted):
            needed += units
            have = sum(n for ready, n in taken[training] if ready <= usable)
            if needed > have + TOLERANCE * max(1.0, have):
                say(f"training {training}: {needed:.9g} seats needed by day {usable}, {have} trained (rule 5)")
                break
        total = sum(n for _, n in taken[training])
        if total > math.ceil(math.fsum(s for _, s in wanted) - TOLERANCE * max(1.0, total)):
            say(f"training {training}: {total} seats taken, {math.fsum(s for _, s in wanted):.9g} needed")


def _pins(loads: _Loads) -> None:
    for pin in each_row(loads.network.problem.pins):
        moved = math.fsum(loads.pairs.get((pin.offer, pin.requirement), []))
        if pin.kind == "forbidden" and moved > 0:
            loads.broken.append(f"pin: {pin.offer} to {pin.requirement} is forbidden, {moved:.9g} units go")
        if pin.kind == "fixed" and moved < pin.quantity - TOLERANCE * max(1.0, pin.quantity):
            loads.broken.append(f"pin: {pin.quantity:.9g} units of {pin.offer} to {pin.requirement} are fixed, "
                                f"{moved:.9g} go")  # fmt: skip


def verify(problem: Problem, plan: Plan) -> Verification:
    """Check every rule of the problem and recompute value and bound; see :class:`Verification`."""
    network = _Network(problem)
    loads = _Loads(network)
    if plan.problem != problem.name:
        loads.broken.append(f"the plan is for problem {plan.problem!r}, not {problem.name!r}")
    for k, move in enumerate(plan.movements):
        try:
            loads.add(k, move)
        except (TypeError, ValueError, OverflowError, AttributeError) as fault:
            loads.broken.append(f"movement {k}: cannot be read ({fault})")
    _limits(loads)
    _stock(loads)
    _training(loads, plan)
    _pins(loads)
    value = math.fsum(loads.value)
    slack = 1e-6 * max(1.0, abs(value))
    if not _number(plan.value) or abs(plan.value - value) > slack:
        loads.broken.append(f"claimed value {plan.value!r} is not {value:.9g}")
    if not _number(plan.bound):
        return Verification(value, (*loads.broken, f"claimed bound {plan.bound!r} is not a number"), None, False)
    if plan.bound < value - slack:
        loads.broken.append(f"claimed bound {plan.bound:.9g} is below the value {value:.9g}")
    if plan.certificate is None:
        return Verification(value, tuple(loads.broken), None, bool(plan.solver))
    try:
        limit = proven_limit(network, plan)
    except (KeyError, ValueError, TypeError, IndexError) as fault:
        return Verification(value, (*loads.broken, f"certificate: {fault}"), None, False)
    return Verification(value, tuple(loads.broken), limit, plan.bound >= limit - 1e-9 * max(1.0, abs(limit)))


def _prices(network: _Network, plan: Plan) -> dict[str, dict[str, Floats]]:
    """Return the certificate's prices per table as arrays over days; raise ValueError for any that cannot be."""
    tables: dict[str, dict[str, Floats]] = {}
    for name in ("lanes", "handling", "storage", "training"):
        table: dict[str, Floats] = defaultdict(lambda: np.zeros(network.days))
        for key, day, price in getattr(plan.certificate, name):
            if not (_number(price) and price >= 0 and _whole(day) and 0 <= day < network.days):
                raise ValueError(f"{name} {key} day {day}: price {price}")
            table[key][day] += price
        tables[name] = table
    return tables


def proven_limit(network: _Network, plan: Plan) -> float:
    """Return the upper limit on any plan's value that the certificate's prices prove (PROBLEM.md).

    Price times capacity, plus for each requirement its quantity times the best that a unit can leave after the prices.
    """
    problem, days = network.problem, network.days
    prices = _prices(network, plan)
    offer_price: dict[str, float] = defaultdict(float)
    assert plan.certificate is not None
    for offer, price in plan.certificate.offers:
        if not (_number(price) and price >= 0):
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
        for course in network.courses.values():
            ready = course.start + course.duration_days
            if course.training == training and ready < days:
                total.append(float(by_day[ready:].sum()) * course.seats)
    total += _tops(network, prices, offer_price, onward, problem.transport_weight)
    return math.fsum(total)


def _arrivals(
    network: _Network, prices: dict[str, dict[str, Floats]], windows: list[tuple[str, int, int]], weight: float
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
    network: _Network, prices: dict[str, dict[str, Floats]], offer_price: dict[str, float],
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
