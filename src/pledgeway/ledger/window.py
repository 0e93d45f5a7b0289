"""The part of the ledger that a batch touches, read in a few queries, as the rules ask for it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from django.db import connection

from pledgeway.accounts.holdings import Held, History
from pledgeway.accounts.moves import Move, Position
from pledgeway.accounts.rules import Spot
from pledgeway.ledger.reading import as_day, read_moves

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
        positions = (
            f"SELECT p.id, p.commitment_id, p.quantity, p.marks, p.last_day, p.stage, p.{left}, "
            "COALESCE(r.key, ''), COALESCE(l.code, ''), p.consignment, p.lot FROM ledger_position p "
            "LEFT JOIN ledger_requirement r ON r.id = p.requirement_id "
            "LEFT JOIN registry_place l ON l.id = p.place_id WHERE p.commitment_id IN ({})"
        )
        for number, commitment, quantity, marks, last_day, *parts in _select(positions, list(by_id)):
            spot = (by_id[commitment], Position(*parts))
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


def _select(query: str, keys: Sequence[Any]) -> Iterable[tuple[Any, ...]]:
    """Yield the rows of ``query`` for all ``keys``, which take the place of the braces."""
    with connection.cursor() as cursor:
        for start in range(0, len(keys), CHUNK):
            part = keys[start : start + CHUNK]
            cursor.execute(query.format(", ".join(["%s"] * len(part))), part)
            yield from cursor.fetchall()
