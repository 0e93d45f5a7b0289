"""The engine on problems worked by hand, and on the shared instances where they are."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pledgeway.planning import GapOrTime, Problem, Progress, Rounds, solve
from pledgeway.planning.engine.arrays import fillable
from pledgeway.planning.engine.pins import PinsError
from pledgeway.planning.plan import WHOLE_SEATS
from pledgeway.planning.problem import from_dict
from pledgeway.planning.verification import verify
from tests.planning.worked import ferry

INSTANCES = Path(__file__).parents[3] / "shared" / "planning" / "instances"
PIN = {"offer": "O1", "requirement": "R1", "note": None}


def solved(problem: Problem, **options: object) -> float:
    plan = solve(problem, GapOrTime(0.0, 5.0), **options)  # type: ignore[arg-type]
    found = verify(problem, plan)
    assert found.broken == ()
    assert found.bound_holds
    assert plan.bound >= plan.value
    return plan.value


def test_everything_arrives_in_time_at_the_cost_worked_by_hand() -> None:
    assert solved(ferry()) == pytest.approx(498.0)


def test_a_lane_carries_whole_units_only() -> None:
    # 7 t a day carry one truck of 4 t: those leaving on days 0 to 3 are in time, the fifth is a day late: 75 of 100.
    problem = ferry()
    lanes = problem.lanes.assign(capacity_t_per_day=7.0)
    assert solved(ferry(lanes=lanes)) == pytest.approx(4 * 99.6 + 74.6)


def test_nothing_moves_over_a_closed_lane() -> None:
    closed = [{"lane": "road", "first_day": 0, "last_day": 9, "capacity_t_per_day": 0.0}]
    assert solved(ferry(exceptions=closed)) == 0.0


def test_units_wait_for_trained_crews() -> None:
    # Two seats a truck; four seats from day 7: two trucks are two days late and keep half of their worth.
    items = ferry().items.assign(training="driver", seats_per_unit=2.0)
    courses = [{"id": "C1", "training": "driver", "start": 3, "duration_days": 4, "seats": 4}]
    problem = ferry(items=items, courses=courses)
    plan = solve(problem, GapOrTime(0.0, 5.0))
    assert verify(problem, plan).valid
    assert plan.value == pytest.approx(2 * (50.0 - 0.4))
    assert plan.seats == {"C1": 4}


def test_seats_that_whole_units_cannot_fill_do_not_raise_the_bound() -> None:
    # Three seats a truck and five seats: one truck is trained for, where seats alone would allow one and two thirds.
    items = ferry().items.assign(training="driver", seats_per_unit=3.0)
    courses = [{"id": "C1", "training": "driver", "start": 0, "duration_days": 1, "seats": 5}]
    problem = ferry(items=items, courses=courses)
    plan = solve(problem, GapOrTime(0.0, 5.0), exact=False)
    assert plan.value == pytest.approx(99.6)
    assert plan.bound == pytest.approx(99.6, abs=0.01)
    assert (plan.certificate, plan.solver) == (None, WHOLE_SEATS)
    found = verify(problem, plan)
    assert found.valid
    assert found.proven == pytest.approx(plan.bound, abs=1e-6)
    assert not verify(problem, plan.with_(bound=99.0)).bound_holds
    assert not verify(problem, plan.with_(prices=None)).bound_holds


@pytest.mark.parametrize(
    ("per_unit", "seats", "filled"),
    [
        ([60.0], [36.0, 96.0, 341.0], [0.0, 60.0, 300.0]),
        ([7.0, 8.0], [6.0, 13.0, 21.0, 41.0, 42.0], [0.0, 8.0, 21.0, 40.0, 42.0]),
        ([1.0, 5.0], [0.0, 9.0], [0.0, 9.0]),
        ([2.5], [4.0], [4.0]),  # what is not counted in whole seats stays as it is
    ],
)
def test_whole_units_fill_the_seats_counted_by_hand(
    per_unit: list[float], seats: list[float], filled: list[float]
) -> None:
    assert fillable(per_unit, seats) == filled


def test_without_courses_no_unit_that_needs_crews_is_worth_anything() -> None:
    problem = ferry(items=ferry().items.assign(training="driver", seats_per_unit=2.0))
    plan = solve(problem, GapOrTime(0.0, 5.0))
    assert plan.value == 0.0
    assert plan.bound == pytest.approx(0.0, abs=1e-6)
    assert verify(problem, plan).valid


def test_goods_at_the_destination_need_no_legs() -> None:
    plan = solve(ferry(offers=ferry().offers.assign(origin="front")), GapOrTime(0.0, 5.0))
    assert plan.value == pytest.approx(500.0)
    assert all(move.legs == () for move in plan.movements)


def test_a_problem_without_rows_has_an_empty_plan() -> None:
    problem = Problem("empty", 5)
    plan = solve(problem, GapOrTime(0.0, 1.0))
    assert (plan.value, plan.bound, plan.movements) == (0.0, 0.0, ())
    assert verify(problem, plan).valid


def test_a_donor_may_exclude_a_recipient() -> None:
    offers = ferry().offers
    offers["recipients"] = [("Somebody else",)]
    assert solved(ferry(offers=offers)) == 0.0


def test_a_forbidden_pin_is_kept_and_the_bound_still_holds_for_any_plan() -> None:
    problem = ferry(pins=[{**PIN, "kind": "forbidden", "quantity": 0.0}])
    plan = solve(problem, GapOrTime(0.0, 2.0))
    assert plan.movements == ()
    assert plan.bound >= 498.0
    assert verify(problem, plan).valid


def test_a_fixed_pin_is_kept_where_better_use_is_at_hand() -> None:
    needs = [*ferry().requirements.to_dict("records"), {
        "id": "R2", "recipient": "Hospital", "quantity": 5.0, "destination": "front", "due": 5, "grace_days": 4,
        "weight": 900.0, "priority": 1,
    }]  # fmt: skip
    accepts = [{"requirement": r, "item": "truck", "factor": 1.0} for r in ("R1", "R2")]
    problem = ferry(requirements=needs, accepts=accepts, pins=[{**PIN, "kind": "fixed", "quantity": 2.0}])
    plan = solve(problem, GapOrTime(0.0, 2.0))
    assert verify(problem, plan).valid
    assert sum(m.quantity for m in plan.movements if m.requirement == "R1") == 2.0
    assert plan.value == pytest.approx(2 * 99.6 + 3 * 899.6)


def test_a_fixed_pin_that_cannot_be_kept_is_said() -> None:
    with pytest.raises(PinsError, match=r"1 of 6 units find no way"):
        solve(ferry(pins=[{**PIN, "kind": "fixed", "quantity": 6.0}]), GapOrTime(0.0, 2.0))


def test_no_time_at_all_still_gives_an_honest_plan() -> None:
    problem = ferry()
    plan = solve(problem, GapOrTime(0.0, 0.0))
    assert verify(problem, plan).valid
    assert plan.bound >= 498.0


def test_a_callback_that_says_stop_is_obeyed() -> None:
    seen: list[Progress] = []
    problem = ferry()
    plan = solve(problem, GapOrTime(0.0, 60.0), progress=lambda now: bool(seen.append(now)) or len(seen) == 2)
    assert len(seen) == 2
    assert plan.stopped == "asked to stop"
    assert verify(problem, plan).valid


def test_ctrl_c_returns_the_best_plan_so_far() -> None:
    def interrupt(now: Progress) -> None:
        if now.rounds == 2:
            raise KeyboardInterrupt

    problem = ferry()
    plan = solve(problem, GapOrTime(0.0, 60.0), progress=interrupt)
    assert plan.stopped == "interrupted"
    assert verify(problem, plan).valid


@pytest.mark.skipif(not INSTANCES.exists(), reason="the shared instances are not beside this clone")
def test_the_same_rounds_and_seed_give_the_same_plan() -> None:
    problem = from_dict(json.loads((INSTANCES / "S1.json").read_text()))
    first, second = (solve(problem, Rounds(30), seed=3) for _ in range(2))
    assert first.movements == second.movements
    assert (first.value, first.bound, first.seats) == (second.value, second.bound, second.seats)


@pytest.mark.slow
@pytest.mark.skipif(not INSTANCES.exists(), reason="the shared instances are not beside this clone")
@pytest.mark.parametrize(("name", "gap", "seconds"), [("M1", 0.01, 60.0), ("L1", 0.01, 240.0)])
def test_the_instances_are_planned_to_their_gap(name: str, gap: float, seconds: float) -> None:
    problem = from_dict(json.loads((INSTANCES / f"{name}.json").read_text()))
    plan = solve(problem, GapOrTime(gap, seconds))
    assert verify(problem, plan).valid
    assert plan.gap <= gap


def test_what_pins_cost_is_told_as_a_proven_interval() -> None:
    # Two of the five trucks go to a need worth a tenth as much: 2 x (99.6 - 9.6) = 180 points are given away.
    other = {**ferry().requirements.to_dict("records")[0], "id": "R2", "weight": 10.0, "quantity": 2.0}
    problem = ferry(
        requirements=[*ferry().requirements.to_dict("records"), other],
        accepts=[*ferry().accepts.to_dict("records"), {"requirement": "R2", "item": "truck", "factor": 1.0}],
        pins=[{**PIN, "requirement": "R2", "kind": "fixed", "quantity": 2.0}],
    )
    plan = solve(problem, GapOrTime(0.0, 4.0))
    assert verify(problem, plan).valid
    assert plan.value == pytest.approx(3 * 99.6 + 2 * 9.6)
    assert plan.bound >= 498.0 - 1e-6
    assert plan.pins_cost is not None
    assert plan.pins_cost[0] - 1e-3 <= 180.0 <= plan.pins_cost[1] + 1e-3
    assert plan.pinned_bound == pytest.approx(plan.value, rel=1e-3)
