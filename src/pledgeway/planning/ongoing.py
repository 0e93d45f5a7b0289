"""A plan while another one is carried out: what has departed stands, the rest is planned anew.

Rules, besides those of the problem:

- *today* is planned in the morning: what departs on an earlier day has departed, whatever is planned now.
- A movement whose last leg has departed, or that needs none and was offered before today, is fixed: its requirement has
  the units on the day they are of use. Units that must wait for crews who no longer come in time are at the
  requirement's place, under way as in the next rule.
- A movement of which some legs have departed is under way: its units are, or will be, where the last of these ends.
  From there they may go to any requirement that accepts them. They take up storage until they leave again.
- All else departs today or later, or not at all.
- The value is that of whole movements, from the first leg to the last, so that it compares with the plan's before.
- Taking back an allocation (units of an offer that were to go to a requirement and have not all arrived) costs the
  change weight in points, a part of it that part of the points. Giving more costs nothing.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd

from pledgeway.planning.plan import Leg, Movement, Plan, allocations, lateness
from pledgeway.planning.problem import Problem
from pledgeway.tables.rows import each_row

TOLERANCE = 1e-9


class HistoryError(ValueError):
    """What has departed does not fit the problem; ``faults`` has a sentence for each offer, requirement or lane."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__("; ".join(faults))
        self.faults = faults


@dataclass(frozen=True)
class Ongoing:
    """What is left to plan from ``today`` on.

    ``problem`` has an offer more for the goods of each offer that are under way to one place on one day; ``under_way``
    has by its id the legs that they took, with the units that took them. ``arrived`` are the movements that are fixed,
    worth ``arrived_value``. ``kept`` lists the allocations that cost something to take back: offer, requirement (ids in
    ``problem``), quantity (units), bonus (points a unit). ``sunk`` is what the legs taken cost (points a unit) by id.
    ``remaining`` are the legs of the plan before that are still to come, as movements of ``problem``.
    """

    problem: Problem
    today: int
    change_weight: float
    arrived: tuple[Movement, ...]
    arrived_value: float
    under_way: Mapping[str, tuple[tuple[str, tuple[Leg, ...], float], ...]]
    sunk: Mapping[str, float]
    kept: pd.DataFrame
    remaining: tuple[Movement, ...]

    @property
    def kept_worth(self) -> float:
        """Points that taking everything back would cost."""
        return float((self.kept["quantity"] * self.kept["bonus"]).sum())

    def cost(self, movements: Iterable[Movement]) -> float:
        """Return what ``movements`` of ``problem`` cost for the allocations that they take back, in points."""
        units: dict[tuple[str, str], float] = defaultdict(float)
        for move in movements:
            units[move.offer, move.requirement] += move.quantity
        lost = [row.bonus * max(0.0, row.quantity - units[row.offer, row.requirement]) for row in each_row(self.kept)]
        return math.fsum(lost)

    def sunk_cost(self, movements: Iterable[Movement]) -> float:
        """Return what the legs cost that were taken before ``movements`` of ``problem``, in points."""
        return math.fsum(self.sunk.get(move.offer, 0.0) * move.quantity for move in movements)

    def whole(self, movements: Iterable[Movement]) -> tuple[Movement, ...]:
        """Return ``movements`` of ``problem`` with the legs taken before, and all that has arrived."""
        left = {key: [part[2] for part in parts] for key, parts in self.under_way.items()}
        found: list[Movement] = list(self.arrived)
        for move in movements:
            if move.offer not in left:
                found.append(move)
                continue
            units = move.quantity
            for k, (offer, legs, _) in enumerate(self.under_way[move.offer]):
                taken = min(units, left[move.offer][k])
                if taken > TOLERANCE:
                    found.append(replace(move, offer=offer, quantity=taken, legs=(*legs, *move.legs)))
                    left[move.offer][k] -= taken
                    units -= taken
        return merged(found)


def merged(movements: Iterable[Movement]) -> tuple[Movement, ...]:
    """Return ``movements``, those of one offer, requirement, way and day as one, in order of departure."""
    units: dict[tuple[Any, ...], float] = defaultdict(float)
    for move in movements:
        units[move.offer, move.requirement, move.legs, move.usable] += move.quantity
    found = [Movement(offer, need, quantity, legs, usable) for (offer, need, legs, usable), quantity in units.items()]
    return tuple(
        sorted(found, key=lambda m: (m.legs[0].departs if m.legs else m.usable, m.offer, m.requirement, m.usable))
    )


def usual_change_weight(problem: Problem, plan: Plan) -> float:
    """Return a tenth of what an allocation of ``plan`` is worth on average, in points."""
    worth = allocations(problem, plan)["worth"]
    return 0.1 * float(worth.mean()) if len(worth) else 0.0


def changes(before: Plan, after: Iterable[Movement]) -> pd.DataFrame:
    """Return a row per offer and requirement whose units differ: offer, requirement, before, after (units)."""
    units: dict[tuple[str, str], list[float]] = defaultdict(lambda: [0.0, 0.0])
    for column, movements in enumerate((before.movements, after)):
        for move in movements:
            units[move.offer, move.requirement][column] += move.quantity
    rows = [(*pair, *two) for pair, two in sorted(units.items()) if abs(two[0] - two[1]) > TOLERANCE * max(1.0, *two)]
    return pd.DataFrame(rows, columns=["offer", "requirement", "before", "after"])


def carry_on(problem: Problem, plan: Plan, today: int, change_weight: float = 0.0) -> Ongoing:
    """Return what is left of ``problem`` to plan on day ``today``, while ``plan`` is carried out.

    ``problem`` may differ from the one that ``plan`` was made for. Raises HistoryError where it does not even have what
    has departed, and ValueError for a day or weight below 0.
    """
    if not 0 <= today < problem.days or change_weight < 0:
        raise ValueError(f"today must be a day from 0 to {problem.days - 1} and the change weight not below 0")
    history = _History(problem, plan, today)
    if history.faults:
        raise HistoryError(history.faults)
    return Ongoing(
        problem=history.left(), today=today, change_weight=change_weight, arrived=tuple(history.arrived),
        arrived_value=history.value, under_way={key: tuple(parts) for key, parts in history.under_way.items()},
        sunk=history.sunk, kept=history.kept(change_weight), remaining=tuple(history.remaining),
    )  # fmt: skip


class _History:
    """A plan's movements parted into what has arrived, what is under way and what has not departed."""

    def __init__(self, problem: Problem, plan: Plan, today: int) -> None:
        self.problem, self.today = problem, today
        self.lanes, self.offers, self.needs, self.items, self.courses = (
            {row.id: row for row in each_row(table)}
            for table in (problem.lanes, problem.offers, problem.requirements, problem.items, problem.courses)
        )
        self.factors = {(row.requirement, row.item): row.factor for row in each_row(problem.accepts)}
        self.faults: list[str] = []
        self.arrived: list[Movement] = []
        self.value = 0.0
        self.under_way: dict[str, list[tuple[str, tuple[Leg, ...], float]]] = defaultdict(list)
        self.stands: dict[str, tuple[str, str, int]] = {}
        self.costs: dict[str, float] = defaultdict(float)
        self.remaining: list[Movement] = []
        self.gone: dict[str, float] = defaultdict(float)
        self.served: dict[str, float] = defaultdict(float)
        self.handled: dict[tuple[str, int], float] = defaultdict(float)
        self.seats = {row.id: int(row.seats) for row in self.courses.values()}
        self.trained: dict[str, tuple[float, int]] = defaultdict(lambda: (0.0, 0))  # seats needed and taken by class
        for move in sorted(plan.movements, key=lambda move: move.usable):
            self._part(move)
        self._check()

    @property
    def sunk(self) -> dict[str, float]:
        """What the legs taken cost, points a unit, by the id of what is under way."""
        return {key: self.costs[key] / sum(part[2] for part in parts) for key, parts in self.under_way.items()}

    def _part(self, move: Movement) -> None:
        taken = tuple(leg for leg in move.legs if leg.departs < self.today)
        handed_over = (
            not move.legs and move.offer in self.offers and self.offers[move.offer].available_from < self.today
        )
        if not taken and not handed_over:
            if move.offer in self.offers and move.requirement in self.needs:
                self.remaining.append(move)
            return
        lost = [f"lane {leg.lane}" for leg in taken if leg.lane not in self.lanes]
        lost += [f"offer {move.offer}"] if move.offer not in self.offers else []
        if lost:
            self.faults.append(f"{', '.join(lost)}: not in the problem, but goods have departed")
            return
        self.gone[move.offer] += move.quantity
        tonnes = move.quantity * self._item(move).mass_t
        for leg in taken:
            lane = self.lanes[leg.lane]
            if leg.departs + lane.transit_days >= self.today:
                self.handled[lane.destination, leg.departs + int(lane.transit_days)] += tonnes
        if len(taken) == len(move.legs) and self._arrives(move):
            self.arrived.append(move)
            self.served[move.requirement] += move.quantity
            self.value += self._worth(move)
        else:
            self._stand(move, taken)

    def _item(self, move: Movement) -> Any:
        return self.items[self.offers[move.offer].item]

    def _cost(self, move: Movement, legs: tuple[Leg, ...]) -> float:
        cost = sum(self.lanes[leg.lane].cost_per_t for leg in legs)
        return float(self.problem.transport_weight * cost * move.quantity * self._item(move).mass_t)

    def _worth(self, move: Movement) -> float:
        need = self.needs[move.requirement]
        factor = self.factors.get((move.requirement, self.offers[move.offer].item), 0.0)
        keeps = lateness(move.usable - int(need.due), int(need.grace_days))
        return float(need.weight * factor * keeps * move.quantity) - self._cost(move, move.legs)

    def _arrives(self, move: Movement) -> bool:
        """Return whether the requirement is still there and crews are; then their seats are taken, the latest first."""
        item = self._item(move)
        if move.requirement not in self.needs or (move.requirement, item.id) not in self.factors:
            return False
        if not item.training:
            return True
        ready = {
            row.id: row.start + row.duration_days
            for row in self.courses.values()
            if row.training == item.training and row.start + row.duration_days <= move.usable
        }
        needed, taken = self.trained[item.training]
        needed += item.seats_per_unit * move.quantity
        wanted = math.ceil(needed - TOLERANCE) - taken
        if sum(self.seats[course] for course in ready) < wanted:
            return False
        self.trained[item.training] = (needed, taken + wanted)
        for course in sorted(ready, key=lambda course: -ready[course]):
            seats = min(wanted, self.seats[course])
            self.seats[course] -= seats
            wanted -= seats
        return True

    def _stand(self, move: Movement, taken: tuple[Leg, ...]) -> None:
        """Let the units go on from where the legs taken lead."""
        place, day = self.offers[move.offer].origin, self.today
        if taken:
            lane = self.lanes[taken[-1].lane]
            place, day = lane.destination, max(self.today, taken[-1].departs + int(lane.transit_days))
        key = f"{move.offer} at {place} on day {day}"
        self.stands[key] = (move.offer, place, day)
        self.under_way[key].append((move.offer, taken, move.quantity))
        self.costs[key] += self._cost(move, taken)
        if move.requirement in self.needs:
            usable = max(move.usable, day)
            self.remaining.append(replace(move, offer=key, legs=move.legs[len(taken) :], usable=usable))

    def _check(self) -> None:
        """Find where the problem has less than has departed."""
        for offer, units in self.gone.items():
            has = float(self.offers[offer].quantity)
            if units > has + TOLERANCE * max(1.0, has):
                self.faults.append(f"offer {offer}: {units:g} units have departed before day {self.today}, "
                                   f"the problem has {has:g}")  # fmt: skip
        for need, units in self.served.items():
            has = float(self.needs[need].quantity)
            if units > has + TOLERANCE * max(1.0, has):
                self.faults.append(f"requirement {need}: {units:g} units have departed for it before day {self.today}, "
                                   f"the problem asks for {has:g}")  # fmt: skip

    def left(self) -> Problem:
        """Return the problem that is left: days before today are closed, goods under way are offers of their own."""
        problem, today = self.problem, self.today
        offers, needs = problem.offers, problem.requirements
        rest = (offers["quantity"] - offers["id"].map(self.gone).fillna(0.0)).clip(lower=0.0)
        first = offers["available_from"].clip(lower=today)
        offers = offers.assign(quantity=rest.where(offers["available_until"] >= today, 0.0), available_from=first)
        stands = [
            {**self.offers[offer]._asdict(), "id": key, "origin": place, "available_from": day,
             "available_until": problem.days - 1, "in_storage": False,
             "quantity": sum(part[2] for part in self.under_way[key])}
            for key, (offer, place, day) in self.stands.items()
        ]  # fmt: skip
        closed = [
            {"lane": lane, "first_day": 0, "last_day": today - 1, "capacity_t_per_day": 0.0, "note": None}
            for lane in (problem.lanes["id"] if today else ())
        ]
        asked = (needs["quantity"] - needs["id"].map(self.served).fillna(0.0)).clip(lower=0.0)
        courses = problem.courses
        return replace(
            problem,
            offers=pd.concat([offers, pd.DataFrame(stands)], ignore_index=True) if stands else offers,
            requirements=needs.assign(quantity=asked),
            courses=courses.assign(seats=courses["id"].map(self.seats)),
            exceptions=pd.concat([problem.all_exceptions(), pd.DataFrame(closed)], ignore_index=True)
            if closed else problem.exceptions,
            pins=self._pins(),
            taken=pd.DataFrame([
                *each_row(problem.taken),
                *(("handling", place, day, tonnes) for (place, day), tonnes in self.handled.items()),
            ], columns=problem.taken.columns),
        )  # fmt: skip

    def _pins(self) -> pd.DataFrame:
        """Return the pins of what is left: goods under way keep the pins of their offer, what has departed counts."""
        pins, rows = self.problem.pins, []
        moved: dict[tuple[str, str], float] = defaultdict(float)
        for move in self.arrived:
            moved[move.offer, move.requirement] += move.quantity
        for move in self.remaining:
            if move.offer in self.stands:
                moved[self.stands[move.offer][0], move.requirement] += move.quantity
        for pin in each_row(pins):
            row = pin._asdict()
            if pin.kind == "forbidden":
                rows += [row, *({**row, "offer": key} for key, stand in self.stands.items() if stand[0] == pin.offer)]
            elif pin.quantity > moved[pin.offer, pin.requirement]:
                rows.append({**row, "quantity": pin.quantity - moved[pin.offer, pin.requirement]})
        return pd.DataFrame(rows, columns=pins.columns)

    def kept(self, change_weight: float) -> pd.DataFrame:
        """Return what of the plan's allocations is not there yet, with the bonus of each unit."""
        units: dict[tuple[str, str], float] = defaultdict(float)
        whole: dict[tuple[str, str], float] = defaultdict(float)
        for move in self.remaining:
            units[move.offer, move.requirement] += move.quantity
            whole[self._offer(move.offer), move.requirement] += move.quantity
        rows = [
            (offer, need, quantity, change_weight / whole[self._offer(offer), need])
            for (offer, need), quantity in units.items()
        ]
        return pd.DataFrame(rows if change_weight > 0 else [], columns=["offer", "requirement", "quantity", "bonus"])

    def _offer(self, key: str) -> str:
        return self.stands[key][0] if key in self.stands else key
