"""The sheet Start: the plan as a whole, line by line, and the worth of a tonne by priority."""

from __future__ import annotations

from typing import Any

from pledgeway.formats.workbook.cells import Calendar, NotUnderstood, found, is_blank, understood
from pledgeway.formats.workbook.container import column_letters
from pledgeway.formats.workbook.headers import names_of, plain
from pledgeway.formats.workbook.sheets import Rows
from pledgeway.tables.drafts import Draft
from pledgeway.tables.faults import Findings, Place
from pledgeway.tables.fields import Field, Kind
from pledgeway.tables.planning import PRIORITY_WORTH, START

PRIORITY = Field("priority", "Priority", Kind.WHOLE, "A priority; 1 is the highest.", low=1, high=1_000_000_000)
WORTH = Field("worth", "Worth per tonne", Kind.NUMBER, "The worth of a tonne of what is asked for.", low=0)


def draft_of_start(sheet: str, rows: Rows, findings: Findings) -> Draft:
    """Return the draft of the sheet's lines: a label, and beside it the value."""
    positions = _lines(sheet, rows, findings)

    def place(_: int, name: str) -> Place:
        if name not in positions:
            return Place(sheet, "", "", sheet)
        row, column = positions[name]
        letters = column_letters(column)
        return Place(sheet, str(row + 1), letters, f"{sheet}!{letters}{row + 1}")

    draft = Draft(START, 1, {field.name: [field.default] for field in START.fields}, place)
    for field in START.fields:
        row, column = positions.get(field.name, (0, -1))
        cell = rows[row][column] if 0 <= column < len(rows[row]) else None
        if is_blank(cell):
            if field.required:
                words = "nothing" if field.name in positions else f"no line '{field.title}'"
                findings.fault(draft.spoil(0, field.name), words, field.allowed())
            continue
        try:
            draft.values[field.name][0] = understood(field, cell, Calendar(None, None))
        except NotUnderstood as failure:
            findings.fault(draft.spoil(0, field.name), found(cell), str(failure))
    return draft


def _lines(sheet: str, rows: Rows, findings: Findings) -> dict[str, tuple[int, int]]:
    """Return where the value of each field stands: beside its label, in the first column that has one."""
    known = {name: field for field in reversed(START.fields) for name in names_of(field)}
    positions: dict[str, tuple[int, int]] = {}
    for k, row in enumerate(rows):
        label = next((column for column, cell in enumerate(row) if not is_blank(cell)), None)
        field = known.get(plain(row[label])) if label is not None and isinstance(row[label], str) else None
        if field is None or label is None:
            continue
        if field.name in positions:
            where = f"{sheet}!{column_letters(label)}{k + 1}"
            first = positions[field.name][0] + 1
            findings.fault(Place(sheet, str(k + 1), column_letters(label), where), f"the line '{field.title}' again",
                           f"each only once; it stands in row {first} already")  # fmt: skip
        else:
            positions[field.name] = (k, label + 1)
    return positions


def read_worths(sheet: str, rows: Rows, findings: Findings) -> dict[int, float]:
    """Return the worth of a tonne by priority, from the table below the header "Priority"; the usual ones without."""
    for k, row in enumerate(rows):
        for column in range(len(row) - 1):
            if plain(row[column] or "") == "priority" and plain(row[column + 1] or "").startswith("worth"):
                return _worths(sheet, rows[k + 1 :], k + 1, column, findings)
    return dict(PRIORITY_WORTH)


def _worths(sheet: str, rows: Rows, first: int, column: int, findings: Findings) -> dict[int, float]:
    worths: dict[int, float] = {}
    for k, row in enumerate(rows, start=first):
        if is_blank(row[column]):
            break
        values = []
        for field, at, cell in ((PRIORITY, column, row[column]), (WORTH, column + 1, row[column + 1])):
            place = Place(sheet, str(k + 1), column_letters(at), f"{sheet}!{column_letters(at)}{k + 1}")
            value = _number(field, cell)
            if value is None:
                findings.fault(place, "nothing" if is_blank(cell) else found(cell), field.allowed())
            elif field is PRIORITY and int(value) in worths:
                findings.fault(place, f"priority {value} again", "each priority only once")
            else:
                values.append(value)
        if len(values) == 2:
            worths[int(values[0])] = float(values[1])
    return worths


def _number(field: Field, cell: Any) -> float | None:
    try:
        value = None if is_blank(cell) else understood(field, cell, Calendar(None, None))
    except NotUnderstood:
        return None
    is_fine = value is not None and (field.low or 0) <= value <= (field.high or 1e300)
    return value if is_fine else None
