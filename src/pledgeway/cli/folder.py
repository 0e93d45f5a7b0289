"""The folder that a plan is kept in: problem.json, plan.json, plan.xlsx and report.html."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from pledgeway.cli.faults import InputError

if TYPE_CHECKING:
    from pledgeway.planning import Plan, Problem
    from pledgeway.planning.scenarios import Stress

PROBLEM, PLAN, WORKBOOK, REPORT = "problem.json", "plan.json", "plan.xlsx", "report.html"
STRESSED = "stress.jsonl"
"""What sweeps have found for the plan, a line an outcome or a block of draws."""
FILES = (WORKBOOK, PLAN, REPORT, PROBLEM)
"""The files of a plan's folder, the ones that people open first."""


@contextmanager
def drafting(folder: Path) -> Iterator[Path]:
    """Yield an empty folder for files that belong into ``folder``; they are moved there when the block ends well.

    Made before the long work, so that a folder that cannot be written is known at once. Raises OSError.
    """
    is_new = not folder.exists()
    folder.mkdir(parents=True, exist_ok=True)
    try:
        with tempfile.TemporaryDirectory(prefix=".draft-", dir=folder) as draft:
            yield Path(draft)
            for file in sorted(Path(draft).iterdir()):
                file.replace(folder / file.name)
    except BaseException:
        if is_new:
            with suppress(OSError):
                folder.rmdir()
        raise


def refuse_overwriting(source: Path, folder: Path) -> None:
    """Raise InputError where a plan written to ``folder`` would replace the file it is made from."""
    for name in (WORKBOOK, PLAN, REPORT):
        if (folder / name).exists() and source.exists() and (folder / name).samefile(source):
            raise InputError(f"{source} would be replaced by the plan; choose another folder with -o")


def write(problem: Problem, plan: Plan, draft: Path, stressed: Stress | None = None) -> None:
    """Write a plan's four files into ``draft``; ``stressed`` adds to the report what could be lost."""
    from pledgeway.formats import plan_file, write_problem
    from pledgeway.formats.plan_workbook import write_plan
    from pledgeway.pictures.report import write_report

    write_problem(problem, draft / PROBLEM)
    plan_file.write(plan, draft / PLAN)
    write_plan(problem, plan, draft / WORKBOOK)
    write_report(problem, plan, draft / REPORT, stressed)


def read(folder: Path) -> tuple[Problem, Plan]:
    """Return the problem and the plan of ``folder``.

    Raises FaultyInput for files that cannot be read, InputError where the plan was made for another problem.
    """
    from pledgeway.formats import plan_file, read_problem
    from pledgeway.planning.problem import digest

    if not folder.is_dir():
        raise InputError(f"{folder} is not a folder that `pledgeway plan` wrote")
    for name in (PROBLEM, PLAN):
        if not (folder / name).is_file():
            raise InputError(f"{folder} has no {name}; `pledgeway plan FILE -o {folder}` writes it")
    problem, plan = read_problem(folder / PROBLEM), plan_file.read(folder / PLAN)
    if plan.problem_sha256 != digest(problem):
        raise InputError(f"{folder / PLAN} was made for another problem than {folder / PROBLEM}")
    return problem, plan
