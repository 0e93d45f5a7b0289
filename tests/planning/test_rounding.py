"""Booking the master's answer by parts: valid units, and the answer left as it was."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings

from pledgeway.planning import Plan, Problem, Rounds
from pledgeway.planning.engine.engine import Engine
from pledgeway.planning.engine.movements import read_off
from pledgeway.planning.engine.rounding import dive
from pledgeway.planning.engine.run import Run
from pledgeway.planning.verification import verify
from tests.planning.problems import problems
from tests.planning.worked import ferry


def solved(problem: Problem, rounds: int = 4) -> Engine:
    """Return an engine whose master has answered so many times."""
    engine = Engine(replace(problem, pins=problem.pins.iloc[:0]), Run(Rounds(rounds), None), 0)
    for _ in range(rounds):
        engine.linear_round()
    return engine


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(problems())
def test_what_a_dive_books_is_a_plan_within_the_bound(problem: Problem) -> None:
    engine = solved(problem)
    answer = engine.pool.amount.copy()
    booking = dive(
        engine.pool, engine.prices, engine.weight, times=3, new_columns=engine.new_columns, goes_on=lambda: True
    )
    assert np.array_equal(engine.pool.amount[: len(answer)], answer)
    assert not engine.pool.amount[len(answer) :].any()
    movements, seats, value = read_off(engine.whole, engine.fixed, booking)
    plan = Plan(problem.name, value, max(value, engine.run.bound), movements, seats=seats)
    assert verify(replace(problem, pins=problem.pins.iloc[:0]), plan).broken == ()
    assert value <= engine.run.bound + 1e-6


def test_a_dive_books_what_the_master_answers_in_whole_units() -> None:
    engine = solved(ferry(), 8)
    engine.book_afresh(3)
    assert engine.booking.value == pytest.approx(498.0)


def test_a_dive_that_may_not_go_on_books_the_rest_at_once() -> None:
    engine = solved(ferry(), 8)
    booking = dive(
        engine.pool,
        engine.prices,
        engine.weight,
        times=3,
        new_columns=lambda _: pytest.fail("no columns are asked for"),
        goes_on=lambda: False,
    )
    assert booking.value > 0
