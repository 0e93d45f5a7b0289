"""What pricing says of each pair, against ways found forwards in time, one pair by itself."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from pledgeway.planning.engine.arrays import Arrays, Floats, compile_arrays
from pledgeway.planning.engine.charges import lane_prices, seat_prices, storage_prices
from pledgeway.planning.engine.pricing import Prices, price
from pledgeway.planning.problem import Problem
from tests.planning.problems import problems


def _arrivals(arrays: Arrays, offer: int, goal: int, lane_price: Floats, night_price: Floats) -> list[float]:
    """Return the least cost of a tonne of the offer that arrives at the goal on each day."""
    network, window = arrays.network, arrays.offer_window[offer]
    origin, first = arrays.window_origin[window], arrays.window_first[window]
    found = [math.inf] * network.days
    if origin == goal:
        found[first] = 0.0
        return found
    waits = np.full((network.places, network.days), math.inf)
    for day in range(network.days):
        if day:
            waits[:, day] = np.minimum(waits[:, day], waits[:, day - 1] + night_price[:, day - 1])
        for lane in range(network.lanes):
            start, end = network.origin[lane], network.destination[lane]
            there = day + network.transit[lane]
            free = start == origin and first <= day <= arrays.window_last[window]
            cost = (0.0 if free else waits[start, day]) + lane_price[lane, day]
            if there >= network.days or start == goal:
                continue
            if end == goal:
                found[there] = min(found[there], cost)
            else:
                waits[end, there] = min(waits[end, there], cost)
    return found


@given(problems(), st.integers(0, 9))
def test_every_pair_is_priced_as_by_its_best_way(problem: Problem, seed: int) -> None:
    arrays, random = compile_arrays(problem), np.random.default_rng(seed)
    network, pairs = arrays.network, arrays.pairs
    charged = random.uniform(0.0, 2.0, len(network.capacity)) * (random.random(len(network.capacity)) < 0.3)
    prices = replace(Prices.nothing(arrays), resources=charged)
    priced = price(arrays, prices)
    by_lane = lane_prices(network, charged, network.bound_capacity, 0.0)
    by_night = storage_prices(network, charged, network.bound_capacity, 0.0)
    by_seat = seat_prices(arrays, prices.training)
    for pair in range(len(pairs.offer)):
        offer, need = pairs.offer[pair], pairs.requirement[pair]
        goal = pairs.destination[np.searchsorted(pairs.destination_start, pair, side="right") - 1]
        best, least = -math.inf, math.inf
        for day, cost in enumerate(_arrivals(arrays, offer, goal, by_lane, by_night)):
            least = min(least, cost)
            late, grace = day - arrays.need_due[need], arrays.need_grace[need]
            keeps = 1.0 if late <= 0 else max(0.0, 1.0 - late / grace) if grace else 0.0
            kind = arrays.offer_class[offer]
            seat = 0.0 if kind < 0 else arrays.offer_seats[offer] * by_seat[kind, day]
            if keeps > 0 and math.isfinite(seat):
                best = max(best, pairs.worth[pair] * keeps - arrays.offer_mass[offer] * least - seat)
        if priced.usable[pair] >= 0:
            assert math.isclose(best, priced.value[pair], rel_tol=1e-9, abs_tol=1e-9)
        else:
            assert best <= max(0.0, priced.value[pair])
