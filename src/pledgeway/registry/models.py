"""Parties, items and places. Their codes never change; names may, and others are kept as aliases."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from django.db import models

if TYPE_CHECKING:
    from collections.abc import Iterable

Merged = TypeVar("Merged", "Party", "Item")


def folded(name: str) -> str:
    """Return ``name`` as names are compared: without regard to case and extra spaces."""
    return " ".join(name.split()).casefold()


class Party(models.Model):
    """A state, organisation, bank or unit, or a group of such."""

    KINDS = {"state": "state", "organisation": "organisation", "bank": "bank", "unit": "unit", "group": "group"}

    code = models.CharField(max_length=80, unique=True)
    name = models.CharField(max_length=200)
    kind = models.CharField(max_length=20, choices=KINDS)
    iso = models.CharField(max_length=2, blank=True, help_text="ISO 3166 code of a state")
    members = models.ManyToManyField("self", symmetrical=False, blank=True, help_text="of a group")
    merged_into = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="merged")

    class Meta:
        verbose_name_plural = "parties"

    def __str__(self) -> str:
        return self.name


class Item(models.Model):
    """What is given, counted in ``unit`` to ``decimals`` decimals."""

    code = models.CharField(max_length=200, unique=True)
    name = models.CharField(max_length=300)
    category = models.CharField(max_length=100, blank=True)
    subcategory = models.CharField(max_length=100, blank=True)
    unit = models.CharField(max_length=40)
    decimals = models.SmallIntegerField(default=0)
    merged_into = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="merged")

    def __str__(self) -> str:
        return self.name


class Place(models.Model):
    """A depot, port, airport, rail terminal, hub or hand-over point."""

    code = models.CharField(max_length=80, unique=True)
    name = models.CharField(max_length=200)
    kind = models.CharField(max_length=20)
    country = models.CharField(max_length=2, blank=True, help_text="ISO 3166 code")

    def __str__(self) -> str:
        return self.name


class PartyAlias(models.Model):
    """A name that a party goes by; ``key`` is the name as names are compared."""

    party = models.ForeignKey(Party, on_delete=models.CASCADE, related_name="aliases")
    name = models.CharField(max_length=200)
    key = models.CharField(max_length=200, unique=True)

    class Meta:
        verbose_name_plural = "party aliases"

    def __str__(self) -> str:
        return self.name


class ItemAlias(models.Model):
    """A name that an item goes by; ``key`` is the name as names are compared."""

    item = models.ForeignKey(Item, on_delete=models.CASCADE, related_name="aliases")
    name = models.CharField(max_length=300)
    key = models.CharField(max_length=300, unique=True)

    class Meta:
        verbose_name_plural = "item aliases"

    def __str__(self) -> str:
        return self.name


def resolved(rows: Iterable[Merged]) -> dict[int, Merged]:
    """Return by id the party or item that each of ``rows`` stands for: itself, or the one it was merged into."""
    by_id = {row.pk: row for row in rows}

    def end(row: Merged) -> Merged:
        seen = set()
        while row.merged_into_id is not None and row.pk not in seen:
            seen.add(row.pk)
            row = by_id[row.merged_into_id]
        return row

    return {key: end(row) for key, row in by_id.items()}
