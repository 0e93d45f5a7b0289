"""Areas: what of the need is usable in time, as the days go by."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from markupsafe import Markup

from pledgeway.pictures import words
from pledgeway.pictures.drawing import (
    HALF,
    NARROW,
    Column,
    Figure,
    day_axis,
    label,
    line,
    picture,
    points,
    round_steps,
    table,
    tag,
)  # fmt: skip
from pledgeway.planning.plan import Plan
from pledgeway.planning.problem import Problem
from pledgeway.planning.summary import movement_table

Days = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Course:
    """Worth up to and including each day, shape (days,): what was ``due``, of it usable ``on_time`` and ``late``.

    A unit on time counts from the day it is due, a late one from the day it is usable, so that ``on_time`` + ``late``
    never exceed ``due``.
    """

    due: Days
    on_time: Days
    late: Days

    @property
    def open(self) -> Days:
        """Worth that was due and not usable, by day."""
        return np.maximum(0.0, self.due - self.on_time - self.late)


def course(problem: Problem, plan: Plan) -> Course:
    """Return the worth due and served by day; requirements due after the last day are left out."""
    needs, moves = problem.requirements, movement_table(problem, plan)
    worth = (needs["weight"] * needs["quantity"]).to_numpy(dtype=float)
    late = moves[moves["late_days"] > 0]
    timely = moves[moves["late_days"] == 0]
    return Course(
        _cumulative(needs["due"].to_numpy(dtype=int), worth, problem.days),
        _cumulative(timely["due"].to_numpy(dtype=int), timely["worth"].to_numpy(dtype=float), problem.days),
        _cumulative(late["usable"].to_numpy(dtype=int), late["worth"].to_numpy(dtype=float), problem.days),
    )


def _cumulative(days: npt.NDArray[np.int64], worth: Days, horizon: int) -> Days:
    within = (days >= 0) & (days < horizon)
    return np.cumsum(np.bincount(days[within], weights=worth[within], minlength=max(1, horizon)))


def figure(problem: Problem, plan: Plan) -> Figure:
    """Return arrivals against need."""
    seen = course(problem, plan)
    if not seen.due[-1] > 0:
        return Figure("arrivals", "No need of any worth falls due within the plan’s days")
    finding = _finding(problem, seen)
    unit = _unit(float(seen.due[-1]))[1]
    note = (
        Markup("Worth up to each day, {}points: due, of it usable ").format(unit)
        + tag("b", "on time", class_="state on-time") + " and " + tag("b", "late", class_="state late")
        + " (from the day it is usable); the white above is open need"
    )  # fmt: skip
    alternative = f"Arrivals against need by day. {finding}."
    data = table(
        (Column("Up to"), Column("Due, points", True), Column("On time, points", True), Column("Late, points", True),
         Column("Open, share of due", True)),
        [
            (problem.date_of(d), *(words.number(float(x[d])) for x in (seen.due, seen.on_time, seen.late)),
             words.percent(float(seen.open[d] / seen.due[d])) if seen.due[d] > 0 else words.NOT_STATED)
            for d in range(problem.days)
        ],
    )  # fmt: skip
    return Figure(
        "arrivals", finding, note, _draw(problem, seen, HALF, alternative), _draw(problem, seen, NARROW, alternative),
        data,
    )  # fmt: skip


def _finding(problem: Problem, seen: Course) -> str:
    worst = int(seen.open.argmax())
    if seen.open[worst] <= 1e-9 * seen.due[-1]:
        return "All need is usable on the day it is due"
    end = words.percent(float(seen.open[-1] / seen.due[-1]))
    share = words.percent(float(seen.open[worst] / seen.due[worst]))
    if seen.open[worst] <= seen.open[-1] * 1.0001:
        return f"Open need grows to the end: {end} of the worth due is then not usable"
    return f"Open need is largest on {problem.date_of(worst)}, {share} of the worth due by then; at the end it is {end}"


def _unit(most: float) -> tuple[float, str]:
    """Return the size that the axis counts in, and its word."""
    return next(((s, word) for s, word in ((1e6, "millions of "), (1e3, "thousands of ")) if most >= s), (1.0, ""))


def _draw(problem: Problem, seen: Course, width: float, alternative: str) -> Markup:
    left, right, top, bottom = 46.0, 130.0, 14.0, 34.0
    height = 250.0
    inner, floor = width - left - right, height - bottom
    most = float(seen.due[-1])
    size, _ = _unit(most)

    def y(value: float) -> float:
        return floor - (floor - top) * value / most

    def steps(values: Days) -> list[tuple[float, float]]:
        per_day = inner / problem.days
        return [(left + (d + side) * per_day, y(float(v))) for d, v in enumerate(values) for side in (0, 1)]

    ground = [(left + inner, floor), (left, floor)]
    on_time, both = steps(seen.on_time), steps(seen.on_time + seen.late)
    marks = round_steps(most / size)
    parts: list[Markup] = []
    for mark in marks:
        parts.append(line(left, y(mark * size), left + inner, y(mark * size)))
        parts.append(label(left - 6, y(mark * size) + 4, words.number(mark), "end", "quiet"))
    parts += [
        tag("path", class_="area-late", d=points([*both, *reversed(on_time)]) + "Z"),
        tag("path", class_="area-on-time", d=points([*on_time, *ground]) + "Z"),
        tag("path", class_="due-line", d=points(steps(seen.due))),
        day_axis(problem, left, inner, floor),
    ]
    ends: list[tuple[float, str, str | None]] = [(y(most), f"due {words.compact_text(most)}", None)]
    total = float(seen.on_time[-1])
    ends.append((y(total), f"on time {words.percent(total / most)}", "says-on-time"))
    if seen.late[-1] > 0:
        share = words.percent(float(seen.late[-1]) / most)
        ends.append((y(total + float(seen.late[-1])), f"late {share}", "says-late"))
    ends.sort(key=lambda end: end[0])
    at = -np.inf
    for place, text, name in ends:
        at = max(place + 4, at + 15)
        parts.append(label(left + inner + 5, at, words.shortened(text, right), class_=name))
    return picture(width, height, alternative, *parts)
