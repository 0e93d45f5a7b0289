"""A workbook becomes reference data, committed goods and validated needs; a newer version posts only differences."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from pledgeway.access.deciding import system
from pledgeway.accounts.moves import Move, Position
from pledgeway.accounts.stages import Act
from pledgeway.formats import read_problem, write_problem
from pledgeway.intake.workbook import Imported, import_problem, import_workbook
from pledgeway.ledger.audit import audit_ledger
from pledgeway.ledger.balances import balances
from pledgeway.ledger.models import Batch, CommitmentTerms, RequirementVersion
from pledgeway.ledger.posting import Draft, post
from pledgeway.planning.problem import Problem
from pledgeway.registry.models import Change, Closure, Item, Lane, Party
from pledgeway.tables.faults import FaultyInput
from tests.intake.small import small
from tests.ledger.promises import day

EXAMPLE = Path(__file__).parents[2] / "examples" / "coalition.xlsx"
pytestmark = pytest.mark.usefixtures("sqlite")


def brought(problem: Problem) -> Imported:
    return import_problem(problem, "small.json", "0" * 64)


def standing() -> dict[tuple[str, str], int]:
    return {
        (line.group["commitment"], line.group["stage"]): line.amount.quantity
        for line in balances(["commitment", "stage"])
    }


def with_offer(problem: Problem, **values: object) -> Problem:
    offers = problem.offers.copy()
    for name, value in values.items():
        offers.loc[offers["id"] == "O1", name] = value
    return replace(problem, offers=offers)


def test_offers_are_committed_goods_and_needs_are_validated() -> None:
    done = brought(small())
    assert (done.batch, done.new, done.postings) == (1, 3, 4)
    assert standing() == {("O1", "committed"): 10, ("O2", "committed"): 2_500_000}
    terms = CommitmentTerms.objects.get(commitment__key="O1")
    assert (terms.donor.name, terms.item and terms.item.code, terms.place and terms.place.code) == (
        "Norway",
        "van",
        "A",
    )
    assert (terms.available_from, terms.available_until) == (date(2026, 3, 3), date(2026, 3, 30))
    need = RequirementVersion.objects.get()
    assert (need.state, need.quantity, need.due, need.accepts) == (
        "validated", 8, date(2026, 3, 21), [["van", "1"], ["truck", "0.5"]],
    )  # fmt: skip
    assert "quantity: 10.0" in terms.statement.passage if terms.statement else False
    assert audit_ledger().faults == []


def test_all_its_parties_see_its_rows_and_nobody_else_does() -> None:
    brought(small())
    (code,) = CommitmentTerms.objects.values_list("marking", flat=True)[0]
    group = Party.objects.get(code=code)
    assert {party.name for party in group.members.all()} == {"Norway", "Canada", "Ministry", "Other desk"}


def test_twice_changes_nothing(tmp_path: Path) -> None:
    write_problem(small(), tmp_path / "small.json")
    import_workbook(tmp_path / "small.json")
    changes = Change.objects.count()
    again = import_workbook(tmp_path / "small.json")
    assert (again.batch, again.postings, again.changed, again.reference) == (None, 0, [], 0)
    assert (Batch.objects.count(), Change.objects.count()) == (1, changes)


def test_a_raised_quantity_amends_and_a_lowered_one_is_withdrawn() -> None:
    brought(small())
    assert brought(with_offer(small(), quantity=12)).changed == ["O1"]
    assert standing()["O1", "committed"] == 12
    brought(with_offer(small(), quantity=7))
    assert (standing()["O1", "committed"], standing()["O1", "withdrawn"]) == (7, 5)
    brought(with_offer(small(), quantity=9))
    assert (standing()["O1", "committed"], standing()["O1", "withdrawn"]) == (9, 5)
    assert audit_ledger().faults == []


def test_new_terms_are_a_new_version() -> None:
    brought(small())
    done = brought(with_offer(small(), available_until=20))
    assert (done.changed, done.postings) == (["O1"], 0)
    assert CommitmentTerms.objects.filter(commitment__key="O1").count() == 2


def test_what_is_allocated_cannot_be_lowered_away_and_nothing_is_written() -> None:
    brought(small())
    allocated = Position("allocated", requirement="R1", place="A")
    post(Draft(system("cell"), moves=[Move("O1", Act.ADVANCE, Position("committed", place="A"), allocated, 8, day(2))]))
    changed = with_offer(small(), quantity=5)
    places = changed.places.assign(name="Renamed")
    with pytest.raises(FaultyInput, match=r"Offers, quantity of row 1: found '5.0'; allowed: at least 8"):
        brought(replace(changed, places=places))
    assert Batch.objects.count() == 2
    assert not Change.objects.filter(new="Renamed").exists()


def test_what_is_no_longer_listed_stays_and_is_named() -> None:
    brought(small())
    done = brought(replace(small(), offers=small().offers.iloc[:1]))
    assert (done.gone, done.batch) == (["O2"], None)
    assert standing()["O2", "committed"] == 2_500_000


def test_ids_of_another_file_are_refused_all_at_once() -> None:
    brought(small())
    with pytest.raises(FaultyInput) as refused:
        brought(replace(small(), name="another"))
    assert [fault.found for fault in refused.value.faults] == ["'O1'", "'O2'", "'R1'"]


def test_without_a_date_nothing_can_be_recorded() -> None:
    with pytest.raises(FaultyInput, match="Start, start date"):
        brought(replace(small(), start_date=None))


def test_changes_of_reference_data_are_kept() -> None:
    brought(small())
    lanes = small().lanes.assign(capacity_t_per_day=99.0)
    closures = pd.DataFrame([{"lane": "L", "first_day": 5, "last_day": 6, "capacity_t_per_day": 0.0, "note": None}])
    done = brought(replace(small(), lanes=lanes, exceptions=closures))
    assert (done.batch, done.reference) == (None, 3)
    change = Change.objects.get(field="capacity_t_per_day")
    assert (change.table, change.code, change.old, change.new) == ("lane", "L", "40.0", "99.0")
    assert Lane.objects.get().capacity_t_per_day == 99
    assert [row.first_day for row in Closure.objects.all()] == [date(2026, 3, 6)]


def test_the_example_comes_in_whole() -> None:
    problem = read_problem(EXAMPLE)
    done = import_workbook(EXAMPLE, marking=["public"])
    assert done.new == len(problem.offers) + len(problem.requirements)
    assert Item.objects.filter(mass_t__isnull=False).count() == len(problem.items)
    assert audit_ledger().faults == []
    assert import_workbook(EXAMPLE, marking=["public"]).batch is None
