"""Commands on problem files: template, check, convert."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pledgeway.cli.faults import InputError
from pledgeway.cli.output import DONE, AsJson, console, print_json, text

if TYPE_CHECKING:
    from pledgeway.planning import Problem

ProblemFile = Annotated[Path, typer.Argument(metavar="FILE", help="A workbook (.xlsx) or a problem file (.json).")]
Force = Annotated[bool, typer.Option("--force", help="Replace a file that is there.")]

Kind = Annotated[str, typer.Option("--kind", help="planning, or registry: a workbook of reference data.")]
KINDS = ("planning", "registry")

COUNTED = ("places", "lanes", "items", "offers", "requirements", "courses")


def add_to(app: typer.Typer) -> None:
    """Add the commands of this group to ``app``."""
    for command in (template, check, convert):
        app.command()(command)


def template(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The workbook to write (.xlsx).")],
    kind: Kind = "planning",
    force: Force = False,
    as_json: AsJson = False,
) -> int:
    """Write an empty workbook to fill in, with its own instructions."""
    from pledgeway.formats.workbook import write_registry_template, write_template

    _refuse_unknown(kind)

    if file.suffix.lower() != ".xlsx":
        raise InputError(f"{file}: a template is a workbook; its name ends in .xlsx")
    _refuse_replacing(file, force=force)
    (write_template if kind == "planning" else write_registry_template)(file)
    _say_written(file, as_json=as_json, what="An empty workbook")
    return DONE


def check(file: ProblemFile, kind: Kind = "planning", as_json: AsJson = False) -> int:
    """Read a workbook or a problem file and list every fault and warning."""
    from pledgeway.formats import read

    _refuse_unknown(kind)
    if kind == "registry":
        return _check_registry(file, as_json=as_json)
    reading = read(file)
    if as_json:
        content = {"status": "done", "file": file, **description(reading.problem), "warnings": reading.warnings}
        print_json(content)
        return DONE
    screen = console()
    screen.print(text(f"{file}: no faults", "bold"))
    screen.print(text(counts(reading.problem)))
    say_warnings(reading.warnings)
    return DONE


def _check_registry(file: Path, *, as_json: bool) -> int:
    from pledgeway.formats.workbook import read_registry

    drafts, findings, _ = read_registry(file)
    findings.stop_if_faulty()
    rows = {name: draft.rows for name, draft in drafts.tables.items()}
    if as_json:
        print_json({"status": "done", "file": file, "rows": rows, "warnings": findings.remarks})
        return DONE
    console().print(text(f"{file}: no faults in its cells", "bold"))
    console().print(text(", ".join(f"{count} {name}" for name, count in rows.items())))
    say_warnings(findings.remarks)
    return DONE


def _refuse_unknown(kind: str) -> None:
    if kind not in KINDS:
        raise InputError(f"there is no kind of workbook '{kind}'; there are {', '.join(KINDS)}")


def convert(
    source: Annotated[Path, typer.Argument(metavar="A", help="The file to read (.xlsx or .json).")],
    target: Annotated[Path, typer.Argument(metavar="B", help="The file to write (.xlsx or .json).")],
    force: Force = False,
    as_json: AsJson = False,
) -> int:
    """Turn a workbook into a problem file, or a problem file into a workbook."""
    from pledgeway.formats import read, write_problem

    if target.suffix.lower() not in (".xlsx", ".json"):
        raise InputError(f"{target}: the name of the file to write ends in .xlsx or .json")
    _refuse_replacing(target, force=force)
    reading = read(source)
    write_problem(reading.problem, target)
    if not as_json:
        say_warnings(reading.warnings)
    _say_written(target, as_json=as_json, what=counts(reading.problem))
    return DONE


def description(problem: Problem) -> dict[str, Any]:
    """Return what a problem is, for machines: its name, days, start date and the number of rows of each table."""
    from pledgeway.planning.problem import digest

    start = problem.start_date.isoformat() if problem.start_date else None
    rows = {name: len(table) for name, table in problem.tables().items()}
    return {"name": problem.name, "days": problem.days, "start_date": start, "rows": rows, "sha256": digest(problem)}


def counts(problem: Problem) -> str:
    """Return what a problem holds in one line: "60 places, 200 lanes, ..., 90 days"."""
    from pledgeway.pictures.words import count

    words = [count(len(getattr(problem, name)), name.removesuffix("s")) for name in COUNTED]
    start = f" from {problem.date_of(0)}" if problem.start_date else ""
    return f"{', '.join(words)}, {count(problem.days, 'day')}{start}"


def say_warnings(warnings: list[Any], most: int = 20) -> None:
    """Print what stops nothing but deserves a look, on standard error."""
    screen = console(errors=True)
    for warning in warnings[:most]:
        screen.print(text(f"Warning: {warning}", "yellow"))
    if len(warnings) > most:
        screen.print(text(f"and {len(warnings) - most} more warnings; pledgeway check --json lists them all", "yellow"))


def _refuse_replacing(file: Path, *, force: bool) -> None:
    if file.is_dir():
        raise InputError(f"{file} is a folder")
    file.parent.stat()  # a folder that is missing is named by itself, not by the draft that would be written there
    if file.exists() and not force:
        raise InputError(f"{file} is already there; --force replaces it")


def _say_written(file: Path, *, as_json: bool, what: str) -> None:
    if as_json:
        print_json({"status": "done", "file": file})
    else:
        console().print(text(f"{what}: {file}"))
