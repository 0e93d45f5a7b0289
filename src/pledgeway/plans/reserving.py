"""What goods that are not planned anew, being under way or held to their requirement, take of the network."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

import pandas as pd

from pledgeway.planning.plan import Leg, Movement
from pledgeway.planning.problem import TAKEN_COLUMNS, Problem, table
from pledgeway.plans.carried import Journey
from pledgeway.tables.rows import each_row

TOLERANCE = 1e-9


@dataclass(frozen=True)
class Held:
    """Units of an item on one journey. ``left`` says whether they have left their place."""

    item: str
    units: float
    journey: Journey
    left: bool


def leg_days(journey: Journey, start: date) -> tuple[Leg, ...]:
    """Return the legs of ``journey`` with days counted from ``start``, below 0 before it."""
    return tuple(Leg(lane, (day - start).days) for lane, day in journey.legs)


def postponed(problem: Problem, held: Iterable[Held]) -> list[Held]:
    """Return ``held`` with the journeys of what should have left and has not from the problem's first day on.

    Such goods are still where they stood: they take each lane on the earliest day from then on, when they are there
    and it runs, and are of use as many days later. What no lane takes before the last day has no way.
    """
    first = problem.start_date
    assert first is not None
    lanes, runs = {row.id: row for row in each_row(problem.lanes)}, _running_days(problem)
    return [
        one if one.left or all(day >= first for _, day in one.journey.legs)
        else replace(one, journey=_later(one.journey, problem, lanes, runs))
        for one in held
    ]  # fmt: skip


def _later(journey: Journey, problem: Problem, lanes: Mapping[str, Any], runs: Callable[[str, int], bool]) -> Journey:
    assert problem.start_date is not None
    ready, legs = 0, list[tuple[str, date]]()
    for leg in leg_days(journey, problem.start_date):
        days = range(max(leg.departs, ready), problem.days)
        departs = next((day for day in days if leg.lane in lanes and runs(leg.lane, day)), None)
        if departs is None:
            return Journey(journey.parts)
        legs.append((leg.lane, problem.start_date + timedelta(days=departs)))
        ready = departs + int(lanes[leg.lane].transit_days)
    delay = legs[-1][1] - journey.legs[-1][1]
    return Journey(journey.parts, tuple(legs), None if journey.usable is None else journey.usable + delay)


def _running_days(problem: Problem) -> Callable[[str, int], bool]:
    """Return what tells whether a lane carries anything on a day."""
    capacity = dict(zip(problem.lanes["id"], problem.lanes["capacity_t_per_day"], strict=True))
    own: dict[str, list[Any]] = defaultdict(list)
    for row in each_row(problem.all_exceptions()):
        own[row.lane].append(row)

    def runs(lane: str, day: int) -> bool:
        here = [row for row in own[lane] if row.first_day <= day <= row.last_day]
        return float(here[-1].capacity_t_per_day if here else capacity[lane]) > 0

    return runs


def reserve(problem: Problem, held: Iterable[Held]) -> Problem:
    """Return ``problem`` less what the rest of the journeys of ``held`` takes of lanes, handling and storage.

    Goods that should have left and have not take it from the first day on (see :func:`postponed`).
    """
    assert problem.start_date is not None
    mass = dict(zip(problem.items["id"], problem.items["mass_t"], strict=True))
    lanes = {row.id: row for row in each_row(problem.lanes)}
    departing: dict[tuple[str, int], float] = defaultdict(float)
    taken: dict[tuple[str, str, int], float] = defaultdict(float)
    for one in postponed(problem, held):
        legs = leg_days(one.journey, problem.start_date)
        if any(leg.lane not in lanes for leg in legs):
            continue
        tonnes, here, since = one.units * mass[one.item], "", 0
        for leg in legs:
            lane, arrives = lanes[leg.lane], leg.departs + int(lanes[leg.lane].transit_days)
            for night in range(since, leg.departs) if here else ():
                taken["storage", here, night] += tonnes
            departing[leg.lane, leg.departs] += tonnes
            taken["handling", lane.origin, leg.departs] += tonnes
            taken["handling", lane.destination, arrives] += tonnes
            here, since = lane.destination, arrives
    inside = {key: tonnes for key, tonnes in taken.items() if 0 <= key[2] < problem.days}
    return replace(
        problem, exceptions=_with(problem, departing),
        taken=pd.DataFrame([(*key, tonnes) for key, tonnes in sorted(inside.items())], columns=TAKEN_COLUMNS),
    )  # fmt: skip


def _with(problem: Problem, departing: dict[tuple[str, int], float]) -> pd.DataFrame:
    """Return the problem's exceptions and what ``departing`` leaves of each lane on each day, where it takes any."""
    capacity = dict(zip(problem.lanes["id"], problem.lanes["capacity_t_per_day"], strict=True))
    own: dict[str, list[Any]] = defaultdict(list)
    for row in each_row(problem.all_exceptions()):
        own[row.lane].append(row)
    rows: list[dict[str, Any]] = []
    for (lane, day), tonnes in sorted(departing.items()):
        if 0 <= day < problem.days:
            here = [row for row in own[lane] if row.first_day <= day <= row.last_day]
            most = float(here[-1].capacity_t_per_day if here else capacity[lane])
            left = {"lane": lane, "first_day": day, "last_day": day, "capacity_t_per_day": max(0.0, most - tonnes)}
            rows += [{**left, "note": "less what is on its way"}] if most > 0 else []
    return table("exceptions", [*problem.exceptions.to_dict("records"), *rows]) if rows else problem.exceptions


def crewed(problem: Problem, begun: pd.DataFrame, held: Iterable[Held], kept: Sequence[Movement]) -> Problem:
    """Return ``problem`` with the courses whose crews its goods may have.

    ``begun`` are courses that began before its first day, with days counted from then: they are there for what is kept
    and for nothing else. Goods that are ``held`` have taken seats, the latest that are in time.
    """
    assert problem.start_date is not None
    items = {row.id: row for row in each_row(problem.items)}
    item_of = dict(zip(problem.offers["id"], problem.offers["item"], strict=True))
    courses = pd.concat([problem.courses, begun], ignore_index=True) if len(begun) else problem.courses
    seats = {row.id: int(row.seats) for row in each_row(courses)}

    def take(item: str, units: float, usable: int) -> dict[str, int]:
        wanted, found = math.ceil(items[item].seats_per_unit * units - TOLERANCE), {}
        ready = [row for row in each_row(courses) if row.training == items[item].training]
        for row in sorted(ready, key=lambda row: -(row.start + row.duration_days)):
            if row.start + row.duration_days <= usable:
                found[row.id] = min(wanted, seats[row.id])
                seats[row.id] -= found[row.id]
                wanted -= found[row.id]
        return found

    for one in postponed(problem, held):
        if items[one.item].training and one.journey.usable is not None:
            take(one.item, one.units, (one.journey.usable - problem.start_date).days)
    left, needed = dict(seats), dict.fromkeys(begun["id"], 0)
    for move in kept:
        if items[item_of[move.offer]].training:
            for course, number in take(item_of[move.offer], move.quantity, move.usable).items():
                needed[course] = needed.get(course, 0) + number
    offered = [{**row, "seats": left[row["id"]]} for row in problem.courses.to_dict("records")]
    for row in begun.to_dict("records"):
        ready = max(0, row["start"] + row["duration_days"])
        offered += (
            [{**row, "start": 0, "duration_days": ready, "seats": needed[row["id"]]}] if needed[row["id"]] else []
        )
    return replace(problem, courses=table("courses", offered))
