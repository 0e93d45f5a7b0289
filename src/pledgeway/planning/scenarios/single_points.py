"""Single points of failure: the donors, places and lanes without which a requirement cannot be served at all.

One unit on an empty network: it takes a lane on a day when that can carry it, is handled where it departs and arrives
(twice where it goes on the same day), and lies over night where there is storage for it. For every place and day the
set of lanes and places that *all* ways on to the destination use is what all next steps have in common, each with what
it adds; days are walked backwards once for each destination, last day of use and mass.
"""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from pledgeway.planning.explanation.network import Floats, Ints, Network, build_network
from pledgeway.planning.kernels import njit
from pledgeway.planning.problem import Problem
from pledgeway.tables.rows import each_row

Sets = npt.NDArray[np.uint64]
"""Sets as bits: bit ``k`` of word ``k // 64`` for lane ``k``, or for place ``k - lanes``."""
WORD = 64
LEAST = 1e-9


@njit(cache=True, nogil=True)
def _common(
    goal: int, last: int, origin: Ints, destination: Ints, transit: Ints, lanes: Floats, handling: Floats,
    storage: Floats, mass: float,
) -> tuple[Any, Any]:  # fmt: skip
    """Return (P, D, words) what all ways share that leave a place on that very day, and (P, D) whether there is one."""
    places, days = handling.shape
    words = (len(origin) + places + WORD - 1) // WORD
    every = ~np.uint64(0)
    leave, leaves = np.full((places, days, words), every), np.zeros((places, days), dtype=np.bool_)
    stay, stays = np.full((places, days, words), every), np.zeros((places, days), dtype=np.bool_)
    came = np.empty(words, dtype=np.uint64)
    for day in range(last, -1, -1):
        for k in range(len(origin)):
            here, there, arrives = origin[k], destination[k], day + transit[k]
            if arrives > last or lanes[k, day] < mass or handling[here, day] < mass or handling[there, arrives] < mass:
                continue
            came[:] = every
            found = there == goal
            if found:
                came[:] = np.uint64(0)
            else:
                if leaves[there, arrives] and handling[there, arrives] >= 2.0 * mass:
                    found = True
                    came &= leave[there, arrives]
                if arrives < last and stays[there, arrives + 1] and storage[there, arrives] >= mass:
                    found = True
                    came &= stay[there, arrives + 1]
            if not found:
                continue
            for bit in (k, len(origin) + here, len(origin) + there):
                came[bit // WORD] |= np.uint64(1) << np.uint64(bit % WORD)
            leave[here, day] &= came
            leaves[here, day] = True
        for place in range(places):
            if leaves[place, day]:
                stays[place, day] = True
                stay[place, day] &= leave[place, day]
            if day < last and stays[place, day + 1] and storage[place, day] >= mass:
                stays[place, day] = True
                stay[place, day] &= stay[place, day + 1]
    return leave, leaves


class _Needed:
    """What all ways share, looked up by where and when goods must be, and how heavy they are."""

    def __init__(self, network: Network) -> None:
        self.network = network
        self.known: dict[tuple[int, int, float], tuple[Sets, npt.NDArray[np.bool_]]] = {}

    def by(self, window: tuple[int, int, int], goal: int, last: int, mass: float) -> Sets | None:
        """Return what all ways from ``window`` (place, first and last day) share; None where there is no way."""
        network = self.network
        origin, first, until = window
        words = (len(network.lanes) + len(network.places) + WORD - 1) // WORD
        if first > last:
            return None
        if origin == goal:
            return np.zeros(words, dtype=np.uint64)
        if (goal, last, mass) not in self.known:
            room = network.capacity
            self.known[goal, last, mass] = _common(
                goal, last, network.origin, network.destination, network.transit, room.lanes, room.handling,
                room.storage, mass,
            )  # fmt: skip
        leave, leaves = self.known[goal, last, mass]
        days = np.flatnonzero(leaves[origin, first : min(until, last) + 1]) + first
        if not len(days):
            return None
        result: Sets = np.bitwise_and.reduce(leave[origin, days], axis=0)
        return result


def single_points(problem: Problem) -> pd.DataFrame:
    """Return the requirements that only one donor, place or lane can serve in time, even on an empty network.

    In time is until its grace ends; where crews are needed, not before the first course for them has ended. Columns:
    requirement, recipient, priority, kind (donor, place, lane), id, name. Places where the only goods lie or where they
    are needed are left out: that is the requirement itself.
    """
    network = build_network(problem)
    items = {row.id: row for row in each_row(problem.items)}
    trained = {row.training: row.ready for row in each_row(first_crews(problem))}
    offers: dict[str, list[Any]] = defaultdict(list)
    for offer in each_row(problem.offers[problem.offers["quantity"] > 0]):
        offers[offer.item].append(offer)
    accepts: dict[str, list[str]] = defaultdict(list)
    for row in each_row(problem.accepts):
        accepts[row.requirement].append(row.item)
    rows: list[tuple[Any, ...]] = []
    order = problem.requirements.assign(place=problem.requirements["destination"].map(network.place_of))
    for _, same in order.groupby("place", sort=True):
        needed = _Needed(network)  # one destination at a time, so that no more is held than that takes
        for need in each_row(same):
            last = min(problem.days - 1, max(int(need.due), int(need.due) + int(need.grace_days) - 1))
            usable = [
                offer for item in accepts[need.id] if crewed(items[item], trained, last)
                for offer in offers[item] if offer.recipients is None or need.recipient in offer.recipients
            ]  # fmt: skip
            rows += _points(problem, needed, items, need, usable, last)
    position = {key: k for k, key in enumerate(problem.requirements["id"])}
    rows.sort(key=lambda row: (position[row[0]], row[3:]))
    return pd.DataFrame(rows, columns=["requirement", "recipient", "priority", "kind", "id", "name"])


def first_crews(problem: Problem) -> pd.DataFrame:
    """Return training, ready: the day on which the first course for each training class has ended."""
    courses = problem.courses[problem.courses["seats"] > 0]
    ready = courses.assign(ready=courses["start"] + courses["duration_days"])
    return ready.groupby("training")[["ready"]].min().reset_index()


def crewed(item: Any, trained: dict[str, int], last: int) -> bool:
    """Return whether crews for ``item`` can be there by ``last``, where ``trained`` has the day of each class."""
    return not item.training or item.seats_per_unit <= 0 or trained.get(item.training, last + 1) <= last


def _points(
    problem: Problem, needed: _Needed, items: dict[str, Any], need: Any, offers: list[Any], last: int
) -> list[tuple[Any, ...]]:
    """Return the rows of one requirement."""
    network = needed.network
    donors, origins, common = set(), set(), None
    for offer in offers:
        mass = LEAST if items[offer.item].divisible else float(items[offer.item].mass_t)
        window = (network.place_of[offer.origin], int(offer.available_from), int(offer.available_until))
        shared = needed.by(window, int(need.place), last, mass)
        if shared is not None:
            donors.add(offer.donor)
            origins.add(window[0])
            common = shared if common is None else common & shared
    found = [("donor", next(iter(donors)), next(iter(donors)))] if len(donors) == 1 else []
    if common is not None:
        bits = np.flatnonzero(np.unpackbits(common.view(np.uint8), bitorder="little")).tolist()
        itself = {int(need.place)} | (origins if len(origins) == 1 else set())
        for bit in bits:
            place = bit - len(network.lanes)
            if place < 0:
                found.append(("lane", network.lanes[bit], _lane_name(problem, bit)))
            elif place not in itself:
                found.append(("place", network.places[place], str(problem.places["name"].iloc[place])))
    return [(need.id, need.recipient, need.priority, *point) for point in found]


def _lane_name(problem: Problem, lane: int) -> str:
    row, names = problem.lanes.iloc[lane], problem.places.set_index("id")["name"]
    return f"{names[row['origin']]} to {names[row['destination']]} ({row['mode']})"
