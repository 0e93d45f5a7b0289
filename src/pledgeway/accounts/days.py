"""Days as sources give them: exactly, or as a month, or as "not later than"."""

from __future__ import annotations

from calendar import monthrange
from datetime import date
from enum import Enum
from typing import NamedTuple


class Precision(Enum):
    """How exactly a day is known; the value is the word people read."""

    DAY = "day"
    MONTH = "month"
    NOT_LATER = "not later than"

    # There is one object of each: hashing it by identity is many times faster than Enum's own way.
    __hash__ = object.__hash__


class Day(NamedTuple):
    """A day, by the latest it can have been: what stood "as of" a day counts from there."""

    latest: date
    precision: Precision = Precision.DAY

    def __str__(self) -> str:
        if self.precision is Precision.MONTH:
            return f"{self.latest:%Y-%m}"
        return f"{'' if self.precision is Precision.DAY else 'not later than '}{self.latest.isoformat()}"


def month(year: int, number: int) -> Day:
    """Return a day known by its month only. Raises ValueError for a month that is none."""
    return Day(date(year, number, monthrange(year, number)[1]), Precision.MONTH)


def not_later(latest: date) -> Day:
    """Return a day known by its upper limit only."""
    return Day(latest, Precision.NOT_LATER)
