"""The routes of columns, each once: their legs and the resources that they use."""

from __future__ import annotations

from typing import Any

import numpy as np

from pledgeway.planning.engine.arrays import Array, Integers, Network
from pledgeway.planning.engine.walking import LONGEST_ROUTE
from pledgeway.planning.kernels import njit

SMALLEST_TABLE = 1024


class Routes:
    """Routes by number. The resources of route r are ``resource[start[r]:start[r + 1]]``, each used ``times`` times
    (twice where a route passes a hub within a day)."""

    def __init__(self, network: Network) -> None:
        self.network = network
        self.legs = np.zeros((0, LONGEST_ROUTE), dtype=np.int64)
        self.start = np.zeros(1, dtype=np.int64)
        self.resource = np.zeros(0, dtype=np.int64)
        self.times = np.zeros(0, dtype=np.int64)
        self._table = np.full(SMALLEST_TABLE, -1, dtype=np.int64)

    def __len__(self) -> int:
        return len(self.legs)

    @property
    def uses(self) -> tuple[Array, Array, Array]:
        """(start, resource, times) of all routes, as kernels take them."""
        return unsigned(self.start, self.resource, self.times)

    def number(self, legs: Integers) -> Integers:
        """Return the numbers of the routes with these ``legs``, (routes, LONGEST_ROUTE), new ones where need be."""
        network, known = self.network, len(self.legs)
        every = np.concatenate([self.legs, legs])
        if 4 * len(every) > len(self._table):
            self._enter(every[:known], 8 * len(every))
        numbers, count = _number(self._table, every, known)
        self.legs = every[:count]
        resource, times, start = route_resources(
            every[known:count], network.days, network.origin, network.destination, network.transit, network.places,
            np.isfinite(network.capacity),
        )  # fmt: skip
        self.start = np.append(self.start, self.start[-1] + start[1:])
        self.resource = np.append(self.resource, resource)
        self.times = np.append(self.times, times)
        return numbers

    def keep(self, used: Integers) -> None:
        """Keep the routes ``used`` (ascending) alone, numbered anew in that order."""
        self.start, self.resource, self.times = self.used_by(used)
        self.legs = self.legs[used]
        self._enter(self.legs, 8 * len(used))

    def used_by(self, routes: Integers) -> tuple[Integers, Integers, Integers]:
        """Return (start, resource, times) of these ``routes``."""
        sizes = self.start[routes + 1] - self.start[routes]
        start = np.concatenate([[0], np.cumsum(sizes)])
        at = np.arange(start[-1]) - np.repeat(start[:-1], sizes) + np.repeat(self.start[routes], sizes)
        return start, self.resource[at], self.times[at]

    def _enter(self, legs: Integers, room: int) -> None:
        """Make the table anew, with room for so many, for ``legs`` that differ from each other."""
        self._table = np.full(max(SMALLEST_TABLE, 1 << room.bit_length()), -1, dtype=np.int64)
        _number(self._table, legs, 0)


def unsigned(start: Integers, resource: Integers, times: Integers) -> tuple[Array, Array, Array]:
    """Return what routes use as kernels take it: of a signed number, every access asks if it counts from the end."""
    return start.astype(np.uint32), resource.astype(np.uint32), times.astype(np.uint32)


@njit(cache=True)
def _number(table: Array, legs: Array, known: int) -> tuple[Array, int]:
    """Number the rows from ``known`` on, equal ones alike; move each new one to its number's row. Return the numbers
    and how many rows there are then. ``table`` has a power of two of places, with open addressing."""
    count, last = known, len(table) - 1
    numbers = np.empty(len(legs) - known, dtype=np.int64)
    for k in range(known, len(legs)):
        mixed = np.uint64(14695981039346656037)  # Fowler, Noll and Vo's offset and prime
        for leg in legs[k]:
            mixed = (mixed ^ np.uint64(leg)) * np.uint64(1099511628211)
        at = np.int64((mixed ^ (mixed >> np.uint64(32))) & np.uint64(last))
        while table[at] >= 0 and not _same(legs[table[at]], legs[k]):
            at = (at + 1) & last
        if table[at] < 0:
            table[at] = count
            legs[count] = legs[k]
            count += 1
        numbers[k - known] = table[at]
    return numbers, count


@njit(cache=True)
def _same(one: Array, other: Array) -> bool:
    for k in range(len(one)):
        if one[k] != other[k]:
            return False
        if one[k] < 0:
            break
    return True


@njit(cache=True)
def route_resources(
    legs: Array, days: int, origin: Array, destination: Array, transit: Array, places: int, finite: Array
) -> tuple[Array, Array, Array]:
    """Return (resource, times, start): what each route uses, in the index of resources, limited ones only."""
    lanes = len(origin)
    start = np.zeros(len(legs) + 1, dtype=np.int64)
    resource, times = [np.int64(0) for _ in range(0)], [np.int64(0) for _ in range(0)]
    for k in range(len(legs)):
        begin, place, came = len(resource), -1, -1
        for leg in legs[k]:
            if leg < 0:
                break
            lane, day = leg // days, leg % days
            if lane >= lanes:
                place, came = lane - lanes, day
                continue
            if place >= 0:
                for night in range(came, day):
                    _use((lanes + places + place) * days + night, begin, resource, times, finite)
            _use(leg, begin, resource, times, finite)
            _use((lanes + origin[lane]) * days + day, begin, resource, times, finite)
            place, came = destination[lane], day + transit[lane]
            _use((lanes + place) * days + came, begin, resource, times, finite)
        start[k + 1] = len(resource)
    return np.array(resource, dtype=np.int64), np.array(times, dtype=np.int64), start


@njit(cache=True)
def _use(index: int, begin: int, resource: list[Any], times: list[Any], finite: Array) -> None:
    if not finite[index]:
        return
    for k in range(begin, len(resource)):
        if resource[k] == index:
            times[k] += 1
            return
    resource.append(index)
    times.append(1)
