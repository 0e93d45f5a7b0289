"""On how few a plan rests: the donors' shares, and what only one donor, place or lane can serve."""

from __future__ import annotations

from pledgeway.pictures import words
from pledgeway.pictures.drawing import Column, Table, table
from pledgeway.planning.scenarios import Stress, concentration
from pledgeway.tables.rows import each_row

NAMED = 6
NOTHING = "Every requirement that can be served has two donors and two ways."


def donors(stressed: Stress) -> Table:
    """Return each donor's share of the worth, the tonnes and the kinds of goods, the largest worth first."""
    shares = concentration(stressed.problem, stressed.plan).donors
    heads = (Column("Donor"), *(Column(f"Of the {what}", True) for what in ("worth", "tonnes", "kinds of goods")))
    return table(heads, (
        (row.donor, *(words.percent(share) for share in (row.share_of_worth, row.share_of_tonnes, row.share_of_items)))
        for row in each_row(shares)
    ))  # fmt: skip


def sentence(stressed: Stress) -> str:
    """Return how many requirements have a single point of failure, and the worst of these."""
    points = stressed.single_points
    if points.empty:
        return NOTHING
    most = points.groupby(["kind", "name"], sort=False)["requirement"].nunique().sort_values(ascending=False)
    (kind, name), worst = most.index[0], int(most.iloc[0])
    first = points.loc[points["priority"] == points["priority"].min()]
    return (
        f"{words.count(points['requirement'].nunique(), 'requirement')} of "
        f"{words.number(len(stressed.problem.requirements))} can only be served by one donor, place or lane, "
        f"even on an empty network ({words.number(first['requirement'].nunique())} of priority "
        f"{int(first['priority'].iloc[0])}); "
        f"{words.number(worst)} of them on the {kind} {name}."
    )


def points(stressed: Stress) -> Table | None:
    """Return the single points of failure, the one that most requirements rest on first; None where there are none."""
    found = stressed.single_points
    if found.empty:
        return None
    rows = found.groupby(["kind", "name"], sort=False)["requirement"].agg(list).reset_index()
    rows = rows.assign(number=rows["requirement"].map(len)).sort_values("number", ascending=False, kind="stable")
    heads = (Column("Only this"), Column("Kind"), Column("Requirements", True), Column("Which"))
    return table(heads, (
        (row.name, row.kind, words.number(row.number), ", ".join(row.requirement[:NAMED]) +
         (f" and {len(row.requirement) - NAMED} more" if len(row.requirement) > NAMED else ""))
        for row in each_row(rows)
    ), cap=len(rows))  # fmt: skip
