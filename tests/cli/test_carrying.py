"""`--keep` and `--today`: planning while a plan is carried out."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.command import BAD_INPUT, DONE, answer, call


def test_nothing_changed_comes_back_unchanged(planned: Path) -> None:
    said = answer("plan", "plan/problem.json", "--keep", "plan", "--today", "1", "-o", "next", folder=planned)
    assert said["change"] == {"today": 1, "cost": 0.0, "allocations": []}
    first, second = (json.loads((planned / name / "plan.json").read_text()) for name in ("plan", "next"))
    assert second["movements"] == first["movements"]
    assert answer("verify", "next/problem.json", "next/plan.json", folder=planned)["valid"]


def test_what_departed_stays_when_its_donor_leaves(planned: Path) -> None:
    words = ("--scenario", "donor:Norway from 1", "--today", "1", "-o", "without")
    said = answer("what-if", "plan", *words, folder=planned)
    assert said["allocations"] == [{"offer": "O1", "requirement": "R1", "before": 5.0, "after": 2.0}]
    done = call("plan", "without/problem.json", "--keep", "plan", "--today", "1", "-o", "again", folder=planned)
    assert done.returncode == DONE
    assert "1 allocation changes, 1 to less" in " ".join(done.stdout.split())


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("plan", "plan/problem.json", "--today", "1"), "need --keep"),
        (("plan", "plan/problem.json", "--keep", "nowhere"), "not a folder"),
        (("plan", "plan/problem.json", "--keep", "plan", "--today", "99", "-o", "next"), "0 to 9"),
        (("plan", "plan/problem.json", "--keep", "plan", "--today", "soon", "-o", "next"), "no day"),
        (("what-if", "plan", "--set", "offer:O1.quantity=6", "--change-weight", "1"), "needs --today"),
        (("what-if", "plan", "--set", "offer:O1.quantity=1", "--today", "2"), "have departed before day 2"),
    ],
)
def test_what_cannot_be_carried_on_is_said(words: tuple[str, ...], said: str, planned: Path) -> None:
    done = call(*words, folder=planned)
    assert done.returncode == BAD_INPUT
    assert said in " ".join(done.stderr.split())
