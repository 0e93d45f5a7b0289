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
GAP, THICK, LEAST = 12.0, 9.0, 1.5


@dataclass
class _Node:
    """One party or item of a column, where its bands begin and end (pixels from the top)."""

    name: str
    worth: float
    top: float = 0.0
    came: float = 0.0
    left: float = 0.0


@dataclass(frozen=True)
class _Part:
    """What a donor gives of an item, and its worth."""

    donor: str
    item: str
    worth: float


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
    largest = _largest(whole)
    share = words.percent(largest.worth / float(whole["worth"].sum()))
    finding = f"The largest part of the plan is {largest.item} from {largest.donor}, {share} of its worth"
    note = "Worth of the plan by donor, item and recipient; small ones are grouped, the largest part stands out"
    alternative = f"Bands from donors through items to recipients. {finding}."
    bands = _grouped(whole)
    wide = picture(WIDE, 620, alternative, *_draw(bands, STAGES, WIDE, 620.0, 190.0, largest))
    half, between = 470.0, 28.0
    first, second = (_draw(bands, STAGES[k : k + 2], NARROW, half, 136.0, largest) for k in (0, 1))
    narrow = picture(
        NARROW, 2 * half + between, alternative, *first, tag("g", *second, transform=f"translate(0 {half + between})")
    )
    return Figure("sankey", finding, note, wide, narrow, data)


def _largest(whole: pd.DataFrame) -> _Part:
    """Return what one donor gives of one item that is worth most."""
    parts = whole.groupby(["donor", "item"])["worth"].sum().sort_values(ascending=False, kind="stable")
    donor, item = parts.index[0]
    return _Part(str(donor), str(item), float(parts.iloc[0]))


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


def _draw(
    bands: pd.DataFrame, stages: tuple[str, ...], width: float, height: float, side: float, largest: _Part
) -> list[Markup]:
    """Return the columns of ``stages`` with the bands between them; ``side`` is the room for names left and right, and
    ``largest`` stands out."""
    most = max(bands[stage].nunique() for stage in stages)
    scale = (height - (LEAST + GAP) * most) / float(bands["worth"].sum())
    columns = [_column(bands, stage, height, scale) for stage in stages]
    room = width - 2 * side - THICK
    starts = [side + room * k / (len(stages) - 1) for k in range(len(stages))]
    parts: list[Markup] = []
    for k in range(len(stages) - 1):
        links = bands.groupby([stages[k], stages[k + 1]], as_index=False)["worth"].sum()
        order = {side: {name: rank for rank, name in enumerate(columns[side])} for side in (k, k + 1)}
        links = links.assign(a=links[stages[k]].map(order[k]), b=links[stages[k + 1]].map(order[k + 1]))
        for link in each_row(links.sort_values(["a", "b"])):
            source, target = columns[k][link[0]], columns[k + 1][link[1]]
            wide = max(scale * link.worth, 0.6)
            name = "band-of largest" if (link[0], link[1]) == (largest.donor, largest.item) else "band-of"
            parts.append(_band(starts[k] + THICK, source.left, starts[k + 1], target.came, wide,
                               f"{source.name} to {target.name}: {words.number(link.worth)} points",
                               name))  # fmt: skip
            source.left += scale * link.worth
            target.came += scale * link.worth
    for k, column in enumerate(columns):
        end = "left" if k == 0 else "right" if k == len(columns) - 1 else "middle"
        parts += _labels(column, end, starts[k], scale, side)
    return parts


def _band(x1: float, y1: float, x2: float, y2: float, wide: float, says: str, name: str) -> Markup:
    middle = (x1 + x2) / 2
    path = (
        f"M{x1:.1f} {y1:.1f}C{middle:.1f} {y1:.1f} {middle:.1f} {y2:.1f} {x2:.1f} {y2:.1f}"
        f"V{y2 + wide:.1f}C{middle:.1f} {y2 + wide:.1f} {middle:.1f} {y1 + wide:.1f} {x1:.1f} {y1 + wide:.1f}Z"
    )
    return tag("path", tag("title", says), class_=name, d=path)


def _labels(column: dict[str, _Node], end: str, x: float, scale: float, side: float) -> list[Markup]:
    """Return the column's bars with their names: outside at the ends, over the bands in the middle."""
    parts, lowest = [], -20.0
    for node in column.values():
        high = scale * node.worth + LEAST
        parts.append(tag("rect", class_="node", x=x, y=node.top, width=THICK, height=high))
        lowest = max(node.top + high / 2 + 4, lowest + 13.5)
        name = words.shortened(node.name, 240.0 if end == "middle" else side - 8)
        at, anchor = (x - 6, "end") if end == "left" else (x + THICK + 6, None)
        parts.append(label(at, lowest, name, anchor, "over" if end == "middle" else None))
    return parts
