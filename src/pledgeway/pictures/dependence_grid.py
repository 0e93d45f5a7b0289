"""Cells: which requirement loses how much in which scenario."""

from __future__ import annotations

import pandas as pd
from markupsafe import Markup

from pledgeway.pictures import words
from pledgeway.pictures.drawing import NARROW, WIDE, Column, Figure, label, line, picture, table, tag
from pledgeway.planning.plan import allocations
from pledgeway.planning.scenarios import Stress, dependence

PITCH, COLUMN_WIDTH, ROWS = 26.0, 46.0, 12
LEAST = 0.005
"""Shares of a requirement's worth below this are not drawn."""


def figure(stressed: Stress) -> Figure:
    """Return the share of each requirement's worth that each scenario takes; those that lose most points come first."""
    lost = dependence(stressed)
    worth = allocations(stressed.problem, stressed.plan).groupby("requirement")["worth"].sum()
    lost = lost.loc[lost.max(axis=1).sort_values(ascending=False, kind="stable").index]
    shares = lost.div(worth.reindex(lost.index).clip(lower=1e-9), axis=0)
    shares = shares[(shares >= LEAST).any(axis=1)]
    if shares.empty:
        return Figure("dependence", "No requirement gets less in any of these scenarios")
    needs = stressed.problem.requirements.set_index("id")
    names = [name for name in shares.columns if (shares[name] >= LEAST).any()]
    data = table(
        (Column("Requirement"), Column("Recipient"), *(Column(f"{name}, share lost", True) for name in names)),
        [
            (str(key), str(needs.at[key, "recipient"]), *(words.percent(float(row[name])) for name in names))
            for key, row in shares.iterrows()
        ],
    )  # fmt: skip
    first, worst = str(shares.index[0]), shares.iloc[0]
    recipient, scenario = str(needs.at[first, "recipient"]), str(worst.idxmax())
    finding = f"{recipient} ({first}) loses most: {words.percent(float(worst.max()))} of its worth, {scenario}"
    note = "Share of the worth that a requirement (column) loses in a scenario (row): full height is all of it"
    alternative = f"Requirements by scenario, with the share lost. {finding}."
    drawn = shares[names[:ROWS]]
    return Figure("dependence", finding, note, _draw(drawn, WIDE, alternative), _draw(drawn, NARROW, alternative), data)


def _draw(shares: pd.DataFrame, width: float, alternative: str) -> Markup:
    left = 250.0 if width > NARROW else 128.0
    shown = shares.head(int((width - left) / COLUMN_WIDTH))
    parts = [
        label(left + (k + 0.5) * COLUMN_WIDTH, 14, words.shortened(str(key), COLUMN_WIDTH - 4), "middle", "quiet")
        for k, key in enumerate(shown.index)
    ]
    for row, name in enumerate(shown.columns):
        floor = 22 + (row + 1) * PITCH
        parts += [
            label(left - 8, floor - 7, words.shortened(str(name), left - 12), "end"),
            line(left, floor, left + len(shown) * COLUMN_WIDTH, floor, "row-line"),
        ]
        for k, (key, share) in enumerate(shown[name].items()):
            if share >= LEAST:
                high = max(1.5, (PITCH - 5) * min(1.0, float(share)))
                says = tag("title", f"{key}, {name}: {words.percent(float(share))} of its worth")
                parts.append(tag("rect", says, class_="cell", x=left + k * COLUMN_WIDTH + 4, y=floor - high,
                                 width=COLUMN_WIDTH - 8, height=high))  # fmt: skip
    return picture(width, 26 + len(shown.columns) * PITCH, alternative, *parts)
