"""Changing reference data: every change is kept with who made it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from django.db import models, transaction

from pledgeway.registry.models import Change, Item, Party


class MergeRefusedError(Exception):
    """Two rows that cannot become one; ``reasons`` says why, one sentence each."""

    def __init__(self, reasons: list[str]) -> None:
        super().__init__("\n".join(reasons))
        self.reasons = reasons


def change(row: models.Model, values: Mapping[str, Any], author: str) -> list[Change]:
    """Save ``row``, new or known, with ``values``, and return what changed of it. A new row is one change."""
    table, code = str(row._meta.model_name), str(getattr(row, "code"))  # noqa: B009 - models share no base class
    moment = datetime.now(UTC)
    changes = []
    if row.pk is None:
        changes.append(Change(table=table, code=code, field="", new="recorded", author=author, moment=moment))
    for name, value in values.items():
        if row.pk is not None and getattr(row, name) != value:
            texts = {"old": _text(getattr(row, name)), "new": _text(value)}
            changes.append(Change(table=table, code=code, field=name, author=author, moment=moment, **texts))
        setattr(row, name, value)
    if changes:
        with transaction.atomic():
            row.save()
            Change.objects.bulk_create(changes)
    return changes


def _text(value: Any) -> str:
    return "" if value is None else str(value)


def merge(one: Party | Item, into: Party | Item, author: str) -> None:
    """Let ``one`` stand for ``into`` from here on: nothing that was recorded of it is lost or rewritten.

    Raises MergeRefusedError with every reason.
    """
    reasons = []
    if type(one) is not type(into):
        reasons.append("a party and an item are never one")
    elif one.pk == into.pk:
        reasons.append(f"{one} cannot be merged into itself")
    elif _end(into).pk == one.pk:
        reasons.append(f"{into} was merged into {one} already")
    if one.merged_into_id is not None:
        reasons.append(f"{one} was merged into {one.merged_into} already")
    if isinstance(one, Item) and isinstance(into, Item) and (one.unit, one.decimals) != (into.unit, into.decimals):
        reasons.append(f"{one} is counted in {one.unit} to {one.decimals} decimals, {into} in {into.unit} to "
                       f"{into.decimals}")  # fmt: skip
    if reasons:
        raise MergeRefusedError(reasons)
    change(one, {"merged_into": into}, author)


def _end(row: Any) -> Any:
    while row.merged_into is not None:
        row = row.merged_into
    return row
