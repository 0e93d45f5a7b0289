"""The chance to be on time: by hand where nothing or everything goes wrong, and kept as it is drawn."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from pledgeway.planning import GapOrTime, Leg, Movement, Plan, Problem, solve
from pledgeway.planning.problem import digest
from pledgeway.planning.scenarios import Hazards, chances, kept
from pledgeway.planning.scenarios.chances import AT_ONCE, interval
from tests.planning.worked import ferry


def planned(due: int = 5) -> tuple[Problem, Plan]:
    problem = ferry()
    problem = ferry(requirements=problem.requirements.assign(due=due))
    return problem, solve(problem, GapOrTime(0.0, 10.0))


@pytest.mark.parametrize(
    ("hazards", "due", "chance"),
    [
        (Hazards(late=0.0, lost=0.0), 4, 1.0),
        (Hazards(late=0.0, lost=1.0), 5, 0.0),
        (Hazards(late=1.0, days_late=1.0, lost=0.0), 5, 1.0),  # the last trucks come on day 4, a day late on day 5
        (Hazards(late=1.0, days_late=1.0, lost=0.0), 4, 0.0),
    ],
)
def test_what_surely_happens_is_certain(hazards: Hazards, due: int, chance: float) -> None:
    problem, plan = planned(due)
    found = chances(problem, plan, draws=100, hazards=hazards).requirements
    assert found["chance"].tolist() == [chance]
    assert found["planned"].tolist() == [1.0]
    assert (found["least"] <= found["chance"]).all()
    assert (found["chance"] <= found["most"]).all()


def test_losses_are_those_of_movements() -> None:
    problem, plan = planned()
    found = chances(problem, plan, draws=4000, seed=1, hazards=Hazards(late=0.0, lost=0.1)).requirements
    assert found["chance"][0] == pytest.approx(0.9 ** len(plan.movements), abs=0.03)
    assert found["least"][0] < 0.9 ** len(plan.movements) < found["most"][0]
    assert found["share_on_time"][0] == pytest.approx(0.9, abs=0.02)


def test_what_departs_together_is_late_together() -> None:
    problem = ferry(requirements=ferry().requirements.assign(quantity=2.0, due=2))
    alike = Movement("O1", "R1", 1.0, (Leg("road", 0),), 2)
    plan = Plan("ferry", 199.2, 250.0, (alike, alike), problem_sha256=digest(problem))
    found = chances(problem, plan, draws=4000, hazards=Hazards(late=0.5, lost=0.0)).requirements
    assert found["least"][0] < 0.5 < found["most"][0]  # and not a quarter, as if the two were late on their own
    assert found["most"][0] - found["least"][0] == pytest.approx(2 * 1.96 * 0.5 / 4000**0.5, rel=0.01)


def test_waiting_on_the_way_makes_up_for_a_delay() -> None:
    there = ferry()
    places = [*there.places.to_dict("records"), {"id": "hub", "name": "Hub", "kind": "hub"}]
    lane = there.lanes.to_dict("records")[0]
    lanes = [{**lane, "id": "a", "destination": "hub"}, {**lane, "id": "b", "origin": "hub"}]
    for waits, chance in ((1, 1.0), (0, 0.0)):
        usable = 4 + waits
        needs = there.requirements.assign(quantity=1.0, due=usable + 1)
        problem = ferry(places=places, lanes=lanes, requirements=needs)
        way = (Leg("a", 0), Leg("b", 2 + waits))
        plan = Plan("ferry", 99.0, 100.0, (Movement("O1", "R1", 1.0, way, usable),))
        found = chances(problem, plan, draws=50, hazards=Hazards(late=1.0, days_late=1.0, lost=0.0)).requirements
        assert found["chance"].tolist() == [chance]  # each leg a day late: the first is made up for where goods wait


def test_the_interval_is_that_of_wilson() -> None:
    least, most = interval(np.array([0.5, 0.0, 1.0]), 10)
    assert least == pytest.approx([0.2366, 0.0, 0.7225], abs=1e-4)
    assert most == pytest.approx([0.7634, 0.2775, 1.0], abs=1e-4)


def test_draws_go_on_where_they_were_stopped(tmp_path: Path) -> None:
    problem, plan = planned()
    file, draws = tmp_path / "stress.jsonl", 2 * AT_ONCE + 100
    first = chances(problem, plan, draws=draws, seed=3, keep=file, progress=lambda *_: True)
    assert first.draws == AT_ONCE
    with file.open("a") as cut:
        cut.write('{"of": "half a li')
    seen: list[tuple[int, int]] = []
    whole = chances(problem, plan, draws=draws, seed=3, keep=file, progress=lambda *now: bool(seen.append(now)))
    assert seen == [(AT_ONCE, draws), (2 * AT_ONCE, draws), (draws, draws)]
    lines = file.read_text()
    for again in (chances(problem, plan, draws=draws, seed=3), chances(problem, plan, draws=draws, seed=3, keep=file)):
        assert again.requirements.equals(whole.requirements)
        assert again.draws == whole.draws
    assert file.read_text() == lines
    assert not chances(problem, plan, draws=draws, seed=4).requirements.equals(whole.requirements)
    there = kept(file, problem, plan)
    assert there is not None
    assert there.chances is not None
    assert there.chances.requirements.equals(whole.requirements)
    assert there.losses == ()
    assert kept(file, problem, plan.with_(value=plan.value - 1)) is None
