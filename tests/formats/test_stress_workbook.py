"""The workbook of a sweep, read back: every loss, every requirement that gets less, the donors' shares."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from pledgeway.formats.stress_workbook import write_stress
from pledgeway.planning import GapOrTime, solve
from pledgeway.planning.scenarios import (
    built_in,
    chances,
    concentration,
    lost_requirements,
    parse,
    single_points,
    stress,
)  # fmt: skip
from tests.planning.test_scenarios import two_donors

FORMULA = "=1+1"


def test_the_workbook_says_what_the_sweep_found(tmp_path: Path) -> None:
    problem = two_donors()
    plan = solve(problem, GapOrTime(0.0, 10.0))
    named = parse(problem, "lane:road from 0 to 1", FORMULA)
    stressed = stress(problem, plan, [*built_in(problem, ["donor", "lane"]), named], within=0.001)
    stressed = replace(stressed, chances=chances(problem, plan, draws=200))
    points = single_points(problem)
    write_stress(stressed, tmp_path / "stress.xlsx")
    book = openpyxl.load_workbook(tmp_path / "stress.xlsx")
    sheets = {sheet.title: [list(row) for row in sheet.values] for sheet in book.worksheets}
    assert list(sheets) == ["Losses", "Requirements", "Instead", "Donors", "Single points", "On time"]

    losses = sheets["Losses"][1:]
    assert [row[0] for row in losses] == [loss.scenario.name for loss in stressed.losses]
    assert [row[2:4] for row in losses] == [pytest.approx([loss.least, loss.most]) for loss in stressed.losses]
    assert losses[0][5] == pytest.approx(stressed.losses[0].most / stressed.plan.value)
    cells = [cell for row in book["Losses"].iter_rows() for cell in row if cell.value == FORMULA]
    assert [cell.data_type for cell in cells] == ["s"]  # a name that looks like a formula is a text

    wanted: list[tuple[Any, ...]] = []
    for loss in stressed.losses:
        rows = lost_requirements(stressed, loss)
        wanted += [(loss.scenario.name, row["requirement"], pytest.approx(row["worth_lost"]))
                   for row in rows[rows["worth_lost"] > 0].to_dict("records")]  # fmt: skip
    assert wanted
    assert [(row[0], row[1], row[-1]) for row in sheets["Requirements"][1:]] == wanted

    instead = [
        (name, row["donor"], row["more"], row["spare"], row["could"])
        for name, found in stressed.step_in.items() for row in found.donors.to_dict("records")
    ]  # fmt: skip
    assert [(row[0], row[1], *row[3:6]) for row in sheets["Instead"][1:]] == instead
    assert {row[0]: row[8] for row in losses if row[8]} == {"lane road closed": "R1"}
    risks = stressed.chances
    assert risks is not None
    assert sheets["On time"][0][1] == 200
    assert sheets["On time"][7][4:7] == pytest.approx(risks.requirements.loc[0, ["chance", "least", "most"]].tolist())

    shares = concentration(problem, stressed.plan)
    donors = sheets["Donors"]
    assert [donors[0][1], donors[1][1]] == pytest.approx([shares.herfindahl, shares.effective_donors])
    assert [row[0] for row in donors[4:]] == shares.donors["donor"].tolist()
    assert sum(row[2] for row in donors[4:]) == pytest.approx(1.0)
    assert [(row[0], row[3], row[4]) for row in sheets["Single points"][1:]] == list(
        points[["requirement", "kind", "id"]].itertuples(index=False, name=None)
    )


def test_a_sweep_of_nothing_says_so_on_every_sheet(tmp_path: Path) -> None:
    problem = two_donors()
    problem = replace(problem, offers=problem.offers.assign(quantity=0.0))
    write_stress(stress(problem, solve(problem), []), tmp_path / "stress.xlsx")
    book = openpyxl.load_workbook(tmp_path / "stress.xlsx")
    assert book["Losses"]["A2"].value == "No scenario was planned."
    assert book["Requirements"]["A2"].value == "No requirement gets less."
    assert book["Donors"]["A5"].value == "Nothing is allocated."
    assert book["Single points"]["A2"].value.startswith("Every requirement")
