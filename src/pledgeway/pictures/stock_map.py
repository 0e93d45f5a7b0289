"""The map of a day: where goods lie, and what is on its way to where."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd
from markupsafe import Markup

from pledgeway.pictures import words
from pledgeway.pictures.drawing import HALF, Column, Figure, table, tag
from pledgeway.pictures.flow_map import MODES, draw_both
from pledgeway.tables.rows import each_row

UNKNOWN_MODE = "under-way"
"""How a flow is drawn whose mode nobody stated."""


def figure(places: pd.DataFrame, stock: Mapping[str, float], under_way: pd.DataFrame, width: float = HALF) -> Figure:
    """Return the map of the tonnes in ``stock`` by place and those ``under_way``: origin, destination, mode, tonnes.

    ``places`` has a row per place, by its id: name, kind, country, lat, lon (degrees; missing where not known).
    """
    lying, moving = sum(stock.values()), float(under_way["tonnes"].sum())
    if not lying + moving > 0:
        return Figure("map", "Nothing of known mass is under way or at a hub")
    finding = _finding(places, stock, lying, moving)
    data = table(
        (Column("What"), Column("Where"), Column("Tonnes", True)),
        [
            *(("At a hub", str(places.at[place, "name"]), words.number(tonnes)) for place, tonnes in _sorted(stock)),
            *(("In transit", f"{_named(places, row.origin)} to {_named(places, row.destination)}",
               words.number(row.tonnes)) for row in each_row(under_way)),
        ],
    )  # fmt: skip
    known = set(places[["lat", "lon"]].dropna().index)
    drawn = under_way[under_way["origin"].isin(known) & under_way["destination"].isin(known)]
    used = pd.Series({place: tonnes for place, tonnes in stock.items() if place in known}, dtype=float)
    if used.empty and drawn.empty:
        return Figure("map", f"{finding}; none of the places has a known position, so there is no map", data=data)
    left_out = lying + moving - float(used.sum()) - float(drawn["tonnes"].sum())
    first = [place for place, _ in _sorted(stock)]
    wide, narrow = draw_both(places, used, drawn, f"Map of stock and flows. {finding}.", first, width)
    return Figure("map", finding, _note(drawn, left_out), wide, narrow, data)


def _finding(places: pd.DataFrame, stock: Mapping[str, float], lying: float, moving: float) -> str:
    if not lying > 0:
        return f"{words.tonnes(moving)} are in transit, and nothing lies at a hub"
    place, most = _sorted(stock)[0]
    there = f"{words.tonnes(lying)} lie at hubs, {words.tonnes(most)} of them at {_named(places, place)}"
    return f"{words.tonnes(moving)} are in transit; {there}" if moving > 0 else there


def _note(drawn: pd.DataFrame, left_out: float) -> Markup:
    note = Markup("Labels: tonnes that lie there now")
    if len(drawn):
        note += "; lines: tonnes in transit, from where they left to where they go, width by tonnes"
        modes = [str(mode) for mode in drawn["mode"].unique()]
        known = [tag("b", mode, class_=f"mode-{mode}") + f" ({MODES[mode]})" for mode in modes if mode in MODES]
        if known:
            note += Markup("; by ") + Markup(", ").join(known)
        if UNKNOWN_MODE in modes:
            note += "; grey where no mode is stated"
    if left_out > 0.5:
        note += f". Not drawn for want of a position: {words.tonnes(left_out)}"
    return note


def _sorted(stock: Mapping[str, float]) -> list[tuple[str, float]]:
    return sorted(stock.items(), key=lambda pair: (-pair[1], pair[0]))


def _named(places: pd.DataFrame, place: str) -> str:
    return str(places.at[place, "name"]) if place in places.index else words.NOT_STATED
