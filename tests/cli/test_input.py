"""What people do wrong is said in words, in a table of all faults or in one JSON object, with exit status 2."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command

from pledgeway.cli import app, run
from pledgeway.formats import read_problem, write_problem
from pledgeway.planning.problem import digest, to_dict
from tests.cli.command import BAD_INPUT, DONE, answer, call, on_terminal
from tests.formats.sample import sample_sheets, set_cell, write_sheets
from tests.planning.worked import ferry

TOP: dict[str, Any] = get_command(app).commands  # type: ignore[attr-defined]
COMMANDS = sorted(TOP)
LEAVES = [
    [name, *part] for name in COMMANDS for part in ([[sub] for sub in getattr(TOP[name], "commands", ())] or [[]])
]


def faulty(folder: Path) -> Path:
    """Write a workbook with two faults on the sheet Offers and one on Requirements."""
    sheets = sample_sheets()
    set_cell(sheets, "Offers", 2, "Item", "genn")
    set_cell(sheets, "Offers", 3, "Quantity", -7)
    set_cell(sheets, "Requirements", 2, "Due", "2027-01-01")
    return write_sheets(sheets, folder / "faulty.xlsx")


def test_every_fault_stands_in_a_table_by_sheet_with_cell_found_and_allowed(tmp_path: Path) -> None:
    faulty(tmp_path)
    done = call("check", "faulty.xlsx", folder=tmp_path)
    assert done.returncode == BAD_INPUT
    assert done.stdout == ""
    lines = [" ".join(line.split()) for line in done.stderr.splitlines()]
    assert lines[0].startswith("3 faults.")
    assert lines[1] == "Where Found Allowed"
    assert "Offers (2)" in lines
    assert any(line.startswith("Offers!") and "genn" in line and "gen" in line for line in lines)
    assert any(line.startswith("Offers!") and "-7" in line for line in lines)
    assert any(line.startswith("Requirements!") and "2027-01-01" in line for line in lines)


def test_nothing_is_planned_from_a_faulty_workbook(tmp_path: Path) -> None:
    faulty(tmp_path)
    content = answer("plan", "faulty.xlsx", "-o", "plan", folder=tmp_path, status=BAD_INPUT)
    assert content["status"] == "bad input"
    assert [fault["sheet"] for fault in content["faults"]] == ["Offers", "Offers", "Requirements"]
    assert set(content["faults"][0]) == {"sheet", "row", "column", "where", "found", "allowed"}
    assert [file.name for file in tmp_path.iterdir()] == ["faulty.xlsx"]


def test_what_deserves_a_look_is_said_and_stops_nothing(tmp_path: Path) -> None:
    unused = {"id": "kite", "name": "Kite", "mass_t": 1.0}
    write_problem(ferry(items=[*ferry().items.to_dict("records"), unused]), tmp_path / "ferry.json")
    done = call("check", "ferry.json", folder=tmp_path)
    assert done.returncode == DONE
    assert "ferry.json: no faults" in done.stdout
    assert "Warning: items[kite]" in done.stderr
    (warning,) = answer("check", "ferry.json", folder=tmp_path)["warnings"]
    assert warning["where"] == "items[kite].id"


def test_faults_are_in_colour_on_a_terminal_unless_no_colour_is_wanted(tmp_path: Path) -> None:
    red = "\x1b[1;31m"
    status, shown = on_terminal("check", "missing.json", folder=tmp_path)
    assert (status, red in shown) == (BAD_INPUT, True)
    status, shown = on_terminal("check", "missing.json", folder=tmp_path, env={"NO_COLOR": "1"})
    assert (status, red in shown, "missing.json" in shown) == (BAD_INPUT, False, True)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["plan"], "Missing argument 'FILE'"),
        (["plan", "ferry.json", "--gap", "1"], "1 is not a fraction"),
        (["plan", "ferry.json", "--gap", "nan"], "nan is not a fraction"),
        (["plan", "ferry.json", "--gap", "much"], "--gap"),
        (["plan", "ferry.json", "--seconds", "inf"], "a finite number is needed"),
        (["plan", "ferry.json", "--seed", "-1"], "--seed"),
        (["plan", "ferry.json", "--rounds", "2", "--gap", "0.1"], "--rounds stands alone"),
        (["plan", "ferry.json", "-o", "ferry.json"], "ferry.json: File exists"),
        (["plan", "ferry.json", "-o", "ferry.json/plan"], "Not a directory"),
        (["replan", "ferry.json"], "No such command 'replan'"),
        (["template", "new.json"], "its name ends in .xlsx"),
        (["template", "nowhere/new.xlsx"], "No such file or directory"),
        (["convert", "ferry.json", "ferry.csv"], "ends in .xlsx or .json"),
        (["convert", "ferry.json", "ferry.json"], "already there; --force replaces it"),
        (["convert", "ferry.json", "nowhere/new.json"], "No such file or directory"),
        (["explain", "nowhere", "R1"], "not a folder that `pledgeway plan` wrote"),
        (["report", "."], "has no problem.json"),
    ],
)
def test_a_wrong_call_is_answered_in_a_sentence(
    arguments: list[str], said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    write_problem(ferry(), tmp_path / "ferry.json")
    before = (tmp_path / "ferry.json").read_bytes()
    assert run(arguments) == BAD_INPUT
    out, errors = capsys.readouterr()
    assert out == ""
    assert errors.startswith("pledgeway: ")
    assert said in " ".join(errors.split())
    assert run([*arguments, "--json"]) == BAD_INPUT
    out, errors = capsys.readouterr()
    assert said in json.loads(out)["error"]
    assert errors == ""
    assert [file.name for file in tmp_path.iterdir()] == ["ferry.json"]
    assert (tmp_path / "ferry.json").read_bytes() == before


@pytest.mark.parametrize("command", LEAVES, ids=" ".join)
def test_every_command_explains_itself_and_speaks_to_machines(
    command: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run([*command, "--help"]) == DONE
    assert "--json" in capsys.readouterr().out


def test_without_a_command_the_commands_are_listed(tmp_path: Path) -> None:
    done = call(folder=tmp_path)
    assert done.returncode == BAD_INPUT
    assert all(command in done.stdout for command in COMMANDS)


def test_force_replaces_and_a_name_that_is_there_is_kept_otherwise(tmp_path: Path) -> None:
    write_problem(ferry(), tmp_path / "ferry.json")
    assert call("template", "new.xlsx", folder=tmp_path).returncode == DONE
    assert call("convert", "ferry.json", "new.xlsx", folder=tmp_path).returncode == BAD_INPUT
    assert answer("convert", "ferry.json", "new.xlsx", "--force", folder=tmp_path)["file"] == "new.xlsx"
    assert digest(read_problem(tmp_path / "new.xlsx")) == digest(ferry())
    assert to_dict(read_problem(tmp_path / "new.xlsx")) == to_dict(ferry())
