"""The part of the ledger that a batch touches, read in a few queries."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import Any

from django.db import connection

from pledgeway.accounts.holdings import History
from pledgeway.accounts.moves import Move, Position
from pledgeway.accounts.quantities import from_parts, plural
from pledgeway.accounts.rules import Spot
from pledgeway.accounts.standings import Standing, Standings
from pledgeway.ledger.reading import as_day, read_moves, read_moves_after
from pledgeway.ledger.store import among
from pledgeway.ledger.totals import Group, Holding, Known, Owner


class Window:
    """What the rules ask of the database about the commitments that ``moves`` speak of.

    It is :class:`pledgeway.accounts.rules.Books`. ``ids`` are the database's numbers of commitments by key, and
    ``requirements`` and ``places`` those of what the moves name (None for ""). ``known`` is what totals know of
    commitments with terms.
    """

    def __init__(self, moves: Sequence[Move]) -> None:
        self.ids: dict[str, int] = {}
        self.kinds: dict[str, str] = {}
        self.known: dict[str, Known] = {}
        ends = {move.source for move in moves} | {move.target for move in moves}
        self._standings = {position: Standings(position) for position in ends if position is not None}
        self.requirements = _numbers("ledger_requirement", "key", {one.requirement for one in self._standings})
        self.places = _numbers("registry_place", "code", {one.place for one in self._standings})
        self._load_commitments({move.commitment for move in moves})
        self._load_standings(moves)
        self._load_reversals({move.reverses for move in moves if move.reverses is not None})

    def standings(self, position: Position) -> Standings:
        """Return what commitments hold at a position that the moves name."""
        return self._standings[position]

    def histories_since(self, days: Mapping[Spot, date]) -> dict[Spot, History]:
        """Return what positions hold at the end of the days given for them, and their changes since."""
        later: dict[Spot, list[tuple[date, int, int]]] = {spot: [] for spot in days}
        since: dict[int, date] = {}
        for (commitment, position), day in days.items():
            if day < self._standings[position][commitment].last_day:
                number = self.ids[commitment]
                since[number] = min(day, since.get(number, day))
        for _, move in read_moves_after(since):
            for spot, change in move.changes():
                if spot in later and change.day > days[spot]:
                    later[spot].append(change)
        found = {}
        for (commitment, position), changes in later.items():
            now = self._standings[position][commitment]
            quantity = now.quantity - sum(quantity for _, quantity, _ in changes)
            marks = now.marks - sum(marks for _, _, marks in changes)
            spot = (commitment, position)
            found[spot] = History([(days[spot], quantity, marks), *changes])
        return found

    def counted(self, commitment: str, parts: int) -> str:
        """Return so many parts of a commitment in words, in the unit that it is counted in."""
        known = self.known.get(commitment)
        unit, decimals = ("part", 0) if known is None else known.group.owner[3:]
        quantity = from_parts(parts, decimals)
        return f"{quantity.normalize():f} {unit if quantity == 1 else plural(unit)}"

    def nowhere(self) -> dict[Position, str]:
        """Return the positions among those that the moves name that cannot be, with what there is none of in words."""
        found = {}
        for one in self._standings:
            if one.requirement not in self.requirements:
                found[one] = f"there is no requirement {one.requirement}"
            elif one.place not in self.places:
                found[one] = f"there is no place {one.place}"
        return found

    def posted(self, number: int) -> Move | None:
        """Return the posting with this number; None where there is none."""
        return self._originals.get(number)

    def is_reversed(self, number: int) -> bool:
        """Return whether a posting was taken back."""
        return number in self._taken_back

    def _load_commitments(self, keys: set[str]) -> None:
        query = (
            "SELECT c.id, c.key, c.kind, t.donor_id, t.marking_id, t.kind, t.unit, t.decimals, t.item, t.promised, "
            "t.marks, t.delivered, t.furthest FROM ledger_commitment c "
            "LEFT JOIN ledger_commitmenttotal t ON t.commitment_id = c.id WHERE {}"
        )
        groups: dict[tuple[Any, ...], Group] = {}
        for row in _select(query, "c.key", keys):
            key = row[1]
            self.ids[key], self.kinds[key] = row[0], row[2]
            if row[3] is not None:
                # One object for all that are alike: dictionaries compare it many times faster.
                group = groups.get(row[3:9])
                if group is None:
                    group = groups[row[3:9]] = Group(Owner(*row[3:8]), row[8])
                self.known[key] = Known(group, *row[9:])

    def holdings(self) -> dict[Position, Holding]:
        """Return where the positions are that the moves name: all of them are there, as the rules found."""
        return {
            one: Holding(one.stage, one.left, self.requirements[one.requirement] or 0, self.places[one.place] or 0)
            for one in self._standings
        }

    def _load_standings(self, moves: Sequence[Move]) -> None:
        """Read what the commitments hold at the positions that the moves name."""
        wanted: dict[str, dict[tuple[Any, ...], Standings]] = defaultdict(dict)
        for one, standings in self._standings.items():
            if one.requirement in self.requirements and one.place in self.places:
                details = (one.left, self.requirements[one.requirement], self.places[one.place])
                wanted[one.stage][(*details, one.consignment, one.lot)] = standings
        for stage, keys in self._by_stage(moves).items():
            found = wanted[stage]
            alone = next(iter(found)) if len(found) == 1 else None
            query, values = _query_of_standings(alone)
            if alone is not None:
                found = {(): found[alone]}
            for row in _select(query, "commitment_id", keys, stage, *values):
                own = found.get(row[5:])
                if own is not None:
                    key = keys[row[0]]
                    own[key] = Standing(key, own.position, row[1], row[2], as_day(row[3]), row[4])

    def _by_stage(self, moves: Sequence[Move]) -> dict[str, dict[int, str]]:
        """Return the numbers and keys of the commitments that move from or to each stage."""
        found: dict[str, dict[int, str]] = defaultdict(dict)
        for move in moves:
            number = self.ids.get(move.commitment)
            if number is not None:
                for end in (move.source, move.target):
                    if end is not None:
                        found[end.stage][number] = move.commitment
        return found

    def _load_reversals(self, numbers: set[int]) -> None:
        self._originals = dict(read_moves("p.id", numbers)) if numbers else {}
        taken = _select("SELECT reverses_id FROM ledger_posting WHERE {}", "reverses_id", numbers)
        self._taken_back = {number for (number,) in taken}


def _numbers(table: str, name: str, names: set[str]) -> dict[str, int | None]:
    """Return the numbers of a table's rows by their names, of those that there are; None for ""."""
    found: dict[str, int | None] = dict(_select(f"SELECT {name}, id FROM {table} WHERE {{}}", name, names - {""}))
    return found | {"": None}


def _select(query: str, column: str, keys: Collection[Any], *more: Any) -> list[tuple[Any, ...]]:
    """Return the rows of ``query`` with ``column`` among ``keys``, which takes the place of the braces."""
    if not keys:
        return []
    condition, parameter = among(column, keys)
    with connection.cursor() as cursor:
        cursor.execute(query.format(condition), [parameter, *more])
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    return rows


def _query_of_standings(alone: tuple[Any, ...] | None) -> tuple[str, list[Any]]:
    """Return a query for what stands at a stage, and its values: in every position, with the details that tell it from
    others, or in the one with the details ``alone``, which the database then compares and need not hand over."""
    # A + keeps a database from going by the index of such a column.
    names = (connection.ops.quote_name("left"), "+requirement_id", "+place_id", "consignment", "lot")
    read, only = ["commitment_id", "quantity", "marks", "CAST(last_day AS text)", "id"], ["{}", "stage = %s"]
    if alone is None:
        read += names
    else:
        only += [f"{name} IS NULL" if one is None else f"{name} = %s" for name, one in zip(names, alone, strict=True)]
    query = f"SELECT {', '.join(read)} FROM ledger_position WHERE {' AND '.join(only)}"
    return query, [one for one in alone or () if one is not None]
