"""A problem small enough to be followed by hand."""

from __future__ import annotations

from datetime import date

from pledgeway.planning.problem import Problem, table


def small() -> Problem:
    """Return two offers, one need, two places and a lane."""
    return Problem(
        name="small",
        days=30,
        transport_weight=0.01,
        start_date=date(2026, 3, 1),
        places=table("places", [{"id": "A", "name": "Depot"}, {"id": "B", "name": "Town", "kind": "handover"}]),
        lanes=table(
            "lanes",
            [{"id": "L", "origin": "A", "destination": "B", "transit_days": 2, "capacity_t_per_day": 40.0,
              "cost_per_t": 1.0, "sailing_days": "every 2 days from 1"}],
        ),
        exceptions=table("exceptions", [{"lane": "L", "first_day": 3, "last_day": 4, "capacity_t_per_day": 0.0}]),
        items=table(
            "items",
            [{"id": "van", "name": "Van", "mass_t": 2.0}, {"id": "truck", "name": "Truck", "mass_t": 8.0},
             {"id": "flour", "name": "Flour", "mass_t": 1.0, "divisible": True}],
        ),
        offers=table(
            "offers",
            [{"id": "O1", "donor": "Norway", "item": "van", "quantity": 10, "origin": "A", "available_from": 2,
              "available_until": 29},
             {"id": "O2", "donor": "Canada", "item": "flour", "quantity": 2.5, "origin": "A", "available_until": 29,
              "recipients": ("Other desk",)}],
        ),
        requirements=table(
            "requirements",
            [{"id": "R1", "recipient": "Ministry", "quantity": 8, "destination": "B", "due": 20, "grace_days": 5,
              "weight": 12.5, "priority": 1}],
        ),
        accepts=table("accepts", [{"requirement": "R1", "item": "van", "factor": 1.0},
                                  {"requirement": "R1", "item": "truck", "factor": 0.5}]),
    )  # fmt: skip
