"""Whatever the problem, the plan is valid and its bound is proven, by verify and by the independent checks."""

from __future__ import annotations

import importlib.util
import json
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from hypothesis import given, settings

from pledgeway.planning import Problem, Rounds, solve
from pledgeway.planning.plan import WHOLE_SEATS
from pledgeway.planning.plan import from_dict as plan_from_dict
from pledgeway.planning.plan import to_dict as plan_to_dict
from pledgeway.planning.problem import digest, from_dict, to_dict
from pledgeway.planning.verification import verify
from tests.planning.problems import OFTEN, QUICK, problems

SHARED = Path(__file__).parents[3] / "shared" / "planning"
BESIDE = pytest.mark.skipif(not SHARED.exists(), reason="the independent checks are not beside this clone")


@cache
def independent(name: str) -> ModuleType:
    """Load one of the programs that state the rules."""
    spec = importlib.util.spec_from_file_location(name, SHARED / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def as_files(problem: Problem, plan: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return problem and plan as their files say them."""
    return json.loads(json.dumps(to_dict(problem))), json.loads(json.dumps(plan_to_dict(plan)))


def check_that_it_is_valid_and_its_bound_proven(problem: Problem) -> None:
    plan = solve(problem, Rounds(12), exact=False)
    found = verify(problem, plan)
    assert found.broken == ()
    assert found.bound_holds
    assert plan.value <= plan.bound + 1e-9


@QUICK
@given(problems())
def test_every_plan_is_valid_and_its_bound_proven(problem: Problem) -> None:
    check_that_it_is_valid_and_its_bound_proven(problem)


@pytest.mark.slow
@OFTEN
@given(problems())
def test_every_plan_is_valid_and_its_bound_proven_often(problem: Problem) -> None:
    check_that_it_is_valid_and_its_bound_proven(problem)


def check_that_the_independent_checks_agree(problem: Problem) -> None:
    plan = solve(problem, Rounds(12), exact=False)
    whole, answer = as_files(problem, plan)
    value, broken = independent("check_plan").check(whole, answer)
    assert broken == []
    assert value == pytest.approx(plan.value, abs=1e-9)
    limit = independent("check_bound").proven(whole, answer["certificate"] or answer["prices"])
    proven = verify(problem, plan).proven
    if plan.certificate is None:  # the check knows nothing of seats that whole units leave unused
        assert plan.solver == WHOLE_SEATS
        assert proven is not None
        assert proven < limit
    else:
        assert plan.bound >= limit - 1e-9 * max(1.0, abs(limit))
        assert proven == pytest.approx(limit, rel=1e-9, abs=1e-9)


@BESIDE
@QUICK
@given(problems())
def test_the_independent_checks_agree(problem: Problem) -> None:
    check_that_the_independent_checks_agree(problem)


@BESIDE
@pytest.mark.slow
@OFTEN
@given(problems())
def test_the_independent_checks_agree_often(problem: Problem) -> None:
    check_that_the_independent_checks_agree(problem)


@settings(QUICK, max_examples=100)
@given(problems())
def test_problems_and_plans_survive_their_files(problem: Problem) -> None:
    again = from_dict(json.loads(json.dumps(to_dict(problem))))
    assert to_dict(again) == to_dict(problem)
    assert digest(again) == digest(problem)
    plan = solve(problem, Rounds(4), exact=False)
    assert plan_to_dict(plan_from_dict(json.loads(json.dumps(plan_to_dict(plan))))) == plan_to_dict(plan)
