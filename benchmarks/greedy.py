"""The plan a careful officer makes by hand: by priority, then due date, each need by what arrives first."""

from __future__ import annotations

import time
from dataclasses import dataclass
from heapq import heappop, heappush

import numpy as np
from numba import njit

from pledgeway.planning import Leg, Movement, Plan, Problem, allocations
from pledgeway.planning.engine.arrays import Array, Arrays, compile_arrays
from pledgeway.planning.engine.master import Remaining
from pledgeway.planning.engine.movements import seats_for
from pledgeway.planning.engine.routes import route_resources
from pledgeway.planning.engine.walking import LONGEST_ROUTE
from pledgeway.planning.plan import lateness
from pledgeway.planning.problem import digest

DUST = 1e-3
ABSENT, STAYED = -2, -1


def greedy(problem: Problem, seconds: float = float("inf")) -> Plan:
    """Return the greedy plan of ``problem``; it proves no bound. Stops after ``seconds`` with what it has."""
    begun = time.perf_counter()
    officer = Officer(problem)
    pairs = officer.arrays.pairs
    by_need = np.argsort(pairs.requirement, kind="stable")
    start = np.searchsorted(pairs.requirement[by_need], np.arange(len(problem.requirements) + 1))
    movements: list[Movement] = []
    for need in np.lexsort((officer.arrays.need_due, problem.requirements["priority"].to_numpy())).tolist():
        if time.perf_counter() - begun > seconds:
            break
        movements += officer.serve(need, by_need[start[need] : start[need + 1]])
    plan = Plan(
        problem=problem.name, value=0.0, bound=float("inf"), movements=tuple(movements),
        seats=seats_for(problem, movements), problem_sha256=digest(problem),
    )  # fmt: skip
    rows = allocations(problem, plan)
    return plan.with_(value=float(rows["worth"].sum() - rows["cost"].sum()), seconds=time.perf_counter() - begun)


@dataclass(frozen=True)
class Way:
    """How a unit of a pair gets to its requirement: legs (lane * days + day, -1 after the last), and the day of use."""

    legs: Array
    usable: int


class Officer:
    """What is left of everything, and how to take from it."""

    def __init__(self, problem: Problem) -> None:
        self.arrays: Arrays = compile_arrays(problem, forbid=True)
        self.left = Remaining.of(self.arrays)
        self.limited = np.isfinite(self.arrays.network.capacity)
        self.goal = np.repeat(self.arrays.pairs.destination, np.diff(self.arrays.pairs.destination_start))
        self.offer_ids, self.need_ids, self.lane_ids = (
            table["id"].tolist() for table in (problem.offers, problem.requirements, problem.lanes)
        )

    def serve(self, need: int, pairs: Array) -> list[Movement]:
        """Serve one requirement from its ``pairs``, always by what is usable first, until nothing more fits."""
        movements = []
        # As room only shrinks, a pair's day can only move back: it is looked up again when its turn comes.
        turns = [(-1, -float(self.arrays.pairs.worth[pair]), int(pair)) for pair in pairs]
        turns.sort()
        while turns and self.left.requirements[need] > 1e-9:
            _, worth, pair = heappop(turns)
            way = self.first_way(pair)
            if way is None:
                continue
            turn = (way.usable, worth, pair)
            if not turns or turn <= turns[0]:
                units = self.take(pair, way)
                if not units:
                    continue
                movements.append(self.movement(pair, way, units))
            heappush(turns, turn)
        return movements

    def first_way(self, pair: int) -> Way | None:
        """Return the way of a pair that is usable first, with room for a unit on it; None where there is none."""
        arrays, network = self.arrays, self.arrays.network
        offer, need = int(arrays.pairs.offer[pair]), int(arrays.pairs.requirement[pair])
        window = arrays.offer_window[offer]
        unit = min(1.0, float(self.left.requirements[need]), float(self.left.offers[offer]))
        if not arrays.offer_divisible[offer]:
            unit = 1.0
        last = min(int(arrays.need_due[need] + max(1, arrays.need_grace[need])) - 1, network.days - 1)
        legs = np.full(LONGEST_ROUTE, -1, dtype=np.int64)
        arrival = earliest(
            int(arrays.window_origin[window]), int(arrays.window_first[window]), int(arrays.window_last[window]),
            int(self.goal[pair]), last, unit * float(arrays.offer_mass[offer]), network.days, network.origin,
            network.destination, network.transit, self.left.resources, legs,
        )  # fmt: skip
        usable = self.crewed(offer, arrival, last, unit) if arrival >= 0 else -1
        return Way(legs, usable) if usable >= 0 else None

    def crewed(self, offer: int, arrival: int, last: int, unit: float) -> int:
        """Return the first day from ``arrival`` to ``last`` on which there are crews for ``unit``; -1 for none."""
        kind = int(self.arrays.offer_class[offer])
        if kind < 0:
            return arrival
        rows, end = self.arrays.training.row_of[kind], int(self.arrays.training.first_row[kind + 1])
        for day in range(arrival, last + 1):
            free = self.left.training[rows[day] : end].min() if rows[day] >= 0 else 0.0
            if free >= unit * self.arrays.offer_seats[offer]:
                return day
        return -1

    def take(self, pair: int, way: Way) -> float:
        """Take as many units of a pair as fit on ``way`` out of what is left; return them, 0 where none pay."""
        arrays, left, network = self.arrays, self.left, self.arrays.network
        offer, need = int(arrays.pairs.offer[pair]), int(arrays.pairs.requirement[pair])
        mass, seats, kind = arrays.offer_mass[offer], arrays.offer_seats[offer], int(arrays.offer_class[offer])
        keeps = lateness(way.usable - int(arrays.need_due[need]), int(arrays.need_grace[need]))
        cost = sum(network.cost[leg // network.days] for leg in way.legs if leg >= 0) * mass
        if arrays.pairs.worth[pair] * keeps <= cost:
            return 0.0
        resource, times, _ = route_resources(
            way.legs[None, :], network.days, network.origin, network.destination, network.transit, network.places,
            self.limited,
        )  # fmt: skip
        there = min(left.requirements[need], left.offers[offer])
        units = min(there, (left.resources[resource] / (mass * times)).min(initial=np.inf))
        rows = slice(0, 0)
        if kind >= 0:
            rows = slice(int(arrays.training.row_of[kind, way.usable]), int(arrays.training.first_row[kind + 1]))
            units = min(units, (left.training[rows] / seats).min())
        if not arrays.offer_divisible[offer]:
            units = np.floor(units + 1e-9)
        elif units < min(DUST, there):
            units = 0.0
        left.resources[resource] -= units * mass * times
        left.training[rows] -= units * seats
        left.requirements[need] -= units
        left.offers[offer] -= units
        return float(units)

    def movement(self, pair: int, way: Way, units: float) -> Movement:
        """Return a movement of ``units``."""
        days, pairs = self.arrays.network.days, self.arrays.pairs
        legs = tuple(Leg(self.lane_ids[leg // days], int(leg % days)) for leg in way.legs if leg >= 0)
        return Movement(
            self.offer_ids[pairs.offer[pair]], self.need_ids[pairs.requirement[pair]], units, legs, way.usable
        )


@njit(cache=True)
def earliest(
    origin: int, first: int, until: int, goal: int, last: int, unit: float, days: int, from_: Array, to: Array,
    transit: Array, left: Array, legs: Array,
) -> int:  # fmt: skip
    """Write the legs of the earliest arrival at ``goal`` with ``unit`` tonnes free on it; return its day or -1.

    ``came`` says how a place is first reached by a day: not at all, by having stayed there, or by a leg.
    """
    lanes, places = len(from_), (len(left) // days - len(from_)) // 2
    if origin == goal:
        return first if first <= last else -1
    came = np.full((places, days + 1), ABSENT, dtype=np.int64)
    for day in range(first, last):
        for lane in range(lanes):
            place, there = from_[lane], day + transit[lane]
            starts = place == origin and day <= until
            if there > last or came[to[lane], there] != ABSENT or not (starts or came[place, day] != ABSENT):
                continue
            handled = 2 * unit if came[place, day] >= 0 and not starts else unit  # in and out on one day
            if (
                left[lane * days + day] >= unit
                and left[(lanes + place) * days + day] >= handled
                and left[(lanes + to[lane]) * days + there] >= unit
            ):
                came[to[lane], there] = lane * days + day
        for place in range(places):
            if came[place, day] != ABSENT and left[(lanes + places + place) * days + day] >= unit:
                came[place, day + 1] = STAYED
        if came[goal, day + 1] != ABSENT:
            return _trace(origin, until, goal, day + 1, days, from_, came, legs)
    return -1


@njit(cache=True)
def _trace(origin: int, until: int, goal: int, arrival: int, days: int, from_: Array, came: Array, legs: Array) -> int:
    found, place, day = [np.int64(0) for _ in range(0)], goal, arrival
    while len(found) == 0 or place != origin or day > until:
        leg = came[place, day]
        if leg == STAYED:
            day -= 1
        else:
            found.append(leg)
            place, day = from_[leg // days], leg % days
    if len(found) > len(legs):
        return -1
    for k in range(len(found)):
        legs[k] = found[len(found) - 1 - k]
    return arrival
