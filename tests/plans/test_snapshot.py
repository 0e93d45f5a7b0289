"""The record's state as a problem: what was imported comes out again, less what is allocated."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from pledgeway.access.deciding import NOBODY, Reader, system
from pledgeway.access.roles import Role
from pledgeway.accounts.moves import Move, Position
from pledgeway.accounts.stages import Act
from pledgeway.formats import read_problem
from pledgeway.intake.workbook import import_problem, import_workbook
from pledgeway.ledger.models import CommitmentTerms
from pledgeway.ledger.posting import Draft, post
from pledgeway.planning import Rounds, solve
from pledgeway.planning.plan import Movement
from pledgeway.planning.problem import Problem, to_dict
from pledgeway.planning.sailing import sailing_exceptions, sailing_from
from pledgeway.plans.snapshot import NOBODY as NOBODY_MAY
from pledgeway.plans.snapshot import Snapshot, Wanted, commitment_of, snapshot
from pledgeway.registry.models import Item, Party
from tests.databases import ENGINES, fresh
from tests.intake.small import small
from tests.ledger.promises import day

EXAMPLE = Path(__file__).parents[2] / "examples" / "coalition.xlsx"
COORDINATOR = Reader("cell", Role.COORDINATOR)


@pytest.fixture(params=ENGINES)
def engine(request: pytest.FixtureRequest) -> Iterator[str]:
    with fresh(request.param):
        yield request.param


def taken(problem: Problem, **more: Any) -> Snapshot:
    assert problem.start_date is not None
    wanted = Wanted(problem.start_date, problem.days, problem.transport_weight, name=problem.name)
    return snapshot(replace(wanted, **more), COORDINATOR)


def bare(problem: Problem) -> dict[str, Any]:
    """Return a problem without the words that the planner does not read."""
    found = to_dict(problem)
    found.pop("note", None)
    for rows in found.values():
        for row in rows if isinstance(rows, list) else ():
            row.pop("source", None)
            row.pop("note", None)
    return found


@pytest.mark.usefixtures("engine")
@pytest.mark.parametrize("whole", [False, True])
def test_what_was_imported_comes_out_again(whole: bool) -> None:
    problem = read_problem(EXAMPLE) if whole else small()
    import_problem(problem, "file", "0" * 64)
    found = taken(problem)
    assert bare(found.problem) == bare(problem)
    assert (found.not_plannable, found.batch) == ([], 1)
    assert solve(found.problem, Rounds(3)).value == pytest.approx(solve(problem, Rounds(3)).value)


@pytest.mark.usefixtures("engine")
def test_what_is_allocated_is_kept_and_what_departed_is_offered_and_needed_no_more() -> None:
    import_problem(small(), "file", "0" * 64)
    committed, allocated = Position("committed", place="A"), Position("allocated", requirement="R1", place="A")
    post(Draft(system("cell"), moves=[Move("O1", Act.ADVANCE, committed, allocated, 5, day(2))]))
    found = taken(small())
    assert list(found.problem.offers["quantity"]) == [10, 2.5]
    assert list(found.problem.requirements["quantity"]) == [8]
    assert found.keep == (Movement("O1", "R1", 5.0, (), 0),)
    transit = Position("in transit", requirement="R1", consignment="W")
    onwards = Move("O1", Act.ADVANCE, allocated, transit, 5, day(3))
    post(
        Draft(
            system("cell"),
            moves=[onwards, Move("O1", Act.ADVANCE, committed, Position("at hub", place="B"), 2, day(3))],
        )
    )
    after = taken(small())
    assert (list(after.problem.requirements["quantity"]), after.keep) == ([3], ())
    columns = after.problem.offers[["id", "origin", "quantity", "in_storage"]]
    assert [tuple(row) for row in columns.itertuples(index=False)] == [
        ("O1", "A", 3, False), ("O1 @ B", "B", 2, True), ("O2", "A", 2.5, False),
    ]  # fmt: skip
    assert commitment_of("O1 @ B") == ("O1", "B")
    # The window of the promise is that of the first departure: what has left its origin may go on after it.
    late = taken(small(), start=date(2026, 4, 1)).problem.offers[["id", "available_from", "available_until"]]
    assert [tuple(row) for row in late.itertuples(index=False)] == [("O1 @ B", 0, 29)]


def retold(key: str, **more: Any) -> None:
    """Tell the terms of a commitment anew, changed as ``more`` says."""
    row = CommitmentTerms.objects.filter(commitment__key=key).latest("pk")
    for name, value in more.items():
        setattr(row, name, value)
    row.pk = None
    row._state.adding = True
    post(Draft(system("cell"), entries=[row]))


@pytest.mark.usefixtures("engine")
def test_what_is_promised_to_a_party_by_name_is_planned_for_it_and_those_it_stands_for() -> None:
    import_problem(small(), "file", "0" * 64)
    ministry = Party.objects.get(name="Ministry")
    army, both = (Party.objects.create(code=name, name=name, kind="group") for name in ("Army", "Both"))
    both.members.add(army, ministry)
    retold("O1", recipient=both)
    assert taken(small()).problem.offers["recipients"][0] == ("Both", "Army", "Ministry")
    retold("O1", recipient=both, only_for=[army.code])
    assert taken(small()).problem.offers["recipients"][0] == ("Army",)
    retold("O1", recipient=ministry, only_for=[army.code])
    found = taken(small())
    assert list(found.problem.offers["id"]) == ["O2"]
    assert [(key, why) for key, _, why in found.not_plannable] == [("O1", NOBODY_MAY)]


@pytest.mark.usefixtures("engine")
def test_what_is_allocated_to_another_than_it_is_promised_to_is_not_needed_again() -> None:
    import_problem(small(), "file", "0" * 64)
    committed, allocated = Position("committed", place="A"), Position("allocated", requirement="R1", place="A")
    post(Draft(system("cell"), moves=[Move("O1", Act.ADVANCE, committed, allocated, 5, day(2))]))
    army = Party.objects.create(code="ARMY", name="Army", kind="organisation")
    for only_for in (
        None,
        [Party.objects.get(name="Ministry").code],
    ):  # who alone may have it was not promised it
        retold("O1", recipient=army, only_for=only_for)
        found = taken(small())
        assert (list(found.problem.requirements["quantity"]), found.keep) == ([3], ())


@pytest.mark.usefixtures("engine")
def test_what_cannot_be_planned_is_named_with_its_reason() -> None:
    import_problem(small(), "file", "0" * 64)
    Item.objects.filter(code="van").update(mass_t=None)
    late = taken(small(), start=date(2026, 4, 10))
    assert {key: why for key, _, why in late.not_plannable} == {
        "O1": "the mass of one unit of Van is not known",
        "O2": "its window ended on 2026-03-30",
        "R1": "it was worth nothing after 2026-03-26",
    }
    assert len(late.problem.offers) == len(late.problem.requirements) == 0


@pytest.mark.usefixtures("engine")
def test_days_are_counted_from_the_first_day_planned() -> None:
    import_problem(small(), "file", "0" * 64)
    found = taken(small(), start=date(2026, 3, 5), days=20).problem
    assert list(found.offers["available_from"]) == [0, 0]
    assert list(found.offers["available_until"]) == [19, 19]
    assert list(found.requirements["due"]) == [16]
    assert [tuple(row) for row in found.exceptions[["first_day", "last_day"]].itertuples(index=False)] == [(0, 0)]


@pytest.mark.usefixtures("engine")
def test_declined_pairs_are_forbidden_and_a_reader_plans_with_what_is_seen() -> None:
    import_problem(small(), "file", "0" * 64)
    found = taken(small(), excluded=[("O1", "R1"), ("gone", "R1")]).problem
    assert [tuple(row) for row in found.pins[["offer", "requirement", "kind"]].itertuples(index=False)] == [
        ("O1", "R1", "forbidden")
    ]
    assert len(snapshot(Wanted(date(2026, 3, 1)), NOBODY).problem.offers) == 0


@pytest.mark.parametrize("text", ["every 7 days from 3", "every 4 days", "Mon Thu", "every 5 days from 12"])
@pytest.mark.parametrize("later", [0, 1, 5, 13])
def test_ships_sail_on_the_same_dates_whichever_day_is_counted_from(text: str, later: int) -> None:
    start = date(2026, 3, 4)
    moved = start + timedelta(days=later)

    def sails(text: str, start: date, days: int) -> set[date]:
        idle = {day for first, last in sailing_exceptions(text, start, days) for day in range(first, last + 1)}
        return {start + timedelta(days=day) for day in range(days) if day not in idle}

    assert sails(sailing_from(text, start, moved), moved, 40) == {
        day for day in sails(text, start, 40 + later) if day >= moved
    }


def test_taking_one_does_not_load_the_engine() -> None:
    code = (
        "import django; django.setup(); import sys, pledgeway.plans.snapshot, pledgeway.portal.urls; "
        "sys.exit('numba' in sys.modules or 'highspy' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False, capture_output=True).returncode == 0


def test_the_example_is_imported_from_its_workbook() -> None:
    with fresh("sqlite"):
        import_workbook(EXAMPLE)
        assert len(taken(read_problem(EXAMPLE)).problem.offers) == len(read_problem(EXAMPLE).offers)
