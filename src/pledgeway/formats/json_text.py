"""JSON as our files have it: a row a line, no numbers that are none, faults with their line."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pledgeway.formats.replacing import replacing
from pledgeway.tables.faults import Fault, FaultyInput, Place, file_place, shown

LARGEST_FILE = 2**31
INDENT = " "


def write(content: Mapping[str, Any], path: Path | str) -> None:
    """Write ``content`` to ``path``: the keys of objects and the rows of tables on lines of their own.

    Numbers that JSON has no word for are written as null. Raises OSError; the file is replaced whole or not at all.
    """
    with replacing(path) as draft:
        draft.write_text(_laid_out(content, "") + "\n", encoding="utf-8")


def _laid_out(value: Any, indent: str) -> str:
    inner = indent + INDENT
    if isinstance(value, Mapping) and value and _has_tables(value):
        parts = [f"{inner}{_compact(str(key))}: {_laid_out(content, inner)}" for key, content in value.items()]
        return "{\n" + ",\n".join(parts) + f"\n{indent}}}"
    if isinstance(value, list) and any(isinstance(row, Mapping | list) for row in value):
        return "[\n" + ",\n".join(f"{inner}{_compact(row)}" for row in value) + f"\n{indent}]"
    return _compact(value)


def _has_tables(value: Mapping[str, Any]) -> bool:
    return any(isinstance(content, Mapping | list) for content in value.values())


def _compact(value: Any) -> str:
    try:
        return json.dumps(value, ensure_ascii=False, allow_nan=False)
    except (TypeError, ValueError):
        return json.dumps(_sayable(value), ensure_ascii=False, allow_nan=False)


def _sayable(value: Any) -> Any:
    """Return ``value`` with numpy's numbers as Python's, and those that are not finite as None."""
    if isinstance(value, Mapping):
        return {str(key): _sayable(content) for key, content in value.items()}
    if isinstance(value, list | tuple):
        return [_sayable(content) for content in value]
    if hasattr(value, "item"):
        value = value.item()
    return None if isinstance(value, float) and not math.isfinite(value) else value


def read(path: Path | str) -> dict[str, Any]:
    """Return the JSON object in ``path``.

    Raises FaultyInput where there is no such file, or what it holds is not one JSON object.
    """
    file = Path(path)
    where = file_place(path)
    if file.is_dir():
        raise _one_fault(where, "a folder", "a file")
    try:
        if file.stat().st_size > LARGEST_FILE:
            raise _one_fault(where, f"{file.stat().st_size:,} bytes", f"at most {LARGEST_FILE:,} bytes")
        text = file.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise _one_fault(where, "no such file", "a file that exists") from None
    except UnicodeDecodeError as failure:
        raise _one_fault(where, f"byte {failure.start} is not UTF-8", "JSON in UTF-8") from None
    try:
        content = json.loads(text, parse_constant=_refuse)
    except json.JSONDecodeError as failure:
        at = Place(where.sheet, str(failure.lineno), str(failure.colno), f"{path}, line {failure.lineno}")
        raise _one_fault(at, f"{failure.msg} (column {failure.colno})", "JSON") from None
    except RecursionError:
        raise _one_fault(where, "objects within objects without end", "JSON as the format asks") from None
    except ValueError as failure:
        raise _one_fault(where, str(failure), "JSON with finite numbers") from None
    if not isinstance(content, dict):
        raise _one_fault(where, shown(content), "one JSON object")
    return content


def _refuse(word: str) -> None:
    raise ValueError(f"{word}, which is not a number")


def _one_fault(at: Place, found: str, allowed: str) -> FaultyInput:
    return FaultyInput([Fault(at.sheet, at.row, at.column, at.where, found, allowed)])
