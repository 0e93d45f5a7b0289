"""The one function that writes to the ledger: a batch, all of it or nothing."""

from __future__ import annotations

import gc
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any, NamedTuple

from django.db import transaction
from django.db.models import ForeignKey

from pledgeway.access.deciding import Reader
from pledgeway.accounts.chain import FIRST, batch_hash
from pledgeway.accounts.moves import Move
from pledgeway.accounts.rules import Outcome, Refusal, RefusedError
from pledgeway.accounts.standings import Standing
from pledgeway.evidence.models import Statement
from pledgeway.ledger import permission, store, totals
from pledgeway.ledger.chapters import chapters_of
from pledgeway.ledger.codes import ACT_CODES, PRECISION_CODES
from pledgeway.ledger.content import content, header
from pledgeway.ledger.judging import judge
from pledgeway.ledger.models import (
    Announcement,
    AnnouncementTerms,
    Batch,
    Commitment,
    CommitmentTerms,
    Entry,
    Posting,
    Requirement,
    RequirementVersion,
)
from pledgeway.ledger.reading import read_moves
from pledgeway.ledger.totals import Changes, Group, Holding, Turned
from pledgeway.ledger.window import Window
from pledgeway.registry.models import Place

ENTRY_MODELS: tuple[type[Entry], ...] = (
    Announcement,
    AnnouncementTerms,
    Commitment,
    CommitmentTerms,
    Requirement,
    RequirementVersion,
)
"""The order in which a batch's entries are written and hashed."""


MANY = 1_000
"""From how many postings on statistics matter; they are renewed each time that the number of postings has doubled."""


@dataclass
class Draft:
    """A batch to be posted by somebody: a user's reader, or :func:`pledgeway.access.deciding.system`.

    ``entries`` are unsaved rows of ENTRY_MODELS, without id and batch: new announcements, commitments and
    requirements, and new terms. ``moves`` may speak of commitments that are among them.
    """

    by: Reader
    note: str = ""
    origin: dict[str, Any] = field(default_factory=dict)
    entries: list[Entry] = field(default_factory=list)
    moves: list[Move] = field(default_factory=list)


class Posted(NamedTuple):
    """What was written: the batch, and the number of the first of its postings, which follow one another."""

    batch: Batch
    first_posting: int


def post(draft: Draft) -> Posted:
    """Write ``draft`` as the next batch of the chain and return what was written.

    Raises RefusedError with every reason where a line breaks a rule, or is not for ``draft.by`` to post; then, as after
    any failure, nothing is written. Waits while another writer is at work.
    """
    with transaction.atomic(), _collector_at_rest():
        store.lock_chain()
        last = Batch.objects.order_by("-number").first()
        batch = Batch(
            number=last.number + 1 if last else 1,
            recorded=_moment(last),
            author=draft.by.name,
            note=draft.note,
            origin=draft.origin,
            previous=last.hash if last else FIRST,
        )
        entries = _in_order(draft.entries)
        contents = [content(entry) for entry in entries]
        batch.hash = batch_hash(batch.previous, header(batch), contents, draft.moves)
        refusals = permission.check_entries(entries, draft.by)
        batch.save(force_insert=True)
        _write_entries(batch, entries)
        window, outcome = judge(draft.moves, draft.by, refusals)
        first = _write_postings(batch, draft.moves, window, outcome)
    return Posted(batch, first)


def rehearse(draft: Draft) -> Posted:
    """Return what posting ``draft`` would write, and write nothing of it. Raises RefusedError as :func:`post` does."""
    with transaction.atomic():
        posted = post(draft)
        transaction.set_rollback(True)
    return posted


@contextmanager
def _collector_at_rest() -> Iterator[None]:
    """Keep Python from searching a large batch for cycles, of which it has none, again and again."""
    was_at_work = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_at_work:
            gc.enable()


def _moment(last: Batch | None) -> datetime:
    """Return the present moment, or the last batch's where a clock went back: moments never decrease."""
    now = datetime.now(UTC)
    return now if last is None else max(now, last.recorded)


def _in_order(entries: Sequence[Entry]) -> list[Entry]:
    ranks = {model: rank for rank, model in enumerate(ENTRY_MODELS)}
    return sorted(entries, key=lambda entry: ranks[type(entry)])


def _write_entries(batch: Batch, entries: Sequence[Entry]) -> None:
    by_model: dict[type[Entry], list[Entry]] = defaultdict(list)
    for entry in entries:
        by_model[type(entry)].append(entry)
    for model, rows in by_model.items():
        first = store.next_id(model._meta.db_table)
        for number, row in enumerate(rows, start=first):
            row.id, row.batch = number, batch
            _link(row)
        if model is CommitmentTerms:
            _retell([row for row in rows if isinstance(row, CommitmentTerms)])
        else:
            model._default_manager.bulk_create(rows, batch_size=500)


def _link(row: Entry) -> None:
    """Take over the numbers that rows of this batch were given after others began to refer to them."""
    for field_ in row._meta.concrete_fields:
        if isinstance(field_, ForeignKey) and field_.is_cached(row):
            related = getattr(row, field_.name)
            if related is not None:
                setattr(row, field_.attname, related.pk)


def _retell(terms: Sequence[CommitmentTerms]) -> None:
    """Write ``terms``, and count all that their commitments turned over and hold where these say."""
    latest = {row.commitment_id: row for row in terms}
    former = totals.known(list(latest))
    CommitmentTerms.objects.bulk_create(terms, batch_size=500)
    totals.tell(latest, former)
    others = {key: later.group for key, later in totals.known(list(former)).items() if later.group != former[key].group}
    places = dict(Place.objects.values_list("code", "pk")) if others else {}
    for key, later in others.items():
        _hand_over(key, former[key].group, later, {"": 0, **places})


def _hand_over(commitment: int, former: Group, later: Group, places: Mapping[str, int]) -> None:
    """Count all that a commitment turned over for ``later``, in the chapters in which it did."""
    batches = dict(Posting.objects.filter(commitment_id=commitment).values_list("pk", "batch_id"))
    chapters = chapters_of(batches.values())
    turned: dict[int, tuple[Turned, Changes]] = {}
    for number, move in read_moves("p.commitment_id", [commitment]):
        chapter = chapters[batches[number]]
        by_day, by_stage = turned.setdefault(chapter, (Turned(chapter), Changes()))
        for group, sign in ((former, -1), (later, 1)):
            days, day = by_day.days(group.owner, move.source, move.target), move.day.latest
            days[day] = days.get(day, 0) + sign * move.quantity
            by_day.add_marks(group.owner, move, sign)
            for (_, position), change in move.changes():
                holding = Holding(position.stage, position.left, 0, places[position.place])
                by_stage.add(group, holding, sign * change.quantity, sign * change.marks)
    for chapter, (by_day, by_stage) in turned.items():
        by_day.write()
        by_stage.write_turned(chapter)


def _write_postings(batch: Batch, moves: Sequence[Move], window: Window, outcome: Outcome) -> int:
    """Write postings and what derives from them; return the first posting's number."""
    first = store.next_id("ledger_posting")
    if not moves:
        return first
    statements = _statements(moves)
    days = _DayTexts()
    _write_positions(window, outcome.touched, days)
    commitments, number, acts, precisions = window.ids, batch.number, ACT_CODES, PRECISION_CODES
    store.insert_postings(
        [
            (
                line,
                number,
                commitments[move.commitment],
                acts[move.act],
                None if source is None else source.number,
                None if target is None else target.number,
                move.quantity,
                int(move.unknown),
                days[move.day.latest],
                precisions[move.day.precision],
                statements[move.statement],
                move.reverses,
            )
            for line, (move, (source, target)) in enumerate(zip(moves, outcome.ends, strict=True), start=first)
        ]
    )
    totals.follow(moves, first, outcome.ends, window.holdings(), commitments, window.known)
    end = first + len(moves)
    if end > MANY and end.bit_length() > first.bit_length():
        store.renew_statistics()
    return first


def _statements(moves: Sequence[Move]) -> dict[str, int | None]:
    """Return the numbers of the statements by digest. Raises RefusedError for one that was never recorded."""
    wanted = {move.statement for move in moves} - {""}
    found: dict[str, int | None] = {"": None}
    found |= {row.digest: row.pk for row in Statement.objects.in_bulk(list(wanted), field_name="digest").values()}
    if not wanted <= found.keys():
        raise RefusedError(
            [
                Refusal(line, move.commitment, f"there is no statement {move.statement}")
                for line, move in enumerate(moves)
                if move.statement not in found
            ]
        )
    return found


class _DayTexts(dict[date, str]):
    """Days as both databases read them."""

    def __missing__(self, day: date) -> str:
        text = self[day] = day.isoformat()
        return text


def _write_positions(window: Window, touched: Sequence[Standing], days: Mapping[date, str]) -> None:
    """Write what the touched positions hold; new ones are added and given their numbers."""
    changed = [(one.number, one.quantity, one.marks, days[one.last_day]) for one in touched if one.number]
    new = [one for one in touched if not one.number]
    rows = []
    for number, one in enumerate(new, start=store.next_id("ledger_position")):
        position = one.position
        one.number = number
        rows.append(
            (
                number, window.ids[one.commitment], position.stage, position.left,
                window.requirements[position.requirement], window.places[position.place], position.consignment,
                position.lot, one.quantity, one.marks, days[one.last_day],
            )
        )  # fmt: skip
    store.insert_positions(rows)
    store.update_positions(sorted(changed))
