"""A problem and a plan of it, looked up once: rows by id, what is left of each offer, and who has the rest."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import Any

from pledgeway.planning.explanation.network import (
    Crews,
    Network,
    Room,
    build_network,
    crews,
    loads,
    remaining,
)
from pledgeway.planning.explanation.reach import Load, Window
from pledgeway.planning.plan import Movement, Plan, lateness
from pledgeway.planning.problem import Problem
from pledgeway.tables.rows import each_row

NONE_LEFT = 1e-6


@dataclass(frozen=True)
class Given:
    """A movement and what one of its units leaves: worth in points less the cost of its way."""

    net: float
    move: Movement


@dataclass(frozen=True)
class Situation:
    """Rows by id, room and crews that the plan leaves. ``given`` lists each offer's movements, the least worth first.

    ``left`` has the units of each offer that the plan leaves unused, ``got`` each requirement's movements in order of
    use. ``forbidden`` and ``fixed`` are the officer's own pins (offer, requirement).
    """

    problem: Problem
    plan: Plan
    network: Network
    used: Room
    room: Room
    crews: dict[str, Crews]
    places: dict[str, Any]
    lanes: dict[str, Any]
    items: dict[str, Any]
    offers: dict[str, Any]
    needs: dict[str, Any]
    courses: dict[str, Any]
    accepts: dict[str, dict[str, float]]
    given: dict[str, list[Given]]
    got: dict[str, list[Movement]]
    left: dict[str, float]
    forbidden: frozenset[tuple[str, str]]
    fixed: frozenset[tuple[str, str]]

    def item_of(self, offer: str) -> Any:
        """Return the row of the item that ``offer`` gives."""
        return self.items[self.offers[offer].item]

    def load(self, offer: str) -> Load:
        """Return what one unit of ``offer`` asks of the network; a piece of a divisible one counts in full."""
        item = self.item_of(offer)
        return Load(float(item.mass_t), bool(item.divisible))

    def window(self, offer: str) -> Window:
        """Return where and when ``offer`` may first depart."""
        row = self.offers[offer]
        return Window(self.network.place_of[row.origin], int(row.available_from), int(row.available_until))

    def net(self, move: Movement) -> float:
        """Return what one unit of ``move`` leaves: its worth less the cost of its way, in points."""
        need, item = self.needs[move.requirement], self.item_of(move.offer)
        worth = need.weight * self.accepts[need.id].get(item.id, 0.0)
        way = sum(float(self.network.cost[self.network.lane_of[leg.lane]]) for leg in move.legs)
        return float(worth * lateness(move.usable - need.due, need.grace_days) - way * item.mass_t)

    def lane_name(self, lane: str) -> str:
        """Return "Gdynia to Rzeszow hub (rail)"."""
        row = self.lanes[lane]
        return f"{self.places[row.origin].name} to {self.places[row.destination].name} ({row.mode})"


def usable_stock(quantity: float, divisible: bool) -> float:
    """Return how much of ``quantity`` can move: whole units of what is not divisible, and nothing of a crumb."""
    whole = quantity if divisible else float(int(quantity + NONE_LEFT))
    return whole if whole > NONE_LEFT else 0.0


def look_up(problem: Problem, plan: Plan) -> Situation:
    """Return the situation of ``plan``, which must be a valid plan of ``problem``."""
    network = build_network(problem)
    used = loads(network, plan)
    rows = {name: {row.id: row for row in each_row(getattr(problem, name))}
            for name in ("places", "lanes", "items", "offers", "requirements", "courses")}  # fmt: skip
    accepts: dict[str, dict[str, float]] = defaultdict(dict)
    for row in each_row(problem.accepts):
        accepts[row.requirement][row.item] = row.factor
    pins = {kind: frozenset((pin.offer, pin.requirement) for pin in each_row(problem.pins) if pin.kind == kind)
            for kind in ("forbidden", "fixed")}  # fmt: skip
    moved: dict[str, float] = defaultdict(float)
    got: dict[str, list[Movement]] = defaultdict(list)
    for move in plan.movements:
        moved[move.offer] += move.quantity
        got[move.requirement].append(move)
    left = {
        offer.id: usable_stock(
            usable_stock(offer.quantity, rows["items"][offer.item].divisible) - moved[offer.id],
            rows["items"][offer.item].divisible,
        )
        for offer in rows["offers"].values()
    }
    situation = Situation(
        problem=problem, plan=plan, network=network, used=used, room=remaining(network, used),
        crews=crews(problem, plan), places=rows["places"], lanes=rows["lanes"], items=rows["items"],
        offers=rows["offers"], needs=rows["requirements"], courses=rows["courses"], accepts=accepts,
        given=defaultdict(list), got=got, left=left, forbidden=pins["forbidden"], fixed=pins["fixed"],
    )  # fmt: skip
    for move in plan.movements:
        situation.given[move.offer].append(Given(situation.net(move), move))
    for own in situation.given.values():
        own.sort(key=lambda given: given.net)
    for moves in got.values():
        moves.sort(key=lambda move: move.usable)
    return situation
