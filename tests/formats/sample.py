"""A small problem with something in every table, and workbooks made of plain rows."""

from __future__ import annotations

import copy
import tempfile
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any

import xlsxwriter

from pledgeway.formats import write_problem
from pledgeway.formats.workbook.container import read_sheets
from pledgeway.planning.problem import Problem

Sheets = dict[str, list[list[Any]]]


def sample() -> Problem:
    """Return a problem in which nothing is at fault, and nothing deserves a remark."""
    return Problem(
        name="Winter aid",
        days=30,
        transport_weight=0.01,
        start_date=date(2026, 3, 1),
        places=[
            {"id": "OSL", "name": "Oslo", "kind": "port", "country": "Norway", "lat": 59.9, "lon": 10.7},
            {"id": "RZE", "name": "Rzeszów", "kind": "hub", "storage_t": 40.0, "handling_t_per_day": 25.5},
            {"id": "LVI", "name": "Lviv", "kind": "handover"},
        ],
        lanes=[
            {"id": "sea", "origin": "OSL", "destination": "RZE", "mode": "sea", "transit_days": 4,
             "capacity_t_per_day": 60.0, "cost_per_t": 12.5, "sailing_days": "Mon Thu"},
            {"id": "road", "origin": "RZE", "destination": "LVI", "mode": "road", "transit_days": 1,
             "capacity_t_per_day": 20.0, "cost_per_t": 8.0, "source": "Timetable 2026"},
        ],
        exceptions=[
            {"lane": "road", "first_day": 5, "last_day": 6, "capacity_t_per_day": 0.0, "note": "Holiday"},
            {"lane": "road", "first_day": 6, "last_day": 6, "capacity_t_per_day": 3.0},
        ],
        items=[
            {"id": "gen", "name": "Generator", "mass_t": 2.0},
            {"id": "fuel", "name": "Fuel", "mass_t": 1.0, "divisible": True},
            {"id": "gun", "name": "Howitzer", "mass_t": 18.0, "training": "artillery", "seats_per_unit": 8.0},
        ],
        offers=[
            {"id": "O1", "donor": "Norway", "item": "gen", "quantity": 10, "origin": "OSL", "available_from": 0,
             "available_until": 20, "source": "https://example.org/1", "note": "=announced"},
            {"id": "O2", "donor": "Poland", "item": "fuel", "quantity": 7.25, "origin": "RZE", "available_from": 2,
             "available_until": 29, "recipients": ("Army", "Hospitals; north"), "in_storage": True},
            {"id": "007", "donor": "Norway", "item": "gun", "quantity": 2, "origin": "OSL", "available_from": 0,
             "available_until": 9},
        ],
        requirements=[
            {"id": "R1", "recipient": "Army", "quantity": 4, "destination": "LVI", "due": 14, "grace_days": 7,
             "weight": 200.0, "priority": 1},
            {"id": "R2", "recipient": "Hospitals; north", "quantity": 3.5, "destination": "LVI", "due": 20,
             "grace_days": 0, "weight": 61.7, "priority": 2},
            {"id": "R3", "recipient": "Army", "quantity": 2, "destination": "LVI", "due": 29, "weight": 630.0},
        ],
        accepts=[
            {"requirement": "R1", "item": "gen", "factor": 1.0},
            {"requirement": "R1", "item": "fuel", "factor": 0.1},
            {"requirement": "R2", "item": "fuel", "factor": 0.9},
            {"requirement": "R3", "item": "gun", "factor": 1.0},
        ],
        courses=[{"id": "C1", "training": "artillery", "start": 1, "duration_days": 14, "seats": 40}],
        pins=[
            {"offer": "O1", "requirement": "R1", "kind": "fixed", "quantity": 2},
            {"offer": "O2", "requirement": "R1", "kind": "forbidden", "note": "By the minister's order"},
        ],
        note="Two lines.\nAll of it invented.",
    )  # fmt: skip


@cache
def _cells() -> Sheets:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "sample.xlsx"
        write_problem(sample(), file)
        return read_sheets(file)


def sample_sheets() -> Sheets:
    """Return the cells of the sample's workbook, to be changed and written again."""
    return copy.deepcopy(_cells())


def write_sheets(sheets: Sheets, file: Path) -> Path:
    """Write plain cells as a workbook, as another program might; return its name."""
    with xlsxwriter.Workbook(str(file), {"in_memory": True, "nan_inf_to_errors": True}) as book:
        days = book.add_format({"num_format": "yyyy-mm-dd"})
        for name, rows in sheets.items():
            sheet = book.add_worksheet(name)
            for k, row in enumerate(rows):
                for column, cell in enumerate(row):
                    if isinstance(cell, str) and cell:
                        sheet.write_string(k, column, cell)
                    elif isinstance(cell, date | datetime):
                        sheet.write_datetime(k, column, cell, days)
                    elif cell is not None and cell != "":
                        sheet.write(k, column, cell)
    return file


def cell_of(rows: list[list[Any]], header: str) -> int:
    """Return the column whose header begins with ``header``."""
    return next(column for column, title in enumerate(rows[0]) if str(title).startswith(header))


def set_cell(sheets: Sheets, sheet: str, row: int, header: str, value: Any) -> None:
    """Set the cell of ``row`` (as the sheet counts, headers being row 1) below ``header``."""
    sheets[sheet][row - 1][cell_of(sheets[sheet], header)] = value


def set_start(sheets: Sheets, label: str, value: Any) -> None:
    """Set the value beside ``label`` on the first sheet."""
    for row in sheets["Start"]:
        if row[0] == label:
            row[1] = value
