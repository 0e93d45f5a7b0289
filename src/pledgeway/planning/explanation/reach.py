"""The cheapest ways of one unit through the time-expanded network: on an empty one, on what a plan leaves, or between.

Places are walked day by day, with two labels a place and day: arrived that day, and lying there since an earlier day.
They differ because goods that leave on the day they come are handled twice that day.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from pledgeway.planning.explanation.network import Floats, Network, Room
from pledgeway.planning.kernels import njit
from pledgeway.planning.plan import Leg

SHARE = 0.01
LEAST = 1e-9
SLACK = 1e-9
START, LAY, CAME = 0, 1, 2


@dataclass(frozen=True)
class Load:
    """What one unit asks of the network: its tonnes; ``divisible`` ones also fit in pieces."""

    tonnes: float
    divisible: bool


@dataclass(frozen=True)
class Window:
    """Where and when an offer may first depart: place number, first and last day."""

    origin: int
    first: int
    last: int


@dataclass(frozen=True)
class Reach:
    """Ways from a window, up to some day. ``came`` (P, D): least cost of a tonne that arrives on that very day; none:
    infinite.

    ``lane`` (P, D) is the last lane of that way, ``before`` (P, D) how it left (START, LAY, CAME), ``lay`` (P, D)
    whether goods lying there had come the day before.
    """

    came: Floats
    lane: npt.NDArray[np.int32]
    before: npt.NDArray[np.int8]
    lay: npt.NDArray[np.bool_]


@njit(cache=True, inline="always")
def _short(room: float, capacity: float, tonnes: float, divisible: bool) -> bool:
    """Whether ``room`` cannot take a unit; in pieces, a hundredth of the capacity is room enough."""
    need = min(tonnes, SHARE * capacity) if divisible else tonnes
    return room < need - SLACK * need or room < LEAST


@njit(cache=True, inline="always")
def _toll(room: float, capacity: float, tonnes: float, divisible: bool, penalty: float) -> float:
    """Cost of passing: infinite where even the empty network cannot take it, ``penalty`` where what is left cannot."""
    if _short(capacity, capacity, tonnes, divisible):
        return np.inf
    return penalty if _short(room, capacity, tonnes, divisible) else 0.0


@njit(cache=True, inline="always")
def _least(starts: float, lay: float, came: float) -> tuple[float, int]:
    """Return the least cost of leaving a place, and of which goods."""
    if starts <= lay and starts <= came:
        return starts, START
    return (lay, LAY) if lay <= came else (came, CAME)


@njit(cache=True, nogil=True)
def walk(
    network: tuple[Any, ...], whole: tuple[Floats, ...], room: tuple[Floats, ...], start: int, first: int, last: int,
    tonnes: float, divisible: bool, penalty: float, until: int,
) -> tuple[Any, Any, Any, Any]:  # fmt: skip
    leaving_start, leaving, destinations, transit, cost = network
    lanes, handling, storage = whole
    room_lanes, room_handling, room_storage = room
    places, days = len(handling), min(until + 1, handling.shape[1])
    came = np.full((places, days), np.inf)
    lies = np.full((places, days), np.inf)
    lane_in = np.full((places, days), -1, dtype=np.int32)
    before = np.zeros((places, days), dtype=np.int8)
    lay = np.zeros((places, days), dtype=np.bool_)
    for day in range(first, days):
        if day > first:
            for p in range(places):
                waits = min(came[p, day - 1], lies[p, day - 1])
                if waits < np.inf:
                    night = day - 1
                    lies[p, day] = waits + _toll(room_storage[p, night], storage[p, night], tonnes, divisible, penalty)
                    lay[p, day] = came[p, night] <= lies[p, night]
        for here in range(places):
            starts = here == start and day <= last
            if not (starts or came[here, day] < np.inf or lies[here, day] < np.inf):
                continue
            once = _toll(room_handling[here, day], handling[here, day], tonnes, divisible, penalty)
            twice = _toll(room_handling[here, day], handling[here, day], 2.0 * tonnes, divisible, penalty)
            best, way = _least(once if starts else np.inf, lies[here, day] + once, came[here, day] + twice)
            if best == np.inf:
                continue
            for e in range(leaving_start[here], leaving_start[here + 1]):
                k = leaving[e]
                there, arrives = destinations[k], day + transit[k]
                if arrives >= days:
                    continue
                costs = best + (
                    cost[k] + _toll(room_lanes[k, day], lanes[k, day], tonnes, divisible, penalty)
                    + _toll(room_handling[there, arrives], handling[there, arrives], tonnes, divisible, penalty)
                )  # fmt: skip
                if costs < came[there, arrives]:
                    came[there, arrives], lane_in[there, arrives], before[there, arrives] = costs, k, way
    return came, lane_in, before, lay


def ways(
    network: Network, room: Room, window: Window, load: Load, penalty: float = np.inf, until: int | None = None
) -> Reach:
    """Return the cheapest ways of a unit from ``window``, per tonne; those that arrive by the day ``until``, if given.

    Where ``room`` is short, passing costs ``penalty`` more (per limit passed): infinite keeps to the room, 0 walks the
    empty network.
    """
    return Reach(*walk(
        network.ways, network.capacity.parts, room.parts, window.origin, window.first, window.last, load.tonnes,
        load.divisible, penalty, network.days - 1 if until is None else until,
    ))  # fmt: skip


def by_day(reach: Reach, window: Window, place: int) -> Floats:
    """Return (D,): least cost of a tonne that is at ``place`` by that day. Goods offered there need no way."""
    cost = np.minimum.accumulate(reach.came[place])
    if place == window.origin:
        cost[window.first :] = 0.0
    return cost


def trace(network: Network, reach: Reach, place: int, arrives: int) -> list[Leg]:
    """Return the legs of the way that arrives at ``place`` on the day ``arrives``."""
    legs: list[Leg] = []
    while True:
        lane, way = int(reach.lane[place, arrives]), int(reach.before[place, arrives])
        departs = arrives - int(network.transit[lane])
        legs.append(Leg(network.lanes[lane], departs))
        place = int(network.origin[lane])
        if way == START:
            return legs[::-1]
        arrives = departs
        if way == LAY:
            while not reach.lay[place, arrives]:
                arrives -= 1
            arrives -= 1


@dataclass(frozen=True)
class Full:
    """One limit on a way that has no room for the unit: kind (lane, handling, storage), id and day."""

    kind: str
    id: str
    day: int


def limits_on(network: Network, legs: list[Leg], load: Load) -> list[tuple[Full, int, float]]:
    """Return each limit that ``legs`` meet: what it is, the number of its row, and the tonnes asked of it."""
    met: dict[tuple[str, int, int], float] = {}
    here, since = -1, 0
    for leg in legs:
        lane = network.lane_of[leg.lane]
        arrives = leg.departs + int(network.transit[lane])
        for night in range(since, leg.departs) if here >= 0 else ():
            met["storage", here, night] = load.tonnes
        met["lane", lane, leg.departs] = load.tonnes
        start, here, since = int(network.origin[lane]), int(network.destination[lane]), arrives
        for place, day in ((start, leg.departs), (here, arrives)):
            met["handling", place, day] = met.get(("handling", place, day), 0.0) + load.tonnes
    return [
        (Full(kind, (network.lanes if kind == "lane" else network.places)[number], day), number, asked)
        for (kind, number, day), asked in met.items()
    ]


def is_short(network: Network, room: Room, full: Full, number: int, asked: float, load: Load) -> bool:
    """Return whether ``room`` cannot take what a unit asks of one limit."""
    left, whole = {
        "lane": (room.lanes, network.capacity.lanes),
        "handling": (room.handling, network.capacity.handling),
        "storage": (room.storage, network.capacity.storage),
    }[full.kind]
    capacity = whole[number, full.day]
    return bool(_short(left[number, full.day], capacity, asked, load.divisible))


def full_on(network: Network, room: Room, legs: list[Leg], load: Load) -> list[Full]:
    """Return the limits on the way ``legs`` that ``room`` is too short for."""
    return [
        full for full, number, asked in limits_on(network, legs, load)
        if is_short(network, room, full, number, asked, load)
    ]  # fmt: skip
