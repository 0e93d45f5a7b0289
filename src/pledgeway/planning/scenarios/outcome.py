"""One scenario, planned again: warm from the present plan's columns and prices."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass, replace

from pledgeway.planning.engine.engine import Engine
from pledgeway.planning.engine.run import Run
from pledgeway.planning.engine.start import Start
from pledgeway.planning.plan import Plan
from pledgeway.planning.problem import Problem, digest
from pledgeway.planning.scenarios.changes import Scenario, apply
from pledgeway.planning.solving import planned
from pledgeway.planning.stop import Rounds, Within
from pledgeway.planning.verification import verify

PRESENT_ROUNDS, SCENARIO_ROUNDS = 60, 160
PRESENT_SHARE = 0.1
OWN_GAP = 1.1
"""A scenario need not be planned much nearer to its bound than the present plan is to its own."""
TAKES_AWAY = frozenset({"donor", "place", "lane", "mode", "course", "half"})
"""Kinds of events after which every plan is a plan of the whole problem too, and its bound a bound."""


@dataclass(frozen=True)
class Base:
    """What every scenario starts from: the problem, the plan as it stands, and the engine's columns and prices."""

    problem: Problem
    plan: Plan
    start: Start
    within: float
    seed: int

    @property
    def wide(self) -> float:
        """How wide an interval may be, in points."""
        return max(self.within * self.plan.value, OWN_GAP * (self.plan.bound - self.plan.value))


@dataclass(frozen=True)
class Outcome:
    """One scenario planned again: its best plan, the bound of its problem, the seconds and rounds it took."""

    scenario: Scenario
    value: float
    bound: float
    plan: Plan
    seconds: float
    rounds: int


def without_fixed_pins(problem: Problem) -> Problem:
    """Return ``problem`` without its fixed pins, as a scenario may make them impossible; forbidden pairs stay so."""
    return replace(problem, pins=problem.pins[problem.pins["kind"] != "fixed"])


def base_of(problem: Problem, plan: Plan, *, within: float, seed: int = 0) -> Base:
    """Return what scenarios of ``problem`` start from: the plan as it is, with columns and prices found anew for it."""
    problem = without_fixed_pins(problem)
    engine = Engine(problem, Run(Rounds(PRESENT_ROUNDS), None), seed)
    engine.warm(Start.of_plan(engine.whole, plan))
    while engine.run.rounds < PRESENT_ROUNDS and engine.linear > PRESENT_SHARE * within:
        engine.linear_round()
    kept = plan.with_(bound=max(plan.value, min(engine.run.bound, plan.bound)))
    return Base(problem, kept, Start.of_run(engine.booking, engine.best_prices), within, seed)


def outcome(base: Base, scenario: Scenario, seconds: float = math.inf) -> Outcome:
    """Plan one scenario until its interval is narrow enough, or no wider than the present plan's own gap.

    Rounds decide, not the clock: the same base and scenario give the same plan and bound on every machine with the
    same libraries, unless ``seconds`` end it first.
    """
    begun = time.perf_counter()
    problem = apply(base.problem, scenario)
    plan = _untouched(base, scenario, problem)
    if plan is None:
        stop = Within(base.wide, SCENARIO_ROUNDS, seconds, base.wide / max(base.plan.value, 1e-9))
        # One thread for the integer program, however many there are: its way must not depend on the machine.
        plan, _ = planned(problem, Run(stop, None), base.seed, 1, exact=True, start=base.start)
    return Outcome(scenario, plan.value, plan.bound, plan, time.perf_counter() - begun, plan.rounds)


def _untouched(base: Base, scenario: Scenario, problem: Problem) -> Plan | None:
    """Return the present plan where the scenario takes away only what that does not use: its bound holds as well."""
    present = base.plan
    if any(event.kind not in TAKES_AWAY for event in scenario.events) or present.bound - present.value > base.wide:
        return None
    withdrawn = set(problem.offers.loc[problem.offers["quantity"] <= 0, "id"])
    if any(move.offer in withdrawn for move in present.movements):
        return None  # seen before every rule is asked for, as most scenarios withdraw what the plan uses
    # Its prices prove its bound of what is left too: to compute that again would take longer than to plan again.
    if verify(problem, present.with_(certificate=None, prices=None)).broken:
        return None
    return present.with_(problem_sha256=digest(problem), rounds=0, stopped="the present plan stands")
