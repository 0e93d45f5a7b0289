"""The plan a careful officer makes by hand: by priority, then due date, each need by what arrives first."""

from __future__ import annotations

import time

import numpy as np
from numba import njit

from pledgeway.planning import Plan, Problem
from pledgeway.planning.engine.arrays import Array, Arrays, compile_arrays
from pledgeway.planning.engine.columns import Pool
from pledgeway.planning.engine.finish import Booking
from pledgeway.planning.engine.movements import read_off
from pledgeway.planning.engine.pricing import LONGEST_ROUTE
from pledgeway.planning.problem import digest


def greedy(problem: Problem, seconds: float = float("inf")) -> Plan:
    """Return the greedy plan of ``problem``; it proves no bound. Stops after ``seconds`` with what it has."""
    begun = time.perf_counter()
    arrays = compile_arrays(problem, forbid=True)
    booking = Booking(Pool(arrays))
    priority = problem.requirements["priority"].to_numpy()
    order = np.lexsort((arrays.need_due, priority))
    by_need = [np.nonzero(arrays.pairs.requirement == need)[0] for need in range(len(order))]
    for need in order.tolist():
        if time.perf_counter() - begun > seconds:
            break
        _serve(booking, need, by_need[need])
    movements, seats, value = read_off(arrays, booking)
    return Plan(
        problem=problem.name, value=value, bound=float("inf"), movements=movements, seats=seats,
        problem_sha256=digest(problem), seconds=time.perf_counter() - begun,
    )  # fmt: skip


def _serve(booking: Booking, need: int, pairs: Array) -> None:
    """Book units for one requirement, always those that are usable first, until nothing more fits."""
    arrays, left = booking.pool.arrays, booking.left
    spent: set[int] = set()
    while left.requirements[need] > 1e-9:
        ways = []
        for pair in pairs.tolist():
            offer = int(arrays.pairs.offer[pair])
            if pair not in spent and left.offers[offer] > 1e-9:
                legs, usable = _first(booking, pair, offer, need)
                if usable >= 0:
                    ways.append((usable, -arrays.pairs.worth[pair], pair, legs))
                else:
                    spent.add(pair)
        if not ways:
            return
        usable, _, pair, legs = min(ways, key=lambda way: way[:3])
        at = booking.pool.add(np.array([pair]), legs[None, :], np.array([usable]))
        before = float(booking.left.requirements[need])
        booking.columns()
        if booking.pool.value[at[0]] > 0:  # what costs more to bring than it is worth stays
            booking.book(at, np.full(len(booking.pool), np.inf))
        if booking.left.requirements[need] >= before:
            spent.add(pair)


def _first(booking: Booking, pair: int, offer: int, need: int) -> tuple[Array, int]:
    """Return the legs of the way that arrives first with room for a unit, and the day it is usable; -1 for none."""
    arrays, left = booking.pool.arrays, booking.left
    network, window = arrays.network, arrays.offer_window[offer]
    goal = int(arrays.pairs.destination[np.searchsorted(arrays.pairs.destination_start, pair, side="right") - 1])
    last = min(int(arrays.need_due[need]) + max(1, int(arrays.need_grace[need])) - 1, network.days - 1)
    units = (
        min(1.0, float(left.requirements[need]), float(left.offers[offer])) if arrays.offer_divisible[offer] else 1.0
    )
    unit = units * float(arrays.offer_mass[offer])
    legs = np.full(LONGEST_ROUTE, -1, dtype=np.int64)
    arrival = _earliest(
        int(arrays.window_origin[window]), int(arrays.window_first[window]), int(arrays.window_last[window]), goal,
        last, unit, network.days, network.origin, network.destination, network.transit, left.resources, legs,
    )  # fmt: skip
    return legs, _usable(arrays, booking, offer, max(arrival, 0), last) if arrival >= 0 else -1


def _usable(arrays: Arrays, booking: Booking, offer: int, arrival: int, last: int) -> int:
    kind = int(arrays.offer_class[offer])
    if kind < 0:
        return arrival
    training = arrays.training
    for day in range(arrival, last + 1):
        row, end = int(training.row_of[kind, day]), int(training.first_row[kind + 1])
        if row >= 0 and booking.left.training[row:end].min() >= arrays.offer_seats[offer]:
            return day
    return -1


@njit(cache=True)
def _earliest(
    origin: int, first: int, until: int, goal: int, last: int, unit: float, days: int, from_: Array, to: Array,
    transit: Array, left: Array, legs: Array,
) -> int:  # fmt: skip
    """Write the legs of the earliest arrival at ``goal`` with ``unit`` tonnes free on it; return its day or -1."""
    lanes, places = len(from_), (len(left) // days - len(from_)) // 2
    if origin == goal:
        return first if first <= last else -1
    came = np.full((places, days + 1), -2, dtype=np.int64)  # -2 not there, -1 stayed, else the lane-day it came by
    for day in range(first, last):
        for lane in range(lanes):
            place = from_[lane]
            there = day + transit[lane]
            if there > last or not (came[place, day] > -2 or (place == origin and day <= until)):
                continue
            out, into = (lanes + place) * days + day, (lanes + to[lane]) * days + there
            if (
                left[lane * days + day] >= unit
                and left[out] >= unit
                and left[into] >= unit
                and came[to[lane], there] == -2
            ):
                came[to[lane], there] = lane * days + day
        for place in range(places):
            stays = came[place, day] > -2 and left[(lanes + places + place) * days + day] >= unit
            if stays and came[place, day + 1] == -2:
                came[place, day + 1] = -1
        if came[goal, day + 1] > -2:
            return _trace(goal, day + 1, days, from_, came, legs)
    return -1


@njit(cache=True)
def _trace(goal: int, arrival: int, days: int, from_: Array, came: Array, legs: Array) -> int:
    found, place, day = [np.int64(0) for _ in range(0)], goal, arrival
    while True:
        if came[place, day] == -1:
            day -= 1
            continue
        leg = came[place, day]
        found.append(leg)
        place, day = from_[leg // days], leg % days
        if came[place, day] == -2:
            break
    if len(found) > len(legs):
        return -1
    for k in range(len(found)):
        legs[k] = found[len(found) - 1 - k]
    return arrival
