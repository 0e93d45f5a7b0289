"""The map: flows by mode through ports and hubs."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
import pandas as pd
from markupsafe import Markup

from pledgeway.pictures import words
from pledgeway.pictures.countries import country_name
from pledgeway.pictures.drawing import HALF, NARROW, Column, Figure, Table, picture, table, tag
from pledgeway.pictures.labels import Box, arrange
from pledgeway.pictures.outlines import land
from pledgeway.pictures.view import View, fit
from pledgeway.planning.problem import Problem
from pledgeway.planning.summary import THROUGH_KINDS, Summary
from pledgeway.tables.rows import each_row

MODES = {"sea": "solid", "rail": "dashed", "road": "dotted", "air": "dash-dot"}
"""The modes and how their lines look, for readers without colour."""

Group = tuple[str, list[tuple[str, float, float]], float, float, float]
"""Places beyond the frame that share a point on its edge: their name, the places, their tonnes, the point."""

WIDEST = 11.0
"""Pixels of the widest flow; the others are in proportion, and none is under one pixel."""


@dataclass(frozen=True)
class End:
    """A place, or a group of places beyond the frame, as the map shows it: its pixel, label and tonnes."""

    key: str
    name: str
    kind: str
    x: float
    y: float
    tonnes: float
    outside: bool = False


def flows(legs: pd.DataFrame) -> pd.DataFrame:
    """Return tonnes by origin, destination and mode, the largest first, from ``planning.summary.leg_table``."""
    grouped: pd.DataFrame = legs.groupby(["origin", "destination", "mode"], as_index=False).agg(
        tonnes=("tonnes", "sum")
    )
    return grouped.sort_values(["tonnes", "origin", "destination"], ascending=[False, True, True], ignore_index=True)


def figure(problem: Problem, summary: Summary, legs: pd.DataFrame) -> Figure:
    """Return the map of ``legs`` (``planning.summary.leg_table``)."""
    moved = flows(legs)
    if moved.empty:
        return Figure("map", "The plan moves nothing, so there are no flows to show on a map")
    data = _data(problem, moved)
    known = problem.places.set_index("id")[["lat", "lon"]].dropna()
    drawn = moved[moved["origin"].isin(known.index) & moved["destination"].isin(known.index)]
    if drawn.empty:
        finding = "The places that goods pass have no position, so there is no map; the table has the flows"
        return Figure("map", finding, data=data)
    finding = _finding(summary)
    unplaced = moved["tonnes"].sum() - drawn["tonnes"].sum()
    alternative = f"Map of the plan’s flows. {finding}."
    used = summary.places.set_index("place")["tonnes"]
    first = set(_most_passed(summary)["place"])
    wide, narrow = draw_both(
        problem.places.set_index("id"), used[used.index.isin(known.index)], drawn, alternative, first
    )
    return Figure("map", finding, _note(moved, unplaced), wide, narrow, data)


def _finding(summary: Summary) -> str:
    top = _most_passed(summary)
    if top.empty or not summary.tonnes:
        return f"{words.tonnes(summary.tonnes)} move straight from their depots to where they are handed over"
    shares = [f"{row.name} {words.percent(row.tonnes / summary.tonnes)}" for row in each_row(top)]
    return f"Of {words.tonnes(summary.tonnes)} planned, {words.listed(shares)} pass through"


def _most_passed(summary: Summary) -> pd.DataFrame:
    return summary.places[summary.places["kind"].isin(THROUGH_KINDS)].head(2)


def _note(moved: pd.DataFrame, unplaced: float) -> Markup:
    by_mode = moved.groupby("mode")["tonnes"].sum().sort_values(ascending=False)
    parts = []
    for mode, mass in by_mode.items():
        drawn = f", {MODES[str(mode)]}" if str(mode) in MODES else ""
        text = f"({words.tonnes(float(mass))}{drawn})"
        parts.append(tag("b", mode, class_=f"mode-{mode}") + " " + text)
    note = Markup("Width by tonnes, colour and line by mode, summed over legs: ") + Markup(", ").join(parts)
    if unplaced > 0:
        note += f". Not drawn for want of a position: {words.tonnes(unplaced)}"
    return note


def _data(problem: Problem, moved: pd.DataFrame) -> Table:
    names = dict(zip(problem.places["id"], problem.places["name"], strict=True))
    return table(
        (Column("From"), Column("To"), Column("Tonnes", True), Column("Mode")),
        [(names[r.origin], names[r.destination], words.number(r.tonnes), r.mode) for r in each_row(moved)],
    )


def draw_both(
    places: pd.DataFrame, used: pd.Series, moved: pd.DataFrame, alternative: str, first: Collection[str] = (),
    width: float = HALF,
) -> tuple[Markup, Markup]:  # fmt: skip
    """Return the map for a screen and for a phone.

    ``places`` has a row per place, by its id: name, kind, country, lat, lon (degrees). ``used`` are the tonnes that
    labels tell and the view is fitted to, by place; ``moved`` the flows, as of :func:`flows`. All must have positions.
    The places of ``first`` are labelled before others.
    """
    return (
        _draw(places, used, moved, first, width, (0.62, 0.8), alternative),
        _draw(places, used, moved, first, NARROW, (0.9, 1.15), alternative),
    )


def _draw(
    places: pd.DataFrame, used: pd.Series, moved: pd.DataFrame, first: Collection[str], width: float,
    heights: tuple[float, float], alternative: str,
) -> Markup:  # fmt: skip
    ids = list(dict.fromkeys([*moved["origin"], *moved["destination"], *used.index]))
    used = used.reindex(ids, fill_value=0.0)
    positions = places.loc[ids, ["lon", "lat"]].to_numpy(dtype=float)
    through = [moved.groupby(end)["tonnes"].sum().reindex(ids, fill_value=0.0) for end in ("origin", "destination")]
    weights = np.maximum.reduce([column.to_numpy(dtype=float) for column in (used, *through)])
    view = fit(positions, weights, width, *heights)
    ends = _ends(view, places, used, ids, positions)
    shown = moved.assign(start=[ends[i].key for i in moved["origin"]], end=[ends[i].key for i in moved["destination"]])
    shown = shown[shown["start"] != shown["end"]]
    shown = shown.groupby(["start", "end", "mode"], as_index=False).agg(tonnes=("tonnes", "sum"))
    by_key = {end.key: end for end in ends.values()}
    arcs = _arcs(shown.sort_values("tonnes", ascending=False), by_key)
    return picture(
        view.width, view.height, alternative,
        tag("rect", class_="water", width=float(view.width), height=float(view.height)),
        tag("path", class_="land", d=land(view)),
        *arcs,
        *_marks(by_key, view, first),
        class_="map",
    )  # fmt: skip


def _ends(view: View, places: pd.DataFrame, used: pd.Series, ids: list[str], positions: np.ndarray) -> dict[str, End]:
    """Return what stands for each place: itself inside the frame, its country's point on the edge outside."""
    seen, inside = view.project(positions), view.holds(positions)
    ends: dict[str, End] = {}
    beyond: dict[str, list[tuple[str, float, float]]] = {}
    for place, (x, y), within in zip(ids, seen.tolist(), inside.tolist(), strict=True):
        name, kind, country = (places.at[place, column] for column in ("name", "kind", "country"))
        if within:
            ends[place] = End(place, str(name), str(kind), x, y, float(used[place]))
        else:
            beyond.setdefault(country_name(str(country)) if country else str(name), []).append((place, x, y))
    groups = []
    for name, members in beyond.items():
        mass = max(float(used[place]) for place, _, _ in members)
        middle = np.mean([(x, y) for _, x, y in members], axis=0)
        groups.append((name, members, mass, *_edge(view, float(middle[0]), float(middle[1]))))
    for name, members, mass, x, y in _spread(groups, view):
        only = places.loc[members[0][0], "name"] if len(members) == 1 else name
        for place, _, _ in members:
            ends[place] = End(f"beyond {name}", str(only), "outside", x, y, mass, outside=True)
    return ends


def _edge(view: View, x: float, y: float) -> tuple[float, float]:
    """Return where the line from the middle of the frame to a pixel outside crosses the frame."""
    across, down = x - view.width / 2, y - view.height / 2
    reach = min(
        (view.width / 2 - 3) / abs(across) if across else np.inf, (view.height / 2 - 3) / abs(down) if down else np.inf
    )
    return view.width / 2 + across * reach, view.height / 2 + down * reach


def _spread(groups: list[Group], view: View) -> list[Group]:
    """Return the groups with their points moved apart along the edge they lie on."""
    result = []
    for vertical in (True, False):
        for low in (True, False):
            size, length = (view.width, view.height) if vertical else (view.height, view.width)
            apart = 19.0 if vertical else 90.0
            here = [g for g in groups if _lies_on(g, view) == (vertical, low)]
            here.sort(key=lambda g: g[4] if vertical else g[3])
            last = -np.inf
            for k, (name, members, mass, x, y) in enumerate(here):
                at = max(y if vertical else x, last + apart)
                at = min(at, length - 14 - apart * (len(here) - 1 - k))
                last = max(at, 14.0)
                fixed = 3.0 if low else size - 3.0
                result.append((name, members, mass, fixed, last) if vertical else (name, members, mass, last, fixed))
    return result


def _lies_on(group: Group, view: View) -> tuple[bool, bool]:
    _, _, _, x, y = group
    vertical = x <= 4 or x >= view.width - 4
    return vertical, (x < view.width / 2) if vertical else (y < view.height / 2)


def _arcs(shown: pd.DataFrame, ends: dict[str, End]) -> list[Markup]:
    most = float(shown["tonnes"].max()) if len(shown) else 1.0
    arcs = []
    for flow in each_row(shown):
        start, end = ends[flow.start], ends[flow.end]
        across, down = end.x - start.x, end.y - start.y
        if np.hypot(across, down) < 3:
            continue
        side = -1.0 if across > 0 else 1.0
        bend = (start.x / 2 + end.x / 2 - side * 0.16 * down, start.y / 2 + end.y / 2 + side * 0.16 * across)
        width = max(1.0, WIDEST * flow.tonnes / most)
        arcs.append(
            tag(
                "path", class_=f"flow {flow.mode}", stroke_width=float(width),
                stroke_dasharray=_dashes(flow.mode, width),
                d=f"M{start.x:.1f} {start.y:.1f}Q{bend[0]:.1f} {bend[1]:.1f} {end.x:.1f} {end.y:.1f}",
            )
        )  # fmt: skip
    return arcs


def _dashes(mode: str, width: float) -> str | None:
    w = max(width, 1.4)
    pattern = {
        "rail": (1.6 * w + 3, 0.8 * w + 2),
        "road": (0.1, 1.6 * w + 1.5),
        "air": (3 * w + 4, 2 * w + 1, 0.1, 2 * w + 1),
    }
    return " ".join(f"{part:.1f}" for part in pattern[mode]) if mode in pattern else None


def _marks(ends: dict[str, End], view: View, first: Collection[str]) -> list[Markup]:
    """Return the marks of all places, and labels for the most important that have room, those of ``first`` before."""
    inside = [end for end in ends.values() if not end.outside]
    marks = [
        tag("rect", class_="hub", x=end.x - 4.5, y=end.y - 4.5, width=9.0, height=9.0)
        if end.kind == "hub"
        else tag("circle", class_="place", cx=end.x, cy=end.y, r=2.2 if end.kind == "depot" else 3.6)
        for end in sorted(inside, key=lambda end: end.kind == "hub")
    ]
    rank = {"hub": 0, "outside": 0, "port": 1, "airport": 1, "rail": 1, "handover": 1}
    wanted = sorted(ends.values(), key=lambda end: (end.key not in first, rank.get(end.kind, 2), -end.tonnes))
    most = 22 if view.width > 400 else 9
    texts = [(end.x, end.y, _caption(end), end.outside) for end in wanted if end.tonnes > 0]
    blocked = [Box(end.x - 4, end.y - 4, 8, 8) for end in inside if end.kind != "depot"]
    return marks + arrange(texts, blocked, view.width, view.height, most)


def _caption(end: End) -> str:
    return f"{words.shortened(end.name, 175)} {words.tonnes(end.tonnes)}"
