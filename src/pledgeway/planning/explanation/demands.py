"""What is missing: for each requirement the units not served, and the units served late."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pledgeway.planning.explanation.situation import NONE_LEFT, Situation

UNMET, LATE = "unmet", "late"


@dataclass(frozen=True)
class Demand:
    """``quantity`` units of a requirement that are not served, or not in time.

    One more would be of use from day ``first`` (sooner is worth no more) to ``last``; it must leave more than ``base``:
    nothing for unmet units, what the least of the late units leaves now for late ones.
    """

    need: Any
    state: str
    quantity: float
    place: int
    first: int
    last: int
    base: float


def demands(situation: Situation) -> list[Demand]:
    """Return the demands of all requirements in their order, the unmet units of each before its late ones."""
    found = []
    days = situation.problem.days
    for need in situation.needs.values():
        place = situation.network.place_of[need.destination]
        moves = situation.got.get(need.id, [])
        missing = float(need.quantity) - sum(move.quantity for move in moves)
        first = min(int(need.due), days - 1)
        if missing > NONE_LEFT * max(1.0, need.quantity):
            last = min(days - 1, max(first, int(need.due) + int(need.grace_days) - 1))
            found.append(Demand(need, UNMET, missing, place, first, last, 0.0))
        late = [move for move in moves if move.usable > need.due]
        if late:
            quantity, least = sum(move.quantity for move in late), min(situation.net(move) for move in late)
            found.append(Demand(need, LATE, float(quantity), place, first, first, least))
    return found
