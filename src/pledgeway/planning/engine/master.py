"""The master linear program over the present columns, by a first-order method that starts warm.

Maximise the columns' value subject to offers, requirements, resources and training rows; no upper bounds on columns
(they would take over part of the prices and leave the bound loose). Method: primal-dual hybrid gradient with diagonal
steps from row and column sums (Pock and Chambolle 2011), made a reflected Halpern iteration that restarts on the
fixed-point residual and updates the primal weight at restarts (Lu and Yang 2024, "Restarted Halpern PDHG for linear
programming").
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
from numba import njit

from pledgeway.planning.engine.arrays import Array, Arrays, Floats
from pledgeway.planning.engine.columns import Pool
from pledgeway.planning.engine.pricing import Prices

CHECK_EVERY = 40
RESTART_SURE, RESTART_LIKELY, RESTART_LONG = 0.2, 0.8, 0.36
WEIGHT_CHANGE, WEIGHT_LIMIT = 1.5, 8.0


@dataclass(frozen=True)
class Remaining:
    """What is left: resources (tonnes), training rows (seats), offers, requirements and kept allocations (units)."""

    resources: Floats
    training: Floats
    offers: Floats
    requirements: Floats
    kept: Floats

    @staticmethod
    def of(arrays: Arrays) -> Remaining:
        """Return everything that the problem has."""
        return Remaining(
            arrays.network.capacity.copy(), arrays.training.seats.copy(), arrays.offer_quantity.copy(),
            arrays.need_quantity.copy(), arrays.kept.quantity.copy(),
        )  # fmt: skip

    def copy(self) -> Remaining:
        """Return an independent copy."""
        return Remaining(*(getattr(self, field.name).copy() for field in fields(self)))


@dataclass(frozen=True)
class Solved:
    """The master's answer: prices, the worth that its columns cannot exceed, iterations taken, the primal weight."""

    prices: Prices
    limit: float
    value: float
    iterations: int
    weight: float


def solve_master(
    pool: Pool, left: Remaining, prices: Prices, *, tolerance: float, iterations: int, weight: float, active: Array
) -> Solved:
    """Solve over the ``active`` columns, warm from ``pool.amount`` and ``prices``; write the answer to ``pool.amount``.

    Stops when value and limit are within ``tolerance`` (a fraction), or after ``iterations``.
    """
    arrays = pool.arrays
    columns = np.nonzero(active)[0]
    columns = columns[np.argsort(pool.route[columns], kind="stable")]
    routes, route = np.unique(pool.route[columns], return_inverse=True)
    offer, need, usable = pool.offer[columns], pool.need[columns], pool.usable[columns]
    kind = arrays.offer_class[offer]
    training = np.where(kind >= 0, arrays.training.row_of[kind, usable] if len(arrays.training.row_of) else -1, -1)
    seats = np.where(kind >= 0, arrays.offer_seats[offer], 0.0)
    mass = arrays.offer_mass[offer]
    most = np.minimum(left.offers[offer], left.requirements[need])
    start, entry, times = _subset(pool, routes)
    row_of, binding = _binding(entry, times, start, route, mass * most, left.resources)
    keep = row_of[entry] >= 0
    start = np.concatenate(
        [[0], np.cumsum(np.bincount(np.repeat(np.arange(len(routes)), np.diff(start))[keep], minlength=len(routes)))]
    )
    entry, times = row_of[entry[keep]], times[keep].astype(np.float64)
    count, offers, needs = len(binding), len(left.offers), len(left.requirements)
    limit = np.concatenate([left.resources[binding], left.offers, left.requirements, left.kept, left.training])
    y = np.concatenate([prices.resources[binding], prices.offers, prices.requirements, prices.kept, prices.training])
    ends = np.cumsum([count, offers, needs, len(left.kept)])
    kept = np.where(pool.kept[columns] >= 0, pool.kept[columns] + ends[2], -1)
    x = pool.amount[columns]
    value, bound, steps, weight = _iterate(
        x, y, pool.value[columns], mass, route, offer + ends[0], need + ends[1], kept,
        training, seats, start, entry, times, limit, ends[1], needs, ends[3], arrays.training.first_row, tolerance,
        iterations, weight,
    )  # fmt: skip
    pool.amount = np.zeros(len(pool))
    pool.amount[columns] = x
    resources = np.zeros_like(prices.resources)
    resources[binding] = y[:count]
    _, of_offers, of_needs, of_kept, of_training = (part.copy() for part in np.split(y, ends))
    return Solved(Prices(resources, of_training, of_offers, of_needs, of_kept), bound, value, steps, weight)


def _subset(pool: Pool, routes: Array) -> tuple[Array, Array, Array]:
    """Return the rows of the pool's route table for ``routes``."""
    sizes = pool.start[routes + 1] - pool.start[routes]
    start = np.concatenate([[0], np.cumsum(sizes)])
    at = np.arange(start[-1]) - np.repeat(start[:-1], sizes) + np.repeat(pool.start[routes], sizes)
    return start, pool.resource[at], pool.times[at]


def _binding(entry: Array, times: Array, start: Array, route: Array, most: Floats, left: Floats) -> tuple[Array, Array]:
    """Return (row of each resource or -1, resources) for those that the columns could exceed if all were taken."""
    by_route = np.bincount(route, weights=most, minlength=len(start) - 1)
    load = np.bincount(entry, weights=times * np.repeat(by_route, np.diff(start)), minlength=len(left))
    binding = np.nonzero(load > left)[0]
    row_of = np.full(len(left), -1, dtype=np.int64)
    row_of[binding] = np.arange(len(binding))
    return row_of, binding


@njit(cache=True, fastmath={"nsz", "arcp", "contract", "reassoc"})
def _price_routes(
    y: Array,
    start: Array,
    entry: Array,
    times: Array,
    first_row: Array,
    training_begin: int,
    route_price: Array,
    onward: Array,
) -> None:
    for r in range(len(start) - 1):
        total = 0.0
        for e in range(start[r], start[r + 1]):
            total += times[e] * y[entry[e]]
        route_price[r] = total
    for c in range(len(first_row) - 1):
        total = 0.0
        for k in range(first_row[c + 1] - 1, first_row[c] - 1, -1):
            total += y[training_begin + k]
            onward[k] = total


@njit(cache=True, fastmath={"nsz", "arcp", "contract", "reassoc"})
def _load_rows(
    route_load: Array, start: Array, entry: Array, times: Array, first_row: Array, training_begin: int, load: Array
) -> None:
    for r in range(len(start) - 1):
        amount = route_load[r]
        for e in range(start[r], start[r + 1]):
            load[entry[e]] += times[e] * amount
    for c in range(len(first_row) - 1):
        total = 0.0
        for k in range(first_row[c], first_row[c + 1]):
            total += load[training_begin + k]
            load[training_begin + k] = total


@njit(cache=True)
def _steps(  # noqa: PLR0912 - two passes over the same columns
    mass: Array,
    route: Array,
    offer: Array,
    need: Array,
    kept: Array,
    training: Array,
    seats: Array,
    start: Array,
    entry: Array,
    times: Array,
    rows: int,
    first_row: Array,
    training_begin: int,
) -> tuple[Array, Array]:
    """Return the diagonal steps of columns and rows, all counted in tonnes so that light and heavy goods move alike."""
    routes = len(start) - 1
    width = np.zeros(routes)
    for r in range(routes):
        for e in range(start[r], start[r + 1]):
            width[r] += times[e]
    tonnes, count = np.zeros(rows), np.zeros(rows)
    for j in range(len(mass)):
        for i in (offer[j], need[j], kept[j]):
            if i >= 0:
                tonnes[i] += mass[j]
                count[i] += 1.0
        if training[j] >= 0:
            tonnes[training_begin + training[j]] += mass[j] / seats[j]
            count[training_begin + training[j]] += 1.0
    scale = np.ones(rows)
    for i in range(rows):
        if count[i] > 0:
            scale[i] = tonnes[i] / count[i]
    following = np.zeros(rows - training_begin)
    for c in range(len(first_row) - 1):
        total = 0.0
        for k in range(first_row[c + 1] - 1, first_row[c] - 1, -1):
            total += scale[training_begin + k]
            following[k] = total
    tau = np.empty(len(mass))
    total_row, by_route = np.zeros(rows), np.zeros(routes)
    for j in range(len(mass)):
        size = mass[j] * width[route[j]] + scale[offer[j]] + scale[need[j]]
        by_route[route[j]] += 1.0
        total_row[offer[j]] += 1.0 / mass[j]
        total_row[need[j]] += 1.0 / mass[j]
        if kept[j] >= 0:
            size += scale[kept[j]]
            total_row[kept[j]] += 1.0 / mass[j]
        if training[j] >= 0:
            size += seats[j] * following[training[j]]
            total_row[training_begin + training[j]] += seats[j] / mass[j]
        tau[j] = 1.0 / (mass[j] * size)
    _load_rows(by_route, start, entry, times, first_row, training_begin, total_row)
    return tau, scale / np.maximum(total_row, 1e-12)


@njit(cache=True)
def _iterate(  # noqa: PLR0912, PLR0915 - one loop over shared arrays; parts would pass twenty each
    x: Array,
    y: Array,
    value: Array,
    mass: Array,
    route: Array,
    offer: Array,
    need: Array,
    kept: Array,
    training: Array,
    seats: Array,
    start: Array,
    entry: Array,
    times: Array,
    limit: Array,
    need_begin: int,
    needs: int,
    training_begin: int,
    first_row: Array,
    tolerance: float,
    iterations: int,
    weight: float,
) -> tuple[float, float, int, float]:
    """Iterate in place; return (value, limit, iterations, primal weight)."""
    columns, rows, routes = len(x), len(y), len(start) - 1
    start_weight = weight
    tau, sigma = _steps(
        mass, route, offer, need, kept, training, seats, start, entry, times, rows, first_row, training_begin
    )
    route_price, onward = np.empty(routes), np.empty(rows - training_begin)
    route_load, load = np.empty(routes), np.empty(rows)
    x0, y0, xt, yt = x.copy(), y.copy(), x.copy(), y.copy()
    first, previous = -1.0, -1.0
    k, done = 0, 0
    best_value, best_limit = -np.inf, np.inf
    spread = np.empty(needs)
    while done < iterations:
        share = (k + 1.0) / (k + 2.0)
        _price_routes(y, start, entry, times, first_row, training_begin, route_price, onward)
        route_load[:] = 0.0
        load[:] = 0.0
        moved = 0.0
        for j in range(columns):
            gain = value[j] - mass[j] * route_price[route[j]] - y[offer[j]] - y[need[j]]
            if kept[j] >= 0:
                gain -= y[kept[j]]
            if training[j] >= 0:
                gain -= seats[j] * onward[training[j]]
            new = max(0.0, x[j] + tau[j] / weight * gain)
            ahead = 2.0 * new - x[j]
            moved += (new - x[j]) ** 2 / tau[j]
            route_load[route[j]] += mass[j] * ahead
            load[offer[j]] += ahead
            load[need[j]] += ahead
            if kept[j] >= 0:
                load[kept[j]] += ahead
            if training[j] >= 0:
                load[training_begin + training[j]] += seats[j] * ahead
            xt[j] = new
            x[j] = share * ahead + (1.0 - share) * x0[j]
        _load_rows(route_load, start, entry, times, first_row, training_begin, load)
        turned = 0.0
        for i in range(rows):
            new = max(0.0, y[i] + sigma[i] * weight * (load[i] - limit[i]))
            turned += (new - y[i]) ** 2 / sigma[i]
            yt[i] = new
            y[i] = share * (2.0 * new - y[i]) + (1.0 - share) * y0[i]
        residual = np.sqrt(weight * moved + turned / weight)
        k += 1
        done += 1
        if k == 1:
            first = residual
        if (
            residual <= RESTART_SURE * first
            or (residual <= RESTART_LIKELY * first and residual > previous >= 0)
            or k >= max(20.0, RESTART_LONG * done)
        ):
            far, high = 0.0, 0.0
            for j in range(columns):
                far += (xt[j] - x0[j]) ** 2 / tau[j]
                x[j] = x0[j] = xt[j]
            for i in range(rows):
                high += (yt[i] - y0[i]) ** 2 / sigma[i]
                y[i] = y0[i] = yt[i]
            if far > 1e-20 and high > 1e-20:
                aim = np.sqrt(weight * np.sqrt(high / far))
                weight = min(max(aim, weight / WEIGHT_CHANGE), weight * WEIGHT_CHANGE)
                weight = min(max(weight, start_weight / WEIGHT_LIMIT), start_weight * WEIGHT_LIMIT)
            k, previous = 0, -1.0
        else:
            previous = residual
        if done % CHECK_EVERY == 0 or done == iterations:
            _price_routes(yt, start, entry, times, first_row, training_begin, route_price, onward)
            route_load[:] = 0.0
            load[:] = 0.0
            spread[:] = 0.0
            worth = 0.0
            for j in range(columns):
                gain = value[j] - mass[j] * route_price[route[j]] - yt[offer[j]] - yt[need[j]]
                if kept[j] >= 0:
                    gain -= yt[kept[j]]
                    load[kept[j]] += xt[j]
                if training[j] >= 0:
                    gain -= seats[j] * onward[training[j]]
                    load[training_begin + training[j]] += seats[j] * xt[j]
                spread[need[j] - need_begin] = max(spread[need[j] - need_begin], gain)
                route_load[route[j]] += mass[j] * xt[j]
                load[offer[j]] += xt[j]
                load[need[j]] += xt[j]
                worth += value[j] * xt[j]
            _load_rows(route_load, start, entry, times, first_row, training_begin, load)
            total = 0.0
            for i in range(rows):
                total += limit[i] * yt[i]
                worth -= yt[i] * max(0.0, load[i] - limit[i])
            for r in range(needs):
                total += limit[need_begin + r] * spread[r]
            best_value, best_limit = worth, min(best_limit, total)
            if total - worth <= tolerance * abs(total):
                break
    x[:] = xt
    y[:] = yt
    return best_value, best_limit, done, weight
