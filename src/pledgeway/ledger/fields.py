"""A decimal that no database rounds."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper


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
