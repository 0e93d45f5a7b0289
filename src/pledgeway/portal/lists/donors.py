"""Donors' scorecards: what each promised and what became of it, as far as the reader may see."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from urllib.parse import urlencode

from django.db.models import Count
from django.urls import reverse

from pledgeway.access.deciding import Reader
from pledgeway.accounts.stages import KINDS
from pledgeway.ledger.donor_worth import worth_by_donor
from pledgeway.ledger.kept_balances import tonnes
from pledgeway.ledger.seen import totals_seen
from pledgeway.portal.tables import Column, Table, contains
from pledgeway.portal.words import spoken
from pledgeway.registry.models import Party, resolved

CURRENCY = "EUR"


@dataclass
class Scorecard:
    """One donor: how many commitments, how many of them got how far, and what they are worth."""

    code: str
    name: str
    commitments: int = 0
    committed: int = 0
    delivered: int = 0
    received: int = 0
    tonnes: float = 0.0
    tonnes_delivered: float = 0.0
    value: Decimal | None = None
    of_unknown_value: int = 0
    share: Decimal | None = None
    share_of_gdp: Decimal | None = None
    gdp_year: int | None = None

    @property
    def whole_tonnes(self) -> int:
        """The tonnes promised, of goods whose mass is known."""
        return round(self.tonnes)

    @property
    def millions(self) -> Decimal | None:
        """The value in millions; None where none is known."""
        return None if self.value is None else (self.value / 1_000_000).quantize(Decimal("0.1"))


def scorecards(reader: Reader) -> list[Scorecard]:
    """Return the scorecard of every donor of what ``reader`` may see, as things stand now."""
    ends = resolved(Party.objects.all())
    cards: dict[str, Scorecard] = {}

    def card_of(donor: int) -> Scorecard:
        end = ends[donor]
        return cards.setdefault(end.code, Scorecard(end.code, end.name))

    counts = totals_seen(reader).filter(furthest__gte=0).order_by().values_list("donor_id", "kind", "furthest")
    for donor, kind, furthest, count in counts.annotate(count=Count("pk")):
        card, of = card_of(donor), KINDS[kind]
        card.commitments += count
        for stage in ("committed", "delivered", "received"):
            if of.stage(stage) and furthest >= of.rank(stage):
                setattr(card, stage, getattr(card, stage) + count)
    for donor, (promised, delivered) in tonnes(reader).items():
        card = card_of(donor)
        card.tonnes += promised
        card.tonnes_delivered += delivered
    cards = {code: card for code, card in cards.items() if card.commitments}
    _add_values(cards, reader, ends)
    return list(cards.values())


def _add_values(cards: dict[str, Scorecard], reader: Reader, ends: Mapping[int, Party]) -> None:
    """Add what promises are worth, by the sources' own conversions, each donor's share of it, and that of its GDP."""
    unconverted: dict[str, set[str]] = {}
    for donor, worth in worth_by_donor(CURRENCY, reader).items():
        code = ends[donor].code
        if (card := cards.get(code)) is not None:
            unconverted.setdefault(code, set()).update(worth.unconverted)
            card.of_unknown_value += worth.unknown
            if worth.counted:
                card.value = (card.value or Decimal(0)) + worth.amount
    for code, currencies in unconverted.items():
        cards[code].of_unknown_value += len(currencies)
    whole = sum((card.value or Decimal(0) for card in cards.values()), Decimal(0))
    products = {party.code: party for party in ends.values() if party.gdp_million_eur}
    for code, card in cards.items():
        if whole and card.value is not None:
            card.share = (100 * card.value / whole).quantize(Decimal("0.1"))
        if card.value is not None and (party := products.get(code)) is not None:
            card.gdp_year = party.gdp_year
            card.share_of_gdp = (card.value / Decimal(str(party.gdp_million_eur)) / 10_000).quantize(Decimal("0.001"))


def _link(**words: str) -> str:
    return f"{reverse('commitments')}?{urlencode(words)}"


TABLE = Table(
    "donors",
    "Donors",
    (
        Column("name", "Donor", lambda row: row.name, link=lambda row: reverse("donors-one", args=[row.code])),
        Column("commitments", "Promises", lambda row: row.commitments, int, link=lambda row: _link(donor=row.code)),
        Column("tonnes", "Promised, t", lambda row: round(row.tonnes), int, meaning="goods whose mass is known"),
        Column("tonnes_delivered", "Delivered, t", lambda row: round(row.tonnes_delivered), int,
               meaning="goods whose mass is known"),
        Column("value", f"Value, {CURRENCY}",
               lambda row: None if row.value is None else row.value.quantize(Decimal(1)), Decimal,
               meaning="of promises whose value is known, as their sources converted it; under open conditions too"),
        Column("share", "Of value, %", lambda row: row.share, Decimal, meaning="of all value that is known",
               show=lambda row: "under 0.1" if row.value and not row.share else spoken(row.share)),
        Column("share_of_gdp", "Of GDP, %", lambda row: row.share_of_gdp, Decimal,
               meaning="of a year's gross domestic product, where it is recorded with the party",
               show=lambda row: "under 0.001" if row.value and row.share_of_gdp == 0 else spoken(row.share_of_gdp)),
        Column("gdp_year", "GDP of", lambda row: row.gdp_year, int, only_in_files=True),
        Column("committed", "Committed", lambda row: row.committed, int, meaning="promises of which any was committed"),
        Column("delivered", "Delivered", lambda row: row.delivered, int, meaning="promises of which any was delivered"),
        Column("received", "Received", lambda row: row.received, int, meaning="promises of which any was received"),
        Column("of_unknown_value", "Value not stated", lambda row: row.of_unknown_value, int),
        Column("code", "Code", lambda row: row.code, only_in_files=True),
    ),
    (contains("q", "Search", (), lambda row: row.name),),
    order="-value",
    empty="No donor has promised anything that you may see.",
)  # fmt: skip
