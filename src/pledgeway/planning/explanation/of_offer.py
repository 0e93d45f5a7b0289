"""The stories of one offer, and of all that a donor offers."""

from __future__ import annotations

import time
from collections import defaultdict

from pledgeway.planning.explanation.demands import UNMET, demands
from pledgeway.planning.explanation.pairs import Pair, obstacles
from pledgeway.planning.explanation.phrases import needed
from pledgeway.planning.explanation.reasons import cause_of
from pledgeway.planning.explanation.remedies import remedy
from pledgeway.planning.explanation.routes import told, ways_of
from pledgeway.planning.explanation.situation import Situation, usable_stock
from pledgeway.planning.explanation.trying import pairs
from pledgeway.planning.explanation.unmet import why
from pledgeway.planning.explanation.wording import counted, figure, listed, percent, sentence, span, tonnes

MOST_WAYS, MOST_NEEDS = 8, 3


def offer_story(situation: Situation, offer: str, seconds: float) -> list[str]:
    """Return what an offer is, where it goes by which ways, why the rest of it stays, and what would change that."""
    row, item = situation.offers[offer], situation.item_of(offer)
    problem = situation.problem
    when = span(problem, row.available_from, row.available_until)
    to = "anyone" if row.recipients is None else f"{listed(list(row.recipients))} only"
    said = [sentence(
        f"{row.donor} offers {figure(row.quantity)} × {item.name} ({offer}, {tonnes(row.quantity * item.mass_t)}) at "
        f"{situation.places[row.origin].name} for {to}, to leave {when}"
    )]  # fmt: skip
    moves = [given.move for given in situation.given.get(offer, [])]
    used = sum(move.quantity for move in moves)
    said.append("The plan uses none of it." if not moves else sentence(
        f"The plan uses {'all of it' if used >= row.quantity * (1 - 1e-9) else figure(used)}"
    ))  # fmt: skip
    ways = ways_of(moves)
    for way in ways[:MOST_WAYS]:
        said.append(
            sentence(f"{figure(way.quantity)} for {needed(situation, way.requirement)}: {told(situation, way)}")
        )
    if len(ways) > MOST_WAYS:
        rest = sum(way.quantity for way in ways[MOST_WAYS:])
        said.append(sentence(f"{figure(rest)} more go by {len(ways) - MOST_WAYS} other ways"))
    if situation.left[offer] > 0:
        said += _rest(situation, offer, seconds)
    elif used < row.quantity * (1 - 1e-9):
        said.append(sentence(f"The rest, {figure(row.quantity - used)}, is not a whole unit"))
    return said


def _rest(situation: Situation, offer: str, seconds: float) -> list[str]:
    """Why what is left of an offer stays where it is."""
    left, item = situation.left[offer], situation.item_of(offer)
    head = f"Why {figure(left)} {'stay' if left != 1 else 'stays'}"
    found = _unused(situation, [offer], seconds)
    if not found:
        asked = [need for need, accepts in situation.accepts.items() if item.id in accepts]
        if not asked:
            return [sentence(f"{head}: no requirement accepts {item.name}")]
        return [sentence(f"{head}: every requirement that accepts {item.name} has all it asks for")]
    said = []
    for pair in found[:MOST_NEEDS]:
        cause = cause_of(situation, pair, min(left, pair.demand.quantity))
        who = needed(situation, pair.demand.need.id)
        said.append(sentence(f"{head}, though {who} lacks {figure(pair.demand.quantity)}: {why(situation, cause)}"))
        change = remedy(situation, cause)
        if change:
            said.append(sentence(f"What would change that: {change}"))
    if len(found) > MOST_NEEDS:
        others = listed([pair.demand.need.id for pair in found[MOST_NEEDS:]], most=6)
        said.append(sentence(f"It does not help {others} either, which accept it and lack some"))
    return said


def _unused(situation: Situation, offers: list[str], seconds: float) -> list[Pair]:
    """Return pairs of these offers, where some is left, with needs that go without; the most worth first."""
    lacking = [demand for demand in demands(situation) if demand.state == UNMET]
    until = time.perf_counter() + seconds
    wanted = set(offers)
    found = [pair for pair in pairs(situation, lacking, until, wanted) if situation.left[pair.offer] > 0]
    return sorted(found, key=lambda pair: (len(obstacles(situation, pair, True)), -pair.gains.both, -pair.gains.there))


def donor_story(situation: Situation, donor: str, seconds: float) -> list[str]:
    """Return what a donor offers, what of it is used for whom, why the rest is not, and who depends on it alone."""
    offers = [offer for offer in situation.offers.values() if offer.donor == donor]
    mass = {offer.id: float(situation.item_of(offer.id).mass_t) for offer in offers}
    promised = sum(offer.quantity * mass[offer.id] for offer in offers)
    moves = [given.move for offer in offers for given in situation.given.get(offer.id, [])]
    used = sum(move.quantity * mass[move.offer] for move in moves)
    worth = sum(situation.net(move) * move.quantity for move in moves)
    share = f", {percent(worth / situation.plan.value)} of the plan's value" if situation.plan.value > 0 else ""
    said = [sentence(
        f"{donor} makes {counted(len(offers), 'offer')}, {tonnes(promised)} in all; the plan moves {tonnes(used)}, "
        f"worth {figure(worth)} points{share}"
    )]  # fmt: skip
    to: dict[str, float] = defaultdict(float)
    for move in moves:
        to[situation.needs[move.requirement].recipient] += situation.net(move) * move.quantity
    if to:
        shares = [f"{name} ({figure(points)} points)" for name, points in sorted(to.items(), key=lambda part: -part[1])]
        said.append(sentence(f"It goes to {listed(shares, most=5)}"))
    alone = _only_from(situation, {offer.id for offer in offers})
    if alone:
        said.append(sentence(f"Nobody else offers anything that these accept: {listed(alone, most=8)}"))
    return said + _donors_rest(situation, [offer.id for offer in offers], seconds)


def _only_from(situation: Situation, own: set[str]) -> list[str]:
    """Return the requirements that only these offers could serve, as far as items and recipients go."""
    givers: dict[str, list[str]] = defaultdict(list)
    for offer in situation.offers.values():
        if usable_stock(offer.quantity, situation.items[offer.item].divisible) > 0:
            givers[offer.item].append(offer.id)
    alone = []
    for need in situation.needs.values():
        able = {
            offer for item in situation.accepts.get(need.id, {}) for offer in givers[item]
            if situation.offers[offer].recipients is None or need.recipient in situation.offers[offer].recipients
        }  # fmt: skip
        if able and able <= own:
            alone.append(need.id)
    return alone


def _donors_rest(situation: Situation, offers: list[str], seconds: float) -> list[str]:
    left = [offer for offer in offers if situation.left[offer] > 0]
    if not left:
        return ["All of it is used."]
    pairs = _unused(situation, left, seconds)
    best: dict[str, Pair] = {}
    for pair in pairs:
        best.setdefault(pair.offer, pair)
    wanted = [offer for offer in left if offer in best]
    said = []
    idle = [offer for offer in left if offer not in best]
    if idle:
        names = [f"{figure(situation.left[o])} × {situation.item_of(o).name} ({o})" for o in idle]
        said.append(sentence(f"Left over, and no need that accepts it goes without: {listed(names, most=5)}"))
    for offer in wanted[:MOST_WAYS]:
        cause = cause_of(situation, best[offer], min(situation.left[offer], best[offer].demand.quantity))
        what = f"{figure(situation.left[offer])} × {situation.item_of(offer).name} ({offer})"
        said.append(sentence(
            f"Left over: {what}, though {needed(situation, cause.demand.need.id)} goes without: {why(situation, cause)}"
        ))  # fmt: skip
    if len(wanted) > MOST_WAYS:
        said.append(
            sentence(
                f"{counted(len(wanted) - MOST_WAYS, 'more offer')} with something left over: "
                f"{listed(wanted[MOST_WAYS:], most=6)}"
            )
        )
    return said
