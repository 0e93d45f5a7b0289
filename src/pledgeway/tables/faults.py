"""What is wrong with an input, each fault with its place; what only deserves a look is a remark."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

MOST_IN_MESSAGE = 20


@dataclass(frozen=True)
class Place:
    """Where something stands: sheet (or table), row (a sheet's row number, or an id), column, and all in one."""

    sheet: str
    row: str
    column: str
    where: str


@dataclass(frozen=True)
class Fault:
    """Something that must be mended before the input can be used.

    ``where`` is the place as people look it up: "Offers!D14" in a workbook, "offers[O1].quantity" in a file.
    """

    sheet: str
    row: str
    column: str
    where: str
    found: str
    allowed: str

    def __str__(self) -> str:
        return f"{self.where}: found {self.found}; allowed: {self.allowed}"


@dataclass(frozen=True)
class Remark:
    """Something that stops nothing but deserves a look, said in a sentence."""

    sheet: str
    row: str
    column: str
    where: str
    sentence: str

    def __str__(self) -> str:
        return f"{self.where}: {self.sentence}"


class FaultyInput(Exception):  # noqa: N818 - what it says is not an error of the program
    """An input with faults: all of them in ``faults``, and the remarks made on the way in ``warnings``.

    ``objections`` are sentences that say what else speaks against it, apart from the values of single cells.
    """

    def __init__(
        self, faults: Sequence[Fault], warnings: Sequence[Remark] = (), objections: Sequence[str] = ()
    ) -> None:
        self.faults = list(faults)
        self.warnings = list(warnings)
        self.objections = list(objections)
        every = [*self.faults, *self.objections]
        lines = [str(one) for one in every[:MOST_IN_MESSAGE]]
        if len(every) > MOST_IN_MESSAGE:
            lines.append(f"and {len(every) - MOST_IN_MESSAGE} more")
        super().__init__("\n".join(lines))


class Located(Protocol):
    """A table that knows where its cells stand."""

    def place(self, row: int, column: str) -> Place:
        """Return where the cell of ``row`` (from 0) and ``column`` stands."""
        ...


@dataclass
class Findings:
    """Collects faults and remarks while an input is read and checked."""

    faults: list[Fault] = field(default_factory=list)
    remarks: list[Remark] = field(default_factory=list)

    def fault(self, at: Place, found: str, allowed: str) -> None:
        """Add a fault."""
        self.faults.append(Fault(at.sheet, at.row, at.column, at.where, found, allowed))

    def remark(self, at: Place, sentence: str) -> None:
        """Add a remark."""
        self.remarks.append(Remark(at.sheet, at.row, at.column, at.where, sentence))

    def stop_if_faulty(self) -> None:
        """Raise FaultyInput where a fault was found."""
        if self.faults:
            raise FaultyInput(self.faults, self.remarks)


def shown(value: Any) -> str:
    """Return a value as it is quoted in a fault: texts in quotes and not too long, "nothing" for none."""
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, str):
        return f"'{value}'" if len(value) <= 80 else f"'{value[:77]}...'"
    if isinstance(value, float):
        return f"{value:.15g}"
    if isinstance(value, dict | list | tuple):
        return {dict: "an object", list: "a list", tuple: "a list"}[type(value)]
    text = str(value)
    return text if len(text) <= 80 else f"{text[:77]}..."


def file_place(path: object) -> Place:
    """Return the place that stands for a whole file."""
    return Place(str(path), "", "", str(path))
