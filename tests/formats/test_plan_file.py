"""Plan files: what is written is read again, and every fault of shape is named."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from pledgeway.formats import plan_file
from pledgeway.planning.plan import Certificate, Leg, Movement, Plan, TracePoint, to_dict
from pledgeway.tables.faults import FaultyInput


def plan() -> Plan:
    return Plan(
        problem="Winter aid",
        value=12.5,
        bound=13.0,
        solver="HiGHS 1.9",
        problem_sha256="ab12",
        pinned_bound=12.75,
        pins_cost=(0.0, 1.5),
        seats={"C1": 8},
        rounds=4,
        seed=7,
        threads=2,
        seconds=1.25,
        stopped="gap reached",
        movements=(
            Movement("O1", "R1", 4.0, (Leg("sea", 1), Leg("road", 5)), 6),
            Movement("O2", "R2", 0.125, (), 2),
        ),
        certificate=Certificate(
            lanes=(("sea", 1, 0.1 + 0.2),), offers=(("O1", 2.0),), training=(("artillery", 3, 1.0),)
        ),
        trace=(TracePoint(0.5, -np.inf, np.inf), TracePoint(1.0, 12.5, 13.0)),
        unmet=pd.DataFrame([{"requirement": "R3", "quantity": 2.0, "reason": "nothing offered"}]),
        bottlenecks=pd.DataFrame([{"kind": "place", "id": "RZE", "first_day": 3, "worth": 1.5}]),
    )


def test_a_plan_is_read_as_it_was_written(tmp_path: Path) -> None:
    plan_file.write(plan(), tmp_path / "plan.json")
    found = plan_file.read(tmp_path / "plan.json")
    assert to_dict(found) == to_dict(plan())
    assert found.movements == plan().movements
    assert found.certificate == plan().certificate
    assert found.trace == plan().trace


def test_numbers_that_are_none_are_null(tmp_path: Path) -> None:
    odd = plan().with_(
        bottlenecks=pd.DataFrame([{"id": "A", "worth": np.nan, "day": np.int64(3)}]), bound=0.0, value=0.0
    )
    plan_file.write(odd, tmp_path / "plan.json")
    assert json.loads((tmp_path / "plan.json").read_text())["bottlenecks"] == [{"id": "A", "worth": None, "day": 3}]
    assert len(plan_file.read(tmp_path / "plan.json").bottlenecks) == 1


def test_a_movement_stands_on_a_line(tmp_path: Path) -> None:
    plan_file.write(plan(), tmp_path / "plan.json")
    lines = (tmp_path / "plan.json").read_text().splitlines()
    assert sum('"legs"' in line and '"usable"' in line for line in lines) == 2


def test_only_the_keys_that_the_format_names_are_needed(tmp_path: Path) -> None:
    given = {"format": "pledgeway-plan/1", "problem": "P", "value": 0, "bound": 1e9, "movements": [], "seats": []}
    (tmp_path / "plan.json").write_text(json.dumps(given))
    found = plan_file.read(tmp_path / "plan.json")
    assert (found.problem, found.bound, found.certificate) == ("P", 1e9, None)


FAULTS: list[tuple[Callable[[dict[str, Any]], Any], str, str, str]] = [
    (lambda p: p.update(format="x"), "format", "'x'", "'pledgeway-plan/1'"),
    (lambda p: p.pop("bound"), "bound", "nothing", "a finite number"),
    (lambda p: p.update(value="12"), "value", "'12'", "a finite number"),
    (lambda p: p.update(value=True), "value", "true", "a finite number"),
    (lambda p: p.update(problem=None), "problem", "null", "a text"),
    (lambda p: p.pop("movements"), "movements", "nothing", "a list"),
    (lambda p: p.update(movements={}), "movements", "an object", "a list"),
    (lambda p: p["movements"].append(5), "movements[2]", "5", "an object"),
    (lambda p: p["movements"][0].pop("usable"), "movements[0].usable", "nothing", "a whole number"),
    (lambda p: p["movements"][0].update(quantity="4"), "movements[0].quantity", "'4'", "a finite number"),
    (lambda p: p["movements"][0].update(legs=None), "movements[0].legs", "null", "a list"),
    (
        lambda p: p["movements"][0]["legs"][1].update(departs=5.5),
        "movements[0].legs[1].departs",
        "5.5",
        "a whole number",
    ),
    (lambda p: p["movements"][0]["legs"].append([]), "movements[0].legs[2]", "a list", "an object"),
    (lambda p: p["seats"].append({"course": "C2"}), "seats[1].seats", "nothing", "a whole number"),
    (lambda p: p["seats"][0].update(course=["C1"]), "seats[0].course", "a list", "a text"),
    (lambda p: p.update(certificate=[]), "certificate", "a list", "an object"),
    (
        lambda p: p["certificate"]["lanes"].append(["sea", 1]),
        "certificate.lanes[1]",
        "a list",
        "a list of an id, a day and a price",
    ),
    (lambda p: p["certificate"]["offers"].append(["O1", None]), "certificate.offers[1][1]", "null", "a finite number"),
    (lambda p: p.update(run=3), "run", "3", "an object"),
    (lambda p: p["run"]["trace"].append({"seconds": 1}), "run.trace[2].value", "nothing", "a list"),
    (lambda p: p.update(unmet=[1]), "unmet[0]", "1", "an object"),
    (lambda p: p.update(pins_cost=[1]), "pins_cost", "a list", "two numbers"),
]


@pytest.mark.parametrize(("change", "where", "found", "allowed"), FAULTS)
def test_a_fault_of_shape_is_named(
    change: Callable[[dict[str, Any]], Any], where: str, found: str, allowed: str, tmp_path: Path
) -> None:
    plan_file.write(plan(), tmp_path / "plan.json")
    given = json.loads((tmp_path / "plan.json").read_text())
    change(given)
    (tmp_path / "plan.json").write_text(json.dumps(given))
    with pytest.raises(FaultyInput) as caught:
        plan_file.read(tmp_path / "plan.json")
    assert (where, found, allowed) in [(fault.where, fault.found, fault.allowed) for fault in caught.value.faults]


def test_all_faults_are_listed_at_once(tmp_path: Path) -> None:
    (tmp_path / "plan.json").write_text('{"format": "pledgeway-plan/1", "movements": [1, 2], "seats": 3}')
    with pytest.raises(FaultyInput) as caught:
        plan_file.read(tmp_path / "plan.json")
    wheres = {fault.where for fault in caught.value.faults}
    assert wheres == {"problem", "value", "bound", "movements[0]", "movements[1]", "seats"}
