"""How long a workbook of 50,000 rows takes to be written, and to be read and checked.

usage: python benchmarks/workbook.py [ROWS]
"""

from __future__ import annotations

import random
import sys
import tempfile
import time
from datetime import date
from pathlib import Path

from pledgeway.formats import read, write_problem
from pledgeway.planning.problem import Problem, digest

ROWS = 50_000
PLACES, LANES, ITEMS, COURSES, DAYS = 200, 2_000, 500, 300, 180


def large_problem(rows: int, seed: int = 0) -> Problem:
    """Return a problem with ``rows`` rows in all, mostly offers and requirements."""
    draw = random.Random(seed)
    rest = rows - PLACES - LANES - ITEMS - COURSES
    offers, needs = rest // 2, rest // 3
    places, items = [f"P{k:03d}" for k in range(PLACES)], [f"I{k:03d}" for k in range(ITEMS)]
    requirements = [
        {
            "id": f"R{k}",
            "recipient": f"Desk {k % 40}",
            "quantity": draw.randint(1, 500),
            "destination": draw.choice(places),
            "due": draw.randrange(DAYS),
            "grace_days": 14,
            "weight": draw.uniform(1, 900),
            "priority": 1 + k % 5,
        }
        for k in range(needs)
    ]
    asked = [
        {"requirement": need["id"], "item": items[k % ITEMS], "factor": 1.0} for k, need in enumerate(requirements)
    ]
    others = [
        {"requirement": f"R{k}", "item": items[(k + 1) % ITEMS], "factor": 0.75} for k in range(rest - offers - needs)
    ]
    return Problem(
        name="large",
        days=DAYS,
        start_date=date(2026, 1, 1),
        places=[{"id": place, "name": f"Place {place}", "kind": "hub", "storage_t": 500.0} for place in places],
        lanes=[
            {
                "id": f"L{k}",
                "origin": draw.choice(places),
                "destination": draw.choice(places),
                "mode": "road",
                "transit_days": draw.randint(1, 9),
                "capacity_t_per_day": 250.0,
                "cost_per_t": draw.uniform(1, 99),
            }
            for k in range(LANES)
        ],
        items=[{"id": item, "name": f"Item {item}", "mass_t": 1.5} for item in items],
        offers=[
            {
                "id": f"O{k}",
                "donor": f"Donor {k % 50}",
                "item": draw.choice(items),
                "quantity": draw.randint(1, 500),
                "origin": draw.choice(places),
                "available_from": k % 90,
                "available_until": 90 + k % 90,
                "source": f"https://example.org/{k}",
            }
            for k in range(offers)
        ],
        requirements=requirements,
        accepts=asked + others,
        courses=[
            {"id": f"C{k}", "training": f"T{k % 9}", "start": k % DAYS, "duration_days": 7, "seats": 30}
            for k in range(COURSES)
        ],
    )


def main(arguments: list[str]) -> int:
    """Measure, and print seconds."""
    rows = int(arguments[0]) if arguments else ROWS
    problem = large_problem(rows)
    with tempfile.TemporaryDirectory() as folder:
        for suffix in (".xlsx", ".json"):
            file = Path(folder) / f"large{suffix}"
            began = time.perf_counter()
            write_problem(problem, file)
            written = time.perf_counter()
            reading = read(file)
            done = time.perf_counter()
            same = "the same problem" if digest(reading.problem) == digest(problem) else "ANOTHER PROBLEM"
            seconds = f"written in {written - began:.1f} s, read and checked in {done - written:.1f} s"
            print(f"{rows:,} rows, {suffix}: {seconds} ({same}, {len(reading.warnings)} warnings)")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
