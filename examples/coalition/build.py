"""The whole example: what is real in it, what is invented, and the problem that follows."""

from __future__ import annotations

from datetime import date
from typing import Any

from coalition.data import Row, rows
from coalition.needs import courses, requirements
from coalition.network import closures, lanes, places
from coalition.offers import Promise, offers
from pledgeway.planning.problem import Problem, table

START, DAYS, SEED = date(2022, 11, 1), 90, 2022
TRANSPORT_WEIGHT = 0.002

NOTE = """\
An example to try Pledgeway on: real promises in an invented world. It is no record of what was planned or done.
Real: donors, items, quantities, announcement dates and source addresses of the offers. They are the rows of the \
Ukraine Support Tracker, 7th release (24 January to 3 October 2022), Kiel Institute for the World Economy, CC BY 4.0; \
authors Antezza, Bushnell, Frank, Frank, Franz, Kharitonov, Rebinskaya, Trebesch. Changed here: rows without a number \
of units and others that examples/coalition/left_out.csv lists are left out, item names are unified, some counts are \
turned into thousands or tonnes; each offer's note keeps the tracker's words. What had been delivered by then is \
offered anew.
Real: positions of places (airportsdata, searoute, GeoNames) and lengths of sea lanes (searoute).
Estimated: masses. Computed from distances: days and costs of lanes.
Invented: origins and availability days of offers, donors' restrictions, capacities, sailing days, closures, training \
courses and seats, needs with their desks, places, due dates and priorities, and the offers named INV."""


def coalition(promises: list[Promise]) -> Problem:
    """Return the example as a planning problem of 90 days from 1 November 2022."""
    items = {row["id"]: row for row in rows("items")}
    asked, accepts = requirements(items, SEED)
    return Problem(
        name="coalition",
        days=DAYS,
        transport_weight=TRANSPORT_WEIGHT,
        start_date=START,
        places=table("places", places()),
        lanes=table("lanes", lanes()),
        exceptions=table("exceptions", closures()),
        items=table("items", [_item(row) for row in items.values()]),
        offers=table("offers", offers(promises, items, DAYS - 1, SEED)),
        requirements=table("requirements", asked),
        accepts=table("accepts", accepts),
        courses=table("courses", courses()),
        note=NOTE,
    )


def _item(row: Row) -> dict[str, Any]:
    return {
        "id": row["id"],
        "name": row["name"],
        "mass_t": float(row["mass_t"]),
        "divisible": row["divisible"] == "yes",
        "training": row["training"] or None,
        "seats_per_unit": float(row["seats_per_unit"]),
        "note": row["note"] or None,
    }
