"""`pledgeway plan`: from a workbook or a problem file to a folder with the plan, all of it or nothing."""

from __future__ import annotations

import json
import re
import resource
import signal
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from pledgeway.cli.folder import drafting
from pledgeway.formats import plan_file, read_problem, write_problem
from pledgeway.planning.problem import digest
from pledgeway.planning.verification import verify
from tests.cli.command import BAD_INPUT, DONE, answer, call, interrupted, on_terminal
from tests.planning.worked import ferry

FILES = {"plan.xlsx", "plan.json", "report.html", "problem.json"}
HARD = Path(__file__).parents[2] / "benchmarks" / "instances" / "S1.json"


def names(folder: Path) -> set[str]:
    return {file.name for file in folder.iterdir()}


def plan_of(folder: Path) -> dict[str, Any]:
    """Return a plan's file without what differs from run to run."""
    content: dict[str, Any] = json.loads((folder / "plan.json").read_text())
    for key in ("seconds", "trace"):
        del content["run"][key]
    return content


def test_a_workbook_becomes_a_folder_with_a_valid_plan(folder: Path) -> None:
    done = call("plan", "aid.xlsx", "-o", "plan", folder=folder)
    assert done.returncode == DONE
    assert names(folder / "plan") == FILES
    problem, plan = read_problem(folder / "plan" / "problem.json"), plan_file.read(folder / "plan" / "plan.json")
    assert digest(problem) == digest(read_problem(folder / "aid.xlsx")) == plan.problem_sha256
    assert verify(problem, plan).valid
    assert "Movements" in openpyxl.load_workbook(folder / "plan" / "plan.xlsx").sheetnames
    assert (folder / "plan" / "report.html").read_text().startswith("<!doctype html>")


def test_a_workbook_and_its_problem_file_have_the_same_plan(folder: Path) -> None:
    for source, out in (("aid.xlsx", "a"), ("aid.json", "b"), ("aid.json", "c")):
        assert call("plan", source, "-o", out, "--rounds", 6, "--threads", 1, folder=folder).returncode == DONE
    assert plan_of(folder / "a") == plan_of(folder / "b") == plan_of(folder / "c")


def test_without_o_the_folder_lies_beside_the_file(folder: Path) -> None:
    (folder / "elsewhere").mkdir()
    assert call("plan", "../ferry.json", folder=folder / "elsewhere").returncode == DONE
    assert names(folder / "ferry-plan") == FILES
    assert names(folder / "elsewhere") == set()


def test_the_summary_says_the_figures_and_where_the_files_are(folder: Path) -> None:
    said = call("plan", "ferry.json", "-o", "plan", folder=folder).stdout
    assert "Value 498, bound 498" in said
    assert re.search(r"^1 +1 +5 +5 +0 +0 +100 ?%", said, re.MULTILINE), "served by priority"
    assert re.search(r"^Norway +1 of 1 +20 +20 +100 ?%", said, re.MULTILINE), "share of the donor"
    assert all(f"plan/{name}" in said for name in FILES)


def test_for_machines_the_same_figures_as_one_object(folder: Path) -> None:
    content = answer("plan", "ferry.json", "-o", "plan", folder=folder)
    assert (content["status"], content["problem"]["name"]) == ("done", "ferry")
    assert content["value"] == pytest.approx(498.0)
    assert content["bound"] == plan_of(folder / "plan")["bound"]
    assert content["priorities"][0]["on_time"] == 5
    assert content["donors"][0]["donor"] == "Norway"
    assert content["files"]["plan.xlsx"] == "plan/plan.xlsx"


def test_a_problem_without_any_rows_is_planned(folder: Path) -> None:
    assert call("template", "empty.xlsx", folder=folder).returncode == DONE
    content = answer("plan", "empty.xlsx", folder=folder)
    assert (content["value"], content["movements"]) == (0, 0)


def test_in_a_pipe_there_are_no_escape_codes_and_few_lines_of_progress(folder: Path) -> None:
    done = call("plan", "aid.xlsx", "-o", "plan", folder=folder)
    assert "\x1b" not in done.stdout + done.stderr
    assert len(done.stderr.splitlines()) <= 8


def test_on_a_terminal_a_live_line_shows_value_bound_and_gap(folder: Path) -> None:
    status, shown = on_terminal("plan", HARD, "-o", "plan", "--gap", 0, "--seconds", 2, folder=folder)
    assert status == DONE
    assert re.search(r"\d s  value [\d\u202f ]+  bound [\d\u202f ]+  gap", shown)
    assert "Served by priority" in shown


def test_names_from_a_file_cannot_steer_the_terminal(folder: Path) -> None:
    offers = ferry().offers.assign(donor="Nor\x1b[2Jway")
    write_problem(ferry(offers=offers), folder / "odd.json")
    done = call("plan", "odd.json", "-o", "plan", folder=folder)
    assert done.returncode == DONE
    assert "\x1b" not in done.stdout
    assert "Nor[2Jway" in done.stdout


def test_a_narrow_encoding_does_not_stop_the_summary(folder: Path) -> None:
    done = call("plan", "aid.xlsx", "-o", "plan", folder=folder, env={"PYTHONIOENCODING": "ascii"})
    assert done.returncode == DONE
    assert done.stdout.isascii()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_keeps_the_best_plan_so_far(number: int, folder: Path) -> None:
    done = interrupted(
        "plan", HARD, "-o", "plan", "--gap", 0, "--seconds", 100, folder=folder, number=number,
        when=lambda line: "value" in line,
    )  # fmt: skip
    assert done.returncode == DONE, done.stderr
    assert names(folder / "plan") == FILES
    plan = plan_file.read(folder / "plan" / "plan.json")
    assert plan.stopped == "asked to stop"
    assert plan.value > 0
    assert verify(read_problem(HARD), plan).valid
    assert "asked to stop" in done.stdout


@pytest.mark.slow
def test_seconds_bound_planning_within_a_tenth(folder: Path) -> None:
    content = answer("plan", HARD, "-o", "plan", "--gap", 0, "--seconds", 8, folder=folder)
    assert content["run"]["seconds"] <= 8.8


def test_a_plan_never_replaces_the_file_it_is_made_from(folder: Path) -> None:
    (folder / "aid.xlsx").rename(folder / "plan.xlsx")
    before = (folder / "plan.xlsx").read_bytes()
    done = call("plan", "plan.xlsx", "-o", ".", folder=folder)
    assert done.returncode == BAD_INPUT
    assert (folder / "plan.xlsx").read_bytes() == before
    assert not (folder / "plan.json").exists()


def test_a_newer_plan_replaces_an_older_one(planned: Path) -> None:
    before = (planned / "plan" / "plan.json").read_bytes()
    assert call("plan", "ferry.json", "-o", "plan", "--seed", 5, folder=planned).returncode == DONE
    assert (planned / "plan" / "plan.json").read_bytes() != before
    assert names(planned / "plan") == FILES


def _small_files() -> None:
    resource.setrlimit(resource.RLIMIT_FSIZE, (6000, 6000))


def test_where_there_is_no_room_the_older_plan_stays_whole(planned: Path) -> None:
    before = {name: (planned / "plan" / name).read_bytes() for name in FILES}
    done = call("plan", "ferry.json", "-o", "plan", "--seed", 5, folder=planned, preexec_fn=_small_files)
    assert done.returncode == BAD_INPUT
    assert "File too large" in done.stderr
    assert {name: (planned / "plan" / name).read_bytes() for name in names(planned / "plan")} == before


def test_where_there_is_no_room_no_new_folder_is_left(planned: Path) -> None:
    done = call("plan", "ferry.json", "-o", "new", folder=planned, preexec_fn=_small_files)
    assert done.returncode == BAD_INPUT
    assert not (planned / "new").exists()


@pytest.mark.parametrize("cause", [KeyboardInterrupt, SystemExit, OSError])
def test_a_folder_interrupted_while_it_is_written_is_as_before(cause: type[BaseException], tmp_path: Path) -> None:
    for folder in (tmp_path / "new", tmp_path / "old"):
        if folder.name == "old":
            folder.mkdir()
            (folder / "plan.json").write_text("older")
        with pytest.raises(cause), drafting(folder) as draft:
            (draft / "plan.json").write_text("half")
            raise cause
    assert not (tmp_path / "new").exists()
    assert {file.name: file.read_text() for file in (tmp_path / "old").iterdir()} == {"plan.json": "older"}
