"""What of a row the chain covers: every field by name, with codes and keys in place of the database's own numbers."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import models

from pledgeway.evidence.models import Statement
from pledgeway.ledger.models import Announcement, Batch, Commitment, Requirement
from pledgeway.registry.models import Item, Party, Place

NATURAL_KEYS: dict[type[models.Model], str] = {
    Party: "code",
    Item: "code",
    Place: "code",
    Statement: "digest",
    Announcement: "key",
    Commitment: "key",
    Requirement: "key",
}

ADDED_LATER = frozenset({"only_for", "in_storage", "grace_days", "weight"})
"""Fields that older entries do not have: where they say nothing, the chain does not cover them."""


def content(row: models.Model) -> dict[str, Any]:
    """Return what the chain covers of an entry. Whatever the row refers to is read with it."""
    found: dict[str, Any] = {"entry": row._meta.model_name}
    for field in row._meta.concrete_fields:
        if field.name in ("id", "batch"):
            continue
        if field.name in ADDED_LATER and getattr(row, field.attname) is None:
            continue
        if isinstance(field, models.ForeignKey):
            related = getattr(row, field.name)
            found[field.name] = None if related is None else getattr(related, NATURAL_KEYS[type(related)])
        else:
            found[field.name] = _plain(field.to_python(getattr(row, field.attname)))
    return found


def header(batch: Batch) -> dict[str, Any]:
    """Return what the chain covers of a batch apart from its entries and postings."""
    return {
        "number": batch.number,
        "recorded": batch.recorded.isoformat(timespec="microseconds"),
        "author": batch.author,
        "note": batch.note,
        "origin": batch.origin,
    }


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return decimal_text(value)
    if isinstance(value, datetime | date):
        return value.isoformat()
    return value


def decimal_text(value: Decimal) -> str:
    """Return a decimal in its one form: digits, without an exponent and without zeros at the end."""
    text = format(value, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text
