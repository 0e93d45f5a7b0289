"""Finding sheets and columns by the names people give them: any order, any case, with or without units."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from pledgeway.formats.workbook.container import column_letters
from pledgeway.tables.closest import Closest
from pledgeway.tables.faults import Findings, Place, shown
from pledgeway.tables.fields import Field, Table

_UNIT = re.compile(r"\([^)]*\)|\[[^\]]*\]")
_NAME_UNIT = re.compile(r" (t per day|per t|t|days?)$")
_FILLING = re.compile(r"[\s_\-*:.]+")


def plain(header: Any) -> str:
    """Return a header without its unit, its case and what people put around it."""
    return _FILLING.sub(" ", _UNIT.sub(" ", str(header))).strip().casefold()


def names_of(field: Field) -> set[str]:
    """Return the headers by which a field is known."""
    name = plain(field.name)
    return {plain(field.title), name, _NAME_UNIT.sub("", name), *map(plain, field.aliases)}


def find_sheets(given: Iterable[str], tables: Iterable[Table], findings: Findings) -> dict[str, str]:
    """Return the sheet of each table, by the table's name; say what cannot be told and what is not read."""
    known = {plain(name): table for table in tables for name in (table.sheet, table.name, *table.aliases)}
    titles = Closest([table.sheet for table in known.values()])
    found: dict[str, str] = {}
    for sheet in given:
        table = known.get(plain(sheet))
        at = Place(sheet, "", "", sheet)
        if table is None:
            findings.remark(at, f"this sheet is not read{titles.suggestion(sheet)}")
        elif table.name in found:
            findings.fault(
                at, f"a second sheet for {table.name}, beside {shown(found[table.name])}", "one sheet a table"
            )
        else:
            found[table.name] = sheet
    return found


def find_columns(sheet: str, row: int, headers: list[Any], table: Table, findings: Findings) -> Mapping[str, int]:
    """Return the column of each field of ``table``, by name; ``row`` (from 0) holds the headers.

    Adds a fault for a needed column that is missing and for a header that stands twice, a remark for other columns.
    """
    known = {name: field for field in reversed(table.fields) for name in names_of(field)}
    titles = Closest([field.title for field in table.fields])
    found: dict[str, int] = {}
    for column, header in enumerate(headers):
        if not plain(header) or header is None:
            continue
        letters = column_letters(column)
        at = Place(sheet, str(row + 1), letters, f"{sheet}!{letters}{row + 1}")
        field = known.get(plain(header))
        if field is None:
            findings.remark(at, f"the column {shown(str(header))} is not read{titles.suggestion(str(header))}")
        elif field.name in found:
            first = f"{column_letters(found[field.name])}{row + 1}"
            findings.fault(at, f"the header {shown(str(header))} again", f"each only once, as in {first} already")
        else:
            found[field.name] = column
    for field in table.fields:
        if field.required and field.name not in found:
            at = Place(sheet, str(row + 1), "", f"{sheet}!{row + 1}:{row + 1}")
            findings.fault(at, f"no column {shown(field.title)}", f"a column with the header {shown(field.header)}")
    return found
