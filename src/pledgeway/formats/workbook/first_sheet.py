"""Writing the first sheet: how to fill in the workbook, the plan as a whole, and what a tonne is worth by priority."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from pledgeway.formats.workbook.template import GUIDE, ExactWorksheet, Formats
from pledgeway.tables.fields import Kind
from pledgeway.tables.planning import PRIORITY_WORTH, START

NOTE_WIDTH = 100
GUIDE_ROW = 4
PLAN_ROW = GUIDE_ROW + len(GUIDE) + 2
WORTH_ROW = PLAN_ROW + len(START.fields) + 2
ABOUT_ROW = WORTH_ROW + len(PRIORITY_WORTH) + 2

LINES = {field.name: PLAN_ROW + k for k, field in enumerate(START.fields[:-1])} | {START.fields[-1].name: ABOUT_ROW}
"""The row (from 0) of each line; its value stands in the second column."""

SUBTITLE = "One workbook, one plan: what is offered, what is needed, and the ways between."
ABOUT_WORTHS = (
    "For requirements without a weight: their weight is this, times the tonnes of one unit of the item asked for.",
    "1 is the highest priority. Rows may be added, up to the first empty one.",
)


def write_first_sheet(book: Any, formats: Formats, values: Mapping[str, Any]) -> None:
    """Add the first sheet; ``values`` has what each line says: a text, a number, a date, or None."""
    sheet = book.add_worksheet(START.sheet, ExactWorksheet)
    sheet.hide_gridlines(2)
    for column, width in enumerate((18, 30, NOTE_WIDTH)):
        sheet.set_column(column, column, width)
    sheet.set_row(0, 30)
    sheet.write_string(0, 0, "From pledge to delivery", formats.title)
    sheet.write_string(1, 0, SUBTITLE, formats.faint)
    _heading(sheet, formats, GUIDE_ROW - 1, "How to fill it in")
    for k, line in enumerate(GUIDE):
        sheet.write_number(GUIDE_ROW + k, 0, k + 1, formats.faint)
        sheet.write_string(GUIDE_ROW + k, 1, line)
    _heading(sheet, formats, PLAN_ROW - 1, "The plan")
    for field in START.fields[:-1]:
        row = LINES[field.name]
        sheet.write_string(row, 0, field.title, formats.label)
        _write_value(sheet, row, values[field.name], formats.value_day if field.kind is Kind.DATE else formats.value)
        sheet.write_string(row, 2, field.meaning, formats.faint)
    _write_worths(sheet, formats)
    _write_about(sheet, formats, values[START.fields[-1].name])
    sheet.set_tab_color("#C8102E")
    sheet.activate()


def _heading(sheet: Any, formats: Formats, row: int, words: str) -> None:
    sheet.write_string(row, 0, words, formats.heading)
    for column in (1, 2):
        sheet.write_blank(row, column, None, formats.heading)


def _write_value(sheet: Any, row: int, value: Any, style: Any) -> None:
    if isinstance(value, date):
        sheet.write_datetime(row, 1, value, style)
    elif isinstance(value, str):
        sheet.write_string(row, 1, value, style)
    elif value is None:
        sheet.write_blank(row, 1, None, style)
    else:
        sheet.write_number(row, 1, value, style)


def _write_worths(sheet: Any, formats: Formats) -> None:
    _heading(sheet, formats, WORTH_ROW - 2, "What a tonne is worth, by priority")
    sheet.write_string(WORTH_ROW - 1, 0, "Priority", formats.label)
    sheet.write_string(WORTH_ROW - 1, 1, "Worth per tonne", formats.label)
    for k, line in enumerate(ABOUT_WORTHS):
        sheet.write_string(WORTH_ROW - 1 + k, 2, line, formats.faint)
    for row, (priority, worth) in enumerate(PRIORITY_WORTH.items(), start=WORTH_ROW):
        sheet.write_number(row, 0, priority, formats.value)
        sheet.write_number(row, 1, worth, formats.value)


def _write_about(sheet: Any, formats: Formats, note: str | None) -> None:
    field = START.fields[-1]
    _heading(sheet, formats, ABOUT_ROW - 1, "About this workbook")
    sheet.write_string(ABOUT_ROW, 0, field.title, formats.label)
    sheet.merge_range(ABOUT_ROW, 1, ABOUT_ROW, 2, "", formats.wrapped)
    _write_value(sheet, ABOUT_ROW, note, formats.wrapped)
    lines = sum(1 + len(line) // (NOTE_WIDTH + 20) for line in (note or "").split("\n"))
    sheet.set_row(ABOUT_ROW, min(400, 18 + 15 * max(lines, 3)))
    sheet.write_string(ABOUT_ROW + 1, 1, field.meaning, formats.faint)
