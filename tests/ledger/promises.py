"""Promises for tests."""

from __future__ import annotations

from datetime import date
from typing import Any

from pledgeway.access.deciding import system
from pledgeway.accounts.days import Day
from pledgeway.accounts.moves import Move, Position
from pledgeway.accounts.stages import Act
from pledgeway.ledger.models import Commitment, CommitmentTerms
from pledgeway.ledger.posting import Draft, Posted, post
from pledgeway.registry.models import Item, Party

PLEDGED, COMMITTED, DELIVERED = Position("pledged"), Position("committed"), Position("delivered")


def day(number: int) -> Day:
    """Return day ``number`` of March 2026."""
    return Day(date(2026, 3, number))


def party(code: str) -> Party:
    return Party.objects.get_or_create(code=code, defaults={"name": code, "kind": "state"})[0]


def item(code: str) -> Item:
    return Item.objects.get_or_create(code=code, defaults={"name": code, "unit": "piece"})[0]


def terms(commitment: Commitment, donor: str = "NO", **more: Any) -> CommitmentTerms:
    fields = {"purpose": "military", "day": date(2026, 3, 1), "precision": 0, "marking": ["public"]} | more
    return CommitmentTerms(commitment=commitment, donor=party(donor), **fields)


def promise(key: str, quantity: int = 10, donor: str = "NO", **more: Any) -> Posted:
    """Post a promise of ``quantity`` generators, pledged on the first day."""
    commitment = Commitment(key=key, kind="goods", unit="piece", decimals=0)
    return post(
        Draft(
            system("desk"),
            entries=[commitment, terms(commitment, donor, item=item("generator"), **more)],
            moves=[Move(key, Act.PROMISE, None, PLEDGED, quantity, day(1))],
        )
    )


def deliver(key: str, quantity: int, on: int = 2) -> Posted:
    return post(Draft(system("desk"), moves=[Move(key, Act.ADVANCE, PLEDGED, DELIVERED, quantity, day(on))]))
