"""Plain values, as forms, JSON and the API have them, to the typed values of a declared table: all faults at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from pledgeway.tables.faults import Findings, Place, shown
from pledgeway.tables.fields import Field, Kind, Table


def read_rows(table: Table, rows: Sequence[Mapping[str, Any]], findings: Findings) -> list[dict[str, Any]]:
    """Return ``rows`` with a typed value for each field, None where nothing stands; faults are added to ``findings``.

    Numbers become exact decimals, whole numbers int, dates date, names a list of texts, yes or no a bool.
    """
    names = {field.name for field in table.fields}
    found = []
    for number, row in enumerate(rows):
        for name in row.keys() - names:
            findings.fault(place_of(table, number, name), "a column of this name", f"any of {', '.join(sorted(names))}")
        found.append({field.name: _read(field, row.get(field.name), table, number, findings) for field in table.fields})
    return found


def place_of(table: Table, row: int, column: str) -> Place:
    """Return where a value stands."""
    return Place(table.name, str(row + 1), column, f"{table.name}[{row + 1}].{column}")


def _read(field: Field, value: Any, table: Table, row: int, findings: Findings) -> Any:
    if isinstance(value, str):
        value = value.strip()
    if value in (None, "", []):
        if field.required:
            findings.fault(place_of(table, row, field.name), "nothing", _allowed(field))
        return field.default
    try:
        return _typed(field, value)
    except (ValueError, KeyError, InvalidOperation, TypeError):
        findings.fault(place_of(table, row, field.name), shown(value), _allowed(field))
        return None


def _typed(field: Field, value: Any) -> Any:
    match field.kind:
        case Kind.NUMBER | Kind.WHOLE:
            number = Decimal(str(value))
            low, high = field.low, field.high
            if not number.is_finite() or (low is not None and number < low) or (high is not None and number > high):
                raise ValueError
            if abs(number.adjusted()) > 30 or (field.kind is Kind.WHOLE and number != int(number)):
                raise ValueError
            return int(number) if field.kind is Kind.WHOLE else number
        case Kind.DATE:
            return value if isinstance(value, date) else date.fromisoformat(value)
        case Kind.YES_NO:
            return {"yes": True, "no": False, "true": True, "false": False}[str(value).casefold()]
        case Kind.NAMES:
            words = value.split(";") if isinstance(value, str) else [str(one) for one in value]
            return [word.strip() for word in words if word.strip()]
        case Kind.CHOICE:
            if value not in field.choices:
                raise ValueError
    if not isinstance(value, str) or "\x00" in value:
        raise ValueError
    return value


def _allowed(field: Field) -> str:
    if field.kind is Kind.REFERENCE:
        return f"the key or code of one of the {field.refers_to} that you may see"
    return field.allowed()
