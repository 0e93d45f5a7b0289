"""The pool of columns: (offer, requirement, route, usable day), with routes shared by many columns."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

from pledgeway.planning.engine.arrays import Array, Arrays, Floats, Integers
from pledgeway.planning.engine.pricing import LONGEST_ROUTE


class Pool:
    """Columns found so far. Column arrays run in parallel; ``amount`` is the master's present answer in units.

    ``value`` is what a unit is worth after transport, with its pair's bonus. The resources of route r are
    ``resource[start[r]:start[r + 1]]``, each used ``times`` times (twice where a route passes a hub within a day).
    """

    def __init__(self, arrays: Arrays) -> None:
        self.arrays = arrays
        self.pair = np.zeros(0, dtype=np.int64)
        self.usable = np.zeros(0, dtype=np.int64)
        self.route = np.zeros(0, dtype=np.int64)
        self.value = np.zeros(0)
        self.amount = np.zeros(0)
        self.legs = np.zeros((0, LONGEST_ROUTE), dtype=np.int64)
        self.start = np.zeros(1, dtype=np.int64)
        self.resource = np.zeros(0, dtype=np.int64)
        self.times = np.zeros(0, dtype=np.int64)
        self._routes: dict[bytes, int] = {}
        self._keys = np.zeros(0, dtype=np.int64)

    def __len__(self) -> int:
        return len(self.pair)

    @property
    def offer(self) -> Integers:
        """Offer of each column."""
        return self.arrays.pairs.offer[self.pair]

    @property
    def need(self) -> Integers:
        """Requirement of each column."""
        return self.arrays.pairs.requirement[self.pair]

    @property
    def kept(self) -> Integers:
        """Kept allocation that each column counts on; -1 for none."""
        return self.arrays.pairs.kept[self.pair]

    def add(self, pair: Integers, legs: Integers, usable: Integers) -> Integers:
        """Add the columns that are not there yet; return the places of all given ones in the pool."""
        route = self._route_ids(legs)
        keys = self._key(pair, usable, route)
        _, once = np.unique(keys, return_index=True)
        fresh = once[~np.isin(keys[once], self._keys)]
        fresh.sort()
        value = self._value(pair[fresh], route[fresh], usable[fresh])
        self.pair = np.append(self.pair, pair[fresh])
        self.usable = np.append(self.usable, usable[fresh])
        self.route = np.append(self.route, route[fresh])
        self.value = np.append(self.value, value)
        self.amount = np.append(self.amount, np.zeros(len(fresh)))
        self._keys = np.append(self._keys, keys[fresh])
        order = np.argsort(self._keys, kind="stable")
        return order[np.searchsorted(self._keys, keys, sorter=order)]

    def keep(self, mask: Array) -> None:
        """Drop the columns not in ``mask`` (their routes stay)."""
        for name in ("pair", "usable", "route", "value", "amount", "_keys"):
            setattr(self, name, getattr(self, name)[mask])

    def _key(self, pair: Integers, usable: Integers, route: Integers) -> Integers:
        return (route * len(self.arrays.pairs.offer) + pair) * self.arrays.network.days + usable

    def _route_ids(self, legs: Integers) -> Integers:
        ids = np.empty(len(legs), dtype=np.int64)
        fresh: list[int] = []
        for k, row in enumerate(legs):
            key = row.tobytes()
            found = self._routes.get(key)
            if found is None:
                found = self._routes[key] = len(self._routes)
                fresh.append(k)
            ids[k] = found
        if fresh:
            added = legs[fresh]
            network = self.arrays.network
            resource, times, start = route_resources(
                added, network.days, network.origin, network.destination, network.transit, network.places,
                np.isfinite(network.capacity),
            )  # fmt: skip
            self.legs = np.concatenate([self.legs, added])
            self.start = np.append(self.start, self.start[-1] + start[1:])
            self.resource = np.append(self.resource, resource)
            self.times = np.append(self.times, times)
        return ids

    def _value(self, pair: Integers, route: Integers, usable: Integers) -> Floats:
        arrays = self.arrays
        need, offer = arrays.pairs.requirement[pair], arrays.pairs.offer[pair]
        late, grace = usable - arrays.need_due[need], arrays.need_grace[need]
        keeps = np.where(late <= 0, 1.0, np.where(late < grace, 1.0 - late / np.maximum(1, grace), 0.0))
        legs = self.legs[route]
        lane_cost = np.append(arrays.network.cost, 0.0)  # the last one for the -1 after a route's legs
        lane = legs // arrays.network.days  # beyond the lanes: the mark of goods that stand in store
        cost = lane_cost[np.where((legs >= 0) & (lane < arrays.network.lanes), lane, -1)].sum(axis=1)
        value: Floats = arrays.pairs.worth[pair] * keeps - cost * arrays.offer_mass[offer] + arrays.pairs.bonus[pair]
        return value


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
