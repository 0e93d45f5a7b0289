"""The problem's network as arrays, and the room that a plan leaves on it.

Independent of the engine: what this package says of a plan rests on the tables and on the movements alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from pledgeway.planning.kernels import njit
from pledgeway.planning.plan import Leg, Plan
from pledgeway.planning.problem import Problem
from pledgeway.tables.rows import each_row

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Room:
    """Tonnes a day on lanes (L, D), handled at places (P, D), stored overnight at places (P, D); infinite: no limit."""

    lanes: Floats
    handling: Floats
    storage: Floats

    @property
    def parts(self) -> tuple[Floats, Floats, Floats]:
        """Lanes, handling and storage."""
        return self.lanes, self.handling, self.storage

    def copy(self) -> Room:
        """Return a copy that may be changed."""
        return Room(*(part.copy() for part in self.parts))


@dataclass(frozen=True)
class Network:
    """Places and lanes by number, and what they can take on an empty day.

    ``origin``, ``destination``, ``transit`` (days) and ``cost`` (value lost per tonne) have an entry per lane. Lanes
    ``leaving[leaving_start[p] : leaving_start[p + 1]]`` lead away from place p.
    """

    problem: Problem
    places: list[str]
    lanes: list[str]
    place_of: dict[str, int]
    lane_of: dict[str, int]
    origin: Ints
    destination: Ints
    transit: Ints
    cost: Floats
    leaving_start: npt.NDArray[np.uint32]
    leaving: npt.NDArray[np.uint32]
    capacity: Room
    mass: dict[str, float] = field(default_factory=dict)

    @property
    def ways(self) -> tuple[npt.NDArray[np.uint32], npt.NDArray[np.uint32], Ints, Ints, Floats]:
        """What a walk goes along: lanes by place, and where, how long and at what cost each leads."""
        return self.leaving_start, self.leaving, self.destination, self.transit, self.cost

    @property
    def days(self) -> int:
        """The horizon in days."""
        return self.problem.days


def build_network(problem: Problem) -> Network:
    """Return the network of ``problem``, sailing days and exceptions included."""
    days, lanes = problem.days, problem.lanes
    places = problem.places["id"].tolist()
    place_of = {place: k for k, place in enumerate(places)}
    names = lanes["id"].tolist()
    lane_of = {lane: k for k, lane in enumerate(names)}
    capacity = np.repeat(lanes["capacity_t_per_day"].to_numpy(float)[:, None], days, axis=1)
    for row in each_row(problem.all_exceptions()):
        capacity[lane_of[row.lane], max(0, row.first_day) : row.last_day + 1] = row.capacity_t_per_day
    origin = lanes["origin"].map(place_of).to_numpy(np.int64)
    return Network(
        problem=problem, places=places, lanes=names, place_of=place_of, lane_of=lane_of, origin=origin,
        destination=lanes["destination"].map(place_of).to_numpy(np.int64),
        transit=lanes["transit_days"].to_numpy(np.int64),
        cost=problem.transport_weight * lanes["cost_per_t"].to_numpy(float),
        leaving_start=np.searchsorted(np.sort(origin), np.arange(len(places) + 1)).astype(np.uint32),
        leaving=np.argsort(origin, kind="stable").astype(np.uint32),
        capacity=Room(capacity, problem.handling_by_day(), problem.storage_by_day()),
        mass=dict(zip(problem.items["id"], problem.items["mass_t"], strict=True)),
    )  # fmt: skip


def use(network: Network, load: Room, ways: Sequence[Sequence[Leg]], tonnes: Sequence[float]) -> None:
    """Add to ``load`` the ``tonnes`` that take each of ``ways``."""
    legs = [leg for way in ways for leg in way]
    start = np.cumsum([0, *map(len, ways)])
    lane, departs = [network.lane_of[leg.lane] for leg in legs], [leg.departs for leg in legs]
    _use(
        start, np.array(lane, dtype=np.int64), np.array(departs, dtype=np.int64), np.array(tonnes, dtype=float),
        network.origin, network.destination, network.transit, *load.parts,
    )  # fmt: skip


@njit(cache=True)
def _use(
    start: Ints, lane: Ints, departs: Ints, tonnes: Floats, origin: Ints, destination: Ints, transit: Ints,
    lanes: Floats, handling: Floats, storage: Floats,
) -> None:  # fmt: skip
    for way in range(len(tonnes)):
        here, since = -1, 0
        for k in range(start[way], start[way + 1]):
            if here >= 0:
                storage[here, since : departs[k]] += tonnes[way]
            lanes[lane[k], departs[k]] += tonnes[way]
            handling[origin[lane[k]], departs[k]] += tonnes[way]
            here, since = destination[lane[k]], departs[k] + transit[lane[k]]
            handling[here, since] += tonnes[way]


def loads(network: Network, plan: Plan) -> Room:
    """Return what ``plan`` uses: tonnes on lanes, handled, and stored (goods offered in storage included)."""
    problem, days = network.problem, network.days
    used = Room(*(np.zeros_like(part) for part in network.capacity.parts))
    item_of = dict(zip(problem.offers["id"], problem.offers["item"], strict=True))
    left_on: dict[str, Floats] = {}
    moves = plan.movements
    use(network, used, [move.legs for move in moves],
        [move.quantity * network.mass[item_of[move.offer]] for move in moves])  # fmt: skip
    for move in moves:
        if move.legs:
            left_on.setdefault(move.offer, np.zeros(days))[move.legs[0].departs] += move.quantity
    for offer in each_row(problem.offers[problem.offers["in_storage"]]):
        stays = offer.quantity - np.cumsum(left_on.get(offer.id, np.zeros(days)))
        used.storage[network.place_of[offer.origin]] += network.mass[offer.item] * stays
    return used


def remaining(network: Network, used: Room) -> Room:
    """Return the room that ``used`` leaves, never below nothing."""
    whole = network.capacity
    return Room(
        np.maximum(0.0, whole.lanes - used.lanes),
        np.maximum(0.0, whole.handling - used.handling),
        np.maximum(0.0, whole.storage - used.storage),
    )


@dataclass(frozen=True)
class Crews:
    """Seats of one training class by day (D,): ``trained`` in all by then, ``spare``: what units usable by then leave,
    ``free``: what a unit usable then can still have (it keeps its seats from then on).
    """

    trained: Floats
    spare: Floats
    free: Floats


def crews(problem: Problem, plan: Plan) -> dict[str, Crews]:
    """Return for each training class what its courses train and what ``plan`` leaves free."""
    days = problem.days
    items = {row.id: row for row in each_row(problem.items)}
    item_of = dict(zip(problem.offers["id"], problem.offers["item"], strict=True))
    wanted = {item.training: np.zeros(days) for item in items.values() if item.training}
    trained = {training: np.zeros(days) for training in wanted}
    for course in each_row(problem.courses):
        ready = int(course.start + course.duration_days)
        if course.training in trained and ready < days:
            trained[course.training][ready:] += course.seats
    for move in plan.movements:
        item = items[item_of[move.offer]]
        if item.training:
            wanted[item.training][move.usable :] += item.seats_per_unit * move.quantity
    state = {}
    for training, seats in trained.items():
        spare = np.maximum(0.0, seats - wanted[training])
        state[training] = Crews(seats, spare, np.minimum.accumulate(spare[::-1])[::-1])
    return state
