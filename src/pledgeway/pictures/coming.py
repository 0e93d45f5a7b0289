"""Bars by day: what arrives, and what is due and not there yet."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from markupsafe import Markup

from pledgeway.pictures import words
from pledgeway.pictures.drawing import HALF, NARROW, Column, Figure, label, line, picture, round_steps, table, tag


@dataclass(frozen=True)
class ComingDay:
    """A day: tonnes that arrive by accepted and by merely proposed allocations, and tonnes due and not delivered."""

    day: date
    accepted: float = 0.0
    proposed: float = 0.0
    due: float = 0.0


def figure(days: Sequence[ComingDay]) -> Figure:
    """Return the bars of ``days``, which follow one another."""
    arriving, due = sum(one.accepted + one.proposed for one in days), sum(one.due for one in days)
    data = table(
        (Column("Day"), Column("Arrives, t", True), Column("Due, not delivered, t", True),
         Column("Proposed only, t", True)),
        [(_spoken(one.day), words.number(one.accepted), words.number(one.due), words.number(one.proposed))
         for one in days if one.accepted or one.proposed or one.due],
    )  # fmt: skip
    if not arriving + due > 0:
        return Figure("coming", f"Nothing of known mass arrives or is due in these {len(days)} days")
    finding = _finding(days, arriving, due)
    note = Markup("Tonnes a day: ") + Markup(", ").join(_keys(days))
    alternative = f"What arrives and what is due, day by day. {finding}."
    return Figure("coming", finding, note, _draw(days, HALF, alternative), _draw(days, NARROW, alternative), data)


def _keys(days: Sequence[ComingDay]) -> list[Markup]:
    """Return what is drawn, as far as there is any of it."""
    keys = [tag("b", "arriving", class_="state on-time")] if any(one.accepted for one in days) else []
    keys += [Markup("hatched: proposed, not yet accepted")] if any(one.proposed for one in days) else []
    return keys + ([tag("b", "due and not delivered", class_="state unmet")] if any(one.due for one in days) else [])


def _finding(days: Sequence[ComingDay], arriving: float, due: float) -> str:
    until = _spoken(days[-1].day)
    if not arriving:
        return f"{words.tonnes(due)} are due by {until} and not delivered; no arrival of it is planned"
    most = max(days, key=lambda one: one.accepted + one.proposed)
    said = f"{words.tonnes(arriving)} arrive by {until}, most of it on {_spoken(most.day)}"
    return f"{said}; {words.tonnes(due)} are due and not delivered" if due else said


def _spoken(day: date) -> str:
    return f"{day.day} {day:%b}"


def _draw(days: Sequence[ComingDay], width: float, alternative: str) -> Markup:
    left, top, bottom, height = 44.0, 12.0, 30.0, 220.0
    floor, per_day = height - bottom, (width - left - 4) / len(days)
    most = max(max(one.accepted + one.proposed, one.due) for one in days)
    scale = (floor - top) / most
    parts: list[Markup] = []
    for mark in round_steps(most):
        parts += [line(left, floor - mark * scale, width - 4, floor - mark * scale),
                  label(left - 6, floor - mark * scale + 4, words.number(mark), "end", "quiet")]  # fmt: skip
    every = 1 if per_day >= 52 else 2 if per_day >= 26 else 4
    for k, one in enumerate(days):
        x, thick = left + k * per_day + per_day * 0.1, per_day * 0.38
        base = floor
        for name, tonnes in (("part-on-time", one.accepted), ("part-proposed", one.proposed)):
            if tonnes > 0:
                says = tag("title", f"{_spoken(one.day)}: {words.tonnes(tonnes)} {_SAYS[name]}")
                high = max(1.0, tonnes * scale)
                parts.append(tag("rect", says, class_=name, x=x, y=base - high, width=thick, height=high))
                base -= high
        if one.due > 0:
            says = tag("title", f"{_spoken(one.day)}: {words.tonnes(one.due)} due, not delivered")
            high = max(1.0, one.due * scale)
            parts.append(tag("rect", says, class_="part-unmet", x=x + thick + 1, y=floor - high, width=thick,
                             height=high))  # fmt: skip
        if k % every == 0:
            parts.append(label(left + (k + 0.5) * per_day, floor + 18, _spoken(one.day), "middle", "quiet"))
    return picture(width, height, alternative, *parts)


_SAYS = {"part-on-time": "arrive", "part-proposed": "arrive if both desks accept"}
