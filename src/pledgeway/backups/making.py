"""Making a backup, of one moment, while others write."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

from django.apps import apps
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder

from pledgeway import __version__
from pledgeway.backups import file as files
from pledgeway.backups.rows import columns, tables, written
from pledgeway.ledger.audit import one_view
from pledgeway.ledger.models import Batch


class Made(NamedTuple):
    """What a backup holds: rows, the number and hash of the last batch (0 and "" for none); the file's digest."""

    rows: int
    batch: int
    head: str
    digest: str


def back_up(file: Path) -> Made:
    """Write the database at hand to ``file`` as it is at this moment, without keeping writers out.

    Raises BackupError where there is such a file already, OSError where it cannot be written.
    """
    if file.exists():
        raise files.BackupError(f"{file} is there already: a backup replaces no other file")
    end: dict[str, Any] = {}
    with one_view():
        digest = files.write(file, _lines(end))
    return Made(end["rows"], end["batch"], end["hash"], digest)


def _lines(end: dict[str, Any]) -> Iterator[Any]:
    applied = sorted([app, name] for app, name in MigrationRecorder(connection).applied_migrations())
    yield {
        "format": files.FORMAT, "version": __version__, "made": datetime.now(UTC).isoformat(timespec="seconds"),
        "migrations": applied,
    }  # fmt: skip
    rows = 0
    for model in tables(apps):
        yield {"table": model._meta.db_table, "columns": columns(model)}
        for row in written(model):
            rows += 1
            yield row
    last = Batch.objects.order_by("-number").first()
    end |= {"rows": rows, "batch": last.number if last else 0, "hash": last.hash if last else ""}
    yield end
