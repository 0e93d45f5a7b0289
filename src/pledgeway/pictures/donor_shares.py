"""Bars: what each donor's promises are worth in the plan."""

from __future__ import annotations

from pledgeway.pictures import words
from pledgeway.pictures.bars import Bar, draw
from pledgeway.pictures.drawing import NARROW, Column, Figure, table
from pledgeway.planning.summary import Summary
from pledgeway.tables.rows import each_row

SHOWN = 15


def figure(summary: Summary, width: float) -> Figure:
    """Return the donors' shares of the plan's worth; the small ones are one bar, "others"."""
    donors = summary.donors
    data = table(
        (Column("Donor"), Column("Worth, share", True), Column("Planned, t", True), Column("Offered, t", True),
         Column("Worth, points", True), Column("Offers used", True), Column("Offers", True)),
        [
            (r.donor, words.percent(r.share_of_worth), words.number(r.planned_t), words.number(r.offered_t),
             words.number(r.worth), words.number(r.offers_used), words.number(r.offers))
            for r in each_row(donors)
        ],
    )  # fmt: skip
    giving = donors[donors["worth"] > 0]
    if giving.empty:
        return Figure("donors", "No donor’s promise is used by the plan", data=data)
    bars = [_bar(r.donor, r.share_of_worth, r.planned_t) for r in each_row(giving.head(SHOWN))]
    rest = giving.iloc[SHOWN:]
    if len(rest):
        name = words.count(len(rest), "other")
        bars.append(_bar(name, float(rest["share_of_worth"].sum()), float(rest["planned_t"].sum())))
    finding = _finding(giving["share_of_worth"].tolist(), giving["donor"].tolist())
    note = "Share of the plan’s worth by donor, with the tonnes planned"
    return Figure("donors", finding, note, draw(bars, width, 132.0, finding), draw(bars, NARROW, 116.0, finding), data)


def _bar(donor: str, share: float, mass: float) -> Bar:
    return Bar(donor, (("mark", share),), words.percent(share), words.tonnes(mass))


def _finding(shares: list[float], donors: list[str]) -> str:
    largest = f"{donors[0]} gives {words.percent(shares[0])} of what the plan is worth"
    if len(shares) == 1:
        return largest
    half = next(k + 1 for k in range(len(shares)) if sum(shares[: k + 1]) >= 0.5 - 1e-9)
    if half == 1:
        return f"{largest}, the other {words.count(len(shares) - 1, 'donor')} together {words.percent(1 - shares[0])}"
    return f"{largest}; the largest {half} of {len(shares)} donors give half"
