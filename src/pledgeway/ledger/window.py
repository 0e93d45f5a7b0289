"""The part of the ledger that a batch touches, read in a few queries, as the rules ask for it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from django.db import connection

from pledgeway.accounts.holdings import Held, History
from pledgeway.accounts.moves import Move, Position
from pledgeway.accounts.rules import Spot
from pledgeway.ledger.reading import Names, as_day, read_moves

CHUNK = 10_000
"""How many keys one query names."""


class Window:
    """What the rules ask of the database about the commitments that ``moves`` speak of.

    It is :class:`pledgeway.accounts.rules.Books`. ``ids`` are the database's numbers of commitments by key,
    ``spots`` those of positions, ``donors`` the present donor of each commitment, ``units`` its kind, unit, decimals.
    """

    def __init__(self, moves: Sequence[Move]) -> None:
        self.ids: dict[str, int] = {}
        self.units: dict[str, tuple[str, str, int]] = {}
        self.donors: dict[str, int] = {}
        self.spots: dict[Spot, int] = {}
        self._held: dict[Spot, Held] = {}
        self._histories: dict[Spot, History] = {}
        self._read: set[str] = set()
        self._reversals = {move.reverses for move in moves if move.reverses is not None}
        self._stages = sorted({end.stage for move in moves for end in (move.source, move.target) if end is not None})
        self._load(list(dict.fromkeys(move.commitment for move in moves)))
        self._load_reversals()
        self._load_histories({move.commitment for move in moves if self._looks_back(move)})

    def kind(self, commitment: str) -> str | None:
        """Return the kind of a commitment; None where there is no such commitment."""
        found = self.units.get(commitment)
        return None if found is None else found[0]

    def held(self, spot: Spot) -> Held | None:
        """Return what a position holds; None where nothing was ever posted to it."""
        return self._held.get(spot)

    def history(self, spot: Spot) -> History:
        """Return a copy of a position's history."""
        if spot[0] not in self._read:
            self._load_histories({spot[0]})
        found = self._histories.get(spot)
        return found.copy() if found is not None else History()

    def posted(self, number: int) -> Move | None:
        """Return the posting with this number; None where there is none."""
        return self._originals.get(number)

    def is_reversed(self, number: int) -> bool:
        """Return whether a posting was taken back."""
        return number in self._taken_back

    def _looks_back(self, move: Move) -> bool:
        """Return whether a move may leave a position below nothing on a day before its last."""
        if move.source is None:
            return False
        held = self._held.get((move.commitment, move.source))
        return held is not None and move.day.latest < held.last_day

    def _load(self, keys: list[str]) -> None:
        for row in _select("SELECT key, id, kind, unit, decimals FROM ledger_commitment WHERE key IN ({})", keys):
            self.ids[row[0]] = row[1]
            self.units[row[0]] = (row[2], row[3], row[4])
        by_id = {number: key for key, number in self.ids.items()}
        for commitment, donor in _select(
            "SELECT commitment_id, donor_id FROM ledger_commitmentterms WHERE commitment_id IN ({}) ORDER BY id",
            list(by_id),
        ):
            self.donors[by_id[commitment]] = donor
        left = connection.ops.quote_name("left")
        query = (
            f"SELECT commitment_id, id, quantity, marks, CAST(last_day AS text), stage, {left}, requirement_id, "
            f"place_id, consignment, lot FROM ledger_position WHERE commitment_id IN ({{}}) "
            f"AND stage IN ({', '.join(['%s'] * len(self._stages))})"
        )
        requirements, places = Names("ledger_requirement", "key"), Names("registry_place", "code")
        positions: dict[tuple[Any, ...], Position] = {}
        for commitment, number, quantity, marks, last_day, *parts in _select(query, list(by_id), self._stages):
            detail = tuple(parts)
            position = positions.get(detail)
            if position is None:
                stage, out, requirement, place, *rest = parts
                names = (requirements[requirement], places[place])
                position = positions[detail] = Position(stage, out, *names, *rest)
            spot = (by_id[commitment], position)
            self.spots[spot] = number
            self._held[spot] = Held(quantity, marks, as_day(last_day))

    def _load_reversals(self) -> None:
        numbers = sorted(self._reversals)
        self._originals = dict(read_moves("p.id", numbers)) if numbers else {}
        taken = _select("SELECT reverses_id FROM ledger_posting WHERE reverses_id IN ({})", numbers)
        self._taken_back = {number for (number,) in taken}

    def _load_histories(self, commitments: set[str]) -> None:
        self._read |= commitments
        for _, move in read_moves("p.commitment_id", [self.ids[key] for key in commitments if key in self.ids]):
            for spot, change in move.changes():
                self._histories.setdefault(spot, History()).add(*change)


def _select(query: str, keys: Sequence[Any], more: Sequence[Any] = ()) -> Iterable[tuple[Any, ...]]:
    """Yield the rows of ``query`` for all ``keys``, which take the place of the braces; ``more`` are its parameters."""
    with connection.cursor() as cursor:
        for start in range(0, len(keys), CHUNK):
            part = keys[start : start + CHUNK]
            cursor.execute(query.format(", ".join(["%s"] * len(part))), [*part, *more])
            yield from cursor.fetchall()
