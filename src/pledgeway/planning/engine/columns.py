"""The pool of columns: (offer, requirement, route, usable day), with routes shared by many columns."""

from __future__ import annotations

import numpy as np

from pledgeway.planning.engine.arrays import Array, Arrays, Floats, Indices, Integers
from pledgeway.planning.engine.routes import Routes

LEAST_USED = 0.7
"""Share of the routes that columns use; below it the others are dropped."""


class Pool:
    """Columns found so far. Column arrays run in parallel; ``amount`` is the master's present answer in units.

    ``value`` is what a unit is worth after transport, with its pair's bonus.
    """

    def __init__(self, arrays: Arrays) -> None:
        self.arrays = arrays
        self.pair = np.zeros(0, dtype=np.int64)
        self.usable = np.zeros(0, dtype=np.int64)
        self.route = np.zeros(0, dtype=np.int64)
        self.value = np.zeros(0)
        self.amount = np.zeros(0)
        self.routes = Routes(arrays.network)
        self.version = 0  # another one whenever columns come or go
        self._keys = np.zeros(0, dtype=np.int64)

    def __len__(self) -> int:
        return len(self.pair)

    @property
    def offer(self) -> Indices:
        """Offer of each column."""
        return self.arrays.pairs.offer[self.pair]

    @property
    def need(self) -> Indices:
        """Requirement of each column."""
        return self.arrays.pairs.requirement[self.pair]

    @property
    def kept(self) -> Indices:
        """Kept allocation that each column counts on; -1 for none."""
        return self.arrays.pairs.kept[self.pair]

    def add(self, pair: Integers, legs: Integers, usable: Array) -> Integers:
        """Add the columns that are not there yet; return the places of all given ones in the pool."""
        route = self.routes.number(legs)
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
        self.version += len(fresh) > 0
        order = np.argsort(self._keys, kind="stable")
        return order[np.searchsorted(self._keys, keys, sorter=order)]

    def keep(self, mask: Array) -> None:
        """Drop the columns not in ``mask``, and their routes where most are no longer used."""
        for name in ("pair", "usable", "route", "value", "amount", "_keys"):
            setattr(self, name, getattr(self, name)[mask])
        self.version += 1
        used = np.unique(self.route)
        if len(used) < LEAST_USED * len(self.routes):
            self.routes.keep(used)
            self.route = np.searchsorted(used, self.route)
            self._keys = self._key(self.pair, self.usable, self.route)

    def _key(self, pair: Integers, usable: Array, route: Integers) -> Integers:
        return (route * len(self.arrays.pairs.offer) + pair) * self.arrays.network.days + usable

    def _value(self, pair: Integers, route: Integers, usable: Array) -> Floats:
        arrays = self.arrays
        need, offer = arrays.pairs.requirement[pair], arrays.pairs.offer[pair]
        late, grace = usable - arrays.need_due[need], arrays.need_grace[need]
        keeps = np.where(late <= 0, 1.0, np.where(late < grace, 1.0 - late / np.maximum(1, grace), 0.0))
        legs = self.routes.legs[route]
        lane_cost = np.append(arrays.network.cost, 0.0)  # the last one for the -1 after a route's legs
        lane = legs // arrays.network.days  # beyond the lanes: the mark of goods that stand in store
        cost = lane_cost[np.where((legs >= 0) & (lane < arrays.network.lanes), lane, -1)].sum(axis=1)
        value: Floats = arrays.pairs.worth[pair] * keeps - cost * arrays.offer_mass[offer] + arrays.pairs.bonus[pair]
        return value
