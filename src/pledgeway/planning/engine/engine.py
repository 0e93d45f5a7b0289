"""The engine's steps: rounds of prices and routes, whole units, search. Their order is ``planning.solving``'s."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from pledgeway.planning.engine.arrays import compile_arrays
from pledgeway.planning.engine.booking import Booking, column_prices, weight_classes
from pledgeway.planning.engine.bound import prove
from pledgeway.planning.engine.columns import Pool
from pledgeway.planning.engine.master import Remaining, Solved, solve_master
from pledgeway.planning.engine.pins import book_fixed, fixed_pairs
from pledgeway.planning.engine.pricing import Priced, Prices, Tables, price
from pledgeway.planning.engine.rounding import dive, round_master
from pledgeway.planning.engine.run import Run
from pledgeway.planning.engine.searching import Search
from pledgeway.planning.engine.start import Start
from pledgeway.planning.ongoing import Ongoing
from pledgeway.planning.plan import relative_gap
from pledgeway.planning.problem import Problem

PER_NEED, PER_NEED_OF_LARGE = 3, 1
"""How many columns a round brings of the best of each requirement."""
BAR, BAR_FROM_PLAN = 0.5, 0.2
"""Of a large problem's offer, a destination's best pair earns a column where it promises this share of the most that
any pair of the offer promised the round before; the lesser share where an earlier plan's prices are near from the
start, so that there are few rounds to bring the ways that whole units need."""
LARGE, VAST = 200_000, 10_000_000
"""Pairs of a large problem, of which a round of search comes by few and whose answer is rounded in parts, and of one
where pricing anew within a dive takes longer than what it brings."""
CLASSES, CLASSES_OF_LARGE = 8, 3
"""Classes of unit weight, each of which is priced by itself through what is left."""
CERTIFIED = 2e-4
"""So much higher a bound is taken for one that anyone can compute from the format's certificate, of which the seats
that whole units leave unused are no part."""
BEST_PRICES_SHARE = 0.2
PURGE_BELOW = 0.03
MASTER_ITERATIONS, LEAST_TOLERANCE = 120, 2e-5
WEIGHT, LEAST_FROM_PLAN = 0.1, 0.05
"""The master's primal weight at first, and at least in a large problem that begins with a plan. Its prices are near
from the start; the weight then falls to 1e-4, and with it the master's answer stays a per cent below its limit."""
ANSWER_WEIGHT, ANSWER_ITERATIONS = 8.0, 240
"""Before a dive the master's answer alone is brought nearer, from a primal weight at which its worth rises fast and its
prices, which are not taken over, come out worse."""
SEARCH_STEPS, MORE_STEPS, SOME = 2000, 4000, 5_000
"""Steps of a round of search, and those where there are at least SOME columns but the problem is not large."""
WARMTH, WARMTH_OF_LARGE, WARMTH_IN_HASTE = (20e-6, 14), (10e-6, 40), (5e-6, 14)
"""What the search may lose for a while, as a share of the bound, and the round of search from which on nothing. What
begins with a plan is in haste, and what is vast: a warm search is better at its end, and worse until then."""
ANEW, ANEW_OF_LARGE = 4, 8
"""Every so many rounds of search have new columns through what is left."""
AFRESH_ROUNDS = 5
DIVES = 4
"""So many parts a large problem's answer is rounded in. Of a smaller one the search soon makes as much of what is
rounded at once."""


class Engine:
    """Columns, prices and the best booking of one run; the problem's pins are kept from the start.

    Where a plan is being carried out (``ongoing``), values and bounds are those of whole plans less what changes cost.
    ``linear`` is how far the linear part may be from its optimum: by the limit of the master, or, ``exacting``, by the
    worth of its answer. From good prices the limit comes near the bound long before the master is solved.
    """

    def __init__(self, problem: Problem, run: Run, seed: int, ongoing: Ongoing | None = None) -> None:
        self.run, self.seed = run, seed
        self.whole = compile_arrays(problem, forbid=True, ongoing=ongoing)
        self.arrays, self.fixed = book_fixed(self.whole)
        self.constant = 0.0 if ongoing is None else ongoing.arrived_value - ongoing.kept_worth
        self.base = self.fixed.value + self.constant
        self.pinned = fixed_pairs(self.whole)
        self.pool, self.tables = Pool(self.arrays), Tables.of(self.arrays)
        self.booking = Booking(self.pool)
        self.search: Search | None = None
        self.best_prices = self.prices = Prices.nothing(self.arrays)
        self.weight, self.least_weight, self.bar_share = WEIGHT, 0.0, BAR
        self.limit = 0.0
        self.linear = math.inf
        self.exacting = False
        self.certified = True
        self.large, self.vast = len(self.arrays.pairs.offer) > LARGE, len(self.arrays.pairs.offer) > VAST
        self.warmth, self.cool_after = WARMTH_IN_HASTE if self.vast else WARMTH_OF_LARGE if self.large else WARMTH
        self.bar = np.full(len(self.arrays.offer_quantity), np.inf if self.large else 0.0)
        run.value = self.base

    def warm(self, start: Start) -> None:
        """Begin with the columns, the units and the prices of an earlier run."""
        self.booking = start.load(self.pool)
        self.pool.amount = self.booking.units.copy()
        self.best_prices = self.prices = start.prices
        self.run.value = self.booking.value + self.base
        if self.large:
            self.least_weight, self.bar_share = LEAST_FROM_PLAN, BAR_FROM_PLAN
            self.warmth, self.cool_after = WARMTH_IN_HASTE

    def linear_round(self) -> None:
        """Price all pairs, prove a bound, add columns, solve the master again."""
        run = self.run
        mixed = self.prices.mixed(self.best_prices, BEST_PRICES_SHARE)
        priced = price(
            self.arrays, mixed, per_need=PER_NEED_OF_LARGE if self.large else PER_NEED, bar=self.bar, tables=self.tables
        )
        if self.large:
            self.bar = self.bar_share * priced.promise
        self._prove(mixed, price(self.whole, mixed, tables=self.tables) if self.pinned else priced)
        if run.rounds > 2:
            self._purge()
        self.pool.add(priced.chosen, priced.legs, priced.usable[priced.chosen])
        solved = self._solve(
            max(LEAST_TOLERANCE, min(0.01, 0.1 * self.linear)), MASTER_ITERATIONS, max(self.weight, self.least_weight)
        )
        self.prices, self.weight = solved.prices, solved.weight
        self.limit = solved.limit + self.base
        # A limit above the bound is that of a master far from solved: then its answer's own value counts.
        reached = self.limit if self.limit < run.bound and not self.exacting else solved.value + self.base
        self.linear = relative_gap(reached, run.bound)
        run.rounds += 1

    def _solve(self, tolerance: float, iterations: int, weight: float) -> Solved:
        """Solve the master over all columns from the present prices; its answer is the pool's."""
        return solve_master(
            self.pool, Remaining.of(self.arrays), self.prices, tolerance=tolerance, iterations=iterations,
            weight=weight, active=np.ones(len(self.pool), dtype=bool),
        )  # fmt: skip

    def _prove(self, prices: Prices, priced: Priced) -> None:
        """Take the bound that prices prove where it is the least yet: by the format's certificate if that is near."""
        bound, proven = prove(self.whole, prices, priced, self.pinned)
        unused = float(np.dot(proven.training, self.whole.training.unused))
        certified = unused <= CERTIFIED * abs(bound)
        bound += self.constant + (unused if certified else 0.0)
        if bound < self.run.bound:
            self.run.bound, self.best_prices, self.certified = bound, proven, certified

    def _purge(self) -> None:
        """Drop the columns that are neither used nor near being of use."""
        self.booking.make_room()
        leaves = self.pool.value - column_prices(self.pool, self.best_prices)
        kept = (self.pool.amount > 1e-9) | (leaves > -PURGE_BELOW * self.pool.value) | (self.booking.units > 0)
        self.pool.keep(kept)
        self.booking.units = self.booking.units[kept]

    def book_master(self) -> None:
        """Make whole units of the master's answer and keep them where they are the best plan yet."""
        booking = round_master(self.pool)
        Search(booking, self.prices).improve(iterations=200, seed=self.seed + 1, warm=0.0)
        if booking.value > self.booking.value:
            self.booking = booking
            self.run.value = booking.value + self.base

    def book_afresh(self, times: int = 1) -> bool:
        """Make whole units of the master's answer again, by so many parts, and search; say whether that is better."""
        before = self.booking
        if times > 1:
            self._solve(LEAST_TOLERANCE, ANSWER_ITERATIONS, ANSWER_WEIGHT)
        self.booking = dive(
            self.pool, self.prices, self.weight, times=times, new_columns=None if self.vast else self.new_columns,
            goes_on=lambda: self.run.stop.seconds_left(self.run.seconds) > 0,
        )  # fmt: skip
        for number in range(1, AFRESH_ROUNDS + 1):
            self.search_round(number)
            if self.run.stop.seconds_left(self.run.seconds) <= 0:
                break
        better = self.booking.value > before.value
        if not better:
            self.booking = before
        return better

    def search_round(self, number: int) -> None:
        """Improve the booking by ruin and recreate, cooler from round to round."""
        if number % (ANEW_OF_LARGE if self.large else ANEW) == 1:
            self.new_columns(self.booking.left)
        warm = self.warmth * max(0.0, 1.0 - number / self.cool_after) * self.run.bound
        if self.search is None or not self.search.fits(self.booking, self.prices):
            self.search = Search(self.booking, self.prices)
        steps = MORE_STEPS if len(self.pool) >= SOME and not self.large else SEARCH_STEPS
        self.search.improve(iterations=steps, seed=self.seed + 1 + number, warm=warm)
        self.run.value = max(self.run.value, self.booking.value + self.base)
        self.run.rounds += 1

    def new_columns(self, left: Remaining) -> None:
        """Add routes for what is left over, through what is left free, per class of unit weight."""
        arrays = self.arrays
        pairs = arrays.pairs
        open_pairs = (left.offers[pairs.offer] > 0) & (left.requirements[pairs.requirement] > 0)
        classes = weight_classes(arrays, CLASSES_OF_LARGE if self.large else CLASSES)
        of_pair = np.searchsorted(classes, arrays.offer_mass).astype(np.int8)[pairs.offer]
        half = replace(Prices.nothing(arrays), resources=self.prices.resources * 0.5, training=self.prices.training)
        found = []
        for k in range(len(classes)):
            mine = open_pairs & (of_pair == k)
            if not mine.any():
                continue
            priced = price(
                arrays, half, capacity=left.resources, least=float(classes[k]), active=mine,
                offer_quantity=left.offers, need_quantity=left.requirements, per_need=2, bar=np.zeros(len(left.offers)),
                tables=self.tables,
            )  # fmt: skip
            found.append((priced.chosen, priced.legs, priced.usable[priced.chosen]))
        if found:
            self.pool.add(*(np.concatenate(parts) for parts in zip(*found, strict=True)))

    def settle(self) -> None:
        """Make sure of a finite bound, and of a booking where there are columns, after a run cut short."""
        if not math.isfinite(self.run.bound):
            self._prove(self.prices, price(self.whole, self.prices))
        if self.booking.value == 0.0 and len(self.pool):
            self.book_master()
