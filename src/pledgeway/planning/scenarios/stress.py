"""Stress: what the present plan is worth when something drops out, as a proven interval for every scenario.

Every scenario is planned again, warm from the present plan's columns and prices. The value lost lies between the
present value less the scenario's bound and the present value less the scenario's plan. A scenario that only takes
things away has plans that are plans of the whole problem too: one that is better than the present plan replaces it.
"""

from __future__ import annotations

import json
import math
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor, ProcessPoolExecutor, as_completed
from dataclasses import dataclass, replace
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numba
import pandas as pd

from pledgeway.planning.engine.engine import Engine
from pledgeway.planning.engine.run import Run
from pledgeway.planning.engine.start import Start
from pledgeway.planning.plan import Plan, allocations
from pledgeway.planning.plan import from_dict as plan_from_dict
from pledgeway.planning.plan import to_dict as plan_to_dict
from pledgeway.planning.problem import Problem, digest
from pledgeway.planning.scenarios.changes import Scenario, apply
from pledgeway.planning.solving import planned
from pledgeway.planning.stop import Rounds, Within
from pledgeway.planning.verification import verify

WITHIN = 0.01
PRESENT_ROUNDS, SCENARIO_ROUNDS = 60, 160
PRESENT_SHARE = 0.1
OWN_GAP = 1.1
"""A scenario need not be planned much nearer to its bound than the present plan is to its own."""


@dataclass(frozen=True)
class Base:
    """What every scenario starts from: the problem, the plan as it stands, and the engine's columns and prices."""

    problem: Problem
    plan: Plan
    start: Start
    within: float
    seed: int


@dataclass(frozen=True)
class Outcome:
    """One scenario planned again: its best plan, the bound of its problem, the seconds and rounds it took."""

    scenario: Scenario
    value: float
    bound: float
    plan: Plan
    seconds: float
    rounds: int


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


OutcomeCallback = Callable[[Outcome, int, int], object]
"""Called with each outcome as it comes, how many are there, and how many there will be; True stops."""


def base_of(problem: Problem, plan: Plan, *, within: float = WITHIN, seed: int = 0) -> Base:
    """Return what scenarios of ``problem`` start from: the plan as it is, with columns and prices found anew for it.

    Fixed pins are let go of, as a scenario may make them impossible; forbidden pairs stay forbidden.
    """
    problem = replace(problem, pins=problem.pins[problem.pins["kind"] != "fixed"])
    engine = Engine(problem, Run(Rounds(PRESENT_ROUNDS), None), seed)
    engine.warm(Start.of_plan(engine.whole, plan))
    while engine.run.rounds < PRESENT_ROUNDS and engine.linear > PRESENT_SHARE * within:
        engine.linear_round()
    kept = plan.with_(bound=max(plan.value, min(engine.run.bound, plan.bound)))
    return Base(problem, kept, Start.of_run(engine.booking, engine.best_prices), within, seed)


def _threads() -> int:
    return int(numba.get_num_threads())


def outcome(base: Base, scenario: Scenario, seconds: float = math.inf) -> Outcome:
    """Plan one scenario until its interval is narrow enough, or no wider than the present plan's own gap."""
    begun = time.perf_counter()
    problem = apply(base.problem, scenario)
    present = base.plan
    wide = max(base.within * present.value, OWN_GAP * (present.bound - present.value))
    stop = Within(wide, SCENARIO_ROUNDS, seconds)
    plan, _ = planned(problem, Run(stop, None), base.seed, _threads(), exact=True, start=base.start)
    return Outcome(scenario, plan.value, plan.bound, plan, time.perf_counter() - begun, plan.rounds)


def stress(
    problem: Problem,
    plan: Plan,
    scenarios: Iterable[Scenario],
    *,
    within: float = WITHIN,
    seed: int = 0,
    seconds: float = math.inf,
    workers: int = 1,
    executor: Executor | None = None,
    progress: OutcomeCallback | None = None,
    keep: Path | None = None,
) -> Stress:
    """Return what each scenario costs against ``plan``.

    Each interval is at most ``within`` of the plan's value wide, or little more than its own gap where that is wider.

    ``seconds`` limits each scenario, whose interval is then as wide as it is. ``workers`` processes share the work,
    or any ``executor`` (such as a Dask client's); the answers are the same. Outcomes are kept in the file ``keep``
    as they come, and those already there are not computed again. Ctrl-C and ``progress`` returning True end it with
    what is known.
    """
    begun = time.perf_counter()
    wanted = list(scenarios)
    done = _kept(keep, problem, plan, wanted, within, seed)
    base = base_of(problem, plan, within=within, seed=seed)
    missing = [scenario for scenario in wanted if str(scenario) not in done]
    try:
        for found in _outcomes(base, missing, seconds, workers, executor):
            done[str(found.scenario)] = found
            _keep(keep, problem, plan, within, seed, found)
            if progress is not None and progress(found, len(done), len(wanted)) is True:
                break
    except KeyboardInterrupt:
        pass
    known = [done[str(scenario)] for scenario in wanted if str(scenario) in done]
    present = _present(base, known)
    losses = [Loss(found.scenario, present.value - found.bound, present.value - found.value, found) for found in known]
    losses.sort(key=lambda loss: -loss.most)
    return Stress(base.problem, present, tuple(losses), time.perf_counter() - begun)


def _outcomes(
    base: Base, scenarios: list[Scenario], seconds: float, workers: int, executor: Executor | None
) -> Iterator[Outcome]:
    if executor is None and workers <= 1:
        yield from (outcome(base, scenario, seconds) for scenario in scenarios)
        return
    own = executor is None
    pool = executor or ProcessPoolExecutor(
        workers, get_context("spawn"), initializer=_begin, initargs=(base, max(1, _threads() // workers))
    )
    try:
        tasks = [pool.submit(_of_worker, scenario, seconds) if own else pool.submit(outcome, base, scenario, seconds)
                 for scenario in scenarios]  # fmt: skip
        for task in as_completed(tasks):
            yield task.result()
    finally:
        if own:
            pool.shutdown(wait=True, cancel_futures=True)


_BASE: list[Base] = []
"""What a worker process was given when it began, so that it is sent once and not with every scenario."""


def _begin(base: Base, threads: int) -> None:
    numba.set_num_threads(threads)
    _BASE[:] = [base]


def _of_worker(scenario: Scenario, seconds: float) -> Outcome:
    return outcome(_BASE[0], scenario, seconds)


def _present(base: Base, known: list[Outcome]) -> Plan:
    """Return the present plan, or the best plan of a scenario that is better and valid for the whole problem."""
    best = base.plan
    for found in sorted(known, key=lambda found: -found.value):
        if found.value <= best.value:
            break
        candidate = found.plan.with_(bound=base.plan.bound, certificate=base.plan.certificate, solver=base.plan.solver)
        if not [fault for fault in verify(base.problem, candidate).broken if "claimed bound" not in fault]:
            return candidate
    return best


def _stamp(problem: Problem, plan: Plan, within: float, seed: int) -> str:
    return json.dumps([digest(problem), plan.value, len(plan.movements), within, seed])


def _kept(
    keep: Path | None, problem: Problem, plan: Plan, wanted: list[Scenario], within: float, seed: int
) -> dict[str, Outcome]:
    """Return the outcomes in ``keep`` that belong to this problem, plan and width; a line cut short is left out."""
    if keep is None or not keep.exists():
        return {}
    stamp, by_text, found = _stamp(problem, plan, within, seed), {str(s): s for s in wanted}, {}
    for line in keep.read_text(encoding="utf-8").splitlines():
        try:
            row = json.loads(line)
        except json.JSONDecodeError:
            continue
        scenario = by_text.get(row["scenario"])
        if row["of"] == stamp and scenario is not None:
            plan_then = plan_from_dict(row["plan"])
            found[row["scenario"]] = Outcome(
                scenario, row["value"], row["bound"], plan_then, row["seconds"], plan_then.rounds
            )
    return found


def _keep(keep: Path | None, problem: Problem, plan: Plan, within: float, seed: int, found: Outcome) -> None:
    if keep is None:
        return
    row: dict[str, Any] = {
        "of": _stamp(problem, plan, within, seed), "scenario": str(found.scenario), "name": found.scenario.name,
        "value": found.value, "bound": found.bound, "seconds": found.seconds, "plan": plan_to_dict(found.plan),
    }  # fmt: skip
    with keep.open("a", encoding="utf-8") as file:
        file.write(json.dumps(row) + "\n")


def lost_requirements(stressed: Stress, loss: Loss) -> pd.DataFrame:
    """Return what a scenario takes from each requirement, as :func:`compared` does, the largest loss first."""
    before, after = (allocations(stressed.problem, plan) for plan in (stressed.plan, loss.outcome.plan))
    return compared(stressed.problem, before, after)


def compared(problem: Problem, before: pd.DataFrame, after: pd.DataFrame) -> pd.DataFrame:
    """Return the requirements that two plans' allocations serve differently, the largest loss first.

    Columns: requirement, recipient, item, priority, due, served_before, served_after, on_time_before, on_time_after
    (units), worth_lost (points, before transport; below 0 where it is gained).
    """
    sums = [pairs.groupby("requirement")[["quantity", "on_time", "worth"]].sum() for pairs in (before, after)]
    needs = problem.requirements.set_index("id")
    first = problem.accepts.drop_duplicates("requirement").set_index("requirement")["item"]
    both = sums[0].add_suffix("_before").join(sums[1].add_suffix("_after"), how="outer").fillna(0.0)
    both["worth_lost"] = both["worth_before"] - both["worth_after"]
    both = both[both["worth_lost"].abs() > 1e-9].sort_values("worth_lost", ascending=False)
    rows = both.rename(columns={"quantity_before": "served_before", "quantity_after": "served_after"})
    rows = rows.join(needs[["recipient", "priority", "due"]]).join(first.rename("item"))
    rows = rows.rename_axis("requirement").reset_index()
    return rows[["requirement", "recipient", "item", "priority", "due", "served_before", "served_after",
                 "on_time_before", "on_time_after", "worth_lost"]]  # fmt: skip
