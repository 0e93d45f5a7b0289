"""What stands between one offer and one demand, tested limit by limit on the network, the crews and the stock."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Container, Iterator
from dataclasses import dataclass

import numpy as np
from numba import njit

from pledgeway.planning.explanation.demands import LATE, Demand
from pledgeway.planning.explanation.network import Floats, Room, use
from pledgeway.planning.explanation.reach import by_day, ways
from pledgeway.planning.explanation.situation import Given, Situation, usable_stock
from pledgeway.planning.plan import Movement

NOTHING = "nothing"
EXCLUDED, FORBIDDEN, WAY, CREWS, STOCK, NETWORK = "excluded", "forbidden", "way", "crews", "stock", "network"
"""Obstacles. NOTHING: a unit would add nothing even if it lay at the destination, with trained crews, from day 0."""

MARGIN = 1e-6
PIECE = 0.01


@dataclass(frozen=True)
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


@dataclass(frozen=True)
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


@njit(cache=True, nogil=True)
def _gains(
    now: Floats, empty: Floats, seats: Floats, needed: float, mass: float, worth: float, base: float,
    due: int, grace: int, first: int, last: int,
) -> Floats:  # fmt: skip
    best = np.full(6, -np.inf)
    for day in range(first, last + 1):
        late = day - due
        keeps = 1.0 if late <= 0 else (1.0 - late / grace if late < grace else 0.0)
        leaves = worth * keeps - base
        crewed = needed <= 0.0 or seats[day] >= needed - 1e-9
        for k in range(3):
            cost = now[day] if k == 0 else (empty[day] if k == 1 else 0.0)
            gain = leaves - mass * cost if cost < np.inf else -np.inf
            trained = 2 + k if k < 2 else 5
            best[trained] = max(best[trained], gain)
            if crewed:
                plain = k if k < 2 else 4
                best[plain] = max(best[plain], gain)
    return best


def gains(
    situation: Situation, offer: str, demand: Demand, now: Floats, empty: Floats, seats: Floats | None = None
) -> Gains:
    """Return what one more unit of ``offer`` for ``demand`` would add.

    ``now`` and ``empty`` (D,) are the costs of a tonne that is there by each day, in what is left and on an empty
    network; ``seats`` (D,) those free for a unit usable that day (by default what the plan leaves).
    """
    item, need = situation.item_of(offer), demand.need
    free = np.zeros(situation.problem.days)
    if item.training:
        free = situation.crews[item.training].free if seats is None else seats
    needed = float(item.seats_per_unit) * (PIECE if item.divisible else 1.0) if item.training else 0.0
    worth = need.weight * situation.accepts[need.id][item.id]
    return Gains(*_gains(
        now, empty, free, needed, item.mass_t, worth, demand.base, need.due, need.grace_days, demand.first, demand.last
    ).tolist())  # fmt: skip


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
    cost = by_day(reach, window, pair.demand.place)
    seats = None
    if item.training:
        seats = situation.crews[item.training].free.copy()
        seats[move.usable :] += item.seats_per_unit * min(1.0, move.quantity)
    gain = gains(situation, pair.offer, pair.demand, cost, cost, seats).now
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
    for offer in situation.offers.values():
        asked = by_item.get(offer.item) if offers is None or offer.id in offers else None
        if not asked or usable_stock(offer.quantity, situation.items[offer.item].divisible) <= 0:
            continue
        if time.perf_counter() > until:
            return
        yield from _of_offer(situation, offer.id, asked)


def _of_offer(situation: Situation, offer: str, asked: list[Demand]) -> Iterator[Pair]:
    window, load = situation.window(offer), situation.load(offer)
    given = situation.given.get(offer, [])
    served: dict[str, float] = defaultdict(float)
    for one in given:
        served[one.move.requirement] += one.move.quantity
    whole, spare = sum(served.values()), situation.left[offer]
    left_over = ways(situation.network, situation.room, window, load)
    empty = ways(situation.network, situation.room, window, load, penalty=0.0)
    for demand in asked:
        need = demand.need.id
        now, free = by_day(left_over, window, demand.place), by_day(empty, window, demand.place)
        own = 0.0
        if demand.state == LATE:
            own = sum(g.move.quantity for g in given if g.move.requirement == need and g.move.usable > demand.need.due)
        reached = np.nonzero(np.isfinite(free))[0]
        taker = next((g for g in given if g.move.requirement != need
                      and (offer, g.move.requirement) not in situation.fixed), None)  # fmt: skip
        yield Pair(
            offer=offer, demand=demand, gains=gains(situation, offer, demand, now, free), left=spare + own,
            elsewhere=whole - served[need], taker=taker, earliest=int(reached[0]) if len(reached) else None,
        )  # fmt: skip
