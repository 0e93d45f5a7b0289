"""What stands between one offer and one demand, tested limit by limit on the network, the crews and the stock."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from pledgeway.planning.explanation.demands import LATE, Demand
from pledgeway.planning.explanation.network import Floats, Ints, Room, use
from pledgeway.planning.explanation.reach import Reach, ways
from pledgeway.planning.explanation.situation import Given, Situation, usable_stock
from pledgeway.planning.kernels import njit
from pledgeway.planning.plan import Movement

NOTHING = "nothing"
EXCLUDED, FORBIDDEN, WAY, CREWS, STOCK, NETWORK = "excluded", "forbidden", "way", "crews", "stock", "network"
"""Obstacles. NOTHING: a unit would add nothing even if it lay at the destination, with trained crews, from day 0."""

MARGIN = 1e-6
PIECE = 0.01


@dataclass(frozen=True, slots=True)
class Gains:
    """What one more unit would add to the plan: through the room and crews that are left; then on an empty network
    (``empty``), with crews for all (``trained``), with both, and were it at the destination from day 0 (``there``).
    Minus infinity where there is no way.
    """

    now: float
    empty: float
    trained: float
    both: float
    there: float
    there_trained: float


@dataclass(frozen=True, slots=True)
class Pair:
    """An offer for a demand. ``left``: its units that nothing uses, or that serve this demand late. ``elsewhere``:
    those that other needs have; ``taker`` is the one of these that would be missed least (None: none may be taken).
    ``earliest`` is the day a unit could be there on an empty network (None: never).
    """

    offer: str
    demand: Demand
    gains: Gains
    left: float
    elsewhere: float
    taker: Given | None
    earliest: int | None

    @property
    def quantity(self) -> float:
        """Units that are promised and do not serve this demand as they should."""
        return self.left + self.elsewhere


@dataclass(frozen=True)
class Asked:
    """Demands that accept an item, and what its offers are tried against, as arrays with an entry per demand."""

    demands: tuple[Demand, ...]
    days: Ints
    worth: Floats
    base: Floats


def asked_for(situation: Situation, item: str, demands: Sequence[Demand]) -> Asked:
    """Return ``demands`` with place, first and last day, due day and grace (N, 5), worth in time and base (N,)."""
    rows = [(d.place, d.first, d.last, int(d.need.due), int(d.need.grace_days)) for d in demands]
    worth = [d.need.weight * situation.accepts[d.need.id][item] for d in demands]
    return Asked(tuple(demands), np.array(rows, dtype=np.int64).reshape(-1, 5), np.array(worth, dtype=float),
                 np.array([d.base for d in demands], dtype=float))  # fmt: skip


@njit(cache=True, nogil=True)
def _gains(
    days: Ints, worth: Floats, base: Floats, came: Floats, came_empty: Floats, start: int, opens: int,
    seats: Floats, needed: float, mass: float,
) -> tuple[Any, Any]:  # fmt: skip
    best = np.full((len(days), 6), -np.inf)
    earliest = np.full(len(days), -1, dtype=np.int64)
    for i in range(len(days)):
        place, first, last, due, grace = days[i]
        now = empty = np.inf
        for day in range(came.shape[1]):
            now, empty = min(now, came[place, day]), min(empty, came_empty[place, day])
            if place == start and day >= opens:
                now = empty = 0.0
            if earliest[i] < 0 and empty < np.inf:
                earliest[i] = day
            if day < first or day > last:
                continue
            late = day - due
            keeps = 1.0 if late <= 0 else (1.0 - late / grace if late < grace else 0.0)
            leaves = worth[i] * keeps - base[i]
            crewed = needed <= 0.0 or seats[day] >= needed - 1e-9
            for k, cost in enumerate((now, empty, 0.0)):
                gain = leaves - mass * cost if cost < np.inf else -np.inf
                plain, trained = (4, 5) if k == 2 else (k, k + 2)
                best[i, trained] = max(best[i, trained], gain)
                if crewed:
                    best[i, plain] = max(best[i, plain], gain)
    return best, earliest


def gains(
    situation: Situation, offer: str, asked: Asked, left: Reach, empty: Reach, seats: Floats | None = None
) -> list[tuple[Gains, int | None]]:
    """Return for each demand what one more unit of ``offer`` would add, and the day it could be there at the earliest.

    ``left`` and ``empty`` are the offer's ways in the room that is left and on an empty network; ``seats`` (D,) those
    free for a unit usable that day (by default what the plan leaves).
    """
    item, window = situation.item_of(offer), situation.window(offer)
    free = np.zeros(situation.problem.days)
    if item.training:
        free = situation.crews[item.training].free if seats is None else seats
    found, earliest = _gains(
        asked.days, asked.worth, asked.base, left.came, empty.came, window.origin, window.first, free,
        seats_needed(item), float(item.mass_t),
    )  # fmt: skip
    return [(Gains(*row), None if day < 0 else day) for row, day in zip(found.tolist(), earliest.tolist(), strict=True)]


def seats_needed(item: Any) -> float:
    """Return the seats that must be free for a unit of ``item``; for a piece of it where it divides."""
    return float(item.seats_per_unit) * (PIECE if item.divisible else 1.0) if item.training else 0.0


def obstacles(situation: Situation, pair: Pair, left: bool) -> tuple[str, ...]:
    """Return what must change, all of it, for one more unit of the offer to add value; empty: nothing need change.

    ``left``: for a unit that nothing uses; otherwise for one that another need has, taken from where it is missed least
    or, where that would lose value, of a stock one unit larger.
    """
    row, need = situation.offers[pair.offer], pair.demand.need
    barred = (EXCLUDED,) if row.recipients is not None and need.recipient not in row.recipients else ()
    if (pair.offer, need.id) in situation.forbidden:
        barred = (*barred, FORBIDDEN)
    found = pair.gains
    if found.there_trained <= MARGIN:
        return (*barred, NOTHING)
    taken = np.inf if pair.taker is None else pair.taker.net
    for beat, more in ((0.0, ()),) if left else ((max(0.0, taken), ()), (0.0, (STOCK,))):
        enough = beat + MARGIN * max(1.0, abs(beat))
        for gain, changed in ((found.now, ()), (found.empty, (NETWORK,)), (found.trained, (CREWS,)),
                              (found.both, (CREWS, NETWORK))):  # fmt: skip
            if gain > enough:
                return (*barred, *changed, *more)
    crewed = () if found.there > MARGIN else (CREWS,)
    return (*barred, WAY, *crewed, *(() if left else (STOCK,)))


def freed(situation: Situation, move: Movement) -> Room:
    """Return the room that is left when one unit of ``move`` stays away."""
    room = situation.room.copy()
    mass = float(situation.item_of(move.offer).mass_t)
    use(situation.network, room, move.legs, mass * min(1.0, move.quantity))
    for part, whole in zip(
        (room.lanes, room.handling, room.storage),
        (situation.network.capacity.lanes, situation.network.capacity.handling, situation.network.capacity.storage),
        strict=True,
    ):
        np.minimum(part, whole, out=part)
    return room


def found_by_swap(situation: Situation, pair: Pair, move: Movement, lost: float) -> bool:
    """Return whether a unit of ``move`` would add value at this pair's demand, in the room and crews it frees.

    ``lost`` is what the plan loses when that unit is taken away (0 where the demand's own base counts it).
    """
    item = situation.item_of(pair.offer)
    window, load = situation.window(pair.offer), situation.load(pair.offer)
    reach = ways(situation.network, freed(situation, move), window, load)
    seats = None
    if item.training:
        seats = situation.crews[item.training].free.copy()
        seats[move.usable :] += item.seats_per_unit * min(1.0, move.quantity)
    asked = asked_for(situation, item.id, [pair.demand])
    gain = gains(situation, pair.offer, asked, reach, reach, seats)[0][0].now
    return gain > lost + MARGIN * max(1.0, abs(lost))


def pairs(
    situation: Situation, wanted: list[Demand], until: float, offers: Container[str] | None = None
) -> Iterator[Pair]:
    """Yield a pair for each offer and demand that accepts its item, offer by offer, until the clock says ``until``.

    With ``offers``, only these.
    """
    by_item: dict[str, list[Demand]] = defaultdict(list)
    for demand in wanted:
        for item in situation.accepts.get(demand.need.id, {}):
            by_item[item].append(demand)
    asked = {item: asked_for(situation, item, own) for item, own in by_item.items()}
    for offer in situation.offers.values():
        own = asked.get(offer.item) if offers is None or offer.id in offers else None
        if own is None or usable_stock(offer.quantity, situation.items[offer.item].divisible) <= 0:
            continue
        if time.perf_counter() > until:
            return
        yield from _of_offer(situation, offer.id, own)


def _of_offer(situation: Situation, offer: str, asked: Asked) -> Iterator[Pair]:
    window, load = situation.window(offer), situation.load(offer)
    given = situation.given.get(offer, [])
    served: dict[str, float] = defaultdict(float)
    late: dict[str, float] = defaultdict(float)
    for one in given:
        served[one.move.requirement] += one.move.quantity
        if one.move.usable > situation.needs[one.move.requirement].due:
            late[one.move.requirement] += one.move.quantity
    whole, spare = sum(served.values()), situation.left[offer]
    takers = [one for one in given if (offer, one.move.requirement) not in situation.fixed]
    found = gains(
        situation, offer, asked, ways(situation.network, situation.room, window, load),
        ways(situation.network, situation.room, window, load, penalty=0.0),
    )  # fmt: skip
    for demand, (gain, earliest) in zip(asked.demands, found, strict=True):
        need = demand.need.id
        yield Pair(
            offer=offer, demand=demand, gains=gain, left=spare + (late.get(need, 0.0) if demand.state == LATE else 0.0),
            elsewhere=whole - served.get(need, 0.0), earliest=earliest,
            taker=next((one for one in takers if one.move.requirement != need), None),
        )  # fmt: skip
