"""A place day by day: tonnes arriving and departing against what it can handle, and tonnes in store overnight."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

from markupsafe import Markup

from pledgeway.pictures import words
from pledgeway.pictures.drawing import NARROW, WIDE, Column, Figure, label, line, picture, round_steps, table, tag

LEFT, RIGHT, TOP, GAP, BOTTOM = 48.0, 6.0, 18.0, 40.0, 26.0
HANDLED_HIGH, STORED_HIGH = 130.0, 70.0


@dataclass(frozen=True)
class LoadDay:
    """A day at a place, in tonnes; ``stored`` is what lies there overnight, None where that is not known."""

    day: date
    arriving: float = 0.0
    departing: float = 0.0
    stored: float | None = None
    planned: bool = False

    @property
    def handled(self) -> float:
        """What is handled on the day."""
        return self.arriving + self.departing


def figure(days: Sequence[LoadDay], handling: float | None, storage: float | None, today: date) -> Figure:
    """Return the load of ``days``, which follow one another; ``handling`` and ``storage`` are the limits in tonnes."""
    busy = [one for one in days if one.handled or one.stored]
    if not busy:
        return Figure("load", "Nothing of known mass came here or is planned to come in these days")
    data = table(
        (Column("Day"), Column("Arriving, t", True), Column("Departing, t", True), Column("Overnight, t", True),
         Column("From")),
        [(_spoken(one.day), words.number(one.arriving), words.number(one.departing), words.number(one.stored),
          "the plan" if one.planned else "the ledger") for one in busy],
        cap=400,
    )  # fmt: skip
    finding = _finding(busy, handling, storage)
    note = (
        Markup("Tonnes a day: ") + tag("b", "arriving", class_="key-arriving") + Markup(", ")
        + tag("b", "departing", class_="key-departing") + "; below, tonnes overnight. "
        "Before today as recorded, from today as the plan has it, paler; dashed lines are the limits"
    )  # fmt: skip
    alternative = f"Load by day. {finding}."
    wide, narrow = (_draw(days, handling, storage, today, width, alternative) for width in (WIDE, NARROW))
    return Figure("load", finding, note, wide, narrow, data)


def _finding(busy: Sequence[LoadDay], handling: float | None, storage: float | None) -> str:
    most = max(busy, key=lambda one: one.handled)
    planned = "is planned to handle" if most.planned else "handled"
    said = f"On its busiest day, {_spoken(most.day)}, it {planned} {words.tonnes(most.handled)}"
    if handling:
        said += f", {words.percent(most.handled / handling)} of what it can"
    lying = max(busy, key=lambda one: one.stored or 0.0)
    if storage and lying.stored:
        said += f"; its store is fullest on {_spoken(lying.day)}, {words.percent(lying.stored / storage)}"
    return said


def _spoken(day: date) -> str:
    return f"{day.day} {day:%b}"


def _draw(
    days: Sequence[LoadDay], handling: float | None, storage: float | None, today: date, width: float, alternative: str
) -> Markup:  # fmt: skip
    per_day = (width - LEFT - RIGHT) / len(days)
    first_floor = TOP + HANDLED_HIGH
    second_floor = first_floor + GAP + STORED_HIGH
    parts = _panel(days, per_day, width, first_floor, HANDLED_HIGH, handling, _HANDLED, "handled")
    stored = any(one.stored for one in days)
    if stored:
        parts += _panel(days, per_day, width, second_floor, STORED_HIGH, storage, _STORED, "overnight")
    floor = second_floor if stored else first_floor
    step = next((n for n in (1, 2, 7, 14, 28) if n * per_day >= 50), 56)
    for k, one in enumerate(days):
        if one.day == today and k:
            x = LEFT + k * per_day
            parts += [line(x, TOP - 6, x, floor, "today-line"), label(x + 4, TOP - 6, "today", None, "quiet")]
        if k % step == 0 and LEFT + k * per_day < width - 34:
            parts.append(label(LEFT + k * per_day, floor + 18, _spoken(one.day), None, "quiet"))
    return picture(width, floor + BOTTOM, alternative, *parts)


Parts = tuple[tuple[str, Callable[[LoadDay], float]], ...]
_HANDLED: Parts = (("part-arriving", lambda one: one.arriving), ("part-departing", lambda one: one.departing))
_STORED: Parts = (("part-stored", lambda one: one.stored or 0.0),)


def _panel(
    days: Sequence[LoadDay], per_day: float, width: float, floor: float, high: float, limit: float | None, of: Parts,
    what: str,
) -> list[Markup]:  # fmt: skip
    """Return the bars of one figure over its own axis, with its limit where that is not far above them."""
    most = max(sum(read(one) for _, read in of) for one in days) or 1.0
    shown = limit is not None and limit <= 4 * most
    top = max(most, limit) if shown and limit is not None else most
    scale = high / top
    parts: list[Markup] = []
    for mark in round_steps(top, 3):
        y = floor - mark * scale
        parts += [line(LEFT, y, width - RIGHT, y), label(LEFT - 6, y + 4, words.number(mark), "end", "quiet")]
    for k, one in enumerate(days):
        base = floor
        for name, read in of:
            tonnes = read(one)
            if tonnes > 0:
                tall = max(0.8, tonnes * scale)
                says = tag("title", f"{_spoken(one.day)}: {words.tonnes(tonnes)} {name.removeprefix('part-')}")
                style, wide = f"{name} planned" if one.planned else name, max(0.8, per_day - 0.8)
                x = LEFT + k * per_day
                parts.append(tag("rect", says, class_=style, x=x, y=base - tall, width=wide, height=tall))
                base -= tall
    if limit is not None:
        said = f"limit {words.tonnes(limit)} {what}"
        if shown:
            y = floor - limit * scale
            parts += [line(LEFT, y, width - RIGHT, y, "limit-line"), label(width - RIGHT, y - 4, said, "end", "quiet")]
        else:
            parts.append(label(width - RIGHT, floor - high - 6, f"{said}, far above", "end", "quiet"))
    return parts
