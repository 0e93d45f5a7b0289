"""Is a plan valid, and is its bound proven? The rules of the problem, sharing no code with the engine.

Never raises on a plan's content, however wrong: everything found is listed. The bound is recomputed from prices by
:mod:`pledgeway.planning.proof`.
"""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from pledgeway.planning.plan import WHOLE_SEATS, Movement, Plan, lateness
from pledgeway.planning.problem import Problem
from pledgeway.planning.proof import Rows, is_number, is_whole, proven_limit
from pledgeway.tables.rows import each_row

TOLERANCE = 1e-9
DUST = 1e-3

Floats = npt.NDArray[np.float64]
Load = dict[Any, list[tuple[int, float]]]


@dataclass(frozen=True)
class Verification:
    """What was found: the value by rule 7, every broken rule as a sentence, and what the plan's prices prove.

    ``proven`` is the limit that the prices prove, None where the bound rests on a solver's word.
    """

    value: float
    broken: tuple[str, ...]
    proven: float | None
    bound_holds: bool

    @property
    def valid(self) -> bool:
        """Whether no rule is broken and the bound holds."""
        return not self.broken and self.bound_holds


class _BrokenError(Exception):
    """A movement so broken that the rest of it cannot be read."""


class _Loads:
    """What the movements use, gathered one movement at a time; faults are written to ``broken``."""

    def __init__(self, network: Rows) -> None:
        self.network = network
        self.broken: list[str] = []
        self.value: list[float] = []
        self.lane: dict[tuple[str, int], list[float]] = defaultdict(list)
        self.handling: dict[tuple[str, int], list[float]] = defaultdict(list)
        self.storage: dict[tuple[str, int], list[float]] = defaultdict(list)
        self.shipped: dict[str, list[float]] = defaultdict(list)
        self.served: dict[str, list[float]] = defaultdict(list)
        self.pairs: dict[tuple[str, str], list[float]] = defaultdict(list)
        self.seats: dict[str, list[tuple[int, float]]] = defaultdict(list)
        self.left_store: dict[str, dict[int, float]] = defaultdict(lambda: defaultdict(float))
        self.small: list[tuple[int, Movement]] = []

    def add(self, k: int, move: Movement) -> None:
        """Take movement ``k`` in, and say what is broken in it."""
        faults: list[str] = []
        try:
            self._add(k, move, faults)
        except _BrokenError as fault:
            faults.append(str(fault))
        self.broken += [f"movement {k}: {text}" for text in faults]

    def _add(self, k: int, move: Movement, faults: list[str]) -> None:
        network = self.network
        offer, need = network.offers.get(move.offer), network.needs.get(move.requirement)
        if offer is None or need is None:
            raise _BrokenError(f"unknown {'offer' if offer is None else 'requirement'} "
                       f"{(move.offer if offer is None else move.requirement)!r}")  # fmt: skip
        item = network.items[offer.item]
        quantity = move.quantity
        if not is_number(quantity) or quantity <= 0:
            raise _BrokenError(f"quantity {quantity!r} is not a number above 0")
        if not item.divisible and quantity != int(quantity):
            faults.append(f"{quantity} units of {item.name}, which moves in whole units (rule 6)")
        if item.divisible and quantity < DUST:
            self.small.append((k, move))
        factor = network.factor.get((need.id, offer.item))
        if factor is None:
            raise _BrokenError(f"{need.id} does not accept item {offer.item}")
        if offer.recipients is not None and need.recipient not in offer.recipients:
            faults.append(f"{offer.donor} does not give {offer.id} to {need.recipient}")
        arrival, here, cost = self._walk(faults, move, offer, float(quantity) * item.mass_t)
        if here != need.destination:
            faults.append(f"ends at {here}, not at {need.destination} (rule 1)")
        if not is_whole(move.usable) or not arrival <= move.usable <= network.days - 1:
            raise _BrokenError(f"usable on day {move.usable!r}; it arrives on day {arrival} (rule 5)")
        worth = need.weight * factor * lateness(move.usable - need.due, need.grace_days)
        weight = network.problem.transport_weight
        self.value += [worth * quantity, -weight * cost * quantity * item.mass_t]
        self.shipped[offer.id].append(quantity)
        self.served[need.id].append(quantity)
        self.pairs[offer.id, need.id].append(quantity)
        if item.training:
            self.seats[item.training].append((int(move.usable), item.seats_per_unit * quantity))
        if offer.in_storage and move.legs:
            self.left_store[offer.id][move.legs[0].departs] += quantity

    def _walk(self, faults: list[str], move: Movement, offer: Any, tonnes: float) -> tuple[int, str, float]:
        """Follow the legs (rule 1); return (arrival, place, cost of a tonne); raise where they lead nowhere."""
        network, here, arrival, cost = self.network, offer.origin, int(offer.available_from), 0.0
        for j, leg in enumerate(move.legs):
            lane = network.lanes.get(leg.lane)
            if lane is None or not is_whole(leg.departs) or not 0 <= leg.departs < network.days:
                raise _BrokenError(f"leg {j + 1}: no lane {leg.lane!r} on day {leg.departs!r}")
            if lane.origin != here:
                raise _BrokenError(f"lane {lane.id} starts at {lane.origin}, not at {here} (rule 1)")
            if j == 0 and not offer.available_from <= leg.departs <= offer.available_until:
                faults.append(
                    f"departs on day {leg.departs}; offered from day {offer.available_from} to {offer.available_until}"
                )
            if j > 0:
                if leg.departs < arrival:
                    raise _BrokenError(f"departs on day {leg.departs}, before it arrives on day {arrival} (rule 1)")
                for night in range(arrival, leg.departs):
                    self.storage[here, night].append(tonnes)
            self.lane[lane.id, leg.departs].append(tonnes)
            self.handling[here, leg.departs].append(tonnes)
            arrival, here = leg.departs + int(lane.transit_days), lane.destination
            self.handling[here, arrival].append(tonnes)
            cost += lane.cost_per_t
            if arrival > network.days - 1:
                faults.append(f"lane {lane.id} arrives on day {arrival}, after the last day (rule 1)")
        return arrival, here, cost


def _limits(loads: _Loads) -> None:
    """Rules 2, 3, 4 and 6: nothing carries, handles, stores or gives more than it has."""
    network = loads.network

    def check(used: dict[Any, list[float]], limit: Any, rule: int, words: Any) -> None:
        for key, amounts in used.items():
            most, total = limit(key), math.fsum(amounts)
            if not math.isnan(most) and total > most + TOLERANCE * most:
                loads.broken.append(f"{words(key)}: {total:.9g} of at most {most:.9g} (rule {rule})")

    check(loads.lane, lambda at: network.capacity[at[0]][at[1]], 2, lambda at: f"lane {at[0]} on day {at[1]}, tonnes")
    check(loads.handling, lambda at: network.places[at[0]].handling_t_per_day, 3,
          lambda at: f"handling at {at[0]} on day {at[1]}, tonnes")  # fmt: skip
    check(loads.storage, lambda at: network.places[at[0]].storage_t, 4,
          lambda at: f"storage at {at[0]} on night {at[1]}, tonnes")  # fmt: skip
    check(loads.shipped, lambda offer: network.offers[offer].quantity, 6, lambda offer: f"offer {offer}, units")
    check(loads.served, lambda need: network.needs[need].quantity, 6, lambda need: f"requirement {need}, units")
    for k, move in loads.small:
        rest = min(
            network.offers[move.offer].quantity - math.fsum(loads.shipped[move.offer]) + move.quantity,
            network.needs[move.requirement].quantity - math.fsum(loads.served[move.requirement]) + move.quantity,
        )
        if move.quantity < rest - TOLERANCE:
            loads.broken.append(f"movement {k}: {move.quantity} units are dust; at least {DUST} unless that is all")


def _stock(loads: _Loads) -> None:
    """Rule 4 where goods offered lie in the store itself."""
    network = loads.network
    stock: dict[tuple[str, int], list[float]] = defaultdict(list)
    for offer in network.offers.values():
        if not offer.in_storage:
            continue
        stays = float(offer.quantity)
        for night in range(network.days - 1):
            stays -= loads.left_store[offer.id].get(night, 0.0)
            stock[offer.origin, night].append(network.items[offer.item].mass_t * stays)
    for (place, night), amounts in stock.items():
        limit, total = network.places[place].storage_t, math.fsum(amounts + loads.storage.get((place, night), []))
        most = max(limit, math.fsum(amounts))
        if not math.isnan(limit) and total > most + TOLERANCE * most:
            loads.broken.append(f"storage at {place} on night {night} with the stock there, tonnes: "
                                f"{total:.9g} of at most {most:.9g} (rule 4)")  # fmt: skip


def _training(loads: _Loads, plan: Plan) -> None:
    """Rule 5: crews exist before the units they serve, and no seat is taken beyond need."""
    network, say = loads.network, loads.broken.append
    taken: dict[str, list[tuple[int, int]]] = defaultdict(list)
    for course_id, seats in plan.seats.items():
        course = network.courses.get(course_id)
        if course is None or not is_whole(seats) or seats < 0:
            say(f"seats: {seats!r} on course {course_id!r}")
            continue
        if seats > course.seats:
            say(f"course {course_id}: {seats} seats of {course.seats} (rule 5)")
        taken[course.training].append((course.start + course.duration_days, int(seats)))
    for training in taken.keys() | loads.seats.keys():
        needed, wanted = 0.0, loads.seats.get(training, [])
        for usable, units in sorted(wanted):
            needed += units
            have = sum(n for ready, n in taken[training] if ready <= usable)
            if needed > have + TOLERANCE * max(1.0, have):
                say(f"training {training}: {needed:.9g} seats needed by day {usable}, {have} trained (rule 5)")
                break
        total = sum(n for _, n in taken[training])
        if total > math.ceil(math.fsum(s for _, s in wanted) - TOLERANCE * max(1.0, total)):
            say(f"training {training}: {total} seats taken, {math.fsum(s for _, s in wanted):.9g} needed")


def _pins(loads: _Loads) -> None:
    for pin in each_row(loads.network.problem.pins):
        moved = math.fsum(loads.pairs.get((pin.offer, pin.requirement), []))
        if pin.kind == "forbidden" and moved > 0:
            loads.broken.append(f"pin: {pin.offer} to {pin.requirement} is forbidden, {moved:.9g} units go")
        if pin.kind == "fixed" and moved < pin.quantity - TOLERANCE * max(1.0, pin.quantity):
            loads.broken.append(f"pin: {pin.quantity:.9g} units of {pin.offer} to {pin.requirement} are fixed, "
                                f"{moved:.9g} go")  # fmt: skip


def verify(problem: Problem, plan: Plan) -> Verification:
    """Check every rule of the problem and recompute value and bound; see :class:`Verification`."""
    network = Rows(problem)
    loads = _Loads(network)
    if plan.problem != problem.name:
        loads.broken.append(f"the plan is for problem {plan.problem!r}, not {problem.name!r}")
    for k, move in enumerate(plan.movements):
        try:
            loads.add(k, move)
        except (TypeError, ValueError, OverflowError, AttributeError) as fault:
            loads.broken.append(f"movement {k}: cannot be read ({fault})")
    _limits(loads)
    _stock(loads)
    _training(loads, plan)
    _pins(loads)
    value = math.fsum(loads.value)
    slack = 1e-6 * max(1.0, abs(value))
    if not is_number(plan.value) or abs(plan.value - value) > slack:
        loads.broken.append(f"claimed value {plan.value!r} is not {value:.9g}")
    if not is_number(plan.bound):
        return Verification(value, (*loads.broken, f"claimed bound {plan.bound!r} is not a number"), None, False)
    if plan.bound < value - slack:
        loads.broken.append(f"claimed bound {plan.bound:.9g} is below the value {value:.9g}")
    whole_seats = plan.solver == WHOLE_SEATS
    prices = plan.prices if whole_seats else plan.certificate
    if prices is None:
        return Verification(value, tuple(loads.broken), None, bool(plan.solver) and not whole_seats)
    try:
        limit = proven_limit(network, prices, whole_seats=whole_seats)
    except (KeyError, ValueError, TypeError, IndexError) as fault:
        return Verification(value, (*loads.broken, f"prices: {fault}"), None, False)
    return Verification(value, tuple(loads.broken), limit, plan.bound >= limit - 1e-9 * max(1.0, abs(limit)))
