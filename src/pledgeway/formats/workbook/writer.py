"""Writing a problem as a workbook that people can go on filling in, and the empty workbook to begin with."""

from __future__ import annotations

import math
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pandas as pd

from pledgeway.formats.replacing import replacing, write_out
from pledgeway.formats.workbook.container import column_letters
from pledgeway.formats.workbook.first_sheet import LINES, write_first_sheet
from pledgeway.formats.workbook.template import Formats, add_sheet, new_workbook
from pledgeway.formats.workbook.texts import as_cell, names_as_cell, why_unwritable
from pledgeway.formats.workbook.weights import usual_weight
from pledgeway.planning.problem import Problem
from pledgeway.tables.faults import Findings, Place
from pledgeway.tables.fields import Field, Kind, Table
from pledgeway.tables.planning import PRIORITY_WORTH, START, TABLES

MOST_ROWS = 1_048_575
EARLIEST = date(1901, 1, 1)
TEMPLATE_DAYS = 90

Columns = dict[str, list[Any]]


def write_template(path: Path | str, today: date | None = None) -> None:
    """Write an empty workbook to fill in; its plan begins ``today`` unless people say otherwise. Raises OSError."""
    write_problem(Problem(name="New plan", days=TEMPLATE_DAYS, start_date=today or date.today()), path)


def write_problem(problem: Problem, path: Path | str) -> None:
    """Write ``problem`` as a workbook; read again, it is the same problem.

    Weights that follow from the priority are left empty. Raises FaultyInput, with the cells, for what no workbook can
    hold, and OSError; the file is replaced whole or not at all.
    """
    start = {field.name: _line(field, getattr(problem, field.name)) for field in START.fields}
    columns = {table.name: _columns(table, problem) for table in TABLES}
    _refuse_unwritable(start, columns)
    with replacing(path) as draft:
        book, formats = new_workbook(str(draft))
        book.set_properties({"title": "".join(filter(str.isprintable, problem.name))[:200], "author": "Pledgeway"})
        write_first_sheet(book, formats, start)
        for table in TABLES:
            own = columns[table.name]
            sheet = add_sheet(book, formats, table, len(next(iter(own.values()))), problem.start_date)
            for column, field in enumerate(table.fields):
                _write_column(sheet, formats, column, field, own[field.name])
        write_out(book)


def _line(field: Field, value: Any) -> Any:
    """Return what a line of the first sheet says."""
    if isinstance(value, date):
        return value if value >= EARLIEST else value.isoformat()
    return as_cell(value, free=field.free) if isinstance(value, str) else value


def _columns(table: Table, problem: Problem) -> Columns:
    """Return what each column of a sheet holds: None for an empty cell, else a text, a number or a date."""
    frame = getattr(problem, table.name)
    if table.name == "accepts":
        frame = frame[~_asked_for(problem)]
    raw: Columns = {field.name: frame[field.name].tolist() for field in table.inside()}
    if table.name == "requirements":
        asked = problem.accepts[_asked_for(problem)]
        item_of = dict(zip(asked["requirement"], asked["item"], strict=True))
        raw["item"] = [item_of.get(key) for key in raw["id"]]
        raw["weight"] = _stated_weights(problem, raw)
    return {
        field.name: [_cell(field, value, problem.start_date) for value in raw[field.name]] for field in table.fields
    }


def _asked_for(problem: Problem) -> pd.Series:
    """Return which rows of ``accepts`` say what a requirement asks for: its first one, where the factor is 1."""
    return ~problem.accepts["requirement"].duplicated() & (problem.accepts["factor"] == 1.0)


def _stated_weights(problem: Problem, needs: Columns) -> list[float | None]:
    """Return the weights, None for those that a reader finds from the priority and the item asked for."""
    mass = dict(zip(problem.items["id"], problem.items["mass_t"], strict=True))
    rows = zip(needs["weight"], needs["priority"], needs["item"], strict=True)
    return [
        None if item is not None and usual_weight(PRIORITY_WORTH, priority, mass.get(item)) == weight else weight
        for weight, priority, item in rows
    ]


def _cell(field: Field, value: Any, start: date | None) -> Any:
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return None
    if field.kind is Kind.NAMES:
        return names_as_cell(value)
    if field.kind is Kind.YES_NO:
        return "yes" if value else "no"
    if field.kind is Kind.DAY:
        return _day(int(value), start)
    if isinstance(value, str):
        return None if value == field.default == "" else as_cell(value, free=field.free)
    return value


def _day(day: int, start: date | None) -> Any:
    if start is None:
        return day
    on = start + timedelta(days=day)
    return on if on >= EARLIEST else on.isoformat()


def _refuse_unwritable(start: dict[str, Any], columns: dict[str, Columns]) -> None:
    """Raise FaultyInput with every cell that no workbook can hold."""
    findings = Findings()
    for name, value in start.items():
        _check_writable(value, START.sheet, LINES[name], 1, findings)
    for table in TABLES:
        rows = len(next(iter(columns[table.name].values())))
        if rows > MOST_ROWS:
            findings.fault(Place(table.sheet, "", "", table.sheet), f"{rows:,} rows", f"at most {MOST_ROWS:,}")
        for column, values in enumerate(columns[table.name].values()):
            for row, value in enumerate(values, start=1):
                _check_writable(value, table.sheet, row, column, findings)
    findings.stop_if_faulty()


def _check_writable(value: Any, sheet: str, row: int, column: int, findings: Findings) -> None:
    why = why_unwritable(value) if isinstance(value, str) else None
    if why:
        letters = column_letters(column)
        at = Place(sheet, str(row + 1), letters, f"{sheet}!{letters}{row + 1}")
        findings.fault(at, why, "a text that a workbook can hold")


def _write_column(sheet: Any, formats: Formats, column: int, field: Field, values: list[Any]) -> None:
    """Write a column's cells; texts are written as texts, whatever they begin with."""
    style = formats.text if field.kind in (Kind.TEXT, Kind.CHOICE, Kind.REFERENCE, Kind.NAMES) else None
    for row, value in enumerate(values, start=1):
        if isinstance(value, str):
            sheet.write_string(row, column, value, style)
        elif isinstance(value, date):
            sheet.write_datetime(row, column, value, formats.day)
        elif value is not None:
            sheet.write_number(row, column, value)
