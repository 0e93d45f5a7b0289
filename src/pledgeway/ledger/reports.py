"""Reports in money and in units: what was promised, by whom and for what; what of the goods was delivered."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import ROUND_HALF_EVEN, Decimal
from enum import Enum
from typing import Any, NamedTuple, TypeVar

from django.db.models import QuerySet

from pledgeway.access.deciding import Reader
from pledgeway.accounts.figures import Amount, reached
from pledgeway.accounts.moves import Position
from pledgeway.accounts.quantities import NO_CURRENCY, currency_decimals, from_parts
from pledgeway.accounts.stages import MONEY_KINDS
from pledgeway.ledger.balances import balances
from pledgeway.ledger.cuts import Cut
from pledgeway.ledger.models import AnnouncementTerms, CommitmentTerms, Terms
from pledgeway.ledger.rates import convert
from pledgeway.ledger.seen import announcements_seen
from pledgeway.registry.models import Item, Party, resolved

PURPOSES = ("military", "humanitarian", "financial")
GROUPINGS = ("donor", "recipient", "purpose", "year", "month", "decision")
Said = TypeVar("Said", AnnouncementTerms, CommitmentTerms)


class Rates(Enum):
    """How money is converted."""

    SOURCE = "source"
    PROMISE_DATE = "promise-date"


class Worth(NamedTuple):
    """The value of one announcement or commitment; an amount of None is unknown, which is not zero."""

    terms: Terms
    amount: Decimal | None
    currency: str
    converted: Decimal | None = None
    converted_currency: str = ""


@dataclass
class Sum:
    """One line of the report: ``unknown`` counts what has no known value, ``unconverted`` sums by currency.

    ``open_amount`` of the amount, and ``open_conditions`` of all that is told, stand under a condition that is open.
    """

    group: dict[str, str]
    amount: Decimal = Decimal(0)
    counted: int = 0
    unknown: int = 0
    open_amount: Decimal = Decimal(0)
    open_conditions: int = 0
    unconverted: dict[str, Decimal] = field(default_factory=dict)


def commitments(
    by: Sequence[str],
    currency: str,
    rates: Rates = Rates.SOURCE,
    cut: Cut | None = None,
    reader: Reader | None = None,
) -> list[Sum]:
    """Return the value of all promises in ``currency``, by any of GROUPINGS (of those ``reader`` may see, if given).

    An announcement counts by its total where it has one, else by its parts, never by both. What draws on an envelope
    counts by the envelope where that one's value is known, else by its own. Promises under an open condition count, and
    are told beside. Where donors and purposes are asked for together, every purpose is told for every donor. Raises
    KeyError for an unknown grouping.
    """
    if strange := set(by) - set(GROUPINGS):
        raise KeyError(f"no such grouping: {', '.join(sorted(strange))}; there are {', '.join(GROUPINGS)}")
    cut = cut or Cut()
    parties = {number: party.name for number, party in resolved(Party.objects.all()).items()}
    sums: dict[tuple[str, ...], Sum] = {}
    for worth in worths(cut, reader):
        group = {name: _group(name, worth.terms, parties) for name in by}
        line = sums.setdefault(tuple(group.values()), Sum(group))
        _add(line, worth, currency, rates)
    if {"donor", "purpose"} == set(by):
        for donor in {line.group["donor"] for line in sums.values()}:
            for purpose in PURPOSES:
                group = {name: donor if name == "donor" else purpose for name in by}
                sums.setdefault(tuple(group.values()), Sum(group))
    return [sums[key] for key in sorted(sums)]


def worths(cut: Cut, reader: Reader | None = None) -> Iterator[Worth]:
    """Yield what announcements are worth, and commitments that belong to none that ``reader`` may see."""
    promised = _promised(cut, reader)
    announcements = None if reader is None or reader.sees_all else _keys(announcements_seen(reader), "announcement")
    last_day = cut.as_of or date.max
    told = [
        terms for terms in _latest(CommitmentTerms, "commitment", cut)
        if terms.day <= last_day and promised.get(terms.commitment.key, Amount()) != Amount()
    ]  # fmt: skip
    wholes = [
        said for said in _latest(AnnouncementTerms, "announcement", cut)
        if said.day <= last_day and (announcements is None or said.announcement_id in announcements)
    ]  # fmt: skip
    total = {said.announcement_id for said in wholes if said.value is not None or said.converted is not None}
    known = {terms.commitment_id for terms in told
             if terms.announcement_id in total or _is_known(_part(terms, promised))}  # fmt: skip
    parts: dict[int | None, list[CommitmentTerms]] = {}
    drawing: set[int | None] = set()
    for terms in told:
        if terms.draws_on_id in known:
            drawing.add(terms.announcement_id)
        else:
            parts.setdefault(terms.announcement_id, []).append(terms)
    for announced in wholes:
        own = parts.pop(announced.announcement_id, [])
        if not own and announced.announcement_id in drawing:
            continue  # all of it is paid from envelopes that are told elsewhere
        if announced.announcement_id in total:
            yield _stated(announced)
        elif own:
            yield from _together(announced, [_part(terms, promised) for terms in own])
    for rest in parts.values():
        yield from (_part(terms, promised) for terms in rest)


def _is_known(worth: Worth) -> bool:
    return worth.amount is not None or worth.converted is not None


def _latest(model: type[Said], of: str, cut: Cut) -> list[Said]:
    rows = model._default_manager.filter(batch_id__lte=cut.parameters[1]).order_by("id")
    related = ["statement", of, *(["item"] if model is CommitmentTerms else [])]
    found: dict[int, Said] = {getattr(terms, f"{of}_id"): terms for terms in rows.select_related(*related)}
    return list(found.values())


def _keys(rows: QuerySet[Any], of: str) -> set[int]:
    return set(rows.values_list(f"{of}_id", flat=True))


def _promised(cut: Cut, reader: Reader | None) -> dict[str, Amount]:
    return {balance.group["commitment"]: balance.amount for balance in balances(["commitment"], cut, reader=reader)}


def _stated(terms: Terms) -> Worth:
    return Worth(terms, terms.value, terms.currency, terms.converted, terms.converted_currency)


def _part(terms: CommitmentTerms, promised: dict[str, Amount]) -> Worth:
    """Return the worth of a commitment: money by its quantity, all else by the value stated beside it."""
    commitment = terms.commitment
    if commitment.kind not in MONEY_KINDS or terms.value is not None:
        return _stated(terms)
    amount = promised[commitment.key]
    if amount.marks or commitment.unit == NO_CURRENCY:
        return Worth(terms, None, commitment.unit)
    return Worth(terms, from_parts(amount.quantity, commitment.decimals), commitment.unit)


def _together(announced: AnnouncementTerms, parts: list[Worth]) -> Iterator[Worth]:
    """Yield the parts whose value is known, and once the announcement where that of any part is not."""
    yield from (part for part in parts if part.amount is not None)
    if any(part.amount is None for part in parts):
        yield Worth(announced, None, "")


def _add(line: Sum, worth: Worth, currency: str, rates: Rates) -> None:
    amount: Decimal | None
    is_open = isinstance(worth.terms, CommitmentTerms) and worth.terms.condition_state == "open"
    line.open_conditions += is_open
    if not _is_known(worth):
        line.unknown += 1
        return
    if rates is Rates.SOURCE and worth.converted_currency == currency:
        amount = worth.converted
    elif worth.currency == currency:
        amount = worth.amount
    elif rates is Rates.PROMISE_DATE and worth.amount is not None:
        amount = convert(worth.amount, worth.currency, currency, worth.terms.day)
    else:
        amount = None
    if amount is None:
        known = worth.amount if worth.amount is not None else worth.converted
        of = worth.currency if worth.amount is not None else worth.converted_currency
        line.unconverted[of] = line.unconverted.get(of, Decimal(0)) + (known or 0)
        return
    line.amount += amount
    line.counted += 1
    line.open_amount += amount if is_open else 0


def _group(name: str, terms: Terms, parties: dict[int, str]) -> str:
    if name in ("donor", "recipient"):
        number = getattr(terms, f"{name}_id")
        return parties.get(number, "")
    if name in ("year", "month"):
        return terms.day.isoformat()[: 4 if name == "year" else 7]
    return str(getattr(terms, name))


def rounded(amount: Decimal, currency: str) -> int | float:
    """Return ``amount`` to the minor unit of its currency, as a number that JSON prints with just these digits."""
    exact = amount.quantize(Decimal(1).scaleb(-currency_decimals(currency)), rounding=ROUND_HALF_EVEN)
    return int(exact) if exact == exact.to_integral_value() else float(exact)


class Goods(NamedTuple):
    """What one donor promised and delivered of one item, in its unit, with parts of unknown size beside."""

    item: str
    category: str
    donor: str
    unit: str
    decimals: int
    promised: Amount
    delivered: Amount


def goods(cut: Cut | None = None, category: str = "") -> list[Goods]:
    """Return promised and delivered goods by item and donor; of one category of items only, where one is named.

    Delivered is all that ever reached the stage, or one beyond it.
    """
    by = ["item", "donor", "stage", "left"]
    items = {item.code: item for item in Item.objects.all()}
    donors = {party.code: party.name for party in Party.objects.all()}
    held: dict[tuple[str, str, str, int], dict[Position, Amount]] = {}
    for balance in balances(by, cut, {"kind": ["goods"]}):
        group = balance.group
        if group["item"] is None:
            continue
        key = (group["item"], group["donor"], balance.unit, balance.decimals)
        held.setdefault(key, {})[Position(group["stage"], group["left"])] = balance.amount
    lines = [
        Goods(
            items[item].name, items[item].category, donors[donor], unit, decimals,
            reached("goods", "pledged", own), reached("goods", "delivered", own),
        )
        for (item, donor, unit, decimals), own in held.items()
        if not category or items[item].category.casefold() == category.casefold()
    ]  # fmt: skip
    return sorted(lines, key=lambda line: (line.item.casefold(), line.donor))


def units(amount: Amount, decimals: int) -> int | float:
    """Return a known quantity in its unit, as a number that JSON prints with just its digits."""
    exact: Any = from_parts(amount.quantity, decimals)
    return int(exact) if exact == exact.to_integral_value() else float(exact)
