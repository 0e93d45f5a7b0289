"""The greedy peer: valid plans, by priority, then due date, each need by what arrives first."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from greedy import greedy
from pledgeway.planning import Plan, Problem
from pledgeway.planning.verification import verify
from tests.planning.problems import problems
from tests.planning.worked import ferry

NO_BOUND = 1e12


def served(plan: Plan) -> dict[str, float]:
    units: dict[str, float] = {}
    for move in plan.movements:
        units[move.requirement] = units.get(move.requirement, 0.0) + move.quantity
    return units


def needs(*rows: dict[str, Any]) -> dict[str, Any]:
    """Return requirements for the ferry's trucks, and what they accept."""
    like = ferry().requirements.iloc[0].to_dict()
    return {
        "requirements": [{**like, **row} for row in rows],
        "accepts": [{"requirement": row["id"], "item": "truck", "factor": 1.0} for row in rows],
    }


def test_the_ferry_is_planned_as_by_hand() -> None:
    plan = greedy(ferry())
    assert plan.value == pytest.approx(498.0)
    assert [(move.quantity, move.legs[0].departs) for move in plan.movements] == [(2, 0), (2, 1), (1, 2)]


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(problems())
def test_every_greedy_plan_is_valid(problem: Problem) -> None:
    plan = greedy(problem)
    assert verify(problem, plan.with_(bound=NO_BOUND)).broken == ()


def test_the_higher_priority_comes_first_though_it_is_worth_less() -> None:
    problem = ferry(**needs({"id": "R1", "priority": 2, "weight": 900.0}, {"id": "R2", "priority": 1, "weight": 9.0}))
    assert served(greedy(problem)) == {"R2": 5.0}


def test_of_one_priority_the_earlier_due_comes_first() -> None:
    problem = ferry(**needs({"id": "R1", "due": 6}, {"id": "R2", "due": 4}))
    assert served(greedy(problem)) == {"R2": 5.0}


def test_what_arrives_first_is_taken_whatever_it_costs() -> None:
    slow = {**ferry().lanes.iloc[0].to_dict(), "id": "slow", "transit_days": 3, "cost_per_t": 0.0}
    problem = ferry(lanes=[slow, *ferry().lanes.assign(capacity_t_per_day=20.0).to_dict("records")])
    (move,) = greedy(problem).movements
    assert [leg.lane for leg in move.legs] == ["road"]


def test_what_costs_more_than_it_is_worth_stays() -> None:
    assert greedy(ferry(transport_weight=25.0)).movements == ()


@pytest.mark.parametrize(("handling", "days"), [(8.0, [1]), (4.0, [2])])
def test_a_hub_that_cannot_handle_in_and_out_on_a_day_keeps_goods_overnight(handling: float, days: list[int]) -> None:
    """A truck of 4 t reaches the hub on day 1: in and out on that day are 8 t handled."""
    like = ferry().lanes.iloc[0].to_dict()
    problem = ferry(
        places=[{"id": place, "name": place, "kind": "hub"} for place in ("depot", "front")]
        + [{"id": "hub", "name": "hub", "kind": "hub", "handling_t_per_day": handling, "storage_t": 4.0}],
        lanes=[{**like, "id": "in", "destination": "hub", "transit_days": 1},
               {**like, "id": "out", "origin": "hub", "transit_days": 1}],
        **needs({"id": "R1", "quantity": 1.0}),
    )  # fmt: skip
    (move,) = greedy(problem).movements
    assert [leg.departs for leg in move.legs[1:]] == days


def test_it_stops_in_time_with_what_it_has() -> None:
    assert greedy(ferry(), seconds=-1.0).movements == ()
