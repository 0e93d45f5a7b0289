"""What every picture is made of: escaped SVG elements, axes, and a figure with its finding and its table."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from markupsafe import Markup, escape

from pledgeway.pictures import words
from pledgeway.planning.problem import Problem

WIDE, HALF, COLUMN, NARROW = 1176, 680, 470, 358
"""Widths in pixels that pictures are drawn for: a full row of a screen, its larger and smaller column, a phone."""


@dataclass(frozen=True)
class Column:
    """A table's column: its title with the unit, and whether it holds figures."""

    title: str
    figures: bool = False


@dataclass(frozen=True)
class Table:
    """Rows of texts under ``columns``. ``total`` is how many rows there are in all, where not all are shown."""

    columns: tuple[Column, ...]
    rows: tuple[tuple[str | Markup, ...], ...]
    total: int

    @property
    def figures(self) -> set[int]:
        """The positions of the columns that hold figures, from 0."""
        return {at for at, column in enumerate(self.columns) if column.figures}

    @property
    def capped(self) -> bool:
        """Whether some rows are left out."""
        return self.total > len(self.rows)


def table(columns: Sequence[Column], rows: Iterable[Sequence[str | Markup]], cap: int = 200) -> Table:
    """Return a table of the first ``cap`` of ``rows``."""
    everything = [tuple(row) for row in rows]
    return Table(tuple(columns), tuple(everything[:cap]), len(everything))


@dataclass(frozen=True)
class Figure:
    """A picture with what it says.

    ``finding`` is the caption: what the reader should see, computed from the figures. ``note`` says what is drawn, with
    units. ``wide`` and ``narrow`` are the SVG for a screen and for a phone; empty where there is nothing to draw, and
    ``finding`` then says why.
    """

    id: str
    finding: str
    note: Markup | str = ""
    wide: Markup = field(default_factory=Markup)
    narrow: Markup = field(default_factory=Markup)
    data: Table | None = None


def _text(value: object) -> str:
    return f"{round(value, 1):g}" if isinstance(value, float) else str(value)


def tag(name: str, *children: object, **attributes: object) -> Markup:
    """Return the element ``name``; children and attributes are escaped, attributes of None left out.

    ``class_`` stands for class, and an underscore inside a name for a hyphen.
    """
    written = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{escape(_text(value))}"'
        for key, value in attributes.items()
        if value is not None
    )
    inside = "".join(str(escape(child)) for child in children)
    return Markup(f"<{name}{written}>{inside}</{name}>" if inside else f"<{name}{written}/>")


def picture(width: float, height: float, alternative: str, *children: object, class_: str | None = None) -> Markup:
    """Return the whole SVG, ``width`` by ``height`` pixels; ``alternative`` is read out in its place."""
    return tag(
        "svg", *children, class_=class_, viewBox=f"0 0 {_text(float(width))} {_text(float(height))}", role="img",
        aria_label=alternative,
    )  # fmt: skip


def label(x: float, y: float, text: object, anchor: str | None = None, class_: str | None = None) -> Markup:
    """Return a text at ``x``, ``y`` (its baseline)."""
    return tag("text", text, x=float(x), y=float(y), text_anchor=anchor, class_=class_)


def line(x1: float, y1: float, x2: float, y2: float, class_: str = "axis") -> Markup:
    """Return a straight line."""
    return tag("line", class_=class_, x1=float(x1), y1=float(y1), x2=float(x2), y2=float(y2))


def points(pairs: Iterable[tuple[float, float]]) -> str:
    """Return a path's data through ``pairs``."""
    return "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in pairs)


def round_steps(top: float, about: int = 4) -> list[float]:
    """Return round values from 0 up to ``top``, about ``about`` steps apart."""
    if not top > 0:
        return [0.0]
    rough = top / about
    size = 10.0 ** math.floor(math.log10(rough))
    step = next(size * factor for factor in (1, 2, 2.5, 5, 10) if size * factor >= rough * 0.999)
    return [step * k for k in range(int(top / step * 1.000001) + 1)]


def day_axis(problem: Problem, left: float, width: float, y: float) -> Markup:
    """Return dates (or numbers of days) under an axis of ``width`` pixels that holds the problem's days."""
    per_day = width / max(1, problem.days)
    step = next((n for n in (1, 2, 7, 14, 28, 56, 91, 182, 364) if n * per_day >= 58), 728)
    marks = []
    for day in range(0, problem.days, step):
        text = words.short_date(problem, day)
        if problem.start_date is None and day == 0:
            text = "day 0"
        x = left + day * per_day
        anchor = "start" if day == 0 else "middle"
        if x + words.text_width(text) / 2 <= left + width + 12:
            marks += [line(x, y, x, y + 4), label(x, y + 17, text, anchor, "quiet")]
    return Markup("").join(marks)
