"""From booked units to movements and seats, as the plan lists them."""

from __future__ import annotations

import math
from collections import defaultdict

import numpy as np

from pledgeway.planning.engine.arrays import Arrays
from pledgeway.planning.engine.finish import Booking
from pledgeway.planning.plan import Leg, Movement, lateness


def read_off(booking: Booking) -> tuple[tuple[Movement, ...], dict[str, int], float]:
    """Return (movements in order of departure, seats taken by course, value by rule 7)."""
    pool, arrays = booking.pool, booking.pool.arrays
    problem, days = arrays.problem, arrays.network.days
    offers, needs, lanes = (frame["id"].tolist() for frame in (problem.offers, problem.requirements, problem.lanes))
    movements: list[Movement] = []
    worth: list[float] = []
    for j in np.nonzero(booking.units)[0].tolist():
        offer, need = int(pool.offer[j]), int(pool.need[j])
        units = float(booking.units[j])
        if not arrays.offer_divisible[offer]:
            units = float(round(units))
        legs = [int(leg) for leg in pool.legs[pool.route[j]] if leg >= 0]
        usable = int(pool.usable[j])
        movements.append(
            Movement(
                offers[offer], needs[need], units, tuple(Leg(lanes[leg // days], leg % days) for leg in legs), usable
            )
        )
        late = lateness(usable - int(arrays.need_due[need]), int(arrays.need_grace[need]))
        cost = sum(arrays.network.cost[leg // days] for leg in legs)
        worth += [float(arrays.pairs.worth[pool.pair[j]]) * late * units, -float(cost * arrays.offer_mass[offer]) * units]
    movements.sort(key=lambda m: (m.legs[0].departs if m.legs else m.usable, m.offer, m.requirement, m.usable))
    return tuple(movements), fewest_seats(arrays, booking), math.fsum(worth)


def fewest_seats(arrays: Arrays, booking: Booking) -> dict[str, int]:
    """Return the seats to take on each course: as few as the units booked need, the earliest courses first."""
    pool, problem = booking.pool, arrays.problem
    needed: dict[str, dict[int, float]] = defaultdict(lambda: defaultdict(float))
    classes = sorted({c for c in problem.items["training"] if c})
    for j in np.nonzero(booking.units)[0].tolist():
        kind = int(arrays.offer_class[pool.offer[j]])
        if kind >= 0:
            needed[classes[kind]][int(pool.usable[j])] += float(booking.units[j] * arrays.offer_seats[pool.offer[j]])
    taken: dict[str, int] = {}
    for training, by_day in needed.items():
        courses = [
            (row.start + row.duration_days, row.id, row.seats)
            for row in problem.courses.itertuples()
            if row.training == training
        ]
        courses.sort()
        total, have = 0.0, 0
        for day in sorted(by_day):
            total += by_day[day]
            for ready, course, seats in courses:
                if ready <= day and have < math.ceil(total - 1e-9):
                    more = min(int(seats) - taken.get(course, 0), math.ceil(total - 1e-9) - have)
                    if more > 0:
                        taken[course] = taken.get(course, 0) + more
                        have += more
    return taken
