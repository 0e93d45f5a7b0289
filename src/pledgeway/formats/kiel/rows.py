"""What a row of the tracker says."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from pledgeway.accounts.days import Day

SHEET = "Bilateral assistance, MAIN DATA"


@dataclass(frozen=True)
class Count:
    """A number of units: known, or of unknown size, or (neither) not stated. ``said`` is the cell as it stands."""

    known: Decimal | None = None
    unknown: bool = False
    said: str = ""


@dataclass(frozen=True)
class TrackerRow:
    """One row of the main sheet.

    ``number`` is its row on the sheet and ``place`` counts, from 1, the rows of a package that name the same item.
    ``total`` is the package's value in ``currency`` ("" where none is stated), ``converted`` the same in EUR as the
    tracker converted it, ``delivered_eur`` what of it was delivered; all three stand on a package's first row only.
    """

    number: int
    package: str
    place: int
    is_first: bool
    donor: str
    purpose: str
    type: str
    day: Day
    text: str
    item: str
    category: str
    subcategory: str
    promised: Count
    delivered: Count
    currency: str
    total: Decimal | None
    basis: str
    converted: Decimal | None
    delivered_eur: Decimal | None
    sources: tuple[str, ...]
    delivery_sources: tuple[str, ...]


@dataclass(frozen=True)
class Unused:
    """A cell, or a whole row, that could not be used as it stands, and what was done instead."""

    row: int
    column: str
    where: str
    found: str
    reason: str
    whole_row: bool = False

    def as_json(self) -> dict[str, Any]:
        """Return it as the command prints it."""
        return {
            "row": self.row, "column": self.column, "where": self.where, "found": self.found, "reason": self.reason,
        }  # fmt: skip


@dataclass(frozen=True)
class Products:
    """Gross domestic products of ``year``, in millions of EUR, by donor."""

    year: int
    million_eur: dict[str, float]


@dataclass(frozen=True)
class Tracker:
    """A release of the tracker: its number, title, last day covered, its rows, and what could not be used.

    ``products`` is None where the workbook has no sheet that tells them.
    """

    release: int
    title: str
    until: date
    rows: list[TrackerRow]
    unused: list[Unused]
    row_count: int
    products: Products | None = None
