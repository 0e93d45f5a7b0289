"""A form that people fill in on screen, read as a sheet of one row: the same words understood, the same faults."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from pledgeway.formats.workbook.cells import Calendar, NotUnderstood, understood
from pledgeway.formats.workbook.texts import names_as_cell
from pledgeway.tables.drafts import Draft
from pledgeway.tables.faults import Findings, Place, shown
from pledgeway.tables.fields import Field, Kind, Table

_CALENDAR = Calendar(None, None)


def draft_of_form(table: Table, texts: Mapping[str, str], findings: Findings) -> Draft:
    """Return the draft of the one row that ``texts``, by field, say. A text is taken as it is typed, quotes too."""
    draft = Draft(
        table, 1, {field.name: [field.default] for field in table.fields},
        lambda _, column: Place(table.sheet, "", column, table[column].title),
    )  # fmt: skip
    for field in table.fields:
        text = texts.get(field.name, "").replace("\r\n", "\n").strip()
        if not text:
            if field.required:
                findings.fault(draft.spoil(0, field.name), "nothing", field.allowed())
        elif "\x00" in text:
            findings.fault(draft.spoil(0, field.name), "a null character", "a text without one")
        else:
            try:
                is_text = field.kind in (Kind.TEXT, Kind.REFERENCE)
                draft.values[field.name][0] = text if is_text else understood(field, text, _CALENDAR)
            except NotUnderstood as failure:
                findings.fault(draft.spoil(0, field.name), shown(text), str(failure))
    return draft


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
        case list() | tuple():
            typed = names_as_cell(value) if value or field.required else ""
        case _:
            typed = str(value)
    return typed
