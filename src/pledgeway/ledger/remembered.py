"""Overviews that stay the same until something is recorded: each process remembers what it gave a reader last."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from functools import wraps
from threading import Lock
from typing import Any, ParamSpec, TypeVar

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import QuerySet

MOST = 1024
"""How many answers a process keeps; those that were asked for longest ago go first."""
Asked = ParamSpec("Asked")
Answer = TypeVar("Answer")

_kept: OrderedDict[Hashable, object] = OrderedDict()
_lock = Lock()


def until_recorded(find: Callable[Asked, Answer]) -> Callable[Asked, Answer]:
    """Let ``find`` answer from memory while the chain and the reference data stand where they stood.

    It may read nothing else. What it is asked, the reader above all, is part of what the answer is kept by: nobody is
    given what was found for another. An answer is shared by all who get it, and must not be changed.
    """

    @wraps(find)
    def answer(*args: Asked.args, **more: Asked.kwargs) -> Answer:
        key = (find.__module__, find.__qualname__, args, tuple(sorted(more.items())))
        return recalled(key, lambda: find(*args, **more))

    return answer


def recalled(key: Hashable, find: Callable[[], Answer]) -> Answer:
    """Return what ``find`` answers, from memory as :func:`until_recorded` does; ``key`` is all that it is asked."""
    # Where things stand is read first: what is recorded meanwhile makes an answer newer than said, never older.
    whole = (key, _standing())
    with _lock:
        if whole in _kept:
            _kept.move_to_end(whole)
            return _kept[whole]  # type: ignore[return-value]
    found = find()
    with _lock:
        _kept[whole] = found
        while len(_kept) > MOST:
            _kept.popitem(last=False)
    return found


def recalled_of(rows: QuerySet[Any], asked: str, find: Callable[[], Answer]) -> Answer:
    """Return what ``find`` answers, which is ``asked`` of ``rows``, from memory as :func:`recalled` does."""
    try:
        query = rows.query.sql_with_params()
    except EmptyResultSet:
        return find()
    # The query itself says who asks, and for what of which rows.
    return recalled((asked, *map(str, query)), find)


def forget() -> None:
    """Forget all answers."""
    with _lock:
        _kept.clear()


def _standing() -> tuple[Hashable, ...]:
    """Return what tells the state of the record: the database, the head of the chain, the last change and passage."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT (SELECT hash FROM ledger_batch ORDER BY number DESC LIMIT 1), "
            "(SELECT MAX(id) FROM registry_change), (SELECT MAX(id) FROM evidence_statement)"
        )
        return (str(connection.settings_dict["NAME"]), *cursor.fetchone())
