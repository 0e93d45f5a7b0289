"""A warm start: columns, prices and units from an earlier run or plan, as far as they fit the problem at hand."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from pledgeway.planning.engine.arrays import Array, Arrays, Floats, Integers
from pledgeway.planning.engine.booking import Booking
from pledgeway.planning.engine.columns import Pool
from pledgeway.planning.engine.pricing import Prices
from pledgeway.planning.engine.walking import LONGEST_ROUTE
from pledgeway.planning.plan import Certificate, Plan


@dataclass(frozen=True)
class Start:
    """Columns by offer and requirement (indices in their tables), with what a plan booked of each, and prices.

    The problem it is for must have the same offers, requirements, lanes, places and days, in the same order.
    """

    offer: Array
    requirement: Array
    legs: Integers  # (columns, LONGEST_ROUTE) lane * D + day, -1 after the last leg
    usable: Integers
    units: Floats
    prices: Prices
    value: float  # what the units are worth where they were booked

    @staticmethod
    def of_run(booking: Booking, prices: Prices) -> Start:
        """Return the start that a run's columns, booking and best prices make."""
        pool = booking.pool
        booking.make_room()
        return Start(
            pool.offer,
            pool.need,
            pool.routes.legs[pool.route],
            pool.usable,
            booking.units.copy(),
            prices,
            booking.value,
        )

    @staticmethod
    def of_plan(arrays: Arrays, plan: Plan) -> Start:
        """Return the start that a plan makes; movements of rows that are gone, or of too many legs, are left out."""
        problem, days = arrays.problem, arrays.network.days
        offers, needs, lanes = (
            {key: k for k, key in enumerate(table["id"])}
            for table in (problem.offers, problem.requirements, problem.lanes)
        )
        moves = [
            move
            for move in plan.movements
            if len(move.legs) < LONGEST_ROUTE and move.offer in offers and move.requirement in needs
            and all(leg.lane in lanes for leg in move.legs) and move.usable < days
        ]  # fmt: skip
        legs = np.full((len(moves), LONGEST_ROUTE), -1, dtype=np.int64)
        for row, move in zip(legs, moves, strict=True):
            window = arrays.offer_window[offers[move.offer]]
            mark = [(len(lanes) + arrays.window_origin[window]) * days + arrays.window_first[window]]
            way = (mark if arrays.window_stands[window] else []) + [
                lanes[leg.lane] * days + leg.departs for leg in move.legs
            ]
            row[: len(way)] = way
        return Start(
            np.array([offers[move.offer] for move in moves], dtype=np.int64),
            np.array([needs[move.requirement] for move in moves], dtype=np.int64),
            legs,
            np.array([move.usable for move in moves], dtype=np.int64),
            np.array([move.quantity for move in moves], dtype=np.float64),
            _prices(arrays, plan.prices or plan.certificate or Certificate()),
            plan.value,
        )

    def load(self, pool: Pool) -> Booking:
        """Add the columns that still make sense to ``pool``; return the booking of what still fits."""
        arrays = pool.arrays
        booking, twin = Booking(pool), np.full(len(self.units), -1)
        for kept in (True, False):  # units count on kept allocations first; what these do not take follows
            pair = _pairs(arrays, self.offer, self.requirement, kept=kept)
            fits = pair >= 0
            fits[fits] = _possible(arrays, pair[fits], self.legs[fits], self.usable[fits])
            if not fits.any():
                continue
            at = pool.add(pair[fits], self.legs[fits], self.usable[fits])
            units = np.zeros(len(pool))
            np.add.at(units, at, self.units[fits])
            booking.make_room()
            if kept:
                twin[fits] = at
            else:
                both = twin[fits] >= 0
                units[at[both]] -= booking.units[twin[fits][both]]
            # What is worth most a unit of what is scarce keeps its place; the search puts the rest right.
            order = np.argsort(-units * pool.value, kind="stable")
            booking.book(order[units[order] > 0], units)
        return booking


def _pairs(arrays: Arrays, offer: Integers, need: Integers, *, kept: bool) -> Integers:
    """Return the pair of each offer and requirement, as ``kept`` allocations or not; -1 for none (any more)."""
    pairs, count = arrays.pairs, len(arrays.need_quantity)
    among = np.flatnonzero((pairs.kept >= 0) == kept)
    if not len(among):
        return np.full(len(offer), -1, dtype=np.int64)
    keys = pairs.offer[among].astype(np.int64) * count + pairs.requirement[among]
    order = np.argsort(keys, kind="stable")
    wanted = offer * count + need
    found = order[np.minimum(np.searchsorted(keys, wanted, sorter=order), len(keys) - 1)]
    return np.where(keys[found] == wanted, among[found], -1)


def _possible(arrays: Arrays, pair: Integers, legs: Integers, usable: Integers) -> Array:
    """Return which columns are legal: legs that join in time within the offer's window, on lanes that are open."""
    network, pairs = arrays.network, arrays.pairs
    days = network.days
    window = arrays.offer_window[pairs.offer[pair]]
    stands = arrays.window_stands[window]
    legs = np.where(stands[:, None], np.append(legs[:, 1:], np.full((len(legs), 1), -1), axis=1), legs)
    goal = pairs.destination[np.searchsorted(pairs.destination_start, pair, side="right") - 1]
    place, came = arrays.window_origin[window].copy(), arrays.window_first[window].copy()
    fine = arrays.offer_quantity[pairs.offer[pair]] > 0
    for k in range(legs.shape[1]):
        goes = np.flatnonzero(legs[:, k] >= 0)
        lane, day = np.divmod(legs[goes, k], days)
        legal = (network.origin[lane] == place[goes]) & (day >= came[goes]) & (network.capacity[legs[goes, k]] > 0)
        if k == 0:
            legal &= stands[goes] | (day <= arrays.window_last[window[goes]])
        fine[goes] &= legal
        place[goes], came[goes] = network.destination[lane], day + network.transit[lane]
    trained = arrays.offer_class[pairs.offer[pair]]
    rows = arrays.training.row_of
    crewed = (trained < 0) | ((rows[trained, usable] >= 0) if len(rows) else False)
    possible: Array = fine & (place == goal) & (usable >= came) & (came < days) & crewed
    return possible


def _prices(arrays: Arrays, given: Certificate) -> Prices:
    """Return the certificate's prices as arrays; seats' prices go to the row that their day falls into."""
    network, problem, days = arrays.network, arrays.problem, arrays.network.days
    lanes, places, offers = (
        {key: k for k, key in enumerate(table["id"])} for table in (problem.lanes, problem.places, problem.offers)
    )
    prices = replace(Prices.nothing(arrays), kept=arrays.kept.bonus.copy())
    first = {"lanes": 0, "handling": network.lanes, "storage": network.lanes + network.places}
    for name, rows in (("lanes", lanes), ("handling", places), ("storage", places)):
        for key, day, price in getattr(given, name):
            if key in rows and day < days:
                prices.resources[(first[name] + rows[key]) * days + day] += price
    classes = {key: k for k, key in enumerate(sorted({c for c in problem.items["training"] if c}))}
    for training, day, price in given.training:
        row = int(arrays.training.row_of[classes[training], day]) if training in classes and day < days else -1
        if row >= 0:
            prices.training[row] += price
    for offer, price in given.offers:
        if offer in offers:
            prices.offers[offers[offer]] = price
    return prices
