"""What the parts of a reason are called: offers, donors, limits, ways, takers; as clauses for sentences."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

import numpy as np

from pledgeway.planning.explanation.blocking import Full
from pledgeway.planning.explanation.pairs import Pair
from pledgeway.planning.explanation.situation import Situation
from pledgeway.planning.explanation.wording import figure, listed, span, units

MOST = 3


def item_name(situation: Situation, need: str) -> str:
    """Return what a requirement asks for: its accepted items, the first by name."""
    names = [situation.items[item].name for item in situation.accepts.get(need, {})]
    if len(names) > 2:
        return f"{names[0]} (or {len(names) - 1} substitutes)"
    return listed(names, last="or") or "nothing that is an item"


def needed(situation: Situation, need: str) -> str:
    """Return "Ground Forces East at Poltava (R001)"."""
    row = situation.needs[need]
    return f"{row.recipient} at {situation.places[row.destination].name} ({need})"


def offers_by_donor(situation: Situation, parts: Iterable[tuple[Pair, float]]) -> list[str]:
    """Return "Norway (NO-12, NO-13)" for each donor, the largest part first."""
    ids: dict[str, dict[str, float]] = defaultdict(lambda: defaultdict(float))
    for pair, part in parts:
        ids[situation.offers[pair.offer].donor][pair.offer] += part
    ordered = sorted(ids, key=lambda donor: -sum(ids[donor].values()))
    return [f"{donor} ({listed(list(ids[donor]), most=2)})" for donor in ordered]


def limit_name(situation: Situation, full: Full) -> str:
    """Return "the lane Gdynia to Rzeszow (rail) from 3 Nov 2022 to 9 Nov 2022"."""
    if full.kind == "lane":
        what = f"the lane {situation.lane_name(full.id)}"
    else:
        what = f"{full.kind} at {situation.places[full.id].name}"
    return f"{what} {span(situation.problem, full.first, full.last)}"


def takers(situation: Situation, pairs: Sequence[Pair]) -> list[tuple[str, float, float]]:
    """Return who has the units of these offers: (requirement, units, worth of one less its way), most units first."""
    own = pairs[0].demand.need.id
    units_of: dict[str, float] = defaultdict(float)
    worth: dict[str, float] = defaultdict(float)
    for offer in dict.fromkeys(pair.offer for pair in pairs):
        for given in situation.given.get(offer, []):
            if given.move.requirement != own:
                units_of[given.move.requirement] += given.move.quantity
                worth[given.move.requirement] += given.net * given.move.quantity
    ordered = sorted(units_of, key=lambda need: (-units_of[need], need))
    return [(need, units_of[need], worth[need] / units_of[need]) for need in ordered]


def takers_named(situation: Situation, pairs: Sequence[Pair]) -> str:
    """Return "12 to Navy at Odesa (R031), 1 200 points each, and 3 to ..."."""
    return listed(
        [f"{figure(quantity)} to {needed(situation, need)}, {figure(worth)} points each"
         for need, quantity, worth in takers(situation, pairs)],
        most=MOST,
    )  # fmt: skip


def heavier_than(situation: Situation, offer: str, destination: str) -> str | None:
    """Return what at either end never takes one unit of ``offer``, with its limit; None where weight is not it.

    Looks at handling at origin and destination, and at the lanes out of the one and into the other.
    """
    item, row = situation.item_of(offer), situation.offers[offer]
    network = situation.network
    if item.divisible:
        return None
    for place, leaves in ((row.origin, True), (destination, False)):
        number = network.place_of[place]
        handled = float(network.capacity.handling[number].max(initial=0.0))
        if handled < item.mass_t:
            return f"{situation.places[place].name} handles {figure(handled)} t a day"
        own = (network.origin if leaves else network.destination) == number
        most = float(network.capacity.lanes[own].max(initial=0.0))
        if own.any() and most < item.mass_t:
            way = "out of" if leaves else "into"
            return f"no lane {way} {situation.places[place].name} takes more than {figure(most)} t a day"
    return None


def shortest_days(situation: Situation, offer: str, destination: str) -> int | None:
    """Return the days of the quickest way for a unit of ``offer``, no day's wait or closure counted; None: no way."""
    network, mass = situation.network, situation.load(offer)
    open_ever = network.capacity.lanes.max(axis=1, initial=0.0) >= (1e-9 if mass.divisible else mass.tonnes)
    least = np.full(len(network.places), np.inf)
    least[network.place_of[situation.offers[offer].origin]] = 0.0
    for _ in network.places:
        reached = least[network.origin] + np.where(open_ever, network.transit, np.inf)
        before = least.copy()
        np.minimum.at(least, network.destination, reached)
        if (least == before).all():
            break
    days = least[network.place_of[destination]]
    return int(days) if np.isfinite(days) else None


def missing_phrase(situation: Situation, need: str, quantity: float) -> str:
    """Return "12 × Howitzer"."""
    return units(quantity, item_name(situation, need))
