"""What holds the plan back: bars of what a tenth more of each limit would add, and the list in words."""

from __future__ import annotations

import math

from markupsafe import Markup

from pledgeway.pictures import words
from pledgeway.pictures.bars import Bar, draw
from pledgeway.pictures.drawing import NARROW, WIDE, Column, Figure, Table, table
from pledgeway.planning.plan import Plan
from pledgeway.planning.problem import Problem
from pledgeway.tables.rows import each_row

DRAWN, LISTED = 10, 60
KINDS = {
    "stock": ("stock", "stocks"), "course": ("course", "courses"), "lane": ("lane", "lanes"),
    "handling": ("place’s handling", "places’ handling"), "storage": ("place’s storage", "places’ storage"),
}  # fmt: skip
NOTHING = "No place, lane, stock or course is known to hold the plan back"


def figure(plan: Plan) -> Figure:
    """Return the bars of the first ``plan.bottlenecks``, which come with the worst first."""
    rows = plan.bottlenecks
    if rows.empty or not rows["total"].max() > 0:
        return Figure("limits", NOTHING)
    bars = [
        Bar(words.sentence_case(row.name), (("mark", row.total),), words.number(row.total),
            f"{row.kind}; {words.number(row.worth)} for one more {row.unit}")
        for row in each_row(rows.head(DRAWN))
    ]  # fmt: skip
    finding = _finding(plan)
    note = (
        f"Points that a tenth more of it would add, each taken alone, at the prices of the proof; the first "
        f"{len(bars)} of {words.number(len(rows))}"
    )
    short = [Bar(bar.name, bar.parts, bar.text) for bar in bars]
    return Figure("limits", finding, note, draw(bars, WIDE, 270.0, finding), draw(short, NARROW, 190.0, finding))


def _finding(plan: Plan) -> str:
    rows = plan.bottlenecks
    counts = rows.groupby("kind", sort=False)["id"].nunique()
    parts = [words.count(int(n), *KINDS.get(str(kind), (str(kind), str(kind)))) for kind, n in counts.items()]
    verb = "holds" if counts.sum() == 1 else "hold"
    return f"More of {rows.iloc[0]['name']} would add most; {words.listed(parts)} {verb} the plan back"


def listing(problem: Problem, plan: Plan) -> Table | None:
    """Return the bottlenecks in words, the worst first; None where there are none."""
    if plan.bottlenecks.empty:
        return None
    return table(
        (Column("In words"), Column("Kind"), Column("A tenth more adds, points", True),
         Column("One more adds, points", True), Column("Unit"), Column("From"), Column("To")),
        [
            (row.sentence, row.kind,
             words.number(row.total) + Markup(' <span class="narrow">points for a tenth more</span>'),
             words.number(row.worth), row.unit, _dated(problem, row.first_day), _dated(problem, row.last_day))
            for row in each_row(plan.bottlenecks)
        ],
        cap=LISTED,
    )  # fmt: skip


def _dated(problem: Problem, day: float | None) -> str:
    text = "any day" if day is None or math.isnan(day) else problem.date_of(int(day))
    return text.replace(" ", "\u00a0")
