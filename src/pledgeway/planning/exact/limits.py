"""The limits that commodities share: lanes, handling, storage, offers, requirements, training (rules 2 to 6)."""

from __future__ import annotations

from collections import defaultdict

import numpy as np

from pledgeway.planning.engine.arrays import Array, Floats
from pledgeway.planning.exact.model import Commodity, Model

ROUNDED_WEIGHTS = (1, 2, 3, 4)

Entries = list[tuple[int, float]]


def add_limits(model: Model, storage: Floats, lies: Array) -> None:
    """Add all shared limits. ``storage`` (P,) in tonnes; ``lies`` (O,): the offer lies in its origin's store."""
    _add_lanes(model)
    _add_handling(model)
    _add_storage(model, storage, lies)
    _add_quantities(model)
    _add_training(model)


def _rides(model: Model) -> list[tuple[Commodity, int, int, int]]:
    """Return (commodity, lane, day, variable) of every ride."""
    return [
        (c, int(lane), int(day), int(c.ride[lane, day]))
        for c in model.commodities
        for lane, day in zip(*np.nonzero(c.ride >= 0), strict=True)
    ]


def _add_lanes(model: Model) -> None:
    days, capacity = model.arrays.network.days, model.arrays.network.capacity
    by_lane: dict[tuple[int, int], list[tuple[int, float, bool]]] = defaultdict(list)
    for c, lane, day, number in _rides(model):
        by_lane[lane, day].append((number, c.mass, c.divisible))
    for (lane, day), users in by_lane.items():
        room = float(capacity[lane * days + day])
        model.rows.add([(number, mass) for number, mass, _ in users], -np.inf, room)
        _add_rounded(model, users, room)


def _add_rounded(model: Model, users: list[tuple[int, float, bool]], room: float) -> None:
    """Add the rows of rounded weights that say more than the tonnes do."""
    heavy = [(number, mass / room) for number, mass, divisible in users if not divisible and mass <= room + 1e-9]
    for k in ROUNDED_WEIGHTS:
        weights = [(number, _rounded(share, k), k * share) for number, share in heavy]
        if any(weight > plain + 1e-9 for _, weight, plain in weights):
            model.rows.add([(number, weight) for number, weight, _ in weights if weight > 0], -np.inf, float(k))


def _rounded(share: float, k: int) -> float:
    """Return k times the dual feasible function of order k at ``share`` of the room."""
    scaled = (k + 1) * share
    return k * share if abs(scaled - round(scaled)) < 1e-9 else float(np.floor(scaled))


def _add_handling(model: Model) -> None:
    network = model.arrays.network
    days, first = network.days, network.lanes * network.days
    at: dict[tuple[int, int], dict[int, float]] = defaultdict(dict)
    for c, lane, day, number in _rides(model):
        for place, when in (
            (int(network.origin[lane]), day),
            (int(network.destination[lane]), day + int(network.transit[lane])),
        ):
            at[place, when][number] = c.mass
    for (place, day), entries in at.items():
        room = float(network.capacity[first + place * days + day])
        if np.isfinite(room):
            model.rows.add(list(entries.items()), -np.inf, room)


def _add_storage(model: Model, storage: Floats, lies: Array) -> None:
    """Nights; where goods lie in store from the start, they count until they leave (rule 4, ``in_storage``)."""
    arrays, rows = model.arrays, model.rows
    staying: dict[tuple[int, int], Entries] = defaultdict(list)
    left: dict[int, list[tuple[int, int, float]]] = defaultdict(list)
    for c in model.commodities:
        for place, night in zip(*np.nonzero(c.night >= 0), strict=True):
            staying[int(place), int(night)].append((int(c.night[place, night]), c.mass))
        for (offer, day), number in c.enter.items():
            if lies[offer]:
                left[int(arrays.window_origin[arrays.offer_window[offer]])].append((day, number, c.mass))
    for (place, night), entries in staying.items():
        room, stock = float(storage[place]), float(arrays.stock[place])
        if not np.isfinite(room):
            continue
        gone = [(number, -mass) for day, number, mass in left.get(place, []) if day <= night]
        if stock <= room:
            rows.add(entries + gone, -np.inf, room - stock)
        else:  # nothing may be added while the stock alone exceeds the store: one choice a night
            free = rows.variable(0.0, 1.0, whole=True)
            rows.add([*entries, (free, -room)], -np.inf, 0.0)
            rows.add([*entries, *gone, (free, stock - room)], -np.inf, 0.0)


def _add_quantities(model: Model) -> None:
    arrays = model.arrays
    given: dict[int, Entries] = defaultdict(list)
    served: dict[int, Entries] = defaultdict(list)
    for c in model.commodities:
        for (offer, _), number in c.enter.items():
            given[offer].append((number, 1.0))
        for (need, _), number in c.serve.items():
            served[need].append((number, 1.0))
        for (offer, at), number in c.direct.items():
            given[offer].append((number, 1.0))
            served[at // arrays.network.days].append((number, 1.0))
    for entries, limit in ((given, arrays.offer_quantity), (served, arrays.need_quantity)):
        for row, users in entries.items():
            model.rows.add(users, -np.inf, float(limit[row]))


def _add_training(model: Model) -> None:
    """Seats that units usable by a row's last day need are at most those of the courses finished by then."""
    arrays = model.arrays
    training, days = arrays.training, arrays.network.days
    uses: list[tuple[int, int, int, float]] = []
    for c in model.commodities:
        kind = int(arrays.offer_class[c.offers[0]])
        if kind >= 0:
            seats = float(arrays.offer_seats[c.offers[0]])
            uses += [(kind, day, number, seats) for (_, day), number in c.serve.items()]
            uses += [(kind, at % days, number, seats) for (_, at), number in c.direct.items()]
    for kind in {use[0] for use in uses}:
        untrained = [(n, 1.0) for k, day, n, _ in uses if k == kind and training.row_of[kind, day] < 0]
        if untrained:
            model.rows.add(untrained, -np.inf, 0.0)
        for row in range(int(training.first_row[kind]), int(training.first_row[kind + 1])):
            entries = [(n, s) for k, day, n, s in uses if k == kind and training.row_of[kind, day] <= row]
            model.rows.add(entries, -np.inf, float(training.seats[row]))
