"""Compiling the engine ahead of planning, so that the clock of a plan measures planning only.

Numba keeps what it compiled beside the source, or in the user's cache where that cannot be written. The first planning
on a machine would else spend its seconds on compiling.
"""

from __future__ import annotations

from pledgeway.planning.engine.engine import Engine
from pledgeway.planning.engine.run import Run
from pledgeway.planning.problem import Problem, from_dict
from pledgeway.planning.solving import solve
from pledgeway.planning.stop import Rounds

ROUNDS = 30


def compile_engine() -> None:
    """Load the engine's compiled code, in well under a second; compile it first, in half a minute, where it is not."""
    solve(_small(), Rounds(ROUNDS), exact=False)
    engine = Engine(_small(), Run(Rounds(ROUNDS), None), 0)
    engine.linear_round()
    engine.book_afresh(2)  # which only large problems need


def _small() -> Problem:
    """Return a problem with something for every kernel: two legs, limits, crews, whole and divisible units, too few."""
    limits = {"handling_t_per_day": 12.0, "storage_t": 9.0}
    lane = {"mode": "road", "transit_days": 1, "capacity_t_per_day": 5.0, "cost_per_t": 1.0}
    offer = {"donor": "D", "quantity": 7.0, "origin": "A", "available_from": 0, "available_until": 9}
    accepts = [{"item": "tank", "factor": 1.0}, {"item": "fuel", "factor": 0.5}]
    need = {"recipient": "B", "quantity": 20.0, "destination": "C", "due": 4, "grace_days": 4, "weight": 9.0}
    return from_dict({
        "name": "small", "days": 10, "transport_weight": 0.1,
        "places": [{"id": key, "name": key, "kind": "hub", **limits} for key in "ABC"],
        "lanes": [{**lane, "id": a + b, "origin": a, "destination": b} for a, b in ("AB", "BC")],
        "items": [{"id": "tank", "name": "Tank", "mass_t": 3.0, "training": "tank", "seats_per_unit": 2.0},
                  {"id": "fuel", "name": "Fuel", "mass_t": 1.0, "divisible": True}],
        "offers": [{**offer, "id": f"O{k}", "item": item} for k, item in enumerate(("tank", "tank", "fuel", "fuel"))],
        "requirements": [{**need, "id": "R0", "accepts": accepts}, {**need, "id": "R1", "due": 6, "accepts": accepts}],
        "courses": [{"id": "C0", "training": "tank", "start": 0, "duration_days": 2, "seats": 4}],
    })  # fmt: skip
