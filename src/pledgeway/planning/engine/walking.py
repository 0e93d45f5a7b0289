"""The time-expanded network walked backwards from one destination: the cheapest way to arrive on each day."""

from __future__ import annotations

import numpy as np
from numba import njit

from pledgeway.planning.engine.arrays import Array

LONGEST_ROUTE = 24
"""Legs of the longest route that is kept; longer ones could only wait by going to and fro."""


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
    until = min(last + 1, first + max(1, grace))
    value, usable = -np.inf, -1
    for day in range(first, until):
        late = day - due
        keeps = 1.0 if late <= 0 else (1.0 - late / grace if late < grace else 0.0)
        if worth * keeps - mass * cost[until - 1] <= value:  # costs never rise from day to day: no later day is better
            break
        if cost[day] == np.inf or seat_price[day] == np.inf:
            continue
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
