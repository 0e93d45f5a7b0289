"""The looks of a workbook: headers with comments, drop-downs, frozen panes, and a first sheet that explains itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import xlsxwriter
from xlsxwriter.worksheet import Worksheet

from pledgeway.formats.workbook.container import column_letters
from pledgeway.tables.fields import NUMERIC, Field, Kind, Table
from pledgeway.tables.planning import BY_NAME

SPARE_ROWS = 2_000
"""Rows below the last one that have drop-downs and formats as well."""

DARK, MID, PALE, AMBER, GREY = "#1F3A5F", "#5B7694", "#EEF2F6", "#FFF1CC", "#5F6B76"
DATES = "yyyy-mm-dd"
WIDTHS = {Kind.TEXT: 16, Kind.CHOICE: 12, Kind.REFERENCE: 16, Kind.NAMES: 24, Kind.NUMBER: 13, Kind.WHOLE: 11,
          Kind.YES_NO: 10, Kind.DAY: 13, Kind.DATE: 13}  # fmt: skip

GUIDE = (
    "Fill in the sheets from left to right. The first row of each names its columns; point at a header to read what it "
    "means, in which unit, and what may stand there.",
    "Columns with a dark header are needed. Those with a lighter one may stay empty; the header says what that means.",
    "Ids are short names that you choose. Other sheets refer to them, and offer them in drop-downs.",
    "Places and Lanes are the network: a lane leads one way, so a way there and back is two rows.",
    "Items are kinds of goods, with the mass of one unit. Name a training where their crews must take a course.",
    "Offers are what was promised, one row each, with the days in which it can depart and who may have it.",
    "Requirements are what is needed, where and by when. What would do instead stands on the sheet Substitutes.",
    "Courses, Closures and Pins may stay empty. Closures change what a lane carries; pins are allocations that you "
    "decide yourself.",
    "A requirement without a weight is worth, per tonne, what the table below says for its priority, so that the order "
    "of priorities holds tonne for tonne.",
    "Save, then run  pledgeway check  on this file to have every mistake listed with its cell, and  pledgeway plan  to "
    "make the plan.",
)
"""How to fill in the workbook, in ten lines."""


class ExactWorksheet(Worksheet):  # type: ignore[misc, unused-ignore]
    """A worksheet whose numbers keep all their digits: 17 where 16 are not enough."""

    def _xml_number_element(self, number: float, attributes: Any = ()) -> None:
        written = "".join(f' {key}="{value}"' for key, value in attributes)
        exact = int(number) if float(number).is_integer() and abs(number) < 1e15 else number
        self.fh.write(f"<c{written}><v>{exact!r}</v></c>")


@dataclass(frozen=True)
class Formats:
    """The formats of a workbook's cells."""

    title: Any
    heading: Any
    needed: Any
    optional: Any
    label: Any
    faint: Any
    text: Any
    wrapped: Any
    day: Any
    value: Any
    value_day: Any
    missing: Any


def new_workbook(path: str) -> tuple[Any, Formats]:
    """Return a new workbook that will be written to ``path`` when closed, and its formats."""
    book = xlsxwriter.Workbook(path, {"in_memory": True, "default_date_format": DATES})
    header = {"bold": True, "font_color": "white", "valign": "vcenter", "text_wrap": True, "border_color": "white",
              "right": 1}  # fmt: skip
    value = {"bg_color": PALE, "border": 1, "border_color": "#C6D0DA", "align": "left"}
    return book, Formats(
        title=book.add_format({"bold": True, "font_size": 18, "font_color": DARK}),
        heading=book.add_format({"bold": True, "font_size": 12, "font_color": DARK, "bottom": 1, "bottom_color": MID}),
        needed=book.add_format({**header, "bg_color": DARK}),
        optional=book.add_format({**header, "bg_color": MID}),
        label=book.add_format({"bold": True, "valign": "top"}),
        faint=book.add_format({"font_color": GREY, "valign": "top"}),
        text=book.add_format({"num_format": "@"}),
        wrapped=book.add_format({**value, "text_wrap": True, "valign": "top", "num_format": "@"}),
        day=book.add_format({"num_format": DATES, "align": "left"}),
        value=book.add_format(value),
        value_day=book.add_format({**value, "num_format": DATES}),
        missing=book.add_format({"bg_color": AMBER}),
    )


def add_sheet(
    book: Any, formats: Formats, table: Table, rows: int, start: date | None, tables: Mapping[str, Table] = BY_NAME
) -> Any:
    """Add the sheet of ``table`` with headers, comments, drop-downs, widths, filter and frozen panes; return it.

    ``rows`` is how many rows will be filled in; with a ``start`` date, days are dates. ``tables`` are all its sheets.
    """
    sheet = book.add_worksheet(table.sheet, ExactWorksheet)
    sheet.set_row(0, 32)
    for column, field in enumerate(table.fields):
        title = _header(field, start)
        sheet.write_string(0, column, title, formats.needed if field.required else formats.optional)
        sheet.write_comment(0, column, comment(field, start), _comment_size(comment(field, start)))
        width = field.width or max(WIDTHS[field.kind], min(20, len(title) * 0.75))
        sheet.set_column(column, column, width, _column_format(field, formats, start))
        _restrict(sheet, field, column, rows + SPARE_ROWS, tables)
        if field.required and column:
            _mark_missing(sheet, formats, column, rows + SPARE_ROWS)
    sheet.freeze_panes(1, 1)
    sheet.autofilter(0, 0, max(rows, 1), len(table.fields) - 1)
    sheet.set_tab_color(DARK if table.essential else MID)
    if table.key == ("id",):
        whole = f"{table.sheet}!$A:$A"
        book.define_name(_ids(table), f"=OFFSET({table.sheet}!$A$2,0,0,MAX(1,COUNTA({whole})-1),1)")
    return sheet


def comment(field: Field, start: date | None) -> str:
    """Return what the comment on a field's header says: its meaning, what is allowed, what nothing means."""
    lines = [field.meaning]
    if field.kind is Kind.DAY:
        lines.append("Allowed: " + ("a date of the plan." if start else "a day number; 0 is the first day."))
    elif field.kind is not Kind.TEXT:
        allowed = field.allowed().partition(", or nothing")[0]
        lines.append(f"Allowed: {allowed}.")
    if not field.required and field.blank:
        lines.append(f"If empty: {field.blank}.")
    return "\n".join(lines)


def _header(field: Field, start: date | None) -> str:
    if field.kind is Kind.DAY and start is None:
        return f"{field.title} (day number)"
    return field.header


def _comment_size(text: str) -> Mapping[str, Any]:
    lines = sum(1 + len(line) // 42 for line in text.split("\n"))
    return {"author": "Pledgeway", "width": 260, "height": 14 + 15 * lines, "font_size": 9}


def _column_format(field: Field, formats: Formats, start: date | None) -> Any:
    if field.kind is Kind.DAY:
        return formats.day if start else None
    return None if field.kind in (*NUMERIC, Kind.YES_NO) else formats.text


def _ids(table: Table) -> str:
    return f"{table.row}_ids"


def _restrict(sheet: Any, field: Field, column: int, last: int, tables: Mapping[str, Table]) -> None:
    """Add a drop-down to a column of references, choices, or yes and no."""
    rule: dict[str, Any] = {"ignore_blank": True, "error_type": "warning"}
    if field.kind is Kind.CHOICE:
        rule |= {"validate": "list", "source": list(field.choices)}
    elif field.kind is Kind.YES_NO:
        rule |= {"validate": "list", "source": ["yes", "no"]}
    elif field.kind is Kind.REFERENCE:
        target = tables.get(field.refers_to)
        if target is None:
            return
        rule |= {"validate": "list", "source": f"={_ids(target)}"}
        rule |= {"error_title": "Unknown id", "error_message": f"This id does not stand on the sheet {target.sheet}."}
    elif field.suggests:
        target = tables[field.suggests[0]]
        letters = column_letters([own.name for own in target.fields].index(field.suggests[1]))
        filled = f"COUNTA({target.sheet}!${letters}:${letters})"
        rule |= {"validate": "list", "source": f"=OFFSET({target.sheet}!${letters}$2,0,0,MAX(1,{filled}-1),1)"}
        rule |= {"show_error": False}
    else:
        return
    sheet.data_validation(1, column, last, column, rule)


def _mark_missing(sheet: Any, formats: Formats, column: int, last: int) -> None:
    """Colour a needed cell that is empty in a row that is begun."""
    letters = column_letters(column)
    rule = {"type": "formula", "criteria": f"=AND(LEN($A2)>0,LEN({letters}2)=0)", "format": formats.missing}
    sheet.conditional_format(1, column, last, column, rule)
