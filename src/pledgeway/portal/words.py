"""Values as people read them on pages, and as files hold them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from pledgeway.accounts.days import Day, Precision
from pledgeway.accounts.figures import Amount
from pledgeway.accounts.quantities import from_parts, plural
from pledgeway.pictures.words import NOT_STATED, THIN


@dataclass(frozen=True)
class Quantity:
    """A known quantity, and whether some of unknown size is beside it."""

    known: Decimal
    more: bool = False

    @classmethod
    def of(cls, amount: Amount, decimals: int) -> Quantity:
        """Return what ``amount`` is, in the unit of which it counts parts."""
        return cls(from_parts(amount.quantity, decimals), amount.marks > 0)

    def __str__(self) -> str:
        if not self.more:
            return exact(self.known)
        return f"{exact(self.known)} and some not stated" if self.known else NOT_STATED

    def __lt__(self, other: Quantity) -> bool:
        return (self.known, self.more) < (other.known, other.more)


def counted(quantity: Quantity | Decimal | int, unit: str) -> str:
    """Return a quantity with the word for what it counts: 1 piece, 40 pieces, 3 t."""
    if isinstance(quantity, Quantity) and quantity.more:
        return f"{quantity if quantity.known else 'an unstated quantity'} of {plural(unit)}"
    known = quantity.known if isinstance(quantity, Quantity) else quantity
    return f"{exact(known)} {unit if known == 1 else plural(unit)}"


class Count(int):
    """A number that says in a sentence what it counts: ``f"{Count(2):forum}"`` is "2 forums"."""

    def __format__(self, noun: str) -> str:
        """Return the number with as many of ``noun``, if one is given."""
        return counted(int(self), noun) if noun else exact(int(self))

    def __str__(self) -> str:
        """Return the number in words."""
        return f"{self}"


class MoreThan(Count):
    """A number beyond which nothing was counted: ``f"{MoreThan(1000):line}"`` is "more than 1 000 lines"."""

    def __format__(self, noun: str) -> str:
        """Return the number as :class:`Count` does, and that there are more."""
        return f"more than {super().__format__(noun)}"


def exact(value: Decimal | int) -> str:
    """Return every digit that is known, thousands parted by a thin space."""
    text = f"{value:,f}" if isinstance(value, Decimal) else f"{value:,}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return text.replace(",", THIN).replace("-", "\u2212")


def spoken_day(day: date) -> str:
    """Return a day as 18 Oct 2023."""
    return f"{day.day} {day:%b %Y}"


def spoken_posting_day(day: Day) -> str:
    """Return the day of a posting as exactly as it is known."""
    if day.precision is Precision.MONTH:
        return f"{day.latest:%b %Y}"
    return f"by {spoken_day(day.latest)}" if day.precision is Precision.NOT_LATER else spoken_day(day.latest)


def spoken(value: Any) -> str:
    """Return any value as people read it; what is unknown is "not stated"."""
    if value is None or value == "":
        return NOT_STATED
    match value:
        case bool():
            said = "yes" if value else "no"
        case datetime():
            said = f"{spoken_day(value.date())}, {value:%H:%M} UTC"
        case date():
            said = spoken_day(value)
        case Decimal() | int():
            said = exact(value)
        case list() | tuple() | frozenset():
            said = ", ".join(str(one) for one in value) or NOT_STATED
        case _:
            said = str(value)
    return said


def plain(value: Any) -> str | int | Decimal | date | None:
    """Return any value as a file or the API holds it."""
    if isinstance(value, Quantity):
        return None if value.more and not value.known else value.known
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list | tuple | frozenset):
        return ", ".join(str(one) for one in value)
    if value is None or isinstance(value, str | int | Decimal | date):
        return value
    return str(value)
