"""The time-expanded network walked backwards from one destination: the cheapest way to arrive on each day.

Loops over days run from 0 over slices: only then does the compiler know that no index counts from the end, and takes
several days at once.
"""

from __future__ import annotations

import numpy as np

from pledgeway.planning.engine.arrays import Array
from pledgeway.planning.kernels import njit

LONGEST_ROUTE = 24
"""Legs of the longest route that is kept; longer ones could only wait by going to and fro."""
BLOCK = 64
"""Windows whose costs are turned from rows to columns at a time."""


@njit(cache=True, nogil=True, fastmath={"nsz", "arcp", "contract", "reassoc"})
def walk_back(
    goal: int,
    last: int,
    away: Array,
    out_start: Array,
    out_lane: Array,
    to: Array,
    transit: Array,
    lane_price: Array,
    night_price: Array,
    onward: Array,
    leaving: Array,
) -> None:
    """Fill onward and leaving (D, P, D): least cost from a place on a day to ``goal`` on each arrival day <= last.

    ``away`` (P,) are the days of the quickest way to ``goal``. What lies before the day and these is not filled, as
    nothing arrives sooner: most places of some networks lead nowhere near most goals.
    """
    places = len(out_start) - 1
    for day in range(last, -1, -1):
        for place in range(places):
            soonest = day + away[place]
            if soonest > last:
                continue
            here, stay = leaving[day, place, soonest : last + 1], onward[day, place, soonest : last + 1]
            here[:] = np.inf
            for k in range(out_start[place], out_start[place + 1]):
                lane = out_lane[k]
                price = lane_price[lane, day]
                there = day + transit[lane]
                begin = there + away[to[lane]]
                if price == np.inf or begin > last:
                    continue
                row, later = onward[there, to[lane], begin : last + 1], here[begin - soonest :]
                for arrival in range(len(row)):
                    later[arrival] = min(later[arrival], price + row[arrival])
            stay[0] = 0.0 if place == goal else here[0]
            if place == goal:
                stay[1:] = np.inf
            elif soonest < last:
                night = night_price[place, day]
                tomorrow = onward[day + 1, place, soonest + 1 : last + 1]
                for arrival in range(len(tomorrow)):
                    stay[arrival + 1] = min(here[arrival + 1], tomorrow[arrival] + night)


@njit(cache=True, nogil=True)
def _least_over_spans(place: int, away: int, last: int, leaving: Array, spans: Array) -> None:
    """Fill spans (levels, D, D): least of ``leaving`` the place on each of 2^level days from a day, by arrival day from
    that day and the days ``away`` on."""
    for day in range(last + 1 - away):
        spans[0, day, day + away : last + 1] = leaving[day, place, day + away : last + 1]
    width = 1
    for level in range(1, len(spans)):
        for day in range(last + 2 - away - 2 * width):
            both = day + away + width
            spans[level, day, day + away : both] = spans[level - 1, day, day + away : both]
            early, late = spans[level - 1, day, both : last + 1], spans[level - 1, day + width, both : last + 1]
            least = spans[level, day, both : last + 1]
            for came in range(len(least)):
                least[came] = min(early[came], late[came])
        width *= 2


@njit(cache=True, nogil=True)
def _least_over_window(first: int, end: int, away: int, last: int, spans: Array, best: Array) -> None:
    """Lower ``best`` (D,) to the least on any day from ``first`` to ``end``, by arrival day."""
    level = 0
    while 2 ** (level + 1) <= end - first + 1:
        level += 1
    half = end + 1 - 2**level
    _lower(best[first + away : last + 1], spans[level, first, first + away : last + 1])
    _lower(best[half + away : last + 1], spans[level, half, half + away : last + 1])


@njit(cache=True, nogil=True, inline="always")
def _lower(best: Array, to: Array) -> None:
    for k in range(len(best)):
        best[k] = min(best[k], to[k])


@njit(cache=True, nogil=True)
def cheapest_by_day(
    goal: int, last: int, away: Array, onward: Array, leaving: Array, origin: Array, first: Array, until: Array,
    stands: Array, wanted: Array, cost: Array, arrival: Array,
) -> None:  # fmt: skip
    """Fill cost (D, windows): least cost of a tonne at ``goal`` by that day, leaving in its window; and its arrival
    (windows, D).

    Windows must be ordered by origin: all of one origin share a table of minima over spans of 2^k days. Costs lie by
    day, as one requirement after another looks at its few days of many windows.
    """
    levels = 1
    while 2**levels <= last + 1:
        levels += 1
    spans, held = np.empty((levels, last + 1, last + 1), dtype=leaving.dtype), -1
    block = np.empty((BLOCK, last + 1), dtype=cost.dtype)
    for begin in range(0, len(origin), BLOCK):
        stop = min(begin + BLOCK, len(origin))
        for w in range(begin, stop):
            if not wanted[w]:
                continue
            best = block[w - begin]
            best[:] = np.inf
            if origin[w] == goal and first[w] <= last:
                best[first[w]] = 0.0
            far = away[origin[w]]
            end = min(first[w] if stands[w] else until[w], last - far)
            if stands[w]:
                _lower(best[first[w] + far :], onward[first[w], origin[w], first[w] + far : last + 1])
            elif first[w] <= end:
                if held != origin[w]:
                    _least_over_spans(origin[w], far, last, leaving, spans)
                    held = origin[w]
                _least_over_window(first[w], end, far, last, spans, best)
            came = begins = min(first[w], last)
            since, low, when = best[came:], best[came], arrival[w, came:]
            for day in range(len(since)):
                if since[day] < low:
                    low, came = since[day], begins + day
                since[day], when[day] = low, came
        for day in range(last + 1):
            cost[day, begin:stop] = block[: stop - begin, day]


@njit(cache=True, nogil=True)
def best_use(
    worth: float, mass: float, seats: float, kind: int, seat_price: Array, due: int, grace: int, last: int, window: int,
    cost: Array,
) -> tuple[float, int]:  # fmt: skip
    """Return (value, usable) of the best day for a unit; minus infinity and -1 where it cannot arrive in time.

    ``seat_price`` (classes + 1, D) ends in a row of nothing, for ``kind`` -1.
    """
    first = min(due, last)
    until = min(last + 1, first + max(1, grace))
    least = mass * cost[until - 1, window]
    value, usable = -np.inf, -1
    for day in range(first, until):
        late = day - due
        keeps = 1.0 if late <= 0 else (1.0 - late / grace if late < grace else 0.0)
        if worth * keeps - least <= value:  # costs never rise from day to day: no later day is better
            break
        if cost[day, window] == np.inf or seat_price[kind, day] == np.inf:
            continue
        found = worth * keeps - mass * cost[day, window] - seats * seat_price[kind, day]
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
    away: Array,
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
    for d in range(first, min(first if stands else until, arrival - away[origin]) + 1):
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
            if there + away[to[lane]] <= arrival and lane_price[lane, day] + onward[there, to[lane], arrival] < best:
                best, chosen = lane_price[lane, day] + onward[there, to[lane], arrival], lane
        if chosen < 0:
            return -1
        legs[count] = chosen * days + day
        count += 1
        place, day = to[chosen], day + transit[chosen]
        while place != goal and onward[day, place, arrival] < leaving[day, place, arrival]:
            day += 1
    return count
