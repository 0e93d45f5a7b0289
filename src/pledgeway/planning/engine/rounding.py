"""Whole units of the master's answer: booked at once, or in a dive.

In a dive part of the answer is booked, the master is solved again for what is left, and so on. What a rounding that
books all at once takes from others, the master can answer by other ways while these are free: routes are priced anew
through what is left before each of its answers. Divisible goods come last, as they fit in anywhere.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields

import numpy as np

from pledgeway.planning.engine.booking import Booking
from pledgeway.planning.engine.columns import Pool
from pledgeway.planning.engine.master import Remaining, solve_master
from pledgeway.planning.engine.pricing import Prices

SHARE = 0.3
"""Of the rests of at least half a unit, those among so many of the largest are booked as a whole one, each time."""
ITERATIONS, TOLERANCE = 400, 1e-3


def round_master(pool: Pool) -> Booking:
    """Return the booking of the whole units that the master's answer gives, and of one more where the rest is large."""
    booking = Booking(pool)
    book_rounded(booking)
    return booking


def book_rounded(booking: Booking, *, divisible: bool = True, share: float = 1.0) -> None:
    """Book what the master's answer gives to each pair: its whole units, then one more where the rest is large.

    Large is at least half a unit, and among the largest ``share`` of all rests. Divisible goods are booked as they are,
    or not at all.
    """
    pool = booking.pool
    pairs, pair = np.unique(pool.pair, return_inverse=True)
    by_pair = np.bincount(pair, weights=pool.amount)
    parts = pool.arrays.offer_divisible[pool.arrays.pairs.offer[pairs]]
    whole = np.where(parts, by_pair if divisible else 0.0, np.floor(by_pair + 1e-3))
    rest = np.where(parts, 0.0, by_pair - whole)
    large = rest >= 0.5
    if share < 1.0 and (rest > 1e-3).any():
        large &= rest >= np.quantile(rest[rest > 1e-3], 1.0 - share)
    order = np.argsort(-pool.amount * pool.value, kind="stable")
    order = order[pool.amount[order] > 1e-6]
    booking.book_pairs(order, pair, whole)
    order = order[np.argsort(-rest[pair[order]], kind="stable")]
    booking.book_pairs(order, pair, np.where(large, 1.0, 0.0))


def dive(
    pool: Pool, prices: Prices, weight: float, *, times: int, new_columns: Callable[[Remaining], None] | None,
    goes_on: Callable[[], bool],
) -> Booking:  # fmt: skip
    """Return a booking that follows the master's answer in ``pool`` by so many parts; the answer is kept as it is.

    ``prices`` and the primal ``weight`` are those of the answer. ``new_columns``, where there is one, adds columns
    through what is left; where ``goes_on`` returns False, the rest is booked at once.
    """
    answer, booking = pool.amount.copy(), Booking(pool)
    for _ in range(times - 1):
        if not goes_on():
            break
        before = booking.units.copy()
        book_rounded(booking, divisible=False, share=SHARE)
        if new_columns is not None:
            new_columns(booking.left)
        fits = booking.room() > 0
        booked = booking.units - np.append(before, np.zeros(len(pool) - len(before)))
        pool.amount = np.where(fits, np.maximum(0.0, pool.amount - booked), 0.0)
        left = Remaining(*(np.maximum(0.0, getattr(booking.left, field.name)) for field in fields(Remaining)))
        solved = solve_master(
            pool, left, prices, tolerance=TOLERANCE, iterations=ITERATIONS, weight=weight, active=fits
        )
        prices, weight = solved.prices, solved.weight
    book_rounded(booking)
    pool.amount = np.append(answer, np.zeros(len(pool) - len(answer)))
    return booking
