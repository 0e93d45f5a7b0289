"""Every kind of fault in a workbook is found, with its cell, what was found and what is allowed."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from pledgeway.formats import read
from pledgeway.tables.faults import FaultyInput
from tests.formats.sample import Sheets, sample_sheets, set_cell, set_start, write_sheets


@pytest.fixture
def sheets() -> Sheets:
    return sample_sheets()


def faults_of(sheets: Sheets, folder: Path) -> list[tuple[str, str, str]]:
    with pytest.raises(FaultyInput) as caught:
        read(write_sheets(sheets, folder / "faulty.xlsx"))
    return [(fault.where, fault.found, fault.allowed) for fault in caught.value.faults]


def warnings_of(sheets: Sheets, folder: Path) -> list[str]:
    return [str(warning) for warning in read(write_sheets(sheets, folder / "fine.xlsx")).warnings]


DAYS = "a day of the plan, from 2026-03-01 to 2026-03-30"
ONE_CELL: list[tuple[str, int, str, Any, str, str, str]] = [
    ("Offers", 2, "Quantity", -3, "Offers!D2", "-3", "a number of 0 or more"),
    ("Offers", 2, "Quantity", None, "Offers!D2", "nothing", "a number of 0 or more"),
    ("Offers", 2, "Quantity", "many", "Offers!D2", "'many'", "a number of 0 or more"),
    ("Offers", 2, "Quantity", "1,5", "Offers!D2", "'1,5'", "a number of 0 or more; a decimal point, no commas"),
    ("Offers", 2, "Quantity", "1e999", "Offers!D2", "inf", "a number of 0 or more"),
    ("Offers", 2, "Quantity", "nan", "Offers!D2", "'nan'", "a number of 0 or more"),
    ("Offers", 2, "Quantity", True, "Offers!D2", "yes", "a number of 0 or more"),
    ("Offers", 2, "Quantity", date(2026, 3, 1), "Offers!D2", "2026-03-01", "a number of 0 or more"),
    ("Offers", 2, "Id", None, "Offers!A2", "nothing", "a text"),
    ("Offers", 2, "Item", "generator", "Offers!C2", "'generator'", "the id of an item"),
    ("Offers", 2, "Item", "GEN", "Offers!C2", "'GEN'", "the id of an item; the closest is 'gen'"),
    ("Offers", 2, "Origin", "OSLO", "Offers!E2", "'OSLO'", "the id of a place; the closest is 'OSL'"),
    ("Offers", 2, "In storage", "perhaps", "Offers!I2", "'perhaps'", "yes or no, or nothing (no)"),
    ("Offers", 2, "Available from", "soon", "Offers!F2", "'soon'",
     "a date such as 2026-03-31, or nothing (the first day)"),
    ("Offers", 2, "Available until", date(2027, 3, 1), "Offers!G2", "2027-03-01", DAYS),
    ("Requirements", 3, "Due", date(2026, 2, 28), "Requirements!F3", "2026-02-28", DAYS),
    ("Requirements", 3, "Due", "2026-02-30", "Requirements!F3", "'2026-02-30'", "a date such as 2026-03-31"),
    ("Requirements", 3, "Grace", 1.5, "Requirements!G3", "1.5",
     "a whole number from 0 to 1,000,000,000, or nothing (0)"),
    ("Requirements", 3, "Priority", 0, "Requirements!I3", "0",
     "a whole number from 1 to 1,000,000,000, or nothing (3)"),
    ("Requirements", 2, "Priority", 9, "Requirements!H2", "nothing, for priority 9",
     "a weight, or a priority to which the sheet Start gives a worth (1, 2, 3, 4, 5)"),
    ("Requirements", 3, "Destination", "Lvi ", "Requirements!E3", "'Lvi'", "the id of a place; the closest is 'LVI'"),
    ("Requirements", 4, "Item", None, "Requirements!C4", "no accepted item", "at least one item it accepts"),
    ("Requirements", 3, "Destination", "OSL", "", "", ""),
    ("Places", 2, "Kind", "harbour", "Places!C2", "'harbour'",
     "depot, port, airport, rail, hub or handover, or nothing (depot)"),
    ("Places", 2, "Latitude", 91, "Places!E2", "91", "a number from -90 to 90, or nothing (unknown)"),
    ("Places", 3, "Id", "OSL", "Places!A3", "id 'OSL' again", "each only once; it stands at Places!A2 already"),
    ("Lanes", 2, "Transit", 0, "Lanes!E2", "0", "a whole number from 1 to 1,000,000,000"),
    ("Lanes", 2, "Destination", "nowhere", "Lanes!C2", "'nowhere'", "the id of a place"),
    ("Lanes", 2, "Sailing days", "Mo and Do", "Lanes!H2", "'Mo and Do'", "weekdays such as 'Mon Thu' (needs a start "
     "date), or 'every 7 days', or 'every 7 days from 3' (day 3 sails first)"),
    ("Closures", 2, "Last day", date(2026, 3, 2), "Closures!C2", "2026-03-02",
     "a day not before the first day, 2026-03-06"),
    ("Substitutes", 2, "Factor", 0, "Substitutes!C2", "0", "a number above 0 and up to 1, or nothing (1)"),
    ("Substitutes", 2, "Factor", 1.2, "Substitutes!C2", "1.2", "a number above 0 and up to 1, or nothing (1)"),
    ("Substitutes", 2, "Item", "gen", "Substitutes!B2", "'gen', which R1 asks for already",
     "items other than the one the requirement asks for"),
    ("Courses", 2, "Seats", -1, "Courses!E2", "-1", "a whole number from 0 to 1,000,000,000"),
    ("Pins", 2, "Quantity", None, "Pins!D2", "nothing", "the number of units that are fixed"),
    ("Pins", 2, "Quantity", 5, "Pins!D2", "5 units fixed of requirement R1", "no more than its 4"),
    ("Pins", 2, "Quantity", 1.5, "Pins!D2", "1.5", "whole units of 'gen', which is not divisible"),
    ("Pins", 2, "Requirement", "R3", "Pins!B2", "'R3', which does not accept 'gen'",
     "a requirement that accepts the offer's item"),
    ("Pins", 2, "Kind", "fix", "Pins!C2", "'fix'", "fixed or forbidden; the closest is 'fixed'"),
]  # fmt: skip


@pytest.mark.parametrize(("sheet", "row", "header", "value", "where", "found", "allowed"), ONE_CELL)
def test_a_cell_at_fault_is_named(
    sheet: str, row: int, header: str, value: Any, where: str, found: str, allowed: str, sheets: Sheets, tmp_path: Path
) -> None:
    set_cell(sheets, sheet, row, header, value)
    if where:
        assert (where, found, allowed) in faults_of(sheets, tmp_path)
    else:
        assert warnings_of(sheets, tmp_path)


def test_a_reversed_window_is_named(sheets: Sheets, tmp_path: Path) -> None:
    set_cell(sheets, "Offers", 2, "Available from", "2026-03-25")
    assert faults_of(sheets, tmp_path) == [
        ("Offers!G2", "2026-03-21", "a day not before the offer is available, on 2026-03-25")
    ]


def test_a_destination_that_no_lane_reaches_is_named(sheets: Sheets, tmp_path: Path) -> None:
    sheets["Places"].append(["KYI", "Kyiv", "handover"])
    set_cell(sheets, "Requirements", 3, "Destination", "KYI")
    assert faults_of(sheets, tmp_path) == [
        ("Requirements!E3", "'KYI', which no lane reaches", "a place that a lane leads to")
    ]


def test_a_fixed_pin_for_whom_the_donor_excludes_is_named(sheets: Sheets, tmp_path: Path) -> None:
    set_cell(sheets, "Offers", 2, "Recipients", "Hospitals; Navy")
    wheres = [fault[:2] for fault in faults_of(sheets, tmp_path)]
    assert wheres == [("Pins!B2", "'R1' of Army, whom the offer excludes")]


def test_all_faults_are_listed_at_once(sheets: Sheets, tmp_path: Path) -> None:
    set_cell(sheets, "Offers", 2, "Quantity", "many")
    set_cell(sheets, "Lanes", 3, "Capacity", None)
    set_cell(sheets, "Requirements", 4, "Destination", "Lwiw")
    set_start(sheets, "Days", "thirty")
    assert {where for where, _, _ in faults_of(sheets, tmp_path)} >= {
        "Offers!D2", "Lanes!F3", "Requirements!E4", "Start!B19"
    }  # fmt: skip


def test_one_fault_is_said_once(sheets: Sheets, tmp_path: Path) -> None:
    set_cell(sheets, "Items", 2, "Mass", "heavy")
    assert [where for where, _, _ in faults_of(sheets, tmp_path)] == ["Items!C2"]


@pytest.mark.parametrize(
    ("label", "value", "allowed"),
    [
        ("Days", 0, "a whole number from 1 to 36,525"),
        ("Days", None, "a whole number from 1 to 36,525"),
        ("Start date", "spring", "a date such as 2026-03-31"),
        ("Transport weight", -1, "a number of 0 or more, or nothing (0)"),
    ],
)
def test_a_line_at_fault_on_the_first_sheet_is_named(
    label: str, value: Any, allowed: str, sheets: Sheets, tmp_path: Path
) -> None:
    set_start(sheets, label, value)
    faults = faults_of(sheets, tmp_path)
    assert len(faults) == 1
    assert faults[0][0].startswith("Start!B")
    assert faults[0][2] == allowed


def test_a_calendar_beyond_the_year_9999_is_named(sheets: Sheets, tmp_path: Path) -> None:
    set_start(sheets, "Start date", date(9999, 12, 20))
    assert faults_of(sheets, tmp_path) == [
        ("Start!B18", "9999-12-20", "a start date from which 30 days end before the year 10000")
    ]


def test_a_worth_at_fault_on_the_first_sheet_is_named(sheets: Sheets, tmp_path: Path) -> None:
    row = next(row for row in sheets["Start"] if row[0] == 2)
    worths = [row for row in sheets["Start"] if row[0] == 2 and not isinstance(row[1], str)]
    worths[0][1] = "dear"
    assert row is not worths[0], "the guide's second line is no priority"
    assert any(found == "'dear'" for _, found, _ in faults_of(sheets, tmp_path))


@pytest.mark.parametrize("sheet", ["Start", "Places", "Lanes", "Items", "Offers", "Requirements"])
def test_a_missing_sheet_is_one_fault(sheet: str, sheets: Sheets, tmp_path: Path) -> None:
    del sheets[sheet]
    faults = faults_of(sheets, tmp_path)
    assert (sheet, "no such sheet", f"a sheet '{sheet}', as in the template") in faults
    assert not any("the id of" in allowed for _, _, allowed in faults), "no reference is blamed for it"


def test_sheets_that_are_not_needed_may_be_missing(sheets: Sheets, tmp_path: Path) -> None:
    for sheet in ("Closures", "Courses", "Pins"):
        del sheets[sheet]
    assert any("no course trains for 'artillery'" in warning for warning in warnings_of(sheets, tmp_path))


def test_a_missing_column_is_one_fault(sheets: Sheets, tmp_path: Path) -> None:
    set_cell(sheets, "Offers", 1, "Quantity", "Amount")
    faults = faults_of(sheets, tmp_path)
    assert faults == [("Offers!1:1", "no column 'Quantity'", "a column with the header 'Quantity (units)'")]


def test_a_header_that_stands_twice_is_a_fault(sheets: Sheets, tmp_path: Path) -> None:
    set_cell(sheets, "Offers", 1, "Note", "QUANTITY [units]")
    assert faults_of(sheets, tmp_path) == [
        ("Offers!K1", "the header 'QUANTITY [units]' again", "each only once, as in D1 already")
    ]


def test_two_sheets_for_one_table_are_a_fault(sheets: Sheets, tmp_path: Path) -> None:
    sheets["Exceptions"] = sheets["Closures"]
    assert faults_of(sheets, tmp_path) == [
        ("Exceptions", "a second sheet for exceptions, beside 'Closures'", "one sheet a table")
    ]


def test_a_pair_pinned_twice_is_a_fault(sheets: Sheets, tmp_path: Path) -> None:
    sheets["Pins"].append(["O1", "R1", "forbidden", None, None])
    assert [fault[:2] for fault in faults_of(sheets, tmp_path)] == [
        ("Pins!B4", "offer 'O1' and requirement 'R1' again")
    ]


def test_nonsense_in_every_reference_is_answered_quickly(sheets: Sheets, tmp_path: Path) -> None:
    template = sheets["Offers"][1]
    sheets["Offers"] += [[f"N{k}", template[1], f"unknown {k}", *template[3:]] for k in range(3000)]
    assert len(faults_of(sheets, tmp_path)) == 3000


REMARKS: list[tuple[str, int, str, Any, str]] = [
    ("Requirements", 4, "Weight", 10_000, "Requirements!H4: requirement 'R3' of priority 3 is worth 555.6 per tonne, "
     "more than 'R2' of priority 2 with 61.7"),
    ("Offers", 3, "Recipients", "Army; Hospitals", "Offers!H3: no requirement has the recipient 'Hospitals'"),
    ("Offers", 3, "Recipients", "nobody", "Offers!C3: offer 'O2': it is open to nobody"),
    ("Offers", 4, "Item", "gen", "Requirements!A4: requirement 'R3': nobody offers what it accepts"),
    ("Offers", 4, "Origin", "LVI", "Offers!E4"),
    ("Offers", 2, "Quantity", 10.5, "Offers!D2: 'gen' is not divisible, so only whole units of 10.5 can move"),
    ("Lanes", 2, "Destination", "OSL", "Lanes!C2: the lane leads from 'OSL' back to itself"),
    ("Items", 4, "Training", "artillary", "Items!E4: no course trains for 'artillary', so 'gun' is of use to nobody; "
     "the closest is 'artillery'"),
    ("Items", 4, "Training", None, "Courses!B2: no item needs the training 'artillery'"),
    ("Offers", 1, "Source", "Sauce", "Offers!J1: the column 'Sauce' is not read; the closest is 'Source'"),
    ("Offers", 1, "Note", None, "Offers!K2: this column has no header and is not read"),
]  # fmt: skip


@pytest.mark.parametrize(("sheet", "row", "header", "value", "remark"), REMARKS)
def test_what_is_odd_but_legal_is_remarked_on(
    sheet: str, row: int, header: str, value: Any, remark: str, sheets: Sheets, tmp_path: Path
) -> None:
    set_cell(sheets, sheet, row, header, value)
    warnings = warnings_of(sheets, tmp_path)
    if remark == "Offers!E4":  # a gun at the very place that needs it may stay there
        assert warnings == []
    else:
        assert any(warning.startswith(remark) for warning in warnings), warnings


def test_rows_that_nothing_uses_are_remarked_on(sheets: Sheets, tmp_path: Path) -> None:
    sheets["Places"].append(["KYI", "Kyiv", "handover"])
    sheets["Items"].append(["tent", "Tent", 0.1])
    sheets["Scratch"] = [["anything"]]
    assert warnings_of(sheets, tmp_path) == [
        "Scratch: this sheet is not read",
        "Places!A5: place 'KYI' is not used: no lane, offer or requirement names it",
        "Items!A5: item 'tent' is not used: nobody offers it or asks for it",
    ]


def test_offers_and_needs_that_no_lanes_connect_are_remarked_on(sheets: Sheets, tmp_path: Path) -> None:
    set_cell(sheets, "Lanes", 2, "Origin", "LVI")
    warnings = warnings_of(sheets, tmp_path)
    assert "Offers!C4: offer '007': no lanes lead from 'OSL' to where it is needed" in warnings
    assert "Requirements!A4: requirement 'R3': no lanes lead to 'LVI' from where it is offered" in warnings
