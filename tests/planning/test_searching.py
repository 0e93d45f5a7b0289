"""The search on several threads: what each found is one valid plan together, the same each time."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pledgeway.planning import Plan, Problem
from pledgeway.planning.engine import searching
from pledgeway.planning.engine.booking import Booking, column_prices
from pledgeway.planning.engine.movements import read_off
from pledgeway.planning.engine.searching import Search
from pledgeway.planning.verification import verify
from tests.planning.problems import problems
from tests.planning.test_rounding import solved
from tests.planning.worked import ferry


def searched(problem: Problem, threads: int, seed: int) -> tuple[Booking, float]:
    """Return what a search on so many threads makes of nothing, and the gain it tells."""
    engine = solved(problem)
    booking = Booking(engine.pool)
    search = Search(booking, engine.prices)
    search.threads = threads
    return booking, search.improve(iterations=60, seed=seed, warm=5.0)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(problems(), st.integers(1, 3), st.integers(0, 99))
def test_what_threads_find_apart_fits_together(problem: Problem, threads: int, seed: int) -> None:
    booking, gain = searched(problem, threads, seed)
    engine = solved(problem)
    movements, seats, value = read_off(engine.whole, engine.fixed, booking)
    assert gain == pytest.approx(booking.value, abs=1e-9)
    plan = Plan(problem.name, value, max(value, engine.run.bound), movements, seats=seats)
    assert verify(replace(problem, pins=problem.pins.iloc[:0]), plan).broken == ()
    assert np.array_equal(booking.units, searched(problem, threads, seed)[0].units)


def test_another_thread_s_changes_are_made_where_they_fit() -> None:
    needs = ferry().requirements.to_dict("records")
    twice = [*needs, {**needs[0], "id": "R2"}]
    accepts = [{"requirement": r, "item": "truck", "factor": 1.0} for r in ("R1", "R2")]
    for seed in range(20):
        assert searched(ferry(requirements=twice, accepts=accepts), 3, seed)[0].value == pytest.approx(498.0)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(problems())
def test_of_many_columns_the_dear_ones_are_left_out_but_for_those_with_units(problem: Problem) -> None:
    engine = solved(problem)
    booking = Booking(engine.pool)
    booking.book(np.arange(len(engine.pool)), np.ones(len(engine.pool)))
    units = booking.units > 0
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(searching, "MANY", 0)
        search = Search(booking, engine.prices)
    paid, value = column_prices(engine.pool, engine.prices), engine.pool.value
    worth_it = (value > 0) & ((paid <= 1.1 * value) | units)
    assert sorted(search.at) == list(np.flatnonzero(worth_it))
    before = booking.value
    assert search.improve(iterations=60, seed=1, warm=5.0) == pytest.approx(booking.value - before, abs=1e-9)
    assert booking.value >= before - 1e-9


def test_a_search_is_made_anew_for_other_units_prices_or_columns() -> None:
    engine = solved(ferry())
    booking = Booking(engine.pool)
    search = Search(booking, engine.prices)
    assert search.fits(booking, engine.prices)
    assert not search.fits(booking.copy(), engine.prices)
    assert not search.fits(booking, engine.best_prices.mixed(engine.prices, 0.5))
    engine.pool.keep(np.ones(len(engine.pool), dtype=bool))
    assert not search.fits(booking, engine.prices)
