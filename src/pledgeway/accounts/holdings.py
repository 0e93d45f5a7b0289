"""What a position holds, day by day."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from datetime import date
from typing import NamedTuple


class Change(NamedTuple):
    """A change of one position on one day: known quantity in parts, and parts of unknown size."""

    day: date
    quantity: int
    marks: int


class Held(NamedTuple):
    """What a position holds in the end, and the last day on which it changed."""

    quantity: int
    marks: int
    last_day: date


class History:
    """The net changes of one position by day, in the order of the days."""

    __slots__ = ("days", "marks", "quantities")

    def __init__(self, changes: Iterable[tuple[date, int, int]] = ()) -> None:
        self.days: list[date] = []
        self.quantities: list[int] = []
        self.marks: list[int] = []
        for day, quantity, marks in changes:
            self.add(day, quantity, marks)

    def add(self, day: date, quantity: int, marks: int) -> None:
        """Add a change; several on one day become one."""
        if not self.days or day > self.days[-1]:
            at = len(self.days)
        else:
            at = bisect_right(self.days, day)
            if at and self.days[at - 1] == day:
                self.quantities[at - 1] += quantity
                self.marks[at - 1] += marks
                return
        self.days.insert(at, day)
        self.quantities.insert(at, quantity)
        self.marks.insert(at, marks)

    def since(self, day: date) -> History:
        """Return a history that begins with all that was held at the end of ``day``; it can be changed on its own."""
        later = bisect_right(self.days, day)
        changes = zip(self.days[later:], self.quantities[later:], self.marks[later:], strict=True)
        return History([(day, *self.at(day)), *changes])

    def at(self, day: date | None = None) -> tuple[int, int]:
        """Return the known quantity and the parts of unknown size at the end of ``day`` (None: of all days)."""
        upto = len(self.days) if day is None else bisect_right(self.days, day)
        return sum(self.quantities[:upto]), sum(self.marks[:upto])

    def held(self) -> Held | None:
        """Return what is held in the end; None where nothing was ever posted."""
        if not self.days:
            return None
        return Held(*self.at(), self.days[-1])

    def first_shortfall(self) -> tuple[date, int, int] | None:
        """Return the first day that ends with less than nothing, and what it ends with; None where none does."""
        quantity = marks = 0
        for day, more, more_marks in zip(self.days, self.quantities, self.marks, strict=True):
            quantity += more
            marks += more_marks
            if quantity < 0 or marks < 0:
                return day, quantity, marks
        return None
