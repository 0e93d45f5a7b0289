"""What pricing says of each pair, against ways found forwards in time, one pair by itself."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from pledgeway.planning.engine.arrays import Arrays, Floats, compile_arrays
from pledgeway.planning.engine.charges import lane_prices, seat_prices, storage_prices
from pledgeway.planning.engine.pricing import Prices, price
from pledgeway.planning.problem import Problem


def _drawn(random: np.random.Generator) -> Problem:
    days, places = 14, [f"P{k}" for k in range(8)]
    ends = [random.choice(8, 2, replace=False) for _ in range(16)]
    return Problem(
        name="drawn", days=days, transport_weight=0.1,
        places=[{"id": p, "name": p, "kind": "hub", "storage_t": random.choice([0.0, 5.0, 50.0]),
                 "handling_t_per_day": 50.0} for p in places],
        lanes=[{"id": f"L{k}", "origin": places[a % 5], "destination": places[b], "mode": "road",
                "transit_days": int(random.integers(1, 4)), "capacity_t_per_day": random.choice([0.0, 9.0, 30.0]),
                "cost_per_t": float(random.integers(0, 9))} for k, (a, b) in enumerate(ends) if a % 5 != b],
        exceptions=[],
        items=[{"id": f"I{k}", "name": f"I{k}", "mass_t": 2.0, "divisible": False, "seats_per_unit": 1.0,
                "training": "gun" if k else None} for k in range(2)],
        offers=[{"id": f"O{k}", "donor": "Norway", "item": f"I{k % 2}", "quantity": 2.0, "origin": places[k % 5],
                 "available_from": k % 4, "available_until": int(random.integers(k % 4, days)),
                 "in_storage": False} for k in range(10)],
        requirements=[{"id": f"R{k}", "recipient": "A", "quantity": 2.0, "destination": places[k], "due": 3 + k,
                       "grace_days": k, "weight": 100.0, "priority": 1} for k in range(8)],
        accepts=[{"requirement": f"R{k}", "item": f"I{j}", "factor": 1.0} for k in range(8) for j in range(2)],
        courses=[{"id": "C", "training": "gun", "start": 1, "duration_days": 4, "seats": 9}],
    )  # fmt: skip


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


@pytest.mark.parametrize("seed", range(12))
def test_every_pair_is_priced_as_by_its_best_way(seed: int) -> None:
    """Eight places, of which three lead nowhere, and whatever else the seed draws."""
    random = np.random.default_rng(seed)
    problem = _drawn(random)
    arrays = compile_arrays(problem)
    network, pairs = arrays.network, arrays.pairs
    charged = random.uniform(0.0, 2.0, len(network.capacity)) * (random.random(len(network.capacity)) < 0.3)
    prices = replace(Prices.nothing(arrays), resources=charged)
    priced = price(arrays, prices)
    by_lane = lane_prices(network, charged, network.bound_capacity, 0.0)
    by_night = storage_prices(network, charged, network.bound_capacity, 0.0)
    by_seat = seat_prices(arrays, prices.training)
    assert (priced.usable >= 0).sum() > 20
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
