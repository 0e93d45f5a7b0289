"""A problem's tables while they are read: values cell by cell, and where each cell stands."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pledgeway.tables.faults import Place
from pledgeway.tables.fields import Table


@dataclass
class Draft:
    """A table as far as it could be read.

    ``values`` has a list a field, with None where nothing stands or what stands is at fault already; ``faulty`` the
    rows at fault, by field. ``place`` tells where a cell stands. ``missing`` says that there is no such table at all,
    so that nothing is said of references to it.
    """

    table: Table
    rows: int
    values: dict[str, list[Any]]
    place: Callable[[int, str], Place]
    faulty: dict[str, set[int]] = field(default_factory=dict)
    missing: bool = False

    def numbers(self, column: str) -> NDArray[np.float64]:
        """Return the column as numbers, NaN where there is none."""
        return np.array([np.nan if value is None else value for value in self.values[column]], dtype=np.float64)

    def spoil(self, row: int, column: str) -> Place:
        """Mark a cell as faulty, so that later checks pass over it; return where it stands."""
        self.faulty.setdefault(column, set()).add(row)
        self.values[column][row] = None
        return self.place(row, column)

    def is_faulty(self, column: str) -> bool:
        """Return whether some cell of the column is at fault."""
        return bool(self.faulty.get(column))


def nowhere(table: Table) -> Draft:
    """Return the draft of a table that is not there."""
    return Draft(
        table, 0, {field.name: [] for field in table.fields}, lambda _row, column: Place(table.sheet, "", column, "")
    )


@dataclass
class Drafts:
    """All tables of a problem while they are read.

    ``lenient``: of a problem file, what has a meaning by the format's rules is at most remarked on, even where a
    person filling in a workbook would hardly mean it. ``recorded`` are ids that may be referred to, by table, beside
    those that the tables have themselves.
    """

    start: Draft
    tables: dict[str, Draft]
    lenient: bool
    recorded: Mapping[str, Collection[str]] = field(default_factory=dict)

    def __getitem__(self, name: str) -> Draft:
        """Return the draft of the table called ``name``."""
        return self.tables[name]

    def ids(self, table: str) -> set[str] | None:
        """Return the ids that may be referred to in the table called ``table``; None where it is not there at all."""
        if table in self.recorded:
            own = self.tables[table].values["id"] if table in self.tables else []
            return {*self.recorded[table], *(name for name in own if name is not None)}
        draft = self.tables.get(table)
        return None if draft is None or draft.missing else {name for name in draft.values["id"] if name is not None}

    @property
    def days(self) -> int | None:
        """The number of days; None where it is unknown."""
        return self.start.values["days"][0] if self.start.rows else None

    @property
    def start_date(self) -> date | None:
        """Day 0's date; None where it is unknown or not stated."""
        return self.start.values["start_date"][0] if self.start.rows else None

    def day(self, day: float) -> str:
        """Return a day as people wrote it: its date, or its number where there is no start date."""
        try:
            return (
                str(int(day)) if self.start_date is None else (self.start_date + timedelta(days=int(day))).isoformat()
            )
        except OverflowError:
            return f"day {day:g}"
