"""What is not met, and why: bars of the need that each reason leaves unmet or late, and the list in words."""

from __future__ import annotations

import pandas as pd
from markupsafe import Markup

from pledgeway.pictures import words
from pledgeway.pictures.bars import Bar, draw
from pledgeway.pictures.drawing import NARROW, WIDE, Column, Figure, Table, table, tag
from pledgeway.planning.explanation import reasons as codes
from pledgeway.planning.plan import Plan
from pledgeway.planning.problem import Problem
from pledgeway.planning.summary import Summary
from pledgeway.tables.rows import each_row

WORDS = {
    codes.WHOLE_UNITS: "whole units do not fit",
    codes.EXCLUDED_BY_DONOR: "excluded by the donor",
    codes.FORBIDDEN_BY_PIN: "forbidden by a pin",
    codes.NO_WAY: "no way leads there",
    codes.NOT_IN_TIME: "cannot come in time",
    codes.NOT_WORTH_TRANSPORT: "not worth the transport",
    codes.NETWORK_FULL: "lanes or places are full",
    codes.STOCK_WENT_ELSEWHERE: "stock went to other needs",
    codes.ADDS_NOTHING: "would add no worth",
}
"""Codes of :mod:`pledgeway.planning.explanation` that do not read well as they are spelled."""


NOT_COMPUTED = "Not all need is served in full and on time; the plan comes without the reasons"


def by_reason(problem: Problem, plan: Plan) -> pd.DataFrame:
    """Return a row per reason of ``plan.unmet``, the most need first.

    Columns: reason (in words), unmet and late (what the units concerned would be worth in full and on time, as shares
    of the worth of all need; 0 where that is 0), unmet_units, late_units, requirements (count).
    """
    needs = problem.requirements.set_index("id")
    asked = float((needs["weight"] * needs["quantity"]).sum())
    rows = plan.unmet.assign(
        share=plan.unmet["quantity"] * needs["weight"].loc[plan.unmet["requirement"]].to_numpy() / (asked or 1.0),
        reason=[in_words(reason) for reason in plan.unmet["reason"]],
    )
    result = pd.DataFrame({"requirements": rows.groupby("reason")["requirement"].nunique()})
    for state in ("unmet", "late"):
        own = rows[rows["state"] == state].groupby("reason")
        result[state] = own["share"].sum()
        result[f"{state}_units"] = own["quantity"].sum()
    result = result.fillna(0.0).rename_axis("reason").reset_index()
    result["whole"] = result["unmet"] + result["late"]
    result = result.sort_values(["whole", "reason"], ascending=[False, True], ignore_index=True)
    return result[["reason", "unmet", "late", "unmet_units", "late_units", "requirements"]]


def in_words(reason: object) -> str:
    """Return a reason's code as words that stand alone; a code that has none is read as it is spelled."""
    return WORDS.get(str(reason), str(reason).replace("_", " "))


def figure(problem: Problem, plan: Plan, summary: Summary) -> Figure:
    """Return the bars of :func:`by_reason`."""
    if plan.unmet.empty:
        missing = float((summary.priorities["asked"] - summary.priorities["on_time"]).clip(lower=0).sum())
        served = missing <= 1e-9 * max(1.0, float(summary.priorities["asked"].sum()))
        return Figure("reasons", "All need is served in full and on time" if served else NOT_COMPUTED)
    rows = by_reason(problem, plan)
    data = table(
        (Column("Reason"), Column("Unmet, share of all worth", True), Column("Late, share of all worth", True),
         Column("Unmet, units", True), Column("Late, units", True), Column("Requirements", True)),
        [
            (words.sentence_case(row.reason), words.percent(row.unmet), words.percent(row.late),
             words.number(row.unmet_units), words.number(row.late_units), words.number(row.requirements))
            for row in each_row(rows)
        ],
    )  # fmt: skip
    finding = _finding(plan, rows)
    if not (rows["unmet"] + rows["late"]).max() > 0:
        return Figure("reasons", finding, data=data)
    note = (
        Markup("Need concerned, as a share of the worth of all need, by reason: ")
        + tag("b", "unmet", class_="state unmet") + " and " + tag("b", "late", class_="state late")
    )  # fmt: skip
    bars = [
        Bar(words.sentence_case(row.reason), (("part-unmet", row.unmet), ("part-late", row.late)),
            words.percent(row.unmet + row.late), words.count(row.requirements, "requirement"))
        for row in each_row(rows)
    ]  # fmt: skip
    short = [Bar(bar.name, bar.parts, bar.text) for bar in bars]
    return Figure("reasons", finding, note, draw(bars, WIDE, 200.0, finding), draw(short, NARROW, 170.0, finding), data)


def _finding(plan: Plan, rows: pd.DataFrame) -> str:
    count = plan.unmet["requirement"].nunique()
    first = rows.iloc[0]
    return (
        f"{words.count(count, 'requirement')} {'is' if count == 1 else 'are'} not served in full and on time; the "
        f"reason that concerns most need, {words.percent(first['unmet'] + first['late'])} of its worth: "
        f"{first['reason']}"
    )


def listing(plan: Plan) -> Table | None:
    """Return the shortfalls in words, by priority; None where there are none."""
    if plan.unmet.empty:
        return None
    rows = plan.unmet.sort_values(["priority", "requirement"], kind="stable")
    return table(
        (Column("In words"), Column("State"), Column("Reason"), Column("Priority", True), Column("Units", True),
         Column("Requirement")),
        [
            (row.sentence, Markup('<span class="state {0}">{0}</span>').format(row.state), in_words(row.reason),
             words.number(row.priority), words.number(row.quantity), row.requirement)
            for row in each_row(rows)
        ],
    )  # fmt: skip
