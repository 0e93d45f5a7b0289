"""The network of the family's problems made as wide as the largest size needs: 200 places and 900 lanes.

All places and lanes are there twice, as two theatres that the same donors supply; roads join the hubs of the two, and
more hand-over points lie beyond those that are known.
"""

from __future__ import annotations

from itertools import product
from typing import Any

Row = dict[str, Any]
PLACES, LANES = 200, 900
SOUTH, EAST = -2.0, 2.5
"""How far the second theatre lies from the first, in degrees."""
LANES_TO_A_NEW_POINT = 3
BETWEEN_HUBS = {"mode": "road", "transit_days": 2, "capacity_t_per_day": 250.0, "cost_per_t": 9.0, "exceptions": []}


def widened(template: Row) -> Row:
    """Return ``template`` with twice its network and what joins the halves; its requirements go to all points in turn.

    Raises ValueError where that makes more than PLACES or LANES.
    """
    places = [*template["places"], *(_moved(place, place["id"] + "b", 1.0) for place in template["places"])]
    twin = [{**lane, "origin": lane["origin"] + "b", "destination": lane["destination"] + "b"}
            for lane in template["lanes"]]  # fmt: skip
    lanes = [*template["lanes"], *twin]
    known = [place for place in places if place["kind"] == "handover"]
    for number in range(PLACES - len(places)):
        near = known[number % len(known)]
        point = _moved(near, f"H{number:03}", 0.3 * (1 + number // len(known)))
        places.append(point)
        ways = [lane for lane in lanes if lane["destination"] == near["id"]]
        lanes += [{**lane, "destination": point["id"]} for lane in ways[:LANES_TO_A_NEW_POINT]]
    first = [place["id"] for place in template["places"] if place["kind"] == "hub"]
    pairs = [pair for one, other in product(first, first) for pair in ((one, other + "b"), (other + "b", one))]
    lanes += [{**BETWEEN_HUBS, "origin": one, "destination": other} for one, other in pairs][: LANES - len(lanes)]
    if (len(places), len(lanes)) != (PLACES, LANES):
        raise ValueError(f"{len(places)} places and {len(lanes)} lanes, not {PLACES} and {LANES}")
    points = [place["id"] for place in places if place["kind"] == "handover"]
    needs = [{**row, "destination": points[at % len(points)]} for at, row in enumerate(template["requirements"])]
    numbered = [{**lane, "id": f"L{number:04}"} for number, lane in enumerate(lanes)]
    return {**template, "places": places, "lanes": numbered, "requirements": needs}


def _moved(place: Row, key: str, far: float) -> Row:
    return {**place, "id": key, "name": f"{place['name']} {key}", "lat": place["lat"] + SOUTH * far,
            "lon": place["lon"] + EAST * far}  # fmt: skip
