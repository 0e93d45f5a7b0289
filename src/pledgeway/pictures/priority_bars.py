"""Bars: how much of each priority's need is served on time, late or not at all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd
from markupsafe import Markup

from pledgeway.pictures import words
from pledgeway.pictures.drawing import COLUMN, NARROW, Column, Figure, label, picture, table, tag
from pledgeway.planning.summary import Summary
from pledgeway.tables.rows import each_row

STATES = (("on time", "on-time"), ("late", "late"), ("unmet", "unmet"))


def figure(summary: Summary) -> Figure:
    """Return the bars of ``summary.priorities``."""
    rows = summary.priorities[summary.priorities["worth_asked"] > 0]
    data = table(
        (Column("Priority"), Column("On time, units", True), Column("Unmet, units", True), Column("Late, units", True),
         Column("Asked, units", True), Column("Requirements", True), Column("Worth on time, share", True)),
        [
            (words.number(r.priority), words.number(r.on_time), words.number(r.unmet), words.number(r.late),
             words.number(r.asked), words.number(r.requirements), words.percent(r.share_on_time))
            for r in each_row(summary.priorities)
        ],
    )  # fmt: skip
    if rows.empty:
        return Figure("priorities", "No need of any worth is stated, so nothing can be served", data=data)
    finding = _finding(rows)
    note = (
        Markup("Share of each priority’s worth: ")
        + Markup(", ").join(tag("b", word, class_=f"state {name}") for word, name in STATES)
        + "; lateness and substitutes lower worth, and what they cost counts as unmet"
    )
    bars = [_bar(row) for row in each_row(rows)]
    return Figure("priorities", finding, note, draw(bars, COLUMN, finding), draw(bars, NARROW, finding), data)


@dataclass(frozen=True)
class PriorityBar:
    """The need of one priority: its ``parts`` are (word, class of the mark, share of the whole), in order."""

    priority: int
    parts: tuple[tuple[str, str, float], ...]


def _bar(row: Any) -> PriorityBar:
    late = row.worth_late / row.worth_asked
    shares = (row.share_on_time, late, max(0.0, 1 - row.share_on_time - late))
    return PriorityBar(
        int(row.priority), tuple((*state, float(share)) for state, share in zip(STATES, shares, strict=True))
    )


def _finding(rows: pd.DataFrame) -> str:
    best = rows.sort_values("share_on_time", ascending=False, kind="stable").iloc[0]
    first = rows.iloc[0]
    shown = words.percent(first["share_on_time"])
    start = f"Priority {first['priority']:.0f} is served on time to {shown} of its worth"
    if len(rows) == 1 or best["priority"] == first["priority"]:
        last = rows.iloc[-1]
        more = f", priority {last['priority']:.0f} to {words.percent(last['share_on_time'])}" if len(rows) > 1 else ""
        return start + more
    return f"{start}; priority {best['priority']:.0f} fares best with {words.percent(best['share_on_time'])}"


def draw(bars: Sequence[PriorityBar], width: float, alternative: str) -> Markup:
    """Return a bar for each priority, as a picture of ``width`` pixels."""
    left, pitch, thick = 30.0, 50.0, 16.0
    room = width - left
    parts = []
    for k, bar in enumerate(bars):
        top = 6 + k * pitch
        parts += [
            tag("circle", class_="ring", cx=11.5, cy=top + thick / 2, r=10.0),
            label(11.5, top + thick / 2 + 4, f"{bar.priority}", "middle"),
        ]
        x, texts = left, []
        for word, name, share in bar.parts:
            if share < 5e-4:
                continue
            wide = room * share
            parts.append(tag("rect", class_=f"part-{name}", x=x, y=top, width=max(1.0, wide - 1.5), height=thick))
            texts.append((x, (words.percent(share), word), name))
            x += wide
        parts += _captions(texts, left, width, top + thick + 14)
    return picture(width, 6 + len(bars) * pitch - 8, alternative, *parts)


def _captions(parts: list[tuple[float, tuple[str, str], str]], left: float, right: float, y: float) -> list[Markup]:
    """Return each part's label under its start; labels without room keep their order and move apart.

    Where not even that is room enough, only the figures stand there: the colours are told above the picture.
    """
    room = right + 10 - left
    texts = [(x, " ".join(said), name) for x, said, name in parts]
    if sum(words.text_width(text) + 10 for _, text, _ in texts) > room:
        texts = [(x, said[0], name) for x, said, name in parts]
    widths = [words.text_width(text) + 10 for _, text, _ in texts]
    starts: list[float] = []
    at = left
    for (x, _, _), wide in zip(texts, widths, strict=True):
        starts.append(max(x, at))
        at = starts[-1] + wide
    limit = right + 10
    for k in range(len(starts) - 1, -1, -1):
        starts[k] = max(left, min(starts[k], limit - widths[k]))
        limit = starts[k]
    return [label(x, y, text, class_=f"says-{name}") for x, (_, text, name) in zip(starts, texts, strict=True)]
