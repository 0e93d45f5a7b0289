"""Problems of other shapes, each from a seed, of about the size of M1.

    python benchmarks/shapes.py one-hub 1 build/one-hub1.json

All begin as a problem of the family (``generate.py``) and differ in what their name says.
"""

from __future__ import annotations

import argparse
import json
from collections import defaultdict
from collections.abc import Callable
from dataclasses import replace
from heapq import heappop, heappush
from pathlib import Path
from typing import Any

import numpy as np

from generate import SIZES, draw, generate

Row = dict[str, Any]
MEDIUM = SIZES["M"]
HUB_SHARE = 0.6
"""Of the tonnes asked for on a day of the mean, what the only hub can hand on."""
TRAINED_SHARE = 0.5
DESTINATIONS = 300


def few_huge(seed: int) -> Row:
    """Return 20 offers and 20 requirements of together as many tonnes as 500."""
    return draw(replace(MEDIUM, rows=20, lot=MEDIUM.rows / 20), seed, "")


def thousands_small(seed: int) -> Row:
    """Return 3,000 offers and 3,000 requirements of together as many tonnes as 500."""
    return draw(replace(MEDIUM, rows=3000, lot=MEDIUM.rows / 3000), seed, "")


def long_horizon(seed: int) -> Row:
    """Return a problem of a year."""
    return draw(replace(MEDIUM, days=365, lot=365 / MEDIUM.days), seed, "")


def one_hub(seed: int) -> Row:
    """Return a problem whose every movement passes the same hub: depots lead to it, and it leads to destinations."""
    problem, random = generate("M", seed), np.random.default_rng(seed)
    destinations = {row["destination"] for row in problem["requirements"]}
    depots = sorted({row["origin"] for row in problem["offers"]} - destinations)
    daily = tonnes(problem) / problem["days"]
    hub = next(row for row in problem["places"] if row["kind"] == "hub" and row["id"] not in destinations)
    hub |= {"handling_t_per_day": round(2 * HUB_SHARE * daily), "storage_t": round(3 * daily)}
    ends = [(depot, hub["id"]) for depot in depots] + [(hub["id"], place) for place in sorted(destinations)]
    kept = {hub["id"], *depots, *destinations}
    problem["places"] = [row for row in problem["places"] if row["id"] in kept]
    for row in problem["places"]:
        if row is not hub:
            row |= {"handling_t_per_day": None}
    problem["lanes"] = [
        lane(number, origin, destination, int(random.integers(1, 6)), max(80, round(daily * random.uniform(0.1, 0.4))))
        for number, (origin, destination) in enumerate(ends)
    ]
    problem["offers"] = [row for row in problem["offers"] if row["origin"] in depots]
    return problem


def sparse(seed: int) -> Row:
    """Return a problem with no lane beyond those of the quickest way from each place to each destination."""
    problem = generate("M", seed)
    kept: set[str] = set()
    for destination in {row["destination"] for row in problem["requirements"]}:
        kept |= quickest(problem["lanes"], destination)
    problem["lanes"] = [row for row in problem["lanes"] if row["id"] in kept]
    return problem


def dense(seed: int) -> Row:
    """Return a problem with a road from every place that is not a depot to every other one."""
    problem, random = generate("M", seed), np.random.default_rng(seed)
    middle = [row["id"] for row in problem["places"] if row["kind"] != "depot"]
    joined = {(row["origin"], row["destination"]) for row in problem["lanes"]}
    for origin in middle:
        for destination in middle:
            if origin != destination and (origin, destination) not in joined:
                days, capacity = int(random.integers(2, 7)), int(random.integers(80, 200))
                problem["lanes"].append(lane(len(problem["lanes"]), origin, destination, days, capacity))
    return problem


def indivisible(seed: int) -> Row:
    """Return a problem whose every unit is whole."""
    problem = generate("M", seed)
    for row in problem["items"]:
        row["divisible"] = False
    for row in (*problem["offers"], *problem["requirements"]):
        row["quantity"] = max(1, round(row["quantity"]))
    return problem


def divisible(seed: int) -> Row:
    """Return a problem whose every unit can be divided."""
    problem = generate("M", seed)
    for row in problem["items"]:
        row["divisible"] = True
    return problem


def heavy_training(seed: int) -> Row:
    """Return a problem whose every item needs crews, of four classes, with seats for half of what is asked for."""
    problem, random = generate("M", seed), np.random.default_rng(seed)
    for number, row in enumerate(problem["items"]):
        row |= {"training": f"class{number % 4}", "seats_per_unit": max(1, round(2 * row["mass_t"]))}
    items = {row["id"]: row for row in problem["items"]}
    seats: dict[str, float] = defaultdict(float)
    for row in problem["requirements"]:
        item = items[row["accepts"][0]["item"]]
        seats[item["training"]] += row["quantity"] * item["seats_per_unit"]
    problem["courses"] = [
        {"id": f"C{number:03}", "training": training, "start": int(random.integers(0, 60)),
         "duration_days": int(random.choice([7, 14, 21])), "seats": max(1, round(TRAINED_SHARE * needed / 10))}
        for number, (training, needed) in enumerate(sorted(seats.items()) * 10)
    ]  # fmt: skip
    return problem


def many_destinations(seed: int) -> Row:
    """Return a problem with 300 hand-over points, each a day by road from a destination of the family."""
    problem, random = generate("M", seed), np.random.default_rng(seed)
    known = sorted({row["destination"] for row in problem["requirements"]})
    for number in range(DESTINATIONS):
        place = {"id": f"D{number:03}", "name": f"Hand-over {number}", "kind": "handover", "country": None, "lat": None,
                 "lon": None, "storage_t": None, "handling_t_per_day": None}  # fmt: skip
        problem["places"].append(place)
        near = known[number % len(known)]
        problem["lanes"].append(lane(len(problem["lanes"]), near, place["id"], 1, int(random.integers(80, 200))))
    for number, row in enumerate(problem["requirements"]):
        row["destination"] = f"D{number % DESTINATIONS:03}"
    return problem


SHAPES: dict[str, Callable[[int], Row]] = {
    "few-huge": few_huge, "thousands-small": thousands_small, "one-hub": one_hub, "sparse": sparse, "dense": dense,
    "long-horizon": long_horizon, "indivisible": indivisible, "divisible": divisible,
    "heavy-training": heavy_training, "many-destinations": many_destinations,
}  # fmt: skip


def shape(kind: str, seed: int) -> Row:
    """Return the problem of a ``kind`` of SHAPES that ``seed`` stands for, in the format ``pledgeway-problem/1``."""
    name = f"{kind}{seed}"
    return {**SHAPES[kind](seed), "name": name}


def lane(number: int, origin: str, destination: str, days: int, capacity: int) -> Row:
    """Return a road of ``days`` and ``capacity`` tonnes a day."""
    return {"id": f"W{number:04}", "origin": origin, "destination": destination, "mode": "road", "transit_days": days,
            "capacity_t_per_day": capacity, "cost_per_t": 12 * days, "exceptions": []}  # fmt: skip


def tonnes(problem: Row) -> float:
    """Return the tonnes that a problem's requirements ask for."""
    mass = {row["id"]: row["mass_t"] for row in problem["items"]}
    return float(sum(row["quantity"] * mass[row["accepts"][0]["item"]] for row in problem["requirements"]))


def quickest(lanes: list[Row], destination: str) -> set[str]:
    """Return the lanes by which each place first reaches ``destination``."""
    into: dict[str, list[Row]] = defaultdict(list)
    for row in lanes:
        into[row["destination"]].append(row)
    reached: dict[str, str] = {}
    turns: list[tuple[int, str, str]] = [(0, destination, "")]
    while turns:
        days, place, by = heappop(turns)
        if place not in reached:
            reached[place] = by
            for row in into[place]:
                heappush(turns, (days + row["transit_days"], row["origin"], row["id"]))
    return set(reached.values()) - {""}


def main() -> None:
    """Write one problem."""
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("kind", choices=SHAPES)
    arguments.add_argument("seed", type=int)
    arguments.add_argument("file", type=Path)
    given = arguments.parse_args()
    given.file.parent.mkdir(parents=True, exist_ok=True)
    given.file.write_text(json.dumps(shape(given.kind, given.seed), separators=(",", ":")))


if __name__ == "__main__":
    main()
