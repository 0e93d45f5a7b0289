"""Solving the whole model with HiGHS, and what it proves."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from importlib.metadata import version
from typing import Any

import highspy
import numpy as np

from pledgeway.planning.engine.movements import seats_for
from pledgeway.planning.exact.limits import add_limits
from pledgeway.planning.exact.model import Model, commodities
from pledgeway.planning.exact.read_off import movements, units
from pledgeway.planning.plan import Movement, Plan
from pledgeway.planning.problem import Problem, digest
from pledgeway.planning.verification import verify

SOLVER = f"HiGHS {version('highspy')}"
ROUNDING = 1e-6
"""Margin on HiGHS's bound, as a share of it: its rows hold within 1e-7 at best, relative to their size."""

TRIMMED = (0.0, 2e-7, 2e-6, 2e-5, 2e-4)
"""Shares of divisible goods to leave out where an answer takes more than there is, by HiGHS's tolerance."""


@dataclass(frozen=True)
class ExactResult:
    """What HiGHS found. ``plan`` is None where it found none (or the whole numbers were left out)."""

    plan: Plan | None
    value: float
    bound: float
    status: str
    optimal: bool
    solver: str = SOLVER


def build(problem: Problem) -> Model:
    """Return the whole model of ``problem``. Its pins are not known to it."""
    model, storage, lies = commodities(problem)
    add_limits(model, storage, lies)
    return model


def size(problem: Problem) -> int:
    """Return about how many variables the whole model has, before what is of no use is left out."""
    kinds = len(problem.offers[["item"]].assign(only=problem.offers["recipients"].map(str)).drop_duplicates())
    return kinds * (len(problem.lanes) + len(problem.places)) * problem.days


def solve_exact(
    problem: Problem,
    seconds: float = math.inf,
    gap: float = 0.0,
    *,
    start: Plan | None = None,
    integer: bool = True,
    threads: int = 2,
    solver: str = "choose",
    progress: Callable[[float, float], bool] | None = None,
) -> ExactResult:
    """Solve the whole model of ``problem`` until the relative ``gap`` or out of ``seconds``.

    ``start`` is a plan to begin with; ``progress`` is told (value, bound) and stops the search by returning True. With
    ``integer`` false the linear relaxation is solved by ``solver`` (simplex, ipm, pdlp).
    """
    model = build(problem)
    if not model.rows.worth:
        return ExactResult(valid_plan(problem, [], 0.0), 0.0, 0.0, "nothing to decide", True)
    highs = _highs(seconds, gap, threads, solver)
    highs.passModel(model.rows.program(integer))
    if start is not None and start.movements:
        begin = highspy.HighsSolution()
        begin.col_value = units(model, problem, start).tolist()
        highs.setSolution(begin)
    if progress is not None:
        _listen(highs, progress)
    if highs.run() == highspy.HighsStatus.kError:
        return ExactResult(None, -math.inf, math.inf, "HiGHS ended with an error", False)
    return _result(problem, model, highs, integer)


class _Silent(highspy.Highs):
    """HiGHS without its banner, which goes to standard output as soon as callbacks are enabled."""

    def enableCallbacks(self) -> None:  # noqa: N802 - the name is HiGHS's
        self.silent()
        super().enableCallbacks()  # type: ignore[no-untyped-call]


def _highs(seconds: float, gap: float, threads: int, solver: str) -> Any:
    # All of a process shares one scheduler, and HiGHS refuses to solve with another number of threads than it has.
    highspy.Highs.resetGlobalScheduler(True)
    highs = _Silent()  # type: ignore[no-untyped-call]
    if math.isfinite(seconds):
        highs.setOptionValue("time_limit", max(0.1, seconds))
    highs.setOptionValue("threads", threads)
    highs.setOptionValue("solver", solver)
    highs.setOptionValue("mip_rel_gap", gap)
    highs.setOptionValue("mip_abs_gap", 1e-9)
    highs.setOptionValue("mip_feasibility_tolerance", 1e-7)
    highs.setOptionValue("primal_feasibility_tolerance", 1e-7)
    return highs


def _listen(highs: Any, progress: Callable[[float, float], bool]) -> None:
    def tell(event: Any) -> None:
        if progress(event.data_out.mip_primal_bound, event.data_out.mip_dual_bound):
            event.data_in.user_interrupt = True

    highs.cbMipInterrupt.subscribe(tell)


def _result(problem: Problem, model: Model, highs: Any, integer: bool) -> ExactResult:
    status, information = highs.modelStatusToString(highs.getModelStatus()), highs.getInfo()
    optimal = highs.getModelStatus() == highspy.HighsModelStatus.kOptimal
    if not integer:
        value = information.objective_function_value if optimal else -math.inf
        return ExactResult(None, value, value + abs(value) * ROUNDING if optimal else math.inf, status, optimal)
    whole = any(model.rows.whole)  # without whole numbers HiGHS solves a linear program, whose value is the bound
    bound = information.mip_dual_bound if whole else information.objective_function_value if optimal else math.inf
    bound = max(0.0, bound + abs(bound) * ROUNDING) if math.isfinite(bound) else math.inf
    if information.primal_solution_status != highspy.kSolutionStatusFeasible:
        return ExactResult(None, -math.inf, bound, status, optimal)
    plan = valid_plan(problem, movements(model, problem, np.array(highs.getSolution().col_value)), bound)
    return ExactResult(plan, plan.value, plan.bound, status, optimal)


def valid_plan(problem: Problem, moves: list[Movement], bound: float) -> Plan:
    """Return the plan of these movements, changed as little as makes it valid to the letter."""
    for some in _less_and_less(problem, moves):
        plan = Plan(
            problem=problem.name, value=0.0, bound=bound, movements=tuple(some), seats=seats_for(problem, some),
            solver=SOLVER, problem_sha256=digest(problem),
        )  # fmt: skip
        checked = verify(problem, plan)
        if all(text.startswith("claimed") for text in checked.broken):  # a bound that is not known yet breaks no rule
            return plan.with_(value=checked.value)
    raise AssertionError("a plan of no movements is valid")


def _less_and_less(problem: Problem, moves: list[Movement]) -> Iterator[list[Movement]]:
    """Yield the movements as they are, with a little off the divisible goods, since HiGHS's tolerance may take too much
    of these, and then without the last ones."""
    divisible = dict(zip(problem.items["id"], problem.items["divisible"], strict=True))
    parts = {offer: divisible[item] for offer, item in zip(problem.offers["id"], problem.offers["item"], strict=True)}
    for share in TRIMMED:
        yield [replace(move, quantity=move.quantity * (1.0 - share)) if parts[move.offer] else move for move in moves]
    for count in range(len(moves) - 1, -1, -1):
        yield moves[:count]
