"""The database of the commands that need one; Django is imported here and nowhere else in the command line."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from pledgeway.cli.faults import InputError

Database = Annotated[
    Path | None,
    typer.Option(
        "--database",
        metavar="FILE",
        help="The SQLite file; by default what DATABASE_URL names, or ./pledgeway.sqlite3.",
    ),
]


def connect(file: Path | None, *, migrated: bool = True) -> None:
    """Set Django up on ``file``, or on the database that the environment names.

    Raises InputError where the database cannot be reached or, if it is to be ``migrated`` already, is not.
    """
    if file is not None:
        os.environ["DATABASE_URL"] = f"sqlite:///{file.resolve()}"
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "pledgeway.settings")
    import django

    try:
        django.setup()
    except ValueError as failure:
        raise InputError(str(failure)) from None
    if migrated:
        _refuse_unmigrated()


def _refuse_unmigrated() -> None:
    from django.db import OperationalError, connection
    from django.db.migrations.executor import MigrationExecutor

    name = connection.settings_dict["NAME"]
    if connection.vendor == "sqlite" and not Path(name).exists():
        raise InputError(f"there is no database {name}; pledgeway migrate makes one")
    try:
        executor = MigrationExecutor(connection)
    except OperationalError as failure:
        raise InputError(f"the database cannot be reached: {str(failure).splitlines()[0]}") from None
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        raise InputError("the database is older than this program; pledgeway migrate brings it up to date")
