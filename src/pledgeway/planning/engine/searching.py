"""The search for better whole units, by ruin and recreate, on all threads.

Ruin: what uses one scarce resource (or one offer or requirement) is taken out. Recreate: the columns that could use
what was freed are put back in order of what they leave after the master's prices, disturbed at random; a change is kept
when it is better, or little worse while the search is warm (Schrimpf et al. 2000, "Record breaking optimization
results using the ruin and recreate principle").

Every thread searches from the same units by its own chance. The changes that the others made are then made in the plan
of the best one too, where they still fit and as far as they gain.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numba
import numpy as np

from pledgeway.planning.engine.arrays import Array
from pledgeway.planning.engine.booking import Booking, column_prices, kernel_columns, room, shift
from pledgeway.planning.engine.master import binding
from pledgeway.planning.engine.pricing import Prices
from pledgeway.planning.engine.routes import unsigned
from pledgeway.planning.kernels import njit

CANDIDATES = 600
THROUGH_RESOURCES = 0.6
COLUMNS_A_THREAD = 3_000
"""Fewer columns are not worth a thread of their own."""
MANY, DEARER = 20_000, 0.1
"""Of so many columns those are left out that pay more than they are worth by this share. In a small problem whole
units are now and then worth such a price."""


class Search:
    """A search for better units of ``booking``, over columns worth it at ``prices``, by what they leave at these."""

    def __init__(self, booking: Booking, prices: Prices) -> None:
        booking.make_room()
        self.booking, self.prices, self.pool = booking, prices, booking.pool
        self.version = self.pool.version
        columns, paid = kernel_columns(self.pool), column_prices(self.pool, prices)
        columns["paid"] = paid
        most = (1.0 + DEARER) * self.pool.value if len(self.pool) > MANY else np.inf
        self.at = np.flatnonzero((self.pool.value > 0) & ((paid <= most) | (booking.units > 0)))
        self.at = self.at[np.argsort(self.pool.route[self.at], kind="stable")]
        self.columns = columns[self.at]
        self.routes = self._routes()
        self.groups = _groups(self.columns, *self.routes[:2], int(booking.ends[-1]))
        self.threads = max(1, min(numba.get_num_threads(), len(self.at) // COLUMNS_A_THREAD))

    def fits(self, booking: Booking, prices: Prices) -> bool:
        """Say whether this still is the search of ``booking`` at ``prices``, over all columns that there are."""
        return self.booking is booking and self.version == booking.pool.version and self.prices is prices

    def _routes(self) -> tuple[Array, Array, Array]:
        """Return (start, resource, times) of the columns' routes, numbered anew, without the resources that all
        columns together could not exceed."""
        pool, arrays = self.pool, self.pool.arrays
        offer, need = pool.offer[self.at], pool.need[self.at]
        routes, self.columns["route"] = np.unique(pool.route[self.at], return_inverse=True)
        start, resource, times = pool.routes.used_by(routes)
        most = self.columns["mass"] * np.minimum(arrays.offer_quantity[offer], arrays.need_quantity[need])
        row_of, _ = binding(resource, times, start, self.columns["route"], most, arrays.network.capacity)
        limits = row_of[resource] >= 0
        return unsigned(np.concatenate([[0], np.cumsum(limits)])[start], resource[limits], times[limits])

    def improve(self, *, iterations: int, seed: int, warm: float) -> float:
        """Improve the booking by so many iterations of each thread; return the gain. ``warm`` is the value that may be
        lost for a while."""
        if not len(self.at):
            return 0.0
        booking = self.booking
        before, threads, resources = booking.value, self.threads, int(booking.ends[0])
        states = [(booking.units[self.at], booking.rows.copy()) for _ in range(threads)]
        seeds = [np.array([(threads * seed + k) * 2654435761 + 88172645463325252], np.uint64) for k in range(threads)]

        def searched(k: int) -> tuple[float, tuple[Array, Array, Array]]:
            return _search(
                iterations, seeds[k], warm, resources, *self.groups, self.columns, *self.routes, *states[k]
            )  # fmt: skip

        with ThreadPoolExecutor(threads) as executor:
            found = list(executor.map(searched, range(threads)))
        best = max(range(threads), key=lambda k: found[k][0])
        for k in range(threads):
            if k != best:
                _repeat(*found[k][1], self.columns, *self.routes, *states[best])
        booking.units[self.at] = states[best][0]
        booking.refresh()
        return booking.value - before


@njit(cache=True)
def _grouped(of: Array, by: Array, count: int) -> tuple[Array, Array]:
    """Return (start, members): those of ``by`` that belong to each of so many groups, ``of`` running parallel to it."""
    start = np.zeros(count + 1, dtype=np.uint32)
    for k in range(len(of)):
        start[of[k] + 1] += 1
    for k in range(count):
        start[k + 1] += start[k]
    fill, members = start[:-1].copy(), np.empty(len(of), dtype=np.uint32)
    for k in range(len(of)):
        members[fill[of[k]]] = by[k]
        fill[of[k]] += 1
    return start, members


@njit(cache=True)
def _random(seed: Array) -> float:
    """Return a number in [0, 1) and move the generator on (xorshift)."""
    s = seed[0]
    s ^= (s << np.uint64(13)) & np.uint64(0xFFFFFFFFFFFFFFFF)
    s ^= s >> np.uint64(7)
    s ^= (s << np.uint64(17)) & np.uint64(0xFFFFFFFFFFFFFFFF)
    seed[0] = s
    return float(s >> np.uint64(11)) * (1.0 / 9007199254740992.0)


@njit(cache=True)
def _collect(begin: int, end: int, members: Array, found: list[Any], seen: Array, mark: int) -> None:
    for k in range(begin, end):
        j = members[k]
        if seen[j] != mark:
            seen[j] = mark
            found.append(j)


@njit(cache=True)
def _pivot(seed: Array, columns: Array, booked: Array, rows: Array) -> Any:
    """Return a column to begin at: a booked one, or one that could serve a requirement further; if none is found, one
    more than there are."""
    for _ in range(50):
        j = np.uint32(_random(seed) * len(columns))
        if booked[j] > 0 or (rows[columns[j].need] > 0 and rows[columns[j].offer] > 0):
            return j
    return np.uint32(len(columns))


@njit(cache=True)
def _around(
    pivot: Any, seed: Array, mark: int, seen: Array, row_start: Array, by_row: Array, route_start: Array,
    columns: Array, start: Array, resource: Array, resources: int,
) -> list[Any]:  # fmt: skip
    """Return the columns that share a scarce resource, or an offer or requirement, with ``pivot``."""
    found = [pivot]
    seen[pivot] = mark
    column = columns[pivot]
    begin = start[column.route]
    entries = start[column.route + 1] - begin
    if entries > 0 and _random(seed) < THROUGH_RESOURCES:
        for _ in range(1 + int(_random(seed) * 2)):
            chosen = resource[begin + int(_random(seed) * entries)]
            for near in range(chosen, min(resources, chosen + 1 + int(_random(seed) * 2))):
                for k in range(row_start[near], row_start[near + 1]):
                    for j in range(route_start[by_row[k]], route_start[by_row[k] + 1]):
                        if seen[j] != mark:
                            seen[j] = mark
                            found.append(np.uint32(j))
    else:
        for row in (column.need, column.offer):
            _collect(row_start[row], row_start[row + 1], by_row, found, seen, mark)
    return found


@njit(cache=True)
def _ruin(
    found: list[Any], seed: Array, columns: Array, start: Array, resource: Array, times: Array, booked: Array,
    rows: Array, moved: list[Any], amount: list[Any],
) -> float:  # fmt: skip
    """Take out a random share of what is booked among ``found``; return the change of value."""
    change = 0.0
    share, limit = 0.15 + 0.85 * _random(seed), 4 + int(_random(seed) * 28)
    for j in found:
        if booked[j] > 0 and _random(seed) < share and len(moved) < limit:
            units = booked[j]
            if not columns[j].divisible and units > 1 and _random(seed) < 0.3:
                units = max(1.0, np.ceil(units * _random(seed)))
            shift(j, -units, columns, start, resource, times, booked, rows)
            moved.append(j)
            amount.append(-units)
            change -= units * columns[j].value
    return change


@njit(cache=True)
def _recreate(
    found: list[Any], seed: Array, columns: Array, start: Array, resource: Array, times: Array, booked: Array,
    rows: Array, moved: list[Any], amount: list[Any],
) -> float:  # fmt: skip
    """Book of ``found`` what leaves most after prices, disturbed at random; return the change of value."""
    strict, noise = 0.6 + 0.5 * _random(seed), 0.3 * _random(seed)
    fits, key = np.empty(len(found), dtype=np.uint32), np.empty(len(found))
    count = 0
    for j in found:
        units = room(j, columns, start, resource, times, rows)
        if units <= 0:
            continue
        gain = columns[j].value - strict * columns[j].paid
        if gain > 0:
            key[count] = -gain * units * (1.0 - noise * _random(seed))
        else:
            key[count] = -gain / columns[j].value * (1.0 + noise * _random(seed))
        fits[count] = j
        count += 1
    change = 0.0
    for k in np.argsort(key[:count]):
        j = fits[k]
        units = room(j, columns, start, resource, times, rows)
        if units > 0:
            shift(j, units, columns, start, resource, times, booked, rows)
            moved.append(j)
            amount.append(units)
            change += units * columns[j].value
    return change


@njit(cache=True, nogil=True)
def _search(
    iterations: int, seed: Array, warm: float, resources: int, row_start: Array, by_row: Array, route_start: Array,
    columns: Array, start: Array, resource: Array, times: Array, booked: Array, rows: Array,
) -> tuple[float, tuple[Array, Array, Array]]:  # fmt: skip
    """Ruin and recreate in place, ending at the best found.

    Return the change of value, and the changes made: columns, units, and where each change ends.
    """
    seen = np.zeros(len(columns), dtype=np.int32)
    change, best_change, best, kept = 0.0, 0.0, 0, 0
    every, by = [np.uint32(0) for _ in range(0)], [0.0 for _ in range(0)]
    ends = [0 for _ in range(0)]
    for step in range(iterations):
        pivot = _pivot(seed, columns, booked, rows)
        if pivot == len(columns):
            continue
        found = _around(
            pivot, seed, step + 1, seen, row_start, by_row, route_start, columns, start, resource, resources
        )
        moved, amount = [np.uint32(0) for _ in range(0)], [0.0 for _ in range(0)]
        gained = _ruin(found, seed, columns, start, resource, times, booked, rows, moved, amount)
        # what could use the room: what was looked at, and all that shares a requirement or an offer with what went
        for j in moved:
            need, offer = columns[j].need, columns[j].offer
            _collect(row_start[need], row_start[need + 1], by_row, found, seen, step + 1)
            if len(found) < CANDIDATES:
                _collect(row_start[offer], row_start[offer + 1], by_row, found, seen, step + 1)
        gained += _recreate(found, seed, columns, start, resource, times, booked, rows, moved, amount)
        heat = warm * (1.0 - step / iterations)
        if gained > 1e-9 or gained > heat * np.log(max(1e-12, _random(seed))):
            change += gained
            every.extend(moved)
            by.extend(amount)
            ends.append(len(every))
            if change > best_change + 1e-9:
                best_change, best, kept = change, len(ends), len(every)
        else:
            _undo(0, moved, amount, columns, start, resource, times, booked, rows)
    _undo(kept, every, by, columns, start, resource, times, booked, rows)
    return best_change, (np.array(every)[:kept], np.array(by)[:kept], np.array(ends)[:best])


@njit(cache=True)
def _groups(columns: Array, start: Array, resource: Array, rows: int) -> tuple[Array, Array, Array]:
    """Return (row_start, by_row, route_start): the columns of each offer and requirement, or the routes that use each
    resource; where each route's columns begin."""
    count = len(columns)
    of, by = np.empty(len(resource) + 2 * count, dtype=np.uint32), np.empty(len(resource) + 2 * count, dtype=np.uint32)
    route_start = np.zeros(len(start), dtype=np.uint32)
    for j in range(count):
        of[2 * j], of[2 * j + 1], by[2 * j], by[2 * j + 1] = columns[j].offer, columns[j].need, j, j
        route_start[columns[j].route + 1] = j + 1
    for r in range(len(start) - 1):
        for e in range(start[r], start[r + 1]):
            of[2 * count + e], by[2 * count + e] = resource[e], r
    row_start, by_row = _grouped(of, by, rows)
    return row_start, by_row, route_start


@njit(cache=True)
def _undo(
    begin: int, moved: Any, amount: Any, columns: Array, start: Array, resource: Array, times: Array, booked: Array,
    rows: Array,
) -> None:  # fmt: skip
    for k in range(len(moved) - 1, begin - 1, -1):
        shift(moved[k], -amount[k], columns, start, resource, times, booked, rows)


@njit(cache=True)
def _repeat(
    moved: Array, amount: Array, ends: Array, columns: Array, start: Array, resource: Array, times: Array,
    booked: Array, rows: Array,
) -> float:  # fmt: skip
    """Make the changes that another search made, each whole or not at all, as far as they gain; return the gain."""
    change, best_change, best, begin = 0.0, 0.0, 0, 0
    every, by = [np.uint32(0) for _ in range(0)], [0.0 for _ in range(0)]
    for end in ends:
        gained, done = 0.0, len(every)
        for k in range(begin, end):
            j, units = moved[k], amount[k]
            free = booked[j] if units < 0 else room(j, columns, start, resource, times, rows)
            if free < abs(units) - 1e-9:
                break
            shift(j, units, columns, start, resource, times, booked, rows)
            every.append(j)
            by.append(units)
            gained += units * columns[j].value
        if len(every) - done < end - begin:
            while len(every) > done:
                shift(every.pop(), -by.pop(), columns, start, resource, times, booked, rows)
        else:
            change += gained
            if change > best_change + 1e-9:
                best_change, best = change, len(every)
        begin = end
    _undo(best, every, by, columns, start, resource, times, booked, rows)
    return best_change
