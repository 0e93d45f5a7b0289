"""Donors' scorecards: what each promised and what became of it, as far as the reader may see."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from urllib.parse import urlencode

from django.urls import reverse

from pledgeway.access.deciding import Reader
from pledgeway.accounts.figures import Amount
from pledgeway.accounts.moves import Position
from pledgeway.ledger import reports
from pledgeway.ledger.balances import balances
from pledgeway.ledger.cuts import Cut
from pledgeway.ledger.stands import Stand
from pledgeway.portal.tables import Column, Table, contains
from pledgeway.portal.words import spoken
from pledgeway.registry.models import Party, masses

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

    @property
    def whole_tonnes(self) -> int:
        """The tonnes promised, of goods whose mass is known."""
        return round(self.tonnes)

    @property
    def millions(self) -> Decimal | None:
        """The value in millions; None where none is known."""
        return None if self.value is None else (self.value / 1_000_000).quantize(Decimal("0.1"))


def scorecards(reader: Reader, cut: Cut | None = None) -> list[Scorecard]:
    """Return the scorecard of every donor of what ``reader`` may see, as things stood at ``cut``."""
    cut = cut or Cut()
    names = dict(Party.objects.values_list("code", "name"))
    mass_of = masses()
    held: dict[tuple[str, str, str, str | None, str, int], dict[Position, Amount]] = {}
    for balance in balances(["donor", "commitment", "kind", "item", "stage", "left"], cut, reader=reader):
        group = balance.group
        key = (group["donor"], group["commitment"], group["kind"], group["item"], balance.unit, balance.decimals)
        held.setdefault(key, {})[Position(group["stage"], group["left"])] = balance.amount
    cards: dict[str, Scorecard] = {}
    for (donor, _, kind, item, unit, decimals), own in held.items():
        card = cards.setdefault(donor, Scorecard(donor, names[donor]))
        stand = Stand(kind, unit, decimals, own)
        card.commitments += 1
        for stage in ("committed", "delivered", "received"):
            if stand.reached(stage) != Amount():
                setattr(card, stage, getattr(card, stage) + 1)
        mass = mass_of.get(item or "", 0.0) * 0.1**decimals
        card.tonnes += mass * stand.promised.quantity
        card.tonnes_delivered += mass * stand.reached("delivered").quantity
    _add_values(cards, reader, cut)
    return list(cards.values())


def _add_values(cards: dict[str, Scorecard], reader: Reader, cut: Cut) -> None:
    """Add what promises are worth, by the sources' own conversions, and each donor's share of it."""
    codes = {name: code for code, name in Party.objects.filter(merged_into=None).values_list("code", "name")}
    for line in reports.commitments(["donor"], CURRENCY, cut=cut, reader=reader):
        card = cards.get(codes[line.group["donor"]])
        if card is not None:
            card.of_unknown_value = line.unknown + len(line.unconverted)
            card.value = line.amount if line.counted else None
    whole = sum((card.value or Decimal(0) for card in cards.values()), Decimal(0))
    for card in cards.values():
        if whole and card.value is not None:
            card.share = (100 * card.value / whole).quantize(Decimal("0.1"))


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
        Column("share", "Share of value, %", lambda row: row.share, Decimal,
               show=lambda row: "under 0.1" if row.value and not row.share else spoken(row.share)),
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
