"""What people do to workbooks that changes nothing about their meaning is understood."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest

from pledgeway.formats import read
from pledgeway.planning.problem import digest
from tests.formats.sample import Sheets, sample, sample_sheets, set_cell, set_start, write_sheets


@pytest.fixture
def sheets() -> Sheets:
    return sample_sheets()


def assert_unchanged(sheets: Sheets, folder: Path) -> None:
    reading = read(write_sheets(sheets, folder / "changed.xlsx"))
    assert digest(reading.problem) == digest(sample())
    assert [str(warning) for warning in reading.warnings] == []


def test_columns_in_any_order(sheets: Sheets, tmp_path: Path) -> None:
    for name, rows in sheets.items():
        if name != "Start":
            sheets[name] = [list(reversed(row)) for row in rows]
    assert_unchanged(sheets, tmp_path)


def test_sheets_in_any_order(sheets: Sheets, tmp_path: Path) -> None:
    assert_unchanged(dict(reversed(sheets.items())), tmp_path)


@pytest.mark.parametrize(
    "spelling", ["storage_t", "STORAGE", " storage  (tonnes)", "Storage [t]", "Storage:", "Storage *"]
)
def test_headers_in_many_spellings(spelling: str, sheets: Sheets, tmp_path: Path) -> None:
    set_cell(sheets, "Places", 1, "Storage", spelling)
    assert_unchanged(sheets, tmp_path)


def test_the_tables_own_column_names_are_headers_too(sheets: Sheets, tmp_path: Path) -> None:
    sheets["Offers"][0] = ["id", "donor", "item", "quantity", "origin", "available_from", "available_until",
                           "recipients", "in_storage", "source", "note"]  # fmt: skip
    sheets["OFFERS "] = sheets.pop("Offers")
    assert_unchanged(sheets, tmp_path)


def test_blank_rows_and_rows_above_the_headers(sheets: Sheets, tmp_path: Path) -> None:
    for name in sheets:
        if name != "Start":
            headers, *rows = sheets[name]
            sheets[name] = [[], ["", None], headers, [None], *[line for row in rows for line in (row, ["  "])]]
    assert_unchanged(sheets, tmp_path)


@pytest.mark.parametrize(
    ("sheet", "row", "header", "value"),
    [
        ("Offers", 2, "Quantity", "10"),
        ("Offers", 2, "Quantity", " 10.0 "),
        ("Offers", 2, "Quantity", "+1e1"),
        ("Lanes", 2, "Transit", "4"),
        ("Lanes", 2, "Transit", 4.0),
        ("Requirements", 2, "Due", "2026-03-15"),
        ("Requirements", 2, "Due", "2026-03-15T00:00:00"),
        ("Requirements", 2, "Due", datetime(2026, 3, 15, 14, 30)),
        ("Requirements", 2, "Due", 14),
        ("Requirements", 2, "Due", "14"),
        ("Requirements", 2, "Due", 46096),
        ("Offers", 4, "Id", "  007 "),
        ("Offers", 2, "Item", " gen\u00a0"),
        ("Offers", 2, "In storage", "FALSE"),
        ("Offers", 2, "In storage", False),
        ("Offers", 2, "In storage", None),
        ("Offers", 3, "In storage", 1),
        ("Offers", 3, "Recipients", "Army;;  \"Hospitals; north\";"),
        ("Places", 2, "Kind", "PORT"),
        ("Places", 4, "Kind", "Hand-over"),
        ("Requirements", 4, "Priority", None),
        ("Requirements", 2, "Weight", 200),
    ],
)  # fmt: skip
def test_values_in_many_spellings(
    sheet: str, row: int, header: str, value: Any, sheets: Sheets, tmp_path: Path
) -> None:
    set_cell(sheets, sheet, row, header, value)
    assert_unchanged(sheets, tmp_path)


@pytest.mark.parametrize("start", ["2026-03-01", datetime(2026, 3, 1, 8), 46082])
def test_the_start_date_in_many_spellings(start: Any, sheets: Sheets, tmp_path: Path) -> None:
    set_start(sheets, "Start date", start)
    assert_unchanged(sheets, tmp_path)


def test_ids_typed_as_numbers_are_text(sheets: Sheets, tmp_path: Path) -> None:
    set_cell(sheets, "Places", 3, "Id", 17)
    set_cell(sheets, "Lanes", 2, "Destination", "17")
    set_cell(sheets, "Lanes", 3, "Origin", 17.0)
    set_cell(sheets, "Offers", 3, "Origin", 17)
    assert read(write_sheets(sheets, tmp_path / "ids.xlsx")).problem.lanes["destination"].tolist() == ["17", "LVI"]


def test_a_problem_without_a_name_has_its_files(sheets: Sheets, tmp_path: Path) -> None:
    set_start(sheets, "Name", None)
    assert read(write_sheets(sheets, tmp_path / "spring.xlsx")).problem.name == "spring"


def test_an_offer_without_a_window_is_available_throughout(sheets: Sheets, tmp_path: Path) -> None:
    set_cell(sheets, "Offers", 2, "Available from", None)
    set_cell(sheets, "Offers", 2, "Available until", None)
    offers = read(write_sheets(sheets, tmp_path / "open.xlsx")).problem.offers
    assert (offers["available_from"][0], offers["available_until"][0]) == (0, 29)


def test_worths_of_priorities_give_the_weights_left_empty(sheets: Sheets, tmp_path: Path) -> None:
    for row in sheets["Start"]:
        if row[:2] == [1.0, 100.0]:
            row[1] = "250"
    weights = read(write_sheets(sheets, tmp_path / "worths.xlsx")).problem.requirements["weight"].tolist()
    assert weights == [250 * 2.0, 61.7, 35 * 18.0]


def test_dates_before_the_spreadsheets_own_are_text(sheets: Sheets, tmp_path: Path) -> None:
    set_start(sheets, "Start date", "1899-03-01")
    for sheet, columns in {"Offers": (5, 6), "Requirements": (5,), "Closures": (1, 2), "Courses": (2,)}.items():
        for row in sheets[sheet][1:]:
            for column in columns:
                if isinstance(row[column], date):
                    row[column] = row[column].replace(year=1899).isoformat()
    problem = read(write_sheets(sheets, tmp_path / "old.xlsx")).problem
    assert problem.start_date == date(1899, 3, 1)
    assert problem.requirements["due"].tolist() == [14, 20, 29]
