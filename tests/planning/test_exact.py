"""The whole model as an oracle: no plan is worth more, no bound is less, and small problems are proven to the end."""

from __future__ import annotations

import math

import pytest
from hypothesis import given

from pledgeway.planning import GapOrTime, Leg, Movement, Problem, Rounds, solve
from pledgeway.planning.exact import size, solve_exact
from pledgeway.planning.exact.solve import valid_plan
from pledgeway.planning.problem import from_dict
from pledgeway.planning.verification import verify
from tests.planning.problems import OFTEN, QUICK, problems
from tests.planning.worked import ferry

TOLERANCE = 1e-5


def check_that_the_optimum_lies_between(problem: Problem) -> None:
    oracle = solve_exact(problem)
    assert oracle.optimal
    assert oracle.plan is not None
    assert verify(problem, oracle.plan).broken == ()
    assert oracle.value == pytest.approx(oracle.bound, abs=TOLERANCE * max(1.0, oracle.bound))
    plan = solve(problem, Rounds(12), exact=False)
    slack = TOLERANCE * max(1.0, oracle.bound)
    assert plan.value <= oracle.bound + slack
    assert plan.bound >= oracle.value - slack


@QUICK
@given(problems())
def test_plan_and_bound_hold_the_optimum_between_them(problem: Problem) -> None:
    check_that_the_optimum_lies_between(problem)


@pytest.mark.slow
@OFTEN
@given(problems())
def test_plan_and_bound_hold_the_optimum_between_them_often(problem: Problem) -> None:
    check_that_the_optimum_lies_between(problem)


def check_that_the_optimum_is_found(problem: Problem) -> None:
    oracle = solve_exact(problem)
    plan = solve(problem, GapOrTime(0.0, 30.0))
    assert verify(problem, plan).broken == ()
    assert plan.value == pytest.approx(oracle.value, abs=2 * TOLERANCE * max(1.0, oracle.bound))
    assert plan.bound == pytest.approx(oracle.value, abs=2 * TOLERANCE * max(1.0, oracle.bound))


@QUICK
@given(problems())
def test_small_problems_are_planned_to_the_proven_optimum(problem: Problem) -> None:
    check_that_the_optimum_is_found(problem)


@pytest.mark.slow
@OFTEN
@given(problems())
def test_small_problems_are_planned_to_the_proven_optimum_often(problem: Problem) -> None:
    check_that_the_optimum_is_found(problem)


def test_what_an_answer_takes_too_much_of_costs_no_whole_unit() -> None:
    # HiGHS serves 2 whole units of 1 t and 0.6000001 of fuel where 2.6 are asked for: the fuel gives way, not a unit.
    place, lane = {"kind": "hub"}, {"mode": "road", "capacity_t_per_day": 1.0, "cost_per_t": 0.0, "transit_days": 1}
    offer = {"item": "unit", "quantity": 1.0, "available_until": 3}
    problem = from_dict({
        "name": "a little too much", "days": 4, "transport_weight": 0.0,
        "places": [{**place, "id": "A", "name": "A", "handling_t_per_day": 2.5}, {**place, "id": "B", "name": "B"}],
        "lanes": [{**lane, "id": "BA", "origin": "B", "destination": "A"}],
        "items": [{"id": "fuel", "name": "Fuel", "mass_t": 2.0, "divisible": True},
                  {"id": "unit", "name": "Unit", "mass_t": 1.0}],
        "offers": [{**offer, "id": "O0", "donor": "X", "item": "fuel", "origin": "A", "available_from": 2},
                   {**offer, "id": "O1", "donor": "Y", "quantity": 2.5, "origin": "B", "available_from": 2,
                    "available_until": 2},
                   {**offer, "id": "O2", "donor": "Y", "origin": "A", "available_from": 0}],
        "requirements": [{"id": "R", "recipient": "Z", "quantity": 2.6, "destination": "A", "due": 2, "grace_days": 4,
                          "weight": 10.0, "accepts": [{"item": i, "factor": 1.0} for i in ("fuel", "unit")]}],
        "courses": [],
    })  # fmt: skip
    asked = [Movement("O0", "R", 0.6000001, (), 2), Movement("O1", "R", 1.0, (Leg("BA", 2),), 3),
             Movement("O2", "R", 1.0, (), 2)]  # fmt: skip
    plan = valid_plan(problem, asked, 30.0)
    assert verify(problem, plan).broken == ()
    assert [move.quantity for move in plan.movements] == [pytest.approx(0.6, abs=1e-6), 1.0, 1.0]
    assert plan.value == pytest.approx(0.6 * 10 + 10 + 7.5, abs=1e-4)
    assert valid_plan(problem, asked, math.inf).value == plan.value  # stopped before HiGHS knows a bound


def test_a_bound_from_the_integer_program_names_its_solver() -> None:
    # 7 t a day carry one truck of 4 t: in tonnes 1.75 would fit, and only the integer program knows better.
    problem = ferry(lanes=ferry().lanes.assign(capacity_t_per_day=7.0))
    plan = solve(problem, GapOrTime(0.0, 10.0))
    assert plan.value == pytest.approx(4 * 99.6 + 74.6)
    assert plan.bound == pytest.approx(plan.value, rel=1e-5)
    assert plan.certificate is None
    assert plan.solver is not None
    assert plan.solver.startswith("HiGHS ")
    assert plan.prices is not None
    assert verify(problem, plan).valid


def test_the_integer_program_is_replayed_by_its_rounds() -> None:
    problem = ferry(lanes=ferry().lanes.assign(capacity_t_per_day=7.0))
    first, second = (solve(problem, Rounds(15), seed=4) for _ in range(2))
    assert (first.movements, first.value, first.bound) == (second.movements, second.value, second.bound)


def test_a_process_may_change_its_number_of_threads() -> None:
    found = [solve_exact(ferry(), threads=threads) for threads in (2, 1, 2)]
    assert [(one.value, one.bound) for one in found] == [(found[0].value, found[0].bound)] * 3
    assert all(one.value <= one.bound for one in found)


def test_the_linear_relaxation_is_at_least_the_optimum() -> None:
    problem = ferry(lanes=ferry().lanes.assign(capacity_t_per_day=7.0))
    relaxed = solve_exact(problem, integer=False, solver="simplex")
    assert relaxed.plan is None
    assert relaxed.optimal
    assert relaxed.value >= 4 * 99.6 + 74.6


def test_the_size_counts_lanes_places_and_days_of_every_kind_of_goods() -> None:
    assert size(ferry()) == 1 * (1 + 2) * 10
