"""Positions of a commitment, and the postings that move quantity between them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import NamedTuple

from pledgeway.accounts.days import Day
from pledgeway.accounts.holdings import Change
from pledgeway.accounts.stages import Act


class Unknown(IntEnum):
    """What a posting moves beside its known quantity."""

    NONE = 0
    """Nothing."""

    SOME = 1
    """Some, nobody knows how much: the target gains a part of unknown size, the source keeps what parts it has."""

    PART = 2
    """One part of unknown size, whole: it goes from the source to the target."""


class Position(NamedTuple):
    """Where a quantity of one commitment stands.

    ``left`` is, outside the chain, the stage it was at last. The details are keys of what they name; "" for none.
    """

    stage: str
    left: str = ""
    requirement: str = ""
    place: str = ""
    consignment: str = ""
    lot: str = ""


DETAILS = ("requirement", "place", "consignment", "lot")


@dataclass(frozen=True, slots=True)
class Move:
    """One line of a batch: ``quantity`` parts (whole, 0 or more) of ``commitment`` go from ``source`` to ``target``.

    None as source or target stands for outside the ledger: what comes from there raises the promise, what goes there
    lowers it. ``statement`` is the digest of the passage it rests on ("" for none), ``reverses`` the number of the
    posting that a reversal takes back.
    """

    commitment: str
    act: Act
    source: Position | None
    target: Position | None
    quantity: int
    day: Day
    unknown: Unknown = Unknown.NONE
    statement: str = ""
    reverses: int | None = None

    def marks(self) -> tuple[int, int]:
        """Return how many parts of unknown size leave the source and how many come to the target."""
        if self.unknown is Unknown.NONE:
            return 0, 0
        if self.unknown is Unknown.PART:
            return 1, 1
        return (1, 0) if self.act is Act.REVERSE else (0, 1)

    def changes(self) -> list[tuple[tuple[str, Position], Change]]:
        """Return how the positions of the commitment change: the source first."""
        day, quantity = self.day.latest, self.quantity
        gone, come = self.marks() if self.unknown else (0, 0)
        if self.source is None:
            return [((self.commitment, self.target), Change(day, quantity, come))] if self.target is not None else []
        left = ((self.commitment, self.source), Change(day, -quantity, -gone))
        if self.target is None:
            return [left]
        return [left, ((self.commitment, self.target), Change(day, quantity, come))]
