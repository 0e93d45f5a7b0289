"""The officer's own allocations: fixed ones are booked first, and the plan is made with what they leave."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from pledgeway.planning.engine.arrays import Arrays
from pledgeway.planning.engine.booking import Booking
from pledgeway.planning.engine.columns import Pool
from pledgeway.planning.engine.pricing import Prices, price
from pledgeway.tables.rows import each_row


class PinsError(ValueError):
    """Fixed allocations that cannot all be kept; ``faults`` has a sentence for each that could not."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__("; ".join(faults))
        self.faults = faults


def book_fixed(arrays: Arrays) -> tuple[Arrays, Booking]:
    """Return (what the fixed pins leave, their booking); raise PinsError where they do not fit.

    Each is booked in the order given, on the routes that leave most of its worth with the room still there.
    """
    problem, booking = arrays.problem, Booking(Pool(arrays))
    offers = {key: k for k, key in enumerate(problem.offers["id"])}
    needs = {key: k for k, key in enumerate(problem.requirements["id"])}
    faults = []
    for pin in each_row(problem.pins):
        if pin.kind == "fixed":
            missing = _book(booking, offers[pin.offer], needs[pin.requirement], float(pin.quantity))
            if missing > 1e-9:
                faults.append(
                    f"pin {pin.offer} to {pin.requirement}: {missing:g} of {pin.quantity:g} units find no way that is "
                    "free and of use in time; lower the quantity or remove the pin"
                )
    if faults:
        raise PinsError(faults)
    if not len(booking.pool):
        return arrays, booking
    left = booking.left
    network = replace(arrays.network, capacity=np.maximum(0.0, left.resources))
    rest = replace(
        arrays, network=network, training=replace(arrays.training, seats=left.training), offer_quantity=left.offers,
        need_quantity=left.requirements, kept=replace(arrays.kept, quantity=left.kept),
    )  # fmt: skip
    return rest, booking


def _book(booking: Booking, offer: int, need: int, quantity: float) -> float:
    """Book ``quantity`` units from offer to requirement; return what found no room."""
    pool, arrays = booking.pool, booking.pool.arrays
    mine = (arrays.pairs.offer == offer) & (arrays.pairs.requirement == need)
    nothing = Prices.nothing(arrays)
    unit = 1e-3 if arrays.offer_divisible[offer] else 1.0
    while quantity > 1e-9 and mine.any():
        full = booking.left.training <= 0
        priced = price(
            arrays, replace(nothing, training=np.where(full, 1e12, 0.0)), capacity=booking.left.resources,
            least=unit * float(arrays.offer_mass[offer]), active=mine, per_need=1,
        )  # fmt: skip
        if not len(priced.chosen):
            break
        at = pool.add(priced.chosen, priced.legs, priced.usable[priced.chosen])
        before = booking.units.sum() if len(booking.units) else 0.0
        booking.make_room()
        booking.book(at, np.full(len(pool), quantity))
        booked = float(booking.units.sum() - before)
        if booked <= 0:
            break
        quantity -= booked
    return quantity


def fixed_pairs(arrays: Arrays) -> list[tuple[int, float]]:
    """Return (pair, units) of every fixed pin."""
    problem, pairs = arrays.problem, arrays.pairs
    offers = {key: k for k, key in enumerate(problem.offers["id"])}
    needs = {key: k for k, key in enumerate(problem.requirements["id"])}

    def pair(pin: Any) -> int:
        mine = (pairs.offer == offers[pin.offer]) & (pairs.requirement == needs[pin.requirement]) & (pairs.kept < 0)
        return int(np.flatnonzero(mine)[0])

    fixed = [pin for pin in each_row(problem.pins) if pin.kind == "fixed" and pin.quantity > 0]
    return [(pair(pin), float(pin.quantity)) for pin in fixed]
