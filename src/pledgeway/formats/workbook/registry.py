"""Workbooks of reference data: the template, and the reader."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path

from pledgeway.formats.replacing import replacing, write_out
from pledgeway.formats.workbook.cells import Calendar
from pledgeway.formats.workbook.container import read_sheets
from pledgeway.formats.workbook.headers import find_sheets
from pledgeway.formats.workbook.reader import sort_by_place
from pledgeway.formats.workbook.sheets import draft_of
from pledgeway.formats.workbook.template import add_sheet, new_workbook
from pledgeway.tables.checks import check_cells
from pledgeway.tables.drafts import Drafts, nowhere
from pledgeway.tables.faults import Findings, file_place
from pledgeway.tables.planning import START
from pledgeway.tables.registry import TABLES


def write_registry_template(path: Path | str) -> None:
    """Write an empty workbook of reference data to fill in. Raises OSError."""
    with replacing(path) as draft:
        book, formats = new_workbook(str(draft))
        book.set_properties({"title": "Reference data", "author": "Pledgeway"})
        for table in TABLES:
            add_sheet(book, formats, table, 0, None, {own.name: own for own in TABLES})
        write_out(book)


def read_registry(
    path: Path | str, recorded: Mapping[str, Collection[str]] | None = None
) -> tuple[Drafts, Findings, list[str]]:
    """Return the tables in the workbook ``path``, all that is wrong with their cells, and its sheets in order.

    ``recorded`` are the ids that the record holds, by table; None: what is referred to is not looked for. Sheets may be
    missing, and so may columns that are not needed. Raises FaultyInput for what is no workbook.
    """
    sheets = read_sheets(path)
    findings = Findings()
    found = find_sheets(sheets, TABLES, findings)
    if not found:
        allowed = f"at least one of the sheets {', '.join(table.sheet for table in TABLES)}"
        findings.fault(file_place(path), "none of them", allowed)
    calendar = Calendar(None, None)
    tables = {
        table.name: draft_of(table, found[table.name], sheets[found[table.name]], calendar, findings)
        if table.name in found
        else nowhere(table)
        for table in TABLES
    }
    for draft in tables.values():
        draft.missing = recorded is None
    drafts = Drafts(nowhere(START), tables, lenient=False, recorded=recorded or {})
    for draft in tables.values():
        check_cells(draft, drafts, findings)
    sort_by_place(findings, list(sheets))
    return drafts, findings, list(sheets)
