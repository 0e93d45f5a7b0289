"""Cells: how full every hub is on every day."""

from __future__ import annotations

import math

import pandas as pd
from markupsafe import Markup

from pledgeway.pictures import words
from pledgeway.pictures.drawing import NARROW, WIDE, Column, Figure, day_axis, label, line, picture, table, tag
from pledgeway.planning.plan import Plan
from pledgeway.planning.problem import Problem
from pledgeway.planning.summary import place_days
from pledgeway.tables.rows import each_row

SHOWN, PITCH, FULL = 20, 22.0, 0.995


def figure(problem: Problem, plan: Plan) -> Figure:
    """Return handling by place and day as a share of what the place can handle."""
    daily = place_days(problem, plan)
    daily = daily[daily["handling_t_per_day"].notna() & (daily["handled_t"] > 0)]
    if daily.empty:
        return Figure("load", "No place with a limit on handling is used")
    daily = daily.assign(share=daily["handled_t"] / daily["handling_t_per_day"].clip(lower=1e-9))
    names = dict(zip(problem.places["id"], problem.places["name"], strict=True))
    places = daily.groupby("place").agg(
        limit=("handling_t_per_day", "first"), mean=("share", "sum"), peak=("share", "max"),
        handled=("handled_t", "sum"),
        full=("share", lambda shares: int((shares >= FULL).sum())),
    )  # fmt: skip
    places = places.sort_values(["full", "mean"], ascending=False, kind="stable")
    data = table(
        (Column("Place"), Column("Days full", True), Column("Busiest day, share of limit", True),
         Column("Handled, t", True), Column("Limit, t a day", True)),
        [
            (names[row.place], words.number(row.full), words.percent(row.peak), words.number(row.handled),
             words.number(row.limit))
            for row in each_row(places.reset_index())
        ],
    )  # fmt: skip
    finding = _finding(problem, daily, places, names)
    shown = places.head(SHOWN)
    more = f"; the {len(places) - len(shown)} least full places are in the table" if len(places) > len(shown) else ""
    note = (
        f"Tonnes arriving and departing as a share of what the place can handle in a day; full days are crossed{more}"
    )
    alternative = f"Load of places by day. {finding}."
    return Figure(
        "load", finding, note, _draw(problem, daily, shown, names, WIDE, alternative),
        _draw(problem, daily, shown, names, NARROW, alternative), data,
    )  # fmt: skip


def _finding(problem: Problem, daily: pd.DataFrame, places: pd.DataFrame, names: dict[str, str]) -> str:
    first = str(places.index[0])
    days = sorted(daily["day"][(daily["place"] == first) & (daily["share"] >= FULL)])
    if not days:
        busiest = daily.sort_values("share", ascending=False, kind="stable").iloc[0]
        share = words.percent(float(busiest["share"]))
        return f"No place is full on any day; the fullest is {names[str(busiest['place'])]}, {share} on its busiest day"
    full = int((places["full"] > 0).sum())
    more = f", and {words.count(full - 1, 'other place')} on some days" if full > 1 else ""
    return (
        f"{names[first]} is full on {words.count(len(days), 'day')}, the first on {problem.date_of(int(days[0]))}{more}"
    )


def _draw(
    problem: Problem, daily: pd.DataFrame, shown: pd.DataFrame, names: dict[str, str], width: float, alternative: str
) -> Markup:
    left, right = (116.0, 4.0) if width <= NARROW else (214.0, 92.0)
    per_day = (width - left - right) / max(1, problem.days)
    parts: list[Markup] = []
    for k, place in enumerate(shown.index):
        top = k * PITCH
        parts += [
            label(left - 8, top + 15, words.shortened(names[place], left - 12), "end"),
            line(left, top + PITCH - 2, width - right, top + PITCH - 2, "row-line"),
        ]
        if width > NARROW:
            parts.append(
                label(width - right + 8, top + 15, f"{words.number(shown['limit'][place])} t a day", None, "quiet")
            )
        for row in each_row(daily[daily["place"] == place]):
            parts += _cell(problem, left + row.day * per_day, top, per_day, row.share, row.day, names[place])
    parts.append(day_axis(problem, left, width - left - right, len(shown) * PITCH))
    return picture(width, len(shown) * PITCH + 24, alternative, *parts)


def _cell(problem: Problem, x: float, top: float, wide: float, share: float, day: int, name: str) -> list[Markup]:
    """Return a bar as high as the day is full; a full day is crossed, for readers without colour."""
    high = max(1.5, (PITCH - 6) * min(1.0, share))
    full = share >= FULL
    y, floor = top + PITCH - 3 - high, top + PITCH - 3
    says = tag("title", f"{name}, {problem.date_of(day)}: {words.percent(share)} of the limit")
    width = max(0.8, wide - (0.8 if wide > 3 else 0.2))
    parts = [tag("rect", says, class_="cell full" if full else "cell", x=x, y=y, width=width, height=high,
                 opacity=None if full else f"{0.35 + 0.5 * math.sqrt(min(1.0, share)):.2f}")]  # fmt: skip
    if full and wide > 3:
        parts.append(tag("path", class_="full-mark", d=f"M{x:.1f} {floor:.1f}L{x + width:.1f} {y:.1f}"))
    return parts
