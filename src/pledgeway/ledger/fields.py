"""A decimal that no database rounds, and rows by many keys at once."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models.sql.compiler import SQLCompiler

from pledgeway.ledger.store import among


class ExactDecimalField(models.Field):  # type: ignore[type-arg]
    """A decimal of any length: numeric on PostgreSQL, text on SQLite, whose numbers are binary fractions."""

    description = "Exact decimal"

    def db_type(self, connection: BaseDatabaseWrapper) -> str:
        """Return the column's type."""
        return "numeric" if connection.vendor == "postgresql" else "text"

    def from_db_value(self, value: Any, expression: Any, connection: BaseDatabaseWrapper) -> Decimal | None:
        """Return what the database holds as a decimal."""
        del expression, connection
        return None if value is None else Decimal(value)

    def to_python(self, value: Any) -> Decimal | None:
        """Return ``value`` as a decimal. Raises decimal.InvalidOperation for what is none."""
        return None if value is None else Decimal(value)

    def get_prep_value(self, value: Any) -> str | None:
        """Return ``value`` as the databases take it: its digits."""
        return None if value is None else format(Decimal(value), "f")


class ExactSum(models.Aggregate):
    """The sum of an ExactDecimalField, exact on both: SQLite, which knows no such sum, hands over what is added up."""

    function = "SUM"
    output_field = ExactDecimalField()

    def as_sqlite(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **more: Any) -> tuple[str, Any]:
        """Return SQLite's list of the values."""
        return super().as_sql(compiler, connection, function="GROUP_CONCAT", **more)

    def get_db_converters(self, connection: BaseDatabaseWrapper) -> list[Any]:
        """Return what makes a decimal of what the database hands over."""
        del connection
        return [lambda value, *_: None if value is None else sum(map(Decimal, str(value).split(",")), Decimal(0))]


@models.ForeignKey.register_lookup
@models.Field.register_lookup
class Among(models.Lookup[Any]):
    """``field__among=keys``: as ``in``, with one parameter for all keys; thousands of them take most of a query."""

    lookup_name = "among"
    prepare_rhs = False

    def as_sql(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper) -> tuple[str, Any]:
        """Return the condition with its parameters."""
        column, parameters = self.process_lhs(compiler, connection)
        condition, keys = among(column, self.rhs)
        return condition, (*parameters, keys)
