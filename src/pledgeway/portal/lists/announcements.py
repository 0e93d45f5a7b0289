"""Announcements: what was announced as one, and how many promises are known as its parts."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import FloatField, QuerySet
from django.db.models.functions import Cast
from django.urls import reverse

from pledgeway.access.deciding import Reader
from pledgeway.ledger.models import AnnouncementTerms
from pledgeway.ledger.seen import announcements_seen, commitments_seen
from pledgeway.portal.tables import Column, Table, choice, contains, since, until
from pledgeway.portal.words import exact
from pledgeway.registry.models import Party, standing_for


def rows(reader: Reader) -> QuerySet[AnnouncementTerms]:
    """Return the latest terms of the announcements that ``reader`` may see."""
    return announcements_seen(reader).select_related("announcement", "donor", "recipient", "statement__source")


def url_of(key: str) -> str:
    """Return the address of an announcement's page."""
    return reverse("announcements-one", args=[key])


def what(terms: Any) -> str:
    """Return in a few words what was announced."""
    return str(terms.text or terms.announcement.key)


def worth(terms: Any) -> str:
    """Return the value as its source states it, and as it converted it; "" for none."""
    if terms.value is None:
        return ""
    words = f"{exact(terms.value)} {terms.currency} {terms.basis}".strip()
    if terms.converted is not None:
        words += f" ({exact(terms.converted)} {terms.converted_currency} as the source converted it)"
    return words


TABLE = Table(
    "announcements",
    "Announcements",
    (
        Column("what", "What was announced", what, order="text", link=lambda row: url_of(row.announcement.key)),
        Column("donor", "Donor", lambda row: row.donor.name, order="donor__name"),
        Column("parts", "Parts", lambda row: row.parts, int, meaning="promises that are recorded as parts of it"),
        Column("value", "Stated value", lambda row: row.value, Decimal, Cast("value", FloatField())),
        Column("currency", "Currency", lambda row: row.currency, order="currency"),
        Column("recipient", "Recipient", lambda row: row.recipient and row.recipient.name, order="recipient__name"),
        Column("day", "Announced on", lambda row: row.day, date, "day"),
        Column("purpose", "Purpose", lambda row: row.purpose, order="purpose"),
        Column("key", "Key", lambda row: row.announcement.key, order="announcement__key"),
        Column("converted", "Value, converted", lambda row: row.converted, Decimal, Cast("converted", FloatField()),
               meaning="as the source converted it", only_in_files=True),
        Column("converted_currency", "Converted to", lambda row: row.converted_currency, only_in_files=True),
        Column("converted_delivered", "Value delivered, converted", lambda row: row.converted_delivered, Decimal,
               Cast("converted_delivered", FloatField()), only_in_files=True),
        Column("decision", "Decision", lambda row: row.decision, order="decision", only_in_files=True),
        Column("marking", "Marking", lambda row: row.marking, list, only_in_files=True),
    ),
    (
        contains("q", "Search", ("text", "announcement__key", "donor__name")),
        choice("donor", "Donor", "donor__code", "donor__name", also=lambda code: standing_for(Party, code)),
        choice("recipient", "Recipient", "recipient__code", "recipient__name",
               also=lambda code: standing_for(Party, code)),
        choice("purpose", "Purpose", "purpose"),
        choice("decision", "Decision", "decision"),
        since("since", "Announced since", "day"),
        until("until", "Announced until", "day"),
    ),
    order="-day",
    empty="No announcement is recorded that you may see. A donor's desk records one before its parts, or an import "
    "brings it.",
    marking=lambda row: row.marking,
)  # fmt: skip


def table(reader: Reader) -> Table:
    """Return the table of announcements, with as many parts as ``reader`` may see."""

    def complete(found: list[Any]) -> None:
        numbers = [row.announcement_id for row in found]
        own = commitments_seen(reader).filter(announcement_id__in=numbers)
        parts = Counter(own.values_list("announcement_id", flat=True))
        for row in found:
            row.parts = parts[row.announcement_id]

    return replace(TABLE, complete=complete)
