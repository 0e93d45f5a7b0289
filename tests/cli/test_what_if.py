"""`pledgeway what-if`: what something changed would change."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.command import BAD_INPUT, DONE, answer, call


def test_the_difference_is_said_and_the_plan_stays(planned: Path) -> None:
    before = {file.name: file.read_bytes() for file in (planned / "plan").iterdir()}
    done = call("what-if", "plan", "--set", "lane:road.capacity_t_per_day=4", folder=planned)
    assert done.returncode == DONE
    assert "25 points less" in done.stdout
    assert "R1" in done.stdout.splitlines()[-1]
    assert {file.name: file.read_bytes() for file in (planned / "plan").iterdir()} == before


def test_the_new_plan_is_kept_where_asked_for(planned: Path) -> None:
    said = answer("what-if", "plan", "--scenario", "donor:Norway from 1", "-o", "without", folder=planned)
    assert said["gain"] == pytest.approx(-3 * 99.6)
    assert said["allocations"] == [{"offer": "O1", "requirement": "R1", "before": 5.0, "after": 2.0}]
    assert answer("verify", "without/problem.json", "without/plan.json", folder=planned)["valid"]
    assert json.loads((planned / "without" / "plan.json").read_text())["value"] == said["value"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "say what changes"),
        (("--set", "lane:raod.transit_days=3", "--set", "offer:O1.x=3"), "did you mean 'road'"),
        (("--set", "lane:raod.transit_days=3", "--set", "offer:O1.x=3"), "offer rows have no field 'x'"),
        (("--set", "offer:O1.quantity=-3"), "a number of 0 or more"),
        (("--set", "offer:O1.quantity=many"), "not a number"),
        (("--set", "road"), "no event"),
        (("--scenario", "donor:Sweden"), "no donor 'Sweden'"),
        (("--set", "offer:O1.quantity=4", "-o", "plan"), "choose another folder"),
    ],
)
def test_a_change_that_cannot_be_is_refused(words: tuple[str, ...], said: str, planned: Path) -> None:
    done = call("what-if", "plan", *words, folder=planned)
    assert done.returncode == BAD_INPUT
    assert said in " ".join(done.stderr.split())
