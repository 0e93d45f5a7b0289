"""Country outlines of Natural Earth, decoded from TopoJSON, cut to a view and simplified to what can be seen."""

from __future__ import annotations

import json
from functools import lru_cache
from importlib import resources

import numpy as np

from pledgeway.pictures.view import Points, View

Rings = list[list[list[int]]]


@lru_cache(maxsize=2)
def _topology(scale: str) -> tuple[list[Points], Rings]:
    """Return the arcs (longitude and latitude in degrees, shape (n, 2)) and each polygon's rings of arc numbers."""
    file = resources.files("pledgeway.pictures") / "natural_earth" / f"countries-{scale}.json"
    topology = json.loads(file.read_text(encoding="utf-8"))
    stretch, offset = (np.array(topology["transform"][key]) for key in ("scale", "translate"))
    arcs = [np.cumsum(np.array(arc, dtype=float), axis=0) * stretch + offset for arc in topology["arcs"]]
    rings: Rings = []
    for shape in topology["objects"]["countries"]["geometries"]:
        if shape["type"] == "Polygon":
            rings.append(shape["arcs"])
        elif shape["type"] == "MultiPolygon":
            rings.extend(shape["arcs"])
    return arcs, rings


@lru_cache(maxsize=64)
def land(view: View, tolerance: float = 0.5) -> str:
    """Return the path data of all land in ``view``; outlines are true to ``tolerance`` pixels."""
    arcs, polygons = _topology("110m" if view.world else "50m")
    everything = np.concatenate(arcs)
    seen = np.split(view.project(everything), np.cumsum([len(arc) for arc in arcs])[:-1])
    far = np.split(view.beyond(everything), np.cumsum([len(arc) for arc in arcs])[:-1])
    frame = (-4.0, -4.0, view.width + 4.0, view.height + 4.0)
    thin = [simplify(arc, tolerance) if _meets(arc, frame) else arc[[0, -1]] for arc in seen]
    out_of_sight = [bool(part.any()) for part in far]
    paths = []
    for polygon in polygons:
        for ring in polygon:
            if any(out_of_sight[number if number >= 0 else ~number] for number in ring):
                continue
            corners = np.concatenate([thin[n] if n >= 0 else thin[~n][::-1] for n in ring])
            if _meets(corners, frame):
                paths.append(_path(clip(corners, frame)))
    return "".join(paths)


def _meets(points: Points, frame: tuple[float, float, float, float]) -> bool:
    low, high = points.min(axis=0), points.max(axis=0)
    return bool(low[0] <= frame[2] and high[0] >= frame[0] and low[1] <= frame[3] and high[1] >= frame[1])


def simplify(points: Points, tolerance: float) -> Points:
    """Return the corners of a line, shape (n, 2), that keep it within ``tolerance`` of where it was; ends stay.

    This is the method of Douglas and Peucker.
    """
    keep = np.zeros(len(points), dtype=bool)
    keep[[0, -1]] = True
    spans = [(0, len(points) - 1)]
    while spans:
        first, last = spans.pop()
        if last - first < 2:
            continue
        start, along = points[first], points[last] - points[first]
        inner = points[first + 1 : last] - start
        length = float(np.hypot(along[0], along[1]))
        if length > 0:
            away = np.abs(along[0] * inner[:, 1] - along[1] * inner[:, 0]) / length
        else:
            away = np.hypot(inner[:, 0], inner[:, 1])
        worst = int(away.argmax())
        if away[worst] > tolerance:
            middle = first + 1 + worst
            keep[middle] = True
            spans += [(first, middle), (middle, last)]
    return points[keep]


def clip(ring: Points, frame: tuple[float, float, float, float]) -> Points:
    """Return the part of a ring, shape (n, 2), inside ``frame`` (left, top, right, bottom); shape (0, 2) for none.

    This is the method of Sutherland and Hodgman: parts that leave and come back are joined along the frame's edge.
    """
    corners = ring
    for axis, limit, sign in ((0, frame[0], 1), (0, frame[2], -1), (1, frame[1], 1), (1, frame[3], -1)):
        if not len(corners):
            break
        inside = sign * (corners[:, axis] - limit) >= 0
        if inside.all():
            continue
        kept = []
        for here, there, here_in, there_in in zip(
            corners, np.roll(corners, -1, axis=0), inside, np.roll(inside, -1), strict=True
        ):
            if here_in:
                kept.append(here)
            if here_in != there_in:
                share = (limit - here[axis]) / (there[axis] - here[axis])
                kept.append(here + share * (there - here))
        corners = np.array(kept).reshape(-1, 2)
    return corners


def _path(ring: Points) -> str:
    rounded = np.round(ring, 1)
    if len(rounded) < 3 or float(np.ptp(rounded, axis=0).max(initial=0.0)) < 1.0:
        return ""
    changed = np.append(True, (np.diff(rounded, axis=0) != 0).any(axis=1))
    return "M" + "L".join(f"{x:g} {y:g}" for x, y in rounded[changed]) + "Z"
