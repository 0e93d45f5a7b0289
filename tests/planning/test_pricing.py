"""Which pairs earn columns, and the bound by one thread and by several."""

from __future__ import annotations

import numpy as np
import pytest

from pledgeway.planning.engine import bound
from pledgeway.planning.engine.arrays import Arrays, compile_arrays
from pledgeway.planning.engine.pricing import Prices, price
from pledgeway.planning.problem import from_dict


@pytest.fixture
def arrays() -> Arrays:
    """Ten units at A, of which B wants five at 9 points and C five at 3."""
    lane = {"origin": "A", "mode": "road", "transit_days": 1, "capacity_t_per_day": 9.0, "cost_per_t": 0.0}
    need = {"recipient": "X", "quantity": 5.0, "due": 3, "grace_days": 0, "accepts": [{"item": "kit", "factor": 1.0}]}
    return compile_arrays(
        from_dict({
            "name": "two ways", "days": 5, "transport_weight": 0.0,
            "places": [{"id": key, "name": key, "kind": "hub"} for key in "ABC"],
            "lanes": [{**lane, "id": f"A{to}", "destination": to} for to in "BC"],
            "items": [{"id": "kit", "name": "Kit", "mass_t": 1.0}],
            "offers": [{"id": "O", "donor": "D", "item": "kit", "quantity": 10.0, "origin": "A", "available_from": 0,
                        "available_until": 4}],
            "requirements": [{**need, "id": f"R{at}", "destination": at, "weight": weight}
                             for at, weight in (("B", 9.0), ("C", 3.0))],
            "courses": [],
        })
    )  # fmt: skip


def _served(arrays: Arrays, bar: float | None) -> list[str]:
    priced = price(arrays, Prices.nothing(arrays), bar=None if bar is None else np.array([bar]))
    needs = arrays.problem.requirements["id"].tolist()
    return [needs[k] for k in arrays.pairs.requirement[priced.chosen]]


def test_an_offers_best_pair_of_a_destination_earns_a_column_where_it_comes_up_to_its_bar(arrays: Arrays) -> None:
    assert price(arrays, Prices.nothing(arrays)).promise.tolist() == [45.0]  # five units of 9 points, the most of both
    assert _served(arrays, None) == []
    assert _served(arrays, 0.0) == ["RB", "RC"]
    assert _served(arrays, 15.0) == ["RB", "RC"]
    assert _served(arrays, 15.1) == ["RB"]
    assert _served(arrays, 45.1) == []


def test_the_bound_is_the_same_whether_one_thread_goes_through_the_pairs_or_several(
    arrays: Arrays, monkeypatch: pytest.MonkeyPatch
) -> None:
    priced = price(arrays, Prices.nothing(arrays))
    alone, prices = bound.prove(arrays, Prices.nothing(arrays), priced)
    monkeypatch.setattr(bound, "PAIRS_A_THREAD", 1)
    together, same = bound.prove(arrays, Prices.nothing(arrays), priced)
    assert alone == together == pytest.approx(60.0)
    assert np.array_equal(prices.offers, same.offers)
    assert np.array_equal(prices.requirements, same.requirements)
