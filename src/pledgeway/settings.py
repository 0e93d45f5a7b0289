"""Django's settings, from the environment: DATABASE_URL names the database, by default SQLite in the present folder."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import dj_database_url

SQLITE_FILE = "pledgeway.sqlite3"
SECONDS_TO_WAIT_FOR_A_WRITER = 60


def database(url: str | None) -> dict[str, Any]:
    """Return Django's settings of the database at ``url`` (None: SQLite in the present folder).

    Raises ValueError for an address that is neither SQLite's nor PostgreSQL's.
    """
    try:
        found: dict[str, Any] = dict(dj_database_url.parse(url or f"sqlite:///{Path.cwd() / SQLITE_FILE}"))
    except (dj_database_url.ParseError, dj_database_url.UnknownSchemeError) as failure:
        raise ValueError(f"DATABASE_URL is no address of a database: {failure}") from None
    if found["ENGINE"] == "django.db.backends.sqlite3":
        found["OPTIONS"] = {
            # A transaction takes the one place for a writer at its start: nobody reads what is about to change.
            "transaction_mode": "IMMEDIATE",
            "timeout": SECONDS_TO_WAIT_FOR_A_WRITER,
            "init_command": "PRAGMA journal_mode=WAL;",
        }
    elif found["ENGINE"] != "django.db.backends.postgresql":
        raise ValueError("DATABASE_URL must name SQLite (sqlite:///file) or PostgreSQL (postgresql://...)")
    return found


DATABASES = {"default": database(os.environ.get("DATABASE_URL"))}
INSTALLED_APPS = ["pledgeway.registry", "pledgeway.evidence", "pledgeway.ledger"]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
USE_TZ = True
TIME_ZONE = "UTC"
