"""The reference page of the tables that people fill in, made from their declaration.

usage: python -m pledgeway.formats.reference FILE
"""

from __future__ import annotations

import sys
from pathlib import Path

from pledgeway.formats.replacing import replacing
from pledgeway.tables.fields import Field, Kind, Table
from pledgeway.tables.planning import PRIORITY_WORTH, START, TABLES
from pledgeway.tables.registry import TABLES as REGISTRY

INTRODUCTION = """\
# The tables of a planning problem

<!-- Made by `python -m pledgeway.formats.reference docs/reference.md` from src/pledgeway/tables/planning.py. -->

A problem is kept in a workbook (`.xlsx`) that people fill in, or in a problem file (`.json`, format
`pledgeway-problem/1`) for programs. Both hold the same tables; `pledgeway convert A B` turns one into the other and
loses nothing. `pledgeway template FILE` writes an empty workbook, `pledgeway check FILE` lists every fault at once.

## How a workbook is read

- Sheets and columns are found by their names, in any order and case; units in brackets do not count. The first row of a
  sheet that is not blank has the headers. Blank rows are passed over. Sheets and columns that are not known are left
  alone, with a warning.
- Numbers may be stored as text, with a decimal point. Days are dates where the sheet Start has a start date (as dates
  or as text such as 2026-03-31), else day numbers: 0 is the first day.
- Spaces around ids and names do not count. A text in double quotes is taken exactly as it stands between them, a double
  quote within it doubled; so is a name with a semicolon in a list of names.
- Needed columns have dark headers. Where a column that is not needed is empty, the default below holds.
- A problem file names the columns by their keys, gives days as numbers, and says `null` for what is not stated.
  Closures stand there within their lane (`exceptions`), the items that a requirement takes within it (`accepts`), the
  one asked for first, with factor 1.
"""


OF_REGISTRY = """\
# The tables of reference data

Parties, items, sources, forums and what was decided there have a workbook of their own: `pledgeway template FILE --kind
registry` writes an empty one, `pledgeway check FILE --kind registry` lists the faults of its cells, and `pledgeway
import registry FILE` brings it into the record, all of it or nothing, with the same rules as the forms on screen. A row
whose code is known is changed to what the sheet says; columns that are not there stay as they are recorded. References
may name what the record holds already.
"""


def reference() -> str:
    """Return the page, in Markdown."""
    parts = [INTRODUCTION, _section(START), _worths(), *map(_section, TABLES), OF_REGISTRY, *map(_section, REGISTRY)]
    return "\n".join(parts)


def _section(table: Table) -> str:
    key = "" if not table.key else f" No two rows have the same {' and '.join(table.key)}."
    missing = "" if table.essential else " The sheet may be missing."
    lines = [
        f"## {table.sheet}\n",
        f"{table.meaning}{key}{missing}{_in_file(table)}\n",
        "| column | key | type | unit | needed | default | allowed | meaning |",
        "|---|---|---|---|---|---|---|---|",
        *(_row(field) for field in table.fields),
        "",
    ]
    return "\n".join(lines)


def _in_file(table: Table) -> str:
    if table in REGISTRY:
        return ""
    where = {
        "start": "the keys at the top",
        "exceptions": "`exceptions` of each of the `lanes`",
        "accepts": "`accepts` of each of the `requirements`",
    }.get(table.name, f"`{table.name}`")
    return f" In a problem file: {where}."


def _row(field: Field) -> str:
    values = field.allowed().partition(", or nothing")[0]
    allowed = "" if field.kind in (Kind.TEXT, Kind.DAY, Kind.YES_NO, Kind.DATE) else values
    key = f"`{field.name}`" if field.in_file else "none: first of `accepts`"
    needed = "yes" if field.required else "in files" if field.required_in_file else "no"
    cells = (field.title, key, field.kind.value, field.unit, needed, field.blank, allowed, field.meaning)
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _worths() -> str:
    rows = "\n".join(f"| {priority} | {worth:g} |" for priority, worth in PRIORITY_WORTH.items())
    return f"""\
Below these lines the sheet Start has the worth of a tonne by priority. A requirement that states no weight has this
weight per unit: the worth of a tonne for its priority times the mass of a unit of the item it asks for. The order of
priorities so holds tonne for tonne; where stated weights turn it around, a warning says so.

| priority | worth per tonne |
|---|---|
{rows}
"""


def main(arguments: list[str]) -> int:
    """Write the page to the file named, or print it; return the exit status."""
    if len(arguments) > 1:
        sys.stderr.write(f"{__doc__}\n")
        return 2
    if arguments:
        with replacing(Path(arguments[0])) as draft:
            draft.write_text(reference(), encoding="utf-8")
    else:
        sys.stdout.write(reference())
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
