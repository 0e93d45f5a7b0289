"""Small problems worked by hand."""

from __future__ import annotations

from typing import Any

from pledgeway.planning import Problem


def ferry(**changes: Any) -> Problem:
    """One lane of 10 t a day from depot to front, 2 days, cost 1 a tonne; 5 trucks of 4 t promised, 5 needed by day 5.

    Two trucks fit on a day (8 of 10 t), so all five can leave by day 2 and are of use by day 4. Each is worth 100 and
    costs 0.1 x 4: the best plan is worth 5 x 99.6 = 498.
    """
    tables: dict[str, Any] = {
        "name": "ferry", "days": 10, "transport_weight": 0.1,
        "places": [{"id": "depot", "name": "Depot", "kind": "depot"},
                   {"id": "front", "name": "Front", "kind": "handover"}],
        "lanes": [{"id": "road", "origin": "depot", "destination": "front", "mode": "road", "transit_days": 2,
                   "capacity_t_per_day": 10.0, "cost_per_t": 1.0}],
        "items": [{"id": "truck", "name": "Truck", "mass_t": 4.0, "divisible": False, "seats_per_unit": 0.0}],
        "offers": [{"id": "O1", "donor": "Norway", "item": "truck", "quantity": 5.0, "origin": "depot",
                    "available_from": 0, "available_until": 9, "in_storage": False}],
        "requirements": [{"id": "R1", "recipient": "Brigade", "quantity": 5.0, "destination": "front", "due": 5,
                          "grace_days": 4, "weight": 100.0, "priority": 1}],
        "accepts": [{"requirement": "R1", "item": "truck", "factor": 1.0}],
    }  # fmt: skip
    return Problem(**{**tables, **changes})
