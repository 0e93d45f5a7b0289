"""A ledger in memory: the same rules without a database. Tests try them here, and the audit replays a ledger in it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from pledgeway.accounts.holdings import Held, History
from pledgeway.accounts.moves import Move, Position
from pledgeway.accounts.rules import Outcome, Spot, check
from pledgeway.accounts.standings import Standing, Standings


class Book:
    """Commitments by their kind, and what was posted to them, in order."""

    def __init__(self) -> None:
        self.kinds: dict[str, str] = {}
        self.histories: dict[Spot, History] = {}
        self.postings: dict[int, Move] = {}
        self._reversed: set[int] = set()
        self._next = 1

    def held(self, spot: Spot) -> Held | None:
        """Return what a position holds; None where nothing was ever posted to it."""
        history = self.histories.get(spot)
        return None if history is None else history.held()

    def standings(self, position: Position) -> Standings:
        """Return what commitments hold at ``position``."""
        return _BookStandings(self, position)

    def histories_since(self, days: Mapping[Spot, date]) -> dict[Spot, History]:
        """Return what positions held at the end of the days given for them, and their changes since."""
        return {spot: self.histories.get(spot, History()).since(day) for spot, day in days.items()}

    def counted(self, commitment: str, parts: int) -> str:
        """Return so many parts in words: what a part is of is not known here."""
        del commitment
        return f"{parts} {'part' if parts == 1 else 'parts'}"

    def posted(self, number: int) -> Move | None:
        """Return the posting with this number; None where there is none."""
        return self.postings.get(number)

    def is_reversed(self, number: int) -> bool:
        """Return whether a posting was taken back."""
        return number in self._reversed

    def open(self, commitment: str, kind: str) -> None:
        """Add a commitment of ``kind``, with nothing promised yet."""
        self.kinds[commitment] = kind

    def post(self, moves: Sequence[Move], numbers: Sequence[int] | None = None) -> Outcome:
        """Post a batch, numbering its lines from the last number on (or as given). Raises RefusedError."""
        outcome = check(moves, self)
        self.keep(moves, numbers)
        return outcome

    def keep(self, moves: Sequence[Move], numbers: Sequence[int] | None = None) -> None:
        """Record ``moves`` without asking whether they may be posted."""
        for number, move in zip(numbers or range(self._next, self._next + len(moves)), moves, strict=True):
            self.postings[number] = move
            self._next = max(self._next, number + 1)
            if move.reverses is not None:
                self._reversed.add(move.reverses)
            for spot, change in move.changes():
                self.histories.setdefault(spot, History()).add(*change)


class _BookStandings(Standings):
    """What commitments hold at one position, looked up when it is first asked for."""

    def __init__(self, book: Book, position: Position) -> None:
        super().__init__(position)
        self._book = book

    def __missing__(self, commitment: str) -> Standing:
        held = self._book.held((commitment, self.position))
        if held is None:
            return super().__missing__(commitment)
        found = self[commitment] = Standing(commitment, self.position, *held)
        return found
