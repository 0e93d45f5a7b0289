"""A list as one reader asked for it: filtered, sorted, one page of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple
from urllib.parse import urlencode

from django.db.models import F, Model, QuerySet

from pledgeway.ledger.remembered import recalled_of
from pledgeway.portal.tables.declaration import Column, Rows, Table
from pledgeway.portal.words import Count, MoreThan

PAGE_SIZE = 50
MOST_ON_A_PAGE = 1000
OTHER_WORDS = frozenset({"sort", "page", "size", "format", "view"})
"""What an address may say beside filters."""


class QueryFaultsError(Exception):
    """An address that asks for what there is not; ``faults`` says all of it, a sentence each."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__("\n".join(faults))
        self.faults = faults


class Chip(NamedTuple):
    """A filter that is on: its words, and the query without it."""

    words: str
    without: str


@dataclass
class Selection:
    """The rows that were asked for. ``rows`` is all of them, :meth:`page_rows` those of the page.

    ``more`` says that there are more than ``total``, since the table is not counted further.
    """

    table: Table
    rows: Rows
    given: dict[str, str]
    kept: dict[str, str] = field(default_factory=dict)
    sort: str = ""
    page: int = 1
    size: int = PAGE_SIZE
    total: int = 0
    more: bool = False
    everything: Rows = field(default_factory=list)

    @property
    def pages(self) -> int:
        """How many pages there are, at least one; where not all rows are counted, at least one more than this one."""
        return max(1, -(-self.total // self.size), self.page + 1 if self.more else 0)

    @property
    def counted(self) -> Count:
        """How many rows there are, for a sentence."""
        return (MoreThan if self.more else Count)(self.total)

    def query(self, **changes: object) -> str:
        """Return the address's query with ``changes``; those of None are left out."""
        size = "" if self.size == PAGE_SIZE else self.size
        words: dict[str, object] = {**self.kept, **self.given, "sort": self.sort, "size": size}
        words |= {"page": self.page if self.page > 1 else ""} | changes
        return "?" + urlencode({name: value for name, value in words.items() if value not in ("", None)})

    def chips(self) -> list[Chip]:
        """Return the filters that are on."""
        found = []
        for one in self.table.filters:
            if one.name in self.given:
                value = self.given[one.name]
                words = dict(one.choices(self.everything)).get(value, value) if one.choices else value
                found.append(Chip(f"{one.title}: {words}", self.query(**{one.name: None, "page": None})))
        return found

    def page_rows(self) -> list[Any]:
        """Return the rows of the page, with all that their columns read."""
        first, last = (self.page - 1) * self.size, self.page * self.size
        if isinstance(self.rows, list):
            return self._completed(self.rows[first:last])
        # The order of all rows needs little of them: what a row shows besides is read for those of the page alone.
        keys = list(self.rows.values_list("pk", flat=True)[first:last])
        found = {row.pk: row for row in self.rows.order_by().filter(pk__in=keys)}
        return self._completed([found[key] for key in keys if key in found])

    def all_rows(self) -> list[Any]:
        """Return the rows of all pages, with all that their columns read."""
        return self._completed(self.rows)

    def _completed(self, rows: Any) -> list[Any]:
        found = list(rows)
        if self.table.complete is not None:
            self.table.complete(found)
        return found


def select(table: Table, rows: Rows, query: Mapping[str, str], keep: Mapping[str, str] | None = None) -> Selection:
    """Return what ``query`` asks of ``rows``. ``keep`` are words of the address that belong to the page.

    Raises QueryFaultsError with every word of it that is not understood.
    """
    faults: list[str] = []
    kept = dict(keep or {})
    filters = {one.name: one for one in table.filters}
    for name in query:
        if name not in filters and name not in OTHER_WORDS and name not in kept:
            allowed = ", ".join(sorted([*filters, *OTHER_WORDS, *kept]))
            faults.append(f"there is no filter {name}; there are {allowed}")
    given = {name: query[name].strip() for name in filters if query.get(name, "").strip()}
    narrowed = rows
    for name, value in given.items():
        if "\x00" in value:
            faults.append(f"{name}: a text holds no null characters")
            continue
        try:
            narrowed = filters[name].narrow(narrowed, value)
        except ValueError as failure:
            faults.append(f"{name}: '{value}' cannot be used; {failure}")
    sort = query.get("sort", "")
    column = table.column(sort.removeprefix("-"))
    if sort and (column is None or not sortable(column, rows)):
        names = ", ".join(one.name for one in table.columns if sortable(one, rows))
        faults.append(f"sort: there is no column '{sort.removeprefix('-')}' to sort by; there are {names}")
    page = _whole(query, "page", 1, 1_000_000, faults)
    size = _whole(query, "size", PAGE_SIZE, MOST_ON_A_PAGE, faults)
    if faults:
        raise QueryFaultsError(faults)
    found = Selection(table, narrowed, given, kept, sort, page, size, everything=rows)
    found.total, found.more = _count(table, narrowed)
    found.rows = _sorted(table, narrowed, sort or table.order)
    return found


def _count(table: Table, rows: Rows) -> tuple[int, bool]:
    """Return how many ``rows`` there are, and whether there are more, which the table does not count."""
    if isinstance(rows, list):
        return len(rows), False
    if table.settled:
        return recalled_of(rows.order_by(), "count", rows.count), False
    if table.most_counted is None:
        return rows.count(), False
    count = rows.order_by()[: table.most_counted + 1].count()
    return min(count, table.most_counted), count > table.most_counted


def sortable(column: Column, rows: Rows) -> bool:
    """Return whether ``rows`` can be sorted by ``column``."""
    return isinstance(rows, list) or bool(column.order)


def _whole(query: Mapping[str, str], name: str, default: int, most: int, faults: list[str]) -> int:
    text = query.get(name, "") or str(default)
    if text.isascii() and text.isdecimal() and len(text) < 10 and 1 <= int(text) <= most:
        return int(text)
    faults.append(f"{name}: '{text}' is no whole number from 1 to {most}")
    return default


def _sorted(table: Table, rows: Rows, sort: str) -> Rows:
    column = table.column(sort.removeprefix("-"))
    down = sort.startswith("-")
    if isinstance(rows, list):
        if column is None:
            return rows
        known = [row for row in rows if column.read(row) is not None]
        unknown = [row for row in rows if column.read(row) is None]
        return sorted(known, key=column.read, reverse=down) + unknown
    if column is None:
        return rows.order_by("pk")
    return _ordered(rows, column, down)


def _ordered(rows: QuerySet[Any], column: Column, down: bool) -> QuerySet[Any]:
    if column.order in _never_null(rows.model):
        # Without a word about nulls an index gives the order.
        return rows.order_by(*dict.fromkeys((f"{'-' if down else ''}{column.order}", "pk")))
    path = column.order if hasattr(column.order, "resolve_expression") else F(column.order)
    order = path.desc(nulls_last=True) if down else path.asc(nulls_last=True)
    return rows.order_by(order, "pk")


def _never_null(model: type[Model]) -> set[str]:
    """Return the names of a model's own columns that always hold something."""
    fields = [field for field in model._meta.concrete_fields if not field.null]
    return {"pk", *(field.name for field in fields if not field.is_relation), *(field.attname for field in fields)}
