"""The weight of requirements that state none: the worth of a tonne for their priority, times the mass of a unit."""

from __future__ import annotations

import math
from collections.abc import Mapping

from pledgeway.tables.drafts import Drafts
from pledgeway.tables.faults import Findings
from pledgeway.tables.meaning import accepted_items


def usual_weight(worths: Mapping[int, float], priority: int | None, mass: float | None) -> float | None:
    """Return the value of a unit of ``mass`` tonnes; None where the priority or the mass has no known worth."""
    if priority is None or mass is None or priority not in worths:
        return None
    weight = worths[priority] * mass
    return weight if math.isfinite(weight) else None


def fill_weights(drafts: Drafts, worths: Mapping[int, float], findings: Findings) -> None:
    """Fill the weights left empty; add a fault where the priority has no worth on the sheet Start."""
    needs, items = drafts["requirements"], drafts["items"]
    mass = dict(zip(items.values["id"], items.values["mass_t"], strict=True))
    accepted = accepted_items(drafts)
    weights, faulty = needs.values["weight"], needs.faulty.get("weight", set())
    for row, (key, priority) in enumerate(zip(needs.values["id"], needs.values["priority"], strict=True)):
        if weights[row] is not None or row in faulty or priority is None:
            continue
        if priority not in worths:
            known = ", ".join(str(known) for known in sorted(worths)) or "none"
            findings.fault(needs.place(row, "weight"), f"nothing, for priority {priority}",
                           f"a weight, or a priority to which the sheet Start gives a worth ({known})")  # fmt: skip
            continue
        unit = next((mass.get(item) for item in accepted.get(key, ())), None)
        if unit is not None and unit >= 0:
            weights[row] = usual_weight(worths, priority, unit)
