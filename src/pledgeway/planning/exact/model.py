"""The full time-expanded model: whole units of every commodity on every lane and day.

A *commodity* is an item together with who may have it (the offers' recipients): units of one commodity are
interchangeable. Its units enter at an offer's origin on the day of their first departure, ride lanes and stay nights,
and end in the pool of what was delivered at a destination, from which requirements are served on the day the units are
usable. Units offered at the destination itself are served without entering the network.

All limits of PROBLEM.md are rows. Rows of rounded weights are added to lanes: where units of m tonnes share C tonnes,
the sum of floor((k + 1) m / C) over them is at most k (the dual feasible functions of Fekete and Schepers 2001), which
says that a lane of 80 t carries one transformer of 62 t and not 1.29.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from pledgeway.planning.engine.arrays import Array, Arrays, Floats, Integers, compile_arrays
from pledgeway.planning.exact.rows import Rows
from pledgeway.planning.plan import lateness
from pledgeway.planning.problem import Problem


@dataclass
class Commodity:
    """Variables of one commodity; a variable's number, or -1 where it is of no use."""

    offers: list[int]
    mass: float
    divisible: bool
    ride: Integers  # (L, D) units departing
    night: Integers  # (P, D) units staying from day to day + 1
    enter: dict[tuple[int, int], int] = field(default_factory=dict)  # (offer, day) units of an offer departing first
    deliver: dict[tuple[int, int], int] = field(default_factory=dict)  # (place, day) units put into the pool
    pool: dict[tuple[int, int], int] = field(default_factory=dict)  # (place, day) units lying in the pool overnight
    serve: dict[tuple[int, int], int] = field(default_factory=dict)  # (requirement, day) units usable
    direct: dict[tuple[int, int], int] = field(default_factory=dict)  # (offer, requirement) units that need no legs


@dataclass
class Model:
    """The program: maximise ``rows.worth`` over ``rows``; and what its variables mean."""

    arrays: Arrays
    rows: Rows
    commodities: list[Commodity]


def _group(problem: Problem, arrays: Arrays) -> list[list[int]]:
    """Return the offers of each commodity; offers that no requirement may take belong to none."""
    used = set(arrays.pairs.offer.tolist())
    groups: dict[tuple[object, ...], list[int]] = {}
    for o, (item, recipients) in enumerate(zip(problem.offers["item"], problem.offers["recipients"], strict=True)):
        if o in used:
            key = (item, None if recipients is None else tuple(sorted(recipients)))
            groups.setdefault(key, []).append(o)
    return list(groups.values())


class _Builder:
    """Adds one commodity after the other, then the limits they share."""

    def __init__(self, problem: Problem) -> None:
        self.arrays = arrays = compile_arrays(problem, forbid=False)
        network = arrays.network
        self.days, self.lanes, self.places = network.days, network.lanes, network.places
        size = self.lanes * self.days
        middle = size + self.places * self.days
        self.lane_capacity = network.capacity[:size].reshape(self.lanes, self.days)
        self.handling = network.capacity[size:middle].reshape(self.places, self.days)
        self.storage = problem.places["storage_t"].to_numpy(np.float64)
        self.storage = np.where(np.isnan(self.storage), np.inf, self.storage)
        self.arrival = np.minimum(np.arange(self.days)[None, :] + network.transit[:, None], self.days - 1)
        self.rows = Rows()
        self.commodities: list[Commodity] = []
        self.lies = problem.offers["in_storage"].to_numpy(bool)

    def whole(self, quantity: float, divisible: bool) -> float:
        return quantity if divisible else float(np.floor(quantity + 1e-9))

    def add(self, offers: list[int]) -> None:
        """Add the variables and the balances of one commodity."""
        arrays, rows = self.arrays, self.rows
        mass, divisible = float(arrays.offer_mass[offers[0]]), bool(arrays.offer_divisible[offers[0]])
        useful_until = self._useful_until(offers)
        rides, nights, at = self._worthwhile(offers, mass, divisible, useful_until)
        supply = sum(self.whole(float(arrays.offer_quantity[o]), divisible) for o in offers)
        most = np.minimum(supply, self.lane_capacity / mass)
        cost = np.repeat((arrays.network.cost * mass)[:, None], self.days, axis=1)
        ride = rows.variables(rides, -cost, most if divisible else np.floor(most + 1e-9), not divisible)
        room = np.minimum(supply, np.repeat((self.storage / mass)[:, None], self.days, axis=1))
        night = rows.variables(nights, np.zeros(nights.shape), room, not divisible)
        commodity = Commodity(offers, mass, divisible, ride, night)
        self.commodities.append(commodity)
        self._enter(commodity)
        self._serve(commodity, useful_until, at, supply)
        self._balance(commodity)

    def _useful_until(self, offers: list[int]) -> Integers:
        """Return (P,): the last day on which a unit's arrival at a place can still serve; -1 where it never can."""
        arrays = self.arrays
        until = np.full(self.places, -1, dtype=np.int64)
        latest = np.minimum(arrays.need_due + np.maximum(1, arrays.need_grace) - 1, self.days - 1)
        for need in self._needs(offers):
            until[self._destination(need)] = max(until[self._destination(need)], latest[need])
        return until

    def _needs(self, offers: list[int]) -> dict[int, float]:
        """Return the requirements that may take a commodity, and what a unit on time is worth to each."""
        mine = np.isin(self.arrays.pairs.offer, offers[:1])
        return dict(
            zip(self.arrays.pairs.requirement[mine].tolist(), self.arrays.pairs.worth[mine].tolist(), strict=True)
        )

    def _destination(self, need: int) -> int:
        pairs = self.arrays.pairs
        first = int(np.nonzero(pairs.requirement == need)[0][0])
        return int(pairs.destination[np.searchsorted(pairs.destination_start, first, side="right") - 1])

    def _worthwhile(
        self, offers: list[int], mass: float, divisible: bool, until: Integers
    ) -> tuple[Array, Array, Array]:
        """Return (rides (L, D), nights (P, D), at (P, D)): where a unit of an offer can be and still serve."""
        arrays, network = self.arrays, self.arrays.network
        least = 0.0 if divisible else mass
        open_ = (self.lane_capacity > 0) & (self.lane_capacity >= least - 1e-9)
        for places in (self.handling[network.origin], self.handling[network.destination[:, None], self.arrival]):
            open_ &= (places > 0) & (places >= least - 1e-9)
        stays = (self.storage > 0) & (self.storage >= least - 1e-9)
        enters = np.zeros((self.places, self.days), dtype=bool)
        for o in offers:
            w = arrays.offer_window[o]
            enters[arrays.window_origin[w], arrays.window_first[w] : arrays.window_last[w] + 1] = True
        at = np.zeros((self.places, self.days + 1), dtype=bool)
        rides, nights = np.zeros((self.lanes, self.days), dtype=bool), np.zeros((self.places, self.days), dtype=bool)
        for day in range(self.days):
            rides[:, day] = open_[:, day] & (at[:, day] | enters[:, day])[network.origin]
            at[network.destination[rides[:, day]], self.arrival[rides[:, day], day]] = True
            nights[:, day] = at[:, day] & stays
            at[:, day + 1] |= nights[:, day]
        serves = np.arange(self.days + 1)[None, :] <= until[:, None]
        for day in range(self.days - 1, -1, -1):
            rides[:, day] &= serves[network.destination, self.arrival[:, day]]
            nights[:, day] &= serves[:, day + 1] if day + 1 < self.days else False
            serves[network.origin[rides[:, day]], day] = True
            serves[:, day] |= nights[:, day]
        return rides, nights, at[:, : self.days]

    def _enter(self, commodity: Commodity) -> None:
        arrays, rows = self.arrays, self.rows
        network = arrays.network
        for o in commodity.offers:
            w = arrays.offer_window[o]
            origin = arrays.window_origin[w]
            lanes = network.out_lane[network.out_start[origin] : network.out_start[origin + 1]]
            for day in range(int(arrays.window_first[w]), int(arrays.window_last[w]) + 1):
                if (commodity.ride[lanes, day] >= 0).any():
                    most = self.whole(float(arrays.offer_quantity[o]), commodity.divisible)
                    commodity.enter[o, day] = rows.variable(0.0, most, not commodity.divisible)

    def _serve(self, commodity: Commodity, until: Integers, at: Array, supply: float) -> None:
        """Add the pool at every destination, what it serves, and what needs no legs."""
        arrays, rows, whole = self.arrays, self.rows, not commodity.divisible
        needs = self._needs(commodity.offers)
        for place in {self._destination(need) for need in needs}:
            arrivals = np.nonzero(at[place, : until[place] + 1])[0]
            if len(arrivals):
                for day in arrivals.tolist():
                    commodity.deliver[place, day] = rows.variable(0.0, supply, whole)
                for day in range(int(arrivals[0]), int(until[place])):
                    commodity.pool[place, day] = rows.variable(0.0, supply, whole)
        first = {place: min(d for p, d in commodity.deliver if p == place) for place, _ in commodity.deliver}
        for need, worth in needs.items():
            due, grace, place = int(arrays.need_due[need]), int(arrays.need_grace[need]), self._destination(need)
            most = self.whole(float(arrays.need_quantity[need]), commodity.divisible)
            here = [o for o in commodity.offers if arrays.window_origin[arrays.offer_window[o]] == place]
            begin = min(due, self.days - 1)
            for day in range(begin, min(due + max(1, grace), self.days)):
                keeps = worth * lateness(day - due, grace)
                if keeps > 0 and day >= first.get(place, self.days):
                    commodity.serve[need, day] = rows.variable(keeps, most, whole)
            for o in here:
                self._direct(commodity, o, need, worth, most)

    def _direct(self, commodity: Commodity, offer: int, need: int, worth: float, most: float) -> None:
        """Units at their destination from the start; with training they are usable when crews are."""
        arrays = self.arrays
        due, grace = int(arrays.need_due[need]), int(arrays.need_grace[need])
        came = int(arrays.window_first[arrays.offer_window[offer]])
        for day in range(max(came, min(due, self.days - 1)), min(due + max(1, grace), self.days)):
            if lateness(day - due, grace) > 0:
                number = self.rows.variable(worth * lateness(day - due, grace), most, not commodity.divisible)
                commodity.direct[offer, need * self.days + day] = number

    def _balance(self, commodity: Commodity) -> None:
        """What comes to a place on a day leaves, stays or is delivered; what enters leaves at once."""
        network, rows = self.arrays.network, self.rows
        node: dict[tuple[int, int], list[tuple[int, float]]] = {}
        leaving: dict[tuple[int, int], list[int]] = {}
        for lane, day in zip(*np.nonzero(commodity.ride >= 0), strict=True):
            number = int(commodity.ride[lane, day])
            node.setdefault((int(network.origin[lane]), int(day)), []).append((number, -1.0))
            leaving.setdefault((int(network.origin[lane]), int(day)), []).append(number)
            node.setdefault((int(network.destination[lane]), int(self.arrival[lane, day])), []).append((number, 1.0))
        for place, day in zip(*np.nonzero(commodity.night >= 0), strict=True):
            number = int(commodity.night[place, day])
            node.setdefault((int(place), int(day)), []).append((number, -1.0))
            node.setdefault((int(place), int(day) + 1), []).append((number, 1.0))
        entering: dict[tuple[int, int], list[int]] = {}
        for (offer, day), number in commodity.enter.items():
            origin = int(self.arrays.window_origin[self.arrays.offer_window[offer]])
            node.setdefault((origin, day), []).append((number, 1.0))
            entering.setdefault((origin, day), []).append(number)
        for at, number in commodity.deliver.items():
            node.setdefault(at, []).append((number, -1.0))
        for entries in node.values():
            rows.add(entries, 0.0, 0.0)
        for at, numbers in entering.items():
            if len(node[at]) > len(numbers) + len(leaving.get(at, [])):
                rows.add([(n, 1.0) for n in numbers] + [(n, -1.0) for n in leaving.get(at, [])], -np.inf, 0.0)
        self._balance_pool(commodity)

    def _balance_pool(self, commodity: Commodity) -> None:
        pools: dict[tuple[int, int], list[tuple[int, float]]] = {}
        for at, number in commodity.deliver.items():
            pools.setdefault(at, []).append((number, 1.0))
        for (place, day), number in commodity.pool.items():
            pools.setdefault((place, day), []).append((number, -1.0))
            pools.setdefault((place, day + 1), []).append((number, 1.0))
        for (need, day), number in commodity.serve.items():
            pools.setdefault((self._destination(need), day), []).append((number, -1.0))
        for entries in pools.values():
            self.rows.add(entries, 0.0, 0.0)


def commodities(problem: Problem) -> tuple[Model, Floats, Array]:
    """Return the model without shared limits, the places' storage (P,) in tonnes, which offers lie in store (O,)."""
    builder = _Builder(problem)
    for offers in _group(problem, builder.arrays):
        builder.add(offers)
    return Model(builder.arrays, builder.rows, builder.commodities), builder.storage, builder.lies
