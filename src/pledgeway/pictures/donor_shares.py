"""Bars: what each donor's promises are worth in the plan."""

from __future__ import annotations

from markupsafe import Markup

from pledgeway.pictures import words
from pledgeway.pictures.drawing import NARROW, Column, Figure, label, picture, table, tag
from pledgeway.planning.summary import Summary
from pledgeway.tables.rows import each_row

SHOWN = 9


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
    bars = [(r.donor, r.share_of_worth, r.planned_t) for r in each_row(giving.head(SHOWN))]
    rest = giving.iloc[SHOWN:]
    if len(rest):
        name = words.count(len(rest), "other")
        bars.append((name, float(rest["share_of_worth"].sum()), float(rest["planned_t"].sum())))
    finding = _finding(giving["share_of_worth"].tolist(), giving["donor"].tolist())
    note = "Share of the plan’s worth by donor, with the tonnes planned"
    return Figure("donors", finding, note, _draw(bars, width, finding), _draw(bars, NARROW, finding), data)


def _finding(shares: list[float], donors: list[str]) -> str:
    largest = f"{donors[0]} gives {words.percent(shares[0])} of what the plan is worth"
    if len(shares) == 1:
        return largest
    half = next(k + 1 for k in range(len(shares)) if sum(shares[: k + 1]) >= 0.5 - 1e-9)
    if half == 1:
        return f"{largest}, the other {words.count(len(shares) - 1, 'donor')} together {words.percent(1 - shares[0])}"
    return f"{largest}; the largest {half} of {len(shares)} donors give half"


def _draw(bars: list[tuple[str, float, float]], width: float, alternative: str) -> Markup:
    left, right, pitch = min(132.0, 0.3 * width), 118.0, 26.0
    scale = (width - left - right) / max(share for _, share, _ in bars)
    parts = [tag("line", class_="axis", x1=left, x2=left, y1=2, y2=len(bars) * pitch)]
    for k, (donor, share, mass) in enumerate(bars):
        y = k * pitch
        wide = max(1.0, share * scale)
        parts += [
            label(left - 8, y + 17, words.shortened(donor, left - 10), "end"),
            tag("rect", class_="mark", x=left, y=y + 6, width=wide, height=14),
            tag(
                "text", words.percent(share), tag("tspan", f"  {words.tonnes(mass)}", class_="quiet"),
                x=left + wide + 6, y=y + 17,
            ),
        ]  # fmt: skip
    return picture(width, len(bars) * pitch + 4, alternative, *parts)
