"""Postings as the pure rules know them."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date
from functools import lru_cache
from typing import Any

from django.db import connection

from pledgeway.accounts.days import Day
from pledgeway.accounts.moves import Move, Position, Unknown
from pledgeway.ledger.codes import ACTS, PRECISIONS
from pledgeway.ledger.store import among, pairs

_UNKNOWN = {int(unknown): unknown for unknown in Unknown}


@lru_cache(maxsize=100_000)
def as_day(value: date | str) -> date:
    """Return a day as a cursor gives it: SQLite as a text, PostgreSQL as a date."""
    return date.fromisoformat(value) if isinstance(value, str) else value


def read_moves(column: str = "", keys: Collection[int] = ()) -> Iterator[tuple[int, Move]]:
    """Yield postings with their numbers, in the order of recording: those with ``column`` among ``keys``, or all.

    ``column`` is "p.id", "p.commitment_id" or "p.batch_id" (p is the posting's table).
    """
    if not column:
        return _moves("", ())
    condition, parameter = among(column, keys)
    return _moves(f" WHERE {condition}", [parameter])


def read_moves_after(days: Mapping[int, date]) -> Iterator[tuple[int, Move]]:
    """Yield the postings to commitments, by their numbers, on days after those given for them."""
    if not days:
        return iter(())
    table, parameters = pairs(days)
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT p.id FROM {table} JOIN ledger_posting p ON p.commitment_id = pair.number AND p.day > pair.day",
            parameters,
        )
        numbers = [number for (number,) in cursor.fetchall()]
    return read_moves("p.id", numbers)


def _moves(condition: str, parameters: Sequence[Any]) -> Iterator[tuple[int, Move]]:
    positions: dict[int | None, Position | None] = {None: None}
    for row in _rows(condition, parameters):
        number, key, act, source, target, quantity, unknown, day, precision, digest, reverses = row[:11]
        for position, parts in ((source, row[11:17]), (target, row[17:])):
            if position not in positions:
                positions[position] = Position(*(part or "" for part in parts))
        yield number, Move(
            key, ACTS[act], positions[source], positions[target], quantity, Day(as_day(day), PRECISIONS[precision]),
            _UNKNOWN[unknown], digest or "", reverses,
        )  # fmt: skip


def _rows(condition: str, parameters: Sequence[Any]) -> Iterator[tuple[Any, ...]]:
    left = connection.ops.quote_name("left")
    parts = ", ".join(
        f"{end}.stage, {end}.{left}, {end}r.key, {end}l.code, {end}.consignment, {end}.lot" for end in ("s", "t")
    )
    joins = " ".join(
        f"LEFT JOIN ledger_position {end} ON {end}.id = p.{name}_id "
        f"LEFT JOIN ledger_requirement {end}r ON {end}r.id = {end}.requirement_id "
        f"LEFT JOIN registry_place {end}l ON {end}l.id = {end}.place_id"
        for end, name in (("s", "source"), ("t", "target"))
    )
    query = (
        "SELECT p.id, c.key, p.act, p.source_id, p.target_id, p.quantity, p.unknown, p.day, p.precision, e.digest, "
        f"p.reverses_id, {parts} FROM ledger_posting p JOIN ledger_commitment c ON c.id = p.commitment_id {joins} "
        f"LEFT JOIN evidence_statement e ON e.id = p.statement_id{condition} ORDER BY p.id"
    )
    with connection.cursor() as cursor:
        cursor.execute(query, parameters)
        while rows := cursor.fetchmany(5_000):
            yield from rows
