"""A plan while another is carried out: what has departed stands, the rest changes as little as it must."""

from __future__ import annotations

import gc
from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pledgeway.formats import read_problem
from pledgeway.planning import GapOrTime, Plan, Problem, Rounds, solve, solving, verify
from pledgeway.planning.engine import engine
from pledgeway.planning.ongoing import HistoryError, carry_on
from pledgeway.planning.plan import Leg, Movement
from pledgeway.planning.scenarios import apply, parse, what_if
from tests.planning.problems import problems

OPTIMAL = GapOrTime(0.0, 10.0)


def relay(**changes: object) -> Problem:
    """Ten trucks of 4 t from depot over a hub to the front or the rear, one day a leg, all roads wide; 5 needed at each
    end by day 6. The front's are worth 100, the rear's 90; no transport costs.
    """
    lanes = [("d-h", "depot", "hub"), ("h-f", "hub", "front"), ("h-r", "hub", "rear")]
    tables: dict[str, object] = {
        "name": "relay", "days": 10, "transport_weight": 0.0,
        "places": [{"id": key, "name": key.title(), "kind": kind}
                   for key, kind in (("depot", "depot"), ("hub", "hub"), ("front", "handover"), ("rear", "handover"))],
        "lanes": [{"id": key, "origin": a, "destination": b, "mode": "road", "transit_days": 1,
                   "capacity_t_per_day": 100.0, "cost_per_t": 0.0} for key, a, b in lanes],
        "items": [{"id": "truck", "name": "Truck", "mass_t": 4.0, "divisible": False, "seats_per_unit": 0.0}],
        "offers": [{"id": "O1", "donor": "Norway", "item": "truck", "quantity": 5.0, "origin": "depot",
                    "available_from": 0, "available_until": 9, "in_storage": False}],
        "requirements": [{"id": "front", "recipient": "Brigade", "quantity": 5.0, "destination": "front", "due": 6,
                          "grace_days": 4, "weight": 100.0, "priority": 1},
                         {"id": "rear", "recipient": "Depot", "quantity": 5.0, "destination": "rear", "due": 6,
                          "grace_days": 4, "weight": 90.0, "priority": 2}],
        "accepts": [{"requirement": "front", "item": "truck", "factor": 1.0},
                    {"requirement": "rear", "item": "truck", "factor": 1.0}],
    }  # fmt: skip
    return Problem(**{**tables, **changes})


def sent(problem: Problem, *moves: Movement) -> Plan:
    """Return a plan of these movements."""
    return Plan(problem.name, 0.0, float("inf"), moves)


OVER_HUB = (Leg("d-h", 1), Leg("h-f", 2))


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(problems(), st.data())
def test_nothing_changed_changes_nothing(problem: Problem, data: st.DataObject) -> None:
    plan = solve(problem, OPTIMAL)
    today = data.draw(st.integers(0, problem.days - 1))
    weight = data.draw(st.sampled_from([1.0, 100.0]))
    same = solve(problem, Rounds(1), keep=plan, today=today, change_weight=weight)
    assert same.change is not None
    assert same.change.pairs.empty
    assert same.value == pytest.approx(plan.value)
    assert same.bound >= same.value - 1e-9
    assert verify(problem, same).broken == ()


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(problems(), st.data())
def test_what_departed_stays_and_bounds_hold(problem: Problem, data: st.DataObject) -> None:
    plan = solve(problem, Rounds(8))
    today = data.draw(st.integers(0, problem.days - 1))
    weight = data.draw(st.sampled_from([0.0, 0.5, 20.0]))
    donors = sorted(problem.offers["donor"].unique())
    gone = f"donor:{data.draw(st.sampled_from(donors))} from {today}" if donors and today else None
    changed = apply(problem, parse(problem, gone)) if gone else problem
    found = solve(changed, Rounds(12), keep=plan, today=today, change_weight=weight)
    assert verify(changed, found).broken == ()
    for kept in (move for move in plan.movements if move.legs and move.legs[0].departs < today):
        gone = tuple(leg for leg in kept.legs if leg.departs < today)
        same = [m for m in found.movements if m.offer == kept.offer and m.legs[: len(gone)] == gone]
        before = [m for m in plan.movements if m.offer == kept.offer and m.legs[: len(gone)] == gone]
        assert sum(m.quantity for m in same) <= sum(m.quantity for m in before) + 1e-6
    for move in found.movements:
        history = [leg for leg in move.legs if leg.departs < today]
        assert not history or any(
            m.offer == move.offer and [*m.legs[: len(history)]] == history for m in plan.movements
        )
    assert found.change is not None
    assert found.value - found.change.cost <= found.change.limit + 1e-6 * max(1.0, abs(found.change.limit))
    # The plan as it was, where it still fits, is one of the plans that the bounds are over.
    if verify(changed, plan).broken == ():
        assert plan.value <= found.change.limit + 1e-6 * max(1.0, abs(plan.value))
        assert plan.value <= found.bound + 1e-6 * max(1.0, abs(plan.value))


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(problems(), st.sampled_from([0.0, 1.0, 30.0]))
def test_on_the_first_day_the_bound_is_over_all_plans(problem: Problem, weight: float) -> None:
    plan, best = solve(problem, Rounds(2)), solve(problem, OPTIMAL)
    found = solve(problem, Rounds(10), keep=plan, today=0, change_weight=weight)
    assert found.change is not None
    assert best.value <= found.bound + 1e-6 * max(1.0, abs(best.value))
    most = weight * len(plan.allocations)
    assert best.value - most <= found.change.limit + 1e-6 * max(1.0, abs(best.value))


def test_goods_under_way_go_on_from_the_hub_another_way() -> None:
    problem = relay()
    plan = sent(problem, Movement("O1", "front", 5.0, OVER_HUB, 3))
    closed = apply(problem, parse(problem, "lane:h-f from 2"))
    found = solve(closed, OPTIMAL, keep=plan, today=2)
    assert found.movements == (Movement("O1", "rear", 5.0, (Leg("d-h", 1), Leg("h-r", 2)), found.movements[0].usable),)
    assert found.value == pytest.approx(450.0)
    assert found.change is not None
    assert found.change.pairs.to_dict("records") == [
        {"offer": "O1", "requirement": "front", "before": 5.0, "after": 0.0},
        {"offer": "O1", "requirement": "rear", "before": 0.0, "after": 5.0},
    ]


def test_what_has_left_on_its_last_leg_cannot_be_called_back() -> None:
    problem = relay()
    plan = sent(problem, Movement("O1", "rear", 5.0, (Leg("d-h", 1), Leg("h-r", 2)), 3))
    found = solve(problem, OPTIMAL, keep=plan, today=3)
    assert found.movements == plan.movements
    assert found.value == pytest.approx(450.0)
    # Before it leaves the hub it can: the front is worth 100 a truck and not 90.
    assert solve(problem, OPTIMAL, keep=plan, today=2).value == pytest.approx(500.0)


@pytest.mark.parametrize(("weight", "value"), [(49.0, 500.0), (51.0, 450.0)])
def test_an_allocation_changes_when_that_gains_more_than_it_costs(weight: float, value: float) -> None:
    problem = relay()
    plan = sent(problem, Movement("O1", "rear", 5.0, (Leg("d-h", 1), Leg("h-r", 2)), 3))
    found = solve(problem, OPTIMAL, keep=plan, today=0, change_weight=weight)
    assert found.value == pytest.approx(value)
    assert found.change is not None
    assert found.change.cost == pytest.approx(weight if value == 500.0 else 0.0)
    assert found.change.limit == pytest.approx(max(500.0 - weight, 450.0), rel=1e-3)


def test_goods_wait_at_the_hub_only_as_far_as_there_is_room() -> None:
    hub = relay().places.assign(storage_t=[None, 8.0, None, None])
    problem = relay(places=hub)
    plan = sent(
        problem,
        Movement("O1", "front", 2.0, OVER_HUB, 3),
        Movement("O1", "front", 3.0, (Leg("d-h", 4), Leg("h-f", 5)), 6),
    )
    # The road on is closed on days 2 and 3: the two trucks under way stay two nights, and fill the store.
    closed = apply(problem, parse(problem, "lane:h-f from 2 to 3 + lane:h-r from 2 to 3"))
    found = solve(closed, OPTIMAL, keep=plan, today=2)
    assert verify(closed, found).broken == ()
    assert found.value == pytest.approx(500.0)


def test_a_late_ship_moves_what_it_carries_and_nothing_else() -> None:
    problem = relay(lanes=relay().lanes.assign(capacity_t_per_day=[8.0, 100.0, 100.0]))
    plan = solve(problem, OPTIMAL)
    first = min(move.legs[0].departs for move in plan.movements)
    found = what_if(
        problem, plan, apply(problem, parse(problem, f"late:d-h on {first} by 2")), OPTIMAL, today=0, change_weight=5.0
    )
    assert found.pairs.empty
    assert found.plan.value == pytest.approx(500.0)


def test_what_departed_and_is_no_longer_in_the_problem_is_said() -> None:
    problem = relay()
    plan = sent(problem, Movement("O1", "front", 5.0, OVER_HUB, 3))
    fewer = replace(problem, offers=problem.offers.assign(quantity=3.0))
    with pytest.raises(HistoryError, match="offer O1: 5 units have departed before day 2, the problem has 3"):
        carry_on(fewer, plan, 2)
    nothing = replace(problem, offers=pd.DataFrame(columns=problem.offers.columns))
    with pytest.raises(HistoryError, match="offer O1: not in the problem"):
        carry_on(nothing, plan, 2)
    with pytest.raises(ValueError, match="from 0 to 9"):
        carry_on(problem, plan, 10)


def test_a_large_plan_that_loses_a_donor_is_rounded_anew_within_its_bounds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "LARGE", 0)
    problem = read_problem(Path(__file__).parents[2] / "benchmarks" / "instances" / "S1.json")
    plan, today = solve(problem, Rounds(12), exact=False), 2
    donor = plan.allocations.groupby("donor")["worth"].sum().idxmax()
    changed = apply(problem, parse(problem, f"donor:{donor} from {today}"))
    phases: set[str] = set()

    found = solve(
        changed, GapOrTime(0.02, 20.0), progress=lambda now: phases.add(now.phase), keep=plan, today=today,
        change_weight=1.0,
    )  # fmt: skip

    mended = solve(changed, Rounds(1), keep=plan, today=today, change_weight=1.0)
    assert "whole units" in phases
    assert verify(changed, found).broken == ()
    assert found.change is not None
    assert mended.change is not None
    assert mended.value - mended.change.cost < found.value - found.change.cost <= found.change.limit


@dataclass(frozen=True)
class Leaving(GapOrTime):
    """A stop criterion of which so many seconds are left once planning has begun."""

    left: float = 0.0

    def seconds_left(self, elapsed: float) -> float:
        return self.seconds if elapsed == 0.0 else self.left


@pytest.mark.parametrize(("left", "least", "most"), [(15.0, 0.7, 2.4), (0.7, 0.5, 0.7), (0.0, 0.5, 0.5)])
def test_reasons_have_what_planning_again_leaves_of_its_limit(
    monkeypatch: pytest.MonkeyPatch, left: float, least: float, most: float
) -> None:
    problem, given_seconds = relay(), []
    plan = solve(problem, OPTIMAL)

    def asked(_: Problem, plan: Plan, __: object, seconds: float) -> pd.DataFrame:
        given_seconds.append(seconds)
        return plan.unmet

    monkeypatch.setattr(solving, "unmet", asked)
    solve(problem, Leaving(0.0, 20.0, left), keep=plan, today=1)
    assert least <= given_seconds[0] <= most


@pytest.mark.parametrize("collects", [True, False])
def test_the_collector_of_cycles_is_left_as_it_was_whatever_happens(collects: bool) -> None:
    problem = relay()
    plan = sent(problem, Movement("O1", "front", 5.0, OVER_HUB, 3))
    if not collects:
        gc.disable()
    try:
        solve(problem, OPTIMAL)
        assert gc.isenabled() is collects
        with pytest.raises(HistoryError):
            solve(replace(problem, offers=problem.offers.assign(quantity=3.0)), OPTIMAL, keep=plan, today=2)
        assert gc.isenabled() is collects
    finally:
        gc.enable()
