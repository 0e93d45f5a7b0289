"""Routes are numbered once each, whatever their number, and keep their legs and uses when others are dropped."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from pledgeway.planning.engine.arrays import compile_arrays
from pledgeway.planning.engine.routes import Routes
from pledgeway.planning.engine.walking import LONGEST_ROUTE
from tests.planning.worked import ferry

NETWORK = compile_arrays(ferry()).network
LEGS = st.lists(st.integers(0, NETWORK.days - 1), min_size=1, max_size=3, unique=True).map(sorted)


def rows(routes: list[list[int]]) -> np.ndarray:
    """Return the routes' legs as the engine holds them; each goes by the first lane on the days given."""
    legs = np.full((len(routes), LONGEST_ROUTE), -1, dtype=np.int64)
    for row, route in zip(legs, routes, strict=True):
        row[: len(route)] = route
    return legs


@settings(max_examples=60, deadline=None)
@given(st.lists(st.lists(LEGS, max_size=40), max_size=4), st.data())
def test_equal_routes_have_one_number_and_others_their_own(batches: list[list[list[int]]], data: st.DataObject) -> None:
    routes, known = Routes(NETWORK), {}
    for batch in batches:
        for route, number in zip(batch, routes.number(rows(batch)).tolist(), strict=True):
            assert known.setdefault(tuple(route), number) == number
    assert sorted(known.values()) == list(range(len(routes)))
    names = {number: route for route, number in known.items()}
    kept = sorted(data.draw(st.sets(st.sampled_from(range(len(names))))) if names else [])
    uses = [resources(routes, number) for number in kept]
    routes.keep(np.array(kept, dtype=np.int64))
    assert [resources(routes, number) for number in range(len(routes))] == uses
    assert np.array_equal(routes.legs, rows([list(names[number]) for number in kept]))
    again = routes.number(rows([list(route) for route in known]))
    assert [int(again[k]) for k, number in enumerate(known.values()) if number in kept] == [
        kept.index(number) for number in known.values() if number in kept
    ]


def resources(routes: Routes, number: int) -> list[tuple[int, int]]:
    """Return the resources that a route uses, and how often."""
    at = slice(routes.start[number], routes.start[number + 1])
    return list(zip(routes.resource[at].tolist(), routes.times[at].tolist(), strict=True))


def test_a_table_that_is_full_is_made_larger() -> None:
    routes = Routes(NETWORK)
    many = [[a, b, c] for a in range(3) for b in range(3, 6) for c in range(6, 10)] * 40
    once = routes.number(rows([[*route, k] for k, route in enumerate(many)]))
    assert len(routes) == len(many) == len(set(once.tolist()))
    assert np.array_equal(routes.number(rows([[*route, k] for k, route in enumerate(many)])), once)
