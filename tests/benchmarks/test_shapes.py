"""Problems of other shapes: they pass every check, come again from the same seed, and have the shape of their name."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pledgeway.formats import read
from shapes import SHAPES, shape


@pytest.mark.parametrize("kind", SHAPES)
def test_a_problem_of_every_shape_has_no_faults_and_can_be_served(kind: str, tmp_path: Path) -> None:
    file = tmp_path / "problem.json"
    file.write_text(json.dumps(shape(kind, 1)))
    problem = read(file).problem
    assert problem.name == f"{kind}1"
    assert set(problem.offers["item"]) & set(problem.accepts["item"])


def test_a_seed_stands_for_one_problem() -> None:
    assert shape("dense", 4) == shape("dense", 4)
    assert shape("dense", 4)["lanes"] != shape("dense", 5)["lanes"]


def test_every_way_from_a_depot_passes_the_only_hub() -> None:
    problem = shape("one-hub", 2)
    (hub,) = {row["destination"] for row in problem["lanes"]} & {row["origin"] for row in problem["lanes"]}
    assert all(hub in {row["origin"], row["destination"]} for row in problem["lanes"])


def test_sparse_keeps_every_way_open_and_few_lanes() -> None:
    sparse, dense = shape("sparse", 1), shape("dense", 1)
    assert 2 * len(sparse["lanes"]) < len(dense["lanes"])


def test_divisible_and_indivisible_hold_for_every_item() -> None:
    assert all(row["divisible"] for row in shape("divisible", 1)["items"])
    problem = shape("indivisible", 1)
    assert not any(row["divisible"] for row in problem["items"])
    assert all(row["quantity"] == int(row["quantity"]) for row in problem["offers"])


def test_hundreds_of_destinations_are_all_asked_for() -> None:
    assert len({row["destination"] for row in shape("many-destinations", 1)["requirements"]}) == 300
