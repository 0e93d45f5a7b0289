"""Writing a problem as a workbook that people can go on filling in, and the empty workbook to begin with."""

from __future__ import annotations

import math
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pandas as pd

from pledgeway.formats.replacing import replacing
from pledgeway.formats.workbook.container import column_letters
from pledgeway.formats.workbook.template import GUIDE, ExactWorksheet, Formats, add_sheet, new_workbook
from pledgeway.formats.workbook.texts import as_cell, names_as_cell, why_unwritable
from pledgeway.formats.workbook.weights import usual_weight
from pledgeway.planning.problem import Problem
from pledgeway.tables.faults import Findings, Place
from pledgeway.tables.fields import Field, Kind, Table
from pledgeway.tables.planning import PRIORITY_WORTH, START, TABLES

MOST_ROWS = 1_048_575
EARLIEST = date(1901, 1, 1)
TEMPLATE_DAYS = 90
NOTE_WIDTH = 100

Columns = dict[str, list[Any]]


def write_template(path: Path | str, today: date | None = None) -> None:
    """Write an empty workbook to fill in; its plan begins ``today`` unless people say otherwise. Raises OSError."""
    write_problem(Problem(name="New plan", days=TEMPLATE_DAYS, start_date=today or date.today()), path)


def write_problem(problem: Problem, path: Path | str) -> None:
    """Write ``problem`` as a workbook; read again, it is the same problem.

    Weights that follow from the priority are left empty. Raises FaultyInput, with the cells, for what no workbook can
    hold, and OSError; the file is replaced whole or not at all.
    """
    columns = {table.name: _columns(table, problem) for table in TABLES}
    findings = Findings()
    for table in TABLES:
        _check_writable(table, columns[table.name], findings)
    findings.stop_if_faulty()
    with replacing(path) as draft:
        book, formats = new_workbook(str(draft))
        book.set_properties({"title": "".join(filter(str.isprintable, problem.name))[:200], "author": "Pledgeway"})
        _write_start(book, formats, problem, findings)
        for table in TABLES:
            own = columns[table.name]
            sheet = add_sheet(book, formats, table, len(next(iter(own.values()))), problem.start_date)
            for column, field in enumerate(table.fields):
                _write_column(sheet, formats, column, field, own[field.name])
        findings.stop_if_faulty()
        book.close()


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


def _check_writable(table: Table, columns: Columns, findings: Findings) -> None:
    rows = len(next(iter(columns.values())))
    if rows > MOST_ROWS:
        findings.fault(Place(table.sheet, "", "", table.sheet), f"{rows:,} rows", f"at most {MOST_ROWS:,}")
    for column, name in enumerate(columns):
        letters = column_letters(column)
        for row, value in enumerate(columns[name]):
            why = why_unwritable(value) if isinstance(value, str) else None
            if why:
                at = Place(table.sheet, str(row + 2), letters, f"{table.sheet}!{letters}{row + 2}")
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


def _write_start(book: Any, formats: Formats, problem: Problem, findings: Findings) -> None:
    sheet = book.add_worksheet(START.sheet, ExactWorksheet)
    sheet.hide_gridlines(2)
    sheet.set_column(0, 0, 18)
    sheet.set_column(1, 1, 30)
    sheet.set_column(2, 2, NOTE_WIDTH)
    sheet.set_row(0, 30)
    sheet.write_string(0, 0, "From pledge to delivery", formats.title)
    sheet.write_string(
        1, 0, "One workbook, one plan: what is offered, what is needed, and the ways between.", formats.faint
    )
    _heading(sheet, formats, 3, "How to fill it in")
    for k, line in enumerate(GUIDE):
        sheet.write_number(4 + k, 0, k + 1, formats.faint)
        sheet.write_string(4 + k, 1, line)
    row = 5 + len(GUIDE)
    _heading(sheet, formats, row, "The plan")
    for field in START.fields[:-1]:
        row += 1
        sheet.write_string(row, 0, field.title, formats.label)
        _write_value(sheet, formats, row, field, getattr(problem, field.name), findings)
        sheet.write_string(row, 2, field.meaning, formats.faint)
    row = _write_worths(sheet, formats, row + 2)
    _write_about(sheet, formats, row + 1, problem.note, findings)
    sheet.set_tab_color("#C8102E")
    sheet.activate()


def _heading(sheet: Any, formats: Formats, row: int, words: str) -> None:
    sheet.write_string(row, 0, words, formats.heading)
    for column in (1, 2):
        sheet.write_blank(row, column, None, formats.heading)


def _write_value(sheet: Any, formats: Formats, row: int, field: Field, value: Any, findings: Findings) -> None:
    if isinstance(value, date) and value >= EARLIEST:
        sheet.write_datetime(row, 1, value, formats.value_day)
    elif isinstance(value, str | date):
        text = as_cell(str(value), free=field.free)
        why = why_unwritable(text)
        if why:
            findings.fault(Place(START.sheet, str(row + 1), "B", f"{START.sheet}!B{row + 1}"), why,
                           "a text that a workbook can hold")  # fmt: skip
        else:
            sheet.write_string(row, 1, text, formats.value_text)
    elif value is None:
        sheet.write_blank(row, 1, None, formats.value_day if field.kind is Kind.DATE else formats.value)
    else:
        sheet.write_number(row, 1, value, formats.value)


def _write_worths(sheet: Any, formats: Formats, row: int) -> int:
    """Write the table of worths by priority; return the first row below it."""
    _heading(sheet, formats, row, "What a tonne is worth, by priority")
    sheet.write_string(row + 1, 0, "Priority", formats.label)
    sheet.write_string(row + 1, 1, "Worth per tonne", formats.label)
    words = (
        "For requirements without a weight: their weight is this, times the tonnes of one unit of the item asked for.",
        "1 is the highest priority. Rows may be added, up to the first empty one.",
    )
    for k, line in enumerate(words):
        sheet.write_string(row + 1 + k, 2, line, formats.faint)
    for k, (priority, worth) in enumerate(PRIORITY_WORTH.items(), start=row + 2):
        sheet.write_number(k, 0, priority, formats.value)
        sheet.write_number(k, 1, worth, formats.value)
    return row + 2 + len(PRIORITY_WORTH)


def _write_about(sheet: Any, formats: Formats, row: int, note: str | None, findings: Findings) -> None:
    field = START.fields[-1]
    _heading(sheet, formats, row, "About this workbook")
    sheet.write_string(row + 1, 0, field.title, formats.label)
    sheet.merge_range(row + 1, 1, row + 1, 2, "", formats.wrapped)
    _write_value(sheet, formats, row + 1, field, note, findings)
    if note is not None and not why_unwritable(as_cell(note, free=True)):
        sheet.write_string(row + 1, 1, as_cell(note, free=True), formats.wrapped)
    else:
        sheet.write_blank(row + 1, 1, None, formats.wrapped)
    lines = sum(1 + len(line) // (NOTE_WIDTH + 20) for line in (note or "").split("\n"))
    sheet.set_row(row + 1, min(400, 18 + 15 * max(lines, 3)))
    sheet.write_string(row + 2, 1, field.meaning, formats.faint)
