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
Indices = npt.NDArray[np.int32]
MOST_SEATS = 100_000
"""Of more seats, what whole units leave unused is next to nothing."""
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

    seats: Floats  # (K,) seats of the class finished by the row's days, that whole units can fill
    unused: Floats  # (K,) the others
    first_row: Integers  # (classes + 1,) rows of class c are first_row[c]:first_row[c + 1]
    first_day: Integers  # (K,) first day on which the row's seats exist; the row ends before the next row's first day
    row_of: Integers  # (classes, D) row that a unit usable on the day falls into; -1 before any course has finished


@dataclass(frozen=True)
class Pairs:
    """Offers and requirements that fit, ordered by destination, then requirement, those due first coming first."""

    offer: Indices
    requirement: Indices
    worth: Floats  # weight x factor: value of one unit on time, before transport
    bonus: Floats  # points a unit besides, whenever it is usable
    kept: Indices  # index of the kept allocation that a unit of this pair counts on; -1 for none
    destination_start: Integers  # (destinations + 1,) pairs of a destination
    destination: Integers  # (destinations,) place
    away: Integers  # (destinations, P) days of the quickest way there if all lanes are open; D where there is none


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
    filled: list[float] = []
    first_day: list[int] = []
    first_row = [0]
    row_of = np.full((len(classes), problem.days), -1, dtype=np.int64)
    courses, items = problem.courses, problem.items[problem.items["id"].isin(problem.offers["item"])]
    ready = courses["start"] + courses["duration_days"]
    for c, training in enumerate(classes):
        mine = pd.DataFrame({"ready": ready, "seats": courses["seats"]})[courses["training"] == training]
        by_day = mine[mine["ready"] < problem.days].groupby("ready")["seats"].sum().sort_index()
        for day, total in by_day.cumsum().items():
            row_of[c, int(day) :] = len(seats)  # type: ignore[call-overload]
            first_day.append(int(day))  # type: ignore[call-overload]
            seats.append(float(total))
        own, given = items[items["training"] == training], seats[first_row[-1] :]
        filled += given if own["divisible"].any() else fillable(own["seats_per_unit"].tolist(), given)
        first_row.append(len(seats))
    whole = np.array(filled, dtype=np.float64)
    return Training(whole, np.array(seats) - whole, np.array(first_row), np.array(first_day, dtype=np.int64), row_of)


def fillable(per_unit: list[float], seats: list[float]) -> list[float]:
    """Return for each number of seats the most of them that whole units can fill, of so many seats ``per_unit`` each.

    As a set of bits: bit n stands for n seats that some units fill exactly.
    """
    most = int(max(seats, default=0.0))
    if most > MOST_SEATS or any(number <= 0 or number % 1 for number in per_unit):
        return seats
    sums, within = 1, (1 << (most + 1)) - 1
    for number in per_unit:
        step = int(number)
        while step <= most:
            sums |= (sums << step) & within
            step *= 2
    return [float((sums & ((1 << (int(n) + 1)) - 1)).bit_length() - 1) for n in seats]


def _pairs(
    problem: Problem, places: dict[str, int], network: Network, forbidden: set[tuple[str, str]], kept: Kept,
    sunk: Floats,
) -> Pairs:  # fmt: skip
    needs = problem.requirements
    at = np.array([places[p] for p in needs["destination"]], dtype=np.int64)
    accept, offer = _fitting(problem, at, forbidden)
    rows = _index(needs["id"])
    accepting = np.array([rows[r] for r in problem.accepts["requirement"]], dtype=np.int32)
    factor = problem.accepts["factor"].to_numpy(np.float64)
    need, worth = accepting[accept], (needs["weight"].to_numpy(np.float64)[accepting] * factor)[accept]
    bonus, on = -sunk[offer], np.full(len(offer), -1, dtype=np.int32)
    if len(kept.offer):  # those stand a second time, with their bonus
        keys = offer.astype(np.int64) * len(needs) + need
        number = dict(zip((kept.offer * len(needs) + kept.requirement).tolist(), range(len(kept.offer)), strict=True))
        again = np.flatnonzero(np.isin(keys, list(number)))
        of_kept = np.array([number[key] for key in keys[again].tolist()], dtype=np.int32)
        offer, need, worth, bonus = (np.append(column, column[again]) for column in (offer, need, worth, bonus))
        on = np.append(on, of_kept)
        bonus[len(keys) :] += kept.bonus[of_kept]
        order = np.lexsort((on, offer, need, needs["due"].to_numpy(np.int64)[need], at[need]))
        offer, need, worth, bonus, on = offer[order], need[order], worth[order], bonus[order], on[order]
    there = at[need]
    start = np.append(np.flatnonzero(np.diff(there, prepend=-1)), len(there)).astype(np.int64)
    return Pairs(
        offer=offer, requirement=need, worth=worth, bonus=bonus, kept=on, destination_start=start,
        destination=there[start[:-1]], away=_days_away(network, there[start[:-1]]),
    )  # fmt: skip


def _days_away(network: Network, goals: Integers) -> Integers:
    """Return (goals, P): the days of the quickest way from a place to each goal, ``network.days`` at most."""
    away = np.full((network.places, len(goals)), network.days)
    away[goals, np.arange(len(goals))] = 0
    before = np.empty_like(away)
    while not np.array_equal(away, before):
        before = away.copy()
        np.minimum.at(away, network.origin, network.transit[:, None] + before[network.destination])
    return np.ascontiguousarray(away.T)


def _fitting(problem: Problem, at: Integers, forbidden: set[tuple[str, str]]) -> tuple[Integers, Indices]:
    """Return (row of accepts, offer) of all that fit, by destination (``at``, of requirements), day due, requirement.

    There are tens of millions where a problem is large, so that each is told by numbers only.
    """
    offers, needs, accepts = problem.offers, problem.requirements, problem.accepts
    items, rows = _index(problem.items["id"]), _index(needs["id"])
    given = np.flatnonzero(offers["quantity"].to_numpy(np.float64) > 0)
    item = np.array([items[i] for i in offers["item"]], dtype=np.int64)[given]
    by_item = given[np.argsort(item, kind="stable")].astype(np.int32)
    begin = np.searchsorted(np.sort(item), np.arange(len(items) + 1))
    need = np.array([rows[r] for r in accepts["requirement"]], dtype=np.int64)
    asked = np.flatnonzero(needs[["weight", "quantity"]].to_numpy(np.float64).min(axis=1)[need] > 0)
    due = needs["due"].to_numpy(np.int64)
    asked = asked[np.lexsort((need[asked], due[need[asked]], at[need[asked]]))]
    wanted = np.array([items[i] for i in accepts["item"]], dtype=np.int64)[asked]
    count = begin[wanted + 1] - begin[wanted]
    accept = np.repeat(asked, count)
    end = np.cumsum(count)
    offer = by_item[np.arange(len(accept)) + np.repeat(begin[wanted] - end + count, count)]
    fits = _open_to(problem)[offer, pd.factorize(needs["recipient"])[0][need][accept]]
    if forbidden:
        ids, names = offers["id"].tolist(), needs["id"].tolist()
        barred = {ids.index(o) * len(names) + names.index(r) for o, r in forbidden if o in ids and r in names}
        fits &= ~np.isin(offer.astype(np.int64) * len(names) + need[accept], list(barred))
    return accept[fits], offer[fits]


def _open_to(problem: Problem) -> npt.NDArray[np.bool_]:
    """Return (O, recipients): whether an offer is open to a recipient, these in the order in which they first ask."""
    recipients = pd.unique(problem.requirements["recipient"]).tolist()
    only = problem.offers["recipients"].tolist()
    return np.array([[o is None or r in o for r in recipients] for o in only], dtype=bool).reshape(
        len(only), len(recipients)
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
    network = _own(_network(problem, places, stock))
    whole = Arrays(
        problem=problem,
        network=network,
        training=_own(_training(problem, classes)),
        pairs=_own(
            _pairs(
                problem,
                places,
                network,
                forbidden,
                kept,
                np.array(offers["id"].map(sunk).fillna(0.0), dtype=np.float64),
            )
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
