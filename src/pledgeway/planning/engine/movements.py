"""From booked units to movements and seats, as the plan lists them."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping

import numpy as np

from pledgeway.planning.engine.arrays import Arrays
from pledgeway.planning.engine.booking import Booking
from pledgeway.planning.plan import Leg, Movement, lateness
from pledgeway.planning.problem import Problem
from pledgeway.tables.rows import each_row


def read_off(arrays: Arrays, *bookings: Booking) -> tuple[tuple[Movement, ...], dict[str, int], float]:
    """Return (movements in order of departure, seats taken by course, value by rule 7) of all bookings together."""
    problem, days = arrays.problem, arrays.network.days
    offers, needs, lanes = (frame["id"].tolist() for frame in (problem.offers, problem.requirements, problem.lanes))
    units_of: dict[tuple[int, int, tuple[int, ...], int], float] = defaultdict(float)
    worth: list[float] = []
    needed: dict[int, dict[int, float]] = defaultdict(lambda: defaultdict(float))
    cost_of, last = arrays.network.cost.tolist(), arrays.network.lanes * days
    for booking in bookings:
        pool, booked = booking.pool, np.flatnonzero(booking.units)
        offer_of, need_of = pool.offer, pool.need
        for j, row in zip(booked.tolist(), pool.routes.legs[pool.route[booked]].tolist(), strict=True):
            offer, need, usable = int(offer_of[j]), int(need_of[j]), int(pool.usable[j])
            units = float(booking.units[j])
            if not arrays.offer_divisible[offer]:
                units = float(round(units))
            legs = tuple(leg for leg in row if 0 <= leg < last)
            units_of[offer, need, legs, usable] += units
            late = lateness(usable - int(arrays.need_due[need]), int(arrays.need_grace[need]))
            cost = sum(cost_of[leg // days] for leg in legs)
            worth += [
                float(pool.arrays.pairs.worth[pool.pair[j]]) * late * units,
                -cost * float(arrays.offer_mass[offer]) * units,
            ]
            kind = int(arrays.offer_class[offer])
            if kind >= 0:
                needed[kind][usable] += units * float(arrays.offer_seats[offer])
    movements = [
        Movement(offers[offer], needs[need], units, tuple(Leg(lanes[leg // days], leg % days) for leg in legs), usable)
        for (offer, need, legs, usable), units in units_of.items()
    ]
    movements.sort(key=lambda m: (m.legs[0].departs if m.legs else m.usable, m.offer, m.requirement, m.usable))
    classes = sorted({c for c in problem.items["training"] if c})
    seats = fewest_seats(problem, {classes[kind]: by_day for kind, by_day in needed.items()})
    return tuple(movements), seats, math.fsum(worth)


def seats_for(problem: Problem, movements: Iterable[Movement]) -> dict[str, int]:
    """Return the fewest seats that ``movements`` need, by course."""
    items = problem.items.set_index("id")[["training", "seats_per_unit"]].to_dict("index")
    kind = {offer: items[item] for offer, item in zip(problem.offers["id"], problem.offers["item"], strict=True)}
    needed: dict[str, dict[int, float]] = defaultdict(lambda: defaultdict(float))
    for move in movements:
        item = kind[move.offer]
        if item["training"]:
            needed[item["training"]][move.usable] += item["seats_per_unit"] * move.quantity
    return fewest_seats(problem, needed)


def fewest_seats(problem: Problem, needed: Mapping[str, Mapping[int, float]]) -> dict[str, int]:
    """Return the seats to take on each course: as few as ``needed`` (class, day usable), the earliest courses first."""
    taken: dict[str, int] = {}
    for training, by_day in needed.items():
        courses = sorted(
            (row.start + row.duration_days, row.id, int(row.seats))
            for row in each_row(problem.courses)
            if row.training == training
        )
        total, have = 0.0, 0
        for day in sorted(by_day):
            total += by_day[day]
            for ready, course, seats in courses:
                more = min(seats - taken.get(course, 0), math.ceil(total - 1e-9) - have) if ready <= day else 0
                if more > 0:
                    taken[course] = taken.get(course, 0) + more
                    have += more
    return taken
