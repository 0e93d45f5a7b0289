"""Databases for tests, SQLite and PostgreSQL alike: made and migrated once, empty for each test.

PostgreSQL runs as a cluster of its own in a temporary folder, never as root. Where it is missing, a test that needs
it fails and says how to get it.
"""

from __future__ import annotations

import atexit
import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import django
import psycopg
from django.conf import settings as django_settings
from django.core.management import call_command
from django.db import connections

from pledgeway.settings import database

os.environ["DATABASE_URL"] = "sqlite://:memory:"
os.environ["DJANGO_SETTINGS_MODULE"] = "pledgeway.settings"
django.setup()
# The product's own takes 0.3 s for each password, as it should; a process of its own that tests start still does.
django_settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]

ENGINES = ("sqlite", "postgresql")
SERVER_OPTIONS = "-c fsync=off -c full_page_writes=off -c autovacuum=off"
"""How PostgreSQL is started: the tests' machines may fail, their data is of no value."""
SQLITE_OPTIONS = "PRAGMA synchronous=OFF;"
"""What SQLite is told besides: not to wait for the disk."""
MADE = ["django_migrations", "django_content_type", "auth_permission"]
"""Tables that migrating fills."""


def use(url: str) -> None:
    """Let Django speak to the database at ``url`` from here on."""
    connections["default"].close()
    wanted = database(url)
    if "init_command" in wanted["OPTIONS"]:
        wanted["OPTIONS"]["init_command"] += SQLITE_OPTIONS
    connections.settings = connections.configure_settings({"default": wanted})
    del connections["default"]


@contextmanager
def fresh(engine: str, like: Path | None = None) -> Iterator[str]:
    """Make a migrated database, let Django use it, and give its address; empty, or of SQLite a copy of ``like``."""
    if engine == "sqlite":
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "ledger.sqlite3"
            shutil.copyfile(like or _sqlite_template(), file)
            use(f"sqlite:///{file}")
            try:
                yield f"sqlite:///{file}"
            finally:
                connections["default"].close()
        return
    use(_postgresql_database())
    try:
        yield _postgresql_database()
    finally:
        _empty()
        connections["default"].close()


def copy_empty(file: Path) -> None:
    """Make ``file`` a migrated, empty database of SQLite."""
    shutil.copyfile(_sqlite_template(), file)


def keep(file: Path) -> None:
    """Write all of SQLite's database that is in use to ``file``."""
    with connections["default"].cursor() as cursor:
        cursor.execute("VACUUM INTO %s", [str(file)])


def copy_of(url: str) -> str:
    """Copy the PostgreSQL database at ``url``, which nobody uses; return the address of the copy."""
    name = url.rpartition("/")[2]
    _run_sql(f"DROP DATABASE IF EXISTS copy_of_{name} WITH (FORCE)")
    _run_sql(f"CREATE DATABASE copy_of_{name} TEMPLATE {name}")
    return _address(f"copy_of_{name}")


def _empty() -> None:
    """Empty the tables that something was written to: few of many, and truncating all takes a hundred times as long."""
    with connections["default"].cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        cursor.execute(" UNION ALL ".join(f"SELECT '{name}' WHERE EXISTS (SELECT FROM {name})" for name in _tables()))
        for (name,) in cursor.fetchall():
            cursor.execute(f"DELETE FROM {name}")
        cursor.execute(
            "SELECT setval(sequencename::text::regclass, 1, false) FROM pg_sequences "
            "WHERE last_value IS NOT NULL AND sequencename <> ALL(%s)", [[f"{name}_id_seq" for name in MADE]],
        )  # fmt: skip


@cache
def _tables() -> list[str]:
    """Return PostgreSQL's tables that migrating leaves empty."""
    return sorted(set(connections["default"].introspection.table_names()) - set(MADE))


@cache
def _sqlite_template() -> Path:
    folder = tempfile.mkdtemp(prefix="pledgeway-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    use(f"sqlite:///{folder}/migrated.sqlite3")
    call_command("migrate", verbosity=0)
    keep(Path(folder) / "template.sqlite3")
    connections["default"].close()
    return Path(folder) / "template.sqlite3"


@cache
def _postgresql_database() -> str:
    """Return the address of the one database that tests share; each leaves it empty."""
    _run_sql("CREATE DATABASE ledger")
    use(_address("ledger"))
    call_command("migrate", verbosity=0)
    connections["default"].close()
    return _address("ledger")


def _address(name: str) -> str:
    return f"postgresql://postgres@{str(_cluster()).replace('/', '%2F')}/{name}"


def _run_sql(sql: str) -> None:
    with psycopg.connect(f"host={_cluster()} user=postgres dbname=postgres", autocommit=True) as connection:
        connection.execute(sql)  # type: ignore[call-overload]


@cache
def _cluster() -> Path:
    """Start PostgreSQL in a temporary folder, to be stopped when the tests end; return the folder of its socket."""
    folder = Path(tempfile.mkdtemp(prefix="pledgeway-pg-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    atexit.register(start_cluster(folder, folder, SERVER_OPTIONS, "immediate"))
    return folder


def start_cluster(folder: Path, sockets: Path, options: str, way_to_stop: str = "fast") -> Callable[[], None]:
    """Start PostgreSQL on the cluster in ``folder``, made where there is none; return what stops it.

    It listens at a socket in ``sockets`` only. It never runs as root: then as the user postgres.
    """
    programs = _programs()
    as_user: list[str] = []
    if os.geteuid() == 0:
        for one in (folder, sockets):
            shutil.chown(one, "postgres")
        as_user = ["runuser", "-u", "postgres", "--"]
    data = str(folder / "data")

    def run(program: str, *arguments: str) -> None:
        done = subprocess.run(
            [*as_user, str(programs / program), *arguments], cwd=folder, capture_output=True, text=True, check=False,
            stdin=subprocess.DEVNULL,
        )  # fmt: skip
        assert done.returncode == 0, f"{program} failed: {done.stderr}"

    if not (folder / "data").exists():
        run("initdb", "-D", data, "-U", "postgres", "-A", "trust", "--no-sync", "-E", "UTF8", "--locale=C")
    listen = f"-c listen_addresses='' -k {sockets} {options}"
    run("pg_ctl", "-D", data, "-o", listen, "-l", str(folder / "log"), "-w", "start")
    return lambda: run("pg_ctl", "-D", data, "-m", way_to_stop, "-w", "stop")


def _programs() -> Path:
    """Return the folder with PostgreSQL's own programs, of the newest version installed."""
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda file: float(file.parts[-3]))
    found: Any = folders[-1] if folders else shutil.which("initdb")
    assert found, "PostgreSQL is missing, on which the ledger is tested too. Install it with:  make test-tools"
    return Path(found).parent
