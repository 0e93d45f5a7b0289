"""Plain values, as forms, JSON and the API have them: they mean what they mean on a sheet, and numbers are exact.

There is one way from such values to a declared table, whoever says them; :mod:`pledgeway.tables.checks` judges them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from pledgeway.formats.workbook.cells import Calendar, NotUnderstood, understood
from pledgeway.formats.workbook.texts import names_as_cell
from pledgeway.tables.drafts import Draft
from pledgeway.tables.faults import Findings, Place, shown
from pledgeway.tables.fields import NUMERIC, Field, Kind, Table

MOST_DIGITS = 30
"""Powers of ten on either side of one beyond which a number is taken for a slip."""

_CALENDAR = Calendar(None, None)
_SPACES = re.compile(r"\s+")


def draft_of_rows(
    table: Table,
    rows: Sequence[Mapping[str, Any]],
    findings: Findings,
    place: Callable[[int, str], Place] | None = None,
) -> Draft:
    """Return the draft of ``rows``, each by its fields' names, and add what is not understood to ``findings``.

    Numbers become exact decimals, whole numbers int, dates date, names a tuple of texts, yes or no a bool. A text is
    taken as it is typed, quotes too. ``place`` tells where a cell (row from 0, column) stands; by default as files say.
    """
    names = {field.name: [field.default] * len(rows) for field in table.fields}
    draft = Draft(table, len(rows), names, place or (lambda row, column: place_of(table, row, column)))
    for at, row in enumerate(rows):
        for name in row.keys() - names.keys():
            findings.fault(draft.place(at, name), "a column of this name", f"any of {', '.join(sorted(names))}")
        for field in table.fields:
            _read(draft, at, field, row.get(field.name), findings)
    return draft


def draft_of_form(table: Table, texts: Mapping[str, str], findings: Findings) -> Draft:
    """Return the draft of the one row that a form's ``texts``, by field, say."""
    own = {field.name: texts.get(field.name, "") for field in table.fields}
    return draft_of_rows(
        table, [own], findings, lambda _, column: Place(table.sheet, "", column, table[column].title)
    )  # fmt: skip


def place_of(table: Table, row: int, column: str) -> Place:
    """Return where a value stands, as files and the API say it."""
    return Place(table.name, str(row + 1), column, f"{table.name}[{row + 1}].{column}")


def _read(draft: Draft, at: int, field: Field, value: Any, findings: Findings) -> None:
    if isinstance(value, str):
        value = value.replace("\r\n", "\n").strip()
    if value is None or value in ("", [], ()):
        if field.required:
            findings.fault(draft.spoil(at, field.name), "nothing", field.allowed())
        return
    try:
        draft.values[field.name][at] = _typed(field, value)
    except NotUnderstood as failure:
        findings.fault(draft.spoil(at, field.name), shown(value), str(failure))


def _typed(field: Field, value: Any) -> Any:
    """Return what ``value`` says in ``field``. Raises NotUnderstood, saying what is allowed."""
    if isinstance(value, str) and "\x00" in value:
        raise NotUnderstood("a text without a null character")
    if field.kind in NUMERIC:
        return _number(field, value)
    if field.kind is Kind.NAMES and isinstance(value, list | tuple):
        names = tuple(_typed(_ONE_NAME, one) for one in value)
        return tuple(name.strip() for name in names if name.strip())
    if field.kind in (Kind.TEXT, Kind.REFERENCE):
        if not isinstance(value, str):
            raise NotUnderstood(field.allowed())
        return value
    if not isinstance(value, str | bool | date):
        raise NotUnderstood(field.allowed())
    return understood(field, value, _CALENDAR)


_ONE_NAME = Field("name", "Name", Kind.TEXT, "one of several")


def _number(field: Field, value: Any) -> Decimal | int:
    text = _SPACES.sub("", value) if isinstance(value, str) else str(value)
    try:
        number = Decimal(text)
    except InvalidOperation:
        hint = "; a decimal point, no commas" if "," in text else ""
        raise NotUnderstood(f"{field.allowed()}{hint}") from None
    is_whole = field.kind is Kind.WHOLE
    if not number.is_finite() or abs(number.adjusted()) > MOST_DIGITS or (is_whole and number != int(number)):
        raise NotUnderstood(field.allowed())
    return int(number) if is_whole else number


def as_typed(field: Field, value: Any) -> str:
    """Return how somebody would type ``value`` into ``field``."""
    match value:
        case None:
            typed = ""
        case bool():
            typed = "yes" if value else "no"
        case date():
            typed = value.isoformat()
        case float():
            typed = f"{value:.15g}"
        case Decimal():
            typed = f"{value:f}"
        case list() | tuple():
            typed = names_as_cell(value) if value or field.required or field.nullable else ""
        case _:
            typed = str(value)
    return typed
