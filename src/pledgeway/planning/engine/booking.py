"""Whole units booked on the pool's columns, and what is left."""

from __future__ import annotations

from typing import Any

import numpy as np

from pledgeway.planning.engine.arrays import Array, Arrays, Floats, Integers
from pledgeway.planning.engine.charges import seat_prices
from pledgeway.planning.engine.columns import Pool
from pledgeway.planning.engine.master import Remaining
from pledgeway.planning.engine.pricing import Prices
from pledgeway.planning.kernels import njit

DUST = 1e-3
"""Least quantity of a divisible item that is worth a movement (PROBLEM.md)."""

COLUMN = np.dtype([
    *((name, np.uint32) for name in ("offer", "need", "last", "route")), ("kept", np.int32), ("seat", np.int32),
    *((name, np.float64) for name in ("value", "paid", "mass", "seats")),
    ("divisible", np.bool_), ("crewed", np.bool_),
])  # fmt: skip
"""A column as the kernels take it, in one place of memory. ``offer``, ``need`` and ``kept`` (-1 for none) are rows of
what is left, ``seat`` to ``last`` the rows of its seats; ``crewed`` says whether it needs any. A unit is worth
``value`` and pays ``paid`` at the prices of the search."""


class Booking:
    """Units booked on the pool's columns, and what is left. ``units`` runs parallel to the pool's columns; ``rows`` is
    what is left of resources (tonnes), offers, requirements and kept allocations (units), and seats, in this order."""

    def __init__(self, pool: Pool) -> None:
        self.pool = pool
        left = Remaining.of(pool.arrays)
        parts = (left.resources, left.offers, left.requirements, left.kept, left.training)
        self.rows, self.ends = np.concatenate(parts), row_ends(pool.arrays)
        self.units = np.zeros(len(pool))

    @property
    def left(self) -> Remaining:
        """What is left."""
        resources, offers, requirements, kept, training = np.split(self.rows, self.ends[:-1])
        return Remaining(resources, training, offers, requirements, kept)

    @property
    def value(self) -> float:
        """Value of what is booked."""
        return float(np.dot(self.units, self.pool.value[: len(self.units)]))

    def make_room(self) -> None:
        """Make room in ``units`` for the columns added since."""
        self.units = np.append(self.units, np.zeros(len(self.pool) - len(self.units)))

    def book(self, order: Array, most: Floats) -> None:
        """Book up to ``most`` units of each column of ``order``, in that order, as far as room allows."""
        self.make_room()
        _book(order, most, kernel_columns(self.pool), *self.pool.routes.uses, self.units, self.rows)

    def book_pairs(self, order: Array, pair: Integers, most: Floats) -> None:
        """Book up to ``most`` units of each pair on its columns of ``order``, in that order, as far as room allows;
        ``pair`` numbers the pairs of all columns."""
        self.make_room()
        _book_pairs(
            order, pair, most.copy(), kernel_columns(self.pool), *self.pool.routes.uses, self.units, self.rows
        )  # fmt: skip

    def room(self) -> Floats:
        """Return how many more units of each column fit, if nothing else is booked."""
        self.make_room()
        return _rooms(kernel_columns(self.pool), *self.pool.routes.uses, self.rows)

    def refresh(self) -> None:
        """Compute what is left anew, so that rounding does not gather."""
        fresh = Booking(self.pool)
        fresh.book(np.flatnonzero(self.units), self.units)
        self.units, self.rows = fresh.units, fresh.rows

    def copy(self) -> Booking:
        """Return an independent booking of the same units."""
        twin = Booking(self.pool)
        twin.units, twin.rows = self.units.copy(), self.rows.copy()
        return twin


def row_ends(arrays: Arrays) -> Integers:
    """Return where the rows end of resources, offers, requirements, kept allocations and seats."""
    return np.cumsum([
        len(arrays.network.capacity), len(arrays.offer_quantity), len(arrays.need_quantity), len(arrays.kept.quantity),
        len(arrays.training.seats),
    ])  # fmt: skip


def kernel_columns(pool: Pool) -> Array:
    """Return the pool's columns as the kernels take them, ``paid`` left at 0."""
    arrays, ends, offer, kept = pool.arrays, row_ends(pool.arrays), pool.offer, pool.kept
    kind = arrays.offer_class[offer]
    rows = arrays.training.row_of
    seat = np.where(kind >= 0, rows[kind, pool.usable] if len(rows) else -1, -1)
    columns = np.zeros(len(pool), dtype=COLUMN)
    columns["offer"], columns["need"] = offer + ends[0], pool.need + ends[1]
    columns["kept"] = np.where(kept >= 0, kept + ends[2], -1)
    columns["seat"] = np.where(seat >= 0, seat + ends[3], -1)
    columns["last"] = arrays.training.first_row[kind + 1] + ends[3]
    columns["route"], columns["value"] = pool.route, pool.value
    columns["mass"], columns["seats"] = arrays.offer_mass[offer], arrays.offer_seats[offer]
    columns["divisible"], columns["crewed"] = arrays.offer_divisible[offer], kind >= 0
    return columns


def column_prices(pool: Pool, prices: Prices) -> Floats:
    """Return what a unit of each column pays at ``prices``: resources, seats, offer, requirement, kept."""
    arrays = pool.arrays
    routes = pool.routes
    by_entry = prices.resources[routes.resource] * routes.times
    by_route = np.concatenate([[0.0], np.cumsum(by_entry)])
    route = by_route[routes.start[1:]] - by_route[routes.start[:-1]]
    kind = arrays.offer_class[pool.offer]
    seats = seat_prices(arrays, prices.training)
    seat = np.where(kind >= 0, seats[kind, pool.usable] if len(seats) else 0.0, 0.0)
    paid = route[pool.route] * arrays.offer_mass[pool.offer] + np.where(
        kind >= 0, seat * arrays.offer_seats[pool.offer], 0
    )
    kept = np.append(prices.kept, 0.0)[pool.kept]  # the last one for -1, no kept allocation
    result: Floats = paid + prices.offers[pool.offer] + prices.requirements[pool.need] + kept
    return result


@njit(cache=True)
def room(j: Any, columns: Array, start: Array, resource: Array, times: Array, rows: Array) -> float:
    """Return how many more units of column j fit."""
    column = columns[j]
    most = min(rows[column.offer], rows[column.need])
    if column.kept >= 0:
        most = min(most, rows[column.kept])
    if most <= 0:
        return 0.0
    weight = column.mass
    tonnes = most * weight
    least = (DUST if column.divisible else 1.0 - 1e-9) * weight
    for e in range(start[column.route], start[column.route + 1]):
        fits = rows[resource[e]]
        if times[e] > 1:
            fits /= times[e]
        if fits < tonnes:
            tonnes = fits
            if tonnes < least:
                return 0.0
    if tonnes < most * weight:
        most = tonnes / weight
    if column.crewed:
        if column.seat < 0:
            return 0.0
        for k in range(column.seat, column.last):
            most = min(most, rows[k] / column.seats)
    if column.divisible:
        return float(most) if most >= DUST else 0.0
    return max(0.0, float(np.floor(most + 1e-9)))


@njit(cache=True)
def _rooms(columns: Array, start: Array, resource: Array, times: Array, rows: Array) -> Array:
    return np.array([room(j, columns, start, resource, times, rows) for j in range(len(columns))])


@njit(cache=True)
def shift(
    j: Any, units: float, columns: Array, start: Array, resource: Array, times: Array, booked: Array, rows: Array
) -> None:
    """Book ``units`` more of column j (fewer where negative), without asking whether they fit."""
    column = columns[j]
    booked[j] += units
    if abs(booked[j]) < 1e-12:
        booked[j] = 0.0
    rows[column.offer] -= units
    rows[column.need] -= units
    if column.kept >= 0:
        rows[column.kept] -= units
    for e in range(start[column.route], start[column.route + 1]):
        rows[resource[e]] -= units * column.mass * times[e]
    if column.crewed:
        for k in range(column.seat, column.last):
            rows[k] -= units * column.seats


@njit(cache=True)
def _book(
    order: Array, most: Array, columns: Array, start: Array, resource: Array, times: Array, booked: Array, rows: Array
) -> None:
    for j in order:
        units = min(most[j], room(j, columns, start, resource, times, rows))
        if not columns[j].divisible:
            units = np.floor(units + 1e-9)
        if units > 0:
            shift(j, units, columns, start, resource, times, booked, rows)


@njit(cache=True)
def _book_pairs(
    order: Array, pair: Array, most: Array, columns: Array, start: Array, resource: Array, times: Array, booked: Array,
    rows: Array,
) -> None:  # fmt: skip
    for j in order:
        units = min(most[pair[j]], room(j, columns, start, resource, times, rows))
        if not columns[j].divisible:
            units = np.floor(units + 1e-9)
        elif units < DUST:
            units = 0.0
        if units > 0:
            shift(j, units, columns, start, resource, times, booked, rows)
            most[pair[j]] -= units


def weight_classes(arrays: Arrays, most: int) -> Floats:
    """Return ascending masses (tonnes) that part the offers' unit masses into at most ``most`` classes."""
    masses = np.unique(arrays.offer_mass[~arrays.offer_divisible])
    if not len(masses):
        return np.zeros(0)
    return np.unique(masses[np.linspace(0, len(masses) - 1, min(most, len(masses))).round().astype(int)])
