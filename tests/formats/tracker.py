"""A small invented workbook of the Ukraine Support Tracker's layout, for tests."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import xlsxwriter

HEADER = [
    "ID", "countries", "Announcement Date", "Type of Aid General", "Type of Aid Specific", "Explanation",
    "Original Currency", "Monetary Value as Given by Source", "", "Type of item", "Sub-type of item",
    "Soviet origin (1)", "No. of Units", "No. of Units delivered (in-kind military aid)", "Unit Price in USD",
    "Value committed (own estimate, in USD)", "Value delivered (own estimate, in USD)", "Total ",
    "Converted Value in EUR", "Total monetary value delivered in EUR", "Official Source", "Source of Aid 1",
    "Source of Aid 2", "Source of Aid 3", "Source of Aid 4", "Source for Delivery",
    "Total_value_dummy (1 is first row in the package)", "value_source_commitments", "Sub-type of item",
]  # fmt: skip
NAMES = {
    "package": "ID", "donor": "countries", "day": "Announcement Date", "purpose": "Type of Aid General",
    "type": "Type of Aid Specific", "text": "Explanation", "currency": "Original Currency", "item": "",
    "category": "Type of item", "promised": "No. of Units", "delivered": HEADER[13], "total": "Total ",
    "converted": "Converted Value in EUR", "delivered_eur": "Total monetary value delivered in EUR",
    "source": "Source of Aid 1", "delivery_source": "Source for Delivery", "is_first": HEADER[26],
}  # fmt: skip
TITLE = "Ukraine Support Tracker – {}th release (covering January 24 to {})"

Row = dict[str, Any]


def row(package: str, donor: str = "Norland", **cells: Any) -> Row:
    """Return a row: military goods announced on 1 March 2022, first of its package, unless ``cells`` say otherwise."""
    usual: Row = {
        "day": date(2022, 3, 1), "purpose": "Military", "type": "Weapons", "text": f"{donor} announces {package}.",
        "currency": "EUR", "item": ".", "category": ".", "promised": ".", "delivered": ".", "total": "",
        "converted": "", "delivered_eur": "", "source": f"https://example.org/{package}", "delivery_source": ".",
        "is_first": 1,
    }  # fmt: skip
    return {"package": package, "donor": donor} | usual | cells


def rows() -> list[Row]:
    """Return the rows that the tests speak of."""
    return [
        row("NOM1", item="howitzer", promised=10, delivered=4, total=1000000, converted=1000000,
            delivered_eur=400000, delivery_source="https://example.org/handed-over"),
        row("NOM1", item="Helmet ", promised=5000, delivered=5000, is_first=0),
        row("NOM1", item="helmet", promised=200, is_first=0),
        row("NOM1", item="drone", promised="undisclosed", delivered="undisclosed", is_first=0),
        row("NOM1", item="missile", promised="undisclosed", delivered=201, is_first=0),
        row("NOM1", item="rifle", promised="1.000.00", is_first=0),
        row("NOH1", purpose="Humanitarian", type="Assistance", currency="USD", total=9887, converted=10000,
            delivered_eur=10000),
        row("NOF1", purpose="Financial", type="Loan", total=5000000, converted=5000000, day="until 4/27/2022"),
        row("NOF2", purpose="Financial", type="Guarantee", total=300.5, converted=300.5, day="not specified, 03/22"),
        row("SUH1", "Sudland", purpose="Humanitarian", type="Assistance", currency=".", total=".", converted="."),
        row("SUH2", "Sudland", purpose="Humanitarian", item="ton of coal", promised=216.5, total=70, converted=70),
        row("", "Sudland", total=1, converted=1),
        row("SUX1", "Sudland", purpose="Moral", total=1, converted=1),
    ]  # fmt: skip


def write_tracker(
    path: Path, given: list[Row], release: int = 8, until: str = "October 3, 2022",
    products: list[tuple[Any, ...]] | None = None,
) -> Path:  # fmt: skip
    """Write a release of the tracker with these rows, and gross domestic products by country where they are given."""
    with xlsxwriter.Workbook(path) as book:
        book.add_worksheet("ReadMe").write("B1", TITLE.format(release, until))
        sheet = book.add_worksheet("Bilateral assistance, MAIN DATA")
        dates = book.add_format({"num_format": "yyyy-mm-dd"})
        sheet.write_row(0, 0, HEADER)
        for number, cells in enumerate(given, start=1):
            for key, value in cells.items():
                column = HEADER.index(NAMES[key])
                if isinstance(value, date):
                    sheet.write_datetime(number, column, value, dates)
                else:
                    sheet.write(number, column, value)
        for number, cells in enumerate(products or []):
            if number == 0:
                summary = book.add_worksheet("Country Summary")
            summary.write_row(number + 2, 1, cells)
    return path
