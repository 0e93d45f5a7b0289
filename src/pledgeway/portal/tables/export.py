"""A list as a file: CSV, or a workbook that Excel opens. Both say what they hold, when, and who may see it."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import xlsxwriter
from django.http import HttpResponse

from pledgeway.access.deciding import PUBLIC
from pledgeway.portal.tables.declaration import Table
from pledgeway.portal.tables.selection import Selection
from pledgeway.portal.words import Count, plain

FORMATS = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
BEGIN_A_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
WIDEST = 60


def export(selection: Selection, form: str) -> HttpResponse:
    """Return all selected rows as a file of ``form``, one of FORMATS."""
    rows = selection.all_rows()
    now = datetime.now(UTC)
    heading = (
        f"{selection.table.title}, {Count(len(rows)):row}, {now:%d %b %Y %H:%M} UTC. "
        f"Marking: {marking_of(selection.table, rows)}"
    )
    body = _csv(selection.table, rows, heading) if form == "csv" else _xlsx(selection.table, rows, heading)
    response = HttpResponse(body, content_type=FORMATS[form])
    response["Content-Disposition"] = f'attachment; filename="{selection.table.name}-{now:%Y-%m-%d}.{form}"'
    return response


def marking_of(table: Table, rows: Iterable[Any]) -> str:
    """Return who may see all of ``rows``: public, the parties that every marking names, or coordinators only."""
    if table.marking is None:
        return "for users of Pledgeway"
    limited = [set(marking) for marking in map(table.marking, rows) if PUBLIC not in marking]
    if not limited:
        return PUBLIC
    return ", ".join(sorted(set.intersection(*limited))) or "coordinators only"


def harmless(text: str) -> str:
    """Return ``text`` so that a spreadsheet takes it for a text and not for a formula."""
    return f"'{text}" if text.startswith(BEGIN_A_FORMULA) else text


def _csv(table: Table, rows: Iterable[Any], heading: str) -> bytes:
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow([harmless(heading)])
    writer.writerow([column.name for column in table.in_files])
    for row in rows:
        values = [plain(column.read(row)) for column in table.in_files]
        writer.writerow([harmless(value) if isinstance(value, str) else value for value in values])
    return out.getvalue().encode("utf-8-sig")


def _xlsx(table: Table, rows: Iterable[Any], heading: str) -> bytes:
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True, "default_date_format": "yyyy-mm-dd"})
    sheet = book.add_worksheet(table.title[:31])
    bold = book.add_format({"bold": True, "bottom": 1})
    sheet.write_string(0, 0, heading)
    for at, column in enumerate(table.in_files):
        sheet.write_string(2, at, column.title, bold)
    widths = [len(column.title) for column in table.in_files]
    last = 2
    for last, row in enumerate(rows, start=3):
        for at, column in enumerate(table.in_files):
            value = plain(column.read(row))
            _write(sheet, last, at, value)
            widths[at] = max(widths[at], min(WIDEST, len(str(value))))
    for at, width in enumerate(widths):
        sheet.set_column(at, at, width + 2)
    sheet.freeze_panes(3, 1)
    sheet.autofilter(2, 0, max(last, 3), len(table.in_files) - 1)
    sheet.set_footer(f"&L{heading.replace('&', '&&')[:200]}&RPage &P of &N")
    book.close()
    return out.getvalue()


def _write(sheet: Any, row: int, column: int, value: str | int | Decimal | date | None) -> None:
    if value is None:
        return
    if isinstance(value, str):
        sheet.write_string(row, column, value[:32_767])
    elif isinstance(value, datetime):
        sheet.write_string(row, column, value.isoformat(timespec="seconds"))
    elif isinstance(value, date):
        sheet.write_datetime(row, column, datetime(value.year, value.month, value.day))
    else:
        sheet.write_number(row, column, value)
