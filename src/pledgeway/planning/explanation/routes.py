"""Ways as people tell them: which lanes on which days, movements that go the same way told as one."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from pledgeway.planning.explanation.situation import Situation
from pledgeway.planning.explanation.wording import figure, span
from pledgeway.planning.plan import Movement


@dataclass(frozen=True)
class Way:
    """Movements of one offer to one requirement over the same lanes, in order of departure."""

    offer: str
    requirement: str
    lanes: tuple[str, ...]
    moves: tuple[Movement, ...]

    @property
    def quantity(self) -> float:
        """Units that go this way."""
        return sum(move.quantity for move in self.moves)


def ways_of(moves: Iterable[Movement]) -> list[Way]:
    """Return ``moves`` grouped by offer, requirement and lanes, the most units first."""
    groups: dict[tuple[str, str, tuple[str, ...]], list[Movement]] = defaultdict(list)
    for move in moves:
        groups[move.offer, move.requirement, tuple(leg.lane for leg in move.legs)].append(move)
    found = [
        Way(*key, tuple(sorted(own, key=lambda move: (move.legs[0].departs if move.legs else 0, move.usable))))
        for key, own in groups.items()
    ]
    return sorted(found, key=lambda way: (-way.quantity, way.offer, way.lanes))


def told(situation: Situation, way: Way) -> str:
    """Return "by sea from Gdynia on 3 Nov 2022 to Bremerhaven, on by rail to Rzeszow hub; there on 9 Nov 2022"."""
    problem, first = situation.problem, way.moves[0]
    usable = [move.usable for move in way.moves]
    if not way.lanes:
        place = situation.places[situation.offers[way.offer].origin].name
        return f"already at {place}, of use {span(problem, min(usable), max(usable))}"
    departs = [move.legs[0].departs for move in way.moves]
    parts = []
    for k, lane in enumerate(way.lanes):
        row = situation.lanes[lane]
        end = situation.places[row.destination].name
        if k == 0:
            start = situation.places[row.origin].name
            parts.append(f"by {row.mode} from {start} {span(problem, min(departs), max(departs))} to {end}")
            continue
        waited = [
            move.legs[k].departs - move.legs[k - 1].departs - situation.lanes[way.lanes[k - 1]].transit_days
            for move in way.moves
        ]
        rest = f" after {_days(min(waited), max(waited))} there" if max(waited) > 0 else ""
        parts.append(f"on{rest} by {row.mode} to {end}")
    arrives = [move.legs[-1].departs + int(situation.lanes[way.lanes[-1]].transit_days) for move in way.moves]
    text = f"{', '.join(parts)}; there {span(problem, min(arrives), max(arrives))}"
    if usable != arrives and situation.item_of(first.offer).training:
        text += f", of use {span(problem, min(usable), max(usable))} with trained crews"
    return text


def _days(least: int, most: int) -> str:
    if least == most:
        return "a day" if most == 1 else f"{figure(most)} days"
    return f"{figure(least)} to {figure(most)} days"
