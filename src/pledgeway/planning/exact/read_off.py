"""From the program's answer to movements, and from a plan to the program's variables."""

from __future__ import annotations

from collections import defaultdict, deque
from dataclasses import dataclass

import numpy as np

from pledgeway.planning.engine.arrays import Arrays, Floats
from pledgeway.planning.exact.model import Commodity, Model
from pledgeway.planning.plan import Leg, Movement, Plan
from pledgeway.planning.problem import Problem

DUST = 1e-3
"""Least quantity of a divisible item that is worth a movement (PROBLEM.md)."""


@dataclass
class _Lot:
    """Units that arrived at a destination together."""

    day: int
    offer: int
    legs: tuple[tuple[int, int], ...]
    units: float


class _Flows:
    """One commodity's answer, taken apart into ways from an offer to a destination."""

    def __init__(self, arrays: Arrays, commodity: Commodity, answer: Floats) -> None:
        self.arrays, self.commodity = arrays, commodity
        self.left = answer if commodity.divisible else np.round(answer)
        self.least = 1e-7 if commodity.divisible else 0.5
        self.leaving: dict[tuple[int, int], list[tuple[int, int]]] = defaultdict(list)
        for lane, day in zip(*np.nonzero(commodity.ride >= 0), strict=True):
            number = int(commodity.ride[lane, day])
            if self.left[number] > self.least:
                self.leaving[int(arrays.network.origin[lane]), int(day)].append((int(lane), number))

    def lots(self) -> dict[int, list[_Lot]]:
        """Return what arrives, by destination."""
        found: dict[int, list[_Lot]] = defaultdict(list)
        for (offer, day), number in self.commodity.enter.items():
            while self.left[number] > self.least:
                lot, place = self._way(offer, day, number)
                if lot is None:
                    break
                if lot.units > self.least:
                    found[place].append(lot)
        return found

    def _way(self, offer: int, day: int, number: int) -> tuple[_Lot | None, int]:
        """Follow units from their first departure; what is delivered or stays the night comes before riding on."""
        network, commodity = self.arrays.network, self.commodity
        place = int(self.arrays.window_origin[self.arrays.offer_window[offer]])
        used, legs, entering = [number], [], True
        while True:
            deliver = -1 if entering else commodity.deliver.get((place, day), -1)
            night = -1 if entering else int(commodity.night[place, day])
            if deliver >= 0 and self.left[deliver] > self.least:
                used.append(deliver)
                break
            if night >= 0 and self.left[night] > self.least:
                used.append(night)
                day += 1
                continue
            ride = next(((k, n) for k, n in self.leaving[place, day] if self.left[n] > self.least), None)
            if ride is None:
                return None, place
            legs.append((ride[0], day))
            used.append(ride[1])
            place, day, entering = int(network.destination[ride[0]]), day + int(network.transit[ride[0]]), False
        units = float(self.left[used].min())
        self.left[used] -= units
        return _Lot(day, offer, tuple(legs), units), place


def movements(model: Model, problem: Problem, answer: Floats) -> list[Movement]:
    """Return the movements of the program's ``answer`` (one number a variable), in order of departure."""
    days, found = model.arrays.network.days, []
    destinations = _destinations(problem)
    for commodity in model.commodities:
        whole = 1e-7 if commodity.divisible else 0.5
        lots = {place: deque(sorted(some, key=lambda lot: lot.day)) for place, some in
                _Flows(model.arrays, commodity, answer.copy()).lots().items()}  # fmt: skip
        for (need, day), number in sorted(commodity.serve.items(), key=lambda entry: entry[0][1]):
            wanted, here = float(answer[number]), lots.get(destinations[need], deque())
            while wanted > whole and here and here[0].day <= day:
                units = min(wanted, here[0].units)
                found.append((here[0].offer, need, units, here[0].legs, day, commodity.divisible))
                wanted -= units
                here[0].units -= units
                if here[0].units <= whole:
                    here.popleft()
        for (offer, at), number in commodity.direct.items():
            if answer[number] > whole:
                found.append((offer, at // days, float(answer[number]), (), at % days, commodity.divisible))
    return _named(problem, found)


def _named(
    problem: Problem, found: list[tuple[int, int, float, tuple[tuple[int, int], ...], int, bool]]
) -> list[Movement]:
    offers, needs, lanes = (frame["id"].tolist() for frame in (problem.offers, problem.requirements, problem.lanes))
    moves = [
        Movement(offers[o], needs[r], units if divisible else float(round(units)),
                 tuple(Leg(lanes[lane], day) for lane, day in legs), usable)
        for o, r, units, legs, usable, divisible in found
        if units >= DUST
    ]  # fmt: skip
    return sorted(moves, key=lambda m: (m.legs[0].departs if m.legs else m.usable, m.offer, m.requirement))


def _destinations(problem: Problem) -> list[int]:
    places = {place: k for k, place in enumerate(problem.places["id"])}
    return [places[place] for place in problem.requirements["destination"]]


def units(model: Model, problem: Problem, plan: Plan) -> Floats:
    """Return the program's variables as ``plan`` has them; movements that the model has no room for are left out."""
    offers, needs, lanes = (
        {key: k for k, key in enumerate(frame["id"])} for frame in (problem.offers, problem.requirements, problem.lanes)
    )
    arrays, destinations = model.arrays, _destinations(problem)
    commodity_of = {offer: c for c in model.commodities for offer in c.offers}
    values = np.zeros(len(model.rows.worth))
    for move in plan.movements:
        offer, need = offers[move.offer], needs[move.requirement]
        legs = [(lanes[leg.lane], leg.departs) for leg in move.legs]
        found = _variables(arrays, commodity_of[offer], offer, need, destinations[need], legs, move.usable)
        if min(found) >= 0:
            np.add.at(values, found, move.quantity)
    return values


def _variables(
    arrays: Arrays, commodity: Commodity, offer: int, need: int, place: int, legs: list[tuple[int, int]], usable: int
) -> list[int]:
    """Return the variables that a unit of a movement uses; -1 among them where the model left one out."""
    days = arrays.network.days
    day = max(usable, min(int(arrays.need_due[need]), days - 1))
    if not legs:
        return [commodity.direct.get((offer, need * days + day), -1)]
    found = [commodity.enter.get((offer, legs[0][1]), -1)]
    came = legs[0][1]
    for k, (lane, departs) in enumerate(legs):
        if k:
            found += commodity.night[arrays.network.origin[lane], came:departs].tolist()
        found.append(int(commodity.ride[lane, departs]))
        came = departs + int(arrays.network.transit[lane])
    found.append(commodity.deliver.get((place, came), -1))
    found += [commodity.pool.get((place, night), -1) for night in range(came, day)]
    return [*found, commodity.serve.get((need, day), -1)]
