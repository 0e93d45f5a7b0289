"""Requirements and courses: invented needs of real offices, spread over desks, days and priorities."""

from __future__ import annotations

import math
import random
from collections.abc import Mapping
from typing import Any

from coalition.data import Row, number, parts, rows

WORTH_PER_TONNE = {1: 100.0, 2: 60.0, 3: 35.0, 4: 20.0, 5: 10.0}
SHARES = (0.6, 1.4)


def requirements(items: Mapping[str, Row], seed: int) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Return the rows of the problem's tables of requirements and of accepted items."""
    generator = random.Random(seed)
    desks = {desk["recipient"]: parts(desk["destinations"]) for desk in rows("desks")}
    asked: list[dict[str, Any]] = []
    accepts: list[dict[str, Any]] = []
    for need in rows("needs"):
        for row in _spread(need, items[need["item"]], desks, generator):
            row["id"] = f"R{len(asked) + 1:03d}"
            asked.append(row)
            accepts.append({"requirement": row["id"], "item": need["item"], "factor": 1.0})
            for substitute in parts(need["substitutes"]):
                item, factor = substitute.split(":")
                accepts.append({"requirement": row["id"], "item": item, "factor": float(factor)})
    return asked, accepts


def _spread(need: Row, item: Row, desks: Mapping[str, list[str]], generator: random.Random) -> list[dict[str, Any]]:
    """Return one item's total as single requirements."""
    count = int(need["requirements"])
    recipients, priorities = parts(need["recipients"]), [int(part) for part in parts(need["priorities"])]
    first, last = int(need["first_due"]), int(need["last_due"])
    found = []
    asked = int(need["asked"])
    lot = lot_size(asked, count)
    for k, lots in enumerate(shares(asked // lot, count, generator)):
        recipient, priority = recipients[k % len(recipients)], priorities[k % len(priorities)]
        worth = number(need["worth_per_tonne"]) or WORTH_PER_TONNE[priority]
        found.append({
            "recipient": recipient,
            "quantity": lots * lot,
            "destination": generator.choice(desks[recipient]),
            "due": round(first + (last - first) * (k + generator.random() / 2) / max(1, count - 1 / 2)),
            "grace_days": int(need["grace_days"]),
            "weight": worth * float(item["mass_t"]),
            "priority": priority,
        })  # fmt: skip
    return found


def shares(total: int, count: int, generator: random.Random) -> list[int]:
    """Return ``count`` whole numbers, unequal and each at least 1, that add up to ``total`` (at least ``count``)."""
    wanted = [generator.uniform(*SHARES) for _ in range(count)]
    cuts = [round((total - count) * sum(wanted[: k + 1]) / sum(wanted)) for k in range(count)]
    return [1 + high - low for low, high in zip([0, *cuts[:-1]], cuts, strict=True)]


def lot_size(total: int, count: int) -> int:
    """Return the power of ten that leaves shares two figures or so, as people ask for things; it divides ``total``."""
    lot: int = 10 ** max(0, math.floor(math.log10(total / count)) - 1)
    while total % lot:
        lot //= 10
    return lot


def courses() -> list[dict[str, Any]]:
    """Return the rows of the problem's table of courses."""
    whole = ("start", "duration_days", "seats")
    return [{**row, **{name: int(row[name]) for name in whole}, "note": "Invented"} for row in rows("courses")]
