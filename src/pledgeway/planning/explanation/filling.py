"""How much of what could still be served finds room as the plan stands, way after way."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from pledgeway.planning.explanation.blocking import best_arrival
from pledgeway.planning.explanation.network import Crews, use
from pledgeway.planning.explanation.pairs import MARGIN, Pair, asked_for, gains
from pledgeway.planning.explanation.reach import Reach, limits_on, ways
from pledgeway.planning.explanation.situation import Situation, usable_stock
from pledgeway.planning.plan import Leg

WAYS_TRIED = 6

Parts = tuple[tuple[Pair, float], ...]


def fill(situation: Situation, parts: Parts) -> tuple[Parts, Parts, Situation]:
    """Put what fits of ``parts`` (offers for one demand, with units) into the room and among the crews that are left.

    Returns the parts that fit, the parts that then do not (with what stands in their way now), and the situation after.
    Several ways are tried for each offer, not all: what fits is no more than a lower limit.
    """
    now = replace(situation, room=situation.room.copy(), crews=dict(situation.crews))
    fitted, rest = [], []
    for pair, units in parts:
        window, load, until = situation.window(pair.offer), situation.load(pair.offer), pair.demand.last
        asked = asked_for(situation, situation.offers[pair.offer].item, [pair.demand])
        empty = ways(situation.network, now.room, window, load, 0.0, until)
        put, tried = 0.0, pair
        for _ in range(WAYS_TRIED):
            left = ways(situation.network, now.room, window, load, until=until)
            tried = replace(tried, gains=gains(now, pair.offer, asked, left, empty)[0][0])
            more = _put(now, tried, left, units - put) if tried.gains.now > MARGIN else 0.0
            if more <= 0.0:
                break
            put += more
        if put > 0.0:
            fitted.append((pair, put))
        if put < units:
            rest.append((tried, units - put))
    return tuple(fitted), tuple(rest), now


def _put(situation: Situation, pair: Pair, left: Reach, most: float) -> float:
    """Take the room that up to ``most`` units need on the best way that is ``left``; return how many found it."""
    legs, _ = best_arrival(situation, pair, left, trained=False)
    item = situation.item_of(pair.offer)
    units = usable_stock(_fits(situation, pair, list(legs), most), bool(item.divisible))
    if units <= 0.0:
        return 0.0
    use(situation.network, situation.room, [legs], [-units * float(item.mass_t)])
    for part in situation.room.parts:
        np.maximum(part, 0.0, out=part)
    if item.training:
        state = situation.crews[item.training]
        taken = np.maximum(0.0, state.free - units * item.seats_per_unit)
        situation.crews[item.training] = Crews(state.trained, np.minimum(state.spare, taken), taken)
    return units


def _fits(situation: Situation, pair: Pair, legs: list[Leg], most: float) -> float:
    load, item = situation.load(pair.offer), situation.item_of(pair.offer)
    rooms = {"lane": situation.room.lanes, "handling": situation.room.handling, "storage": situation.room.storage}
    fits = [most]
    for full, number, asked in limits_on(situation.network, legs, load):
        fits.append(float(rooms[full.kind][number, full.day]) / asked)
    if item.training and item.seats_per_unit > 0:
        free = situation.crews[item.training].free[pair.demand.first : pair.demand.last + 1]
        fits.append(float(free.max(initial=0.0)) / float(item.seats_per_unit))
    return min(fits)
