"""Reference data: parties, items and the network. Users of Pledgeway see them all; nobody else sees any."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import QuerySet
from django.urls import reverse

from pledgeway.portal.tables import Column, Table, choice, contains, since, until
from pledgeway.registry.seen import reference_seen as rows

__all__ = ["CLOSURES", "COURSES", "ITEMS", "LANES", "PARTIES", "PLACES", "rows", "with_aliases"]


def _page(table: str) -> Callable[[Any], str]:
    return lambda row: reverse("reference-one", args=[table, row.pk])


def _figure(name: str) -> Callable[[Any], Decimal | None]:
    """Return what reads a number as its shortest decimal."""

    def read(row: Any) -> Decimal | None:
        value = getattr(row, name)
        return None if value is None else Decimal(f"{value:.12g}")

    return read


def _also(row: Any) -> list[str]:
    return [alias.name for alias in row.aliases.all()]


def _product(row: Any) -> Decimal | None:
    return None if row.gdp_million_eur is None else Decimal(str(row.gdp_million_eur))


PARTIES = Table(
    "parties",
    "Parties",
    (
        Column("name", "Party", lambda row: row.name, order="name",
               link=_page("parties")),
        Column("kind", "Kind", lambda row: row.kind, order="kind"),
        Column("code", "Code", lambda row: row.code, order="code"),
        Column("iso", "ISO 3166", lambda row: row.iso, order="iso"),
        Column("gdp_million_eur", "GDP, EUR million", _product, Decimal, "gdp_million_eur"),
        Column("gdp_year", "GDP of", lambda row: row.gdp_year, int, "gdp_year",
               show=lambda row: str(row.gdp_year or "")),
        Column("gdp_source", "GDP from", lambda row: row.gdp_source, only_in_files=True),
        Column("aliases", "Also called", _also, list),
        Column("merged_into", "Merged into", lambda row: row.merged_into and row.merged_into.name,
               order="merged_into__name"),
    ),
    (contains("q", "Search", ("name", "code", "iso")), choice("kind", "Kind", "kind")),
    order="name",
)  # fmt: skip

ITEMS = Table(
    "items",
    "Items",
    (
        Column("name", "Item", lambda row: row.name, order="name",
               link=_page("items")),
        Column("unit", "Unit", lambda row: row.unit, order="unit"),
        Column("category", "Category", lambda row: row.category, order="category"),
        Column("subcategory", "Subcategory", lambda row: row.subcategory, order="subcategory"),
        Column("code", "Code", lambda row: row.code, order="code"),
        Column("aliases", "Also called", _also, list),
        Column("merged_into", "Merged into", lambda row: row.merged_into and row.merged_into.name,
               order="merged_into__name"),
    ),
    (
        contains("q", "Search", ("name", "code", "category", "subcategory")),
        choice("category", "Category", "category"),
    ),
    order="name",
)  # fmt: skip

PLACES = Table(
    "places",
    "Places",
    (
        Column("name", "Place", lambda row: row.name, order="name",
               link=lambda row: reverse("places-one", args=[row.code])),
        Column("kind", "Kind", lambda row: row.kind, order="kind"),
        Column("country", "Country", lambda row: row.country, order="country"),
        Column("code", "Code", lambda row: row.code, order="code", link=_page("places")),
    ),
    (contains("q", "Search", ("name", "code")), choice("kind", "Kind", "kind"),
     choice("country", "Country", "country")),
    order="name",
    empty="No place is recorded. A workbook that is imported brings places.",
)  # fmt: skip


LANES = Table(
    "lanes",
    "Lanes",
    (
        Column("code", "Lane", lambda row: row.code, order="code", link=_page("lanes")),
        Column("origin", "From", lambda row: row.origin.name, order="origin__name"),
        Column("destination", "To", lambda row: row.destination.name, order="destination__name"),
        Column("mode", "Mode", lambda row: row.mode, order="mode"),
        Column("transit_days", "Transit, days", lambda row: row.transit_days, int, "transit_days"),
        Column("capacity", "Capacity, t per day", _figure("capacity_t_per_day"), Decimal, "capacity_t_per_day"),
        Column("cost", "Cost per t", _figure("cost_per_t"), Decimal, "cost_per_t"),
        Column("sailing_days", "Sails", lambda row: row.sailing_days or "every day", order="sailing_days"),
    ),
    (
        contains("q", "Search", ("code", "origin__name", "destination__name")),
        choice("origin", "From", "origin__code", "origin__name"),
        choice("destination", "To", "destination__code", "destination__name"),
        choice("mode", "Mode", "mode"),
    ),
    order="code",
    empty="No lane is recorded. A workbook that is imported brings lanes, or a coordinator adds them.",
)  # fmt: skip

CLOSURES = Table(
    "closures",
    "Closures",
    (
        Column("lane", "Lane", lambda row: row.lane.code, order="lane__code", link=_page("closures")),
        Column("first_day", "First day", lambda row: row.first_day, date, "first_day"),
        Column("last_day", "Last day", lambda row: row.last_day, date, "last_day"),
        Column("capacity", "Capacity, t per day", _figure("capacity_t_per_day"), Decimal, "capacity_t_per_day"),
        Column("note", "Note", lambda row: row.note, order="note"),
    ),
    (
        contains("q", "Search", ("lane__code", "note")),
        choice("lane", "Lane", "lane__code"),
        since("since", "Since", "last_day"),
        until("until", "Until", "first_day"),
    ),
    order="-first_day",
    empty="No lane is closed on any day.",
)  # fmt: skip

COURSES = Table(
    "courses",
    "Courses",
    (
        Column("code", "Course", lambda row: row.code, order="code", link=_page("courses")),
        Column("training", "Training", lambda row: row.training, order="training"),
        Column("start", "First day", lambda row: row.start, date, "start"),
        Column("duration_days", "Duration, days", lambda row: row.duration_days, int, "duration_days"),
        Column("seats", "Seats", lambda row: row.seats, int, "seats"),
    ),
    (
        contains("q", "Search", ("code", "training")),
        choice("training", "Training", "training"),
        since("since", "Since", "start"),
        until("until", "Until", "start"),
    ),
    order="start",
    empty="No course is recorded. A workbook that is imported brings courses, or a coordinator adds them.",
)  # fmt: skip


def with_aliases(found: QuerySet[Any]) -> QuerySet[Any]:
    """Return parties or items with what their lists show of others."""
    return found.select_related("merged_into").prefetch_related("aliases")
