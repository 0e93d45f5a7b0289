"""The best way of a unit that the plan has no room for, and the limits on it that are full, with the days."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from pledgeway.planning.explanation.pairs import MARGIN, Pair, seats_needed
from pledgeway.planning.explanation.reach import Full as FullDay
from pledgeway.planning.explanation.reach import Load, Reach, by_day, full_on, is_short, trace, ways
from pledgeway.planning.explanation.situation import Situation
from pledgeway.planning.plan import Leg, lateness

PENALTIES = (1e6, 3e4, 1e3, 30.0, 1.0, 0.03, 0.0)


@dataclass(frozen=True)
class Full:
    """A limit (kind: lane, handling, storage) that has no room for one more unit on any day from first to last."""

    kind: str
    id: str
    first: int
    last: int

    @property
    def text(self) -> str:
        """Return "lane L0042 days 3-9"."""
        return f"{self.kind} {self.id} days {self.first}-{self.last}"


def best_way(situation: Situation, pair: Pair, beat: float, trained: bool) -> tuple[Leg, ...]:
    """Return the way over the empty network that adds more than ``beat`` and meets the fewest limits that are full.

    With ``trained`` crews are there for all. Empty where the offer is at the destination, or where there is no way.
    """
    network, load = situation.network, situation.load(pair.offer)
    for penalty in PENALTIES:
        reach = ways(network, situation.room, situation.window(pair.offer), load, penalty, pair.demand.last)
        legs, worth = best_arrival(situation, pair, reach, trained)
        paid = sum(float(network.cost[network.lane_of[leg.lane]]) for leg in legs)
        if not legs or penalty == 0.0 or worth - load.tonnes * paid > beat + MARGIN * max(1.0, abs(beat)):
            return legs
    return ()


def best_arrival(situation: Situation, pair: Pair, reach: Reach, trained: bool) -> tuple[tuple[Leg, ...], float]:
    """Return the way in ``reach`` that leaves most, and what a unit is worth that comes by it, the way not counted.

    No legs where the offer is at the destination, or where there is no way.
    """
    demand, window, load = pair.demand, situation.window(pair.offer), situation.load(pair.offer)
    item, need = situation.item_of(pair.offer), demand.need
    days = np.arange(demand.first, demand.last + 1)
    keeps = np.array([lateness(int(day) - need.due, need.grace_days) for day in days])
    leaves = need.weight * situation.accepts[need.id][item.id] * keeps - demand.base
    if item.training and not trained:
        leaves[situation.crews[item.training].free[days] < seats_needed(item) - 1e-9] = -np.inf
    cost = by_day(reach, window, demand.place)[days]
    with np.errstate(invalid="ignore"):
        gain = np.where(np.isfinite(cost), leaves - load.tonnes * cost, -np.inf)
    best = int(np.argmax(gain))
    if not np.isfinite(gain[best]) or (cost[best] == 0.0 and window.origin == demand.place):
        return (), 0.0
    arrives = int(np.argmin(reach.came[demand.place][: days[best] + 1]))
    return tuple(trace(situation.network, reach, demand.place, arrives)), float(leaves[best])


def full_limits(situation: Situation, pair: Pair, legs: tuple[Leg, ...]) -> tuple[Full, ...]:
    """Return the limits on ``legs`` that are full, each with the days around that are full too.

    Only days on which the unit could pass there and still be of use: no earlier than the offer allows, no later than
    the rest of the way does.
    """
    load = situation.load(pair.offer)
    found = []
    for full in full_on(situation.network, situation.room, list(legs), load):
        earliest, latest = _useful_days(situation, pair, legs, full)
        found.append(_run(situation, full, load, earliest, latest))
    return tuple(dict.fromkeys(found))


def _useful_days(situation: Situation, pair: Pair, legs: tuple[Leg, ...], full: FullDay) -> tuple[int, int]:
    network = situation.network
    transit = [int(network.transit[network.lane_of[leg.lane]]) for leg in legs]
    ends = [network.places[network.destination[network.lane_of[leg.lane]]] for leg in legs]
    if full.kind == "lane":
        position = next(k for k, leg in enumerate(legs) if (leg.lane, leg.departs) == (full.id, full.day))
    else:  # at a place: after the last leg that came there by that day, or before the first
        came = [leg.departs + days for leg, days in zip(legs, transit, strict=True)]
        position = max((k + 1 for k, end in enumerate(ends) if end == full.id and came[k] <= full.day), default=0)
    first = situation.window(pair.offer).first + sum(transit[:position])
    return min(first, full.day), max(pair.demand.last - sum(transit[position:]), full.day)


def _run(situation: Situation, full: FullDay, load: Load, earliest: int, latest: int) -> Full:
    network = situation.network
    number = (network.lane_of if full.kind == "lane" else network.place_of)[full.id]
    closed = network.capacity.lanes[number] <= 0 if full.kind == "lane" else np.zeros(network.days, dtype=bool)

    def taken(day: int) -> bool:
        return is_short(network, situation.room, FullDay(full.kind, full.id, day), number, load.tonnes, load)

    ends = []
    for step, limit in ((-1, earliest), (1, latest)):
        end = day = full.day
        while day != limit and 0 <= day + step < network.days and (closed[day + step] or taken(day + step)):
            day += step
            end = end if closed[day] else day
        ends.append(end)
    return Full(full.kind, full.id, ends[0], ends[1])
