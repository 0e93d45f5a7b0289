"""Tables whose rows the database itself refuses to change or delete, by triggers on both engines."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

FUNCTION = "pledgeway_refuse"


def trigger_names(table: str, vendor: str) -> list[str]:
    """Return the names of the triggers that protect ``table``."""
    kinds = ["update", "delete", *(["truncate"] if vendor == "postgresql" else [])]
    return [f"{table}_no_{kind}" for kind in kinds]


def protect(editor: BaseDatabaseSchemaEditor, table: str, columns: Sequence[str] = ()) -> None:
    """Refuse deletion from ``table``, and updates: of ``columns``, or of any where none are named."""
    quoted = ", ".join(editor.quote_name(column) for column in columns)
    of = f" OF {quoted}" if columns else ""
    for name, event in zip(
        trigger_names(table, editor.connection.vendor), (f"UPDATE{of}", "DELETE", "TRUNCATE"), strict=False
    ):
        what = f"rows of {table} are never changed or deleted"
        if editor.connection.vendor == "postgresql":
            each = "STATEMENT" if event == "TRUNCATE" else "ROW"
            action = f"FOR EACH {each} EXECUTE FUNCTION {FUNCTION}('{table}')"
            editor.execute(f"CREATE TRIGGER {name} BEFORE {event} ON {table} {action}")
        else:
            editor.execute(f"CREATE TRIGGER {name} BEFORE {event} ON {table} BEGIN SELECT RAISE(ABORT, '{what}'); END")


def make_function(editor: BaseDatabaseSchemaEditor) -> None:
    """Make the function that PostgreSQL's triggers call."""
    if editor.connection.vendor == "postgresql":
        editor.execute(
            f"CREATE OR REPLACE FUNCTION {FUNCTION}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
            "RAISE EXCEPTION 'rows of % are never changed or deleted', TG_ARGV[0]; END $$",
            params=None,
        )


@contextmanager
def unprotected(connection: BaseDatabaseWrapper, tables: Sequence[str]) -> Iterator[None]:
    """Let rows of ``tables`` be deleted until the block ends, in a transaction that puts others in their place."""
    names = {table: trigger_names(table, connection.vendor) for table in tables}
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            for table, own in names.items():
                for name in own:
                    cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER {name}")
            yield
            for table, own in names.items():
                for name in own:
                    cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER {name}")
            return
        cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
        wanted = {name for own in names.values() for name in own}
        made = {name: sql for name, sql in cursor.fetchall() if name in wanted}
        for name in made:
            cursor.execute(f"DROP TRIGGER {name}")
        yield
        for sql in made.values():
            cursor.execute(sql)


def missing(connection: BaseDatabaseWrapper, tables: Iterable[str]) -> list[str]:
    """Return the protecting triggers of ``tables`` that are not there, or are switched off."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SELECT tgname FROM pg_trigger WHERE NOT tgisinternal AND tgenabled IN ('O', 'A')")
        else:
            cursor.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")
        found = {name for (name,) in cursor.fetchall()}
    return [name for table in tables for name in trigger_names(table, connection.vendor) if name not in found]
