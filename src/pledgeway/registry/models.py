"""Parties, items, places, lanes and courses. Their codes never change; names may, and others are kept as aliases.

What planning needs of them has the names and units that :mod:`pledgeway.tables.planning` declares; days are dates here.
"""

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
    gdp_million_eur = models.FloatField(null=True, blank=True, help_text="Gross domestic product of gdp_year")
    gdp_year = models.SmallIntegerField(null=True, blank=True)
    gdp_source = models.CharField(max_length=300, blank=True, help_text="Where it is said")
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
    mass_t = models.FloatField(null=True, blank=True, help_text="Tonnes of one unit")
    divisible = models.BooleanField(default=False, help_text="Whether parts of a unit may move")
    training = models.CharField(max_length=200, blank=True, help_text="The class of training its crews need")
    seats_per_unit = models.FloatField(default=1.0, help_text="Course seats that one unit's crew needs")
    merged_into = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="merged")

    def __str__(self) -> str:
        return self.name


class Place(models.Model):
    """A depot, port, airport, rail terminal, hub or hand-over point."""

    code = models.CharField(max_length=80, unique=True)
    name = models.CharField(max_length=200)
    kind = models.CharField(max_length=20)
    country = models.CharField(max_length=60, blank=True, help_text="ISO 3166 code")
    lat = models.FloatField(null=True, blank=True, help_text="Degrees, north is positive")
    lon = models.FloatField(null=True, blank=True, help_text="Degrees, east is positive")
    storage_t = models.FloatField(null=True, blank=True, help_text="Tonnes that may stay overnight; empty: no limit")
    handling_t_per_day = models.FloatField(
        null=True, blank=True, help_text="Tonnes that may arrive and depart in a day; empty: no limit"
    )

    def __str__(self) -> str:
        return self.name


class Lane(models.Model):
    """A way from one place to another by one mode. ``sailing_start`` is day 0 of what ``sailing_days`` count from."""

    code = models.CharField(max_length=200, unique=True)
    origin = models.ForeignKey(Place, on_delete=models.PROTECT, related_name="departures")
    destination = models.ForeignKey(Place, on_delete=models.PROTECT, related_name="arrivals")
    mode = models.CharField(max_length=20)
    transit_days = models.IntegerField()
    capacity_t_per_day = models.FloatField()
    cost_per_t = models.FloatField(default=0.0)
    sailing_days = models.CharField(max_length=100, blank=True)
    sailing_start = models.DateField(null=True, blank=True)

    def __str__(self) -> str:
        return self.code


class Closure(models.Model):
    """Days on which a lane carries less, more or nothing; both are included."""

    lane = models.ForeignKey(Lane, on_delete=models.CASCADE, related_name="closures")
    first_day = models.DateField()
    last_day = models.DateField()
    capacity_t_per_day = models.FloatField(default=0.0)
    note = models.TextField(blank=True)

    def __str__(self) -> str:
        return f"{self.lane} {self.first_day}"


class Course(models.Model):
    """A training course; its crews are ready when it has ended."""

    code = models.CharField(max_length=80, unique=True)
    training = models.CharField(max_length=200)
    start = models.DateField()
    duration_days = models.IntegerField()
    seats = models.IntegerField()

    def __str__(self) -> str:
        return self.code


class Change(models.Model):
    """One field of one row of reference data that somebody changed."""

    table = models.CharField(max_length=20)
    code = models.CharField(max_length=200)
    field = models.CharField(max_length=40)
    old = models.TextField(blank=True)
    new = models.TextField(blank=True)
    author = models.CharField(max_length=200)
    moment = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.table} {self.code} {self.field}"


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


def masses() -> dict[str, float]:
    """Return the tonnes of one unit of each item for which they are known, by code."""
    known = Item.objects.filter(mass_t__isnull=False).values_list("code", "mass_t")
    return {code: mass for code, mass in known if mass is not None}


def standing_for(model: type[Party] | type[Item], code: str) -> list[str]:
    """Return ``code`` and the codes of all parties or items that were merged into the one that has it."""
    found, wanted = [code], [code]
    while wanted:
        merged = model._default_manager.filter(merged_into__code__in=wanted).values_list("code", flat=True)
        wanted = [one for one in merged if one not in found]
        found += wanted
    return found


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
