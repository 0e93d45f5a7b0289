"""A registry workbook comes in whole, by the rules of the forms on screen, or not at all."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import openpyxl
import pytest

from pledgeway.formats.workbook import write_registry_template
from pledgeway.forums.models import Decision, Forum, Meeting
from pledgeway.intake.reference.workbook import import_registry
from pledgeway.registry.models import Change, Item, Party
from pledgeway.tables.faults import FaultyInput

pytestmark = pytest.mark.usefixtures("sqlite")
SHEETS: dict[str, list[list[Any]]] = {
    "Parties": [["NORDIC", "Nordic group", "group", None, "NO; DK"], ["NO", "Norway", "state", "NO", None, "Norge"],
                ["DK", "Denmark", "state", "DK"]],
    "Items": [["tent", "Tent", "shelter", None, "piece", 0, 0.2]],
    "Forums": [["F", "Forum", None, "NO", "NO; DK"]],
    "Meetings": [["F1", "F", "2026-03-01", "First", "Oslo", None, "public"]],
    "Decisions": [["D1", "F1", "Tents for all", None, None, "NORDIC"]],
}  # fmt: skip


def filled(file: Path, sheets: dict[str, list[list[Any]]]) -> Path:
    write_registry_template(file)
    book = openpyxl.load_workbook(file)
    for name, rows in sheets.items():
        for at, row in enumerate(rows, start=2):
            for column, value in enumerate(row, start=1):
                book[name].cell(at, column, value)
    book.save(file)
    return file


def test_it_brings_rows_that_name_each_other_and_changes_only_what_differs(tmp_path: Path) -> None:
    done = import_registry(filled(tmp_path / "a.xlsx", SHEETS), "cora")
    assert done.new == 7
    assert set(Party.objects.get(code="NORDIC").members.values_list("code", flat=True)) == {"NO", "DK"}
    assert set(Party.objects.get(code="NO").aliases.values_list("name", flat=True)) == {"Norge", "Norway"}
    assert (Item.objects.get().category, Forum.objects.get().chair_id) == ("shelter", Party.objects.get(code="NO").pk)
    assert (Meeting.objects.get().marking, Decision.objects.get().marking) == (["public"], ["NORDIC"])
    before = Change.objects.count()
    assert import_registry(tmp_path / "a.xlsx", "cora").changed == []
    assert Change.objects.count() == before
    later = SHEETS | {"Items": [["tent", "Large tent", "shelter", None, "piece", 0, 0.3]]}
    assert import_registry(filled(tmp_path / "b.xlsx", later), "dora").changed == ["item tent"]
    assert set(Change.objects.filter(author="dora").values_list("field", flat=True)) >= {"name", "mass_t"}


def test_every_fault_is_told_with_its_cell_and_nothing_comes_in(tmp_path: Path) -> None:
    wrong = SHEETS | {
        "Parties": [["NO", "Norway", "state", "no"], ["DK", "norway", "kingdom"]],
        "Decisions": [["D1", "F9", "Tents", None, None, "XX"]],
    }
    with pytest.raises(FaultyInput) as refused:
        import_registry(filled(tmp_path / "a.xlsx", wrong), "cora")
    where = [fault.where for fault in refused.value.faults]
    assert {"Parties!D2", "Parties!C3", "Decisions!B2", "Decisions!F2"} <= set(where)
    assert not Party.objects.exists()
    assert not Change.objects.exists()


def test_groups_of_one_file_do_not_hold_each_other(tmp_path: Path) -> None:
    rows = {"Parties": [["A", "A", "group", None, "B"], ["B", "B", "group", None, "A"]]}
    with pytest.raises(FaultyInput, match="do not hold the group itself"):
        import_registry(filled(tmp_path / "a.xlsx", rows), "cora")
    assert not Party.objects.exists()
