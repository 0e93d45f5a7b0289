"""Many rows or keys at once: on SQLite by the handful and by JSON, on PostgreSQL by COPY and by arrays."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date
from itertools import chain
from typing import Any

from django.db import connection

CHAIN_LOCK = 0x706C65646765
"""PostgreSQL's advisory lock that whoever lengthens the chain holds ("pledge")."""

POSTING_COLUMNS = (
    "id", "batch_id", "commitment_id", "act", "source_id", "target_id", "quantity", "unknown", "day", "precision",
    "statement_id", "reverses_id",
)  # fmt: skip
POSITION_COLUMNS = (
    "id", "commitment_id", "stage", "left", "requirement_id", "place_id", "consignment", "lot", "quantity", "marks",
    "last_day",
)  # fmt: skip
TURNOVER_KEY = {
    "donor_id": "bigint", "marking_id": "bigint", "kind": "text", "unit": "text", "decimals": "smallint",
    "stage": "text", "left": "text", "day": "date", "chapter": "int",
}  # fmt: skip
STAGE_KEY = {
    "donor": "bigint", "marking_id": "bigint", "kind": "text", "unit": "text", "decimals": "smallint", "item": "bigint",
    "stage": "text", "left": "text", "place": "bigint",
}  # fmt: skip
STAGE_TURNOVER_KEY = STAGE_KEY | {"chapter": "int"}
REQUIREMENT_KEY = {
    "requirement_id": "bigint", "donor_id": "bigint", "marking_id": "bigint", "decimals": "smallint",
}  # fmt: skip
COMMITMENT_TOTAL_COLUMNS = (
    "commitment_id", "terms_id", "donor_id", "marking_id", "item", "place", "kind", "unit", "decimals", "promised",
    "marks", "delivered", "furthest",
)  # fmt: skip
HELD = {"id": "bigint", "quantity": "bigint", "marks": "int", "last_day": "date"}
TOLD = {
    "commitment_id": "bigint", "terms_id": "bigint", "donor_id": "bigint", "marking_id": "bigint", "item": "bigint",
    "place": "bigint",
}  # fmt: skip
PROGRESS = {
    "commitment_id": "bigint", "promised": "bigint", "marks": "bigint", "delivered": "bigint", "furthest": "smallint",
}  # fmt: skip
ROWS_LOOKED_AT = 400
"""How many rows of an index SQLite looks at for its statistics: milliseconds, and as good here as all of them."""
HANDFUL = 50
"""How many rows one of SQLite's statements writes: 600 parameters are below the least limit that it is built with."""


def is_postgresql() -> bool:
    """Return whether the database is PostgreSQL."""
    return connection.vendor == "postgresql"


def lock_chain() -> None:
    """Wait until nobody else lengthens the chain, and let nobody until the transaction ends.

    On SQLite the transaction itself has the one place for a writer, since it began IMMEDIATE.
    """
    if is_postgresql():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [CHAIN_LOCK])


def renew_statistics() -> None:
    """Let SQLite look at a few rows of every index, by which it plans queries; PostgreSQL does so by itself."""
    if not is_postgresql():
        with connection.cursor() as cursor:
            cursor.execute(f"PRAGMA analysis_limit = {ROWS_LOOKED_AT}")
            cursor.execute("ANALYZE")


def next_id(table: str) -> int:
    """Return the first free number of ``table``; the chain is locked."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT COALESCE(MAX(id), 0) + 1 FROM {table}")
        return int(cursor.fetchone()[0])


def among(column: str, keys: Collection[int] | Collection[str]) -> tuple[str, Any]:
    """Return a condition, that ``column`` is among ``keys``, and its one parameter however many there are.

    SQLite makes an index of them first, which takes least time where they come in its order.
    """
    if is_postgresql():
        return f"{column} = ANY(%s)", list(keys)
    return f"{column} IN (SELECT value FROM json_each(%s))", json.dumps(sorted(keys), ensure_ascii=False)


def pairs(days: Mapping[int, date]) -> tuple[str, list[Any]]:
    """Return a table called pair with the columns number and day, to select from, and its parameters."""
    if is_postgresql():
        return "unnest(%s::bigint[], %s::date[]) AS pair (number, day)", [list(days), list(days.values())]
    document = json.dumps({number: day.isoformat() for number, day in days.items()})
    return "(SELECT CAST(key AS bigint) AS number, value AS day FROM json_each(%s)) AS pair", [document]


def insert_positions(rows: Sequence[Sequence[Any]]) -> None:
    """Add positions, in the order of POSITION_COLUMNS."""
    insert("ledger_position", POSITION_COLUMNS, rows)


def insert_postings(rows: Sequence[Sequence[Any]]) -> None:
    """Add postings, in the order of POSTING_COLUMNS."""
    insert("ledger_posting", POSTING_COLUMNS, rows)


def update_positions(rows: Sequence[tuple[int, int, int, str]]) -> None:
    """Set what positions hold. Rows are id, quantity, marks, last day."""
    update("ledger_position", HELD, rows)


def update(table: str, kinds: Mapping[str, str], rows: Sequence[Sequence[Any]]) -> None:
    """Change rows of ``table``, each found by the first of the columns in ``kinds``, which are given with types."""
    if not rows:
        return
    key, *changed = kinds
    setting = ", ".join(f"{name} = n.{name}" for name in changed)
    if is_postgresql():
        values, parameters = _arrays(tuple(kinds.values()), rows)
        with connection.cursor() as cursor:
            cursor.execute(
                f"UPDATE {table} t SET {setting} FROM {values} AS n ({', '.join(kinds)}) WHERE t.{key} = n.{key}",
                parameters,
            )
    else:
        _in_handfuls(
            f"WITH n ({', '.join(kinds)}) AS (VALUES {{}}) "
            f"UPDATE {table} SET {setting} FROM n WHERE {table}.{key} = n.{key}",
            rows,
        )


def add_turnovers(rows: Sequence[Sequence[Any]]) -> None:
    """Add to turnovers. Rows are the columns of TURNOVER_KEY, quantity, marks; no key twice."""
    add_to_totals("ledger_turnover", TURNOVER_KEY, ("quantity", "marks"), rows)


def add_to_totals(table: str, key: Mapping[str, str], sums: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """Add to the columns ``sums`` of ``table``. Rows are the columns of ``key``, then what to add; no key twice."""
    if not rows:
        return
    quote = connection.ops.quote_name
    columns = ", ".join(quote(name) for name in (*key, *sums))
    more = ", ".join(f"{name} = {table}.{name} + excluded.{name}" for name in sums)
    conflict = f"ON CONFLICT ({', '.join(quote(name) for name in key)}) DO UPDATE SET {more}"
    if is_postgresql():
        values, parameters = _arrays((*key.values(), *("bigint" for _ in sums)), rows)
        with connection.cursor() as cursor:
            cursor.execute(f"INSERT INTO {table} ({columns}) SELECT * FROM {values} {conflict}", parameters)
    else:
        _in_handfuls(f"INSERT INTO {table} ({columns}) VALUES {{}} {conflict}", rows)


def insert(table: str, names: Iterable[str], rows: Sequence[Sequence[Any]]) -> None:
    """Add rows to ``table``, in the order of the columns ``names``."""
    columns = ", ".join(connection.ops.quote_name(name) for name in names)
    if not rows:
        return
    if is_postgresql():
        with connection.cursor() as cursor, cursor.copy(f"COPY {table} ({columns}) FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)
    else:
        _in_handfuls(f"INSERT INTO {table} ({columns}) VALUES {{}}", rows)


def _arrays(kinds: Sequence[str], rows: Sequence[Sequence[Any]]) -> tuple[str, list[list[Any]]]:
    """Return PostgreSQL's table of ``rows`` with columns of ``kinds``, and its parameters: one for each column."""
    table = f"unnest({', '.join(f'%s::{kind}[]' for kind in kinds)})"
    return table, [list(column) for column in zip(*rows, strict=True)]


def _in_handfuls(statement: str, rows: Sequence[Sequence[Any]]) -> None:
    """Execute SQLite's ``statement`` with ``rows`` in place of its braces, a handful at a time.

    A statement takes as long to begin and to end as a few rows take.
    """
    places = f"({', '.join(['%s'] * len(rows[0]))})"
    whole = len(rows) - len(rows) % HANDFUL
    parts = [rows[start : start + HANDFUL] for start in range(0, whole, HANDFUL)]
    with connection.cursor() as cursor:
        for part in (parts, [rows[whole:]] if whole < len(rows) else []):
            if part:
                values = ", ".join([places] * len(part[0]))
                cursor.executemany(statement.format(values), [list(chain.from_iterable(own)) for own in part])
