"""Make a problem of the family of ``instances/``, of four sizes, from a seed.

    python benchmarks/generate.py M 7 build/M7.json

Places, lanes' ways and the mix of goods are those of S1 (size S) or M1 (sizes M, L and, widened, X); sailing days,
capacities, closures, items, offers, requirements and courses are drawn anew, like theirs.
"""

from __future__ import annotations

import argparse
import json
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from widening import widened

Row = dict[str, Any]
INSTANCES = Path(__file__).parent / "instances"
SEA_T_PER_DAY = 350.0
LEAST_T_PER_DAY = {"road": 80.0, "rail": 200.0, "air": 90.0, "sea": 350.0}
SEATS_PER_NEED = 0.64
LARGEST_DONOR, LARGEST_DONORS_LOT = "US", 1.8


@dataclass(frozen=True)
class Size:
    """How large a problem is. ``lot`` is the size of its requirements against those of the ``template``."""

    template: str
    days: int
    rows: int
    lot: float
    variants: tuple[int, ...]
    recipients: int
    courses: int
    durations: tuple[int, ...]
    longest_closure: int
    wide: bool = False


SIZES = {
    "S": Size("S1", 30, 50, 1.0, (1,), 4, 2, (5, 5, 10), 4),
    "M": Size("M1", 90, 500, 1.0, (1, 2), 6, 6, (10, 21, 28, 42), 7),
    "L": Size("M1", 180, 5000, 0.4, (2, 3, 4), 8, 12, (10, 21, 28, 42), 13),
    "X": Size("M1", 365, 50_000, 0.16, (3, 4, 5), 12, 24, (10, 21, 28, 42), 26, wide=True),
}


class Drawing:
    """One problem in the making: the size, its template and the source of randomness."""

    def __init__(self, size: Size, seed: int) -> None:
        self.size = size
        self.random = np.random.default_rng(seed)
        self.template = json.loads((INSTANCES / f"{size.template}.json").read_text())
        if size.wide:
            self.template = widened(self.template)
        self.first_item = {row["id"]: row for row in self.template["items"]}

    def among(self, choices: Any) -> Any:
        """Return one of ``choices``, all as likely."""
        return choices[int(self.random.integers(len(choices)))]

    def spread(self, sigma: float) -> float:
        """Return a factor around 1."""
        return float(self.random.lognormal(0.0, sigma))

    def family(self, item: str) -> str:
        """Return the kind of goods of one of the template's items."""
        return str(self.first_item[item]["name"].split("/")[0])

    def items(self) -> list[Row]:
        """Return the items: some variants of each kind, of slightly different mass."""
        kinds = {self.family(row["id"]): row for row in reversed(self.template["items"])}
        rows: list[Row] = []
        for kind, first in reversed(kinds.items()):
            for variant in range(self.among(self.size.variants)):
                mass = first["mass_t"] if first["divisible"] or not variant else first["mass_t"] * self.spread(0.15)
                rows.append({**first, "id": f"I{len(rows):03}", "name": f"{kind}/{variant}", "mass_t": round(mass, 4)})
        return rows

    def requirements(self, items: list[Row]) -> list[Row]:
        """Return the requirements: goods, amounts, worth and priority after rows of the template."""
        by_kind: dict[str, list[Row]] = defaultdict(list)
        for item in items:
            by_kind[item["name"].split("/")[0]].append(item)
        rows = []
        for number in range(self.size.rows):
            like, days = self.among(self.template["requirements"]), self.size.days
            asked_like = self.first_item[like["accepts"][0]["item"]]
            variants = by_kind[self.family(asked_like["id"])]
            asked = self.among(variants)
            others = [item for item in variants if item is not asked and self.random.random() < 0.55]
            factors = [{"item": item["id"], "factor": self.among((0.6, 0.8, 0.9))} for item in others]
            tonnes = like["quantity"] * asked_like["mass_t"] * self.size.lot * self.spread(0.5)
            rows.append({
                "id": f"R{number:05}", "recipient": f"R{self.random.integers(self.size.recipients)}",
                "accepts": [{"item": asked["id"], "factor": 1.0}, *factors],
                "quantity": amount(tonnes, asked),
                "destination": self.among(self.template["requirements"])["destination"],
                "due": int(days * self.random.uniform(0.08, 0.94)),
                "grace_days": self.among(self.template["requirements"])["grace_days"],
                "weight": float(f"{like['weight'] / asked_like['mass_t'] * asked['mass_t'] * self.spread(0.2):.5g}"),
                "priority": like["priority"],
            })  # fmt: skip
        return rows

    def offers(self, items: list[Row], requirements: list[Row]) -> list[Row]:
        """Return the offers: together a little more than is asked, of some items much less or more."""
        by_id = {item["id"]: item for item in items}
        asked: dict[str, float] = defaultdict(float)
        for row in requirements:
            asked[row["accepts"][0]["item"]] += row["quantity"] * by_id[row["accepts"][0]["item"]]["mass_t"]
        chance = np.sqrt(np.array(list(asked.values())))
        chosen = self.random.choice(list(asked), self.size.rows, p=chance / chance.sum())
        depots: dict[str, list[str]] = defaultdict(list)
        for place in self.template["places"]:
            if place["kind"] == "depot":
                depots[place["country"]].append(place["id"])
        donors = [self.among(self.template["offers"])["donor"] for _ in chosen]
        lots = np.array([self.spread(1.0) * (LARGEST_DONORS_LOT if d == LARGEST_DONOR else 1.0) for d in donors])
        share = {item: self.random.uniform(0.5, 1.8) / lots[chosen == item].sum() for item in sorted(set(chosen))}
        rows, days = [], self.size.days
        for number, (item, donor, lot) in enumerate(zip(chosen, donors, lots, strict=True)):
            first = int(0.75 * days * self.random.random() ** 1.7)
            last = min(days - 1, first + self.among((7, 14, 30, 60, days)))
            some = self.random.choice(self.size.recipients, int(self.random.integers(1, 4)), replace=False)
            rows.append({
                "id": f"O{number:05}", "donor": donor, "item": str(item),
                "quantity": amount(asked[item] * share[item] * lot, by_id[item]), "origin": self.among(depots[donor]),
                "available_from": first, "available_until": last,
                "recipients": [f"R{one}" for one in sorted(some)] if self.random.random() < 0.1 else None,
            })  # fmt: skip
        return rows

    def courses(self, items: list[Row], offers: list[Row]) -> list[Row]:
        """Return the courses: fewer seats than all that is offered would need."""
        by_id = {item["id"]: item for item in items}
        needed: dict[str, float] = {item["training"]: 0.0 for item in items if item["training"]}
        for offer in offers:
            item = by_id[offer["item"]]
            if item["training"]:
                needed[item["training"]] += offer["quantity"] * item["seats_per_unit"]
        rows: list[Row] = []
        for training in sorted(needed):
            for part in self.random.dirichlet(np.full(self.size.courses, 4.0)):
                rows.append({
                    "id": f"C{len(rows):03}", "training": training,
                    "start": max(0, int(self.size.days * self.random.uniform(-0.35, 0.72))),
                    "duration_days": self.among(self.size.durations),
                    "seats": max(5, round(part * SEATS_PER_NEED * needed[training])),
                })  # fmt: skip
        return rows

    def network(self, growth: float) -> tuple[list[Row], list[Row]]:
        """Return places and lanes: capacities grow with the tonnes a day that are asked for, depots excepted."""
        places = [dict(row) for row in self.template["places"]]
        for place in places:
            if place["handling_t_per_day"] is not None:
                handling = max(180.0, place["handling_t_per_day"] * growth * self.spread(0.2))
                place["handling_t_per_day"] = round(handling)
                if place["storage_t"] is not None:
                    place["storage_t"] = round(handling * self.among((0.5, 1, 2, 3)))
        depots = {place["id"] for place in places if place["kind"] == "depot"}
        lanes = [self._lane(row, 1.0 if row["origin"] in depots else growth * self.spread(0.3))
                 for row in self.template["lanes"]]  # fmt: skip
        return places, lanes

    def _lane(self, like: Row, growth: float) -> Row:
        capacity, exceptions = float(like["capacity_t_per_day"]), []
        if like["mode"] == "sea":
            step = self.among((2, 3, 4, 7))
            first = int(self.random.integers(step))
            capacity = SEA_T_PER_DAY * step
            exceptions = [closure(day, day, 0) for day in range(self.size.days) if (day - first) % step]
        capacity = round(max(LEAST_T_PER_DAY[like["mode"]], capacity * growth))
        if self.random.random() < 0.24:
            start = int(self.random.uniform(0.0, 0.95) * self.size.days)
            end = min(self.size.days - 1, start + int(self.random.integers(2, self.size.longest_closure)))
            exceptions.append(closure(start, end, round(capacity * self.among((0, 0, 0.4)))))
        return {**like, "capacity_t_per_day": capacity, "exceptions": exceptions}


def amount(tonnes: float, item: Row) -> float | int:
    """Return ``tonnes`` in units of ``item``: whole ones, or tenths of what can be divided; never nothing."""
    units = tonnes / float(item["mass_t"])
    return max(0.1, round(units, 1)) if item["divisible"] else max(1, round(units))


def closure(first: int, last: int, capacity: float) -> Row:
    """Return an exception of a lane's capacity from ``first`` to ``last`` day."""
    return {"first_day": first, "last_day": last, "capacity_t_per_day": capacity}


def tonnes_a_day(problem: Row) -> float:
    """Return the tonnes that a problem's requirements ask for, per day."""
    mass = {item["id"]: item["mass_t"] for item in problem["items"]}
    asked = sum(row["quantity"] * mass[row["accepts"][0]["item"]] for row in problem["requirements"])
    return float(asked / problem["days"])


def generate(size: str, seed: int) -> Row:
    """Return the problem of ``size`` (S, M, L or X) that ``seed`` stands for, in the format ``pledgeway-problem/1``."""
    return draw(SIZES[size], seed, f"{size}{seed}")


def draw(size: Size, seed: int, name: str) -> Row:
    """Return the problem ``name`` that is as large as ``size`` says."""
    drawing = Drawing(size, seed)
    items = drawing.items()
    requirements = drawing.requirements(items)
    problem: Row = {
        "format": drawing.template["format"], "name": name, "days": drawing.size.days,
        "transport_weight": drawing.template["transport_weight"], "items": items, "requirements": requirements,
    }  # fmt: skip
    problem["offers"] = drawing.offers(items, requirements)
    problem["courses"] = drawing.courses(items, problem["offers"])
    growth = tonnes_a_day(problem) / tonnes_a_day(drawing.template)
    problem["places"], problem["lanes"] = drawing.network(growth)
    return problem


def main() -> None:
    """Write one problem."""
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("size", choices=SIZES)
    arguments.add_argument("seed", type=int)
    arguments.add_argument("file", type=Path)
    given = arguments.parse_args()
    given.file.parent.mkdir(parents=True, exist_ok=True)
    given.file.write_text(json.dumps(generate(given.size, given.seed), separators=(",", ":")))


if __name__ == "__main__":
    main()
