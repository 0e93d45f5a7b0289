"""Files to declared tables and back: workbooks (.xlsx) and problem files (.json), with all faults listed at once."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from pledgeway.formats import plan_file, problem_file, workbook
from pledgeway.planning.problem import Problem
from pledgeway.tables.faults import Fault, FaultyInput, Remark

_READERS = {".xlsx": workbook.read, ".json": problem_file.read}
_WRITERS = {".xlsx": workbook.write_problem, ".json": problem_file.write}


@dataclass(frozen=True)
class Reading:
    """A problem as it was read, and remarks on what deserves a look."""

    problem: Problem
    warnings: list[Remark]


def read(path: Path | str) -> Reading:
    """Return the problem in a workbook (.xlsx) or a problem file (.json), with remarks.

    Raises FaultyInput with every fault, each with its place, what was found and what is allowed.
    """
    reader = _READERS[_suffix(path)]
    return Reading(*reader(path))


def read_problem(path: Path | str) -> Problem:
    """Return the problem in a workbook (.xlsx) or a problem file (.json). Raises FaultyInput."""
    return read(path).problem


def write_problem(problem: Problem, path: Path | str) -> None:
    """Write ``problem`` as a workbook (.xlsx) or a problem file (.json).

    The file is replaced whole or not at all. Raises FaultyInput where the name ends otherwise or a workbook cannot hold
    a value, OSError where the file cannot be written.
    """
    _WRITERS[_suffix(path)](problem, path)


def _suffix(path: Path | str) -> str:
    suffix = Path(path).suffix.lower()
    if suffix not in _READERS:
        found = f"a name that ends in '{suffix}'" if suffix else "a name without an ending"
        raise FaultyInput([Fault(str(path), "", "", str(path), found, "a workbook (.xlsx) or a problem file (.json)")])
    return suffix


__all__ = ["Reading", "plan_file", "read", "read_problem", "write_problem"]
