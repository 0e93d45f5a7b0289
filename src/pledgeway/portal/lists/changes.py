"""Who changed what of reference data, as far as the reader sees the row itself."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet
from django.urls import reverse

from pledgeway.access.deciding import Reader, may
from pledgeway.access.roles import Act
from pledgeway.intake.reference.kept import BY_MODEL, BY_NAME
from pledgeway.portal.tables import Column, Table, choice, contains, since, until
from pledgeway.registry.models import Change

MARKED = ("meetings", "decisions", "targets")
CITED = ("source", "statement")
"""What may speak of more than its reader may see."""


def rows(reader: Reader) -> QuerySet[Change]:
    """Return the changes of rows that ``reader`` may see; those of sources are for whoever sees every row."""
    every = Change.objects.all()
    if reader.role is None:
        return every.none()
    if not may(reader, Act.USERS):
        every = every.exclude(table="user")
    if reader.sees_all:
        return every
    marked = [BY_NAME[name] for name in MARKED]
    names = [str(kept.model._meta.model_name) for kept in marked]
    seen = ~Q(table__in=[*names, *CITED])
    for kept, name in zip(marked, names, strict=True):
        seen |= Q(table=name, code__in=kept.seen(reader).values("code"))
    return every.filter(seen)


def _table(row: Change) -> str:
    return BY_MODEL[row.table].table.row if row.table in BY_MODEL else row.table


def _field(row: Change) -> str:
    fields = BY_MODEL[row.table].table.fields if row.table in BY_MODEL else ()
    return next((one.title for one in fields if one.name == row.field), row.field.replace("_", " "))


def _url(row: Any) -> str | None:
    return reverse("reference-one", args=[BY_MODEL[row.table].table.name, row.number]) if row.number else None


def complete(found: list[Any]) -> None:
    """Give each of ``found`` the number of the row that it tells of."""
    for kept in BY_MODEL.values():
        own = [row for row in found if row.table == kept.model._meta.model_name]
        if own and kept.key in ("code", "username"):
            codes = [row.code for row in own]
            pairs = kept.model._default_manager.filter(**{f"{kept.key}__in": codes}).values_list(kept.key, "pk")
            numbers: dict[str, int] = dict(pairs)
        else:
            wanted = [int(row.code) for row in own if row.code.isdecimal()]
            present = kept.model._default_manager.filter(pk__in=wanted).values_list("pk", flat=True)
            numbers = {str(number): number for number in present}
        for row in own:
            row.number = numbers.get(row.code)
    for row in found:
        row.number = getattr(row, "number", None)


TABLE = Table(
    "changes",
    "Changes",
    (
        Column("moment", "When", lambda row: row.moment, datetime, "moment"),
        Column("row", "Of", lambda row: row.code, order="code", link=_url,
               show=lambda row: f"{_table(row)} {row.code}"),
        Column("field", "What", _field, order="field", show=lambda row: _field(row) or row.new),
        Column("old", "Before", lambda row: row.old, order="old", show=lambda row: row.old or "nothing"),
        Column("new", "After", lambda row: row.new, order="new", show=lambda row: row.new or "nothing"),
        Column("author", "By", lambda row: row.author, order="author"),
        Column("table", "Table", _table, order="table", only_in_files=True),
    ),
    (
        contains("q", "Search", ("code", "old", "new")),
        choice("table", "Table", "table"),
        choice("author", "By", "author"),
        since("since", "Since", "moment__date"),
        until("until", "Until", "moment__date"),
    ),
    order="-moment",
    empty="Nothing of the reference data that you may see was ever changed.",
    complete=complete,
)  # fmt: skip
