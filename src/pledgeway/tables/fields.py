"""What a declared table is made of: its fields, with type, unit, default, allowed values and meaning."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Any


class Kind(Enum):
    """The type of a field; the value is the word people read."""

    TEXT = "text"
    CHOICE = "choice"
    REFERENCE = "reference"
    NAMES = "list of names"
    NUMBER = "number"
    WHOLE = "whole number"
    YES_NO = "yes or no"
    DAY = "day"
    DATE = "date"


NUMERIC = (Kind.NUMBER, Kind.WHOLE)
BY_KEY = ("commitments", "announcements")
"""Tables of the record, whose rows are called by a key; all others have ids."""


@dataclass(frozen=True)
class Field:
    """One column that people fill in.

    ``name`` is the column's name in tables and files, ``title`` its header on the sheet; ``aliases`` are other headers
    understood. A field that is not ``required`` has ``default`` where nothing stands; ``blank`` says in words what
    that means. ``nullable`` fields may stay without a value inside, too; a file then says null. ``in_file`` is False
    for what only sheets have, and ``required_in_file`` may ask a file for what a sheet can leave to its default.
    Numbers lie between ``low`` and ``high``, both included unless ``above`` (then more than ``low``).
    ``refers_to`` names the table whose ids are allowed, in a list of names beside ``choices``; ``suggests`` a (table,
    column) whose values are offered in a drop-down without being compulsory. ``free`` texts are kept as typed, other
    texts without the spaces around them; ``long`` ones have room for several lines where they are typed in.
    """

    name: str
    title: str
    kind: Kind
    meaning: str
    unit: str = ""
    required: bool = True
    default: Any = None
    blank: str = ""
    nullable: bool = False
    in_file: bool = True
    required_in_file: bool = False
    choices: tuple[str, ...] = ()
    low: float | None = None
    high: float | None = None
    above: bool = False
    refers_to: str = ""
    suggests: tuple[str, str] | None = None
    free: bool = False
    long: bool = False
    aliases: tuple[str, ...] = ()
    width: int = 0

    @property
    def header(self) -> str:
        """The header as the sheet shows it, with its unit."""
        return f"{self.title} ({self.unit})" if self.unit else self.title

    @property
    def demanded_in_file(self) -> bool:
        """Whether a problem file must state the field."""
        return self.in_file and (self.required or self.required_in_file)

    def allowed(self, *, in_file: bool = False) -> str:
        """Return in words what may stand in the field: on a sheet, or in a problem file."""
        words = self._values()
        if in_file:
            return f"{words}, or null ({self.blank or 'not stated'})" if self.nullable else words
        return words if self.required else f"{words}, or nothing ({self.blank})" if self.blank else words

    def _values(self) -> str:
        if self.kind is Kind.CHOICE:
            return " or ".join([", ".join(self.choices[:-1]), self.choices[-1]])
        if self.kind in NUMERIC:
            return f"a {'whole ' if self.kind is Kind.WHOLE else ''}number{self._range()}"
        if self.kind is Kind.REFERENCE:
            row = _one_of(self.refers_to)
            name = "key" if self.refers_to in BY_KEY else "id"
            return f"the {name} of {'an' if row[0] in 'aeiou' else 'a'} {row}"
        if self.kind is Kind.NAMES and self.refers_to:
            return " or ".join([*self.choices, f"ids of {self.refers_to} separated by semicolons"])
        return {
            Kind.TEXT: "a text",
            Kind.NAMES: "names separated by semicolons",
            Kind.YES_NO: "yes or no",
            Kind.DAY: "a day of the plan",
            Kind.DATE: "a date such as 2026-03-31",
        }[self.kind]

    def _range(self) -> str:
        if self.low is None:
            return ""
        if self.high is None:
            return f" above {self.low:,g}" if self.above else f" of {self.low:,g} or more"
        low = f" above {self.low:,g} and up" if self.above else f" from {self.low:,g}"
        return f"{low} to {self.high:,.10g}"


def _one_of(table: str) -> str:
    """Return the word for one row of the table called ``table``."""
    return f"{table[:-3]}y" if table.endswith("ies") else table.removesuffix("s")


@dataclass(frozen=True)
class Table:
    """A table that people fill in: a sheet of the workbook, a table of the problem.

    ``row`` is the word for one of its rows, ``key`` the columns that no two rows may share. The sheet of a table that
    is not ``essential`` may be missing.
    """

    name: str
    sheet: str
    row: str
    meaning: str
    fields: tuple[Field, ...]
    key: tuple[str, ...] = ("id",)
    essential: bool = True
    aliases: tuple[str, ...] = ()

    def __getitem__(self, name: str) -> Field:
        """Return the field called ``name``; raises KeyError."""
        for field in self.fields:
            if field.name == name:
                return field
        raise KeyError(name)

    def inside(self) -> tuple[Field, ...]:
        """Return the fields that the problem's table has."""
        return tuple(field for field in self.fields if field.in_file)
