"""Problem files: the format ``pledgeway-problem/1``, JSON with all tables of a planning problem."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

from pledgeway.formats import json_text
from pledgeway.formats.sailing import check_sailing_days
from pledgeway.planning.problem import FORMAT, Problem, from_dict, to_dict
from pledgeway.tables.checks import check
from pledgeway.tables.drafts import Draft, Drafts, nowhere
from pledgeway.tables.faults import Findings, Place, Remark, shown
from pledgeway.tables.fields import Field, Kind, Table
from pledgeway.tables.planning import ACCEPTS, EXCEPTIONS, START, TABLES

INSIDE = {"exceptions": ("lanes", "lane"), "accepts": ("requirements", "requirement")}
"""Tables that stand within the rows of another one: that table, and the column that names its row."""

_ISO_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_ABSENT = object()


def read(path: Path | str) -> tuple[Problem, list[Remark]]:
    """Return the problem in the file ``path``, and remarks on what deserves a look.

    Raises FaultyInput with every fault of shape and of meaning, each with its table, row and field.
    """
    given = json_text.read(path)
    findings = Findings()
    drafts = _drafts(given, findings)
    check(drafts, findings)
    check_sailing_days(drafts, findings)
    findings.stop_if_faulty()
    return from_dict(given), findings.remarks


def write(problem: Problem, path: Path | str) -> None:
    """Write ``problem`` to the file ``path``, whole or not at all. Raises OSError."""
    json_text.write(to_dict(problem), path)


def _drafts(given: Mapping[str, Any], findings: Findings) -> Drafts:
    at = Place("top", "", "format", "format")
    if given.get("format") != FORMAT:
        findings.fault(at, shown(given.get("format")), shown(FORMAT))
    start = _draft(START, [(given, "")], findings)
    tables = {}
    for table in TABLES:
        if table.name in INSIDE:
            continue
        if table.name not in given and table.name != "pins":
            findings.fault(Place(table.name, "", "", table.name), "nothing", f"a list of {table.row}s")
            tables[table.name] = nowhere(table)
            tables[table.name].missing = True
        else:
            tables[table.name] = _draft(table, _rows(given.get(table.name, []), table.name, findings), findings)
    for table in (EXCEPTIONS, ACCEPTS):
        tables[table.name] = _draft_inside(table, given, findings)
    return Drafts(start, {table.name: tables[table.name] for table in TABLES}, lenient=True)


def _rows(given: Any, where: str, findings: Findings) -> list[tuple[Mapping[str, Any], str]]:
    """Return the objects of a list, each with where it stands; add a fault for whatever else there is."""
    sheet = where.partition("[")[0]
    if not isinstance(given, list):
        findings.fault(Place(sheet, "", "", where), shown(given), "a list of objects")
        return []
    found: list[tuple[Mapping[str, Any], str]] = []
    for k, row in enumerate(given):
        if isinstance(row, dict):
            key = row.get("id")
            found.append((row, f"{where}[{key if isinstance(key, str) else k}]"))
        else:
            findings.fault(Place(sheet, str(k), "", f"{where}[{k}]"), shown(row), "an object")
    return found


def _draft_inside(table: Table, given: Mapping[str, Any], findings: Findings) -> Draft:
    """Return the draft of a table whose rows stand within the rows of another."""
    outer, column = INSIDE[table.name]
    rows: list[tuple[Mapping[str, Any], str]] = []
    outer_rows = given.get(outer)
    silent = Findings()  # what is wrong with the outer rows has been said
    for row, where in _rows(outer_rows, outer, silent) if isinstance(outer_rows, list) else []:
        inside = f"{where}.{table.name}"
        if table.name not in row:
            allowed = f"a list of objects with {_enumerated(table, column)}"
            findings.fault(_place(where, table.name), "nothing", allowed)
            continue
        own = _rows(row[table.name], inside, findings)
        key = row.get("id")
        rows += [({**item, column: key if isinstance(key, str) else None}, place) for item, place in own]
    return _draft(table, rows, findings, outer=column)


def _enumerated(table: Table, column: str) -> str:
    names = [field.name for field in table.inside() if field.name != column and field.demanded_in_file]
    return " and ".join([", ".join(names[:-1]), names[-1]]) if len(names) > 1 else names[0]


def _place(where: str, column: str) -> Place:
    """Return the place of a column in the row that stands at ``where`` ("offers[O1]", or "" for the top)."""
    sheet, _, rest = where.partition("[")
    return Place(sheet or "top", rest.split("]")[0] if rest else "", column, f"{where}.{column}" if where else column)


def _draft(table: Table, rows: list[tuple[Mapping[str, Any], str]], findings: Findings, outer: str = "") -> Draft:
    """Return the draft of ``rows``; the column ``outer`` was taken from the row they stand in."""
    draft = Draft(table, len(rows), {}, lambda row, column: _place(rows[row][1], column))
    for field in table.fields:
        draft.values[field.name] = [None] * len(rows)
        if not field.in_file:
            continue
        for k, (row, _) in enumerate(rows):
            value = row.get(field.name, _ABSENT)
            if value is _ABSENT:
                if field.demanded_in_file:
                    findings.fault(draft.spoil(k, field.name), "nothing", field.allowed(in_file=True))
                else:
                    draft.values[field.name][k] = field.default
            elif value is None and (field.nullable or field.name == outer):
                if field.name == outer:
                    draft.spoil(k, field.name)
            else:
                try:
                    draft.values[field.name][k] = _value(field, value)
                except ValueError as failure:
                    findings.fault(draft.spoil(k, field.name), _found(value), str(failure))
    return draft


def _found(value: Any) -> str:
    return shown(value) if not isinstance(value, bool) else str(value).lower()


def _value(field: Field, value: Any) -> Any:
    """Return a value of JSON as ``field`` has it; raise ValueError, saying what is allowed."""
    if field.kind in (Kind.NUMBER, Kind.WHOLE, Kind.DAY):
        return _number(field, value)
    if field.kind is Kind.YES_NO:
        if isinstance(value, bool):
            return value
        raise ValueError("true or false")
    if field.kind is Kind.NAMES:
        if isinstance(value, list) and all(isinstance(name, str) and _is_sayable(name) for name in value):
            return tuple(value)
        raise ValueError("a list of texts, or null")
    if not isinstance(value, str):
        raise ValueError(_or_null(field, "a text"))
    if not _is_sayable(value):
        raise ValueError("text without halves of characters")
    if field.kind is Kind.DATE:
        return _date(value)
    return value


def _number(field: Field, value: Any) -> float | int:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError(_or_null(field, "a number" if field.kind is Kind.NUMBER else "a whole number"))
    try:
        if not math.isfinite(value):
            raise ValueError("a finite number")
        if field.kind is Kind.NUMBER:
            return float(value)
    except OverflowError:
        raise ValueError("a finite number") from None
    if abs(value) > 2**53 or value != int(value):
        raise ValueError(_or_null(field, "a whole number"))
    return int(value)


def _date(text: str) -> date:
    allowed = "a date such as '2026-03-31', or null"
    if not _ISO_DATE.fullmatch(text):
        raise ValueError(allowed)
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ValueError(allowed) from None


def _or_null(field: Field, words: str) -> str:
    return f"{words}, or null ({field.blank or 'not stated'})" if field.nullable else words


def _is_sayable(text: str) -> bool:
    """Return whether a text can be written at all: JSON can spell halves of characters, files cannot hold them."""
    return text.isascii() or not any("\ud800" <= letter <= "\udfff" for letter in text)
