"""What stands between one offer and one demand, tested limit by limit on the network, the crews and the stock."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np

from pledgeway.planning.explanation.demands import Demand
from pledgeway.planning.explanation.network import Floats, Ints, Room, use
from pledgeway.planning.explanation.reach import Reach, ways
from pledgeway.planning.explanation.situation import Given, Situation
from pledgeway.planning.kernels import njit
from pledgeway.planning.plan import Movement

EXCLUDED, FORBIDDEN, NOTHING, WAY = "excluded", "forbidden", "nothing", "way"
CREWS, NETWORK, STOCK = "crews", "network", "stock"
OBSTACLES = (EXCLUDED, FORBIDDEN, NOTHING, WAY, CREWS, NETWORK, STOCK)
"""Obstacles, each the bit of its place where they stand together in a number. NOTHING: a unit would add nothing even if
it lay at the destination, with trained crews, from day 0."""

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
def gains_of(
    days: Ints, worth: Floats, base: Floats, came: Floats, came_empty: Floats, start: int, opens: int,
    seats: Floats, needed: float, mass: float,
) -> tuple[Any, Any]:  # fmt: skip
    """Return (N, 6) what one more unit adds for each of N demands, and (N,) the first day it could be there (-1: none).

    ``came`` and ``came_empty`` (P, D) are its least costs a tonne by day of arrival, in the room that is left and on an
    empty network; ``seats`` (D,) those free for a unit usable that day, of which it needs ``needed``.
    """
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
    found, earliest = gains_of(
        asked.days, asked.worth, asked.base, left.came, empty.came, window.origin, window.first, free,
        seats_needed(item), float(item.mass_t),
    )  # fmt: skip
    return [(Gains(*row), None if day < 0 else day) for row, day in zip(found.tolist(), earliest.tolist(), strict=True)]


def seats_needed(item: Any) -> float:
    """Return the seats that must be free for a unit of ``item``; for a piece of it where it divides."""
    return float(item.seats_per_unit) * (PIECE if item.divisible else 1.0) if item.training else 0.0


def bits(*names: str) -> int:
    """Return obstacles as a number."""
    return sum(1 << OBSTACLES.index(name) for name in names)


def named(number: int) -> tuple[str, ...]:
    """Return the obstacles that stand together in ``number``, in their order."""
    return tuple(name for k, name in enumerate(OBSTACLES) if number >> k & 1)


def barred(situation: Situation, offer: str, need: Any) -> int:
    """Return, as a number, whether the donor excludes the recipient of ``need`` and whether a pin forbids the pair."""
    recipients = situation.offers[offer].recipients
    excluded = bits(EXCLUDED) if recipients is not None and need.recipient not in recipients else 0
    return excluded | (bits(FORBIDDEN) if (offer, need.id) in situation.forbidden else 0)


def hindrances(gained: Floats, taken: Floats) -> Ints:
    """Return (..., 2), as numbers, what must change, all of it, for one more unit to add value; 0: nothing need change.

    First for a unit that nothing uses; then for one that another need has, taken from where it is missed least, which
    loses ``taken`` (...) points, or, where that would lose value, of a stock one unit larger. ``gained`` (..., 6) as in
    :class:`Gains`.
    """
    now, empty, trained, both, there, there_trained = np.moveaxis(gained, -1, 0)
    crews, network, stock = bits(CREWS), bits(NETWORK), bits(STOCK)

    def changed(beat: Floats | float, otherwise: Ints) -> Any:
        enough = beat + MARGIN * np.maximum(1.0, np.abs(beat))
        more = [now > enough, empty > enough, trained > enough, both > enough]
        return np.select(more, [0, network, crews, crews | network], otherwise)

    no_way = bits(WAY) | np.where(there > MARGIN, 0, crews)
    unused = changed(0.0, no_way)
    found = np.stack([unused, changed(np.maximum(0.0, taken), unused | stock)], axis=-1)
    return np.where((there_trained <= MARGIN)[..., None], bits(NOTHING), found)


def obstacles(situation: Situation, pair: Pair, left: bool) -> tuple[str, ...]:
    """Return the :func:`hindrances` of one pair and what bars it; ``left``: for a unit that nothing uses."""
    gained = [getattr(pair.gains, field.name) for field in fields(Gains)]
    taken = np.inf if pair.taker is None else pair.taker.net
    found = hindrances(np.array(gained), np.array(taken))[0 if left else 1]
    return named(int(found) | barred(situation, pair.offer, pair.demand.need))


def freed(situation: Situation, move: Movement) -> Room:
    """Return the room that is left when one unit of ``move`` stays away."""
    room = situation.room.copy()
    mass = float(situation.item_of(move.offer).mass_t)
    use(situation.network, room, [move.legs], [mass * min(1.0, move.quantity)])
    for part, whole in zip(room.parts, situation.network.capacity.parts, strict=True):
        np.minimum(part, whole, out=part)
    return room


def found_by_swap(situation: Situation, pair: Pair, move: Movement, lost: float) -> bool:
    """Return whether a unit of ``move`` would add value at this pair's demand, in the room and crews it frees.

    ``lost`` is what the plan loses when that unit is taken away (0 where the demand's own base counts it).
    """
    item = situation.item_of(pair.offer)
    window, load = situation.window(pair.offer), situation.load(pair.offer)
    reach = ways(situation.network, freed(situation, move), window, load, until=pair.demand.last)
    seats = None
    if item.training:
        seats = situation.crews[item.training].free.copy()
        seats[move.usable :] += item.seats_per_unit * min(1.0, move.quantity)
    asked = asked_for(situation, item.id, [pair.demand])
    gain = gains(situation, pair.offer, asked, reach, reach, seats)[0][0].now
    return gain > lost + MARGIN * max(1.0, abs(lost))
