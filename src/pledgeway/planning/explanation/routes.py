"""Ways as people tell them: which lanes on which days, movements that go the same way told as one."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from pledgeway.planning.explanation.situation import Situation
from pledgeway.planning.explanation.wording import figure, listed, span
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
    """Return "from Gdynia on 3 Nov 2022 by sea to Bremerhaven, by rail to Rzeszow hub; there on 9 Nov 2022"."""
    problem, first = situation.problem, way.moves[0]
    usable = [move.usable for move in way.moves]
    if not way.lanes:
        place = situation.places[situation.offers[way.offer].origin].name
        return f"already at {place}, of use {span(problem, min(usable), max(usable))}"
    departs = [move.legs[0].departs for move in way.moves]
    start = situation.places[situation.lanes[way.lanes[0]].origin].name
    parts = [f"from {start} {span(problem, min(departs), max(departs))} {_stages(situation, way)}"]
    arrives = [move.legs[-1].departs + int(situation.lanes[way.lanes[-1]].transit_days) for move in way.moves]
    text = f"{', '.join(parts)}; there {span(problem, min(arrives), max(arrives))}"
    if usable != arrives and situation.item_of(first.offer).training:
        text += f", of use {span(problem, min(usable), max(usable))} with trained crews"
    return text


def _stages(situation: Situation, way: Way) -> str:
    """Return "by sea to Gdynia, after 3 days there by rail via Poznan to Rzeszow hub": parts by mode and wait."""
    stages: list[tuple[str, list[str]]] = []
    for k, lane in enumerate(way.lanes):
        row = situation.lanes[lane]
        end = situation.places[row.destination].name
        waited = [
            move.legs[k].departs - move.legs[k - 1].departs - int(situation.lanes[way.lanes[k - 1]].transit_days)
            for move in way.moves
        ] if k else [0]  # fmt: skip
        rest = f"after {_days(min(waited), max(waited))} there " if max(waited) > 0 else ""
        if stages and not rest and row.mode == situation.lanes[way.lanes[k - 1]].mode:
            stages[-1][1].append(end)
        else:
            stages.append((f"{rest}by {row.mode}", [end]))
    return ", ".join(
        f"{how} {f'via {listed(ends[:-1])} ' if len(ends) > 1 else ''}to {ends[-1]}" for how, ends in stages
    )


def _days(least: int, most: int) -> str:
    if least == most:
        return "a day" if most == 1 else f"{figure(most)} days"
    return f"{figure(least)} to {figure(most)} days"
