"""Pricing: at given prices, the best use of every pair, by dynamic programming over the time-expanded network.

Once per destination the network is walked backwards in time, holding for each (day, place) a vector over *arrival
days*: the cheapest way to be at the destination on each. From it follow the cheapest cost of a tonne per (origin,
window) and day, then per pair the usable day that leaves most of its worth, and, for the few pairs worth a column, the
route itself.
"""

from __future__ import annotations

from dataclasses import dataclass

import numba
import numpy as np

from pledgeway.planning.engine.arrays import Array, Arrays, Floats, Indices, Integers
from pledgeway.planning.engine.charges import lane_prices, seat_prices, storage_prices
from pledgeway.planning.engine.walking import LONGEST_ROUTE, best_use, cheapest_by_day, trace_route, walk_back
from pledgeway.planning.kernels import njit, prange

OFFER = np.dtype([
    ("window", np.int32), ("kind", np.int32), *((name, np.float64) for name in ("mass", "seats", "quantity", "price")),
])  # fmt: skip
"""What a scan over pairs asks of an offer, in one place of memory: the offers of neighbouring pairs lie far apart."""


@dataclass(frozen=True)
class Prices:
    """Non-negative prices that together prove a bound."""

    resources: Floats  # (resources,) of a tonne
    training: Floats  # (K,) of a seat usable by the row's last day
    offers: Floats  # (O,) of a unit
    requirements: Floats  # (R,) of a unit; not needed for the bound, but tells which pairs earn a column
    kept: Floats  # (kept,) of a unit that counts on a kept allocation

    @staticmethod
    def nothing(arrays: Arrays) -> Prices:
        """Return prices of nothing."""
        rows = (
            arrays.network.capacity, arrays.training.seats, arrays.offer_quantity, arrays.need_quantity,
            arrays.kept.quantity,
        )  # fmt: skip
        return Prices(*(np.zeros(len(row)) for row in rows))

    def mixed(self, other: Prices, share: float) -> Prices:
        """Return these prices with ``share`` of the other's."""
        return Prices(
            *(
                (1 - share) * getattr(self, name) + share * getattr(other, name)
                for name in ("resources", "training", "offers", "requirements", "kept")
            )
        )


@dataclass(frozen=True)
class Priced:
    """What pricing found: per pair its best use, and the routes of the pairs chosen.

    ``value`` is what a unit leaves after transport, resource and seat prices, with its pair's bonus (prices of offer,
    requirement and kept allocation not taken off); minus infinity where it cannot arrive in time. Where it leaves no
    more than those prices even if it were on time and came the cheapest way, it is that, and ``usable`` -1: near its
    answer most pairs of a large problem are told by one look. ``legs`` holds
    lane * D + day, -1 after the last leg.
    """

    value: Floats  # (pairs,)
    usable: Indices  # (pairs,)
    chosen: Integers  # (chosen,) pairs
    legs: Integers  # (chosen, LONGEST_ROUTE)
    promise: Floats  # (O,) most that any pair of the offer would add


@dataclass(frozen=True)
class Tables:
    """Room for each thread's walks (:mod:`pledgeway.planning.engine.walking`), kept from one pricing to the next: to be
    given it afresh takes a quarter of a pricing's time."""

    onward: Floats  # (threads, D, P, D)
    leaving: Floats  # (threads, D, P, D)
    cost: Floats  # (threads, D, windows)
    arrival: Array  # (threads, windows, D)

    @staticmethod
    def of(arrays: Arrays) -> Tables:
        """Return tables for pricing ``arrays`` on all threads."""
        threads, days, places = numba.get_num_threads(), arrays.network.days, arrays.network.places
        windows = len(arrays.window_origin)
        return Tables(
            np.empty((threads, days, places, days)), np.empty((threads, days, places, days)),
            np.empty((threads, days, windows)), np.empty((threads, windows, days), dtype=np.int16),
        )  # fmt: skip


@njit(cache=True, nogil=True)
def _choose(
    requirement: Array, offer: Array, score: Array, per_need: int, bar: Array, promise: Array, picked: Array
) -> None:
    """Mark the best ``per_need`` pairs of each requirement, and each offer's best that comes up to its ``bar``, by
    score > 0. Into ``promise`` goes an offer's best score where it is higher."""
    k, end = 0, len(score)
    while k < end:
        stop = k
        while stop < end and requirement[stop] == requirement[k]:
            stop += 1
        for _ in range(per_need):
            best = -1
            for j in range(k, stop):
                if not picked[j] and score[j] > 0 and (best < 0 or score[j] > score[best]):
                    best = j
            if best < 0:
                break
            picked[best] = True
        k = stop
    top = np.full(len(bar), -1)
    for j in range(end):
        o = offer[j]
        if score[j] > 0 and score[j] >= bar[o] and (top[o] < 0 or score[j] > score[top[o]]):
            top[o] = j
        promise[o] = max(promise[o], score[j])
    for o in range(len(top)):
        if top[o] >= 0:
            picked[top[o]] = True


@njit(cache=True, nogil=True)
def _scan(
    begin: int, end: int, active: Array, pair_offer: Array, pair_need: Array, pair_worth: Array, pair_bonus: Array,
    pair_kept: Array, kept_price: Array, offer: Array, seat_price: Array, need_quantity: Array, due: Array,
    grace: Array, need_price: Array, last: int, cost: Array, value: Array, usable: Array,
    score: Array,
) -> None:  # fmt: skip
    """Fill value and usable of the pairs from ``begin`` to ``end``, and their score, from 0 on."""
    for j in range(begin, end):
        if not active[j]:
            value[j], usable[j] = -np.inf, -1
            continue
        of, r = offer[pair_offer[j]], pair_need[j]
        price = of.price + need_price[r] + kept_price[pair_kept[j]]  # the last one's for -1
        latest = min(last, due[r] + max(1, grace[r]) - 1)
        most = pair_worth[j] + pair_bonus[j] - of.mass * cost[latest, of.window]
        if most <= price:
            value[j], usable[j] = most, -1
            continue
        found, usable[j] = best_use(
            pair_worth[j], of.mass, of.seats, of.kind, seat_price, due[r], grace[r], last, of.window, cost
        )
        value[j] = found + pair_bonus[j]
        gain = value[j] - price
        if gain > 1e-9 * pair_worth[j]:
            score[j - begin] = gain * min(of.quantity, need_quantity[r])


@njit(cache=True, parallel=True)
def _price_all(
    destination: Array,
    start: Array,
    active: Array,
    last_day: Array,
    away: Array,
    out_start: Array,
    out_lane: Array,
    to: Array,
    transit: Array,
    days: int,
    lane_price: Array,
    night_price: Array,
    window_origin: Array,
    window_first: Array,
    window_last: Array,
    window_stands: Array,
    pair_offer: Array,
    pair_need: Array,
    pair_worth: Array,
    pair_bonus: Array,
    pair_kept: Array,
    kept_price: Array,
    offer: Array,
    seat_price: Array,
    need_quantity: Array,
    due: Array,
    grace: Array,
    need_price: Array,
    per_need: int,
    bar: Array,
    promise: Array,
    value: Array,
    usable: Array,
    first_row: Array,
    chosen: Array,
    legs: Array,
    tables: tuple[Array, Array, Array, Array],
) -> None:
    threads, windows, offers = len(tables[0]), len(window_origin), len(offer)
    for k in prange(threads):
        onward, leaving, cost, arrival = tables[0][k], tables[1][k], tables[2][k], tables[3][k]
        for t in range(k, len(destination), threads):
            last = last_day[t]
            asked, wanted = np.zeros(offers, dtype=np.bool_), np.zeros(windows, dtype=np.bool_)
            for j in range(start[t], start[t + 1]):
                if active[j]:
                    asked[pair_offer[j]] = True
            for o in range(offers):
                if asked[o]:
                    wanted[offer[o].window] = True
            if not wanted.any():
                continue
            score, picked = np.zeros(start[t + 1] - start[t]), np.zeros(start[t + 1] - start[t], dtype=np.bool_)
            goal = destination[t]
            walk_back(goal, last, away[t], out_start, out_lane, to, transit, lane_price, night_price, onward, leaving)
            cheapest_by_day(
                goal, last, away[t], onward, leaving, window_origin, window_first, window_last, window_stands, wanted,
                cost, arrival,
            )  # fmt: skip
            _scan(
                start[t], start[t + 1], active, pair_offer, pair_need, pair_worth, pair_bonus, pair_kept, kept_price,
                offer, seat_price, need_quantity, due, grace, need_price, last, cost, value, usable, score,
            )  # fmt: skip
            mine = slice(start[t], start[t + 1])
            _choose(pair_need[mine], pair_offer[mine], score, per_need, bar, promise[k], picked)
            row = first_row[t]
            for j in range(start[t], start[t + 1]):
                if picked[j - start[t]]:
                    w = offer[pair_offer[j]].window
                    count = trace_route(
                        goal, arrival[w, usable[j]], window_origin[w], window_first[w], window_last[w],
                        window_stands[w], away[t], out_start, out_lane, to, transit, days, lane_price, onward, leaving,
                        legs[row],
                    )  # fmt: skip
                    if count >= 0:
                        chosen[row] = j
                        row += 1


def price(
    arrays: Arrays,
    prices: Prices,
    *,
    capacity: Floats | None = None,
    least: float = 0.0,
    active: Array | None = None,
    offer_quantity: Floats | None = None,
    need_quantity: Floats | None = None,
    per_need: int = 0,
    bar: Floats | None = None,
    tables: Tables | None = None,
) -> Priced:
    """Price every pair (or the ``active`` ones) and choose columns.

    ``capacity`` and ``least`` close whatever has less than ``least`` tonnes left; the quantities, where given, are what
    is left to allocate. The best ``per_need`` pairs of each requirement are traced, and of each offer and destination
    the best that comes up to the offer's ``bar``: by what they would add at these prices times the quantity possible.
    """
    network, pairs = arrays.network, arrays.pairs
    room = network.bound_capacity if capacity is None else capacity
    count = len(pairs.offer)
    value, usable = np.full(count, -np.inf), np.full(count, -1, dtype=np.int32)
    # Each destination has rows for as many as it can choose; those that it does not need cost no memory.
    most = len(arrays.need_quantity) * per_need + (0 if bar is None else len(bar))
    rows = np.minimum(np.diff(pairs.destination_start), most)
    chosen = np.full(rows.sum(), -1, dtype=np.int64)
    legs = np.empty((len(chosen) + 1, LONGEST_ROUTE), dtype=np.int64)
    tables = tables or Tables.of(arrays)
    promise = np.zeros((len(tables.onward), len(arrays.offer_quantity)))
    if count:
        _price_all(
            pairs.destination, pairs.destination_start, np.ones(count, dtype=np.bool_) if active is None else active,
            _last_days(arrays), pairs.away, network.out_start, network.out_lane, network.destination, network.transit,
            network.days, lane_prices(network, prices.resources, room, least),
            storage_prices(network, prices.resources, room, least),
            arrays.window_origin, arrays.window_first, arrays.window_last, arrays.window_stands,
            pairs.offer, pairs.requirement, pairs.worth, pairs.bonus, pairs.kept, np.append(prices.kept, 0.0),
            _offers(arrays, prices, arrays.offer_quantity if offer_quantity is None else offer_quantity),
            np.vstack([seat_prices(arrays, prices.training), np.zeros(network.days)]),
            arrays.need_quantity if need_quantity is None else need_quantity,
            arrays.need_due, arrays.need_grace, prices.requirements, per_need,
            np.full(len(arrays.offer_quantity), np.inf) if bar is None else bar, promise, value, usable,
            np.cumsum(rows) - rows, chosen, legs, (tables.onward, tables.leaving, tables.cost, tables.arrival),
        )  # fmt: skip
    used = np.flatnonzero(chosen >= 0)
    return Priced(value, usable, chosen[used], legs[used], promise.max(axis=0))


def _offers(arrays: Arrays, prices: Prices, quantity: Floats) -> Array:
    """Return (O,) OFFER."""
    offers = np.zeros(len(arrays.offer_quantity), dtype=OFFER)
    offers["window"], offers["kind"], offers["mass"] = arrays.offer_window, arrays.offer_class, arrays.offer_mass
    offers["seats"], offers["quantity"], offers["price"] = arrays.offer_seats, quantity, prices.offers
    return offers


def _last_days(arrays: Arrays) -> Integers:
    """Return (destinations,): the last day on which anything arriving there is still of use."""
    pairs = arrays.pairs
    latest = np.minimum(arrays.need_due + np.maximum(1, arrays.need_grace) - 1, arrays.network.days - 1)
    spans = zip(pairs.destination_start[:-1], pairs.destination_start[1:], strict=True)
    return np.array([latest[pairs.requirement[a:b]].max() for a, b in spans], dtype=np.int64)
