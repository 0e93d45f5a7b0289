"""Scenarios: what they change, what they cost as a proven interval, and on whom a plan depends."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings

from pledgeway.planning import GapOrTime, Problem, solve
from pledgeway.planning.exact import solve_exact
from pledgeway.planning.scenarios import (
    ScenarioError,
    apply,
    built_in,
    concentration,
    dependence,
    lost_requirements,
    pairs,
    parse,
    parse_list,
    single_points,
    stress,
)  # fmt: skip
from pledgeway.planning.verification import verify
from tests.planning.problems import problems
from tests.planning.worked import ferry


def two_donors() -> Problem:
    """The ferry with 5 trucks from Norway and 4 more from Chile, for the same 5 needed: each could do most of it."""
    offers = ferry().offers.to_dict("records")
    chile = {**offers[0], "id": "O2", "donor": "Chile", "quantity": 4.0}
    return ferry(offers=[*offers, chile])


def test_a_donor_that_leaves_keeps_what_it_has_not_sent() -> None:
    gone = apply(ferry(), parse(ferry(), "donor:Norway from 2"))
    assert gone.offers["available_until"].tolist() == [1]
    assert gone.offers["quantity"].tolist() == [5.0]
    assert apply(ferry(), parse(ferry(), "donor:Norway")).offers["quantity"].tolist() == [0.0]


def test_a_closed_place_has_neither_departures_nor_arrivals() -> None:
    closed = apply(ferry(), parse(ferry(), "place:front from 4 to 5")).exceptions
    assert closed[["lane", "first_day", "last_day"]].to_numpy().tolist() == [["road", 2, 3]]
    closed = apply(ferry(), parse(ferry(), "place:depot from 4 to 5")).exceptions
    assert closed[["lane", "first_day", "last_day"]].to_numpy().tolist() == [["road", 4, 5]]


def test_any_field_can_be_set_and_half_of_a_capacity_taken() -> None:
    problem = ferry()
    assert apply(problem, parse(problem, "set lane:road.capacity_t_per_day=7")).lanes["capacity_t_per_day"][0] == 7.0
    assert apply(problem, parse(problem, "half:lane:road")).lanes["capacity_t_per_day"][0] == 5.0
    assert apply(problem, parse(problem, "half:all")).lanes["capacity_t_per_day"][0] == 5.0


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("donor:Norwy", "did you mean 'Norway'"), ("road", "no event"), ("lane:road from 5 to 2", "ends before"),
        ("lane:road from 99", "outside"), ("set lane:road.colour=red", "no field 'colour'"), ("", "says nothing"),
        ("set lane:road.transit_days=soon", "not a number"), ("set boat:b.size=1", "no table"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_answered(text: str, said: str) -> None:
    with pytest.raises(ScenarioError, match=said):
        parse(ferry(), text)


def test_all_faults_of_a_list_are_named_by_their_lines() -> None:
    with pytest.raises(ScenarioError, match=r"line 2: .*\n?.*line 4: "):
        parse_list(ferry(), ["# comment", "x = donor:Nobody", "road = lane:road", "lane:rail"])
    assert [s.name for s in parse_list(ferry(), ["my road = lane:road + donor:Norway"])] == ["my road"]


def test_the_loss_worked_by_hand_lies_in_its_interval() -> None:
    problem = two_donors()
    plan = solve(problem, GapOrTime(0.0, 10.0))
    assert plan.value == pytest.approx(498.0)
    stressed = stress(problem, plan, [*built_in(problem, ["donor", "lane"])], within=0.001)
    by_name = {loss.scenario.name: loss for loss in stressed.losses}
    for name, lost in (("donor Norway gone", 99.6), ("donor Chile gone", 0.0), ("lane road closed", 498.0)):
        assert by_name[name].least - 1e-3 <= lost <= by_name[name].most + 1e-3
        assert by_name[name].most - by_name[name].least <= 0.002 * plan.value
    assert stressed.losses[0].scenario.name == "lane road closed"
    fails = lost_requirements(stressed, by_name["donor Norway gone"])
    assert (fails["served_before"] - fails["served_after"]).tolist() == [1.0]
    instead = stressed.step_in["donor Norway gone"]
    assert set(instead.donors["donor"]) <= {"Chile"}
    assert instead.nobody_else == ()
    assert stressed.step_in["lane road closed"].nobody_else == ("R1",)
    assert dependence(stressed).loc["R1", "lane road closed"] == pytest.approx(500.0)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(problems())
def test_every_interval_holds_the_loss_against_the_oracle(problem: Problem) -> None:
    plan = solve(problem, GapOrTime(0.0, 5.0))
    for loss in stress(problem, plan, built_in(problem, ["donor", "place", "half"])).losses:
        changed = apply(problem, loss.scenario)
        best = solve_exact(changed).value
        slack = 1e-4 * max(1.0, plan.value)
        assert loss.outcome.value <= best + slack
        assert loss.outcome.bound >= best - slack
        assert verify(changed, loss.outcome.plan).broken == ()


def test_a_plan_of_a_network_without_lanes_is_stressed_too() -> None:
    there = ferry()
    problem = ferry(lanes=there.lanes.head(0), offers=there.offers.assign(origin=there.requirements["destination"][0]))
    plan = solve(problem, GapOrTime(0.0, 10.0))
    losses = stress(problem, plan, built_in(problem, ["donor"])).losses
    assert [(loss.least, loss.most) for loss in losses] == [pytest.approx((plan.value, plan.value))]


def test_processes_share_the_work_and_give_the_same_answers(tmp_path: Path) -> None:
    problem = two_donors()
    plan = solve(problem, GapOrTime(0.0, 10.0))
    wanted = [*built_in(problem, ["donor", "lane", "mode"]), *pairs(built_in(problem, ["donor"]))]
    alone = stress(problem, plan, wanted, keep=tmp_path / "kept.jsonl")
    shared = stress(problem, plan, wanted, workers=2)
    again = stress(problem, plan, wanted, keep=tmp_path / "kept.jsonl")
    for other in (shared, again):
        assert [(str(a.scenario), a.least, a.most) for a in alone.losses] == [
            (str(b.scenario), b.least, b.most) for b in other.losses
        ]
    assert len((tmp_path / "kept.jsonl").read_text().splitlines()) == len(wanted)


def test_a_sweep_that_was_stopped_goes_on(tmp_path: Path) -> None:
    problem = two_donors()
    plan = solve(problem, GapOrTime(0.0, 10.0))
    wanted, seen = built_in(problem, ["donor", "lane"]), []
    first = stress(problem, plan, wanted, keep=tmp_path / "k", progress=lambda *now: bool(seen.append(now)) or True)
    assert len(first.losses) == 1
    (tmp_path / "k").write_text((tmp_path / "k").read_text() + '{"half a li')
    whole = stress(problem, plan, wanted, keep=tmp_path / "k", progress=lambda *now: seen.append(now))
    assert len(whole.losses) == len(wanted)
    assert len(seen) == len(wanted)


def test_concentration_counts_equal_donors() -> None:
    problem = two_donors()
    plan = solve(ferry(), GapOrTime(0.0, 10.0))
    assert concentration(ferry(), plan).effective_donors == pytest.approx(1.0)
    assert concentration(problem, plan.with_(movements=())).effective_donors == 0.0


def test_only_ways_are_found() -> None:
    found = single_points(ferry())
    assert set(zip(found["kind"], found["id"], strict=True)) == {("donor", "Norway"), ("lane", "road")}
    assert set(single_points(two_donors())["kind"]) == {"lane"}
