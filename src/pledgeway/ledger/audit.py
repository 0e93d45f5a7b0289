"""The audit: everything derived is derived again from the postings, and the chain from what it covers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

from django.db import connection

from pledgeway.accounts.book import Book
from pledgeway.accounts.chain import FIRST, Anchor, batch_hash
from pledgeway.accounts.moves import Move, Position
from pledgeway.accounts.rules import RefusedError, Spot
from pledgeway.evidence.immutable import missing
from pledgeway.evidence.models import Statement
from pledgeway.evidence.recording import digest_of
from pledgeway.ledger.chapters import chapter_of
from pledgeway.ledger.content import content, header
from pledgeway.ledger.models import RECORDED, Batch, CommitmentTerms, Entry, Marking
from pledgeway.ledger.posting import ENTRY_MODELS
from pledgeway.ledger.reading import as_day, read_moves
from pledgeway.ledger.total_faults import StageTurnovers, codes_of, group_of, total_faults

PROTECTED = [f"ledger_{name}" for name in (*RECORDED, "position")] + ["evidence_statement"]


@dataclass
class Audit:
    """What an audit went through, and every fault it found."""

    batches: int = 0
    postings: int = 0
    balances: int = 0
    head: Anchor | None = None
    faults: list[str] = field(default_factory=list)


def audit_ledger(anchors: Sequence[Anchor] = ()) -> Audit:
    """Read the whole ledger, in one consistent view of it, and name all that is not as it must be."""
    found = Audit()
    with one_view():
        found.faults += [f"the trigger {name} is missing" for name in missing(connection, PROTECTED)]
        book = _Replay(found)
        book.replay()
        book.compare_positions()
        book.compare_turnovers()
        found.faults += total_faults(book.book, book.terms, book.by_stage)
        _check_statements(found)
        hashes = dict(Batch.objects.values_list("number", "hash"))
        for anchor in anchors:
            if hashes.get(anchor.batch) != anchor.hash:
                what = "is missing" if anchor.batch not in hashes else "is another than it was"
                found.faults.append(f"batch {anchor.batch}, anchored at {anchor.moment}, {what}")
    return found


@contextmanager
def one_view() -> Iterator[None]:
    """Read the database as it is at one moment, without keeping writers out."""
    begin = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY" if connection.vendor == "postgresql" else "BEGIN DEFERRED"
    with connection.cursor() as cursor:
        cursor.execute(begin)
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("ROLLBACK")


class _Replay:
    """The ledger posted again in memory, batch by batch."""

    def __init__(self, found: Audit) -> None:
        self.found, self.book = found, Book()
        self.turnovers: Counter[tuple[Any, ...]] = Counter()
        self.by_stage: StageTurnovers = {}
        self.terms: dict[str, CommitmentTerms] = {}
        self._units: dict[str, tuple[str, str, int]] = {}
        self._chapter = 0

    def replay(self) -> None:
        """Go through all batches in order."""
        entries = _entries_by_batch()
        terms = [one for own in entries.values() for one in own if isinstance(one, CommitmentTerms)]
        self.terms = {one.commitment.key: one for one in sorted(terms, key=lambda one: one.pk)}
        moves = _moves_by_batch()
        previous, number = FIRST, 0
        for batch in Batch.objects.order_by("number").iterator():
            number += 1
            if batch.number != number:
                self._say(batch.number, f"comes where batch {number} should")
                number = batch.number
            own = moves.pop(batch.number, [])
            self._chapter = chapter_of(own[0][0]) if own else 0
            self._check_batch(batch, previous, entries.pop(batch.number, []), own)
            previous = batch.hash
            self.found.batches += 1
            self.found.postings += len(own)
            self.found.head = Anchor(batch.number, batch.hash, batch.recorded.isoformat())
        for number in sorted({*entries, *moves}):
            self._say(number, "has entries or postings but does not exist")

    def _check_batch(self, batch: Batch, previous: str, entries: list[Entry], own: list[tuple[int, Move]]) -> None:
        if batch.previous != previous:
            self._say(batch.number, "does not follow the batch before it")
        moves = [move for _, move in own]
        contents = [content(entry) for entry in entries]
        if batch_hash(batch.previous, header(batch), contents, moves) != batch.hash:
            self._say(batch.number, "is not what its hash says: it, an entry or a posting of it was changed")
        for entry in entries:
            self._open(entry)
        try:
            self.book.post(moves, [number for number, _ in own])
        except RefusedError as refused:
            for refusal in refused.refusals:
                self._say(batch.number, f"breaks a rule: {refusal}")
            self.book.keep(moves, [number for number, _ in own])
        for move in moves:
            for (commitment, position), change in move.changes():
                self._turn(commitment, position, change.day.isoformat(), change.quantity, change.marks)

    def _open(self, entry: Entry) -> None:
        """Take up a new commitment."""
        if entry._meta.model_name == "commitment":
            commitment: Any = entry
            self.book.open(commitment.key, commitment.kind)
            self._units[commitment.key] = (commitment.kind, commitment.unit, commitment.decimals)

    def _turn(self, commitment: str, position: Position, day: str, quantity: int, marks: int) -> None:
        """Turn over for whom the latest terms name: what they say of the donor and the marking holds for all days."""
        terms = self.terms.get(commitment)
        owner = ("", ()) if terms is None else (terms.donor.code, codes_of(terms.marking))
        unit = self._units.get(commitment, ("", "", 0))
        key = (*owner, *unit, position.stage, position.left, day, self._chapter)
        self.turnovers[(*key, "quantity")] += quantity
        self.turnovers[(*key, "marks")] += marks
        if terms is not None:
            at = (position.stage, position.left, position.place, self._chapter)
            own = self.by_stage.setdefault((group_of(terms), at), [0, 0])
            own[0] += quantity
            own[1] += marks

    def compare_positions(self) -> None:
        """Compare what positions hold with what the postings come to."""
        left = connection.ops.quote_name("left")
        seen: set[Spot] = set()
        with connection.cursor() as cursor:
            cursor.execute(
                f"SELECT c.key, s.stage, s.{left}, COALESCE(r.key, ''), COALESCE(l.code, ''), s.consignment, s.lot, "
                "s.quantity, s.marks, s.last_day FROM ledger_position s JOIN ledger_commitment c "
                "ON c.id = s.commitment_id LEFT JOIN ledger_requirement r ON r.id = s.requirement_id "
                "LEFT JOIN registry_place l ON l.id = s.place_id"
            )
            rows = cursor.fetchall()
        for commitment, *parts, quantity, marks, last_day in rows:
            spot = (commitment, Position(*parts))
            self.found.balances += 1
            if spot in seen:
                self.found.faults.append(f"commitment {commitment}: {_words(spot)} stands in the ledger twice")
            seen.add(spot)
            held = self.book.held(spot)
            if held is None or tuple(held) != (quantity, marks, as_day(last_day)):
                self.found.faults.append(
                    f"commitment {commitment}: {_words(spot)} holds {quantity} parts in the ledger, by its postings "
                    f"{held.quantity if held else 'nothing'}"
                )
        for spot in self.book.histories.keys() - seen:
            self.found.faults.append(f"commitment {spot[0]}: {_words(spot)} is not in the ledger")

    def compare_turnovers(self) -> None:
        """Compare turnovers with what the postings come to."""
        left = connection.ops.quote_name("left")
        columns = f"p.code, t.marking_id, t.kind, t.unit, t.decimals, t.stage, t.{left}, t.chapter, t.day"
        markings = {one.pk: tuple(one.codes) for one in Marking.objects.all()}
        stored: Counter[tuple[Any, ...]] = Counter()
        with connection.cursor() as cursor:
            cursor.execute(
                f"SELECT {columns}, SUM(t.quantity), SUM(t.marks) FROM ledger_turnover t "
                f"JOIN registry_party p ON p.id = t.donor_id GROUP BY {columns}"
            )
            for donor, marking, *group, chapter, day, quantity, marks in cursor.fetchall():
                key = (donor, markings.get(marking), *group, as_day(day).isoformat(), chapter)
                stored[(*key, "quantity")] += int(quantity)
                stored[(*key, "marks")] += int(marks)
        for whole in stored.keys() | self.turnovers.keys():
            if stored[whole] != self.turnovers[whole]:
                *group, day, chapter, what = whole
                self.found.faults.append(
                    f"turnover of {', '.join(str(part) for part in group if part != '')}, on {day} in chapter "
                    f"{chapter}: {what} {stored[whole]} in the ledger, {self.turnovers[whole]} by its postings"
                )

    def _say(self, number: int, sentence: str) -> None:
        self.found.faults.append(f"batch {number} {sentence}")


def _words(spot: Spot) -> str:
    return " ".join(part for part in spot[1] if part)


def _entries_by_batch() -> dict[int, list[Entry]]:
    found: dict[int, list[Entry]] = {}
    for model in ENTRY_MODELS:
        related = [field.name for field in model._meta.concrete_fields if field.is_relation and field.name != "batch"]
        for entry in model._default_manager.select_related(*related).order_by("id").iterator(chunk_size=2_000):
            found.setdefault(entry.batch_id, []).append(entry)
    return found


def _moves_by_batch() -> dict[int, list[tuple[int, Move]]]:
    """Return all postings with their numbers, by the batch that their rows name."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT id, batch_id FROM ledger_posting ORDER BY id")
        batches: Iterator[int] = iter([batch for _, batch in cursor.fetchall()])
    found: dict[int, list[tuple[int, Move]]] = {}
    for batch, group in groupby(zip(batches, read_moves(), strict=True), key=lambda pair: pair[0]):
        found.setdefault(batch, []).extend(numbered for _, numbered in group)
    return found


def _check_statements(found: Audit) -> None:
    for statement in Statement.objects.select_related("source").prefetch_related("cites").iterator(chunk_size=2_000):
        if digest_of(statement) != statement.digest:
            found.faults.append(f"statement {statement.pk} is not what its digest says: it was changed")
