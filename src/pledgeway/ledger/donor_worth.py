"""What donors' promises are worth now, as :func:`pledgeway.ledger.reports.commitments` says, for overviews.

Promises whose terms are alike in currency are added up before they are counted, and rows are read as plain values.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any, NamedTuple

from django.db.models import BooleanField, Count, ExpressionWrapper, Q, QuerySet

from pledgeway.access.deciding import Reader
from pledgeway.accounts.quantities import NO_CURRENCY, from_parts
from pledgeway.accounts.stages import MONEY_KINDS
from pledgeway.ledger.fields import ExactSum
from pledgeway.ledger.models import CommitmentTotal
from pledgeway.ledger.remembered import until_recorded
from pledgeway.ledger.seen import announcements_seen, totals_seen

FIELDS = ("value", "currency", "converted", "converted_currency")
ZERO = Decimal(0)


class Said(NamedTuple):
    """What one promise or announcement of a donor says it is worth; None is unknown, which is not zero."""

    donor: int
    value: Decimal | None
    currency: str
    converted: Decimal | None
    converted_currency: str


class Worth:
    """What a donor's promises are worth in all, how many that counts, and of how many it is not known."""

    def __init__(self) -> None:
        self.amount = ZERO
        self.counted = 0
        self.unknown = 0
        self.unconverted: set[str] = set()


@until_recorded
def worth_by_donor(currency: str, reader: Reader) -> dict[int, Worth]:
    """Return by donor's number what the promises that ``reader`` may see are worth in ``currency``.

    Money counts as its source converted it; what it did not convert is left out, and its currency named.
    """
    found: dict[int, Worth] = {}
    for (donor, own, converted_to, known, is_converted), (value, converted, count) in _alike(reader).items():
        worth = found.setdefault(donor, Worth())
        if not known and not is_converted:
            worth.unknown += count
        elif (converted_to == currency and is_converted) or (own == currency and known and converted_to != currency):
            worth.amount += converted if converted_to == currency else value
            worth.counted += count
        else:
            worth.unconverted.add(own if known else converted_to)
    return found


def _alike(reader: Reader) -> dict[tuple[int, str, str, bool, bool], tuple[Decimal, Decimal, int]]:
    """Return the sums of what is said, of all that is alike: value, converted value, and how many there are."""
    rows = totals_seen(reader).filter(furthest__gte=0).order_by()
    plain = rows.filter(terms__announcement=None).exclude(kind__in=MONEY_KINDS).annotate(
        known=_is_there("terms__value"), is_converted=_is_there("terms__converted")
    )  # fmt: skip
    found = {
        (donor, own, converted_to, bool(known), bool(is_converted)): (value or ZERO, converted or ZERO, count)
        for donor, own, converted_to, known, is_converted, value, converted, count in plain.values_list(
            "donor_id", "terms__currency", "terms__converted_currency", "known", "is_converted"
        ).annotate(value=ExactSum("terms__value"), converted=ExactSum("terms__converted"), count=Count("pk"))
    }
    for said in _one_by_one(rows, reader):
        key = (said.donor, said.currency, said.converted_currency, said.value is not None, said.converted is not None)
        value, converted, count = found.get(key, (ZERO, ZERO, 0))
        found[key] = (value + (said.value or ZERO), converted + (said.converted or ZERO), count + 1)
    return found


def _is_there(path: str) -> ExpressionWrapper[Any]:
    return ExpressionWrapper(Q(**{f"{path}__isnull": False}), BooleanField())


def _one_by_one(rows: QuerySet[CommitmentTotal], reader: Reader) -> Iterator[Said]:
    """Yield what announcements are worth, and money and parts that belong to none that ``reader`` may see."""
    said = ("donor_id", *(f"terms__{name}" for name in FIELDS))
    quantities = ("kind", "unit", "decimals", "promised", "marks", "terms__announcement_id")
    parts: dict[int | None, list[Said]] = {}
    others = rows.filter(Q(kind__in=MONEY_KINDS) | Q(terms__announcement__isnull=False))
    for donor, *stated, kind, unit, decimals, promised, marks, announcement in others.values_list(*said, *quantities):
        parts.setdefault(announcement, []).append(_part(Said(donor, *stated), kind, unit, decimals, promised, marks))
    for announced in announcements_seen(reader).values_list("donor_id", *FIELDS, "announcement_id"):
        own = parts.pop(announced[-1], [])
        if announced[1] is not None or announced[3] is not None:
            yield Said(*announced[:-1])
            continue
        yield from (part for part in own if part.value is not None)
        if any(part.value is None for part in own):
            yield Said(announced[0], None, "", None, "")
    for rest in parts.values():
        yield from rest


def _part(said: Said, kind: str, unit: str, decimals: int, promised: int, marks: int) -> Said:
    """Return the worth of a promise: money by its quantity, all else by the value stated beside it."""
    if kind not in MONEY_KINDS or said.value is not None:
        return said
    known = not marks and unit != NO_CURRENCY
    return Said(said.donor, from_parts(promised, decimals) if known else None, unit, None, "")
