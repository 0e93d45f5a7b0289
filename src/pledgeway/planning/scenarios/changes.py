"""Scenarios: the same problem with something taken away or changed, said in a line of text.

An *event* is one thing that happens, for instance ``donor:Norway``, ``place:rzeszow from 10 to 20``, ``lane:L0042``,
``mode:air from 30``, ``course:C003``, ``half:place:rzeszow``, ``half:all`` or
``late:L0034 on 12 by 10`` (what that lane carries on day 12 leaves 10 days later),
``set lane:L0042.capacity_t_per_day=900``; a *scenario* is one or several of them, joined by `` + ``. Rows are never
removed, so the tables of all scenarios have the same rows in the same order.
"""

from __future__ import annotations

import difflib
import math
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import date
from itertools import combinations
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from pledgeway.planning.problem import Problem
from pledgeway.planning.summary import THROUGH_KINDS
from pledgeway.tables.rows import each_row

TABLE_OF = {
    "place": "places", "lane": "lanes", "item": "items", "offer": "offers", "requirement": "requirements",
    "course": "courses",
}  # fmt: skip
KINDS = ("donor", "place", "lane", "mode", "course", "half", "late", "set")
EVENT = re.compile(
    r"(?P<kind>donor|place|lane|mode|course):(?P<what>.+?)(?: from (?P<first>\S+))?(?: to (?P<last>\S+))?$"
)
SETTING = re.compile(r"set (?P<table>\w+):(?P<key>.+)\.(?P<field>\w+)=(?P<value>.*)$")
LATE = re.compile(r"late:(?P<lane>.+) on (?P<day>\S+) by (?P<days>\d+)$")
HALF = re.compile(r"half:(?:(?P<kind>place|lane|mode|course):(?P<what>.+)|all)$")


class ScenarioError(ValueError):
    """A scenario that cannot be read or does not fit the problem; the message says what is allowed."""


@dataclass(frozen=True)
class Event:
    """One thing that happens: ``kind`` donor, place, lane, mode or course is gone or closed on ``first`` to ``last``.

    Kind ``half``: half of the capacity of ``what`` (all, or kind:id). Kind ``late``: what lane ``what`` carries on day
    ``first`` leaves ``value`` days later. Kind ``set``: ``what`` is table:id.field, set to
    ``value``. Days are whole numbers, both included; the last day of the problem where ``last`` is None.
    """

    kind: str
    what: str
    first: int = 0
    last: int | None = None
    value: Any = None

    def __str__(self) -> str:
        if self.kind == "set":
            return f"set {self.what}={'' if self.value is None else self.value}"
        if self.kind == "late":
            return f"late:{self.what} on {self.first} by {self.value}"
        since = f" from {self.first}" if self.first else ""
        return f"{self.kind}:{self.what}{since}{'' if self.last is None else f' to {self.last}'}"


@dataclass(frozen=True)
class Scenario:
    """A name and what happens."""

    name: str
    events: tuple[Event, ...]

    def __str__(self) -> str:
        return " + ".join(str(event) for event in self.events)


def parse(problem: Problem, text: str, name: str | None = None) -> Scenario:
    """Return the scenario that ``text`` says. Raises ScenarioError, naming what is known, for what does not fit."""
    parts = [part.strip() for part in text.split(" + ") if part.strip()]
    if not parts:
        raise ScenarioError(f"{text!r} says nothing; write for instance donor:Norway or place:hub-1 from 10 to 20")
    return Scenario(name or text.strip(), tuple(_event(problem, part) for part in parts))


def parse_list(problem: Problem, lines: Iterable[str]) -> list[Scenario]:
    """Return the scenarios of a file: one a line, ``name = events`` or the events alone; # begins a comment."""
    found, faults = [], []
    for number, line in enumerate(lines, 1):
        text = line.split("#", 1)[0].strip()
        if not text:
            continue
        name, _, events = text.partition(" = ") if " = " in text else ("", "", text)
        try:
            found.append(parse(problem, events, name.strip() or None))
        except ScenarioError as fault:
            faults.append(f"line {number}: {fault}")
    if faults:
        raise ScenarioError("\n".join(faults))
    return found


def _event(problem: Problem, text: str) -> Event:
    if setting := SETTING.match(text):
        return _setting(problem, text, **setting.groupdict())
    if half := HALF.match(text):
        if half["kind"]:
            _known(problem, half["kind"], half["what"])
        return Event("half", f"{half['kind']}:{half['what']}" if half["kind"] else "all")
    if late := LATE.match(text):
        _known(problem, "lane", late["lane"])
        return Event("late", late["lane"], day_of(problem, late["day"]), value=int(late["days"]))
    found = EVENT.match(text)
    if found is None:
        raise ScenarioError(
            f"{text!r} is no event; they begin with donor:, place:, lane:, mode:, course:, half:, late: or set"
        )
    _known(problem, found["kind"], found["what"])
    first = day_of(problem, found["first"]) if found["first"] else 0
    last = day_of(problem, found["last"]) if found["last"] else None
    if last is not None and last < first:
        raise ScenarioError(f"{text!r} ends before it begins")
    return Event(found["kind"], found["what"], first, last)


def known(problem: Problem, kind: str) -> list[str]:
    """Return what events of a kind can name."""
    if kind == "donor":
        return sorted(problem.offers["donor"].unique())
    if kind == "mode":
        return sorted(problem.lanes["mode"].unique())
    return list(getattr(problem, TABLE_OF[kind])["id"])


def _known(problem: Problem, kind: str, what: str) -> None:
    names = known(problem, kind)
    if what not in names:
        near = difflib.get_close_matches(what, names, 1, 0.5)
        raise ScenarioError(f"no {kind} {what!r}" + (f"; did you mean {near[0]!r}?" if near else ""))


def day_of(problem: Problem, text: str) -> int:
    """Return a day given as a number or as an ISO date. Raises ScenarioError for what is no day of the problem."""
    try:
        day = int(text) if text.isdigit() else (date.fromisoformat(text) - (problem.start_date or date.min)).days
    except ValueError as fault:
        raise ScenarioError(f"{text!r} is no day; write a number from 0 or a date such as 2026-11-23") from fault
    if not 0 <= day < problem.days or (not text.isdigit() and problem.start_date is None):
        raise ScenarioError(f"{text} is outside the problem's days, 0 to {problem.days - 1}")
    return day


def _setting(problem: Problem, text: str, table: str, key: str, field: str, value: str) -> Event:
    if table not in TABLE_OF:
        raise ScenarioError(f"{text!r}: {table!r} is no table; they are {', '.join(TABLE_OF)}")
    _known(problem, table, key)
    column = getattr(problem, TABLE_OF[table]).get(field)
    if column is None or field == "id":
        fields = [name for name in getattr(problem, TABLE_OF[table]) if name != "id"]
        raise ScenarioError(f"{text!r}: {table} rows have no field {field!r}; they have {', '.join(fields)}")
    return Event("set", f"{table}:{key}.{field}", value=_value(column, value.strip(), text))


def _value(column: pd.Series, text: str, where: str) -> Any:
    """Return ``text`` as a value of the column's type; nothing means no limit or unknown."""
    if pd.api.types.is_bool_dtype(column):
        if text.lower() not in {"yes", "no", "true", "false"}:
            raise ScenarioError(f"{where!r}: write yes or no")
        return text.lower() in {"yes", "true"}
    if not pd.api.types.is_numeric_dtype(column):
        return text or None
    try:
        number = float(text) if text else math.nan
    except ValueError as fault:
        raise ScenarioError(f"{where!r}: {text!r} is not a number") from fault
    if pd.api.types.is_integer_dtype(column):
        if not number.is_integer():
            raise ScenarioError(f"{where!r}: {text!r} is not a whole number")
        return int(number)
    return number


def apply(problem: Problem, scenario: Scenario) -> Problem:
    """Return the problem as it is when the scenario's events have happened."""
    for event in scenario.events:
        problem = _APPLY[event.kind](problem, event)
    return problem


def _donor_gone(problem: Problem, event: Event) -> Problem:
    """What the donor has not sent off before the day stays with it."""
    offers, mine = problem.offers, problem.offers["donor"] == event.what
    late = mine & (offers["available_from"] >= event.first)
    until = offers["available_until"].where(~mine, offers["available_until"].clip(upper=max(event.first - 1, 0)))
    until = until.where(~late, offers["available_until"])
    return replace(problem, offers=offers.assign(quantity=offers["quantity"].where(~late, 0.0), available_until=until))


def _close(problem: Problem, rows: list[dict[str, Any]]) -> Problem:
    """Return the problem with closures added after those it has, which they override."""
    if not rows:
        return problem
    return replace(problem, exceptions=pd.concat([problem.exceptions, pd.DataFrame(rows)], ignore_index=True))


def _closure(lane: str, first: int, last: int) -> dict[str, Any]:
    return {"lane": lane, "first_day": max(0, first), "last_day": last, "capacity_t_per_day": 0.0, "note": None}


def _lanes_closed(problem: Problem, event: Event) -> Problem:
    field = "id" if event.kind == "lane" else "mode"
    last = problem.days - 1 if event.last is None else event.last
    lanes = problem.lanes["id"][problem.lanes[field] == event.what]
    return _close(problem, [_closure(lane, event.first, last) for lane in lanes])


def _place_closed(problem: Problem, event: Event) -> Problem:
    """Nothing departs from or arrives at the place on those days."""
    last, rows = problem.days - 1 if event.last is None else event.last, []
    for lane in each_row(problem.lanes):
        if lane.origin == event.what:
            rows.append(_closure(lane.id, event.first, last))
        if lane.destination == event.what and last >= lane.transit_days:
            rows.append(_closure(lane.id, event.first - lane.transit_days, last - lane.transit_days))
    return _close(problem, rows)


def _late(problem: Problem, event: Event) -> Problem:
    """The day's capacity of the lane comes on top of that of the later day, if there is one."""
    lane = event.what
    by_day = lane_capacities(problem)[lane]
    later = event.first + event.value
    rows = [_closure(lane, event.first, event.first)]
    if later < problem.days:
        rows.append({**_closure(lane, later, later), "capacity_t_per_day": float(by_day[event.first] + by_day[later])})
    return _close(problem, rows if event.value else [])


def lane_capacities(problem: Problem) -> dict[str, npt.NDArray[np.float64]]:
    """Return by lane (days,): the tonnes that may depart on each day, sailing days and exceptions included."""
    found = {row.id: np.full(problem.days, float(row.capacity_t_per_day)) for row in each_row(problem.lanes)}
    for row in each_row(problem.all_exceptions()):
        found[row.lane][max(0, row.first_day) : row.last_day + 1] = row.capacity_t_per_day
    return found


def since(problem: Problem, changed: Problem, today: int) -> Problem:
    """Return ``changed`` with its lanes as they are in ``problem`` until ``today``: what has departed has departed."""
    before, after = lane_capacities(problem), lane_capacities(changed)
    rows = [
        {**_closure(lane, day, day), "capacity_t_per_day": float(by_day[day])}
        for lane, by_day in before.items()
        if lane in after
        for day in np.flatnonzero(by_day[:today] != after[lane][:today]).tolist()
    ]
    return _close(changed, rows)


def _course_cancelled(problem: Problem, event: Event) -> Problem:
    courses = problem.courses
    return replace(problem, courses=courses.assign(seats=courses["seats"].where(courses["id"] != event.what, 0)))


def _halved(problem: Problem, event: Event) -> Problem:
    """Half of all capacity, or of one place's, lane's, mode's or course's."""
    kind, _, what = event.what.partition(":")
    lanes, places, courses, exceptions = problem.lanes, problem.places, problem.courses, problem.exceptions
    lane_column = {"lane": "id", "mode": "mode"}.get(kind)
    mine = lanes["id"].notna() if kind == "all" else lanes[lane_column] == what if lane_column else lanes["id"].isna()
    halved = set(lanes["id"][mine])
    here = places["id"].notna() if kind == "all" else (places["id"] == what) & (kind == "place")
    taught = courses["id"].notna() if kind == "all" else (courses["id"] == what) & (kind == "course")
    capacity = "capacity_t_per_day"
    return replace(
        problem,
        lanes=lanes.assign(capacity_t_per_day=lanes[capacity].where(~mine, lanes[capacity] / 2)),
        exceptions=exceptions.assign(
            capacity_t_per_day=exceptions[capacity].where(~exceptions["lane"].isin(halved), exceptions[capacity] / 2)
        ),
        places=places.assign(
            **{name: places[name].where(~here, places[name] / 2) for name in ("handling_t_per_day", "storage_t")}
        ),
        courses=courses.assign(seats=courses["seats"].where(~taught, courses["seats"] // 2)),
    )


def _set(problem: Problem, event: Event) -> Problem:
    table, _, rest = event.what.partition(":")
    key, _, field = rest.rpartition(".")
    name = TABLE_OF[table]
    frame = getattr(problem, name).copy()
    column = frame[field].astype(object)
    column[frame["id"] == key] = event.value
    frame[field] = column.astype(frame[field].dtype)
    return replace(problem, **{name: frame})


_APPLY: dict[str, Callable[[Problem, Event], Problem]] = {
    "donor": _donor_gone, "place": _place_closed, "lane": _lanes_closed, "mode": _lanes_closed,
    "course": _course_cancelled, "half": _halved, "late": _late, "set": _set,
}  # fmt: skip


def built_in(problem: Problem, kinds: Iterable[str] = ("donor", "hub")) -> list[Scenario]:
    """Return a scenario for everything of each kind: donor, hub, place, lane, mode, course gone; all capacity halved.

    ``hub`` is every place that goods pass through (ports, airports, rail terminals, hubs), ``place`` every place.
    """
    names = dict(zip(problem.places["id"], problem.places["name"], strict=True))
    found = []
    for kind in kinds:
        if kind == "half":
            found.append(Scenario("all capacities halved", (Event("half", "all"),)))
        elif kind == "hub":
            through = problem.places["id"][problem.places["kind"].isin(THROUGH_KINDS)]
            found += [Scenario(f"{names[place]} closed", (Event("place", place),)) for place in through]
        elif kind == "place":
            found += [Scenario(f"{name} closed", (Event("place", place),)) for place, name in names.items()]
        else:
            ends = {"donor": "gone", "lane": "closed", "mode": "gone", "course": "cancelled"}[kind]
            found += [Scenario(f"{kind} {what} {ends}", (Event(kind, what),)) for what in known(problem, kind)]
    return found


def pairs(scenarios: Iterable[Scenario]) -> list[Scenario]:
    """Return a scenario for every two of the given ones happening together (N-2)."""
    return [Scenario(f"{a.name} and {b.name}", a.events + b.events) for a, b in combinations(scenarios, 2)]
