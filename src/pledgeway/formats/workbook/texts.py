"""Texts in cells.

Spaces around a text do not count, and an empty cell says nothing. A text in double quotes (those within it doubled) is
taken exactly as it stands between them, so that every text can be written and read again.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from pledgeway.tables.planning import NOBODY

LONGEST = 32_767
"""The most characters that a cell can hold."""

_QUOTED = re.compile(r'"(?:[^"]|"")*"')
_PART = re.compile(r'\s*(?:("(?:[^"]|"")*")\s*(?=;|\Z)|([^;]*))(?:;|\Z)')
_UNWRITABLE = re.compile("[\ud800-\udfff\ufffe\uffff]")


def as_cell(text: str, *, free: bool) -> str:
    """Return how a cell says ``text``; spaces around a ``free`` text are kept anyway."""
    is_plain = bool(text.strip()) if free else bool(text) and text == text.strip()
    return text if is_plain and not _QUOTED.fullmatch(text) else _quoted(text)


def from_cell(cell: str, *, free: bool) -> str:
    """Return the text that a cell says."""
    stripped = cell.strip()
    if stripped.startswith('"') and _QUOTED.fullmatch(stripped):
        return stripped[1:-1].replace('""', '"')
    return cell if free else stripped


def names_as_cell(names: Iterable[str]) -> str:
    """Return how a cell says a list of names."""
    parts = [_quoted(name) if ";" in name or name.startswith('"') else as_cell(name, free=False) for name in names]
    if len(parts) == 1 and parts[0].casefold() == NOBODY:
        return _quoted(parts[0])
    return "; ".join(parts) if parts else NOBODY


def names_from_cell(cell: str) -> tuple[str, ...]:
    """Return the names that a cell lists, separated by semicolons; none for "nobody"."""
    if cell.strip().casefold() == NOBODY:
        return ()
    names: list[str] = []
    at = 0
    while at < len(cell):
        part = _PART.match(cell, at)
        if part is None:  # the pattern fits any text; said for the type checker
            break
        if part[1] is not None:
            names.append(from_cell(part[1], free=False))
        elif part[2].strip():
            names.append(part[2].strip())
        at = part.end()
    return tuple(names)


def why_unwritable(text: str) -> str | None:
    """Return what keeps a text out of a workbook's cell; None where nothing does."""
    if len(text) > LONGEST:
        return f"a text of {len(text):,} characters"
    return "a character that no workbook can hold" if _UNWRITABLE.search(text) else None


def _quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'
