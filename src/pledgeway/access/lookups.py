"""A lookup on lists kept as JSON: ``marking__any_of=["NO", "public"]`` finds rows whose list holds any of these."""

from __future__ import annotations

import json
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import JSONField, Lookup
from django.db.models.sql.compiler import SQLCompiler


@JSONField.register_lookup
class AnyOf(Lookup):
    """Whether a JSON list of texts holds any of the given ones."""

    lookup_name = "any_of"
    prepare_rhs = False

    def get_db_prep_lookup(self, value: Any, connection: BaseDatabaseWrapper) -> tuple[str, Any]:
        """Return the one parameter: an array on PostgreSQL, else a JSON list."""
        return "%s", [list(value) if connection.vendor == "postgresql" else json.dumps(list(value))]

    def as_sql(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper) -> tuple[str, Any]:
        """Return PostgreSQL's condition or SQLite's."""
        column, of_column = self.process_lhs(compiler, connection)
        value, of_value = self.process_rhs(compiler, connection)
        parameters = [*of_column, *of_value]
        if connection.vendor == "postgresql":
            return f"{column} ?| {value}", parameters
        return (
            f"EXISTS (SELECT 1 FROM json_each({column}) own JOIN json_each({value}) any ON own.value = any.value)",
            parameters,
        )
