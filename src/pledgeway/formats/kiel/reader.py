"""Reading the tracker's workbook."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

from pledgeway.formats.kiel import products
from pledgeway.formats.kiel.cells import addresses_of, count_of, number_of, shown, text_of
from pledgeway.formats.kiel.days import read_day
from pledgeway.formats.kiel.products import read_products
from pledgeway.formats.kiel.rows import SHEET, Tracker, TrackerRow, Unused
from pledgeway.formats.workbook.container import column_letters, read_sheets
from pledgeway.tables.faults import Findings, Place

PURPOSES = ("military", "humanitarian", "financial")
HEADERS = {
    "package": "ID",
    "donor": "countries",
    "day": "Announcement Date",
    "purpose": "Type of Aid General",
    "type": "Type of Aid Specific",
    "text": "Explanation",
    "currency": "Original Currency",
    "category": "Type of item",
    "subcategory": "Sub-type of item",
    "promised": "No. of Units",
    "delivered": "No. of Units delivered (in-kind military aid)",
    "total": "Total",
    "converted": "Converted Value in EUR",
    "delivered_eur": "Total monetary value delivered in EUR",
    "source_1": "Source of Aid 1",
    "source_2": "Source of Aid 2",
    "source_3": "Source of Aid 3",
    "source_4": "Source of Aid 4",
    "delivery_source": "Source for Delivery",
    "is_first": "Total_value_dummy (1 is first row in the package)",
    "basis": "value_source_commitments",
}
ITEM = "Item"
"""The header of the item's name where it has one; in the release known it is empty, before "Type of item"."""

_RELEASE = re.compile(r"(\d+)(?:st|nd|rd|th) release.*?\bto\s+(\w+ \d{1,2},? \d{4})", re.DOTALL)


def read_tracker(path: Path | str) -> Tracker:
    """Return the release of the tracker in the workbook ``path``.

    Raises FaultyInput where it is no workbook, or not the tracker's. What single cells and rows cannot be used stands
    in ``unused``: nothing is left out silently.
    """
    sheets = read_sheets(path)
    findings = Findings()
    title, release, until = _release(sheets, findings)
    rows = sheets.get(SHEET)
    if rows is None:
        findings.fault(Place(SHEET, "", "", SHEET), "no such sheet", f"a sheet '{SHEET}'")
    columns = _columns(rows[0] if rows else [], findings) if rows is not None else {}
    findings.stop_if_faulty()
    tracker = _Reading(columns, until).read(rows or [], release, title)
    tracker = replace(tracker, products=read_products(sheets.get(products.SHEET, [])))
    if tracker.rows and all(row.total is None and row.converted is None for row in tracker.rows):
        # What a program that cannot calculate has saved keeps the formulas and loses their results.
        found = "no value in any row: the formulas have no results"
        findings.fault(Place(SHEET, "", "", SHEET), found, "a workbook that a spreadsheet program has saved")
    findings.stop_if_faulty()
    return tracker


def _release(sheets: dict[str, list[list[Any]]], findings: Findings) -> tuple[str, int, date]:
    title = next((text_of(value) for row in sheets.get("ReadMe", []) for value in row if text_of(value)), "")
    if found := _RELEASE.search(title):
        for form in ("%B %d, %Y", "%B %d %Y"):
            try:
                return title, int(found[1]), datetime.strptime(found[2], form).date()
            except ValueError:
                continue
    findings.fault(
        Place("ReadMe", "", "", "ReadMe"),
        f"'{title[:80]}'" if title else "no such sheet, or nothing on it",
        "the release and what it covers, such as '7th release (covering January 24 to October 3, 2022)'",
    )
    return title, 0, date.max


def _columns(header: Sequence[Any], findings: Findings) -> dict[str, int]:
    """Return where each column stands; of two with one name, the first counts."""
    names = [" ".join(str(value or "").split()).casefold() for value in header]
    columns = {}
    for key, title in HEADERS.items():
        if title.casefold() in names:
            columns[key] = names.index(title.casefold())
        else:
            findings.fault(Place(SHEET, "1", "", f"{SHEET}!1"), f"no column '{title}'", f"a column '{title}'")
    if ITEM.casefold() in names:
        columns["item"] = names.index(ITEM.casefold())
    elif "category" in columns and columns["category"] > 0 and not names[columns["category"] - 1]:
        columns["item"] = columns["category"] - 1
    else:
        findings.fault(
            Place(SHEET, "1", "", f"{SHEET}!1"), "no column with the items' names", "one before 'Type of item'"
        )
    return columns


class _Reading:
    """One reading of the main sheet."""

    def __init__(self, columns: dict[str, int], until: date) -> None:
        self.columns, self.until = columns, until
        self.rows: list[TrackerRow] = []
        self.unused: list[Unused] = []
        self._seen: Counter[tuple[str, str]] = Counter()
        self._packages: dict[str, tuple[str, str]] = {}

    def read(self, sheet: Sequence[Sequence[Any]], release: int, title: str) -> Tracker:
        """Return the release that the rows of ``sheet`` make."""
        filled = [
            (number, row) for number, row in enumerate(sheet[1:], start=2) if any(text_of(value) for value in row)
        ]
        for number, row in filled:
            cells = {key: row[column] if column < len(row) else None for key, column in self.columns.items()}
            self._read_row(number, cells)
        return Tracker(release, title, self.until, self.rows, self.unused, len(filled))

    def _read_row(self, number: int, cells: dict[str, Any]) -> None:
        package, donor, purpose = (text_of(cells[key]) for key in ("package", "donor", "purpose"))
        if not self._is_usable(number, cells, package, donor, purpose.casefold()):
            return
        item = " ".join(text_of(cells["item"]).split())
        self._seen[package, item.casefold()] += 1
        self._packages.setdefault(package, (donor, purpose.casefold()))
        day, fault = read_day(cells["day"], self.until)
        if fault:
            self._leave_out(number, "day", cells, fault)
        self.rows.append(
            TrackerRow(
                number=number,
                package=package,
                place=self._seen[package, item.casefold()],
                is_first=cells["is_first"] == 1,
                donor=donor,
                purpose=purpose.casefold(),
                type=" ".join(text_of(cells["type"]).split()),
                day=day,
                text=text_of(cells["text"]),
                item=item,
                category=text_of(cells["category"]),
                subcategory=text_of(cells["subcategory"]),
                promised=self._count(number, "promised", cells),
                delivered=self._count(number, "delivered", cells),
                currency=text_of(cells["currency"]).upper(),
                basis=text_of(cells["basis"]),
                sources=addresses_of(*(cells[f"source_{one}"] for one in range(1, 5))),
                delivery_sources=addresses_of(cells["delivery_source"]),
                **{key: self._amount(number, key, cells) for key in ("total", "converted", "delivered_eur")},
            )
        )

    def _is_usable(self, number: int, cells: dict[str, Any], package: str, donor: str, purpose: str) -> bool:
        reason = column = ""
        first = self._packages.get(package)
        if not package:
            column, reason = "package", "no package to which the row belongs"
        elif not donor:
            column, reason = "donor", "nobody who promised it"
        elif purpose not in PURPOSES:
            column, reason = "purpose", f"no kind of aid; one of {', '.join(PURPOSES)} is needed"
        elif first is not None and first != (donor, purpose):
            column, reason = "donor", f"package {package} began with {first[0]}, {first[1]}: one package, one donor"
        elif cells["is_first"] == 1 and first is not None:
            column, reason = "is_first", f"a second first row of package {package}: its value would count twice"
        if reason:
            self._leave_out(number, column, cells, reason, whole_row=True)
        return not reason

    def _count(self, number: int, key: str, cells: dict[str, Any]) -> Any:
        count, odd = count_of(cells[key])
        if odd:
            self._leave_out(number, key, cells, "no number of units; taken as a quantity of unknown size")
        return count

    def _amount(self, number: int, key: str, cells: dict[str, Any]) -> Any:
        amount, odd = number_of(cells[key])
        if odd or (amount is not None and amount < 0):
            self._leave_out(number, key, cells, "no amount; taken as unknown")
            return None
        if amount is not None and cells["is_first"] != 1:
            self._leave_out(number, key, cells, "an amount that is not on its package's first row; left out of totals")
            return None
        return amount

    def _leave_out(self, number: int, key: str, cells: dict[str, Any], reason: str, *, whole_row: bool = False) -> None:
        letters = column_letters(self.columns[key])
        found = shown(cells[key])
        self.unused.append(Unused(number, letters, f"{SHEET}!{letters}{number}", found, reason, whole_row))
