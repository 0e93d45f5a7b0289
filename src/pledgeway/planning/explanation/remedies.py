"""What would change a reason: the smallest thing that, by the plan's own room, lets one more unit through."""

from __future__ import annotations

from pledgeway.planning.explanation import reasons
from pledgeway.planning.explanation.pairs import CREWS, EXCLUDED, FORBIDDEN, NETWORK, STOCK, WAY
from pledgeway.planning.explanation.phrases import MOST, item_name, limit_name
from pledgeway.planning.explanation.reasons import Cause
from pledgeway.planning.explanation.situation import Situation
from pledgeway.planning.explanation.wording import counted, figure, listed

_NONE = (reasons.COULD_STILL_BE_SERVED, reasons.WHOLE_UNITS, reasons.ADDS_NOTHING)
_LANES = {reasons.NO_WAY: "a lane that leads there", reasons.NOT_WORTH_TRANSPORT: "a cheaper lane"}


def remedy(situation: Situation, cause: Cause) -> str | None:
    """Return what, all of it, would let at least one more unit be served; None where nothing need change, or can."""
    if cause.reason in _NONE or not situation.accepts.get(cause.demand.need.id):
        return None
    need, last = cause.demand.need, situation.problem.date_of(cause.demand.last)
    offers = list(dict.fromkeys(pair.offer for pair, _ in cause.pairs))
    steps = []
    if cause.reason == reasons.NOTHING_OFFERED:
        steps.append(
            f"a promise of {figure(cause.quantity)} more {item_name(situation, need.id)} that can be there by {last}"
        )
    if EXCLUDED in cause.obstacles:
        steps.append(
            f"{listed([situation.offers[o].donor for o in offers[:1]])} giving {offers[0]} to {need.recipient}"
        )
    if FORBIDDEN in cause.obstacles:
        steps.append(f"lifting the pin on {offers[0]}")
    if WAY in cause.obstacles:
        lane = _LANES.get(cause.reason, "a faster lane")
        steps.append(f"{offers[0]} being there by {last} some other way: offered sooner or nearer, or {lane}")
    if CREWS in cause.obstacles:
        items = [situation.item_of(offers[0])] if offers else [situation.items[i] for i in situation.accepts[need.id]]
        item = next(item for item in items if item.training)
        steps.append(
            f"{counted(item.seats_per_unit, f'more {item.training} seat')} a unit, on a course that ends by {last}"
        )
    if NETWORK in cause.obstacles and cause.full:
        mass = situation.item_of(offers[0]).mass_t
        where = listed([limit_name(situation, full) for full in cause.full], most=MOST)
        steps.append(f"room for {figure(mass)} t more for each unit: {where}")
    if STOCK in cause.obstacles:
        donor, item = situation.offers[offers[0]].donor, situation.item_of(offers[0])
        steps.append(f"more {item.name} from {donor} as in {offers[0]}")
    return "; and ".join(steps) or None
