"""What is allocated stays where it is in later plans, unless taking it elsewhere pays, and no lane is overbooked."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise
from typing import Any

import pytest

from pledgeway.access.deciding import Reader, system
from pledgeway.access.roles import Role
from pledgeway.accounts.moves import Move, Position
from pledgeway.accounts.stages import Act
from pledgeway.intake.recording import record
from pledgeway.intake.said import row_of
from pledgeway.intake.workbook import import_problem
from pledgeway.ledger import models
from pledgeway.ledger.audit import audit_ledger
from pledgeway.ledger.balances import balances
from pledgeway.ledger.models import Batch, Commitment, Requirement, RequirementVersion
from pledgeway.ledger.posting import Draft, post
from pledgeway.planning import GapOrTime, Plan, solve
from pledgeway.planning.plan import Leg, Movement
from pledgeway.planning.problem import Problem, table
from pledgeway.plans import adopting, answering, running
from pledgeway.plans.carried import Journey
from pledgeway.plans.job import plan_run
from pledgeway.plans.models import Proposal, Run, Way
from pledgeway.plans.reserving import Held, crewed, postponed, reserve
from pledgeway.plans.snapshot import Wanted, snapshot
from pledgeway.plans.stock import NONE_FREE, NONE_TIED
from pledgeway.registry.models import Closure, Lane, Party
from pledgeway.tables.recording import REQUIREMENTS
from tests.databases import ENGINES, fresh
from tests.ledger.promises import day

CELL = Reader("cell", Role.COORDINATOR)
START = date(2026, 3, 1)
SOON = date.today() + timedelta(days=5)
WANTED = Wanted(START, 10, 0.0, name="vans")


def vans(**changes: Any) -> Problem:
    """Four vans of 2 t at A; B needs two (100 points each), C two (90), and C would take two more (10).

    A road of 4 t a day leads to each, one day long. All that is needed is due on day 1: one departure is in time.
    """
    lane = {"mode": "road", "transit_days": 1, "capacity_t_per_day": 4.0, "cost_per_t": 0.0, "origin": "A"}
    need = {"quantity": 2.0, "due": 1, "grace_days": 8, "recipient": "Ministry", "priority": 1}
    tables: dict[str, Any] = {
        "places": [{"id": key, "name": key} for key in "ABC"],
        "lanes": [{**lane, "id": f"A{end}", "destination": end} for end in "BC"],
        "items": [{"id": "van", "name": "Van", "mass_t": 2.0}],
        "offers": [{"id": "O1", "donor": "Norway", "item": "van", "quantity": 4.0, "origin": "A",
                    "available_from": 0, "available_until": 9}],
        "requirements": [{**need, "id": "R1", "destination": "B", "weight": 100.0},
                         {**need, "id": "R2", "destination": "C", "weight": 90.0, "recipient": "Army"},
                         {**need, "id": "R3", "destination": "C", "weight": 10.0, "recipient": "Clinic"}],
        "accepts": [{"requirement": key, "item": "van", "factor": 1.0} for key in ("R1", "R2", "R3")],
    } | changes  # fmt: skip
    made: dict[str, Any] = {name: table(name, rows) for name, rows in tables.items()}
    return Problem("vans", 10, 0.0, START, **made)


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.slow)])
def _record(request: pytest.FixtureRequest) -> Iterator[None]:
    with fresh(request.param):
        import_problem(vans(), "vans.json", "0" * 64)
        yield


def desk(name: str, role: Role) -> Reader:
    code = Party.objects.get(name=name).code
    return Reader(name, role, frozenset({code}), frozenset({code}))


def planned(**more: Any) -> Run:
    wanted = replace(WANTED, excluded=adopting.declined_pairs(), **more)
    run = running.ask(wanted, CELL, gap=0.0, seconds=5)
    plan_run.call(run.pk)
    run.refresh_from_db()
    assert run.state == "done", run.message
    return run


def accept(one: Proposal) -> Proposal:
    answering.answer(one.pk, desk("Norway", Role.DONOR_DESK), accept=True)
    return answering.answer(one.pk, desk(one.recipient.name, Role.RECIPIENT_DESK), accept=True)


def adopted() -> Run:
    """Return a run whose proposals are all accepted."""
    run = planned()
    for one in adopting.adopt(run, CELL, SOON).proposals:
        assert accept(one).state == "posted"
    return run


def brought(run: Run) -> dict[str, float]:
    return {row["requirement"]: row["quantity"] for row in run.found["allocations"]}


def allocated() -> dict[str, int]:
    lines = balances(["requirement", "stage"])
    return {line.group["requirement"]: line.amount.quantity for line in lines if line.group["stage"] == "allocated"}


def lines_of(adoption: adopting.Adoption) -> list[tuple[str, str, int]]:
    return [(one.line.kind, one.need.key, one.line.parts) for one in adoption.changes]


def tonnes_by_departure(run: Run) -> dict[tuple[str, int], float]:
    found: dict[tuple[str, int], float] = defaultdict(float)
    for move in json.loads(bytes(run.files.get(name="plan.json").content))["movements"]:
        for leg in move["legs"]:
            found[leg["lane"], leg["departs"]] += 2.0 * move["quantity"]
    return found


@pytest.mark.usefixtures("_record")
def test_with_nothing_changed_the_plan_comes_back_and_nothing_is_proposed() -> None:
    first = adopted()
    assert (brought(first), allocated()) == ({"R1": 2, "R2": 2}, {"R1": 2, "R2": 2})
    assert [(way.legs, way.parts) for way in Way.objects.order_by("pk")] == [
        ([["AB", "2026-03-01"]], 2), ([["AC", "2026-03-01"]], 2),
    ]  # fmt: skip
    second = planned()
    assert (brought(second), tonnes_by_departure(second)) == (brought(first), tonnes_by_departure(first))
    assert second.found["change"]["pairs"] == []
    adoption = adopting.adopt(second, CELL, SOON)
    assert (adoption.proposals, adoption.stale, len(adoption.kept)) == ([], [], 2)
    assert Way.objects.count() == 2
    # Two days later they have not left: their way is in the past, and another is found.
    third = planned(start=START + timedelta(days=2))
    assert {(row["requirement"], len(row["legs"])) for row in third.keep} == {("R1", 0), ("R2", 0)}
    assert (brought(third), third.found["change"]["pairs"]) == (brought(first), [])


@pytest.mark.usefixtures("_record")
def test_with_a_lane_closed_only_what_must_move_moves() -> None:
    adopted()
    Closure.objects.create(lane=Lane.objects.get(code="AB"), first_day=START, last_day=SOON, capacity_t_per_day=0)
    second = planned()
    assert brought(second) == {"R2": 2, "R3": 2}
    adoption = adopting.adopt(second, CELL, SOON)
    assert lines_of(adoption) == [("take back", "R1", 2), ("allocate", "R3", 2)]
    back, new = adoption.proposals
    assert accept(new).state == "open"  # the goods are still the other's
    assert allocated() == {"R1": 2, "R2": 2}
    assert accept(back).state == "posted"
    new.refresh_from_db()
    assert (new.state, allocated()) == ("posted", {"R2": 2, "R3": 2})
    notes = list(Batch.objects.order_by("-number").values_list("note", flat=True)[:2])
    assert [note.split(" of")[0] for note in notes] == ["Allocation", "Taking back an allocation"]
    assert audit_ledger().faults == []
    assert {way.requirement.key for way in Way.objects.all()} == {"R2", "R3"}


@pytest.mark.usefixtures("_record")
def test_what_a_desk_does_not_give_back_stays_until_it_reopens() -> None:
    adopted()
    closure = Closure.objects.create(
        lane=Lane.objects.get(code="AB"), first_day=START, last_day=SOON, capacity_t_per_day=0
    )
    back, new = adopting.adopt(planned(), CELL, SOON).proposals
    accept(new)
    answering.answer(back.pk, desk("Ministry", Role.RECIPIENT_DESK), accept=False, reason="we fetch them ourselves")
    new.refresh_from_db()
    assert (new.state, new.reason) == ("refused", "none of it is committed and free any more")
    assert allocated() == {"R1": 2, "R2": 2}
    closure.delete()
    held = snapshot(replace(WANTED, excluded=adopting.declined_pairs()), CELL)
    assert list(held.problem.offers["quantity"]) == [2]
    assert list(held.problem.requirements["id"]) == ["R2", "R3"]
    assert {move.requirement for move in held.keep} == {"R2"}
    # The way of what is held is taken: nothing else leaves for B on its day.
    rows = held.problem.exceptions[["lane", "first_day", "last_day", "capacity_t_per_day"]]
    assert [tuple(row) for row in rows.itertuples(index=False)] == [("AB", 0, 0, 0.0)]
    answering.reopen(back.pk, desk("Ministry", Role.RECIPIENT_DESK))
    assert list(snapshot(replace(WANTED, excluded=adopting.declined_pairs()), CELL).problem.offers["quantity"]) == [4]


@pytest.mark.usefixtures("_record")
def test_what_pays_less_than_the_change_costs_stays() -> None:
    post(Draft(system("cell"), moves=[
        Move("O1", Act.ADVANCE, Position("committed", place="A"),
             Position("allocated", requirement="R3", place="A"), 2, day(2)),
        Move("O1", Act.ADVANCE, Position("committed", place="A"),
             Position("allocated", requirement="R1", place="A"), 2, day(2)),
    ]))  # fmt: skip
    # R2 is worth 80 points a unit more than R3: taking back both gains 160.
    assert brought(planned(change_weight=170.0)) == {"R1": 2, "R3": 2}
    assert brought(planned(change_weight=150.0)) == {"R1": 2, "R2": 2}


@pytest.mark.usefixtures("_record")
def test_lanes_are_not_overbooked_with_what_is_allocated() -> None:
    adopted()
    run = running.ask(WANTED, CELL, gap=0.0, seconds=5)
    problem = json.loads(run.problem)
    problem["offers"].append({**problem["offers"][0], "id": "O2", "quantity": 4})
    problem["requirements"].append({**problem["requirements"][0], "id": "R4", "quantity": 4, "weight": 99})
    Run.objects.filter(pk=run.pk).update(problem=json.dumps(problem))
    plan_run.call(run.pk)
    run.refresh_from_db()
    assert brought(run) == {"R1": 2, "R2": 2, "R4": 4}
    assert max(tonnes_by_departure(run).values()) <= 4.0
    assert [(row["offer"], row["requirement"]) for row in run.found["change"]["pairs"]] == [("O2", "R4")]


@pytest.mark.usefixtures("_record")
def test_of_two_plans_of_one_state_the_second_finds_what_the_first_took_back() -> None:
    adopted()
    Closure.objects.create(lane=Lane.objects.get(code="AB"), first_day=START, last_day=SOON, capacity_t_per_day=0)
    one, other = planned(), planned()
    proposals = adopting.adopt(one, CELL, SOON).proposals
    stale = adopting.prepare(other).stale  # both are proposed already
    assert [(need, why) for _, need, why in stale] == [("R1", NONE_TIED), ("R3", NONE_FREE)]
    for proposal in proposals:
        accept(proposal)
    assert adopting.prepare(other).changes == []
    assert lines_of(adopting.prepare(planned())) == []


@pytest.mark.usefixtures("_record")
def test_what_is_allocated_to_a_need_that_was_withdrawn_is_taken_back() -> None:
    adopted()
    version = RequirementVersion.objects.get(requirement__key="R1")
    record(
        {"requirements": [row_of(version, REQUIREMENTS, CELL) | {"state": "withdrawn"}]}, CELL, "not needed any more"
    )
    run = planned()
    assert brought(run) == {"R2": 2, "R3": 2}
    assert lines_of(adopting.prepare(run)) == [("take back", "R1", 2), ("allocate", "R3", 2)]


@pytest.mark.usefixtures("_record")
def test_a_stale_line_holds_nothing_that_a_later_line_needs() -> None:
    """Three vans are more than R1 lacks; all four are still free for the lines after it."""
    run = running.ask(WANTED, CELL, 0.0, 5)
    run.found = {"allocations": [{"offer": "O1", "requirement": need, "quantity": units, "last_usable": 1}
                                 for need, units in (("R1", 3.0), ("R2", 2.0), ("R3", 2.0))]}  # fmt: skip
    adoption = adopting.prepare(run)
    assert adoption.stale == [("O1", "R1", "the requirement lacks less than the plan brings")]
    assert lines_of(adoption) == [("allocate", "R2", 2), ("allocate", "R3", 2)]


def relay() -> Problem:
    """Return vans that go from A over B to C, with little room everywhere."""
    lane = {"mode": "road", "transit_days": 2, "capacity_t_per_day": 10.0, "cost_per_t": 0.0}
    return vans(
        places=[{"id": key, "name": key, "storage_t": 9.0, "handling_t_per_day": 12.0} for key in "ABC"],
        lanes=[{**lane, "id": "AB", "origin": "A", "destination": "B"},
               {**lane, "id": "BC", "origin": "B", "destination": "C"}],
    )  # fmt: skip


@pytest.mark.parametrize("engine", ENGINES)
def test_goods_at_a_hub_are_kept_from_there_and_can_be_taken_back_there(engine: str) -> None:
    with fresh(engine):
        import_problem(relay(), "relay.json", "0" * 64)
        stages = [Position("committed", place="A"), Position("allocated", requirement="R2", place="A"),
                  Position("in transit", requirement="R2", consignment="W1"),
                  Position("at hub", requirement="R2", place="B", consignment="W1")]  # fmt: skip
        for number, (source, target) in enumerate(pairwise(stages), start=2):
            post(Draft(system("cell"), moves=[Move("O1", Act.ADVANCE, source, target, 2, day(number))]))
        legs = [["AB", "2026-03-01"], ["BC", "2026-03-06"]]
        Way.objects.create(commitment=Commitment.objects.get(), requirement=Requirement.objects.get(key="R2"),
                           place="A", parts=2, legs=legs, usable=date(2026, 3, 8))  # fmt: skip
        found = snapshot(replace(WANTED, start=date(2026, 3, 5)), CELL)
        assert found.keep == (Movement("O1 @ B", "R2", 2.0, (Leg("BC", 1),), 3),)
        rows = found.problem.offers[["id", "origin", "quantity", "in_storage"]]
        assert [tuple(row) for row in rows.itertuples(index=False)] == [("O1", "A", 2, False), ("O1 @ B", "B", 2, True)]
        run = running.ask(replace(WANTED, start=date(2026, 3, 5)), CELL, 0.0, 5)
        (back,) = adopting.adopt(run, CELL, SOON).proposals  # as if its plan had no use for them
        assert (back.kind, back.place, accept(back).state) == ("take back", "B", "posted")
        stands = models.Position.objects.filter(quantity__gt=0).exclude(stage="committed")
        assert [(one.stage, one.requirement, one.consignment, one.quantity) for one in stands] == [
            ("at hub", None, "W1", 2)
        ]  # fmt: skip
        assert audit_ledger().faults == []


def test_goods_under_way_take_what_is_left_of_their_way() -> None:
    """Three vans left A the day before the first; they come to B on day 1, stay two nights, and leave on day 3."""
    legs = (("AB", START - timedelta(days=1)), ("BC", START + timedelta(days=3)))
    journey = Journey(3, legs, START + timedelta(days=5))
    found = reserve(relay(), [Held("van", 3.0, journey, left=True)])
    rows = found.exceptions[["lane", "first_day", "last_day", "capacity_t_per_day"]]
    assert [tuple(row) for row in rows.itertuples(index=False)] == [("BC", 3, 3, 4.0)]
    assert [tuple(row) for row in found.taken.itertuples(index=False)] == [
        ("handling", "B", 1, 6.0), ("handling", "B", 3, 6.0), ("handling", "C", 5, 6.0),
        ("storage", "B", 1, 6.0), ("storage", "B", 2, 6.0),
    ]  # fmt: skip
    assert list(found.handling_by_day()[1, :4]) == [12.0, 6.0, 12.0, 6.0]
    assert list(found.storage_by_day()[1, :4]) == [9.0, 3.0, 3.0, 9.0]


def test_goods_that_should_have_left_and_have_not_take_their_way_from_the_first_day_on() -> None:
    """Three vans should have left A the day before the first: from day 0 on they reach B on day 2, and leave on day 3.

    Where the lane runs from day 2 on only, they come to B on day 4 and leave at once, a day later than planned.
    """
    legs = (("AB", START - timedelta(days=1)), ("BC", START + timedelta(days=3)))
    late = Held("van", 3.0, Journey(3, legs, START + timedelta(days=5)), left=False)
    found = reserve(relay(), [late])
    rows = found.exceptions[["lane", "first_day", "last_day", "capacity_t_per_day"]]
    assert [tuple(row) for row in rows.itertuples(index=False)] == [("AB", 0, 0, 4.0), ("BC", 3, 3, 4.0)]
    assert [tuple(row) for row in found.taken.itertuples(index=False)] == [
        ("handling", "A", 0, 6.0), ("handling", "B", 2, 6.0), ("handling", "B", 3, 6.0), ("handling", "C", 5, 6.0),
        ("storage", "B", 2, 6.0),
    ]  # fmt: skip
    shut = [{"lane": "AB", "first_day": 0, "last_day": 1, "capacity_t_per_day": 0.0, "note": ""}]
    (moved,) = postponed(replace(relay(), exceptions=table("exceptions", shut)), [late])
    assert moved.journey == Journey(
        3, (("AB", START + timedelta(days=2)), ("BC", START + timedelta(days=4))), START + timedelta(days=6)
    )
    for_good = [{"lane": "AB", "first_day": 0, "last_day": 9, "capacity_t_per_day": 0.0, "note": ""}]
    (stays,) = postponed(replace(relay(), exceptions=table("exceptions", for_good)), [late])
    assert stays.journey == Journey(3)


def test_what_is_planned_beside_goods_under_way_fits_in_what_they_leave() -> None:
    """B's handling leaves one van on day 1: of two that are wanted at B on day 2, one comes a day later."""
    needs = vans().requirements.iloc[:1].assign(due=2)
    problem = replace(relay(), requirements=needs, accepts=vans().accepts.iloc[:1])
    taken = replace(problem, taken=reserve(problem, [
        Held("van", 5.0, Journey(5, (("AB", START),), None), left=False)]).taken)  # fmt: skip
    found = solve(taken, GapOrTime(0.0, 5.0), keep=Plan("vans", 0.0, 0.0))
    assert {(move.usable, move.quantity) for move in found.movements} == {(2, 1.0), (3, 1.0)}


def test_crews_of_courses_that_began_are_there_for_what_is_kept_only() -> None:
    items = [{"id": "van", "name": "Van", "mass_t": 2.0, "training": "driver", "seats_per_unit": 2.0}]
    course = {"training": "driver", "duration_days": 5, "seats": 10}
    problem = vans(items=items, courses=[{**course, "id": "C2", "start": 1}])
    begun = table("courses", [{**course, "id": "C1", "start": -3}])
    kept = [Movement("O1", "R1", 1.0, (Leg("AB", 3),), 4)]
    held = [Held("van", 3.0, Journey(3, (("AB", START),), START + timedelta(days=7)), left=True)]
    found = crewed(problem, begun, held, kept).courses
    rows = found[["id", "start", "duration_days", "seats"]]
    assert [tuple(row) for row in rows.itertuples(index=False)] == [("C2", 1, 5, 4), ("C1", 0, 2, 2)]
