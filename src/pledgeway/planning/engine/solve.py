"""Planning from start to end: linear rounds, whole units, search; stopped at any moment with the best plan so far."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass, field

import numba
import numpy as np

from pledgeway.planning.engine.arrays import Arrays, compile_arrays
from pledgeway.planning.engine.bound import certificate, prove
from pledgeway.planning.engine.columns import Pool
from pledgeway.planning.engine.finish import Booking, column_prices, round_master, search, weight_classes
from pledgeway.planning.engine.master import Remaining, solve_master
from pledgeway.planning.engine.movements import read_off
from pledgeway.planning.engine.pins import book_fixed
from pledgeway.planning.engine.pricing import Prices, price
from pledgeway.planning.plan import Plan, TracePoint, relative_gap
from pledgeway.planning.problem import Problem, digest
from pledgeway.planning.stop import GapOrTime, Progress, ProgressCallback, Stop

PER_NEED, PER_OFFER = 3, 1
BEST_PRICES_SHARE = 0.2
PURGE_BELOW = 0.03
MASTER_ITERATIONS = 400
LINEAR_SHARE = 0.15
LINEAR_GAPS = (2e-4, 2e-3)
STALLED, STALLED_ROUNDS = 2e-4, 5
SEARCH_STEPS = 2000
WARM, COOL_AFTER = 20e-6, 14
IDLE_ROUNDS = 40


class _StopError(Exception):
    """Planning was asked to stop."""


@dataclass
class _Run:
    """The state of one run: what is known so far, and whether to go on."""

    arrays: Arrays
    stop: Stop
    progress: ProgressCallback | None
    begun: float = field(default_factory=time.perf_counter)
    rounds: int = 0
    value: float = 0.0
    bound: float = math.inf
    linear: float = math.inf
    reason: str = ""
    trace: list[TracePoint] = field(default_factory=list)

    def report(self, phase: str) -> None:
        """Tell what is known; raise _StopError where the criterion, or who listens, says stop."""
        seconds = time.perf_counter() - self.begun
        self.trace.append(TracePoint(seconds, self.value, self.bound))
        now = Progress(seconds, self.value, self.bound, relative_gap(self.value, self.bound), self.rounds, phase)
        asked = self.progress is not None and self.progress(now) is True
        if asked or self.stop.done(now):
            self.reason = (
                "asked to stop" if asked else "reached the gap" if now.gap <= _gap(self.stop) else "out of time"
            )
            raise _StopError


def _gap(stop: Stop) -> float:
    return getattr(stop, "gap", 0.0)


class _Engine:
    """Columns, prices and the best booking of one run."""

    def __init__(self, run: _Run, seed: int) -> None:
        self.run, self.seed = run, seed
        self.whole, pinned = run.arrays, not run.arrays.problem.pins.empty
        arrays, self.fixed = run.arrays, Booking(Pool(run.arrays))
        if pinned:
            arrays, self.fixed = book_fixed(compile_arrays(run.arrays.problem, forbid=True))
        self.arrays, self.pinned = arrays, pinned
        run.value = self.fixed.value
        self.pool = Pool(arrays)
        nothing = Prices(
            np.zeros(len(arrays.network.capacity)), np.zeros(len(arrays.training.seats)),
            np.zeros(len(arrays.offer_quantity)), np.zeros(len(arrays.need_quantity)),
        )  # fmt: skip
        self.best_prices, self.prices = nothing, nothing
        self.weight = 0.1
        self.limit = 0.0
        self.booking = Booking(self.pool)

    def linear_round(self) -> None:
        """Price all pairs, prove a bound, add columns, solve the master again."""
        run = self.run
        mixed = self.prices.mixed(self.best_prices, BEST_PRICES_SHARE) if run.rounds else self.prices
        priced = price(self.arrays, mixed, per_need=PER_NEED, per_offer=PER_OFFER)
        bound, proven = prove(self.whole, mixed, price(self.whole, mixed) if self.pinned else priced)
        if bound < run.bound:
            run.bound, self.best_prices = bound, proven
        if run.rounds > 2:
            leaves = self.pool.value - column_prices(self.pool, self.best_prices)
            self.booking.columns()
            kept = (self.pool.amount > 1e-9) | (leaves > -PURGE_BELOW * self.pool.value) | (self.booking.units > 0)
            self.pool.keep(kept)
            self.booking.units = self.booking.units[kept]
        self.pool.add(priced.chosen, priced.legs, priced.usable[priced.chosen])
        solved = solve_master(
            self.pool, Remaining.of(self.arrays), self.prices, tolerance=max(2e-5, min(0.01, 0.1 * run.linear)),
            iterations=MASTER_ITERATIONS, weight=self.weight, active=np.ones(len(self.pool), dtype=bool),
        )  # fmt: skip
        self.prices, self.weight = solved.prices, solved.weight
        self.limit = solved.limit + self.fixed.value
        run.linear = relative_gap(self.limit, run.bound)
        run.rounds += 1

    def book_master(self) -> None:
        """Make whole units of the master's answer and keep them where they are the best plan yet."""
        booking = round_master(self.pool)
        search(booking, self.prices, iterations=200, seed=self.seed + 1, warm=0.0)
        if booking.value > self.booking.value:
            self.booking = booking
            self.run.value = booking.value + self.fixed.value

    def search_round(self, number: int) -> None:
        """Improve the booking by ruin and recreate, cooler from round to round."""
        if number % 4 == 1:
            self.new_columns()
        warm = WARM * max(0.0, 1.0 - number / COOL_AFTER) * self.run.bound
        search(self.booking, self.prices, iterations=SEARCH_STEPS, seed=self.seed + 1 + number, warm=warm)
        self.run.value = max(self.run.value, self.booking.value + self.fixed.value)
        self.run.rounds += 1

    def new_columns(self) -> None:
        """Add routes for what is left over, through what is left free, per class of unit weight."""
        arrays, left = self.arrays, self.booking.left
        pairs = arrays.pairs
        open_pairs = (left.offers[pairs.offer] > 0) & (left.requirements[pairs.requirement] > 0)
        mass = arrays.offer_mass[pairs.offer]
        classes = weight_classes(arrays)
        lower = np.concatenate([[0.0], classes])
        for k in range(len(classes)):
            mine = open_pairs & (mass > lower[k]) & (mass <= classes[k])
            if not mine.any():
                continue
            half = Prices(
                self.prices.resources * 0.5, self.prices.training, self.prices.offers * 0, self.prices.requirements * 0
            )
            priced = price(
                arrays, half, capacity=left.resources, least=float(classes[k]), active=mine,
                offer_quantity=left.offers, need_quantity=left.requirements, per_need=2, per_offer=1,
            )  # fmt: skip
            self.pool.add(priced.chosen, priced.legs, priced.usable[priced.chosen])


def _plan(engine: _Engine) -> None:
    """Run until the stop criterion, or until nothing better is found."""
    run = engine.run
    target = min(max(LINEAR_SHARE * _gap(run.stop), LINEAR_GAPS[0]), LINEAR_GAPS[1])
    stalled = 0
    while run.linear > target and stalled < STALLED_ROUNDS:
        before, limit = run.bound, engine.limit
        engine.linear_round()
        moved = run.bound < before * (1 - STALLED) or abs(engine.limit - limit) > STALLED * abs(limit)
        stalled = 0 if moved else stalled + 1
        if run.rounds in (3, 10) or run.rounds % 20 == 0:
            engine.book_master()
        run.report("prices and routes")
    engine.book_master()
    run.report("whole units")
    idle, number = 0, 0
    while idle < IDLE_ROUNDS:
        before = run.value
        number += 1
        engine.search_round(number)
        idle = idle + 1 if run.value <= before * (1 + 1e-9) else 0
        run.report("search")
    run.reason = "nothing better found"


def solve(
    problem: Problem,
    stop: Stop | None = None,
    seed: int = 0,
    progress: ProgressCallback | None = None,
    threads: int | None = None,
) -> Plan:
    """Return a valid plan with a proven bound on how much better any plan could be.

    ``stop`` (by default a gap of one per cent or a minute) says when to be content; ``progress`` is called after every
    step and stops planning by returning True, as does Ctrl-C: the best plan so far is returned. The same problem, seed
    and threads give the same plan unless the clock stopped it. The problem must pass the checks of
    :mod:`pledgeway.tables.checks`. Raises PinsError where fixed pins cannot be kept.
    """
    available = int(numba.config.NUMBA_NUM_THREADS)  # type: ignore[attr-defined]
    threads = min(threads or available, available)
    numba.set_num_threads(threads)
    run = _Run(compile_arrays(problem), stop or GapOrTime(), progress)
    engine = _Engine(run, seed)
    try:
        _plan(engine)
    except _StopError:
        pass
    except KeyboardInterrupt:
        run.reason = "interrupted"
    if not math.isfinite(run.bound):
        priced = price(run.arrays, engine.prices)
        run.bound, engine.best_prices = prove(run.arrays, engine.prices, priced)
    if run.reason != "interrupted" and engine.booking.value == 0.0 and len(engine.pool):
        engine.book_master()
    movements, seats, value = read_off(run.arrays, engine.fixed, engine.booking)
    run.trace.append(TracePoint(time.perf_counter() - run.begun, value, run.bound))
    return Plan(
        problem=problem.name, value=value, bound=run.bound, movements=movements, seats=seats,
        certificate=certificate(run.arrays, engine.best_prices), problem_sha256=digest(problem), rounds=run.rounds,
        seed=seed, threads=threads, seconds=time.perf_counter() - run.begun, stopped=run.reason, trace=tuple(run.trace),
    )  # fmt: skip
