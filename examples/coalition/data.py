"""The tables of this folder, read as rows of text."""

from __future__ import annotations

import csv
from pathlib import Path

HERE = Path(__file__).parent

Row = dict[str, str]


def rows(name: str) -> list[Row]:
    """Return the rows of the table ``name`` (a CSV file of this folder), each a mapping of column to text."""
    with (HERE / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def parts(text: str) -> list[str]:
    """Return the parts of a list written with semicolons."""
    return [part.strip() for part in text.split(";") if part.strip()]


def number(text: str) -> float | None:
    """Return the number in ``text``; None where it is empty."""
    return float(text) if text else None
