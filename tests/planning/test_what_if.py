"""What if something changed: planned again from the present plan."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings

from pledgeway.planning import GapOrTime, Problem, Rounds, solve, verify
from pledgeway.planning.scenarios import apply, parse, what_if
from tests.planning.problems import problems
from tests.planning.worked import ferry

OPTIMAL = GapOrTime(0.0, 10.0)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(problems())
def test_nothing_changed_changes_nothing(problem: Problem) -> None:
    plan = solve(problem, OPTIMAL)
    same = what_if(problem, plan, problem, Rounds(0))
    assert same.gain == pytest.approx(0.0, abs=1e-9)
    assert same.pairs.empty
    assert same.requirements.empty
    assert same.sentences()[1] == "No allocation changes."


def test_half_the_road_makes_the_last_truck_a_day_late() -> None:
    problem = ferry()
    changed = apply(problem, parse(problem, "set lane:road.capacity_t_per_day=4"))
    found = what_if(problem, solve(problem, OPTIMAL), changed, OPTIMAL)
    # One truck a day: four are of use by day 5, the fifth on day 6, one of the 4 days of grace late: 75 and not 100.
    assert found.plan.value == pytest.approx(473.0)
    assert found.gain == pytest.approx(-25.0)
    assert found.gain <= found.most_gain <= -25.0 + 1e-3
    assert verify(changed, found.plan).valid
    assert "25 points less" in found.sentences()[0]
    assert found.sentences()[2:] == ["Brigade (R1, priority 1, due day 5) gets 1 of Truck too late"]
    assert found.pairs.empty


def test_more_trucks_are_more_allocated() -> None:
    problem = ferry(requirements=ferry().requirements.assign(quantity=6.0))
    changed = apply(problem, parse(problem, "set offer:O1.quantity=6"))
    found = what_if(problem, solve(problem, OPTIMAL), changed, OPTIMAL)
    assert found.gain == pytest.approx(99.6)
    assert found.pairs.to_dict("records") == [{"offer": "O1", "requirement": "R1", "before": 5.0, "after": 6.0}]
    assert found.sentences()[2:] == ["Brigade (R1, priority 1, due day 5) gets 1 more of Truck"]


def test_what_no_longer_fits_is_let_go() -> None:
    problem = ferry()
    changed = apply(problem, parse(problem, "lane:road"))
    found = what_if(problem, solve(problem, OPTIMAL), changed, OPTIMAL)
    assert found.plan.value == 0.0
    assert found.plan.movements == ()
    assert found.gain == pytest.approx(-498.0)
