"""Rows as both databases know them, and as JSON writes them."""

from __future__ import annotations

import base64
import uuid
from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import connection, models

from pledgeway.ledger.store import is_postgresql

MANY = 2_000
MADE_BY_MIGRATING = frozenset({"django_content_type", "auth_permission"})
"""Tables that every migrated database fills by itself."""
LEFT_OUT = MADE_BY_MIGRATING | {"django_session"}
"""Tables that are worth nothing elsewhere: people sign in again. (That of failed sign-ins is no model's.)"""

Plain = Callable[[Any], Any]


def tables(known: Any) -> list[type[models.Model]]:
    """Return the models of the tables that a backup holds, of a registry of apps, in the order of their names."""
    every = known.get_models(include_auto_created=True)
    found = [one for one in every if one._meta.managed and not one._meta.proxy]
    return sorted((one for one in found if one._meta.db_table not in LEFT_OUT), key=lambda one: one._meta.db_table)


def columns(model: type[models.Model]) -> list[str]:
    """Return the columns of a model's table."""
    return [str(field.column) for field in model._meta.concrete_fields]


def written(model: type[models.Model]) -> Iterator[list[Any]]:
    """Yield the rows of a table as JSON writes them, in the order of their keys."""
    fields = model._meta.concrete_fields
    writers = [None if isinstance(field, models.JSONField) else _plain for field in fields]
    rows = model._default_manager.order_by("pk").values_list(*(field.attname for field in fields))
    for row in rows.iterator(chunk_size=MANY):
        yield [value if write is None else write(value) for write, value in zip(writers, row, strict=True)]


def _plain(value: Any) -> Any:
    match value:
        case None | bool() | int() | float() | str():
            return value
        case date() | datetime():
            return value.isoformat()
        case Decimal():
            return format(value, "f")
        case bytes() | memoryview():
            return base64.b64encode(value).decode()
        case uuid.UUID():
            return str(value)
        case timedelta():
            return value.total_seconds()
    raise TypeError(f"a backup knows no {type(value).__name__}")


def insert(model: type[models.Model], names: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """Add rows as JSON wrote them to a model's table; ``names`` are their columns."""
    by_name = {field.column: field for field in model._meta.concrete_fields}
    readers = [_reader(by_name[name]) for name in names]
    ready = [[read(value) for read, value in zip(readers, row, strict=True)] for row in rows]
    quoted = ", ".join(connection.ops.quote_name(name) for name in names)
    table = connection.ops.quote_name(model._meta.db_table)
    with connection.cursor() as cursor:
        if is_postgresql():
            with cursor.copy(f"COPY {table} ({quoted}) FROM STDIN") as copy:
                for row in ready:
                    copy.write_row(row)
        else:
            cursor.executemany(f"INSERT INTO {table} ({quoted}) VALUES ({', '.join(['%s'] * len(names))})", ready)


def _reader(field: Any) -> Plain:
    """Return what makes of a value in JSON what the database at hand takes."""
    target = field.target_field if field.is_relation else field
    if isinstance(target, models.BinaryField):
        return lambda value: None if value is None else base64.b64decode(value)
    if isinstance(target, models.DurationField):
        return lambda value: target.get_db_prep_save(None if value is None else timedelta(seconds=value), connection)
    if isinstance(target, models.JSONField):
        return lambda value: target.get_db_prep_save(value, connection)
    if isinstance(target, models.CharField | models.TextField | models.IntegerField | models.FloatField):
        return lambda value: value
    return lambda value: target.get_db_prep_save(target.to_python(value), connection)
