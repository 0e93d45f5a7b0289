"""Offers tried for all who accept them: what stands in the way, by hand, and side by side as alone."""

from __future__ import annotations

import numpy as np
import pytest

from pledgeway.planning import Leg, Movement, Plan
from pledgeway.planning.explanation.demands import demands
from pledgeway.planning.explanation.pairs import asked_for, gains, hindrances, named, obstacles
from pledgeway.planning.explanation.reach import ways
from pledgeway.planning.explanation.situation import look_up
from pledgeway.planning.explanation.trying import tried
from tests.planning.worked import ferry


@pytest.mark.parametrize(
    ("gained", "taken", "unused", "used"),
    [
        ((5.0, 5.0, 5.0, 5.0, 5.0, 5.0), 3.0, (), ()),  # more than where it is
        ((5.0, 5.0, 5.0, 5.0, 5.0, 5.0), 7.0, (), ("stock",)),  # less than where it is
        ((-1.0, 5.0, -1.0, 5.0, 5.0, 5.0), 3.0, ("network",), ("network",)),
        ((-1.0, -1.0, 5.0, 5.0, 5.0, 5.0), 3.0, ("crews",), ("crews",)),
        ((-1.0, -1.0, -1.0, 5.0, -1.0, 5.0), 7.0, ("crews", "network"), ("crews", "network", "stock")),
        ((-1.0, -1.0, -1.0, -1.0, 5.0, 5.0), np.inf, ("way",), ("way", "stock")),
        ((-1.0, -1.0, -1.0, -1.0, -1.0, 5.0), 3.0, ("way", "crews"), ("way", "crews", "stock")),
        ((-1.0, -1.0, -1.0, -1.0, -1.0, -1.0), 3.0, ("nothing",), ("nothing",)),
    ],
)
def test_what_stands_in_the_way_is_the_least_that_must_change(
    gained: tuple[float, ...], taken: float, unused: tuple[str, ...], used: tuple[str, ...]
) -> None:
    found = hindrances(np.array([gained]), np.array([taken]))
    assert [named(int(number)) for number in found[0]] == [unused, used]


def test_offers_tried_side_by_side_are_said_the_same_of_as_alone() -> None:
    offers = ferry().offers.to_dict("records")
    more = [{**offers[0], "id": f"O{k}", "available_from": k % 5} for k in range(2, 9)]
    needs = ferry().requirements.to_dict("records")
    late = {**needs[0], "id": "R9", "due": 2, "quantity": 9.0}
    accepts = [*ferry().accepts.to_dict("records"), {"requirement": "R9", "item": "truck", "factor": 0.5}]
    problem = ferry(offers=[*offers, *more], requirements=[*needs, late], accepts=accepts)
    moves = [Movement("O1", "R1", 2.0, (Leg("road", day),), day + 2) for day in (0, 1)]
    situation = look_up(problem, Plan(problem.name, 0.0, 1e9, tuple(moves), {}))
    wanted = demands(situation)
    blocks = list(tried(situation, wanted, float("inf")))
    assert sum(len(block.offers) for block in blocks) == 8
    for block in blocks:
        for row, offer in enumerate(block.offers):
            for column, demand in enumerate(block.demands):
                pair = block.pair(row, column)
                window, load = situation.window(offer), situation.load(offer)
                alone = gains(
                    situation, offer, asked_for(situation, "truck", [demand]),
                    ways(situation.network, situation.room, window, load),
                    ways(situation.network, situation.room, window, load, penalty=0.0),
                )  # fmt: skip
                assert [(pair.gains, pair.earliest)] == alone
                for side, left in enumerate((True, False)):
                    assert named(int(block.hindered[row, column, side])) == obstacles(situation, pair, left)
