"""The reasons for unmet and late need as a table of sentences with names and dates."""

from __future__ import annotations

import math
import time
from collections.abc import Callable

import pandas as pd

from pledgeway.planning.explanation import reasons
from pledgeway.planning.explanation.demands import LATE, demands
from pledgeway.planning.explanation.pairs import CREWS, EXCLUDED, FORBIDDEN, NETWORK, STOCK, WAY
from pledgeway.planning.explanation.phrases import (
    MOST,
    heavier_than,
    item_name,
    limit_name,
    missing_phrase,
    needed,
    offers_by_donor,
    shortest_days,
    takers_named,
)
from pledgeway.planning.explanation.reasons import Cause, causes
from pledgeway.planning.explanation.situation import Situation, look_up
from pledgeway.planning.explanation.wording import counted, figure, listed, sentence
from pledgeway.planning.plan import Certificate, Plan
from pledgeway.planning.problem import Problem

COLUMNS = ("requirement", "recipient", "item", "priority", "quantity", "state", "reason", "blame", "sentence")
NOT_PROVEN = "could still be served: not found within the gap of this plan"


def unmet(problem: Problem, plan: Plan, certificate: Certificate | None = None, seconds: float = 10.0) -> pd.DataFrame:  # noqa: ARG001
    """Return a row per requirement, state and reason; ``plan`` must be valid. Takes about ``seconds`` at most.

    Columns: requirement, recipient, item (the first accepted; None: none is), priority, quantity (units; the rows of a
    requirement and state make up its shortfall), state (``unmet``: not served; ``late``: of use after the due date),
    reason (one of the codes in :mod:`pledgeway.planning.explanation.reasons`), blame (what must change, all of it, for
    more to be served: "lane L0042 days 3-9; training gun"), sentence. What was not examined in the time given, and what
    the evidence does not prove, has the reason ``could_still_be_served``.
    """
    begun = time.perf_counter()
    situation = look_up(problem, plan)
    found = causes(situation, demands(situation), seconds - (time.perf_counter() - begun))
    rows = [_row(situation, cause) for cause in found]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _row(situation: Situation, cause: Cause) -> tuple[object, ...]:
    need = cause.demand.need
    item = next(iter(situation.accepts.get(need.id, {})), None)
    return (
        need.id, need.recipient, item, need.priority, cause.quantity, cause.demand.state, cause.reason,
        "; ".join(blame(situation, cause)), reason_sentence(situation, cause),
    )  # fmt: skip


def blame(situation: Situation, cause: Cause) -> list[str]:
    """Return what must change, all of it, for one more unit to be served: kind, id and, for limits, days."""
    offers = list(dict.fromkeys(pair.offer for pair, _ in cause.pairs))
    need = cause.demand.need.id
    if cause.reason in (reasons.NOTHING_OFFERED, reasons.WHOLE_UNITS):
        found = [f"item {item}" for item in situation.accepts.get(need, {})] or [f"accepts {need}"]
        found += [f"training {name}" for name in _classes(situation, cause)] if CREWS in cause.obstacles else []
        return found
    found = []
    if EXCLUDED in cause.obstacles:
        found += [f"recipients {offer}" for offer in offers]
    if FORBIDDEN in cause.obstacles:
        found += [f"pin {offer} {need}" for offer in offers]
    if WAY in cause.obstacles:
        found += [f"way {offer}" for offer in offers]
    if CREWS in cause.obstacles:
        found += [f"training {name}" for name in _classes(situation, cause)]
    found += [full.text for full in cause.full]
    if STOCK in cause.obstacles:
        found += [f"stock {offer}" for offer in offers]
    return found


def _classes(situation: Situation, cause: Cause) -> list[str]:
    if cause.pairs:
        return [situation.item_of(cause.pairs[0][0].offer).training]
    items = (situation.items[item] for item in situation.accepts.get(cause.demand.need.id, {}))
    return list(dict.fromkeys(item.training for item in items if item.training))


def reason_sentence(situation: Situation, cause: Cause) -> str:
    """Return the reason as a sentence with names and dates."""
    demand, problem = cause.demand, situation.problem
    what = missing_phrase(situation, demand.need.id, cause.quantity)
    due = problem.date_of(demand.need.due)
    if demand.state == LATE:
        head = f"{needed(situation, demand.need.id)} gets {what} late (due {due})"
    else:
        head = f"{needed(situation, demand.need.id)} goes without {what} (due {due})"
    return sentence(f"{head}: {why(situation, cause)}")


def why(situation: Situation, cause: Cause) -> str:
    """Return the reason as a clause, without the requirement."""
    if cause.reason == reasons.COULD_STILL_BE_SERVED:
        return _not_proven(situation, cause)
    clause = _CLAUSES[cause.reason](situation, cause)
    main = {reasons.NO_TRAINED_CREWS: CREWS, reasons.STOCK_WENT_ELSEWHERE: STOCK, reasons.NETWORK_FULL: NETWORK}
    besides = [
        _BESIDES[name](situation, cause) for name in cause.obstacles
        if name in _BESIDES and name != main.get(cause.reason)
        and not (name == CREWS and cause.reason == reasons.NOTHING_OFFERED)
    ]  # fmt: skip
    return "; besides, ".join([clause, listed(besides)] if besides else [clause])


def _not_proven(situation: Situation, cause: Cause) -> str:
    text = NOT_PROVEN
    if math.isfinite(situation.plan.gap) and situation.plan.gap > 0:
        text += f" ({math.ceil(situation.plan.gap * 1e4 - 1e-9) / 100:g}\u202f%)"
    if not cause.examined:
        return f"{text}; not examined in the time given"
    who = listed(offers_by_donor(situation, cause.pairs), most=MOST)
    if cause.swapped:
        return f"{text}; using units of {who} otherwise than the plan does would add more"
    if cause.demand.state == LATE:
        return f"{text}; there is room for this much from {who} to come in time"
    return f"{text}; there is some left from {who} and room for it"


def _nothing_offered(situation: Situation, cause: Cause) -> str:
    accepted = situation.accepts.get(cause.demand.need.id, {})
    if not accepted:
        return "it accepts no item"
    offered = sum(offer.quantity for offer in situation.offers.values() if offer.item in accepted)
    asked = cause.demand.need.quantity
    said = (
        "nobody offers any" if offered <= 0
        else f"only {figure(offered)} are offered to anyone, of {figure(asked)} asked" if offered < asked
        else f"what is offered, {figure(offered)} in all, does not reach in whole units"
    )  # fmt: skip
    if CREWS in cause.obstacles:
        said += f", and no trained crews would be free for more ({listed(_classes(situation, cause))})"
    return said


def _whole_units(situation: Situation, cause: Cause) -> str:
    return f"{item_name(situation, cause.demand.need.id)} moves in whole units"


def _excluded(situation: Situation, cause: Cause) -> str:
    who = listed(offers_by_donor(situation, cause.pairs), most=MOST)
    return f"the rest of what is offered is from {who}, who do not give it to {cause.demand.need.recipient}"


def _forbidden(situation: Situation, cause: Cause) -> str:
    who = listed(offers_by_donor(situation, cause.pairs), most=MOST)
    return f"a pin forbids what could fill this, from {who}"


def _no_way(situation: Situation, cause: Cause) -> str:
    pair, destination = cause.pairs[0][0], cause.demand.need.destination
    item, origin = situation.item_of(pair.offer), situation.offers[pair.offer].origin
    who = listed(offers_by_donor(situation, cause.pairs), most=MOST)
    heavy = heavier_than(situation, pair.offer, destination)
    if heavy:
        return f"one {item.name} weighs {figure(item.mass_t)} t and {heavy}, so what {who} offers cannot move there"
    start, end = situation.places[origin].name, situation.places[destination].name
    head = f"even on an empty network nothing from {who} can reach it"
    days = shortest_days(situation, pair.offer, destination)
    if days is None:
        return f"{head}: no lanes lead from {start} to {end}"
    problem, row = situation.problem, situation.offers[pair.offer]
    return (
        f"{head} by {problem.date_of(problem.days - 1)}: {row.id} leaves {start} from "
        f"{problem.date_of(row.available_from)} on, and the way takes {counted(days, 'day')} without any wait"
    )


def _not_in_time(situation: Situation, cause: Cause) -> str:
    problem, demand = situation.problem, cause.demand
    pair = min((pair for pair, _ in cause.pairs), key=lambda pair: pair.earliest or 0)
    row, earliest = situation.offers[pair.offer], pair.earliest or 0
    since = "it is due" if demand.state == LATE else "the last on which it would be of use"
    others = "" if len({pair.offer for pair, _ in cause.pairs}) == 1 else ", the first of its kind,"
    place, start = situation.places[row.origin].name, problem.date_of(row.available_from)
    return (
        f"even on an empty network what {row.donor} offers ({row.id}{others} from {start} at {place}) cannot be there "
        f"before {problem.date_of(earliest)}, {counted(earliest - demand.last, 'day')} after {since}"
    )


def _not_worth(situation: Situation, cause: Cause) -> str:
    pair = cause.pairs[0][0]
    item, need = situation.item_of(pair.offer), cause.demand.need
    worth = need.weight * situation.accepts[need.id][item.id]
    who = listed(offers_by_donor(situation, cause.pairs), most=MOST)
    if cause.demand.state == LATE:
        return f"bringing it in time, from {who}, would cost more than being in time is worth"
    return f"one {item.name} is worth at most {figure(worth)} points here, and bringing it from {who} costs more"


def _adds_nothing(_: Situation, cause: Cause) -> str:
    return f"one more unit adds no value here (it counts {figure(cause.demand.need.weight)} points)"


def _crews(situation: Situation, cause: Cause) -> str:
    problem, demand = situation.problem, cause.demand
    training = _classes(situation, cause)[0]
    state = situation.crews[training]
    per_unit = situation.item_of(cause.pairs[0][0].offer).seats_per_unit if cause.pairs else 1.0
    by = problem.date_of(demand.last)
    if state.trained[demand.last] < per_unit:
        ready = (state.trained >= per_unit).nonzero()[0]
        first = f"the first {training} crews are trained on {problem.date_of(int(ready[0]))}" if len(ready) else (
            f"no {training} course ends in these {problem.days} days")  # fmt: skip
        return f"{first}, and they would be needed by {by}"
    short = (state.spare[demand.last :] < per_unit).nonzero()[0]
    tight = demand.last + int(short[0]) if len(short) else demand.last
    seats, spare = float(state.trained[tight]), float(state.spare[tight])
    taken = "are all taken" if spare <= 1e-6 * max(1.0, seats) else f"are taken but for {figure(spare)}"
    return (
        f"each unit needs {counted(per_unit, 'seat')} and the {counted(seats, f'{training} seat')} on courses that end "
        f"by {problem.date_of(tight)} {taken}"
    )


def _network(situation: Situation, cause: Cause) -> str:
    quantity = sum(part for _, part in cause.pairs)
    who = listed(offers_by_donor(situation, cause.pairs), most=MOST)
    full = listed([limit_name(situation, full) for full in cause.full], most=MOST)
    if cause.swapped:
        return (
            f"{figure(quantity)} from {who} would add more here than at the needs that have them, but on the best way "
            f"there is no room: {full}"
        )
    when = "be in time" if cause.demand.state == LATE else "come while of use"
    return (
        f"{figure(quantity)} from {who} could {when} on an empty network, but on the best way no room is left: {full}"
    )


def _stock(situation: Situation, cause: Cause) -> str:
    best = cause.pairs[0][0]
    gain = best.gains.now if NETWORK not in cause.obstacles and CREWS not in cause.obstacles else best.gains.both
    here = f"{figure(gain)} points"
    to = takers_named(situation, [pair for pair, _ in cause.pairs])
    if best.taker is None:
        return f"pins fix all stock that could reach it at other needs: {to}"
    if cause.demand.state == LATE:
        return f"all stock that could be in time goes where it adds no less than the {here} of being in time: {to}"
    return f"all stock that could reach it goes to needs where a unit is worth no less than the {here} here: {to}"


def _besides_network(situation: Situation, cause: Cause) -> str:
    full = listed([limit_name(situation, full) for full in cause.full], most=MOST)
    return f"on the best way there is no room: {full}" if full else "the ways are full"


def _besides_stock(situation: Situation, cause: Cause) -> str:
    return f"all of it goes elsewhere: {takers_named(situation, [pair for pair, _ in cause.pairs])}"


_Clause = Callable[[Situation, Cause], str]
_CLAUSES: dict[str, _Clause] = {
    reasons.NOTHING_OFFERED: _nothing_offered,
    reasons.WHOLE_UNITS: _whole_units,
    reasons.EXCLUDED_BY_DONOR: _excluded,
    reasons.FORBIDDEN_BY_PIN: _forbidden,
    reasons.NO_WAY: _no_way,
    reasons.NOT_IN_TIME: _not_in_time,
    reasons.NOT_WORTH_TRANSPORT: _not_worth,
    reasons.ADDS_NOTHING: _adds_nothing,
    reasons.NO_TRAINED_CREWS: _crews,
    reasons.NETWORK_FULL: _network,
    reasons.STOCK_WENT_ELSEWHERE: _stock,
}
_BESIDES: dict[str, _Clause] = {
    CREWS: _crews,
    NETWORK: _besides_network,
    STOCK: _besides_stock,
}
