"""`pledgeway verify`, `explain` and `report`: what can be asked of a plan, and what cannot."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pledgeway.formats import write_problem
from pledgeway.planning.plan import WHOLE_SEATS
from tests.cli.command import BAD_INPUT, DONE, NO, answer, call
from tests.planning.worked import ferry


def change(file: Path, by: Callable[[dict[str, Any]], object]) -> None:
    content = json.loads(file.read_text())
    by(content)
    file.write_text(json.dumps(content))


def test_a_valid_plan_is_said_to_be_valid_with_what_proves_its_bound(planned: Path) -> None:
    done = call("verify", "ferry.json", "plan/plan.json", folder=planned)
    assert done.returncode == DONE
    assert "valid: 3 movements, no rule broken" in done.stdout
    assert "value 498" in done.stdout
    assert "the plan's prices prove that no plan is worth more than 498" in done.stdout


def test_a_bound_over_whole_seats_is_nobodys_word(planned: Path) -> None:
    change(planned / "plan" / "plan.json", lambda plan: plan.update(certificate=None, prices=None, solver=WHOLE_SEATS))
    done = call("verify", "ferry.json", "plan/plan.json", folder=planned)
    assert done.returncode == NO
    assert "nothing proves the bound" in done.stdout


@pytest.mark.parametrize(
    ("by", "said"),
    [
        (lambda plan: plan["movements"][0].update(quantity=3), "8"),
        (lambda plan: plan["movements"][0].update(offer="O9"), "O9"),
        (lambda plan: plan.update(value=600), "600"),
        (lambda plan: plan.update(bound=100), "100"),
        (lambda plan: plan.update(problem_sha256="ab" * 32), "made for another problem"),
        (lambda plan: plan["seats"].append({"course": "C1", "seats": 1}), "C1"),
    ],
)
def test_a_plan_that_does_not_hold_is_answered_with_no(
    by: Callable[[dict[str, Any]], object], said: str, planned: Path
) -> None:
    change(planned / "plan" / "plan.json", by)
    content = answer("verify", "ferry.json", "plan/plan.json", folder=planned, status=NO)
    assert (content["status"], content["valid"]) == ("no", False)
    assert said in " ".join([*content["broken"], content["proof"]])


def test_a_plan_file_with_faults_of_shape_is_bad_input_with_all_of_them(planned: Path) -> None:
    change(planned / "plan" / "plan.json", lambda plan: plan.update(value="much", movements=[1]))
    content = answer("verify", "ferry.json", "plan/plan.json", folder=planned, status=BAD_INPUT)
    assert {fault["where"] for fault in content["faults"]} == {"value", "movements[0]"}


def test_a_requirement_is_explained_in_sentences(planned: Path) -> None:
    said = call("explain", "plan", "R1", folder=planned).stdout
    assert "Brigade" in said
    assert "Norway (O1)" in said
    content = answer("explain", "plan", "R1", folder=planned)
    assert content["about"] == "R1"
    assert len(content["sentences"]) == len(said.splitlines())


@pytest.mark.parametrize("command", [("explain", "plan", "R1"), ("report", "plan")])
def test_a_folder_whose_files_do_not_belong_together_is_bad_input(command: tuple[str, ...], planned: Path) -> None:
    write_problem(ferry(name="other"), planned / "plan" / "problem.json")
    done = call(*command, folder=planned)
    assert done.returncode == BAD_INPUT
    assert "another problem" in done.stderr
