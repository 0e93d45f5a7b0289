"""From obstacles to reasons: the shortfall of each requirement, split over what stands in its way.

A shortfall is filled with units from the least hindered stock to the most, and what is left after all stock is what
nobody offers. So the parts make up the shortfall exactly, and "not in time" speaks only of what could not be served
even if all other stock went here.
"""

from __future__ import annotations

import math
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from pledgeway.planning.explanation.blocking import Full, best_way, full_limits
from pledgeway.planning.explanation.demands import LATE, Demand
from pledgeway.planning.explanation.filling import fill
from pledgeway.planning.explanation.pairs import (
    CREWS,
    EXCLUDED,
    FORBIDDEN,
    NETWORK,
    NOTHING,
    OBSTACLES,
    STOCK,
    WAY,
    Pair,
    bits,
    found_by_swap,
    named,
    obstacles,
)
from pledgeway.planning.explanation.situation import NONE_LEFT, Situation, usable_stock
from pledgeway.planning.explanation.trying import BOTH, Tried, tried

NOTHING_OFFERED = "nothing_offered"
WHOLE_UNITS = "whole_units"
EXCLUDED_BY_DONOR = "excluded_by_donor"
FORBIDDEN_BY_PIN = "forbidden_by_pin"
NO_WAY = "no_way"
NOT_IN_TIME = "not_in_time"
NOT_WORTH_TRANSPORT = "not_worth_transport"
NO_TRAINED_CREWS = "no_trained_crews"
NETWORK_FULL = "network_full"
STOCK_WENT_ELSEWHERE = "stock_went_elsewhere"
ADDS_NOTHING = "adds_nothing"
COULD_STILL_BE_SERVED = "could_still_be_served"

SWAPS_TRIED = 3
TRYING_SHARE = 0.6
"""So much of the time is for what stands in the way of each offer, the rest for the evidence."""


@dataclass(frozen=True)
class Cause:
    """A reason for ``quantity`` units of a demand, and what must change, all of it, for one of them to be served.

    ``pairs`` are the offers it speaks of, the most promising first, each with its part of the quantity. ``full`` are
    the limits that are full on that offer's best way. ``examined`` is false where time ran out before this stock.
    ``swapped``: units that other needs have, or that come late, would have to be used; else they find room as the plan
    stands.
    """

    demand: Demand
    reason: str
    quantity: float
    obstacles: tuple[str, ...]
    pairs: tuple[tuple[Pair, float], ...] = ()
    full: tuple[Full, ...] = ()
    examined: bool = True
    swapped: bool = False


def _ranks() -> npt.NDArray[np.int64]:
    """Return (obstacles as a number, 2) the least hindered first: for a unit that nothing uses, and for another."""
    ranks = []
    for number in range(1 << len(OBSTACLES)):
        names = set(named(number))
        if names & {EXCLUDED, FORBIDDEN}:
            both = 9, 9
        elif WAY in names:
            both = 7, 8
        elif STOCK in names:
            both = (5, 5) if len(names) == 1 else (6, 6)
        else:
            both = (2, 3) if names else (0, 0)
        ranks.append(both)
    return np.array(ranks)


RANKS, BLIND_RANK = _ranks(), 1
"""How hindered units are, and those of which nothing is known."""


def causes(situation: Situation, wanted: list[Demand], seconds: float) -> list[Cause]:
    """Return the causes of every demand in ``wanted``, in order; their quantities make up each demand's exactly.

    After ``seconds`` what was not examined is said so.
    """
    begun = time.perf_counter()
    found: dict[int, list[tuple[Tried, int]]] = defaultdict(list)
    examined: set[str] = set()
    for block in tried(situation, wanted, begun + TRYING_SHARE * seconds):
        examined.update(block.offers)
        for column, demand in enumerate(block.demands):
            found[id(demand)].append((block, column))
    unseen: dict[str, float] = defaultdict(float)
    for offer in situation.offers.values():
        if offer.id not in examined:
            unseen[offer.item] += usable_stock(offer.quantity, situation.items[offer.item].divisible)
    result: list[Cause] = []
    for demand in wanted:
        parts = _split(situation, demand, found[id(demand)], unseen)
        result += _merged(known for cause in parts for known in _with_evidence(situation, cause, begun + seconds))
    return result


def _split(situation: Situation, demand: Demand, own: list[tuple[Tried, int]], unseen: dict[str, float]) -> list[Cause]:
    accepted = situation.accepts.get(demand.need.id, {})
    blind = [unseen[item] for item in accepted if unseen.get(item, 0.0) > 0]
    missing, least = demand.quantity, NONE_LEFT * max(1.0, demand.need.quantity)
    groups: dict[tuple[str, tuple[str, ...], bool, bool], list[tuple[Pair | None, float]]] = defaultdict(list)
    for pair, quantity, names, left in _least_hindered(demand, own, blind):
        if missing <= NONE_LEFT:
            break
        part = min(quantity, usable_stock(missing, pair is None or bool(situation.item_of(pair.offer).divisible)))
        if part > 0:
            groups[_reason(names, pair), names, pair is None, left].append((pair, part))
            missing -= part
    result = []
    for (reason, names, unknown, left), members in groups.items():
        pairs_of = tuple((pair, part) for pair, part in members if pair is not None)
        quantity = sum(part for _, part in members)
        result.append(Cause(demand, reason, quantity, names, pairs_of, examined=not unknown, swapped=not left))
    if missing > least:
        result += _unoffered(situation, demand, missing)
    elif result and missing > 0:
        result[-1] = replace(result[-1], quantity=result[-1].quantity + missing)
    return result


def _least_hindered(
    demand: Demand, own: list[tuple[Tried, int]], blind: list[float]
) -> Iterator[tuple[Pair | None, float, tuple[str, ...], bool]]:
    """Yield what could serve a demand, least hindered first, then with the most gain: an offer's pair (None: not
    examined), units, their obstacles, and whether nothing uses them."""
    if not own:
        yield from ((None, quantity, (), True) for quantity in blind)
        return
    quantity = np.concatenate([np.stack([block.left[:, k], block.elsewhere[:, k]], 1) for block, k in own])
    hindered = np.concatenate([block.hindered[:, k] for block, k in own])
    both = np.concatenate([block.gains[:, k, BOTH] for block, k in own])
    earliest = np.concatenate([block.earliest[:, k] for block, k in own])
    offers = [(block, row, k) for block, k in own for row in range(len(block.offers))]
    usable = quantity > 0
    if demand.state == LATE:  # a poor substitute mends no delay
        usable &= hindered & bits(NOTHING) == 0
    row, side = usable.nonzero()
    ranks = RANKS[hindered[row, side], side]
    soonest = np.where(earliest < 0, np.inf, earliest)  # of what has no way that pays, it speaks for the rest
    second = np.where(hindered[row, side] & bits(WAY) > 0, soonest[row], -both[row])
    for at in np.lexsort((-quantity[row, side], second, ranks)):
        if blind and ranks[at] > BLIND_RANK:
            yield from ((None, units, (), True) for units in blind)
            blind = []
        block, offer, column = offers[row[at]]
        names = named(int(hindered[row[at], side[at]]))
        yield block.pair(offer, column), float(quantity[row[at], side[at]]), names, bool(side[at] == 0)
    yield from ((None, units, (), True) for units in blind)


def cause_of(situation: Situation, pair: Pair, quantity: float) -> Cause:
    """Return why ``quantity`` units of the pair's offer that nothing uses do not serve its demand."""
    names = obstacles(situation, pair, left=True)
    cause = Cause(pair.demand, _reason(names, pair), quantity, names, ((pair, quantity),))
    return max(_with_evidence(situation, cause, math.inf), key=lambda cause: cause.quantity)


def _reason(names: tuple[str, ...], pair: Pair | None) -> str:
    for name, reason in ((EXCLUDED, EXCLUDED_BY_DONOR), (FORBIDDEN, FORBIDDEN_BY_PIN)):
        if name in names:
            return reason
    if NOTHING in names:
        return ADDS_NOTHING
    if WAY in names and pair is not None:
        if pair.earliest is None:
            return NO_WAY
        return NOT_IN_TIME if pair.earliest > pair.demand.last else NOT_WORTH_TRANSPORT
    for name, reason in ((CREWS, NO_TRAINED_CREWS), (STOCK, STOCK_WENT_ELSEWHERE), (NETWORK, NETWORK_FULL)):
        if name in names:
            return reason
    return COULD_STILL_BE_SERVED


def _unoffered(situation: Situation, demand: Demand, missing: float) -> list[Cause]:
    """Return the causes of what no stock is there for; a part of a unit of what moves in whole units stands apart."""
    accepted = [situation.items[item] for item in situation.accepts.get(demand.need.id, {})]
    part = 0.0 if any(item.divisible for item in accepted) or not accepted else missing - int(missing + NONE_LEFT)
    found = []
    if missing - part > NONE_LEFT:
        crewed = any(_crew_free(situation, demand, item) for item in accepted) or not accepted
        found.append(Cause(demand, NOTHING_OFFERED, missing - max(0.0, part), () if crewed else (CREWS,)))
    if part > NONE_LEFT:
        found.append(Cause(demand, WHOLE_UNITS, missing if not found else part, ()))
    return found


def _crew_free(situation: Situation, demand: Demand, item: Any) -> bool:
    training = item.training
    if not training:
        return True
    free = situation.crews[training].free[demand.first : demand.last + 1]
    return bool((free >= item.seats_per_unit - 1e-9).any())


def _with_evidence(situation: Situation, cause: Cause, until: float) -> list[Cause]:
    """Return ``cause`` with the limits that are full, or as not proven where using units otherwise would serve it.

    Of what could still be served, only what finds room stays that; the rest gets the reason that then stands.
    """
    if not cause.pairs or (cause.obstacles and not {NETWORK, CREWS} & set(cause.obstacles)):
        return [cause]
    unproven = replace(cause, reason=COULD_STILL_BE_SERVED, obstacles=(), examined=False)
    if time.perf_counter() > until:
        return [unproven]
    if not cause.obstacles:
        return [cause] if cause.swapped else _filled(situation, cause)
    if set(cause.obstacles) <= {NETWORK, CREWS} and _swap(situation, cause):
        return [replace(cause, reason=COULD_STILL_BE_SERVED, obstacles=(), swapped=True)]
    if NETWORK not in cause.obstacles:
        return [cause]
    full = _full(situation, cause)
    return [replace(cause, full=full) if full else unproven]


def _full(situation: Situation, cause: Cause) -> tuple[Full, ...]:
    best = cause.pairs[0][0]
    beat = best.taker.net if cause.swapped and STOCK not in cause.obstacles and best.taker else 0.0
    return full_limits(situation, best, best_way(situation, best, beat, CREWS in cause.obstacles))


def _filled(situation: Situation, cause: Cause) -> list[Cause]:
    fitted, rest, after = fill(situation, cause.pairs)
    groups: dict[tuple[str, ...], list[tuple[Pair, float]]] = defaultdict(list)
    for pair, units in rest:
        groups[obstacles(after, pair, left=True)].append((pair, units))
    found = [replace(cause, quantity=sum(units for _, units in fitted), pairs=fitted)] if fitted else []
    for names, members in groups.items():
        part = replace(cause, reason=_reason(names, members[0][0]), quantity=sum(units for _, units in members),
                       obstacles=names, pairs=tuple(members))  # fmt: skip
        part = replace(part, full=_full(after, part)) if NETWORK in names else part
        found.append(part)
    return found


def _swap(situation: Situation, cause: Cause) -> bool:
    """Return whether a unit of the best offer would serve the demand in the room that one unit elsewhere gives up."""
    best, need = cause.pairs[0][0], cause.demand.need
    if cause.demand.state == LATE:
        late = [move for move in situation.got[need.id] if move.usable > need.due]
        own = [move for move in late if move.offer == best.offer]
        worst = min(own if own and not cause.swapped else late, key=situation.net)
        if not cause.swapped and found_by_swap(situation, best, worst, situation.net(worst) - cause.demand.base):
            return True
    if not cause.swapped:
        return False
    others = [
        given
        for given in situation.given[best.offer]
        if given.move.requirement != need.id and (best.offer, given.move.requirement) not in situation.fixed
    ]
    return any(
        found_by_swap(situation, best, given.move, max(0.0, given.net)) for given in others[:SWAPS_TRIED]
    )  # fmt: skip


def _merged(parts: Iterable[Cause]) -> list[Cause]:
    """Return the causes with those that say the same made one."""
    merged: dict[tuple[str, tuple[str, ...], bool, bool], Cause] = {}
    for cause in parts:
        key = (cause.reason, cause.obstacles, cause.examined, cause.swapped)
        known = merged.get(key)
        merged[key] = cause if known is None else replace(
            known, quantity=known.quantity + cause.quantity, pairs=known.pairs + cause.pairs,
            full=known.full or cause.full,
        )  # fmt: skip
    return list(merged.values())
