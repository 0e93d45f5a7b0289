"""Balances, and the figures named after a stage."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import NamedTuple

from pledgeway.accounts.moves import Move, Position
from pledgeway.accounts.rules import Spot
from pledgeway.accounts.stages import KINDS


class Amount(NamedTuple):
    """A known quantity in parts, and how many parts of unknown size come on top: none is not the same as zero known."""

    quantity: int = 0
    marks: int = 0

    def plus(self, quantity: int, marks: int) -> Amount:
        """Return the amount with more added."""
        return Amount(self.quantity + quantity, self.marks + marks)


def fold(moves: Iterable[Move], as_of: date | None = None) -> dict[Spot, Amount]:
    """Return what each position holds after ``moves``, at the end of the day ``as_of`` (of all days where it is None).

    What was known at some moment is the fold of the moves recorded by then.
    """
    found: dict[Spot, Amount] = {}
    nothing = Amount()
    for move in moves:
        if as_of is None or move.day.latest <= as_of:
            for spot, change in move.changes():
                found[spot] = found.get(spot, nothing).plus(change.quantity, change.marks)
    return {spot: amount for spot, amount in found.items() if amount != nothing}


def reached(kind: str, stage: str, held: Mapping[Position, Amount]) -> Amount:
    """Return how much of a commitment ever reached ``stage``: what stands there, further on, or left from there.

    What a release, a rejection or a reversal took back does not count. Raises KeyError for a stage the kind has not.
    """
    of = KINDS[kind]
    wanted = of.rank(stage)
    total = Amount()
    for position, amount in held.items():
        if of.rank(position.left or position.stage) >= wanted:
            total = total.plus(*amount)
    return total


def promised(held: Mapping[Position, Amount]) -> Amount:
    """Return what is promised in all: the sum over the positions of a commitment."""
    total = Amount()
    for amount in held.values():
        total = total.plus(*amount)
    return total
