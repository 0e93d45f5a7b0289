"""What people did wrong, said in words: every fault of a file at once, in a table by sheet."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import typer
from rich.table import Table

from pledgeway.cli.output import BAD_INPUT, INTERRUPTED, console, print_json, text

if TYPE_CHECKING:
    from pledgeway.tables.faults import Fault, FaultyInput

MOST_SHOWN = 200
UsageError = typer.BadParameter.__mro__[1]
"""What typer raises for a wrong call: an unknown option, a missing argument, a value out of its range."""


class InputError(Exception):
    """Something that people can mend, said in one sentence."""


def status_of(failure: Exception, *, as_json: bool) -> int | None:
    """Say what ``failure`` means to people and return the exit status; None where it is our own fault.

    Raises OSError where it cannot be said, as on a full disk.
    """
    from pledgeway.planning.ongoing import HistoryError
    from pledgeway.planning.scenarios import ScenarioError
    from pledgeway.tables.faults import FaultyInput

    if isinstance(failure, FaultyInput):
        _say_faults(failure, as_json=as_json)
    elif isinstance(failure, UsageError):
        _say(_usage(failure), as_json=as_json)
    elif isinstance(failure, InputError | HistoryError | ScenarioError):
        _say(str(failure), as_json=as_json)
    elif isinstance(failure, OSError):
        where = f"{failure.filename}: " if failure.filename else ""
        _say(f"{where}{failure.strerror or failure}", as_json=as_json)
    else:
        return None
    return BAD_INPUT


def say_interrupted(*, as_json: bool) -> int:
    """Say that Ctrl-C ended the command, and return the exit status."""
    _say("stopped before the end; no file is left half written", as_json=as_json, status="interrupted")
    return INTERRUPTED


def _usage(failure: Exception) -> str:
    context = getattr(failure, "ctx", None)
    where = f" (see {context.command_path} --help)" if context else ""
    return f"{failure.format_message()}{where}"  # type: ignore[attr-defined]


def _say(sentence: str, *, as_json: bool, status: str = "bad input") -> None:
    if as_json:
        print_json({"status": status, "error": sentence, "faults": []})
    else:
        console(errors=True).print(text(f"pledgeway: {sentence}", "bold red"))


def _say_faults(failure: FaultyInput, *, as_json: bool) -> None:
    faults, objections = failure.faults, failure.objections
    number = len(faults) + len(objections)
    count = f"{number} fault" + ("" if number == 1 else "s")
    if as_json:
        print_json({"status": "bad input", "error": count, "faults": faults, "warnings": failure.warnings,
                    "objections": objections})  # fmt: skip
        return
    screen = console(errors=True)
    screen.print(text(f"{count}. Nothing was planned or written.", "bold red"))
    screen.print(fault_table(faults[:MOST_SHOWN]))
    if len(faults) > MOST_SHOWN:
        screen.print(text(f"and {len(faults) - MOST_SHOWN} more; --json lists them all", "dim"))
    for sentence in objections[:MOST_SHOWN]:
        screen.print(text(sentence))
    if len(objections) > MOST_SHOWN:
        screen.print(text(f"and {len(objections) - MOST_SHOWN} more; --json lists them all", "dim"))


def fault_table(faults: Sequence[Fault]) -> Table:
    """Return ``faults`` as a table grouped by sheet, in the order in which the sheets first appear.

    A sheet with several has a line of its own with their number; every row names its sheet anyway.
    """
    table = Table(box=None, pad_edge=False, header_style="bold")
    for header in ("Where", "Found", "Allowed"):
        table.add_column(header, overflow="fold")
    by_sheet: dict[str, list[Fault]] = {}
    for fault in faults:
        by_sheet.setdefault(fault.sheet, []).append(fault)
    for sheet, own in by_sheet.items():
        if len(by_sheet) > 1 and len(own) > 1:
            table.add_row(text(f"{sheet} ({len(own)})", "bold"))
        for fault in own:
            table.add_row(text(fault.where), text(fault.found), text(fault.allowed))
    return table
