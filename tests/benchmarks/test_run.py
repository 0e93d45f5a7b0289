"""The bench's table, plot and page."""

from __future__ import annotations

import json
import math
import subprocess
import sys
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

import run
from generate import generate

ENGINE = {"value": 90.0, "bound": 100.0, "seconds": 1.25, "megabytes": 200.0, "broken": [], "wanted": 0.1,
          "trace": [[0.5, 10.0, 200.0], [1.25, 90.0, 100.0]]}  # fmt: skip
GREEDY = {
    "value": 60.0,
    "bound": math.inf,
    "seconds": 0.5,
    "megabytes": 100.0,
    "broken": [],
    "trace": [],
    "wanted": 0.1,
}
FAILED = {"failed": "stopped after 60 s"}


def cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.strip("|").split("|")]


def test_a_row_says_the_peers_gap_and_how_far_it_is_below_the_best_bound() -> None:
    assert cells(run.row("S1", "engine", ENGINE, 96.0)) == [
        "S1", "engine", "90", "100", "10.00%", "6.25%", "1.2", "200", "",
    ]  # fmt: skip
    assert cells(run.row("S1", "greedy", GREEDY, 96.0)) == [
        "S1", "greedy", "60", "", "", "37.50%", "0.5", "100", "",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("result", "note"),
    [
        (FAILED, "stopped after 60 s"),
        ({**GREEDY, "broken": ["one", "two"]}, "2 rules broken"),
        ({**GREEDY, "value": 0.0}, "no plan in time"),
        ({**GREEDY, "value": -math.inf}, "not solved in time"),
    ],
)
def test_what_went_wrong_stands_at_the_end_of_the_row(result: dict[str, Any], note: str) -> None:
    header, _, line = run.table({"S1": {"greedy": result, "engine": ENGINE}})[:3]
    assert len(cells(line)) == len(cells(header))
    assert cells(line)[-1] == note


def test_the_plot_has_a_line_for_the_engine_and_a_mark_for_each_peer_with_a_plan() -> None:
    drawn = run.plot({"S1": {"engine": ENGINE, "greedy": GREEDY, "full model": FAILED}})
    root = ElementTree.fromstring(drawn)
    names = [element.tag.split("}")[1] for element in root]
    assert names.count("circle") == 1
    assert [element.text for element in root if element.text == "S1"] == ["S1"]


def test_times_are_medians_by_size_and_say_who_came_to_the_end() -> None:
    late = {"failed": "> 60 s", "late": 60.0, "wanted": 0.1}
    loose = {**ENGINE, "value": 80.0, "seconds": 9.0}
    results = {
        "M1": {"engine": loose, "linear, simplex": late, "full model": {"failed": "out of memory"}},
        "S1": {"engine": ENGINE, "greedy": GREEDY}, "S2": {"engine": {**ENGINE, "seconds": 2.25}},
        "dense1": {"engine": ENGINE},
    }  # fmt: skip
    times = run.times_of(results)
    assert times == {
        "engine": [(50, 1.75, True), (500, 9.0, False)], "greedy": [(50, 0.5, True)],
        "linear, simplex": [(500, 60.0, False)],
    }  # fmt: skip
    root = ElementTree.fromstring(run.plot_times(times))
    assert {"engine", "greedy", "linear, simplex"} <= {element.text for element in root}


def test_what_was_kept_is_not_measured_again(tmp_path: Path) -> None:
    keep = tmp_path / "kept.json"
    first = run.measure_all(["S3"], ["greedy"], 20.0, keep=keep)
    assert json.loads(keep.read_text()) == first
    kept = {"S3": {"greedy": {**first["S3"]["greedy"], "value": 1.0}}}
    keep.write_text(json.dumps(kept))
    assert run.measure_all(["S3"], ["greedy"], 20.0, keep=keep) == kept


def test_the_page_keeps_what_stands_around_the_figures(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "PAGE", tmp_path / "page.md")
    monkeypatch.setattr(run, "PLOT", tmp_path / "plot.svg")
    monkeypatch.setattr(run, "TIMES", tmp_path / "times.svg")
    run.PAGE.write_text(f"before\n{run.BEGIN}\nolder figures\n{run.END}\nafter\n")
    run.publish({"S1": {"engine": ENGINE}}, "make bench")
    page = run.PAGE.read_text()
    assert page.startswith(f"before\n{run.BEGIN}\n")
    assert page.endswith(f"{run.END}\nafter\n")
    assert "older figures" not in page
    assert "| S1 | engine | 90 |" in page
    assert "`make bench`" in page


def test_a_name_that_is_no_problem_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match="Q9"):
        run.problem_file("Q9", tmp_path)


def test_a_number_makes_a_problem_and_the_given_ones_are_kept(tmp_path: Path) -> None:
    file, made = run.problem_file("S7", tmp_path)
    assert made
    assert json.loads(file.read_text())["name"] == "S7"
    assert run.problem_file("S1", tmp_path) == (run.HERE / "instances" / "S1.json", False)


def test_a_peer_runs_in_a_process_of_its_own_and_says_what_came_of_it(tmp_path: Path) -> None:
    file = tmp_path / "problem.json"
    file.write_text(json.dumps(generate("S", 3)))
    result = run.measure("greedy", file, 0.01, 20.0, tmp_path)
    assert result["broken"] == []
    assert result["value"] > 0
    assert result["bound"] == math.inf
    assert 50 < result["megabytes"] < 2000
    assert (tmp_path / "plan.json").is_file()


def test_a_peer_that_fails_says_its_last_word(tmp_path: Path) -> None:
    result = run.measure("greedy", tmp_path / "missing.json", 0.01, 5.0, tmp_path)
    assert "missing.json" in result["failed"]


def test_the_bench_explains_itself() -> None:
    done = subprocess.run([sys.executable, run.__file__, "--help"], capture_output=True, text=True, check=True)
    assert "--seconds" in done.stdout
