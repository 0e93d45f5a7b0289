"""Single cells of the tracker: "." and "Not given" for nothing, "undisclosed" for what nobody tells."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from pledgeway.formats.kiel.rows import Count

NOTHING = frozenset({"", ".", "not given", "no price", "\xa0"})
SECRET = "undisclosed"


def text_of(value: Any) -> str:
    """Return a cell's text without the spaces around it; "" for a cell that says nothing."""
    text = str(value).replace("\xa0", " ").strip() if value is not None else ""
    return "" if text.casefold() in NOTHING else text


def number_of(value: Any) -> tuple[Decimal | None, bool]:
    """Return the number in a cell, exactly as the file holds it, and whether the cell says something else instead."""
    if isinstance(value, bool):
        return None, True
    if isinstance(value, int | float):
        number = Decimal(repr(value))
        return (number, False) if number.is_finite() else (None, True)
    return None, bool(text_of(value))


def count_of(value: Any) -> tuple[Count, bool]:
    """Return the number of units in a cell, and whether it says what is neither a number nor "undisclosed"."""
    said = shown(value)
    number, odd = number_of(value)
    if number is not None:
        return (Count(number, said=said), False) if number >= 0 else (Count(unknown=True, said=said), True)
    if not odd:
        return Count(), False
    return Count(unknown=True, said=said), text_of(value).casefold() != SECRET


def addresses_of(*values: Any) -> tuple[str, ...]:
    """Return the sources that cells name, each once."""
    texts = (text_of(value).removeprefix(".") for value in values)
    return tuple(dict.fromkeys(" ".join(text.split())[:2000] for text in texts if text))


def shown(value: Any) -> str:
    """Return a cell as it is quoted."""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return "" if value is None else str(value)
