"""Sheets of tables for people: headers, dates, figures with their formats, and texts that are never formulas."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import xlsxwriter

from pledgeway.planning.problem import Problem

HEADER = {"bold": True, "bg_color": "#1F3A5F", "font_color": "#FFFFFF", "text_wrap": True, "valign": "top"}
NUMBERS = {"number": "#,##0.###", "tonnes": "#,##0.0", "share": "0.0%", "worth": "#,##0", "date": "yyyy-mm-dd"}
MOST_TEXT = 32_000


@dataclass(frozen=True)
class Column:
    """A column of a sheet: its header with the unit, what it holds, its kind (text or of NUMBERS) and width."""

    header: str
    values: list[Any]
    kind: str = "text"
    width: int = 14


class Book:
    """The workbook being written. Texts are written as texts, whatever they begin with."""

    def __init__(self, path: Path, problem: Problem) -> None:
        self.problem = problem
        self.book = xlsxwriter.Workbook(str(path), {"strings_to_formulas": False, "strings_to_urls": False})
        self.header = self.book.add_format(HEADER)
        self.bold = self.book.add_format({"bold": True, "font_size": 14})
        self.wrapped = self.book.add_format({"text_wrap": True, "valign": "top"})
        self.formats = {kind: self.book.add_format({"num_format": code}) for kind, code in NUMBERS.items()}

    def day(self, day: Any) -> Any:
        """Return a day as its date, or as its number where the problem names no first date."""
        start = self.problem.start_date
        return int(day) if start is None else start + timedelta(days=int(day))

    def days(self, column: pd.Series) -> list[Any]:
        """Return a column of days as dates."""
        return [self.day(value) for value in column]

    def write(self, sheet: Any, row: int, column: int, value: Any, kind: str) -> None:
        """Write one cell; what is unknown stays empty."""
        if value is None or (isinstance(value, float) and not math.isfinite(value)):
            return
        if isinstance(value, date):
            sheet.write_datetime(row, column, value, self.formats["date"])
        elif isinstance(value, str):
            sheet.write_string(row, column, value[:MOST_TEXT], self.wrapped)
        else:
            sheet.write_number(row, column, float(value), self.formats.get("number" if kind == "date" else kind))

    def table(self, sheet: Any, columns: list[Column], top: int = 0) -> int:
        """Write a table from row ``top`` on; return the row below it."""
        count = len(columns[0].values)
        for number, column in enumerate(columns):
            sheet.write_string(top, number, column.header, self.header)
            sheet.set_column(number, number, column.width)
            for row, value in enumerate(column.values, top + 1):
                self.write(sheet, row, number, value, column.kind)
        return top + count + 1

    def sheet(self, name: str, columns: list[Column], nothing: str) -> Any:
        """Add a sheet with one table that filters, or with the sentence ``nothing`` where the table is empty."""
        sheet = self.book.add_worksheet(name)
        below = self.table(sheet, columns)
        sheet.freeze_panes(1, 0)
        if below > 1:
            sheet.autofilter(0, 0, below - 1, len(columns) - 1)
        else:
            sheet.write_string(1, 0, nothing)
        return sheet
