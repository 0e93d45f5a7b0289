"""All offers tried for all demands that accept their items, side by side, as arrays."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Container, Iterator
from dataclasses import dataclass, fields
from typing import Any

import numpy as np

from pledgeway.planning.explanation.demands import LATE, Demand
from pledgeway.planning.explanation.network import Floats, Ints
from pledgeway.planning.explanation.pairs import (
    Asked,
    Gains,
    Pair,
    asked_for,
    barred,
    gains_of,
    hindrances,
    seats_needed,
)
from pledgeway.planning.explanation.reach import walk
from pledgeway.planning.explanation.situation import Given, Situation, usable_stock
from pledgeway.planning.kernels import njit, prange

BLOCK = 256
"""So many offers are tried at once, then the clock is asked."""
BOTH = [field.name for field in fields(Gains)].index("both")
"""Where ``gains`` of :class:`Tried` have those on an empty network with crews for all."""


@dataclass(frozen=True)
class Tried:
    """Offers of one item for the demands that accept it: arrays with a row per offer and a column per demand.

    ``gains`` (O, N, 6), ``earliest`` (O, N; -1: never), ``left`` and ``elsewhere`` (O, N) are those of :class:`Pair`;
    ``hindered`` (O, N, 2) has the obstacles of a unit that nothing uses and of one that another need has, as numbers.
    """

    situation: Situation
    offers: list[str]
    demands: tuple[Demand, ...]
    gains: Floats
    earliest: Ints
    left: Floats
    elsewhere: Floats
    hindered: Ints

    def pair(self, offer: int, demand: int) -> Pair:
        """Return one offer for one demand."""
        name, asked = self.offers[offer], self.demands[demand]
        day = int(self.earliest[offer, demand])
        return Pair(
            offer=name, demand=asked, gains=Gains(*self.gains[offer, demand].tolist()),
            left=float(self.left[offer, demand]), elsewhere=float(self.elsewhere[offer, demand]),
            taker=next((one for one in _takers(self.situation, name) if one.move.requirement != asked.need.id), None),
            earliest=None if day < 0 else day,
        )  # fmt: skip


def tried(
    situation: Situation, wanted: list[Demand], until: float, offers: Container[str] | None = None
) -> Iterator[Tried]:
    """Yield the offers of every item for the demands that accept it, block by block, until the clock says ``until``.

    With ``offers``, only these.
    """
    by_item: dict[str, list[Demand]] = defaultdict(list)
    for demand in wanted:
        for item in situation.accepts.get(demand.need.id, {}):
            by_item[item].append(demand)
    of_item: dict[str, list[str]] = defaultdict(list)
    for offer in situation.offers.values():
        whole = usable_stock(offer.quantity, situation.items[offer.item].divisible)
        if whole > 0 and (offers is None or offer.id in offers):
            of_item[offer.item].append(offer.id)
    for item, demands in by_item.items():
        asked, own = asked_for(situation, item, demands), of_item[item]
        for first in range(0, len(own), BLOCK):
            if time.perf_counter() > until:
                return
            yield _tried(situation, own[first : first + BLOCK], asked)


def pairs(situation: Situation, wanted: list[Demand], until: float, offers: Container[str]) -> Iterator[Pair]:
    """Yield a pair for each of ``offers`` and demand that accepts its item, until the clock says ``until``."""
    for block in tried(situation, wanted, until, offers):
        for offer in range(len(block.offers)):
            for demand in range(len(block.demands)):
                yield block.pair(offer, demand)


def _tried(situation: Situation, offers: list[str], asked: Asked) -> Tried:
    gained, earliest = _gains(situation, offers, asked)
    shape = len(offers), len(asked.demands)
    served, late, taken = np.zeros(shape), np.zeros(shape), np.full(shape, np.inf)
    bars = np.zeros(shape, dtype=np.int64)
    columns: dict[str, list[int]] = defaultdict(list)
    for k, demand in enumerate(asked.demands):
        columns[demand.need.id].append(k)
    whole = np.zeros(len(offers))
    for row, offer in enumerate(offers):
        for one in situation.given.get(offer, ()):
            whole[row] += one.move.quantity
            for k in columns.get(one.move.requirement, ()):
                demand = asked.demands[k]
                served[row, k] += one.move.quantity
                if demand.state == LATE and one.move.usable > demand.need.due:
                    late[row, k] += one.move.quantity
        takers = _takers(situation, offer)
        if takers:
            least = takers[0]
            taken[row] = least.net
            other = next((one for one in takers if one.move.requirement != least.move.requirement), None)
            taken[row, columns.get(least.move.requirement, [])] = np.inf if other is None else other.net
        bars[row] = [barred(situation, offer, demand.need) for demand in asked.demands]
    spare = np.array([situation.left[offer] for offer in offers])
    return Tried(
        situation=situation, offers=offers, demands=asked.demands, gains=gained, earliest=earliest,
        left=spare[:, None] + late, elsewhere=whole[:, None] - served,
        hindered=hindrances(gained, taken) | bars[..., None],
    )  # fmt: skip


def _takers(situation: Situation, offer: str) -> list[Given]:
    """Return what of ``offer`` may be taken from those who have it, the least worth first."""
    return [one for one in situation.given.get(offer, ()) if (offer, one.move.requirement) not in situation.fixed]


def _gains(situation: Situation, offers: list[str], asked: Asked) -> tuple[Floats, Ints]:
    network, item, load = situation.network, situation.item_of(offers[0]), situation.load(offers[0])
    windows = [situation.window(offer) for offer in offers]
    origins, firsts, lasts = np.array([(own.origin, own.first, own.last) for own in windows], dtype=np.int64).T
    seats = situation.crews[item.training].free if item.training else np.zeros(network.days)
    gained, earliest = _walk_all(
        network.ways, network.capacity.parts, situation.room.parts, origins, firsts, lasts, load.tonnes, load.divisible,
        asked.days, asked.worth, asked.base, seats, seats_needed(item),
    )  # fmt: skip
    return gained, earliest


@njit(cache=True, nogil=True, parallel=True)
def _walk_all(
    network: tuple[Any, ...], whole: tuple[Floats, ...], room: tuple[Floats, ...], origins: Ints, firsts: Ints,
    lasts: Ints, tonnes: float, divisible: bool, days: Ints, worth: Floats, base: Floats, seats: Floats, needed: float,
) -> tuple[Any, Any]:  # fmt: skip
    gained = np.empty((len(origins), len(days), 6))
    earliest = np.empty((len(origins), len(days)), dtype=np.int64)
    for k in prange(len(origins)):
        own = origins[k], firsts[k], lasts[k], tonnes, divisible
        came = walk(network, whole, room, *own, np.inf, len(seats) - 1)[0]
        empty = walk(network, whole, room, *own, 0.0, len(seats) - 1)[0]
        gained[k], earliest[k] = gains_of(
            days, worth, base, came, empty, origins[k], firsts[k], seats, needed, tonnes
        )  # fmt: skip
    return gained, earliest
