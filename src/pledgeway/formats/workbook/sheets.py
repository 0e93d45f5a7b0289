"""Sheets of rows with headers, turned into drafts of tables."""

from __future__ import annotations

from typing import Any

from pledgeway.formats.workbook.cells import Calendar, NotUnderstood, found, is_blank, understood
from pledgeway.formats.workbook.container import column_letters
from pledgeway.formats.workbook.headers import find_columns
from pledgeway.tables.drafts import Draft, nowhere
from pledgeway.tables.faults import Findings, Place
from pledgeway.tables.fields import Field, Kind, Table

Rows = list[list[Any]]


def draft_of(table: Table, sheet: str, rows: Rows, calendar: Calendar, findings: Findings) -> Draft:
    """Return the draft of the table that stands on ``sheet``; its first row that is not blank has the headers."""
    header = next((k for k, row in enumerate(rows) if not all(map(is_blank, row))), None)
    if header is None:
        return nowhere(table)
    columns = find_columns(sheet, header, rows[header], table, findings)
    _remark_on_nameless_columns(sheet, rows, header, findings)
    used = sorted(columns.values())
    filled = [k for k in range(header + 1, len(rows)) if not all(is_blank(rows[k][column]) for column in used)]
    draft = Draft(table, len(filled), {}, _places(sheet, columns, filled))
    for field in table.fields:
        if field.name in columns:
            cells = [rows[k][columns[field.name]] for k in filled]
            _fill(draft, field, cells, calendar, findings)
        else:
            draft.values[field.name] = [field.default] * len(filled)
            if field.required:  # said once, for the whole column
                draft.values[field.name] = [None] * len(filled)
                draft.faulty[field.name] = set(range(len(filled)))
    return draft


def _places(sheet: str, columns: Any, filled: list[int]) -> Any:
    letters = {name: column_letters(column) for name, column in columns.items()}

    def place(row: int, column: str) -> Place:
        at = letters.get(column, "")
        line = filled[row] + 1
        return Place(sheet, str(line), at, f"{sheet}!{at}{line}" if at else f"{sheet}!{line}:{line}")

    return place


def _fill(draft: Draft, field: Field, cells: list[Any], calendar: Calendar, findings: Findings) -> None:
    values: list[Any] = [field.default] * len(cells)
    draft.values[field.name] = values
    for row, cell in enumerate(cells):
        if is_blank(cell):
            if field.required:
                findings.fault(draft.spoil(row, field.name), "nothing", field.allowed())
            continue
        try:
            values[row] = understood(field, cell, calendar)
        except NotUnderstood as failure:
            at = draft.spoil(row, field.name)
            if field.kind is not Kind.DAY or calendar.known:
                findings.fault(at, found(cell), str(failure))


def _remark_on_nameless_columns(sheet: str, rows: Rows, header: int, findings: Findings) -> None:
    """Add a remark for each column that has values but no header."""
    for column, title in enumerate(rows[header]):
        if is_blank(title):
            row = next((k for k in range(header + 1, len(rows)) if not is_blank(rows[k][column])), None)
            if row is not None:
                letters = column_letters(column)
                at = Place(sheet, str(row + 1), letters, f"{sheet}!{letters}{row + 1}")
                findings.remark(at, "this column has no header and is not read")
