"""`pledgeway depends`: on whom a plan rests."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.command import BAD_INPUT, DONE, answer, call


def test_shares_only_ways_and_chances_are_said(planned: Path) -> None:
    done = call("depends", "plan", "--late", "0", "--lost", "0", folder=planned)
    assert done.returncode == DONE
    assert "As concentrated as 1.0 donors" in done.stdout
    assert "Depot to Front (road)" in done.stdout
    assert "1 of 1 requirements in full and on time; chance leaves 1.0 of them" in done.stdout


def test_machines_get_the_same_and_the_same_seed_the_same_chances(planned: Path) -> None:
    said = answer("depends", "plan", "--late", "0.5", "--seed", "3", folder=planned)
    assert [(row["donor"], row["share_of_worth"]) for row in said["donors"]] == [("Norway", 1.0)]
    assert {(row["kind"], row["id"]) for row in said["single_points"]} == {("donor", "Norway"), ("lane", "road")}
    assert 0.0 < said["chances"][0]["chance"] < 1.0
    assert said == answer("depends", "plan", "--late", "0.5", "--seed", "3", folder=planned)
    assert said != answer("depends", "plan", "--late", "0.5", "--seed", "4", folder=planned)


@pytest.mark.parametrize("words", [("--late", "2"), ("--lost", "-1"), ("--draws", "0"), ("--days-late", "0")])
def test_what_is_no_chance_is_refused(words: tuple[str, str], planned: Path) -> None:
    done = call("depends", "plan", *words, folder=planned)
    assert done.returncode == BAD_INPUT
    assert words[0] in done.stderr
