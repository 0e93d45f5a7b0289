"""Chapters of the record: ranges of batches whose changes are kept together, for what was known at a batch.

A batch belongs to the chapter of its first posting, CHAPTER postings to each, counted by their numbers from 0. What was
known at a batch is then all chapters before one, and fewer than CHAPTER postings besides, however long the record is.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from django.db import connection

from pledgeway.ledger.store import among, next_id

CHAPTER = 20_000


class Known(NamedTuple):
    """What was known at a batch: the chapters before ``chapter``, and the postings from ``first`` to before ``end``."""

    chapter: int
    first: int
    end: int


def chapter_of(posting: int) -> int:
    """Return the chapter of a batch by the number of its first posting."""
    return posting // CHAPTER


def end_of(batch: int) -> int:
    """Return the number that follows the last posting known at ``batch``.

    Postings are numbered in the order of recording, and batches are too.
    """
    # Of the last batch with postings alone: the greatest of all that are known would be looked for among all.
    return _one(
        "SELECT MAX(id) FROM ledger_posting WHERE batch_id = (SELECT batch_id FROM ledger_posting WHERE batch_id <= %s "
        "ORDER BY batch_id DESC LIMIT 1)", batch,
    ) + 1  # fmt: skip


def is_late(batch: int) -> bool:
    """Return whether fewer postings were recorded after ``batch`` than by it."""
    return next_id("ledger_posting") < 2 * end_of(batch)


def known_by(batch: int) -> Known:
    """Return what was known at ``batch``."""
    end = end_of(batch)
    chapter = chapter_of(end)
    before = chapter * CHAPTER - 1
    # The batch that holds the last posting before the chapter's own began before it: with all that it holds.
    last = _one(
        "SELECT MAX(id) FROM ledger_posting WHERE batch_id = (SELECT batch_id FROM ledger_posting WHERE id <= %s "
        "ORDER BY id DESC LIMIT 1)", before,
    )  # fmt: skip
    return Known(chapter, last + 1, end)


def chapters_of(batches: Iterable[int]) -> dict[int, int]:
    """Return the chapters of ``batches``, of those that have postings."""
    condition, parameter = among("batch_id", sorted(set(batches)))
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT batch_id, MIN(id) FROM ledger_posting WHERE {condition} GROUP BY batch_id", [parameter])
        return {batch: chapter_of(first) for batch, first in cursor.fetchall()}


def _one(query: str, number: int) -> int:
    with connection.cursor() as cursor:
        cursor.execute(query, [number])
        return int(cursor.fetchone()[0] or 0)
