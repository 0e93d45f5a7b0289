"""Real processes beside the test's own, killed at any statement that they send to the database."""

from __future__ import annotations

import os
import signal
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection


def in_a_process(work: Callable[[], int]) -> int:
    """Do ``work`` in a process of its own, with a connection of its own, and return the process's number."""
    connection.close()
    number = os.fork()
    if number == 0:
        status = 99
        try:
            status = work()
        finally:
            os._exit(status)
    return number


def ends_with(number: int) -> int:
    _, status = os.waitpid(number, 0)
    return os.waitstatus_to_exitcode(status)


@contextmanager
def killed_at(statement: int, *, after: bool) -> Iterator[Counter[str]]:
    """Kill this very process at a statement, counted from 0, before it or after it; the last one is the commit."""
    seen: Counter[str] = Counter()

    def reach() -> None:
        if seen["statements"] == statement:
            os.kill(os.getpid(), signal.SIGKILL)

    def watch(execute: Any, sql: Any, params: Any, many: Any, context: Any) -> Any:
        if not after:
            reach()
        result = execute(sql, params, many, context)
        if after:
            reach()
        seen["statements"] += 1
        return result

    commit = connection._commit  # type: ignore[attr-defined]

    def watched_commit() -> None:
        if not after:
            reach()
        commit()
        if after:
            reach()
        seen["statements"] += 1

    connection._commit = watched_commit  # type: ignore[attr-defined]
    with connection.execute_wrapper(watch):
        yield seen


def wait_for_the_server() -> None:
    """Wait until PostgreSQL has noticed that a client is gone."""
    if connection.vendor != "postgresql":
        return
    for _ in range(2000):
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT COUNT(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() "
                "AND backend_type = 'client backend'"
            )
            if cursor.fetchone()[0] == 0:
                return
        time.sleep(0.005)
    raise AssertionError("a killed client's transaction is still open")
