"""Days as the tracker writes them: dates, and texts such as "until 7/27/2022" with the month first."""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import Any

from pledgeway.accounts.days import Day, month, not_later

FIRST_DAY = date(2022, 1, 24)
"""The tracker covers what was announced from here on."""

_DATE = r"(\d{1,2})/(\d{1,2})/(\d{2,4})"
_UNTIL = re.compile(rf"until\s+{_DATE}")
_BETWEEN = re.compile(rf"between\s+{_DATE}\s*(?:&|and)\s*{_DATE}")
_MONTH = re.compile(r"(?:not specified|unspecified|unclear),?\s*(\d{1,2})/(\d{2,4})")
_OPEN = re.compile(rf"(?:unspecified|undisclosed|not specified|unclear|since\s+{_DATE}|\.)?")


def read_day(value: Any, until: date) -> tuple[Day, str]:
    """Return the day that a cell names, by its latest possible one, and what was wrong with it ("" for nothing).

    No day is later than ``until``, the last one that the release covers: what is, or says nothing, is known only to
    be not later than that.
    """
    whole = not_later(until)
    day: Day | None = None
    if isinstance(value, datetime | date):
        day = Day(value.date() if isinstance(value, datetime) else value)
    elif value is None or isinstance(value, str):
        text = " ".join((value or "").split()).casefold()
        if _OPEN.fullmatch(text):
            return whole, ""
        day = _from_text(text)
    if day is None:
        return whole, f"no date that can be understood; taken as not later than {until.isoformat()}"
    if day.latest < FIRST_DAY:
        return whole, f"before {FIRST_DAY.isoformat()}, where the tracker begins; taken as {whole}"
    if day.latest > until and day != month(until.year, until.month):
        return whole, f"after {until.isoformat()}, where this release ends; taken as {whole}"
    return (day if day.latest <= until else whole), ""


def _from_text(text: str) -> Day | None:
    try:
        if found := _UNTIL.fullmatch(text):
            return not_later(_date(*found.groups()))
        if found := _BETWEEN.fullmatch(text):
            return not_later(_date(*found.groups()[3:]))
        if found := _MONTH.fullmatch(text):
            number, year = found.groups()
            return month(_year(year), int(number))
    except ValueError:
        return None
    return None


def _date(number: str, day: str, year: str) -> date:
    return date(_year(year), int(number), int(day))


def _year(text: str) -> int:
    return int(text) + 2000 if len(text) == 2 else int(text)
