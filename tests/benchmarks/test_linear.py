"""The linear peers: what prices prove, what a log says, and that a solver that cannot run as asked is no peer."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import linear
import run
from matrix import Matrix


def knapsack() -> Matrix:
    """Return: maximise 3 x + y with x + y <= 4, x <= 3 and y <= 3; the best is 10."""
    return Matrix(
        np.array([3.0, 1.0]), np.array([3.0, 3.0]), np.array([-np.inf]), np.array([4.0]),
        np.array([0, 2], dtype=np.int32), np.array([0, 1], dtype=np.int32), np.array([1.0, 1.0]),
    )  # fmt: skip


@pytest.mark.parametrize(("price", "bound"), [(1.0, 10.0), (0.0, 12.0), (3.0, 12.0), (-5.0, 12.0)])
def test_any_prices_prove_a_bound(price: float, bound: float) -> None:
    assert knapsack().bound(np.array([price])) == pytest.approx(bound)


@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_a_solvers_prices_prove_what_they_prove_whatever_their_sign(sign: float) -> None:
    assert linear.proven_by(knapsack(), [sign]) == pytest.approx(10.0)


def test_a_solver_that_hands_over_no_prices_proves_nothing() -> None:
    assert linear.proven_by(knapsack(), []) is None


def test_the_last_bound_of_a_log_is_read() -> None:
    lines = [
        "   27   -6.98e+04  -7.06e+04   3e-11   8e-12  1e-02   1.9",
        "   28*  -6.99e+04  -7.04e+04   1e-11 2e-12 7e-03 2",
    ]
    assert linear.dual_reported("\n".join(lines)) == 70400.0
    assert linear.dual_reported("Presolving model\n") is None


def asked(solver: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Return the run of a solver on the knapsack, in a process of its own, without what the bench's peers need."""
    file = folder / "matrix.npz"
    knapsack().write(file)
    return subprocess.run(
        [sys.executable, linear.__file__, solver, str(file)], capture_output=True, text=True, check=False
    )


def test_simplex_solves_what_the_file_holds(tmp_path: Path) -> None:
    found = json.loads(asked("simplex", tmp_path).stdout.splitlines()[-1])
    assert found["reached"]
    assert found["bound"] == found["proven"] == pytest.approx(10.0)


def test_a_solver_that_ends_short_of_the_gap_is_not_said_to_have_run_out_of_time(tmp_path: Path) -> None:
    impossible = Matrix(  # x + 2 y >= 6 and 2 x + y >= 6 add up to x + y >= 4
        np.array([3.0, 1.0]), np.array([3.0, 3.0]), np.array([6.0, 6.0, -np.inf]), np.array([np.inf, np.inf, 3.9]),
        np.array([0, 2, 4, 6], dtype=np.int32), np.array([0, 1, 0, 1, 0, 1], dtype=np.int32),
        np.array([1.0, 2.0, 2.0, 1.0, 1.0, 1.0]),
    )  # fmt: skip
    impossible.write(tmp_path / "matrix.npz")
    found = run.measure_linear("simplex", tmp_path / "matrix.npz", 0.01, 30.0)
    assert found["failed"].startswith("ended after 0 s short of the gap: Infeasible")
    assert "late" not in found


def test_a_solver_that_is_refused_ends_with_an_error(tmp_path: Path) -> None:
    """The product's own HiGHS has no extras, and so no HiPO."""
    done = asked("hipo", tmp_path)
    assert done.returncode
    assert "refuses solver = hipo" in done.stderr
