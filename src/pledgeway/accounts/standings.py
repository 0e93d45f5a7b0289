"""What positions hold while a batch is judged."""

from __future__ import annotations

from datetime import date

from pledgeway.accounts.moves import Position


class Standing:
    """What a position holds, in parts, and the last day on which it changed: before a batch, then after it.

    ``number`` is the one that the keeper of the books gave the position, 0 for a new one. ``changes`` are those of the
    batch, in the order of its lines: day, quantity and marks, as plain tuples, since every end of a line makes one.
    """

    __slots__ = ("changes", "commitment", "last_day", "marks", "number", "position", "quantity")

    def __init__(
        self,
        commitment: str,
        position: Position,
        quantity: int = 0,
        marks: int = 0,
        last_day: date = date.min,
        number: int = 0,
    ) -> None:
        self.commitment, self.position, self.number = commitment, position, number
        self.quantity, self.marks, self.last_day = quantity, marks, last_day
        self.changes: list[tuple[date, int, int]] = []

    @property
    def spot(self) -> tuple[str, Position]:
        """The commitment's key and the position."""
        return self.commitment, self.position


class Standings(dict[str, Standing]):
    """What commitments hold at one position, by their keys; a new Standing for one that never held anything there."""

    def __init__(self, position: Position) -> None:
        super().__init__()
        self.position = position

    def __missing__(self, commitment: str) -> Standing:
        found = self[commitment] = Standing(commitment, self.position)
        return found
