"""Bands: from who promises to what it is, to whose need it serves."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd
from markupsafe import Markup

from pledgeway.pictures import words
from pledgeway.pictures.drawing import NARROW, WIDE, Column, Figure, label, picture, table, tag
from pledgeway.planning.plan import Plan, allocations
from pledgeway.planning.problem import Problem
from pledgeway.tables.rows import each_row

STAGES = ("donor", "item", "recipient")
MOST = {"donor": 12, "item": 16, "recipient": 12}
GAP, THICK, LEAST = 7.0, 9.0, 1.5


@dataclass
class _Node:
    """One party or item of a column, where its bands begin and end (pixels from the top)."""

    name: str
    worth: float
    top: float = 0.0
    came: float = 0.0
    left: float = 0.0


def figure(problem: Problem, plan: Plan) -> Figure:
    """Return the plan's worth from donors through items to recipients; what is small is grouped as others."""
    pairs = allocations(problem, plan)
    names = dict(zip(problem.items["id"], problem.items["name"], strict=True))
    whole = pairs.assign(item=pairs["item"].map(names)).groupby(list(STAGES), as_index=False)[["worth", "tonnes"]].sum()
    whole = whole[whole["worth"] > 0].sort_values("worth", ascending=False, kind="stable")
    if whole.empty:
        return Figure("sankey", "Nothing promised serves any need")
    data = table(
        (Column("Donor"), Column("Item"), Column("Recipient"), Column("Worth, points", True), Column("Mass, t", True)),
        [
            (row.donor, row.item, row.recipient, words.number(row.worth), words.number(row.tonnes))
            for row in each_row(whole)
        ],
    )  # fmt: skip
    finding = _finding(whole)
    note = "Worth of the plan by donor, item and recipient; widths in proportion, the smallest grouped"
    alternative = f"Bands from donors through items to recipients. {finding}."
    grouped = _grouped(whole)
    return Figure(
        "sankey", finding, note, _draw(grouped, WIDE, 620.0, alternative), _draw(grouped, NARROW, 560.0, alternative),
        data,
    )  # fmt: skip


def _finding(whole: pd.DataFrame) -> str:
    band = whole.groupby(["donor", "item"], as_index=False)["worth"].sum()
    largest = band.loc[band["worth"].idxmax()]
    share = words.percent(float(largest["worth"] / whole["worth"].sum()))
    return f"The largest single promise in the plan is {largest['item']} from {largest['donor']}, {share} of its worth"


def _grouped(whole: pd.DataFrame) -> pd.DataFrame:
    """Return the table with all but the largest of each column called others."""
    result = whole.copy()
    for stage in STAGES:
        totals = whole.groupby(stage)["worth"].sum().sort_values(ascending=False, kind="stable")
        if len(totals) > MOST[stage]:
            rest = set(totals.index[MOST[stage] - 1 :])
            result[stage] = result[stage].where(~result[stage].isin(rest), f"{len(rest)} others")
    return result.groupby(list(STAGES), as_index=False).agg(worth=("worth", "sum"))


def _column(table_: pd.DataFrame, stage: str, height: float, scale: float) -> dict[str, _Node]:
    totals = table_.groupby(stage)["worth"].sum()
    order = sorted(totals.index, key=lambda name: (name.endswith(" others"), -totals[name], name))
    nodes, y = {}, 0.0
    spare = height - scale * float(totals.sum()) - LEAST * len(order)
    gap = min(26.0, max(2.0, spare / max(1, len(order) - 1)))
    for name in order:
        nodes[name] = _Node(name, float(totals[name]), y, y, y)
        y += scale * nodes[name].worth + LEAST + gap
    return nodes


def _draw(bands: pd.DataFrame, width: float, height: float, alternative: str) -> Markup:
    most = max(bands[stage].nunique() for stage in STAGES)
    scale = (height - (LEAST + GAP) * most) / float(bands["worth"].sum())
    phone = width <= NARROW
    columns = [_column(bands, stage, height, scale) for stage in STAGES]
    side = 92.0 if phone else 190.0
    starts = [side, width / 2 - THICK / 2, width - side - THICK]
    parts: list[Markup] = []
    for k in (0, 1):
        links = bands.groupby([STAGES[k], STAGES[k + 1]], as_index=False)["worth"].sum()
        order = {name: rank for column in columns for rank, name in enumerate(column)}
        links = links.assign(a=links[STAGES[k]].map(order), b=links[STAGES[k + 1]].map(order)).sort_values(["a", "b"])
        for link in each_row(links):
            source, target = columns[k][link[0]], columns[k + 1][link[1]]
            wide = max(scale * link.worth, 0.6)
            parts.append(_band(starts[k] + THICK, source.left, starts[k + 1], target.came, wide,
                               f"{source.name} to {target.name}: {words.number(link.worth)} points"))  # fmt: skip
            source.left += scale * link.worth
            target.came += scale * link.worth
    for k, column in enumerate(columns):
        parts += _labels(column, k, starts[k], scale, side, phone)
    return picture(width, height, alternative, *parts)


def _band(x1: float, y1: float, x2: float, y2: float, wide: float, says: str) -> Markup:
    middle = (x1 + x2) / 2
    path = (
        f"M{x1:.1f} {y1:.1f}C{middle:.1f} {y1:.1f} {middle:.1f} {y2:.1f} {x2:.1f} {y2:.1f}"
        f"V{y2 + wide:.1f}C{middle:.1f} {y2 + wide:.1f} {middle:.1f} {y1 + wide:.1f} {x1:.1f} {y1 + wide:.1f}Z"
    )
    return tag("path", tag("title", says), class_="band-of", d=path)


def _labels(column: dict[str, _Node], k: int, x: float, scale: float, side: float, phone: bool) -> list[Markup]:
    """Return the column's bars with their names: outside on the left and right, over the bands in the middle."""
    parts, lowest = [], -20.0
    for node in column.values():
        high = scale * node.worth + LEAST
        parts.append(tag("rect", class_="node", x=x, y=node.top, width=THICK, height=high))
        y = max(node.top + high / 2 + 4, lowest + 13.5)
        if phone and k == 1 and high < 14:
            continue
        lowest = y
        name = words.shortened(node.name, side - 12 if k != 1 else (84.0 if phone else 220.0))
        place, anchor = ((x - 6, "end"), (x + THICK + 5, None), (x + THICK + 6, None))[k]
        parts.append(label(place, y, name, anchor))
    return parts
