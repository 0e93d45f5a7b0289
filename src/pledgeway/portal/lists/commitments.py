"""Commitments: the latest terms of each, with where it stands."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import FloatField, QuerySet
from django.db.models.functions import Cast
from django.urls import reverse

from pledgeway.access.deciding import Reader
from pledgeway.accounts.figures import Amount
from pledgeway.accounts.stages import KINDS
from pledgeway.ledger.disputing import disputed
from pledgeway.ledger.models import CommitmentTerms, Position
from pledgeway.ledger.seen import commitments_seen
from pledgeway.ledger.stands import Stand, stands
from pledgeway.portal.lists.disputed import column, narrowing
from pledgeway.portal.tables import Column, Filter, Table, choice, contains, since, until
from pledgeway.portal.tables.declaration import Rows
from pledgeway.portal.words import Quantity, counted
from pledgeway.registry.models import Item, Party, standing_for

STAGES = dict.fromkeys(
    name
    for kind in KINDS.values()
    for name in (*(one.name for one in kind.chain), *(out.name for out in kind.ways_out))
)


def rows(reader: Reader) -> QuerySet[CommitmentTerms]:
    """Return the latest terms of the commitments that ``reader`` may see."""
    return commitments_seen(reader).select_related("commitment", "donor", "recipient", "item", "place", "statement")


def url_of(key: str) -> str:
    """Return the address of a commitment's page."""
    return reverse("commitments-one", args=[key])


def complete(found: list[Any]) -> None:
    """Give each of ``found`` its stand, and whether it is disputed."""
    keys = [terms.commitment_id for terms in found]
    where, doubted = stands(keys), disputed("commitment", keys)
    for terms in found:
        one = terms.commitment
        terms.stand = where.get(one.pk) or Stand(one.kind, one.unit, one.decimals, {})
        terms.disputed = one.pk in doubted


def what(terms: Any) -> str:
    """Return in a few words what is promised."""
    return str(terms.item.name if terms.item is not None else terms.text or terms.commitment.kind)


def _promised(terms: Any) -> str:
    known = Quantity.of(terms.stand.promised, terms.stand.decimals)
    return str(known) if known.more else counted(known, terms.commitment.unit)


def _at(stage: str) -> Any:
    def read(terms: Any) -> Quantity | None:
        stand: Stand = terms.stand
        if KINDS[stand.kind].stage(stage) is None:
            return None
        return Quantity.of(stand.reached(stage), stand.decimals)

    return read


def _state(terms: Any) -> str:
    """Return the furthest stage that anything of the commitment stands at."""
    now = terms.stand.now_at()
    at = [stage for stage, amount in now.items() if amount != Amount()]
    return at[-1] if at else "nothing promised"


def _at_stage(rows: Rows, value: str) -> Rows:
    assert not isinstance(rows, list)
    held = Position.objects.filter(stage=value).exclude(quantity=0, marks=0)
    return rows.filter(commitment_id__in=held.values("commitment_id"))


def _merged(model: type[Party] | type[Item]) -> Callable[[str], list[str]]:
    """Return what finds, with a party or item, all that was merged into it."""
    return lambda code: standing_for(model, code)


TABLE = Table(
    "commitments",
    "Commitments",
    (
        Column("what", "What is promised", what, order="item__name", link=lambda row: url_of(row.commitment.key)),
        Column("donor", "Donor", lambda row: row.donor.name, order="donor__name"),
        Column(
            "promised", "Promised", lambda row: Quantity.of(row.stand.promised, row.stand.decimals), Quantity,
            "total__promised", show=_promised,
            meaning="all that was promised",
        ),
        Column("unit", "Unit", lambda row: row.commitment.unit, order="commitment__unit", only_in_files=True),
        Column("stands_at", "Now at", _state, meaning="the furthest stage at which any of it stands"),
        Column("delivered", "Delivered", _at("delivered"), Quantity, meaning="all that ever reached delivered"),
        Column("received", "Received", _at("received"), Quantity, meaning="all that ever reached received"),
        Column("recipient", "Recipient", lambda row: row.recipient and row.recipient.name, order="recipient__name"),
        Column("day", "Promised on", lambda row: row.day, date, "day"),
        Column("key", "Key", lambda row: row.commitment.key, order="commitment__key"),
        column(lambda row: row.commitment.key),
        Column("kind", "Kind", lambda row: row.commitment.kind, order="commitment__kind", only_in_files=True),
        Column("purpose", "Purpose", lambda row: row.purpose, order="purpose", only_in_files=True),
        Column("committed", "Committed", _at("committed"), Quantity, only_in_files=True),
        Column(
            "undisclosed", "Some of unknown size", lambda row: row.stand.promised.marks > 0, bool, only_in_files=True
        ),
        Column(
            "value", "Stated value", lambda row: row.value, Decimal, Cast("value", FloatField()), only_in_files=True
        ),
        Column("currency", "Currency", lambda row: row.currency, order="currency", only_in_files=True),
        Column("decision", "Decision", lambda row: row.decision, order="decision", only_in_files=True),
        Column("marking", "Marking", lambda row: row.marking, list, only_in_files=True),
    ),
    (
        contains("q", "Search", ("item__name", "text", "commitment__key", "donor__name", "condition")),
        choice("donor", "Donor", "donor__code", "donor__name", also=_merged(Party)),
        choice("recipient", "Recipient", "recipient__code", "recipient__name", also=_merged(Party)),
        choice("kind", "Kind", "commitment__kind"),
        choice("purpose", "Purpose", "purpose"),
        choice("item", "Item", "item__code", "item__name", also=_merged(Item)),
        Filter("stage", "Now at", _at_stage, lambda _: [(one, one) for one in STAGES], "choice"),
        choice("decision", "Decision", "decision"),
        narrowing("commitment"),
        since("since", "Promised since", "day"),
        until("until", "Promised until", "day"),
    ),
    order="-day",
    empty="No commitment is recorded that you may see. They come in by an import or are recorded by a donor's desk.",
    complete=complete,
    marking=lambda row: row.marking,
)  # fmt: skip
