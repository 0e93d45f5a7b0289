"""On small problems solved to optimality, every reason is true: undoing what it names raises the optimum."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, event, given, settings

from pledgeway.planning import Plan, Problem
from pledgeway.planning.exact import solve_exact
from pledgeway.planning.explanation import unmet
from tests.planning.problems import problems
from tests.planning.undoing import undone


def shortfalls(problem: Problem, plan: Plan) -> dict[tuple[str, str], float]:
    """Return what each requirement lacks and gets late."""
    found = {}
    for need in problem.requirements.itertuples():
        moves = [m for m in plan.movements if m.requirement == need.id]
        found[need.id, "unmet"] = need.quantity - sum(m.quantity for m in moves)
        found[need.id, "late"] = sum(m.quantity for m in moves if m.usable > need.due)
    return {key: quantity for key, quantity in found.items() if quantity > 1e-6}


def check_all_reasons(problem: Problem) -> None:
    """Check that the rows make up the shortfall, and that undoing each one raises the optimum."""
    best = solve_exact(problem)
    if not best.optimal or best.plan is None:
        return
    table = unmet(problem, best.plan)
    split = table.groupby(["requirement", "state"])["quantity"].sum().to_dict()
    assert split == pytest.approx(shortfalls(problem, best.plan), abs=1e-6)
    for row in table.itertuples():
        event(f"{row.state}: {row.reason}")
        if row.reason == "whole_units":
            continue
        assert row.reason != "could_still_be_served", row.sentence
        after = solve_exact(undone(problem, best.plan, row))
        assert after.optimal
        assert after.value > best.value + 1e-6, (row.sentence, row.blame)


@given(problems())
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
def test_undoing_the_named_cause_raises_the_optimum(problem: Problem) -> None:
    check_all_reasons(problem)


@pytest.mark.slow
@given(problems())
@settings(max_examples=1500, deadline=None, suppress_health_check=list(HealthCheck))
def test_undoing_the_named_cause_raises_the_optimum_often(problem: Problem) -> None:
    check_all_reasons(problem)
