"""What goes to the screen, and the same for machines: one JSON object."""

from __future__ import annotations

import codecs
import dataclasses
import json
import math
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

DONE, NO, BAD_INPUT, INTERRUPTED = 0, 1, 2, 130
"""Exit statuses: done; the answer is no; the input is bad; stopped by Ctrl-C, as shells say it."""

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object, for machines.")]

PIPED_WIDTH = 120
_PLAIN = {"\u202f": " ", "\u2009": " ", "\u2212": "-", "\u2013": "-", "\u00b7": "-", "\u2026": "...", "\u2588": "#"}


def forgiving_streams() -> None:
    """Let no stream stop the work: a closed one takes all; what an encoding lacks is written in plain letters."""
    # The process's own streams, closed when it ends: nothing here may close them earlier.
    sys.stdout = sys.stdout or Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115
    sys.stderr = sys.stderr or Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115

    def in_plain_letters(error: UnicodeError) -> tuple[str, int]:
        if not isinstance(error, UnicodeEncodeError):
            raise error
        return "".join(_PLAIN.get(letter, "?") for letter in error.object[error.start : error.end]), error.end

    codecs.register_error("plain", in_plain_letters)
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="plain")


def give_up_standard_output() -> None:
    """Send what is left in standard output's buffer nowhere, so that the process can end without a second failure."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.__stdout__.fileno() if sys.__stdout__ else nowhere)


def console(*, errors: bool = False) -> Console:
    """Return the console of standard output (``errors``: of standard error); text is not read as markup."""
    stream = sys.stderr if errors else sys.stdout
    width = None if stream.isatty() or "COLUMNS" in os.environ else PIPED_WIDTH
    return Console(stderr=errors, width=width, markup=False, highlight=False, emoji=False)


def text(value: object, style: str = "") -> Text:
    """Return ``value`` without its control characters: names come from files and must not steer the terminal."""
    return Text("".join(letter for letter in str(value) if letter.isprintable()), style)


def print_heading(words: str) -> None:
    """Print the heading of a part."""
    console().print(text(f"\n{words}", "bold"))


def print_table(
    heads: Sequence[str], rows: Sequence[Sequence[Any]], whole: int, right: Sequence[int] = (1, 2, 3)
) -> None:
    """Print a table without lines, the columns ``right`` to the right, and how many of ``whole`` rows are not shown."""
    table = Table(box=None, header_style="dim", pad_edge=False)
    for k, head in enumerate(heads):
        table.add_column(head, justify="right" if k in right else "left", overflow="fold")
    for row in rows:
        table.add_row(*(text(cell) for cell in row))
    console().print(table)
    if whole > len(rows):
        console().print(text(f"and {whole - len(rows)} more; --json lists all", "dim"))


def print_json(content: Mapping[str, Any]) -> None:
    """Print one JSON object on standard output."""
    sys.stdout.write(json.dumps(plain(content), ensure_ascii=False, allow_nan=False, indent=1) + "\n")
    sys.stdout.flush()


def print_json_list(content: Sequence[Any]) -> None:
    """Print one JSON list on standard output."""
    sys.stdout.write(json.dumps(plain(content), ensure_ascii=False, allow_nan=False, indent=1) + "\n")
    sys.stdout.flush()


def plain(value: Any) -> Any:
    """Return ``value`` as JSON can say it: tables as lists of rows, numbers that are none as null."""
    if hasattr(value, "columns"):  # a DataFrame, without importing pandas for the commands that need none
        value = value.to_dict("records")
    elif dataclasses.is_dataclass(value):
        value = {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
    elif hasattr(value, "item"):  # a number of numpy's
        value = value.item()
    if isinstance(value, Mapping):
        return {str(key): plain(content) for key, content in value.items()}
    if isinstance(value, list | tuple):
        return [plain(content) for content in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value if value is None or isinstance(value, bool | int | float) else str(value)
