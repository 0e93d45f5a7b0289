"""Exact quantities: whole numbers of the smallest part that is counted, and decimals at the edge. No floats.

An item's unit is counted to a stated number of decimals (vehicles 0, tonnes 6), a currency to those of its minor unit.
"""

from __future__ import annotations

from decimal import Context, Decimal, Inexact, InvalidOperation

MOST = 10**15
"""Above every quantity of one posting, in parts: ten trillion euros in cents. Sums have room in 64 bits."""

MOST_DECIMALS = 9
NO_CURRENCY = "XXX"
"""ISO 4217's code where no currency is involved; here: where none is stated."""

_FEWER_OR_MORE = {
    "BHD": 3, "IQD": 3, "JOD": 3, "KWD": 3, "LYD": 3, "OMR": 3, "TND": 3,
    "BIF": 0, "CLP": 0, "DJF": 0, "GNF": 0, "ISK": 0, "JPY": 0, "KMF": 0, "KRW": 0, "PYG": 0, "RWF": 0, "UGX": 0,
    "VND": 0, "VUV": 0, "XAF": 0, "XOF": 0, "XPF": 0,
}  # fmt: skip
_EXACT = Context(prec=60, traps=[Inexact, InvalidOperation])


class InexactQuantityError(ValueError):
    """A quantity finer than its unit is counted, or beyond what can be stored."""


def currency_decimals(currency: str) -> int:
    """Return the decimals of a currency's minor unit (ISO 4217): 2 for EUR, 0 for JPY."""
    return _FEWER_OR_MORE.get(currency, 2)


def to_parts(quantity: Decimal | int | str, decimals: int) -> int:
    """Return ``quantity`` as a whole number of parts of 10 ** -``decimals``: "12.5" at 2 decimals is 1250.

    Raises InexactQuantityError for what is finer, no number, or larger than MOST.
    """
    try:
        parts = Decimal(quantity).scaleb(decimals, context=_EXACT)
        whole = int(parts.to_integral_exact(context=_EXACT)) if parts.adjusted() < 30 else MOST
    except (Inexact, InvalidOperation, ValueError, OverflowError):
        raise InexactQuantityError(f"{quantity} is no number with at most {decimals} decimals") from None
    if not abs(whole) < MOST:
        raise InexactQuantityError(f"{quantity} is too large")
    return whole


def from_parts(parts: int, decimals: int) -> Decimal:
    """Return a whole number of parts as the quantity it stands for: 1250 at 2 decimals is 12.50."""
    return Decimal(parts).scaleb(-decimals, context=_EXACT)


def plural(unit: str) -> str:
    """Return the word for several of ``unit``; codes and symbols such as EUR and t, and what is plural, stay."""
    last = unit.rpartition(" ")[2]
    if len(last) < 3 or not last.isalpha() or not last.islower() or (last.endswith("s") and not last.endswith("ss")):
        return unit
    if last.endswith("y") and last[-2] not in "aeiou":
        return f"{unit[:-1]}ies"
    return f"{unit}es" if last.endswith(("ss", "x", "ch", "sh")) else f"{unit}s"
