"""What stands where, by any of the ledger's dimensions, on any day, as it was known at any batch."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse

from pledgeway.access.deciding import Reader
from pledgeway.ledger.balances import Balance
from pledgeway.ledger.balances import balances as balances_by
from pledgeway.ledger.cuts import Cut, known_at
from pledgeway.portal.tables import Column, QueryFaultsError, Table, contains
from pledgeway.portal.tables.declaration import is_day
from pledgeway.portal.words import Quantity
from pledgeway.registry.models import Item, Party, Place

DIMENSIONS = {
    "donor": "Donor", "kind": "Kind", "stage": "Stage", "recipient": "Recipient", "purpose": "Purpose", "item": "Item",
    "place": "Place", "requirement": "Requirement", "decision": "Decision", "condition": "Condition",
    "month": "Month", "year": "Year",
    "commitment": "Commitment",
}  # fmt: skip
OWN_WORDS = frozenset({"by", "as_of", "known_at"})
FOLLOWED = {"donor": "donor", "kind": "kind", "stage": "stage", "item": "item", "purpose": "purpose",
            "recipient": "recipient", "decision": "decision"}  # fmt: skip
"""Dimensions by which the list of commitments is narrowed to what a balance sums."""


@dataclass(frozen=True)
class Asked:
    """What the address asks for."""

    by: tuple[str, ...]
    as_of: date | None
    known_at: str
    cut: Cut


def asked(query: Mapping[str, str]) -> Asked:
    """Return what ``query`` asks for. Raises QueryFaultsError with all that is not understood."""
    faults = []
    by = tuple(dict.fromkeys(name.strip() for name in query.get("by", "kind,stage").split(",") if name.strip()))
    if strange := [name for name in by if name not in DIMENSIONS]:
        faults.append(f"by: there is no dimension {', '.join(strange)}; there are {', '.join(DIMENSIONS)}")
    day, batch = None, None
    try:
        day = is_day(query["as_of"]) if query.get("as_of") else None
    except ValueError as failure:
        faults.append(f"as_of: {failure}")
    try:
        batch = known_at(query["known_at"][:40]) if query.get("known_at") else None
    except (ValueError, OverflowError):
        faults.append("known_at: a batch's number, or a moment such as 2026-03-31 or 2026-03-31T12:00 (UTC)")
    if faults or (batch is not None and batch >= 2**62):
        raise QueryFaultsError(faults or ["known_at: there is no batch of that number"])
    return Asked(by, day, query.get("known_at", ""), Cut(day, batch))


def rows(reader: Reader, what: Asked) -> list[Balance]:
    """Return what stands, of what ``reader`` may see."""
    return balances_by(what.by, what.cut, reader=reader)


def table(what: Asked) -> Table:
    """Return the table with a column for each dimension asked for."""
    names: dict[str, dict[str, str]] = {}
    for dimension, model in (("donor", Party), ("recipient", Party), ("item", Item), ("place", Place)):
        if dimension in what.by:
            names[dimension] = dict(model._default_manager.values_list("code", "name"))
    columns = [_column(dimension, names.get(dimension, {})) for dimension in what.by]
    return Table(
        "balances",
        "Balances",
        (
            *columns,
            Column("quantity", "Quantity", lambda row: Quantity.of(row.amount, row.decimals), Quantity, link=_link,
                   always=True),
            Column("unit", "Unit", lambda row: row.unit, always=True),
        ),
        (contains("q", "Search", (), lambda row: " ".join([row.unit, *(_named(row, one, names) for one in what.by)])),),
        empty="Nothing stood anywhere then that you may see.",
    )  # fmt: skip


def _column(dimension: str, names: Mapping[str, str]) -> Column:
    def read(row: Any) -> str:
        return names.get(row.group[dimension], row.group[dimension]) or ""

    return Column(dimension, DIMENSIONS[dimension], read)


def _named(row: Balance, dimension: str, names: Mapping[str, Mapping[str, str]]) -> str:
    code = row.group[dimension] or ""
    return names.get(dimension, {}).get(code, code)


def _link(row: Any) -> str | None:
    """Return where the commitments are that a balance sums."""
    words = {name: row.group[own] for own, name in FOLLOWED.items() if row.group.get(own)}
    return f"{reverse('commitments')}?{urlencode(words)}"


def answer(what: Asked) -> str:
    """Return in a sentence what is shown."""
    when = f"at the end of {what.as_of:%d %b %Y}" if what.as_of else "in all that is recorded"
    known = f", as it was known at {what.known_at}" if what.known_at else ""
    return f"What stands where {when}{known}: {{total}} sums."
