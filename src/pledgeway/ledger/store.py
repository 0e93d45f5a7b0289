"""Writing many rows: on SQLite by executemany, on PostgreSQL by COPY and by arrays."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
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
    "donor_id": "bigint", "kind": "text", "unit": "text", "decimals": "smallint", "stage": "text", "left": "text",
    "day": "date",
}  # fmt: skip


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


def next_id(table: str) -> int:
    """Return the first free number of ``table``; the chain is locked."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT COALESCE(MAX(id), 0) + 1 FROM {table}")
        return int(cursor.fetchone()[0])


def insert_positions(rows: Sequence[Sequence[Any]]) -> None:
    """Add positions, in the order of POSITION_COLUMNS."""
    _insert("ledger_position", POSITION_COLUMNS, rows)


def insert_postings(rows: Sequence[Sequence[Any]]) -> None:
    """Add postings, in the order of POSTING_COLUMNS."""
    _insert("ledger_posting", POSTING_COLUMNS, rows)


def update_positions(rows: Sequence[tuple[int, int, int, str]]) -> None:
    """Set what positions hold. Rows are id, quantity, marks, last day."""
    if not rows:
        return
    with connection.cursor() as cursor:
        if is_postgresql():
            cursor.execute(
                "UPDATE ledger_position p SET quantity = n.quantity, marks = n.marks, last_day = n.last_day "
                "FROM unnest(%s::bigint[], %s::bigint[], %s::int[], %s::date[]) AS n (id, quantity, marks, last_day) "
                "WHERE p.id = n.id",
                [list(column) for column in zip(*rows, strict=True)],
            )
        else:
            cursor.executemany(
                "UPDATE ledger_position SET quantity = %s, marks = %s, last_day = %s WHERE id = %s",
                [(*row[1:], row[0]) for row in rows],
            )


def add_turnovers(rows: Sequence[Sequence[Any]]) -> None:
    """Add to turnovers. Rows are the columns of TURNOVER_KEY, quantity, marks; no key twice."""
    if not rows:
        return
    quote = connection.ops.quote_name
    columns = ", ".join(quote(name) for name in (*TURNOVER_KEY, "quantity", "marks"))
    more = ", ".join(f"{name} = ledger_turnover.{name} + excluded.{name}" for name in ("quantity", "marks"))
    conflict = f"ON CONFLICT ({', '.join(quote(name) for name in TURNOVER_KEY)}) DO UPDATE SET {more}"
    with connection.cursor() as cursor:
        if is_postgresql():
            arrays = ", ".join(f"%s::{kind}[]" for kind in (*TURNOVER_KEY.values(), "bigint", "bigint"))
            cursor.execute(
                f"INSERT INTO ledger_turnover ({columns}) SELECT * FROM unnest({arrays}) {conflict}",
                [list(column) for column in zip(*rows, strict=True)],
            )
        else:
            places = ", ".join(["%s"] * (len(TURNOVER_KEY) + 2))
            cursor.executemany(f"INSERT INTO ledger_turnover ({columns}) VALUES ({places}) {conflict}", rows)


def _insert(table: str, names: Iterable[str], rows: Sequence[Sequence[Any]]) -> None:
    if not rows:
        return
    columns = [connection.ops.quote_name(name) for name in names]
    with connection.cursor() as cursor:
        if is_postgresql():
            with cursor.copy(f"COPY {table} ({', '.join(columns)}) FROM STDIN") as copy:
                for row in rows:
                    copy.write_row(row)
        else:
            places = ", ".join(["%s"] * len(columns))
            cursor.executemany(f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({places})", rows)
