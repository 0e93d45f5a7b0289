"""The problem as numpy arrays: what the engine works on.

Indices: ``L`` lanes, ``P`` places, ``D`` days, ``O`` offers, ``R`` requirements, ``K`` training rows. *Resources* are
the capacities a route uses, in one index: lane-days (``lane * D + day``), then handling (``L * D + place * D + day``),
then storage nights (``(L + P) * D + place * D + night``). Capacity is in tonnes, infinite where there is no limit.

A *pair* is an offer and a requirement that accepts it. A *training row* is a class of training between two course
ends: seats needed by units usable up to its last day may not exceed the seats of courses finished by then.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt
import pandas as pd

from pledgeway.planning.ongoing import Ongoing
from pledgeway.planning.problem import Problem
from pledgeway.tables.rows import each_row

Array = npt.NDArray[Any]
Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]
Some = TypeVar("Some", "Network", "Training", "Pairs", "Kept", "Arrays")


@dataclass(frozen=True)
class Network:
    """Places and lanes over the days of the horizon; see the module for the index of resources."""

    days: int
    origin: Integers  # (L,) place
    destination: Integers  # (L,) place
    transit: Integers  # (L,) days
    cost: Floats  # (L,) value lost per tonne
    out_start: Integers  # (P + 1,) lanes leaving a place are out_lane[out_start[p]:out_start[p + 1]]
    out_lane: Integers
    capacity: Floats  # (resources,) tonnes; what a plan may use
    bound_capacity: Floats  # (resources,) tonnes; what no plan can exceed

    @property
    def lanes(self) -> int:
        """Number of lanes."""
        return len(self.origin)

    @property
    def places(self) -> int:
        """Number of places."""
        return len(self.out_start) - 1


@dataclass(frozen=True)
class Training:
    """Training rows, ordered by class and day."""

    seats: Floats  # (K,) seats of the class finished by the row's days
    first_row: Integers  # (classes + 1,) rows of class c are first_row[c]:first_row[c + 1]
    first_day: Integers  # (K,) first day on which the row's seats exist; the row ends before the next row's first day
    row_of: Integers  # (classes, D) row that a unit usable on the day falls into; -1 before any course has finished


@dataclass(frozen=True)
class Pairs:
    """Offers and requirements that fit, ordered by destination, then requirement."""

    offer: Integers
    requirement: Integers
    worth: Floats  # weight x factor: value of one unit on time, before transport
    bonus: Floats  # points a unit besides, whenever it is usable
    kept: Integers  # index of the kept allocation that a unit of this pair counts on; -1 for none
    destination_start: Integers  # (destinations + 1,) pairs of a destination
    destination: Integers  # (destinations,) place


@dataclass(frozen=True)
class Kept:
    """Allocations that cost something to take back. A pair that is kept stands twice among the pairs: without and with
    a bonus a unit, the latter for as many units as were allocated."""

    offer: Integers  # (kept,)
    requirement: Integers  # (kept,)
    quantity: Floats  # (kept,) units
    bonus: Floats  # (kept,) points a unit

    @property
    def worth(self) -> float:
        """Points for keeping all."""
        return float(np.dot(self.quantity, self.bonus))


@dataclass(frozen=True)
class Arrays:
    """Everything the engine needs of a problem."""

    problem: Problem
    network: Network
    training: Training
    pairs: Pairs
    kept: Kept
    offer_window: Integers  # (O,) index into the windows
    offer_quantity: Floats  # (O,)
    offer_mass: Floats  # (O,) tonnes a unit
    offer_divisible: npt.NDArray[np.bool_]  # (O,)
    offer_class: Integers  # (O,) training class, -1 for none
    offer_seats: Floats  # (O,) seats a unit
    window_origin: Integers
    window_first: Integers
    window_last: Integers
    window_stands: npt.NDArray[np.bool_]  # whether goods are under way and wait in store, not free at their origin
    need_quantity: Floats  # (R,)
    need_due: Integers  # (R,)
    need_grace: Integers  # (R,)
    stock: Floats  # (P,) tonnes that lie in a place's store at the start

    def kept_prices(self, prices: Floats) -> Floats:
        """Return (pairs,): the price of the kept allocation that each pair counts on, 0 for the others."""
        result: Floats = np.append(prices, 0.0)[self.pairs.kept]
        return result


def _own(some: Some) -> Some:
    """Return ``some`` with copies of its arrays.

    What pandas hands out is read-only or not, contiguous or not, as it happens; numba compiles a kernel for each kind.
    """
    given = {field.name: getattr(some, field.name) for field in fields(some)}
    copies: dict[str, Any] = {name: np.array(a, order="C") for name, a in given.items() if isinstance(a, np.ndarray)}
    return replace(some, **copies)


def _index(ids: pd.Series) -> dict[str, int]:
    return {key: k for k, key in enumerate(ids.tolist())}


def _network(problem: Problem, places: dict[str, int], stock: Floats) -> Network:
    days, lanes = problem.days, problem.lanes
    origin = np.array([places[p] for p in lanes["origin"]], dtype=np.int64)
    destination = np.array([places[p] for p in lanes["destination"]], dtype=np.int64)
    transit = lanes["transit_days"].to_numpy(np.int64)
    lane_day = np.repeat(lanes["capacity_t_per_day"].to_numpy(np.float64)[:, None], days, axis=1)
    rows = _index(lanes["id"])
    for lane, first, last, capacity in each_row(problem.all_exceptions().iloc[:, :4]):
        lane_day[rows[lane], max(0, first) : last + 1] = capacity
    lane_day[(np.arange(days)[None, :] + transit[:, None]) > days - 1] = 0.0
    storage, handling = problem.storage_by_day(), problem.handling_by_day()
    # Stock may leave late: a plan counts on what it surely leaves free, a bound on what could ever be there.
    room, most = np.maximum(0.0, storage - stock[:, None]), np.maximum(storage, stock[:, None])

    def whole(stored: Floats) -> Floats:
        return np.concatenate([lane_day.ravel(), handling.ravel(), stored.ravel()])

    order = np.argsort(origin, kind="stable")
    return Network(
        days=days,
        origin=origin,
        destination=destination,
        transit=transit,
        cost=problem.transport_weight * lanes["cost_per_t"].to_numpy(np.float64),
        out_start=np.searchsorted(origin[order], np.arange(len(places) + 1)).astype(np.int64),
        out_lane=order.astype(np.int64),
        capacity=whole(room),
        bound_capacity=whole(most),
    )


def _training(problem: Problem, classes: list[str]) -> Training:
    seats: list[float] = []
    first_day: list[int] = []
    first_row = [0]
    row_of = np.full((len(classes), problem.days), -1, dtype=np.int64)
    courses = problem.courses
    ready = courses["start"] + courses["duration_days"]
    for c, training in enumerate(classes):
        mine = pd.DataFrame({"ready": ready, "seats": courses["seats"]})[courses["training"] == training]
        by_day = mine[mine["ready"] < problem.days].groupby("ready")["seats"].sum().sort_index()
        for day, total in by_day.cumsum().items():
            row_of[c, int(day) :] = len(seats)  # type: ignore[call-overload]
            first_day.append(int(day))  # type: ignore[call-overload]
            seats.append(float(total))
        first_row.append(len(seats))
    return Training(np.array(seats), np.array(first_row), np.array(first_day, dtype=np.int64), row_of)


def _pairs(
    problem: Problem, places: dict[str, int], forbidden: set[tuple[str, str]], kept: Kept, sunk: Floats
) -> Pairs:
    offers = problem.offers[["id", "item", "recipients", "quantity"]].assign(offer=np.arange(len(problem.offers)))
    needs = problem.requirements
    rows = _index(needs["id"])
    accepts = problem.accepts.assign(need=problem.accepts["requirement"].map(rows))
    joined = accepts.merge(offers, on="item")
    if len(joined):
        recipient = needs["recipient"].to_numpy(object)
        need = joined["need"].to_numpy(np.int64)
        only = joined["recipients"].tolist()
        allowed = np.array([o is None or recipient[n] in o for o, n in zip(only, need, strict=True)], dtype=bool)
        if forbidden:
            allowed &= [key not in forbidden for key in zip(joined["id"], joined["requirement"], strict=True)]
        given = offers["quantity"].to_numpy(np.float64)[joined["offer"].to_numpy(np.int64)]
        asked = needs[["weight", "quantity"]].to_numpy(np.float64)[need].min(axis=1)
        joined = joined[allowed & (np.minimum(given, asked) > 0)]
    need = joined["need"].to_numpy(np.int64)
    at = np.array([places[p] for p in needs["destination"]], dtype=np.int64)[need] if len(need) else need
    offer = joined["offer"].to_numpy(np.int64)
    worth = needs["weight"].to_numpy(np.float64)[need] * joined["factor"].to_numpy(np.float64)
    number = dict(zip(zip(kept.offer.tolist(), kept.requirement.tolist(), strict=True), range(len(kept.offer)),
                      strict=True))  # fmt: skip
    again = [k for k, pair in enumerate(zip(offer.tolist(), need.tolist(), strict=True)) if pair in number]
    of_kept = np.array([number[offer[k], need[k]] for k in again], dtype=np.int64)
    offer, need, at, worth = (np.append(column, column[again]) for column in (offer, need, at, worth))
    on = np.append(np.full(len(offer) - len(again), -1), of_kept)
    order = np.lexsort((on, offer, need, at))
    destination, start = np.unique(at[order], return_index=True)
    return Pairs(
        offer=offer[order],
        requirement=need[order],
        worth=worth[order],
        bonus=(np.append(kept.bonus, 0.0)[on] - sunk[offer])[order],
        kept=on[order],
        destination_start=np.append(start, len(order)).astype(np.int64),
        destination=destination.astype(np.int64),
    )


def _kept(problem: Problem, keep: pd.DataFrame | None) -> Kept:
    if keep is None:
        return Kept(np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64), np.zeros(0), np.zeros(0))
    offers, needs = _index(problem.offers["id"]), _index(problem.requirements["id"])
    known = keep[keep["offer"].isin(offers) & keep["requirement"].isin(needs)]
    return Kept(
        np.array(known["offer"].map(offers), dtype=np.int64), np.array(known["requirement"].map(needs), dtype=np.int64),
        np.array(known["quantity"], dtype=np.float64), np.array(known["bonus"], dtype=np.float64),
    )  # fmt: skip


def compile_arrays(problem: Problem, forbid: bool = False, ongoing: Ongoing | None = None) -> Arrays:
    """Return the problem's arrays, without the pairs that its pins forbid where ``forbid``.

    ``ongoing``, whose problem it then is, says what is under way and what it pays to allocate again.

    Takes a problem that the checks of ``pledgeway.tables`` accept.
    """
    places = _index(problem.places["id"])
    items = problem.items.set_index("id")
    offers, needs = problem.offers, problem.requirements
    item = items.loc[offers["item"]] if len(offers) else items.iloc[:0]
    mass = item["mass_t"].to_numpy(np.float64)
    seats = item["seats_per_unit"].to_numpy(np.float64)
    classes = sorted({c for c in problem.items["training"] if c})
    class_of = {c: k for k, c in enumerate(classes)}
    origin = np.array([places[p] for p in offers["origin"]], dtype=np.int64)
    lies = offers["in_storage"].to_numpy(bool)
    quantity = offers["quantity"].to_numpy(np.float64)
    stock = np.zeros(len(places))
    np.add.at(stock, origin[lies], (quantity * mass)[lies])
    last = np.minimum(offers["available_until"].to_numpy(np.int64), problem.days - 1)
    sunk = {} if ongoing is None else ongoing.sunk
    stands = offers["id"].isin(sunk).to_numpy(np.int64)
    windows = np.stack([origin, offers["available_from"].to_numpy(np.int64), last, stands], axis=1)
    unique, window = np.unique(windows, axis=0, return_inverse=True)
    forbidden = {(p.offer, p.requirement) for p in each_row(problem.pins) if forbid and p.kind == "forbidden"}
    kept = _kept(problem, None if ongoing is None else ongoing.kept)
    whole = Arrays(
        problem=problem,
        network=_own(_network(problem, places, stock)),
        training=_own(_training(problem, classes)),
        pairs=_own(
            _pairs(problem, places, forbidden, kept, np.array(offers["id"].map(sunk).fillna(0.0), dtype=np.float64))
        ),
        kept=_own(kept),
        offer_window=window.reshape(-1).astype(np.int64),
        offer_quantity=quantity,
        offer_mass=mass,
        offer_divisible=item["divisible"].to_numpy(bool),
        offer_class=np.where(seats > 0, [class_of.get(c, -1) for c in item["training"]], -1).astype(np.int64),
        offer_seats=seats,
        window_origin=unique[:, 0].astype(np.int64),
        window_first=unique[:, 1].astype(np.int64),
        window_last=unique[:, 2].astype(np.int64),
        window_stands=unique[:, 3].astype(np.bool_),
        need_quantity=needs["quantity"].to_numpy(np.float64),
        need_due=needs["due"].to_numpy(np.int64),
        need_grace=needs["grace_days"].to_numpy(np.int64),
        stock=stock,
    )
    return _own(whole)
