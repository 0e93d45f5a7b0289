"""What people type into cells, understood: numbers stored as text, dates as text, yes and no in many words."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from pledgeway.formats.workbook.container import ErrorValue
from pledgeway.formats.workbook.texts import from_cell, names_from_cell
from pledgeway.tables.faults import shown
from pledgeway.tables.fields import Field, Kind

_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
_SPACES = re.compile(r"[\s\u00a0\u2009\u202f]+")
_ISO = re.compile(r"(\d{4}-\d{2}-\d{2})([T ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?)?")
_YES, _NO = frozenset({"yes", "y", "true", "1", "x"}), frozenset({"no", "n", "false", "0"})
_SERIAL_ZERO = date(1899, 12, 30)
_SERIALS = range(3_000, 2_958_466)
"""Day numbers by which spreadsheets keep dates: 1908 to 9999. Smaller numbers are days of the plan."""

WHOLE_NUMBERS = 2.0**53


class NotUnderstood(ValueError):  # noqa: N818 - it is a fault of the input
    """Raised with what is allowed in the cell."""


@dataclass(frozen=True)
class Calendar:
    """The days of the plan, to turn dates into day numbers; ``known`` is False where the start date is at fault."""

    start: date | None
    days: int | None
    known: bool = True


def is_blank(cell: Any) -> bool:
    """Return whether nothing stands in a cell."""
    return cell is None or cell == "" or (isinstance(cell, str) and not cell.strip())


def understood(field: Field, cell: Any, calendar: Calendar) -> Any:
    """Return the value of a cell that is not blank; raise NotUnderstood, saying what is allowed."""
    if isinstance(cell, ErrorValue):
        raise NotUnderstood(field.allowed())
    if field.kind in (Kind.NUMBER, Kind.WHOLE):
        return _number(field, cell)
    if field.kind is Kind.DAY:
        return _day(field, cell, calendar)
    if field.kind is Kind.DATE:
        return _date(field, cell)
    if field.kind is Kind.YES_NO:
        return _yes_no(field, cell)
    text = _text(field, cell)
    if field.kind is Kind.NAMES:
        return names_from_cell(text)
    return _choice(field, text) if field.kind is Kind.CHOICE else text


def found(cell: Any) -> str:
    """Return a cell as it is quoted in a fault."""
    if isinstance(cell, datetime):
        return cell.isoformat(" ")
    if isinstance(cell, ErrorValue):
        return f"the error {cell}"
    return shown(cell)


def _text(field: Field, cell: Any) -> str:
    if isinstance(cell, str):
        return cell if field.kind is Kind.NAMES else from_cell(cell, free=field.free)
    if isinstance(cell, bool):
        return "TRUE" if cell else "FALSE"
    if isinstance(cell, float | int):
        return str(int(cell)) if float(cell).is_integer() and abs(cell) < WHOLE_NUMBERS else repr(cell)
    if isinstance(cell, datetime):
        return cell.date().isoformat() if cell.time() == datetime.min.time() else cell.isoformat(" ")
    if isinstance(cell, date):
        return cell.isoformat()
    raise NotUnderstood(field.allowed())


def _choice(field: Field, text: str) -> str:
    letters = re.sub(r"[^a-z]", "", text.casefold())
    return letters if letters in field.choices else text


def _as_number(cell: Any) -> float | None:
    if isinstance(cell, float | int) and not isinstance(cell, bool):
        return float(cell)
    if isinstance(cell, str):
        digits = _SPACES.sub("", cell)
        if _NUMBER.fullmatch(digits):
            return float(digits)
    return None


def _number(field: Field, cell: Any) -> float | int:
    number = _as_number(cell)
    if number is None:
        hint = "; a decimal point, no commas" if isinstance(cell, str) and "," in cell else ""
        raise NotUnderstood(f"{field.allowed()}{hint}")
    if field.kind is Kind.NUMBER:
        return number
    if not number.is_integer() or abs(number) > WHOLE_NUMBERS:
        raise NotUnderstood(field.allowed())
    return int(number)


def _yes_no(field: Field, cell: Any) -> bool:
    word = str(int(cell) if isinstance(cell, float) and cell.is_integer() else cell).strip().casefold()
    if word in _YES or word in _NO:
        return word in _YES
    raise NotUnderstood(field.allowed())


def _as_date(cell: Any) -> date | None:
    """Return the date a cell holds, be it as date, as text in ISO form or as a spreadsheet's day number."""
    if isinstance(cell, datetime):
        return cell.date()
    if isinstance(cell, date):
        return cell
    if isinstance(cell, str):
        iso = _ISO.fullmatch(cell.strip())
        try:
            return date.fromisoformat(iso[1]) if iso else None
        except ValueError:
            return None
    number = _as_number(cell)
    if number is not None and number.is_integer() and int(number) in _SERIALS:
        return _SERIAL_ZERO + timedelta(days=int(number))
    return None


def _date(field: Field, cell: Any) -> date:
    on = _as_date(cell)
    if on is None:
        raise NotUnderstood(field.allowed())
    return on


def _day(field: Field, cell: Any, calendar: Calendar) -> int:
    number = _as_number(cell)
    if number is not None and number.is_integer() and abs(number) < WHOLE_NUMBERS:
        is_day = calendar.start is None or abs(number) < max(_SERIALS.start, calendar.days or 0)
        if is_day:
            return int(number)
    on = _as_date(cell)
    if on is None:
        allowed = "a date such as 2026-03-31" if calendar.start else "a day number such as 0 (the first day)"
        raise NotUnderstood(f"{allowed}{'' if field.required else f', or nothing ({field.blank})'}")
    if calendar.start is None:
        raise NotUnderstood("a day number (0 is the first day), or a date where the sheet Start has a start date")
    return (on - calendar.start).days
