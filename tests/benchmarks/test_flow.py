"""On pure routing a min-cost flow knows the optimum: the exact model equals it, the engine encloses it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

import flow
from pledgeway.formats import read
from pledgeway.planning import GapOrTime, Problem, solve
from pledgeway.planning.exact import solve_exact
from pledgeway.planning.verification import verify


def flows(seed: int, rows: int, days: int, folder: Path) -> tuple[int, Problem]:
    """Return the flow's optimum, found in a process without HiGHS, and the checked problem."""
    file = folder / "problem.json"
    command = [
        sys.executable,
        flow.__file__,
        str(seed),
        "--rows",
        str(rows),
        "--days",
        str(days),
        "--problem",
        str(file),
    ]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return json.loads(said)["optimum"], read(file).problem


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_exact_model_has_the_flows_optimum(seed: int, tmp_path: Path) -> None:
    optimum, problem = flows(seed, 20, 16, tmp_path)
    found = solve_exact(problem, 60.0)
    assert optimum > 0
    assert found.value == pytest.approx(optimum, abs=1e-6)


@pytest.mark.parametrize("seed", [1, 2])
def test_the_flows_optimum_lies_between_the_engines_value_and_its_bound(seed: int, tmp_path: Path) -> None:
    optimum, problem = flows(seed, 60, 30, tmp_path)
    plan = solve(problem, GapOrTime(0.005, 20.0), exact=False)
    assert verify(problem, plan).broken == ()
    assert plan.value <= optimum * (1 + 1e-9)
    assert plan.bound >= optimum * (1 - 1e-9)
    assert plan.gap < 0.02
