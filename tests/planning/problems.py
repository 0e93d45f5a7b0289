"""Tiny problems of every kind, for Hypothesis."""

from __future__ import annotations

from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from pledgeway.planning import Problem

QUICK = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
OFTEN = settings(QUICK, max_examples=200)
"""How many problems the fast suite tries, and the slow one."""
TONNES = st.sampled_from([0.0, 1.0, 2.5, 4.0, 7.0, 12.0])
LIMITS = st.one_of(st.none(), TONNES)


@st.composite
def problems(draw: st.DrawFn) -> Problem:
    """Draw a problem of 2 to 5 places, up to 7 lanes, 3 items, 4 offers, 4 requirements and 2 courses over 3 to 8 days.

    Covers divisible and indivisible items, exclusions, substitutes, closures, storage, handling, training, cycles,
    offers at their destination, destinations that others pass, isolated places, zero capacities, grace 0, factors below
    one, fractions, stock in storage, and transport that costs more than it is worth.
    """
    days = draw(st.integers(3, 8))
    places = [f"P{k}" for k in range(draw(st.integers(2, 5)))]
    items = [f"I{k}" for k in range(draw(st.integers(1, 3)))]
    place, item, day = st.sampled_from(places), st.sampled_from(items), st.integers(0, days - 1)
    lanes = [
        {"id": f"L{k}", "origin": draw(place), "destination": draw(place), "mode": "road",
         "transit_days": draw(st.integers(1, 3)), "capacity_t_per_day": draw(TONNES),
         "cost_per_t": draw(st.sampled_from([0.0, 1.0, 30.0]))}
        for k in range(draw(st.integers(0, 7)))
    ]  # fmt: skip
    exceptions = [
        {"lane": draw(st.sampled_from(lanes))["id"], "first_day": draw(day), "last_day": draw(day),
         "capacity_t_per_day": draw(TONNES)}
        for _ in range(draw(st.integers(0, 2)) if lanes else 0)
    ]  # fmt: skip
    offers: list[dict[str, Any]] = []
    for k in range(draw(st.integers(0, 4))):
        first = draw(day)
        offers.append({
            "id": f"O{k}", "donor": draw(st.sampled_from(["Norway", "Chile"])), "item": draw(item),
            "quantity": draw(st.sampled_from([1.0, 2.0, 3.0, 3.5])), "origin": draw(place), "available_from": first,
            "available_until": draw(st.integers(first, days - 1)),
            "recipients": draw(st.sampled_from([None, None, ("A",), ("B",)])), "in_storage": draw(st.booleans()),
        })  # fmt: skip
    needs = [
        {"id": f"R{k}", "recipient": draw(st.sampled_from(["A", "B"])),
         "quantity": draw(st.sampled_from([1.0, 2.0, 2.6])),
         "destination": draw(place), "due": draw(day), "grace_days": draw(st.integers(0, 4)),
         "weight": draw(st.sampled_from([1.0, 10.0, 35.0])), "priority": draw(st.integers(1, 3))}
        for k in range(draw(st.integers(0, 4)))
    ]  # fmt: skip
    accepts = [
        {"requirement": need["id"], "item": accepted, "factor": draw(st.sampled_from([1.0, 1.0, 0.6]))}
        for need in needs
        for accepted in draw(st.lists(item, unique=True, max_size=2))
    ]
    training = st.sampled_from([None, None, "gun"])
    return Problem(
        name="tiny", days=days, transport_weight=draw(st.sampled_from([0.0, 0.1, 0.5])),
        places=[{"id": p, "name": p, "kind": "hub", "storage_t": draw(LIMITS), "handling_t_per_day": draw(LIMITS)}
                for p in places],
        lanes=lanes, exceptions=exceptions,
        items=[{"id": i, "name": i, "mass_t": draw(st.sampled_from([0.5, 1.0, 2.0, 3.0])),
                "divisible": draw(st.booleans()), "training": draw(training),
                "seats_per_unit": draw(st.sampled_from([1.0, 2.0]))}
               for i in items],
        offers=offers, requirements=needs, accepts=accepts,
        courses=[{"id": f"C{k}", "training": "gun", "start": draw(day), "duration_days": draw(st.integers(0, 3)),
                  "seats": draw(st.integers(0, 4))} for k in range(draw(st.integers(0, 2)))],
    )  # fmt: skip
