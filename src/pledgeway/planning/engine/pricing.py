"""Pricing: at given prices, the best use of every pair, by dynamic programming over the time-expanded network.

Once per destination the network is walked backwards in time, holding for each (day, place) a vector over *arrival
days*: the cheapest way to be at the destination on each. From it follow the cheapest cost of a tonne per (origin,
window) and day, then per pair the usable day that leaves most of its worth, and, for the few pairs worth a column, the
route itself.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numba import njit, prange

from pledgeway.planning.engine.arrays import Array, Arrays, Floats, Integers
from pledgeway.planning.engine.charges import lane_prices, seat_prices, storage_prices

LONGEST_ROUTE = 24
"""Legs of the longest route that is kept; longer ones could only wait by going to and fro."""


@dataclass(frozen=True)
class Prices:
    """Non-negative prices that together prove a bound."""

    resources: Floats  # (resources,) of a tonne
    training: Floats  # (K,) of a seat usable by the row's last day
    offers: Floats  # (O,) of a unit
    requirements: Floats  # (R,) of a unit; not needed for the bound, but tells which pairs earn a column
    kept: Floats  # (kept,) of a unit that counts on a kept allocation

    @staticmethod
    def nothing(arrays: Arrays) -> Prices:
        """Return prices of nothing."""
        rows = (
            arrays.network.capacity, arrays.training.seats, arrays.offer_quantity, arrays.need_quantity,
            arrays.kept.quantity,
        )  # fmt: skip
        return Prices(*(np.zeros(len(row)) for row in rows))

    def mixed(self, other: Prices, share: float) -> Prices:
        """Return these prices with ``share`` of the other's."""
        return Prices(
            *(
                (1 - share) * getattr(self, name) + share * getattr(other, name)
                for name in ("resources", "training", "offers", "requirements", "kept")
            )
        )


@dataclass(frozen=True)
class Priced:
    """What pricing found: per pair its best use, and the routes of the pairs chosen.

    ``value`` is what a unit leaves after transport, resource and seat prices, with its pair's bonus (prices of offer,
    requirement and kept allocation not taken off); minus infinity where it cannot arrive in time. ``legs`` holds
    lane * D + day, -1 after the last leg.
    """

    value: Floats  # (pairs,)
    usable: Integers  # (pairs,)
    chosen: Integers  # (chosen,) pairs
    legs: Integers  # (chosen, LONGEST_ROUTE)


@njit(cache=True, nogil=True, fastmath={"nsz", "arcp", "contract", "reassoc"})
def walk_back(
    goal: int,
    last: int,
    out_start: Array,
    out_lane: Array,
    to: Array,
    transit: Array,
    lane_price: Array,
    night_price: Array,
    onward: Array,
    leaving: Array,
) -> None:
    """Fill onward and leaving (D, P, D): least cost from a place on a day to ``goal`` on each arrival day <= last."""
    places = len(out_start) - 1
    onward[last + 1 if last + 1 < onward.shape[0] else last, :, :] = np.inf
    onward[last, :, : last + 1] = np.inf
    leaving[last, :, : last + 1] = np.inf
    onward[last, goal, last] = 0.0
    for day in range(last - 1, -1, -1):
        for place in range(places):
            here = leaving[day, place]
            here[: last + 1] = np.inf
            for k in range(out_start[place], out_start[place + 1]):
                lane = out_lane[k]
                price = lane_price[lane, day]
                there = day + transit[lane]
                if price == np.inf or there > last:
                    continue
                row = onward[there, to[lane]]
                for arrival in range(there, last + 1):
                    here[arrival] = min(here[arrival], price + row[arrival])
            stay = onward[day, place]
            if place == goal:
                stay[: last + 1] = np.inf
                stay[day] = 0.0
            else:
                night = night_price[place, day]
                tomorrow = onward[day + 1, place]
                for arrival in range(last + 1):
                    stay[arrival] = min(here[arrival], tomorrow[arrival] + night)


@njit(cache=True, nogil=True)
def _least_over_spans(place: int, last: int, leaving: Array, spans: Array) -> None:
    """Fill spans (levels, D, D): least of ``leaving`` the place on each of 2^level days from a day, by arrival day."""
    spans[0, : last + 1, : last + 1] = leaving[: last + 1, place, : last + 1]
    width = 1
    for level in range(1, len(spans)):
        for day in range(last + 2 - 2 * width):
            early, late, least = spans[level - 1, day], spans[level - 1, day + width], spans[level, day]
            for came in range(last + 1):
                least[came] = min(early[came], late[came])
        width *= 2


@njit(cache=True, nogil=True)
def cheapest_by_day(
    goal: int,
    last: int,
    onward: Array,
    leaving: Array,
    origin: Array,
    first: Array,
    until: Array,
    stands: Array,
    wanted: Array,
    cost: Array,
    arrival: Array,
) -> None:
    """Fill cost (windows, D): least cost of a tonne at ``goal`` by that day, leaving in its window; and its arrival.

    Windows must be ordered by origin: all of one origin share a table of minima over spans of 2^k days.
    """
    levels = 1
    while 2**levels <= last + 1:
        levels += 1
    spans, held = np.empty((levels, last + 1, last + 1), dtype=leaving.dtype), -1
    for w in range(len(origin)):
        if not wanted[w]:
            continue
        best = cost[w]
        best[: last + 1] = np.inf
        if origin[w] == goal and first[w] <= last:
            best[first[w]] = 0.0
        end = min(first[w] if stands[w] else until[w], last)
        if stands[w]:
            for came in range(first[w], last + 1):
                best[came] = min(best[came], onward[end, origin[w], came])
        elif first[w] <= end:
            if held != origin[w]:
                _least_over_spans(origin[w], last, leaving, spans)
                held = origin[w]
            level = 0
            while 2 ** (level + 1) <= end - first[w] + 1:
                level += 1
            early, late = spans[level, first[w]], spans[level, end + 1 - 2**level]
            for came in range(first[w], last + 1):
                best[came] = min(best[came], early[came], late[came])
        came = 0
        for day in range(last + 1):
            if best[day] < best[came]:
                came = day
            best[day], arrival[w, day] = best[came], came


@njit(cache=True, nogil=True)
def best_use(
    worth: float, mass: float, seats: float, seat_price: Array, due: int, grace: int, last: int, cost: Array
) -> tuple[float, int]:
    """Return (value, usable) of the best day for a unit; minus infinity and -1 where it cannot arrive in time."""
    first = min(due, last)
    value, usable = -np.inf, -1
    for day in range(first, min(last + 1, first + max(1, grace))):
        if cost[day] == np.inf or seat_price[day] == np.inf:
            continue
        late = day - due
        keeps = 1.0 if late <= 0 else (1.0 - late / grace if late < grace else 0.0)
        found = worth * keeps - mass * cost[day] - seats * seat_price[day]
        if found > value:
            value, usable = found, day
    return value, usable


@njit(cache=True, nogil=True)
def trace_route(
    goal: int,
    arrival: int,
    origin: int,
    first: int,
    until: int,
    stands: bool,
    out_start: Array,
    out_lane: Array,
    to: Array,
    transit: Array,
    days: int,
    lane_price: Array,
    onward: Array,
    leaving: Array,
    legs: Array,
) -> int:
    """Write the cheapest route's legs (lane * days + day); return their number, -1 where it has more than fit.

    Goods that stand in store begin with a mark in place of a leg: (lanes + place) * days + the day they are there.
    """
    legs[:] = -1
    count = 0
    if stands:
        legs[0] = (len(to) + origin) * days + first
        count = 1
    if origin == goal:
        return count
    day, least = -1, np.inf
    for d in range(first, min(first if stands else until, arrival) + 1):
        found = onward[d, origin, arrival] if stands else leaving[d, origin, arrival]
        if found < least:
            day, least = d, found
    if day < 0:
        return -1
    place = origin
    while stands and onward[day, place, arrival] < leaving[day, place, arrival]:
        day += 1
    while place != goal:
        if count == len(legs):
            return -1
        best, chosen = np.inf, -1
        for k in range(out_start[place], out_start[place + 1]):
            lane = out_lane[k]
            there = day + transit[lane]
            if there <= arrival and lane_price[lane, day] + onward[there, to[lane], arrival] < best:
                best, chosen = lane_price[lane, day] + onward[there, to[lane], arrival], lane
        if chosen < 0:
            return -1
        legs[count] = chosen * days + day
        count += 1
        place, day = to[chosen], day + transit[chosen]
        while place != goal and onward[day, place, arrival] < leaving[day, place, arrival]:
            day += 1
    return count


@njit(cache=True, nogil=True)
def _choose(  # noqa: PLR0912 - two scans over the same pairs
    begin: int,
    end: int,
    requirement: Array,
    offer: Array,
    score: Array,
    per_need: int,
    per_offer: int,
    offers: int,
    picked: Array,
) -> None:
    """Mark the best ``per_need`` pairs of each requirement and ``per_offer`` of each offer by score > 0."""
    top = np.full((offers, per_offer), -1)
    k = begin
    while k < end:
        stop = k
        while stop < end and requirement[stop] == requirement[k]:
            stop += 1
        for _ in range(per_need):
            best = -1
            for j in range(k, stop):
                if not picked[j] and score[j] > 0 and (best < 0 or score[j] > score[best]):
                    best = j
            if best < 0:
                break
            picked[best] = True
        k = stop
    for j in range(begin, end):
        if score[j] <= 0:
            continue
        mine, candidate = top[offer[j]], j
        for slot in range(per_offer):
            if mine[slot] < 0 or score[candidate] > score[mine[slot]]:
                mine[slot], candidate = candidate, mine[slot]
            if candidate < 0:
                break
    for o in range(offers):
        for slot in range(per_offer):
            if top[o, slot] >= 0:
                picked[top[o, slot]] = True


@njit(cache=True, parallel=True)
def _price_all(
    destination: Array,
    start: Array,
    active: Array,
    last_day: Array,
    out_start: Array,
    out_lane: Array,
    to: Array,
    transit: Array,
    days: int,
    lane_price: Array,
    night_price: Array,
    window_origin: Array,
    window_first: Array,
    window_last: Array,
    window_stands: Array,
    pair_offer: Array,
    pair_need: Array,
    pair_worth: Array,
    pair_bonus: Array,
    pair_price: Array,
    offer_window: Array,
    offer_mass: Array,
    offer_class: Array,
    offer_seats: Array,
    seat_price: Array,
    offer_quantity: Array,
    need_quantity: Array,
    due: Array,
    grace: Array,
    offer_price: Array,
    need_price: Array,
    least_score: float,
    per_need: int,
    per_offer: int,
    value: Array,
    usable: Array,
    picked: Array,
    legs: Array,
) -> None:
    places, windows, offers = len(out_start) - 1, len(window_origin), len(offer_window)
    free = np.zeros(days)
    for t in prange(len(destination)):
        last = last_day[t]
        wanted = np.zeros(windows, dtype=np.bool_)
        for j in range(start[t], start[t + 1]):
            if active[j]:
                wanted[offer_window[pair_offer[j]]] = True
        if not wanted.any():
            continue
        onward = np.empty((days, places, days))
        leaving = np.empty((days, places, days))
        cost = np.empty((windows, days))
        arrival = np.empty((windows, days), dtype=np.int16)
        score = np.zeros(len(pair_offer))
        goal = destination[t]
        walk_back(goal, last, out_start, out_lane, to, transit, lane_price, night_price, onward, leaving)
        cheapest_by_day(
            goal, last, onward, leaving, window_origin, window_first, window_last, window_stands, wanted, cost, arrival
        )
        for j in range(start[t], start[t + 1]):
            if not active[j]:
                value[j], usable[j] = -np.inf, -1
                continue
            o, r = pair_offer[j], pair_need[j]
            seat = seat_price[offer_class[o]] if offer_class[o] >= 0 else free
            seats = offer_seats[o] if offer_class[o] >= 0 else 0.0
            found, day = best_use(
                pair_worth[j], offer_mass[o], seats, seat, due[r], grace[r], last, cost[offer_window[o]]
            )
            found += pair_bonus[j]
            value[j], usable[j] = found, day
            gain = found - offer_price[o] - need_price[r] - pair_price[j]
            if gain > 1e-9 * pair_worth[j]:
                score[j] = gain * min(offer_quantity[o], need_quantity[r])
                if score[j] < least_score:
                    score[j] = 0.0
        _choose(start[t], start[t + 1], pair_need, pair_offer, score, per_need, per_offer, offers, picked)
        for j in range(start[t], start[t + 1]):
            if picked[j]:
                w = offer_window[pair_offer[j]]
                count = trace_route(
                    goal, arrival[w, usable[j]], window_origin[w], window_first[w], window_last[w], window_stands[w],
                    out_start, out_lane, to, transit, days, lane_price, onward, leaving, legs[j],
                )  # fmt: skip
                if count < 0:
                    picked[j] = False


def price(
    arrays: Arrays,
    prices: Prices,
    *,
    capacity: Floats | None = None,
    least: float = 0.0,
    active: Array | None = None,
    offer_quantity: Floats | None = None,
    need_quantity: Floats | None = None,
    per_need: int = 0,
    per_offer: int = 0,
    least_score: float = 0.0,
) -> Priced:
    """Price every pair (or the ``active`` ones) and choose columns.

    ``capacity`` and ``least`` close whatever has less than ``least`` tonnes left; the quantities, where given, are what
    is left to allocate. The best ``per_need`` pairs of each requirement and ``per_offer`` of each offer and destination
    are traced, by what they would add at these prices times the quantity possible, where that is ``least_score``.
    """
    network, pairs = arrays.network, arrays.pairs
    room = network.bound_capacity if capacity is None else capacity
    count = len(pairs.offer)
    value, usable = np.full(count, -np.inf), np.full(count, -1, dtype=np.int64)
    picked = np.zeros(count, dtype=np.bool_)
    # Only the rows of pairs chosen are ever written or read: the others cost no memory.
    legs = np.empty((count if per_need or per_offer else 1, LONGEST_ROUTE), dtype=np.int64)
    if count:
        _price_all(
            pairs.destination, pairs.destination_start, np.ones(count, dtype=np.bool_) if active is None else active,
            _last_days(arrays), network.out_start, network.out_lane, network.destination, network.transit, network.days,
            lane_prices(network, prices.resources, room, least), storage_prices(network, prices.resources, room, least),
            arrays.window_origin, arrays.window_first, arrays.window_last, arrays.window_stands,
            pairs.offer, pairs.requirement, pairs.worth, pairs.bonus, arrays.kept_prices(prices.kept),
            arrays.offer_window, arrays.offer_mass, arrays.offer_class, arrays.offer_seats,
            seat_prices(arrays, prices.training),
            arrays.offer_quantity if offer_quantity is None else offer_quantity,
            arrays.need_quantity if need_quantity is None else need_quantity,
            arrays.need_due, arrays.need_grace, prices.offers, prices.requirements, least_score, per_need, per_offer,
            value, usable, picked, legs,
        )  # fmt: skip
    chosen = np.nonzero(picked)[0]
    return Priced(value, usable, chosen, legs[chosen] if count else legs[:0])


def _last_days(arrays: Arrays) -> Integers:
    """Return (destinations,): the last day on which anything arriving there is still of use."""
    pairs = arrays.pairs
    latest = np.minimum(arrays.need_due + np.maximum(1, arrays.need_grace) - 1, arrays.network.days - 1)
    spans = zip(pairs.destination_start[:-1], pairs.destination_start[1:], strict=True)
    return np.array([latest[pairs.requirement[a:b]].max() for a, b in spans], dtype=np.int64)
