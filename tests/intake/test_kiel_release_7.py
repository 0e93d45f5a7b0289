"""The real seventh release: the published results come out of its main sheet alone."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter
from python_calamine import CalamineWorkbook

from pledgeway.intake.kiel import Imported, import_tracker
from pledgeway.ledger.audit import audit_ledger
from pledgeway.ledger.models import Batch, Position, Posting
from pledgeway.ledger.reports import commitments, goods
from tests.databases import fresh, keep

RELEASE = Path(__file__).parents[2] / "../shared/data/kiel/ukraine_support_tracker_release_7.xlsx"
MAIN = "Bilateral assistance, MAIN DATA"
pytestmark = pytest.mark.skipif(not RELEASE.exists(), reason="the tracker's release 7 is not beside the repository")


@cache
def sheet(name: str) -> list[list[Any]]:
    book = CalamineWorkbook.from_path(str(RELEASE))
    return book.get_sheet_by_name(name).to_python(skip_empty_area=False)


def main_sheet_alone(path: Path, changes: dict[tuple[int, int], Any]) -> Path:
    """Write the release without any sheet of results, and with single cells (row and column from 0) changed."""
    with xlsxwriter.Workbook(path) as book:
        dates = book.add_format({"num_format": "yyyy-mm-dd"})
        for name in ("ReadMe", MAIN):
            target = book.add_worksheet(name)
            for at, row in enumerate(sheet(name)):
                for column, value in enumerate(row):
                    content = changes.get((at, column), value) if name == MAIN else value
                    if isinstance(content, date):
                        target.write_datetime(at, column, content, dates)
                    elif content != "":
                        target.write(at, column, content)
    return path


def imported(path: Path, changes: dict[tuple[int, int], Any] | None = None) -> Imported:
    return import_tracker(main_sheet_alone(path / "release.xlsx", changes or {}))


def country_summary() -> dict[tuple[str, str], float]:
    """Return the published commitments by donor and purpose, in EUR."""
    purposes = {3: "financial", 4: "humanitarian", 5: "military"}
    return {
        (row[1], purpose): row[column] * 1e9
        for row in sheet("Country Summary")
        if isinstance(row[3], float) and row[1] != "Total"
        for column, purpose in purposes.items()
    }


def published_weapons(name: str) -> dict[tuple[str, str], float]:
    """Return the published counts by item and donor."""
    header, *rows = sheet(name)
    return {
        (row[0].casefold(), header[column]): row[column]
        for row in rows
        for column in range(5, len(header))
        if header[column]
    }


def amounts() -> dict[tuple[str, str], float]:
    lines = commitments(["donor", "purpose"], "EUR")
    return {(line.group["donor"], line.group["purpose"]): float(line.amount) for line in lines}


@pytest.fixture(scope="module")
def release(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Imported]:
    """Return a database that the release was imported into, to be copied, and what was imported."""
    folder = tmp_path_factory.mktemp("release")
    with fresh("sqlite"):
        done = imported(folder)
        keep(folder / "release.sqlite3")
    return folder / "release.sqlite3", done


@pytest.fixture(params=["sqlite", "postgresql"])
def ledger(request: pytest.FixtureRequest, release: tuple[Path, Imported], tmp_path: Path) -> Iterator[Imported]:
    is_there = request.param == "sqlite"
    with fresh(request.param, release[0] if is_there else None):
        yield release[1] if is_there else imported(tmp_path)


def test_the_published_results_come_out_of_the_main_sheet(ledger: Imported, tmp_path: Path) -> None:
    assert ledger.tracker.row_count == 1032 == ledger.used
    published, found = country_summary(), amounts()
    assert len(published) == 123
    assert [cell for cell, amount in published.items() if abs(found[cell] - amount) > 1] == []
    lines = {(line.item.casefold(), line.donor): line for line in goods()}
    for name, figure, cells in (("Committed weapons", "promised", 1560), ("Delivered weapons", "delivered", 1520)):
        weapons = published_weapons(name)
        assert len(weapons) == cells
        counted = {key: getattr(line, figure).quantity / 10**line.decimals for key, line in lines.items()}
        assert [key for key, count in weapons.items() if counted.get(key, 0) != count] == []
    assert audit_ledger().faults == []
    before = (Batch.objects.count(), Posting.objects.count())
    assert imported(tmp_path).batch is None
    assert (Batch.objects.count(), Posting.objects.count()) == before


def test_a_changed_row_changes_its_cell_and_no_other(release: tuple[Path, Imported], tmp_path: Path) -> None:
    header = sheet(MAIN)[0]
    value, units = header.index("Converted Value in EUR"), header.index("No. of Units")
    at = next(number for number, row in enumerate(sheet(MAIN)) if row[8] == "Bushmaster Protected Mobility Vehicles")
    with fresh("sqlite", release[0]):
        amounts_before = amounts()
        counts_before = {(line.item, line.donor): line.promised for line in goods()}
        row = sheet(MAIN)[at]
        done = imported(tmp_path, {(at, value): row[value] + 1000.0, (at, units): row[units] + 7.0})
        assert done.changed
        changes = {key: round(amount - amounts_before[key], 2) for key, amount in amounts().items()}
        assert {key: change for key, change in changes.items() if change} == {("Australia", "military"): 1000.0}
        counts = {(line.item, line.donor): line.promised for line in goods()}
        different = {key: amount for key, amount in counts.items() if amount != counts_before[key]}
        item = ("Bushmaster Protected Mobility Vehicles", "Australia")
        assert different == {item: counts_before[item].plus(7, 0)}
        assert audit_ledger().faults == []


def test_what_is_undisclosed_stays_unknown(release: tuple[Path, Imported]) -> None:
    with fresh("sqlite", release[0]):
        secret = sum(row[12] in ("undisclosed", "Undisclosed") for row in sheet(MAIN))
        assert secret == 241
        assert Position.objects.filter(marks__gt=0, stage="pledged", commitment__kind="goods").count() >= secret
