"""The whole model's linear program as plain arrays in a file, built once for all peers that solve it."""

from __future__ import annotations

import argparse
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int32]


@dataclass(frozen=True)
class Matrix:
    """Maximise worth x over 0 <= x <= most and least <= A x <= greatest, A by rows (start, index, value)."""

    worth: Floats
    most: Floats
    least: Floats
    greatest: Floats
    start: Integers
    index: Integers
    value: Floats

    def bound(self, prices: Floats) -> float:
        """Return the limit on every solution that ``prices`` of the rows prove, by weak duality.

        Every variable has limits, so any prices prove one: each row at its dearer end, plus each variable at its most
        where it is worth more than its rows take. A price that would count on an end that is not there counts as 0.
        """
        prices = np.where((prices > 0) & np.isinf(self.greatest), 0.0, prices)
        prices = np.where((prices < 0) & np.isinf(self.least), 0.0, prices)
        rows = np.repeat(np.arange(len(self.least)), np.diff(self.start))
        taken = np.bincount(self.index, weights=self.value * prices[rows], minlength=len(self.worth))
        left = np.maximum(self.worth - taken, 0.0)
        ends = np.where(prices > 0, self.greatest, np.where(prices < 0, self.least, 0.0))
        return float(np.dot(prices, ends) + np.dot(left, np.where(left > 0, self.most, 0.0)))

    def write(self, file: Path) -> None:
        """Write the arrays to ``file``."""
        np.savez(file, **vars(self))

    @staticmethod
    def read(file: Path) -> Matrix:
        """Return the arrays of ``file``."""
        with np.load(file) as arrays:
            return Matrix(**arrays)


def of_problem(problem: Any) -> Matrix:
    """Return the linear relaxation of the whole model of ``problem``."""
    from pledgeway.planning.exact.solve import build  # noqa: PLC0415 - peers read the file without the product

    program = build(problem).rows.program(integer=False)
    matrix = program.a_matrix_
    return Matrix(
        np.array(program.col_cost_), np.array(program.col_upper_), np.array(program.row_lower_),
        np.array(program.row_upper_), np.array(matrix.start_, dtype=np.int32),
        np.array(matrix.index_, dtype=np.int32), np.array(matrix.value_),
    )  # fmt: skip


def main() -> None:
    """Build the model of one problem."""
    from pledgeway.formats import read_problem  # noqa: PLC0415

    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("problem", type=Path)
    arguments.add_argument("file", type=Path)
    given = arguments.parse_args()
    problem, begun = read_problem(given.problem), time.perf_counter()
    matrix = of_problem(problem)
    print(f"{len(matrix.least)} rows, {len(matrix.worth)} columns, {time.perf_counter() - begun:.1f} s")
    matrix.write(given.file)


if __name__ == "__main__":
    main()
