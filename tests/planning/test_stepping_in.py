"""Who could make a scenario's loss good: by hand."""

from __future__ import annotations

from typing import Any

import pytest

from pledgeway.planning import GapOrTime, Problem, solve
from pledgeway.planning.scenarios import StepIn, parse, stress
from tests.planning.worked import ferry


def with_chile(lane: dict[str, Any] | None = None, offer: dict[str, Any] | None = None, **changes: Any) -> Problem:
    """The ferry with 4 more trucks that Chile has in a yard, from which a lane of its own leads to the front."""
    there = ferry()
    yard = {"id": "yard", "name": "Yard", "kind": "depot"}
    o1, road = there.offers.to_dict("records")[0], there.lanes.to_dict("records")[0]
    chile = {**o1, "id": "O2", "donor": "Chile", "quantity": 4.0, "origin": "yard", **(offer or {})}
    track = {**road, "id": "track", "origin": "yard", **(lane or {})}
    return ferry(places=[*there.places.to_dict("records"), yard], offers=[o1, chile], lanes=[road, track], **changes)


def without_norway(problem: Problem) -> StepIn:
    plan = solve(problem, GapOrTime(0.0, 10.0))
    return stress(problem, plan, [parse(problem, "donor:Norway")]).step_in["donor:Norway"]


DEAR = {"cost_per_t": 1000.0}
"""A truck of 4 t, worth 100 points, costs 400 to carry: no plan sends it."""


def rows(found: StepIn) -> list[tuple[Any, ...]]:
    return list(found.donors[["donor", "more", "spare", "could", "requirements"]].itertuples(index=False, name=None))


def test_who_gives_all_it_has_has_nothing_left_over() -> None:
    found = without_norway(with_chile())
    assert len(rows(found)) == 1
    donor, more, spare, could, requirements = rows(found)[0]
    assert (donor, spare, could, requirements) == ("Chile", 0.0, 0.0, [])
    assert 0.0 < more <= 4.0
    assert found.nobody_else == ()


def test_goods_left_over_in_reach_are_listed_though_the_plan_does_not_send_them() -> None:
    found = without_norway(with_chile(DEAR))
    assert rows(found) == [("Chile", 0.0, 4.0, 4.0, ["R1"])]
    assert found.nobody_else == ()


def test_no_unit_left_over_is_promised_twice() -> None:
    r1 = ferry().requirements.to_dict("records")[0]
    needs = [{**r1, "quantity": 3.0}, {**r1, "id": "R2", "quantity": 2.0}]
    accepts = [{"requirement": need, "item": "truck", "factor": 1.0} for need in ("R1", "R2")]
    found = without_norway(with_chile(DEAR, requirements=needs, accepts=accepts))
    assert rows(found) == [("Chile", 0.0, 4.0, 4.0, ["R1", "R2"])]


@pytest.mark.parametrize("changes", [
    {"lane": {"transit_days": 9}}, {"offer": {"available_from": 8}}, {"lane": {"capacity_t_per_day": 3.0}},
    {"offer": {"recipients": ("Battalion",)}},
])  # fmt: skip
def test_what_cannot_be_there_in_time_is_nobodys_help(changes: dict[str, Any]) -> None:
    found = without_norway(with_chile(**changes))
    assert rows(found) == []
    assert found.nobody_else == ("R1",)
