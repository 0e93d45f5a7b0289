"""The gross domestic products that the tracker's summary shows beside what each donor gives."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from pledgeway.formats.kiel.cells import text_of
from pledgeway.formats.kiel.rows import Products

SHEET = "Country Summary"
_COUNTRY, _PRODUCT, _UNIT = "Country", "GDP (EUR)", "\u20ac billion"
_YEAR = re.compile(r"GDP \((\d{4})\)")
_MILLIONS_IN_A_BILLION = 1000


def read_products(rows: Sequence[Sequence[Any]]) -> Products | None:
    """Return what the summary's ``rows`` tell; None where its header, year or unit is not the known one.

    The ledger's figures never come from this sheet, so that a tracker without it is as good.
    """
    for at, row in enumerate(rows[:-1]):
        header = [text_of(cell) for cell in row]
        if _COUNTRY in header and _PRODUCT in header:
            country, product = header.index(_COUNTRY), header.index(_PRODUCT)
            year = next((int(found[1]) for found in map(_YEAR.fullmatch, header) if found), None)
            unit = rows[at + 1][product] if product < len(rows[at + 1]) else ""
            if year is None or text_of(unit) != _UNIT:
                return None
            return Products(year, {
                text_of(line[country]): round(line[product] * _MILLIONS_IN_A_BILLION, 2)
                for line in rows[at + 2 :]
                if text_of(line[country]) and isinstance(line[product], float) and line[product] > 0
            })  # fmt: skip
    return None
