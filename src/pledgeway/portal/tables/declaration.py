"""What a list is made of."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import QuerySet

from pledgeway.portal.words import Quantity, spoken

Rows = QuerySet[Any] | list[Any]
FIGURES = (int, Decimal, Quantity)
NEAR = 3
"""How many columns a phone shows."""


@dataclass(frozen=True)
class Column:
    """One column: how a row's value is read, and by what the database sorts it.

    ``type`` is str, int, Decimal, Quantity, date, bool or list; ``order`` is a path of the query (rows in memory are
    sorted by their values), ``link`` returns where the value leads, ``show`` the words of a page where the value's own
    would not do. A phone shows the first three columns and those that it ``always`` shows.
    """

    name: str
    title: str
    read: Callable[[Any], Any]
    type: type = str
    order: Any = ""
    link: Callable[[Any], str | None] | None = None
    show: Callable[[Any], str] | None = None
    meaning: str = ""
    only_in_files: bool = False
    only_on_screen: bool = False
    always: bool = False

    def words(self, row: Any) -> str:
        """Return the value in ``row`` as a page shows it."""
        return self.show(row) if self.show is not None else spoken(self.read(row))

    @property
    def is_figure(self) -> bool:
        """Whether the column holds figures, set to the right."""
        return self.type in FIGURES


@dataclass(frozen=True)
class Filter:
    """One way to narrow a list.

    ``narrow`` returns the rows that fit a text that was given and raises ValueError with what is allowed;
    ``choices`` are the values of the rows at hand with their words, None for a text or a day that is typed in.
    """

    name: str
    title: str
    narrow: Callable[[Rows, str], Rows]
    choices: Callable[[Rows], list[tuple[str, str]]] | None = None
    kind: str = "text"


@dataclass(frozen=True)
class Table:
    """A list: its columns, the first of which names the row, and its filters.

    ``complete`` gives rows, just before they are read, what one query for all of them finds; ``marking`` reads a row's
    marking (None: the rows carry none). ``most_counted`` is how far the rows are counted (None: all of them).
    ``settled`` says that rows and filters ask for nothing but the record and the reference data, so that their number
    is remembered until these go on.
    """

    name: str
    title: str
    columns: Sequence[Column]
    filters: Sequence[Filter] = ()
    order: str = ""
    empty: str = "Nothing is recorded here yet."
    complete: Callable[[list[Any]], None] | None = None
    marking: Callable[[Any], list[str]] | None = None
    most_counted: int | None = None
    settled: bool = False

    @property
    def on_screen(self) -> list[Column]:
        """The columns that pages show."""
        return [column for column in self.columns if not column.only_in_files]

    @property
    def in_files(self) -> list[Column]:
        """The columns that files hold."""
        return [column for column in self.columns if not column.only_on_screen]

    def column(self, name: str) -> Column | None:
        """Return the column called ``name``; None where there is none."""
        return next((column for column in self.columns if column.name == name), None)


def is_day(value: str) -> date:
    """Return the day that ``value`` writes. Raises ValueError saying what is allowed."""
    try:
        return date.fromisoformat(value)
    except ValueError:
        raise ValueError("a day is written as 2026-03-31") from None
