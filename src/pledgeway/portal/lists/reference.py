"""Reference data: parties, items and places. Users of Pledgeway see them all; nobody else sees any."""

from __future__ import annotations

from typing import Any, TypeVar

from django.db.models import Model, QuerySet
from django.urls import reverse

from pledgeway.access.deciding import Reader
from pledgeway.portal.tables import Column, Table, choice, contains

Referred = TypeVar("Referred", bound=Model)


def rows(model: type[Referred], reader: Reader) -> QuerySet[Referred]:
    """Return the reference data of ``model`` that ``reader`` may see."""
    every = model._default_manager.all()
    return every.none() if reader.role is None else every


def _also(row: Any) -> list[str]:
    return [alias.name for alias in row.aliases.all()]


PARTIES = Table(
    "parties",
    "Parties",
    (
        Column("name", "Party", lambda row: row.name, order="name",
               link=lambda row: reverse("donors-one", args=[row.code])),
        Column("kind", "Kind", lambda row: row.kind, order="kind"),
        Column("code", "Code", lambda row: row.code, order="code"),
        Column("iso", "ISO 3166", lambda row: row.iso, order="iso"),
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
               link=lambda row: f"{reverse('commitments')}?item={row.code}"),
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
        Column("code", "Code", lambda row: row.code, order="code"),
    ),
    (contains("q", "Search", ("name", "code")), choice("kind", "Kind", "kind"),
     choice("country", "Country", "country")),
    order="name",
    empty="No place is recorded. A workbook that is imported brings places.",
)  # fmt: skip


def with_aliases(found: QuerySet[Any]) -> QuerySet[Any]:
    """Return parties or items with what their lists show of others."""
    return found.select_related("merged_into").prefetch_related("aliases")
