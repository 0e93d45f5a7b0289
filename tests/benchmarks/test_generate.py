"""The generator: problems of the family that pass every check, the same ones from the same seed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from generate import INSTANCES, SIZES, draw, generate
from pledgeway.formats import read

GIVEN = Path(__file__).parents[2] / ".." / "shared" / "planning" / "instances"


@pytest.mark.parametrize(("size", "seed"), [("S", 1), ("S", 2), ("S", 3), ("M", 1)])
def test_a_generated_problem_has_no_faults(size: str, seed: int, tmp_path: Path) -> None:
    file = tmp_path / "problem.json"
    file.write_text(json.dumps(generate(size, seed)))
    problem = read(file).problem
    rows = {"S": 50, "M": 500}[size]
    assert (len(problem.offers), len(problem.requirements)) == (rows, rows)
    assert problem.name == f"{size}{seed}"


def test_the_largest_size_has_the_network_that_its_name_promises(tmp_path: Path) -> None:
    size = replace(SIZES["X"], rows=300)
    file = tmp_path / "problem.json"
    file.write_text(json.dumps(draw(size, 1, "X1")))
    problem = read(file).problem
    assert (len(problem.places), len(problem.lanes), problem.days) == (200, 900, 365)
    assert SIZES["X"].rows == 50_000
    assert problem.requirements["destination"].nunique() == 30
    reached = set(problem.lanes["destination"])
    assert set(problem.requirements["destination"]) <= reached


def test_a_seed_stands_for_one_problem_in_every_process(tmp_path: Path) -> None:
    made = []
    for hashes in ("0", "1", "2"):  # by which Python orders a set of words
        file = tmp_path / f"{hashes}.json"
        command = [sys.executable, str(INSTANCES.parent / "generate.py"), "S", "4", str(file)]
        subprocess.run(command, check=True, env={**os.environ, "PYTHONHASHSEED": hashes})
        made.append(file.read_bytes())
    assert made[0] == made[1] == made[2]


def test_a_seed_stands_for_one_problem() -> None:
    assert generate("S", 4) == generate("S", 4)
    assert generate("S", 4)["offers"] != generate("S", 5)["offers"]


@pytest.mark.parametrize(("size", "like"), [("S", "S1"), ("M", "M1")])
def test_generated_problems_are_as_full_as_the_given_ones(size: str, like: str) -> None:
    """Tonnes offered for each tonne asked for, over a few seeds, within a third of the given problem's."""
    given = json.loads((INSTANCES / f"{like}.json").read_text())

    def fullness(problem: dict[str, list[dict[str, float]]]) -> float:
        mass = {item["id"]: item["mass_t"] for item in problem["items"]}
        offered = sum(offer["quantity"] * mass[offer["item"]] for offer in problem["offers"])
        asked = sum(need["quantity"] * mass[need["accepts"][0]["item"]] for need in problem["requirements"])  # type: ignore[index]
        return offered / asked

    made = [fullness(generate(size, seed)) for seed in range(6)]
    assert sum(made) / len(made) == pytest.approx(fullness(given), rel=1 / 3)


@pytest.mark.skipif(not GIVEN.is_dir(), reason="the given problems are not beside the repository")
@pytest.mark.parametrize("name", ["S1", "M1", "L1"])
def test_the_kept_problems_are_the_given_ones(name: str) -> None:
    assert (INSTANCES / f"{name}.json").read_bytes() == (GIVEN / f"{name}.json").read_bytes()
