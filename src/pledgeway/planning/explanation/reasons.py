"""From obstacles to reasons: the shortfall of each requirement, split over what stands in its way.

A shortfall is filled with units from the least hindered stock to the most, and what is left after all stock is what
nobody offers. So the parts make up the shortfall exactly, and "not in time" speaks only of what could not be served
even if all other stock went here.
"""

from __future__ import annotations

import math
import time
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from pledgeway.planning.explanation.blocking import Full, best_way, full_limits
from pledgeway.planning.explanation.demands import LATE, Demand
from pledgeway.planning.explanation.filling import fill
from pledgeway.planning.explanation.pairs import (
    CREWS,
    EXCLUDED,
    FORBIDDEN,
    NETWORK,
    NOTHING,
    STOCK,
    WAY,
    Pair,
    found_by_swap,
    obstacles,
    pairs,
)
from pledgeway.planning.explanation.situation import NONE_LEFT, Situation, usable_stock

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
GRACE_SECONDS = 1.0


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


@dataclass(frozen=True, slots=True)
class _Chunk:
    """Units of one offer that meet the same obstacles."""

    pair: Pair | None
    quantity: float
    obstacles: tuple[str, ...]
    left: bool

    @property
    def order(self) -> tuple[int, float, float]:
        """Least hindered first, then the most gain."""
        if self.pair is None:
            return 1, 0.0, 0.0
        names = set(self.obstacles)
        if names & {EXCLUDED, FORBIDDEN}:
            rank = 9
        elif WAY in names:
            rank = 7 if self.left else 8
        elif STOCK in names:
            rank = 5 if len(names) == 1 else 6
        else:
            rank = 0 if not names else 2 if self.left else 3
        if WAY in names:  # what comes soonest speaks for the rest
            return rank, math.inf if self.pair.earliest is None else float(self.pair.earliest), -self.quantity
        return rank, -self.pair.gains.both, -self.quantity


def causes(situation: Situation, wanted: list[Demand], seconds: float) -> list[Cause]:
    """Return the causes of every demand in ``wanted``, in order; their quantities make up each demand's exactly.

    After ``seconds`` what was not examined is said so.
    """
    until = time.perf_counter() + seconds
    found: dict[int, list[Pair]] = defaultdict(list)
    examined: set[str] = set()
    for pair in pairs(situation, wanted, until):
        found[id(pair.demand)].append(pair)
        examined.add(pair.offer)
    unseen: dict[str, float] = defaultdict(float)
    for offer in situation.offers.values():
        if offer.id not in examined:
            unseen[offer.item] += usable_stock(offer.quantity, situation.items[offer.item].divisible)
    result: list[Cause] = []
    for demand in wanted:
        parts = _split(situation, demand, found[id(demand)], unseen)
        result += _merged(known for cause in parts for known in _with_evidence(situation, cause, until))
    return result


def _split(situation: Situation, demand: Demand, own: list[Pair], unseen: dict[str, float]) -> list[Cause]:
    chunks = []
    for pair in own:
        for quantity, left in ((pair.left, True), (pair.elsewhere, False)):
            names = obstacles(situation, pair, left)
            if quantity > 0 and not (demand.state == LATE and NOTHING in names):  # a poor substitute mends no delay
                chunks.append(_Chunk(pair, quantity, names, left))
    accepted = situation.accepts.get(demand.need.id, {})
    chunks += [_Chunk(None, unseen[item], (), True) for item in accepted if unseen.get(item, 0.0) > 0]
    missing, least = demand.quantity, NONE_LEFT * max(1.0, demand.need.quantity)
    groups: dict[tuple[str, tuple[str, ...], bool, bool], list[tuple[_Chunk, float]]] = defaultdict(list)
    for chunk in sorted(chunks, key=lambda chunk: chunk.order):
        divisible = chunk.pair is None or situation.item_of(chunk.pair.offer).divisible
        part = min(chunk.quantity, usable_stock(missing, divisible))
        if part > 0:
            reason = _reason(chunk.obstacles, chunk.pair)
            groups[reason, chunk.obstacles, chunk.pair is None, chunk.left].append((chunk, part))
            missing -= part
    result = []
    for (reason, names, blind, left), members in groups.items():
        pairs_of = tuple((chunk.pair, part) for chunk, part in members if chunk.pair is not None)
        quantity = sum(part for _, part in members)
        result.append(Cause(demand, reason, quantity, names, pairs_of, examined=not blind, swapped=not left))
    if missing > least:
        result += _unoffered(situation, demand, missing)
    elif result and missing > 0:
        result[-1] = replace(result[-1], quantity=result[-1].quantity + missing)
    return result


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
    if time.perf_counter() > until + GRACE_SECONDS:
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
