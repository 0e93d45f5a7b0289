"""What is written is read again: nothing is lost, in workbooks and problem files."""

from __future__ import annotations

import tempfile
from datetime import date
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings

from pledgeway.formats import read, read_problem, write_problem
from pledgeway.formats.workbook import write_template
from pledgeway.formats.workbook.container import read_sheets
from pledgeway.planning.problem import Problem, digest, to_dict
from pledgeway.tables.faults import FaultyInput
from tests.formats.generated import problems
from tests.formats.sample import sample

QUICK = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
INSTANCES = Path(__file__).parents[2] / ".." / "shared" / "planning" / "instances"


def again(problem: Problem, suffix: str) -> Problem:
    """Return the problem after it was written to a file and read again."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / f"problem{suffix}"
        write_problem(problem, file)
        return read_problem(file)


def assert_same(found: Problem, problem: Problem) -> None:
    assert to_dict(found) == to_dict(problem)
    assert digest(found) == digest(problem)
    for name, table in problem.tables().items():
        if name != "accepts":  # only their order within a requirement has a meaning
            pd.testing.assert_frame_equal(getattr(found, name), table)


@QUICK
@given(problems())
def test_a_workbook_loses_nothing(problem: Problem) -> None:
    found = again(problem, ".xlsx")
    assert_same(found, problem)
    assert_same(again(found, ".xlsx"), problem)


@QUICK
@given(problems())
def test_a_problem_file_loses_nothing(problem: Problem) -> None:
    assert to_dict(again(problem, ".json")) == to_dict(problem)


@pytest.mark.parametrize("suffix", [".xlsx", ".json"])
def test_the_sample_survives_without_a_remark(suffix: str, tmp_path: Path) -> None:
    file = tmp_path / f"sample{suffix}"
    write_problem(sample(), file)
    reading = read(file)
    assert [str(warning) for warning in reading.warnings] == []
    assert_same(reading.problem, sample())


@pytest.mark.skipif(not INSTANCES.exists(), reason="the instances lie in ../shared, which is not here")
@pytest.mark.parametrize("name", ["S1", "M1"])
def test_the_instances_survive(name: str) -> None:
    problem = read_problem(INSTANCES / f"{name}.json")
    assert digest(again(problem, ".xlsx")) == digest(problem)
    assert digest(again(problem, ".json")) == digest(problem)


def test_without_a_start_date_days_are_numbers(tmp_path: Path) -> None:
    problem = Problem(**{**sample().__dict__, "start_date": None, "lanes": sample().lanes.assign(sailing_days=None)})
    assert_same(again(problem, ".xlsx"), problem)
    write_problem(problem, tmp_path / "numbers.xlsx")
    rows = read_sheets(tmp_path / "numbers.xlsx")["Requirements"]
    assert rows[0][5] == "Due (day number)"
    assert [row[5] for row in rows[1:]] == [14, 20, 29]


def test_days_are_dates_on_the_sheets(tmp_path: Path) -> None:
    write_problem(sample(), tmp_path / "dates.xlsx")
    rows = read_sheets(tmp_path / "dates.xlsx")["Requirements"]
    assert [row[5] for row in rows[1:]] == [date(2026, 3, 15), date(2026, 3, 21), date(2026, 3, 30)]


def test_what_is_asked_for_stands_on_requirements_and_the_rest_on_substitutes(tmp_path: Path) -> None:
    write_problem(sample(), tmp_path / "sample.xlsx")
    sheets = read_sheets(tmp_path / "sample.xlsx")
    assert [row[2] for row in sheets["Requirements"][1:]] == ["gen", "", "gun"]
    assert sheets["Substitutes"][1:] == [["R1", "fuel", 0.1], ["R2", "fuel", 0.9]]


def test_weights_that_follow_from_the_priority_stay_empty(tmp_path: Path) -> None:
    write_problem(sample(), tmp_path / "sample.xlsx")
    weights = [row[7] for row in read_sheets(tmp_path / "sample.xlsx")["Requirements"][1:]]
    assert weights == ["", 61.7, ""], "200 = 100 x 2 t and 630 = 35 x 18 t follow, 61.7 does not"


def test_text_that_begins_like_a_formula_is_text(tmp_path: Path) -> None:
    write_problem(sample(), tmp_path / "sample.xlsx")
    rows = read_sheets(tmp_path / "sample.xlsx")["Offers"]
    assert rows[1][rows[0].index("Note")] == "=announced"


def test_the_template_is_an_empty_problem_of_ninety_days(tmp_path: Path) -> None:
    write_template(tmp_path / "new.xlsx", today=date(2026, 5, 4))
    reading = read(tmp_path / "new.xlsx")
    assert reading.problem.days == 90
    assert reading.problem.start_date == date(2026, 5, 4)
    assert not any(len(table) for table in reading.problem.tables().values())
    assert reading.warnings == []


def test_a_file_that_cannot_be_written_leaves_the_old_one(tmp_path: Path) -> None:
    file = tmp_path / "problem.json"
    file.write_text("old")
    unwritable = Problem(name="x", days=3, places=[{"id": "A", "note": object()}])
    with pytest.raises(TypeError):
        write_problem(unwritable, file)
    assert file.read_text() == "old"
    assert list(tmp_path.iterdir()) == [file]


def test_what_no_workbook_can_hold_is_named_with_its_cell(tmp_path: Path) -> None:
    file = tmp_path / "problem.xlsx"
    unwritable = Problem(name="\uffff", days=3, places=[{"id": "A"}, {"id": "B", "note": "x" * 40_000}])
    with pytest.raises(FaultyInput) as caught:
        write_problem(unwritable, file)
    assert [(fault.where, fault.found) for fault in caught.value.faults] == [
        ("Start!B17", "a character that no workbook can hold"),
        ("Places!J3", "a text of 40,000 characters"),
    ]
    assert list(tmp_path.iterdir()) == []
