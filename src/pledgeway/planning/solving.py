"""Planning from start to end; stopped at any moment with the best plan so far and its honest bound."""

from __future__ import annotations

import gc
import math
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import numba
import numpy as np

from pledgeway.planning.engine.bound import certificate
from pledgeway.planning.engine.engine import AFRESH_ROUNDS, DIVES, Engine
from pledgeway.planning.engine.movements import read_off, seats_for
from pledgeway.planning.engine.run import Run, StopError
from pledgeway.planning.engine.start import Start
from pledgeway.planning.exact import ExactResult, size, solve_exact
from pledgeway.planning.explanation import bottlenecks, unmet
from pledgeway.planning.ongoing import Ongoing, carry_on, changes
from pledgeway.planning.plan import WHOLE_SEATS, Certificate, Change, Plan, TracePoint, allocations, relative_gap
from pledgeway.planning.problem import Problem, digest
from pledgeway.planning.stop import GapOrTime, ProgressCallback, Stop

EXACT_SIZE = 400_000
"""Problems whose whole model has at most so many variables (:func:`pledgeway.planning.exact.size`) are finished by an
integer program, which knows that a lane of 80 t carries one unit of 62 t and not 1.29."""

LINEAR_SHARE, LINEAR_SHARE_OF_LARGE, LINEAR_GAPS = 0.1, 0.03, (2e-4, 2e-3)
"""How near the linear part is to come, as a share of the gap wanted, within limits. In large problems a round of
prices lowers the bound by more than a round of search raises the plan, and a dive follows better prices better."""
ANSWER_SHARE = 0.7
"""The same for the worth of the master's answer, before a dive from a plan that much changes in: its bound is near by
then."""
SEARCH_FROM = 5e-3
STALLED, STALLED_ROUNDS = 2e-4, 5
IDLE_ROUNDS = 40
AFRESH_EVERY, LINEAR_AFRESH = 16, 4
MENDING_ROUNDS = 8
MENDABLE = 0.02
"""Units of an earlier run are mended where no more than this share of their value is lost; else the prices come first,
and units are rounded from their answer."""
ROUNDS_BEFORE_EXACT = 6
UNPINNED_SHARE = 0.4
EXPLAINING_SECONDS, LEAST_EXPLAINING, EXPLAINING_SHARE = 10.0, 0.5, 0.12
"""Most and least time for the reasons of unmet need, and what share of all time they have where planning left no more;
what is not examined then says so."""
CARRIED_ON = "prices, over all plans that carry on from the day of planning"
"""What the bound of a plan rests on that was made while another was carried out."""


class _Planning:
    """The phases of one run."""

    def __init__(
        self, problem: Problem, run: Run, seed: int, threads: int, *, exact: bool, start: Start | Plan | None = None,
        ongoing: Ongoing | None = None,
    ) -> None:  # fmt: skip
        self.problem, self.run, self.threads = problem, run, threads
        self.is_part = ongoing is not None
        self.engine = Engine(problem, run, seed, ongoing)
        self.keeping = ongoing is not None and not ongoing.kept.empty
        self.warm, self.mending = start is not None and not self.keeping, False
        if start is not None:
            start = Start.of_plan(self.engine.whole, start) if isinstance(start, Plan) else start
            self.engine.warm(start)
            self.mending = run.value >= (1.0 - MENDABLE) * start.value
            self.engine.exacting = self.warm or self.dives
        self.exact = exact and problem.pins.empty and size(problem) <= EXACT_SIZE
        self.found: ExactResult | None = None
        self.stalled, self.nearest = 0, math.inf

    def go(self) -> None:
        """Run all phases, until the stop criterion or until nothing better is found."""
        share = LINEAR_SHARE_OF_LARGE if self.engine.large else LINEAR_SHARE
        target = min(max(share * self.run.gap_wanted, LINEAR_GAPS[0]), LINEAR_GAPS[1])
        if self.dives and self.engine.exacting:
            target = max(target, ANSWER_SHARE * self.run.gap_wanted)
        while self.stalled < STALLED_ROUNDS:
            # What a search finds before a dive, the dive throws away; yet half of the time is for whole units.
            is_late = self.run.stop.seconds_left(self.run.seconds) < self.run.seconds
            if self.engine.linear <= (target if self.dives and not is_late else max(target, SEARCH_FROM)):
                break
            self._linear_round()
            if not self.mending and (self.run.rounds in {3, 10} or self.run.rounds % 20 == 0):
                self.engine.book_master()
            self.run.report("prices and routes")
        if not self.mending:
            if self.dives:
                self.engine.book_afresh(DIVES)
            else:
                self.engine.book_master()
            self.run.report("whole units")
        self._search(target, ROUNDS_BEFORE_EXACT if self.exact else math.inf)
        if self.exact:
            self._finish_exactly()
        self.run.reason = (
            "proven optimal" if relative_gap(self.run.value, self.run.bound) < 1e-6 else "nothing better found"
        )

    @property
    def dives(self) -> bool:
        """Whether units are rounded in a dive: where a problem is large, and nothing is there to be mended."""
        return self.engine.large and not (self.warm or self.mending)

    def _linear_round(self) -> None:
        engine, before = self.engine, (self.run.bound, self.engine.limit)
        engine.linear_round()
        moved = (
            self.run.bound < before[0] * (1 - STALLED) or abs(engine.limit - before[1]) > STALLED * abs(before[1])
            or engine.linear < self.nearest - STALLED
        )  # fmt: skip
        self.nearest = min(self.nearest, engine.linear)
        self.stalled = 0 if moved else self.stalled + 1

    def _search(self, target: float, most: float) -> None:
        """Search for better whole units, with rounds of prices between them while these still lower the bound."""
        idle, number = 0, self.engine.cool_after if self.mending else AFRESH_ROUNDS if self.dives else 0
        last = number + most
        renewing, afresh = 0, self.run.rounds if self.warm or self.engine.linear > target else None
        if self.keeping and self.mending:  # units rounded anew change more than they must: first what can be mended is
            afresh = self.run.rounds + MENDING_ROUNDS
        while idle < IDLE_ROUNDS and number < last:
            before = self.run.value
            number += 1
            if self.engine.linear > target and self.stalled < STALLED_ROUNDS:
                self._linear_round()
            elif afresh is not None and self.run.rounds >= afresh:
                # The master has moved on since the units were rounded: begin again from it where that is better.
                afresh = self.run.rounds + AFRESH_EVERY if self.warm else None
                for _ in range(renewing):
                    self.engine.linear_round()
                renewing = LINEAR_AFRESH
                if self.engine.book_afresh(DIVES if self.dives else 1):
                    number = AFRESH_ROUNDS
            self.engine.search_round(number)
            idle = idle + 1 if self.run.value <= before * (1 + 1e-9) else 0
            self.run.report("search")

    def _finish_exactly(self) -> None:
        """Hand the best plan to the integer program; every time it reports counts as a round."""
        run = self.run
        bound, value = run.bound, run.value
        ended: list[BaseException] = []

        def tell(found: float, limit: float) -> bool:
            run.rounds += 1
            run.value, run.bound = max(value, min(found, bound)), min(bound, max(limit, run.value))
            try:
                run.report("integer program")
            except (StopError, KeyboardInterrupt) as asked:
                ended.append(asked)
            return bool(ended)

        start = _plan(self.problem, self)
        self.found = solve_exact(
            self.problem, run.stop.seconds_left(run.seconds), start=start, threads=self.threads, progress=tell
        )
        run.value, run.bound = max(value, self.found.value), min(bound, self.found.bound)
        if ended:
            raise ended[0]


def _plan(problem: Problem, planning: _Planning) -> Plan:
    """Return the best plan of a run, with what proves its bound."""
    run, engine, found = planning.run, planning.engine, planning.found
    movements, seats, value = read_off(engine.whole, engine.fixed, engine.booking)
    if found is not None and found.plan is not None and found.value > value:
        movements, seats, value = found.plan.movements, dict(found.plan.seats), found.value
    prices = certificate(engine.whole, engine.best_prices)
    plan = Plan(
        problem=problem.name, value=value, bound=run.bound, movements=movements, seats=seats,
        certificate=prices if engine.certified else None, solver=None if engine.certified else WHOLE_SEATS,
        prices=prices, problem_sha256="" if planning.is_part else digest(problem), rounds=run.rounds, seed=engine.seed,
        threads=planning.threads, seconds=run.seconds, stopped=run.reason,
        trace=(*run.trace, TracePoint(run.seconds, value, run.bound)),
    )  # fmt: skip
    if found is not None and found.bound <= run.bound:
        return plan.with_(certificate=None, solver=found.solver)
    return plan


def planned(
    problem: Problem, run: Run, seed: int, threads: int, *, exact: bool, start: Start | Plan | None = None,
    ongoing: Ongoing | None = None,
) -> tuple[Plan, Engine]:  # fmt: skip
    """Return the plan of one run, warm from ``start`` where there is one, and the engine as the run left it."""
    planning = _Planning(problem, run, seed, threads, exact=exact, start=start, ongoing=ongoing)
    try:
        planning.go()
    except StopError:
        pass
    except KeyboardInterrupt:
        run.reason = "interrupted"
    planning.engine.settle()
    return _plan(problem, planning), planning.engine


@contextmanager
def _uncollected() -> Iterator[None]:
    """Keep Python from looking for cycles: it would go through a plan's rows again and again while they are made, which
    takes as long as to make them."""
    collects = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collects:
            gc.enable()


@_uncollected()
def solve(
    problem: Problem,
    stop: Stop | None = None,
    seed: int = 0,
    progress: ProgressCallback | None = None,
    threads: int | None = None,
    *,
    exact: bool = True,
    start: Plan | None = None,
    keep: Plan | None = None,
    today: int = 0,
    change_weight: float = 0.0,
) -> Plan:
    """Return a valid plan with a proven bound on how much better any plan could be.

    ``stop`` (by default a gap of one per cent or a minute) says when to be content; ``progress`` is called after every
    step and stops planning by returning True, as does Ctrl-C: the best plan so far is returned. The same problem, seed
    and threads give the same plan unless the clock stopped it. ``exact`` lets small problems be finished by an integer
    program. Planning begins from ``start``, a plan of a problem with the same rows, and keeps of it what still fits
    until it finds better. The problem must pass the checks of :mod:`pledgeway.tables.checks`. Raises PinsError where
    fixed pins cannot be kept. With pins the problem is planned without them first, for the bound of the format and
    their cost.

    ``keep`` is a plan that is being carried out, and ``today`` the first day that can still be planned: see
    :mod:`pledgeway.planning.ongoing` for the rules, for the ``change_weight`` in points, and for HistoryError. Then
    ``stop`` is by default also content with the gap that ``keep`` has, and bounds are over plans that carry on.
    """
    available = int(numba.config.NUMBA_NUM_THREADS)  # type: ignore[attr-defined]
    threads = min(threads or available, available)
    numba.set_num_threads(threads)
    if keep is not None:
        stop = stop or GapOrTime(gap=max(GapOrTime().gap, keep.gap))
        run = Run(stop, progress)
        return _carried_on(carry_on(problem, keep, today, change_weight), problem, keep, run, seed, threads)
    stop = stop or GapOrTime()
    if problem.pins.empty:
        found, _ = planned(problem, Run(stop, progress), seed, threads, exact=exact, start=start)
        return explained(problem, found, stop)
    begun = time.perf_counter()
    first = replace(stop, seconds=stop.seconds * UNPINNED_SHARE) if isinstance(stop, GapOrTime) else stop
    unpinned = replace(problem, pins=problem.pins.iloc[:0])
    free, _ = planned(unpinned, Run(first, progress), seed, threads, exact=exact, start=start)
    rest = stop
    if isinstance(stop, GapOrTime):
        rest = replace(stop, seconds=stop.seconds_left(time.perf_counter() - begun))
    pinned, _ = planned(problem, Run(rest, progress), seed, threads, exact=exact, start=start)
    return explained(problem, _with_cost(free, pinned), stop)


def _carried_on(ongoing: Ongoing, problem: Problem, keep: Plan, run: Run, seed: int, threads: int) -> Plan:
    """Return the whole plan of ``problem`` that carries on ``keep`` in the best way found."""
    before, sha256 = keep.with_(movements=ongoing.remaining), digest(problem)
    # No plan that carries on is better than the best of all.
    run.bound = keep.bound if keep.problem_sha256 == sha256 else math.inf
    part, engine = planned(ongoing.problem, run, seed, threads, exact=False, start=before, ongoing=ongoing)
    kept, cost = engine.whole.kept, ongoing.cost(part.movements)
    without_cost = run.bound + float(np.dot(kept.quantity, kept.bonus - engine.best_prices.kept))
    whole = ongoing.whole(part.movements)
    value = part.value + ongoing.arrived_value - ongoing.sunk_cost(part.movements)
    change = Change(ongoing.today, ongoing.change_weight, cost, max(run.bound, value - cost), changes(keep, whole))
    found = part.with_(
        movements=whole, seats=seats_for(problem, whole), value=value, bound=max(value, without_cost), certificate=None,
        solver=CARRIED_ON, problem_sha256=sha256, change=change,
    )  # fmt: skip
    found = found.with_(allocations=allocations(problem, found))
    # Whoever plans again waits for what moves, and can ask for any reason later.
    seconds = min(EXPLAINING_SHARE * run.stop.seconds_left(0.0), run.stop.seconds_left(run.seconds))
    part = reasoned(ongoing.problem, part, seconds)
    return found.with_(unmet=part.unmet, bottlenecks=part.bottlenecks)


def explained(problem: Problem, plan: Plan, stop: Stop) -> Plan:
    """Return the plan with its allocations, unmet needs and bottlenecks, in about what planning left of its time."""
    seconds = max(EXPLAINING_SHARE * stop.seconds_left(0.0), stop.seconds_left(plan.seconds))
    return reasoned(problem, plan, seconds).with_(allocations=allocations(problem, plan))


def reasoned(problem: Problem, plan: Plan, seconds: float) -> Plan:
    """Return the plan with its bottlenecks and unmet needs, which have so many seconds within limits."""
    begun, prices = time.perf_counter(), plan.prices or plan.certificate or Certificate()
    plan = plan.with_(bottlenecks=bottlenecks(problem, plan, prices))
    seconds = min(EXPLAINING_SECONDS, max(LEAST_EXPLAINING, seconds - (time.perf_counter() - begun)))
    return plan.with_(unmet=unmet(problem, plan, prices, seconds))


def _with_cost(free: Plan, pinned: Plan) -> Plan:
    """Return the pinned plan with the bound over all plans, and the least and most that its pins can cost."""
    limit = min(pinned.bound, free.bound)
    least, most = max(0.0, free.value - limit), max(0.0, free.bound - pinned.value)
    return pinned.with_(
        bound=max(free.bound, pinned.value), certificate=free.certificate, solver=free.solver, prices=free.prices,
        pinned_bound=limit, pins_cost=(least, most),
    )  # fmt: skip
