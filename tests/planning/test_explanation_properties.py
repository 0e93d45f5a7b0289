"""On small problems solved to optimality, every reason is true: undoing what it names raises the optimum."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from pledgeway.planning import Plan, Problem
from pledgeway.planning.exact import solve_exact
from pledgeway.planning.explanation import explain, unmet
from tests.planning.problems import problems
from tests.planning.undoing import undone


@st.composite
def scarce(draw: st.DrawFn) -> Problem:
    """Draw a problem whose needs compete: two depots, a hub and two fronts, with little room, stock and time."""
    days = draw(st.integers(4, 7))
    tonnes, limit = st.sampled_from([0.0, 2.0, 3.0, 5.0]), st.sampled_from([None, None, 2.0, 4.0, 6.0])
    ends = [("D0", "H"), ("D1", "H"), ("H", "F0"), ("H", "F1"), ("D0", "F1"), ("F0", "F1"), ("H", "F0")]
    lanes = [{"id": f"L{k}", "origin": a, "destination": b, "mode": "road", "transit_days": draw(st.integers(1, 2)),
              "capacity_t_per_day": draw(tonnes), "cost_per_t": draw(st.sampled_from([0.0, 1.0, 8.0]))}
             for k, (a, b) in enumerate(ends)]  # fmt: skip
    closed = [{"lane": f"L{draw(st.integers(0, 6))}", "first_day": draw(st.integers(0, 3)),
               "last_day": draw(st.integers(1, 5)), "capacity_t_per_day": draw(tonnes)}
              for _ in range(draw(st.integers(0, 2)))]  # fmt: skip
    item, unit = st.sampled_from(["I0", "I1"]), st.sampled_from([1.0, 1.0, 2.0, 3.0])
    offers = [{"id": f"O{k}", "donor": f"Donor {k}", "item": draw(item), "quantity": draw(unit),
               "origin": draw(st.sampled_from(["D0", "D0", "D1", "H"])), "available_from": draw(st.integers(0, 2)),
               "available_until": draw(st.integers(2, days - 1)),
               "recipients": draw(st.sampled_from([None, None, None, ("A",)])), "in_storage": draw(st.booleans())}
              for k in range(draw(st.integers(1, 4)))]  # fmt: skip
    needs = [{"id": f"R{k}", "recipient": draw(st.sampled_from(["A", "B"])), "quantity": draw(unit),
              "destination": draw(st.sampled_from(["F0", "F1"])), "due": draw(st.integers(1, days - 1)),
              "grace_days": draw(st.integers(0, 4)), "weight": draw(st.sampled_from([1.0, 10.0, 35.0])), "priority": 1}
             for k in range(draw(st.integers(1, 4)))]  # fmt: skip
    accepts = [{"requirement": need["id"], "item": i, "factor": draw(st.sampled_from([1.0, 0.6]))}
               for need in needs for i in draw(st.lists(item, unique=True, min_size=1, max_size=2))]  # fmt: skip
    return Problem(
        name="scarce", days=days, transport_weight=draw(st.sampled_from([0.0, 0.1, 0.5])),
        places=[{"id": p, "name": p, "kind": "hub", "storage_t": draw(limit), "handling_t_per_day": draw(limit)}
                for p in ("D0", "D1", "H", "F0", "F1")],
        lanes=lanes, exceptions=closed, offers=offers, requirements=needs, accepts=accepts,
        items=[{"id": i, "name": i, "mass_t": draw(st.sampled_from([1.0, 2.0])), "divisible": draw(st.booleans()),
                "training": draw(st.sampled_from([None, "gun"])), "seats_per_unit": 2.0} for i in ("I0", "I1")],
        courses=[{"id": f"C{k}", "training": "gun", "start": draw(st.integers(0, 2)),
                  "duration_days": draw(st.integers(0, 3)), "seats": draw(st.integers(1, 6))}
                 for k in range(draw(st.integers(0, 2)))],
    )  # fmt: skip


def shortfalls(problem: Problem, plan: Plan) -> dict[tuple[str, str], float]:
    """Return what each requirement lacks and gets late."""
    found = {}
    for need in problem.requirements.itertuples():
        moves = [m for m in plan.movements if m.requirement == need.id]
        found[need.id, "unmet"] = need.quantity - sum(m.quantity for m in moves)
        found[need.id, "late"] = sum(m.quantity for m in moves if m.usable > need.due)
    return {key: quantity for key, quantity in found.items() if quantity > 1e-6}


def check_all_reasons(problem: Problem) -> None:
    """Check that the rows make up the shortfall, and that undoing each one raises the optimum."""
    best = solve_exact(problem, threads=1)
    if not best.optimal or best.plan is None:
        return
    table = unmet(problem, best.plan)
    split = table.groupby(["requirement", "state"])["quantity"].sum().to_dict()
    assert split == pytest.approx(shortfalls(problem, best.plan), abs=1e-6)
    for row in table.itertuples():
        event(f"{row.state}: {row.reason}")
        if row.reason == "whole_units":
            continue
        assert row.reason != "could_still_be_served", row.sentence
        after = solve_exact(undone(problem, best.plan, row), threads=1)
        assert after.optimal
        assert after.value > best.value + 1e-6, (row.sentence, row.blame)


def check_stories(problem: Problem, plan: Plan) -> None:
    """Check that every row of the problem and every day has a story of whole sentences."""
    ids = [*problem.requirements["id"], *problem.offers["id"], *problem.offers["donor"], *problem.places["id"]]
    for row_id in [*ids, *(f"day {day}" for day in range(problem.days))]:
        told = explain(problem, plan, row_id)
        assert told
        assert all(sentence.endswith(".") and "nan" not in sentence for sentence in told), told


COMMON = {"deadline": None, "suppress_health_check": list(HealthCheck)}


@given(st.one_of(problems(), scarce(), scarce()))
@settings(max_examples=60, derandomize=True, **COMMON)
def test_undoing_the_named_cause_raises_the_optimum(problem: Problem) -> None:
    check_all_reasons(problem)


@pytest.mark.slow
@pytest.mark.long
@given(st.one_of(problems(), scarce(), scarce()))
@settings(max_examples=500, **COMMON)
def test_undoing_the_named_cause_raises_the_optimum_often(problem: Problem) -> None:
    check_all_reasons(problem)


@given(st.one_of(problems(), scarce()), st.integers(0, 3))
@settings(max_examples=25, derandomize=True, **COMMON)
def test_plans_that_are_not_optimal_are_explained_in_full_too(problem: Problem, dropped: int) -> None:
    best = solve_exact(problem)
    if best.plan is None:
        return
    moves = best.plan.movements[dropped:]
    plan = Plan(problem.name, 0.0, 1e6, moves, best.plan.seats, solver="by hand")
    table = unmet(problem, plan)
    split = table.groupby(["requirement", "state"])["quantity"].sum().to_dict()
    assert split == pytest.approx(shortfalls(problem, plan), abs=1e-6)
    check_stories(problem, plan)
