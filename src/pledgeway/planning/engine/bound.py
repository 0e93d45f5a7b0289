"""The proven bound: what no plan can exceed, from any non-negative prices."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numba
import numpy as np

from pledgeway.planning.engine.arrays import Array, Arrays, Floats
from pledgeway.planning.engine.pricing import Priced, Prices
from pledgeway.planning.kernels import njit, prange
from pledgeway.planning.plan import Certificate

ROUNDING = 1e-10
"""Margin for rounding, as a share of the sum of all absolute terms. Doubles err by less than 1e-12 of it at a million
terms and routes of a hundred legs, so a bound with this margin cannot be too low."""

PAIRS_A_THREAD = 1_000_000
"""Fewer pairs are gone through sooner than another thread is found."""


def prove(
    arrays: Arrays, prices: Prices, priced: Priced, pinned: Sequence[tuple[int, float]] = (), sweeps: int = 4
) -> tuple[float, Prices]:
    """Return (bound, prices that prove it): ``prices`` with the best shares of offers and requirements found.

    For any prices of network and seats the bound is the price of all capacity, plus offers and requirements priced so
    that no pair leaves more than they take. Given offer prices the least requirement prices follow, and the other way
    round; a few sweeps, the least kept. Of ``pinned`` pairs so many units must move: where a unit leaves less than what
    its offer and requirement take, every plan that keeps the pins loses the difference.
    """
    pairs = arrays.pairs
    fixed = float(np.dot(prices.training, arrays.training.seats))
    used = prices.resources > 0
    fixed += float(np.dot(prices.resources[used], arrays.network.bound_capacity[used]))
    count, wanted = len(arrays.offer_quantity), len(arrays.need_quantity)
    offers = prices.offers
    best, found = np.inf, prices
    for _ in range(sweeps):
        needs = _most(pairs.requirement, pairs.offer, priced.value, priced.value, pairs.kept, offers, wanted)
        total = float(np.dot(offers, arrays.offer_quantity) + np.dot(needs, arrays.need_quantity))
        if total < best:
            best, found = total, replace(prices, offers=offers, requirements=needs)
        offers = _most(pairs.offer, pairs.requirement, priced.value, priced.value, pairs.kept, needs, count)
    most = _most(pairs.requirement, pairs.offer, priced.value, pairs.worth, pairs.kept, np.zeros(count), wanted)
    worth, kept = np.dot(most, arrays.need_quantity), pairs.kept >= 0
    forced = 0.0
    for pair, units in pinned:
        forced += units * min(
            0.0, priced.value[pair] - found.offers[pairs.offer[pair]] - found.requirements[pairs.requirement[pair]]
        )
    # A kept allocation's own price is least where its bonus, less what the unit falls short of its prices, begins.
    short = priced.value[kept] - found.offers[pairs.offer[kept]] - found.requirements[pairs.requirement[kept]]
    bonus = np.zeros(len(arrays.kept.quantity))
    bonus[pairs.kept[kept]] = np.maximum(0.0, short)
    best += float(np.dot(bonus, arrays.kept.quantity))
    return fixed + best + forced + ROUNDING * (fixed + best - forced + float(worth)), replace(found, kept=bonus)


def _most(group: Array, other: Array, value: Array, of: Array, kept: Array, less: Floats, groups: int) -> Floats:
    """Return the largest of each group, at least 0, of what a pair that is worth anything has in ``of`` less what its
    member of the ``other`` side takes."""
    if len(group) < PAIRS_A_THREAD:
        most: Floats = np.zeros(groups)
        _most_of(0, len(group), group, other, value, of, kept, less, most)
        return most
    largest: Floats = _most_by_part(group, other, value, of, kept, less, groups, numba.get_num_threads()).max(axis=0)
    return largest


@njit(cache=True, parallel=True)
def _most_by_part(
    group: Array, other: Array, value: Array, of: Array, kept: Array, less: Array, groups: int, parts: int
) -> Array:
    result = np.zeros((parts, groups))
    for p in prange(parts):
        _most_of(p * len(group) // parts, (p + 1) * len(group) // parts, group, other, value, of, kept, less, result[p])
    return result


@njit(cache=True, nogil=True)
def _most_of(
    begin: int, end: int, group: Array, other: Array, value: Array, of: Array, kept: Array, less: Array, result: Array
) -> None:
    for j in range(begin, end):
        if value[j] > 0 and kept[j] < 0:
            result[group[j]] = max(result[group[j]], of[j] - less[other[j]])


def _prohibitive(arrays: Arrays, training: int) -> float:
    """Return a price of a seat at which no unit that needs this training class is worth anything."""
    pairs = arrays.pairs
    mine = arrays.offer_class[pairs.offer] == training
    return 1.0 + float((pairs.worth[mine] / arrays.offer_seats[pairs.offer[mine]]).max(initial=0.0))


def certificate(arrays: Arrays, prices: Prices) -> Certificate:
    """Return the prices as ``pledgeway-plan/1`` lists them."""
    network, problem = arrays.network, arrays.problem
    days, lanes, places = network.days, problem.lanes["id"].tolist(), problem.places["id"].tolist()
    rows: dict[str, list[tuple[str, int, float]]] = {"lanes": [], "handling": [], "storage": [], "training": []}
    for index in np.nonzero(prices.resources)[0].tolist():
        row, day = divmod(index, days)
        price = float(prices.resources[index])
        if row < len(lanes):
            rows["lanes"].append((lanes[row], day, price))
        elif row < len(lanes) + len(places):
            rows["handling"].append((places[row - len(lanes)], day, price))
        else:
            rows["storage"].append((places[row - len(lanes) - len(places)], day, price))
    classes = sorted({c for c in problem.items["training"] if c})
    for c, training in enumerate(classes):
        first, last = arrays.training.first_row[c : c + 2].tolist()
        untrained = (int(arrays.training.first_day[first]) if first < last else days) - 1
        if untrained >= 0:  # no seat exists by then, so the price costs the bound nothing, however high
            rows["training"].append((training, untrained, _prohibitive(arrays, c)))
        for k in range(first, last):
            if prices.training[k] > 0:
                end = int(arrays.training.first_day[k + 1]) - 1 if k + 1 < last else days - 1
                rows["training"].append((training, end, float(prices.training[k])))
    # What nothing is left of has no pairs here; a price above any worth says the same and costs the bound nothing.
    gone = arrays.offer_quantity <= 0
    unit = np.where(
        gone, 1.0 + float(problem.requirements["weight"].max() if len(problem.requirements) else 0.0), prices.offers
    )
    ids = problem.offers["id"].tolist()
    offers = tuple((ids[o], float(unit[o])) for o in np.nonzero(unit)[0].tolist())
    return Certificate(**{name: tuple(priced) for name, priced in rows.items()}, offers=offers)
