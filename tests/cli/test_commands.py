"""The command line from end to end, as people and machines call it."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from pledgeway.formats import read_problem, write_problem
from pledgeway.planning.problem import to_dict
from tests.cli.command import DONE, call, interrupted, started
from tests.cli.command import answer as asked
from tests.planning.worked import ferry

S1 = Path(__file__).parents[2] / "benchmarks" / "instances" / "S1.json"
FILES = {"plan.xlsx", "plan.json", "report.html", "problem.json"}


def run(*arguments: object, status: int = 0, **changes: str) -> subprocess.CompletedProcess[str]:
    """Run the command; its exit status must be ``status``."""
    done = call(*arguments, folder=Path.cwd(), env={"COLUMNS": "200", **changes})
    assert done.returncode == status, done.stdout + done.stderr
    return done


def answer(*arguments: object, status: int = 0) -> dict[str, Any]:
    """Return what the command says to machines."""
    return asked(*arguments, folder=Path.cwd(), status=status)


@pytest.fixture(scope="module")
def planned(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the plan of the ferry, made from its workbook."""
    folder = tmp_path_factory.mktemp("ferry")
    write_problem(ferry(requirements=ferry().requirements.assign(quantity=7.0)), folder / "ferry.xlsx")
    run("plan", folder / "ferry.xlsx", "-o", folder / "plan", "--seconds", "5")
    return folder / "plan"


def test_a_plan_from_a_workbook_is_written_whole(planned: Path) -> None:
    assert {file.name for file in planned.iterdir()} == FILES
    assert answer("verify", planned / "problem.json", planned / "plan.json")["status"] == "done"


def test_a_plan_from_a_problem_file_is_the_same(planned: Path, tmp_path: Path) -> None:
    said = answer("plan", planned / "problem.json", "-o", tmp_path / "again", "--seconds", "5")
    first, second = (json.loads((folder / "plan.json").read_text()) for folder in (planned, tmp_path / "again"))
    assert said["status"] == "done"
    assert first["value"] == pytest.approx(second["value"])
    assert first["problem_sha256"] == second["problem_sha256"]


def test_a_plan_that_claims_too_much_is_not_valid(planned: Path, tmp_path: Path) -> None:
    plan = json.loads((planned / "plan.json").read_text())
    (tmp_path / "plan.json").write_text(json.dumps({**plan, "value": plan["value"] + 1}))
    assert answer("verify", planned / "problem.json", tmp_path / "plan.json", status=1)["status"] == "no"


def test_a_requirement_and_a_donor_are_explained(planned: Path) -> None:
    assert any("5" in sentence for sentence in answer("explain", planned, "R1")["sentences"])
    assert answer("explain", planned, "Norway")["sentences"]


def test_an_unknown_requirement_is_answered_with_the_closest(planned: Path) -> None:
    assert "R1" in run("explain", planned, "R11", status=2).stderr


def test_the_report_is_written_again(planned: Path) -> None:
    (planned / "report.html").unlink()
    run("report", planned)
    assert (planned / "report.html").read_text().startswith("<!doctype html>")


def test_stress_says_what_is_lost_and_goes_on_where_it_stopped(planned: Path) -> None:
    said = answer("stress", planned, "--each", "donor", "--scenario", "lane:road from 0 to 1")
    by_name = {loss["scenario"]: loss for loss in said["losses"]}
    assert by_name["donor Norway gone"]["least"] == pytest.approx(said["value"], rel=1e-3)
    assert by_name["lane:road from 0 to 1"]["least"] < said["value"]
    assert "What breaks when someone leaves" in (planned / "report.html").read_text()
    kept = (planned / "stress.jsonl").read_text()
    answer("stress", planned, "--each", "donor", "--scenario", "lane:road from 0 to 1")
    assert (planned / "stress.jsonl").read_text() == kept
    assert "did you mean 'Norway'" in run("stress", planned, "--scenario", "donor:Norwy", status=2).stderr
    assert (planned / "stress.xlsx").stat().st_size > 5000
    assert by_name["donor Norway gone"]["nobody_else"] == ["R1"]
    drawn = answer("stress", planned, "--random", "300", "--late", "0.5", "--seed", "2")
    assert drawn["chances"]["draws"] == 300
    row = drawn["chances"]["requirements"][0]
    assert row["least"] == row["chance"] == 0.0 < row["most"] < 0.02  # 5 of the 7 that are needed are promised
    assert 0.0 < row["share_on_time"] < row["planned"] == pytest.approx(5 / 7)
    assert drawn["losses"] == []
    both = json.loads((planned / "stress.json").read_text())
    assert [loss["scenario"] for loss in both["losses"]] == [loss["scenario"] for loss in said["losses"]]
    assert both["chances"] == drawn["chances"]
    page = (planned / "report.html").read_text()
    assert "The chance to be on time" in page
    run("report", planned)
    assert (planned / "report.html").read_text() == page
    shown = answer("stress", planned, "--show", "lane:road from 0 to 1", "-o", planned.parent / "without")
    assert shown["value"] == pytest.approx(by_name["lane:road from 0 to 1"]["value"])
    assert answer("verify", *(planned.parent / "without" / name for name in ("problem.json", "plan.json")))["valid"]
    unknown = run("stress", planned, "--show", "donor Norwy gone", "-o", planned.parent / "x", status=2).stderr
    assert "'donor Norway gone'" in unknown
    assert not (planned.parent / "x").exists()


def test_each_command_works_in_a_process_of_its_own(planned: Path, tmp_path: Path) -> None:
    """Other tests call them where all that they import is there already; of plan and verify, see test_streams."""
    shutil.copytree(planned, tmp_path / "plan")
    for words in (
        ("template", "new.xlsx"), ("check", "new.xlsx"), ("convert", "new.xlsx", "new.json"), ("explain", "plan", "R1"),
        ("report", "plan"), ("depends", "plan"), ("what-if", "plan", "--set", "offer:O1.quantity=4"),
        ("stress", "plan", "--scenario", "lane:road", "--random", "10"),
    ):  # fmt: skip
        done = started(*words, folder=tmp_path)
        assert done.returncode == DONE, done.stderr


def test_a_template_can_be_filled_in_and_checked(tmp_path: Path) -> None:
    run("template", tmp_path / "new.xlsx")
    assert (tmp_path / "new.xlsx").stat().st_size > 5000
    answer("check", tmp_path / "new.xlsx")


def test_all_faults_are_listed_at_once_and_nothing_is_written(tmp_path: Path) -> None:
    problem = to_dict(ferry())
    problem["offers"][0].update(item="truk", quantity=-1)
    problem["requirements"][0]["due"] = 99
    (tmp_path / "bad.json").write_text(json.dumps(problem))
    faults = answer("check", tmp_path / "bad.json", status=2)["faults"]
    assert len(faults) == 3
    assert any("truck" in fault["allowed"] for fault in faults)
    run("plan", tmp_path / "bad.json", "-o", tmp_path / "plan", status=2)
    assert not (tmp_path / "plan").exists()


def test_converting_there_and_back_loses_nothing(tmp_path: Path) -> None:
    write_problem(ferry(), tmp_path / "a.json")
    run("convert", tmp_path / "a.json", tmp_path / "b.xlsx")
    run("convert", tmp_path / "b.xlsx", tmp_path / "c.json")
    assert to_dict(read_problem(tmp_path / "c.json")) == to_dict(ferry())


@pytest.mark.parametrize("content", [None, "", "{", "[]", "\x00\x01"])
@pytest.mark.parametrize("suffix", [".json", ".xlsx", ".txt"])
def test_files_that_cannot_be_read_are_named(tmp_path: Path, content: str | None, suffix: str) -> None:
    file = tmp_path / f"odd{suffix}"
    if content is not None:
        file.write_text(content)
    assert file.name in run("check", file, status=2).stderr.replace("\n", "")


def test_options_that_make_no_sense_are_answered(tmp_path: Path) -> None:
    write_problem(ferry(), tmp_path / "a.json")
    for option in (("--gap", "2"), ("--seconds", "-1"), ("--seconds", "nan"), ("--rounds", "-1"), ("--oops",)):
        run("plan", tmp_path / "a.json", *option, status=2)


def test_a_pipe_gets_plain_text(planned: Path) -> None:
    for environment in ({}, {"NO_COLOR": "1"}):
        assert "\x1b" not in run("verify", planned / "problem.json", planned / "plan.json", **environment).stdout


def test_rounds_replay_a_plan(tmp_path: Path) -> None:
    for name in ("one", "two"):
        run("plan", S1, "-o", tmp_path / name, "--rounds", "6", "--seed", "3")
    first, second = (json.loads((tmp_path / name / "plan.json").read_text()) for name in ("one", "two"))
    assert first["movements"] == second["movements"]
    assert first["run"]["rounds"] == 6


def test_ctrl_c_keeps_the_best_plan_so_far(tmp_path: Path) -> None:
    words = ("plan", S1, "-o", tmp_path / "plan", "--gap", 0, "--seconds", 120)
    done = interrupted(*words, folder=tmp_path, when=lambda line: "value" in line)
    assert done.returncode == 0, done.stderr
    assert {file.name for file in (tmp_path / "plan").iterdir()} == FILES
    assert answer("verify", tmp_path / "plan" / "problem.json", tmp_path / "plan" / "plan.json")["status"] == "done"
    assert json.loads((tmp_path / "plan" / "plan.json").read_text())["run"]["stopped"] == "asked to stop"
