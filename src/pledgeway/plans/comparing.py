"""A plan against what was allocated before it, and against another plan."""

from __future__ import annotations

from typing import Any

from pledgeway.plans.adopting import DUST
from pledgeway.plans.models import Run

KEPT, MORE, LESS, MOVED, NEW, TAKEN_BACK = "kept", "kept, and more", "partly taken back", "moved", "new", "taken back"
CHANGES = {
    KEPT: "was allocated already and stays",
    MORE: "was allocated already, stays, and the plan adds to it",
    LESS: "was allocated already, and the plan takes a part of it elsewhere or gives it up",
    MOVED: "goods that were allocated to another requirement",
    NEW: "goods that were allocated to nobody",
    TAKEN_BACK: "was allocated already, and the plan takes all of it elsewhere or gives it up",
}
"""What a plan does with a pair of promise and requirement, and what each word means."""
TOLERANCE = float(DUST)


def lines(run: Run) -> list[dict[str, Any]]:
    """Return what ``run`` allocates, and what it takes back wholly, a row for each pair of offer and requirement.

    A row has ``quantity`` units and ``before``, those that were allocated already; ``change`` is a word of CHANGES.
    """
    before = units_before(run)
    allocations: list[dict[str, Any]] = run.found.get("allocations", [])
    after = {(row["offer"], row["requirement"]): row["quantity"] for row in allocations}
    giving = {pair[0] for pair, units in before.items() if after.get(pair, 0.0) < units - TOLERANCE}
    pairs = (run.found.get("change") or {}).get("pairs", [])
    gone = [
        {**dict.fromkeys(("quantity", "late", "tonnes", "worth"), 0.0), **row, "last_usable": None}
        for row in pairs if (row["offer"], row["requirement"]) not in after
    ]  # fmt: skip
    return [_line(row, before.get((row["offer"], row["requirement"]), 0.0), giving) for row in [*allocations, *gone]]


def units_before(run: Run) -> dict[tuple[str, str], float]:
    """Return the units of each pair of offer and requirement that were allocated when the snapshot was taken."""
    found: dict[tuple[str, str], float] = {}
    for row in run.keep:
        pair = (row["offer"], row["requirement"])
        found[pair] = found.get(pair, 0.0) + row["quantity"]
    return found


def _line(row: dict[str, Any], before: float, giving: set[str]) -> dict[str, Any]:
    after = row["quantity"]
    if before <= TOLERANCE:
        word = MOVED if row["offer"] in giving else NEW
    elif after <= TOLERANCE:
        word = TAKEN_BACK
    elif abs(after - before) <= TOLERANCE:
        word = KEPT
    else:
        word = MORE if after > before else LESS
    return {**row, "before": before, "change": word}


def differences(one: Run, other: Run) -> list[dict[str, Any]]:
    """Return the pairs whose units differ between two plans, the largest difference first.

    ``one`` and ``other`` are the units, ``change_one`` and ``change_other`` what each does with what was allocated
    before ("" where it does not speak of the pair).
    """
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for name, run in (("one", one), ("other", other)):
        for row in lines(run):
            nothing = {"one": 0.0, "other": 0.0, "change_one": "", "change_other": ""}
            line = found.setdefault((row["offer"], row["requirement"]), {**row, **nothing})
            line |= {name: row["quantity"], f"change_{name}": row["change"]}
    rows = [row for row in found.values() if abs(row["one"] - row["other"]) > TOLERANCE]
    return sorted(rows, key=lambda row: -abs(row["one"] - row["other"]))
