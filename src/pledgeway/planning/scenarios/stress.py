"""Stress: what the present plan is worth when something drops out, as a proven interval for every scenario.

Every scenario is planned again, warm from the present plan's columns and prices. The value lost lies between the
present value less the scenario's bound and the present value less the scenario's plan. A scenario that only takes
things away has plans that are plans of the whole problem too: one that is better than the present plan replaces it.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Generator, Iterable
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import pandas as pd

from pledgeway.planning.plan import Plan
from pledgeway.planning.problem import Problem
from pledgeway.planning.scenarios.chances import Chances, chances_kept
from pledgeway.planning.scenarios.changes import Scenario
from pledgeway.planning.scenarios.comparing import compared, in_words
from pledgeway.planning.scenarios.keeping import Keeping, outcomes_kept
from pledgeway.planning.scenarios.outcome import Base, Outcome, base_of, without_fixed_pins
from pledgeway.planning.scenarios.sharing import by_processes, in_turn
from pledgeway.planning.scenarios.single_points import single_points
from pledgeway.planning.scenarios.stepping_in import StepIn, step_in
from pledgeway.planning.verification import verify

WITHIN = 0.01


@dataclass(frozen=True)
class Loss:
    """What a scenario costs: the value lost is at least ``least`` and at most ``most``, in points."""

    scenario: Scenario
    least: float
    most: float
    outcome: Outcome


@dataclass(frozen=True)
class Stress:
    """All scenarios' losses, the largest first, against ``plan`` (the present one, or a better one that was found)."""

    problem: Problem
    plan: Plan
    losses: tuple[Loss, ...]
    seconds: float
    chances: Chances | None = None

    @cached_property
    def single_points(self) -> pd.DataFrame:
        """What :func:`single_points` says of the problem, found once for all who show it."""
        return single_points(self.problem)

    @cached_property
    def step_in(self) -> dict[str, StepIn]:
        """What :func:`step_in` says of each scenario, by its name."""
        return {
            loss.scenario.name: step_in(self.problem, self.plan, loss.scenario, loss.outcome.plan)
            for loss in self.losses
        }


OutcomeCallback = Callable[[Outcome, int, int], object]
"""Called with each outcome as it comes, how many are there, and how many there will be; True stops."""


def stress(
    problem: Problem,
    plan: Plan,
    scenarios: Iterable[Scenario],
    *,
    within: float = WITHIN,
    seed: int = 0,
    seconds: float = math.inf,
    workers: int = 1,
    cluster: str | None = None,
    progress: OutcomeCallback | None = None,
    keep: Path | None = None,
) -> Stress:
    """Return what each scenario costs against ``plan``.

    Each interval is at most ``within`` of the plan's value wide, or little more than its own gap where that is wider.

    ``seconds`` limits each scenario, whose interval is then as wide as it is. ``workers`` processes share the work, or
    the workers of the Dask ``cluster`` with that address; the answers are the same where ``seconds`` does not end a
    scenario. Outcomes are kept in the file ``keep`` as they come, and those already there are not computed again.
    Ctrl-C and ``progress`` returning True end it with what is known. Raises WorkersLostError where those that plan are
    gone, OSError where no cluster answers, and ImportError where Dask is not installed.
    """
    begun = time.perf_counter()
    wanted = list({str(scenario): scenario for scenario in scenarios}.values())
    keeping = Keeping.of(keep, problem, plan, within, seed)
    done = keeping.found(wanted)
    missing = [scenario for scenario in wanted if str(scenario) not in done]
    present, problem_there = plan, without_fixed_pins(problem)
    if missing:
        base = base_of(problem, plan, within=within, seed=seed)
        present = base.plan
        outcomes = _outcomes(base, missing, seconds, workers, cluster)
        try:
            for found in outcomes:
                done[str(found.scenario)] = found
                keeping.keep(found)
                if progress is not None and progress(found, len(done), len(wanted)) is True:
                    break
        except KeyboardInterrupt:
            pass
        finally:
            outcomes.close()
    known = [done[str(scenario)] for scenario in wanted if str(scenario) in done]
    return _stressed(problem_there, present, known, time.perf_counter() - begun)


def kept(file: Path, problem: Problem, plan: Plan) -> Stress | None:
    """Return all that ``file`` keeps for this plan, of one sweep or several, with the draws; None for nothing."""
    known, risks = outcomes_kept(file, problem, plan), chances_kept(file, problem, plan)
    if not known and risks is None:
        return None
    found = _stressed(without_fixed_pins(problem), plan, known, sum(outcome.seconds for outcome in known))
    return replace(found, chances=risks)


def _stressed(problem: Problem, present: Plan, known: list[Outcome], seconds: float) -> Stress:
    """Return the losses against the present plan or a better one, the largest first."""
    present = _best(problem, present, known)
    losses = [Loss(found.scenario, present.value - found.bound, present.value - found.value, found) for found in known]
    losses.sort(key=lambda loss: -loss.most)
    return Stress(problem, present, tuple(losses), seconds)


def _outcomes(
    base: Base, scenarios: list[Scenario], seconds: float, workers: int, cluster: str | None
) -> Generator[Outcome, None, None]:
    if cluster is not None:
        from pledgeway.planning.scenarios.cluster import by_cluster  # noqa: PLC0415 - Dask is an extra

        yield from by_cluster(base, scenarios, seconds, cluster)
    elif workers > 1:
        yield from by_processes(base, scenarios, seconds, workers)
    else:
        yield from in_turn(base, scenarios, seconds)


def _best(problem: Problem, present: Plan, known: list[Outcome]) -> Plan:
    """Return the present plan, or the best plan of a scenario that is better and valid for the whole problem."""
    for found in sorted(known, key=lambda found: -found.value):
        if found.value <= present.value:
            break
        candidate = found.plan.with_(
            bound=present.bound, certificate=present.certificate, solver=present.solver, prices=present.prices
        )
        if not [fault for fault in verify(problem, candidate).broken if "claimed bound" not in fault]:
            return candidate
    return present


def lost_requirements(stressed: Stress, loss: Loss) -> pd.DataFrame:
    """Return what a scenario takes from each requirement, as :func:`compared` does, the largest loss first."""
    return compared(stressed.problem, stressed.plan, loss.outcome.plan)


def failures(stressed: Stress, loss: Loss, most: int = 3) -> list[str]:
    """Return sentences: what the requirements that lose most lose, and how much later the rest comes."""
    rows = lost_requirements(stressed, loss)
    return in_words(stressed.problem, rows[rows["worth_lost"] > 0].head(most))
