"""The master linear program over the present columns, by a first-order method that starts warm.

Maximise the columns' value subject to offers, requirements, resources and training rows; no upper bounds on columns
(they would take over part of the prices and leave the bound loose). Method: primal-dual hybrid gradient with diagonal
steps from row and column sums (Pock and Chambolle 2011), made a reflected Halpern iteration that restarts on the
fixed-point residual and updates the primal weight at restarts (Lu and Yang 2024, "Restarted Halpern PDHG for linear
programming"). Columns are held in single precision, rows and sums in double; the bound is proven elsewhere.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numba
import numpy as np

from pledgeway.planning.engine.arrays import Array, Arrays, Floats, Integers
from pledgeway.planning.engine.columns import Pool
from pledgeway.planning.engine.iterating import iterate, joined_nights
from pledgeway.planning.engine.pricing import Prices

COLUMN_WORK = 4
"""What a column costs in an iteration, in rows of a route."""
WORK_A_THREAD = 50_000
"""Less in each iteration, about a fifth of a millisecond, is not worth waiting for another thread."""
UNLIMITED = 1e300
"""The limit of a row that limits nothing; not infinite, as nothing times it is nothing."""


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
    routes, route = _alike(pool, columns)
    order = np.argsort(route, kind="stable")
    columns, route = columns[order], route[order]
    offer, need, usable = pool.offer[columns], pool.need[columns], pool.usable[columns]
    kind, rows_of_training = arrays.offer_class[offer], arrays.training.row_of
    training = np.where(kind >= 0, rows_of_training[kind, usable] if len(rows_of_training) else -1, -1)
    seats = np.where(kind >= 0, arrays.offer_seats[offer], 0.0)
    mass = arrays.offer_mass[offer]
    most = np.minimum(left.offers[offer], left.requirements[need])
    start, entry, times = pool.routes.used_by(routes)
    row_of, resource_rows = binding(entry, times, start, route, mass * most, left.resources)
    keep = row_of[entry] >= 0
    start = np.concatenate([[0], np.cumsum(keep)])[start]
    entry, times = row_of[entry[keep]], times[keep]
    count, offers, needs = len(resource_rows), len(left.offers), len(left.requirements)
    limit = np.concatenate(
        [left.resources[resource_rows], left.offers, left.requirements, left.kept, left.training, [UNLIMITED]]
    )
    y = np.concatenate(
        [prices.resources[resource_rows], prices.offers, prices.requirements, prices.kept, prices.training, [0.0]]
    )
    ends = np.cumsum([count, offers, needs, len(left.kept), len(left.training)])
    kept = np.where(pool.kept[columns] >= 0, pool.kept[columns] + ends[2], ends[4])
    training = np.where(training >= 0, training, len(left.training))
    x = pool.amount[columns].astype(np.float32)
    first = np.searchsorted(route, np.arange(len(routes) + 1))
    runs = joined_nights(start, entry, times)
    rows = (first, offer + ends[0], need + ends[1], kept, training)
    worth = tuple(part.astype(np.float32) for part in (pool.value[columns], mass, seats))
    value, bound, steps, weight = iterate(
        x, y, worth, route, tuple(row.astype(np.uint32) for row in rows), (start, entry, times), runs,
        _parts(first, runs), limit, count, ends[1], needs, ends[3], arrays.training.first_row, tolerance, iterations,
        weight,
    )  # fmt: skip
    pool.amount = np.zeros(len(pool))
    pool.amount[columns] = x
    resources = np.zeros_like(prices.resources)
    resources[resource_rows] = y[:count]
    _, of_offers, of_needs, of_kept, of_training, _ = (part.copy() for part in np.split(y, ends))
    return Solved(Prices(resources, of_training, of_offers, of_needs, of_kept), bound, value, steps, weight)


def _alike(pool: Pool, columns: Integers) -> tuple[Integers, Integers]:
    """Return (routes that ``columns`` take, which of them each column takes), those with as many columns and resources
    together: a processor then foresees what the loops over these do."""
    routes, route = np.unique(pool.route[columns], return_inverse=True)
    order = np.lexsort((np.diff(pool.routes.start)[routes], np.bincount(route)))
    return routes[order], np.argsort(order)[route]


def _parts(first: Array, runs: tuple[Array, ...]) -> Array:
    """Return (parts + 1,): where to part the routes for as much work in each part, by columns and what routes use."""
    single_start, _, _, run_start, _, _ = runs
    work = COLUMN_WORK * first + single_start + 2 * run_start
    parts = max(1, min(numba.get_num_threads(), work[-1] // WORK_A_THREAD))
    return np.searchsorted(work, np.linspace(0, work[-1], parts + 1)).astype(np.int64)


def binding(entry: Array, times: Array, start: Array, route: Array, most: Floats, left: Floats) -> tuple[Array, Array]:
    """Return (row of each resource or -1, resources) for those that the columns could exceed if all were taken."""
    by_route = np.bincount(route, weights=most, minlength=len(start) - 1)
    load = np.bincount(entry, weights=times * np.repeat(by_route, np.diff(start)), minlength=len(left))
    binding = np.nonzero(load > left)[0]
    row_of = np.full(len(left), -1, dtype=np.int64)
    row_of[binding] = np.arange(len(binding))
    return row_of, binding
