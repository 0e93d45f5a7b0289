"""Restoring a backup: all of it in one transaction, or nothing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from django.apps import apps as present_apps
from django.core.management import call_command
from django.core.management.color import no_style
from django.db import IntegrityError, connection, models, transaction
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.recorder import MigrationRecorder

from pledgeway.backups import file as files
from pledgeway.backups.file import BackupError
from pledgeway.backups.making import Made
from pledgeway.backups.rows import MADE_BY_MIGRATING, MANY, insert, tables
from pledgeway.evidence.immutable import unprotected
from pledgeway.ledger.models import RECORDED
from pledgeway.ledger.store import is_postgresql, lock_chain, renew_statistics

PROTECTED = [f"ledger_{name}" for name in (*RECORDED, "position")] + ["evidence_statement"]


def restore(file: Path, *, replace: bool = False) -> Made:
    """Make the database at hand what ``file`` says, and bring it up to date where the backup is an older program's.

    Raises BackupError where the file is damaged or newer than this program, or the database is not empty and is not to
    be replaced; then, as after any failure, the database holds what it held. Raises OSError.
    """
    head = files.check(file)
    wanted = {(app, name) for app, name in head["migrations"]}
    executor = MigrationExecutor(connection)
    if unknown := wanted - set(executor.loader.disk_migrations):
        names = ", ".join(sorted(f"{app} {name}" for app, name in unknown)[:5])
        raise BackupError(f"{file} was made by a newer program ({head['version']}), which also knows {names}")
    applied = set(MigrationRecorder(connection).applied_migrations())
    if not replace and applied and not _is_empty():
        raise BackupError("the database is not empty: restore into a new one, or replace what is there")
    if applied - wanted:
        raise BackupError("the database is newer than the backup: restore into one that was not migrated yet")
    leaves = _leaves(executor, wanted)
    if applied != wanted:
        if applied and not _is_empty():
            raise BackupError("the database is older than the backup: pledgeway migrate brings it up to date")
        executor.migrate(leaves)
    end = _load(file, executor.loader.project_state(leaves).apps)
    call_command("migrate", verbosity=0, interactive=False)
    renew_statistics()
    return Made(end["rows"], end["batch"], end["hash"], head["sha256"])


def _leaves(executor: MigrationExecutor, wanted: set[tuple[str, str]]) -> list[tuple[str, str]]:
    """Return those of ``wanted`` on which no other of them in the same app rests."""
    graph = executor.loader.graph
    inner = {parent.key for one in wanted if one in graph.nodes for parent in graph.node_map[one].parents
             if parent.key[0] == one[0]}  # fmt: skip
    return sorted(one for one in wanted if one in graph.nodes and one not in inner)


def _is_empty() -> bool:
    there = set(connection.introspection.table_names())
    own = [one for one in tables(present_apps) if one._meta.db_table in there]
    with connection.cursor() as cursor:
        for one in own:
            cursor.execute(f"SELECT 1 FROM {connection.ops.quote_name(one._meta.db_table)} LIMIT 1")
            if cursor.fetchone() is not None:
                return False
    return True


def _load(file: Path, apps: Any) -> dict[str, Any]:
    """Put the rows of ``file`` in the place of all rows, checked before any of them counts; return the last line."""
    by_table = {one._meta.db_table: one for one in tables(apps)}
    lines = files.read(file)
    next(lines)
    rows = 0
    end: dict[str, Any] = {}
    try:
        with transaction.atomic():
            lock_chain()
            _clear(by_table)
            model: type[models.Model] | None = None
            names: list[str] = []
            for group in _grouped(lines):
                if isinstance(group, list):
                    assert model is not None
                    insert(model, names, group)
                    rows += len(group)
                elif "table" in group:
                    model, names = by_table[group["table"]], group["columns"]
                else:
                    end = group
            if end.get("rows") != rows:
                raise BackupError(f"{file} does not hold the rows that it counts")
            _set_sequences(by_table.values())
            connection.check_constraints()
    except IntegrityError as failure:
        raise BackupError(f"{file} does not fit together: {str(failure).splitlines()[0]}") from None
    return end


def _grouped(lines: Iterable[Any]) -> Iterator[Any]:
    """Yield what is no row as it is, and rows by the many."""
    rows: list[Any] = []
    for line in lines:
        if isinstance(line, list):
            rows.append(line)
        if rows and (len(rows) == MANY or not isinstance(line, list)):
            yield rows
            rows = []
        if not isinstance(line, list):
            yield line


def _clear(by_table: dict[str, type[models.Model]]) -> None:
    """Remove every row, sessions and counted sign-ins too: who was signed in signs in again."""
    there = set(connection.introspection.table_names()) - {"django_migrations"} - MADE_BY_MIGRATING
    quoted = [connection.ops.quote_name(name) for name in sorted(there)]
    protected = [name for name in PROTECTED if name in by_table]
    with unprotected(connection, protected), connection.cursor() as cursor:
        if is_postgresql():
            cursor.execute(f"TRUNCATE {', '.join(quoted)}")
        else:
            for name in quoted:
                cursor.execute(f"DELETE FROM {name}")


def _set_sequences(every: Iterable[type[models.Model]]) -> None:
    with connection.cursor() as cursor:
        for statement in connection.ops.sequence_reset_sql(no_style(), list(every)):
            cursor.execute(statement)
