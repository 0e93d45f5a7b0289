"""The integer finish: whole units booked on the pool's columns, then a search by ruin and recreate.

Ruin: what uses one scarce resource (or one offer or requirement) is taken out. Recreate: the columns that could use
what was freed are put back in order of what they leave after the master's prices, disturbed at random; a change is kept
when it is better, or little worse while the search is warm (Schrimpf et al. 2000, "Record breaking optimization
results using the ruin and recreate principle").
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

from pledgeway.planning.engine.arrays import Array, Arrays, Floats
from pledgeway.planning.engine.charges import seat_prices
from pledgeway.planning.engine.columns import Pool
from pledgeway.planning.engine.master import Remaining
from pledgeway.planning.engine.pricing import Prices

DUST = 1e-3
"""Least quantity of a divisible item that is worth a movement (PROBLEM.md)."""

CANDIDATES = 600
THROUGH_RESOURCES = 0.6


class Booking:
    """Units booked on the pool's columns, and what is left. ``units`` runs parallel to the pool's columns."""

    def __init__(self, pool: Pool) -> None:
        self.pool = pool
        self.left = Remaining.of(pool.arrays)
        self.units = np.zeros(len(pool))

    @property
    def value(self) -> float:
        """Value of what is booked."""
        return float(np.dot(self.units, self.pool.value[: len(self.units)]))

    def columns(self) -> tuple[Array, ...]:
        """Return the columns as the kernels take them, after making room for those added since."""
        pool, arrays = self.pool, self.pool.arrays
        self.units = np.append(self.units, np.zeros(len(pool) - len(self.units)))
        offer = pool.offer
        kind = arrays.offer_class[offer]
        rows = arrays.training.row_of
        row = np.where(kind >= 0, rows[kind, pool.usable] if len(rows) else -1, -1)
        last = np.where(kind >= 0, arrays.training.first_row[kind + 1], -1)
        return (
            offer, pool.need, pool.route, arrays.offer_mass[offer], arrays.offer_divisible[offer], row, last,
            np.where(kind >= 0, arrays.offer_seats[offer], 0.0), pool.start, pool.resource, pool.times, pool.kept,
        )  # fmt: skip

    def state(self) -> tuple[Array, ...]:
        """Return what the kernels change in place."""
        left = self.left
        return self.units, left.resources, left.training, left.offers, left.requirements, left.kept

    def book(self, order: Array, most: Floats) -> None:
        """Book up to ``most`` units of each column of ``order``, in that order, as far as room allows."""
        _book(order, most, self.columns(), self.state())

    def book_pairs(self, order: Array, most: Floats) -> None:
        """Book up to ``most`` units of each pair on its columns of ``order``, in that order, as far as room allows."""
        _book_pairs(order, self.pool.pair, most.copy(), self.columns(), self.state())

    def room(self) -> Floats:
        """Return how many more units of each column fit, if nothing else is booked."""
        return _rooms(self.columns(), self.state())

    def refresh(self) -> None:
        """Compute what is left anew, so that rounding does not gather."""
        units = self.units.copy()
        self.left = Remaining.of(self.pool.arrays)
        self.units = np.zeros(len(units))
        taken = np.nonzero(units)[0]
        self.book(taken, units)

    def copy(self) -> Booking:
        """Return an independent booking of the same units."""
        twin = Booking(self.pool)
        twin.units, twin.left = self.units.copy(), self.left.copy()
        return twin


def column_prices(pool: Pool, prices: Prices) -> Floats:
    """Return what a unit of each column pays at ``prices``: resources, seats, offer, requirement, kept."""
    arrays = pool.arrays
    by_entry = prices.resources[pool.resource] * pool.times
    by_route = np.concatenate([[0.0], np.cumsum(by_entry)])
    route = by_route[pool.start[1:]] - by_route[pool.start[:-1]]
    kind = arrays.offer_class[pool.offer]
    seats = seat_prices(arrays, prices.training)
    seat = np.where(kind >= 0, seats[kind, pool.usable] if len(seats) else 0.0, 0.0)
    paid = route[pool.route] * arrays.offer_mass[pool.offer] + np.where(
        kind >= 0, seat * arrays.offer_seats[pool.offer], 0
    )
    kept = arrays.kept_prices(prices.kept)[pool.pair]
    result: Floats = paid + prices.offers[pool.offer] + prices.requirements[pool.need] + kept
    return result


@njit(cache=True)
def _room(j: Any, columns: tuple[Array, ...], state: tuple[Array, ...]) -> float:
    """Return how many more units of column j fit."""
    offer, need, route, mass, divisible, row, last, seats, start, resource, times, kept = columns
    _, left, training, offers, needs, keeps = state
    most = min(offers[offer[j]], needs[need[j]])
    if kept[j] >= 0:
        most = min(most, keeps[kept[j]])
    if most <= 0:
        return 0.0
    weight = mass[j]
    tonnes = most * weight
    least = (DUST if divisible[j] else 1.0 - 1e-9) * weight
    for e in range(start[route[j]], start[route[j] + 1]):
        fits = left[resource[e]]
        if times[e] > 1:
            fits /= times[e]
        if fits < tonnes:
            tonnes = fits
            if tonnes < least:
                return 0.0
    if tonnes < most * weight:
        most = tonnes / weight
    if last[j] >= 0:
        if row[j] < 0:
            return 0.0
        for k in range(row[j], last[j]):
            most = min(most, training[k] / seats[j])
    if divisible[j]:
        return float(most) if most >= DUST else 0.0
    return max(0.0, float(np.floor(most + 1e-9)))


@njit(cache=True)
def _rooms(columns: tuple[Array, ...], state: tuple[Array, ...]) -> Array:
    return np.array([_room(j, columns, state) for j in range(len(columns[0]))])


@njit(cache=True)
def _shift(j: Any, units: float, columns: tuple[Array, ...], state: tuple[Array, ...]) -> None:
    """Book ``units`` more of column j (fewer where negative), without asking whether they fit."""
    offer, need, route, mass, _, row, last, seats, start, resource, times, kept = columns
    booked, left, training, offers, needs, keeps = state
    booked[j] += units
    if abs(booked[j]) < 1e-12:
        booked[j] = 0.0
    offers[offer[j]] -= units
    needs[need[j]] -= units
    if kept[j] >= 0:
        keeps[kept[j]] -= units
    for e in range(start[route[j]], start[route[j] + 1]):
        left[resource[e]] -= units * mass[j] * times[e]
    if last[j] >= 0:
        for k in range(row[j], last[j]):
            training[k] -= units * seats[j]


@njit(cache=True)
def _book(order: Array, most: Array, columns: tuple[Array, ...], state: tuple[Array, ...]) -> None:
    for j in order:
        units = min(most[j], _room(j, columns, state))
        if not columns[4][j]:
            units = np.floor(units + 1e-9)
        if units > 0:
            _shift(j, units, columns, state)


@njit(cache=True)
def _book_pairs(order: Array, pair: Array, most: Array, columns: tuple[Array, ...], state: tuple[Array, ...]) -> None:
    for j in order:
        units = min(most[pair[j]], _room(j, columns, state))
        if not columns[4][j]:
            units = np.floor(units + 1e-9)
        elif units < DUST:
            units = 0.0
        if units > 0:
            _shift(j, units, columns, state)
            most[pair[j]] -= units


@njit(cache=True)
def _groups(of: Array, count: int) -> tuple[Array, Array]:
    """Return (start, members) of the groups that ``of`` numbers."""
    start = np.zeros(count + 1, dtype=np.int64)
    for k in range(len(of)):
        start[of[k] + 1] += 1
    for k in range(count):
        start[k + 1] += start[k]
    fill, members = start[:-1].copy(), np.empty(len(of), dtype=np.int64)
    for k in range(len(of)):
        members[fill[of[k]]] = k
        fill[of[k]] += 1
    return start, members


@njit(cache=True)
def _resource_routes(start: Array, resource: Array, count: int) -> tuple[Array, Array]:
    """Return (start, routes) of the routes that use each resource."""
    at, entries = _groups(resource, count)
    routes = np.empty(len(entries), dtype=np.int64)
    owner = np.empty(len(resource), dtype=np.int64)
    for r in range(len(start) - 1):
        owner[start[r] : start[r + 1]] = r
    for k in range(len(entries)):
        routes[k] = owner[entries[k]]
    return at, routes


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
def _collect(begin: int, end: int, members: Array, found: list[Any], seen: Array, mark: int, live: Array) -> None:
    for k in range(begin, end):
        j = members[k]
        if seen[j] != mark and live[j]:
            seen[j] = mark
            found.append(j)


@njit(cache=True)
def _pivot(seed: Array, live: Array, columns: tuple[Array, ...], state: tuple[Array, ...]) -> Any:
    """Return a column to begin at: a booked one, or one that could serve a requirement further; -1 for none found."""
    offer, need = columns[0], columns[1]
    booked, offers, needs = state[0], state[3], state[4]
    for _ in range(50):
        j = int(_random(seed) * len(live))
        if live[j] and (booked[j] > 0 or (needs[need[j]] > 0 and offers[offer[j]] > 0)):
            return j
    return -1


@njit(cache=True)
def _around(
    pivot: Any, seed: Array, mark: int, live: Array, seen: Array, groups: tuple[Array, ...], columns: tuple[Array, ...]
) -> list[Any]:
    """Return the columns that share a scarce resource, or an offer or requirement, with ``pivot``."""
    need_start, by_need, offer_start, by_offer, route_start, by_route, resource_start, by_resource = groups
    offer, need, route, start, resource = columns[0], columns[1], columns[2], columns[8], columns[9]
    found = [pivot]
    seen[pivot] = mark
    entries = start[route[pivot] + 1] - start[route[pivot]]
    if entries > 0 and _random(seed) < THROUGH_RESOURCES:
        for _ in range(1 + int(_random(seed) * 2)):
            chosen = resource[start[route[pivot]] + int(_random(seed) * entries)]
            for near in range(chosen, min(len(resource_start) - 1, chosen + 1 + int(_random(seed) * 2))):
                for k in range(resource_start[near], resource_start[near + 1]):
                    r = by_resource[k]
                    _collect(route_start[r], route_start[r + 1], by_route, found, seen, mark, live)
    else:
        _collect(need_start[need[pivot]], need_start[need[pivot] + 1], by_need, found, seen, mark, live)
        _collect(offer_start[offer[pivot]], offer_start[offer[pivot] + 1], by_offer, found, seen, mark, live)
    return found


@njit(cache=True)
def _ruin(
    found: list[Any],
    seed: Array,
    value: Array,
    columns: tuple[Array, ...],
    state: tuple[Array, ...],
    moved: list[Any],
    amount: list[Any],
) -> float:
    """Take out a random share of what is booked among ``found``; return the change of value."""
    booked, divisible, change = state[0], columns[4], 0.0
    share, limit = 0.15 + 0.85 * _random(seed), 4 + int(_random(seed) * 28)
    for j in found:
        if booked[j] > 0 and _random(seed) < share and len(moved) < limit:
            units = booked[j]
            if not divisible[j] and units > 1 and _random(seed) < 0.3:
                units = max(1.0, np.ceil(units * _random(seed)))
            _shift(j, -units, columns, state)
            moved.append(j)
            amount.append(-units)
            change -= units * value[j]
    return change


@njit(cache=True)
def _recreate(
    found: list[Any],
    seed: Array,
    value: Array,
    paid: Array,
    columns: tuple[Array, ...],
    state: tuple[Array, ...],
    moved: list[Any],
    amount: list[Any],
) -> float:
    """Book of ``found`` what leaves most after prices, disturbed at random; return the change of value."""
    strict, noise = 0.6 + 0.5 * _random(seed), 0.3 * _random(seed)
    key = np.empty(len(found))
    for k in range(len(found)):
        j = found[k]
        units = _room(j, columns, state)
        gain = value[j] - strict * paid[j]
        if units <= 0:
            key[k] = np.inf
        elif gain > 0:
            key[k] = -gain * units * (1.0 - noise * _random(seed))
        else:
            key[k] = -gain / value[j] * (1.0 + noise * _random(seed))
    change = 0.0
    for k in np.argsort(key):
        if key[k] == np.inf:
            break
        j = found[k]
        units = _room(j, columns, state)
        if units > 0:
            _shift(j, units, columns, state)
            moved.append(j)
            amount.append(units)
            change += units * value[j]
    return change


@njit(cache=True, nogil=True)
def _search(
    iterations: int,
    seed: Array,
    warm: float,
    value: Array,
    paid: Array,
    columns: tuple[Array, ...],
    state: tuple[Array, ...],
) -> float:
    """Ruin and recreate in place, ending at the best found; return the change of value."""
    offer, need, start, resource = columns[0], columns[1], columns[8], columns[9]
    need_start, by_need = _groups(need, len(state[4]))
    offer_start, by_offer = _groups(offer, len(state[3]))
    route_start, by_route = _groups(columns[2], len(start) - 1)
    resource_start, by_resource = _resource_routes(start, resource, len(state[1]))
    groups = (need_start, by_need, offer_start, by_offer, route_start, by_route, resource_start, by_resource)
    seen, live = np.zeros(len(value), dtype=np.int64), value > 0
    change, best_change = 0.0, 0.0
    since, by = [np.int64(0) for _ in range(0)], [0.0 for _ in range(0)]
    for step in range(iterations):
        pivot = _pivot(seed, live, columns, state)
        if pivot < 0:
            continue
        found = _around(pivot, seed, step + 1, live, seen, groups, columns)
        moved, amount = [np.int64(0) for _ in range(0)], [0.0 for _ in range(0)]
        gained = _ruin(found, seed, value, columns, state, moved, amount)
        # what could use the room: what was looked at, and all that shares a requirement or an offer with what went
        for m in range(len(moved)):
            r, o = need[moved[m]], offer[moved[m]]
            _collect(need_start[r], need_start[r + 1], by_need, found, seen, step + 1, live)
            if len(found) < CANDIDATES:
                _collect(offer_start[o], offer_start[o + 1], by_offer, found, seen, step + 1, live)
        gained += _recreate(found, seed, value, paid, columns, state, moved, amount)
        heat = warm * (1.0 - step / iterations)
        if gained > 1e-9 or gained > heat * np.log(max(1e-12, _random(seed))):
            change += gained
            if change > best_change + 1e-9:
                best_change = change
                since.clear()
                by.clear()
            else:
                since.extend(moved)
                by.extend(amount)
        else:
            for k in range(len(moved) - 1, -1, -1):
                _shift(moved[k], -amount[k], columns, state)
    for k in range(len(since) - 1, -1, -1):
        _shift(since[k], -by[k], columns, state)
    return best_change


def search(booking: Booking, prices: Prices, *, iterations: int, seed: int, warm: float) -> float:
    """Improve ``booking`` by ruin and recreate; return the gain. ``warm`` is the value that may be lost for a while."""
    pool = booking.pool
    if not len(pool) or iterations <= 0:
        return 0.0
    columns = booking.columns()
    state = np.array([seed * 2654435761 + 88172645463325252], dtype=np.uint64)
    gain = _search(iterations, state, warm, pool.value, column_prices(pool, prices), columns, booking.state())
    booking.refresh()
    return float(gain)


def weight_classes(arrays: Arrays, most: int = 8) -> Floats:
    """Return ascending masses (tonnes) that part the offers' unit masses into at most ``most`` classes."""
    masses = np.unique(arrays.offer_mass[~arrays.offer_divisible])
    if not len(masses):
        return np.zeros(0)
    return np.unique(masses[np.linspace(0, len(masses) - 1, min(most, len(masses))).round().astype(int)])
