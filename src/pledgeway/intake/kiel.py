"""The Ukraine Support Tracker into the ledger: its promises as pledged, what was delivered, and every source.

A release is one batch. What the ledger holds already is left alone; where a later release says otherwise, only the
difference is posted: new terms, more deliveries, or a reversal with what is right posted anew.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.db import transaction
from django.db.models import Q

from pledgeway.access.deciding import system
from pledgeway.accounts.days import Day, not_later
from pledgeway.accounts.moves import Move
from pledgeway.accounts.stages import Act
from pledgeway.evidence.models import Source
from pledgeway.evidence.recording import Passage, record_passages, record_sources
from pledgeway.formats.kiel import Tracker, TrackerRow, Unused, read_tracker
from pledgeway.formats.kiel.rows import SHEET
from pledgeway.intake.donors import RECIPIENT
from pledgeway.intake.present import Present, present_announcements, present_commitments, would_say
from pledgeway.intake.promises import Promise, delivery_moves, promise_moves, promise_of
from pledgeway.intake.register import NamedItem, items_by_key, parties_by_name
from pledgeway.ledger.codes import PRECISION_CODES
from pledgeway.ledger.models import Announcement, AnnouncementTerms, Batch, Commitment, CommitmentTerms, Terms
from pledgeway.ledger.posting import Draft, post
from pledgeway.registry.changing import change
from pledgeway.registry.models import Item, folded

PREFIX = "kiel:"
AUTHORS = (
    "Antezza, A., Bushnell, K., Frank, A., Frank, P., Franz, L., Kharitonov, I., Kumar, B., Rebinskaya, E. and "
    "Trebesch, C., Kiel Institute for the World Economy"
)
TRACKER = "Ukraine Support Tracker"
LICENCE = "CC BY 4.0"


class OlderReleaseError(Exception):
    """A release older than one that the ledger holds already."""


@dataclass
class Imported:
    """What an import did: how many rows are new, changed or as they were, what is gone, what could not be used."""

    tracker: Tracker
    batch: int | None = None
    postings: int = 0
    new: int = 0
    changed: list[str] = field(default_factory=list)
    gone: list[str] = field(default_factory=list)
    unused: list[Unused] = field(default_factory=list)

    @property
    def used(self) -> int:
        """How many rows are in the ledger now."""
        return self.tracker.row_count - sum(unused.whole_row for unused in self.unused)


def import_tracker(path: Path, author: str = "import") -> Imported:
    """Bring the release of the tracker in the workbook ``path`` into the ledger, as one batch or not at all.

    Raises FaultyInput for what is no tracker, OlderReleaseError, and RefusedError where the ledger refuses the batch.
    """
    tracker = read_tracker(path)
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    with transaction.atomic():
        newest = max((batch.origin["release"] for batch in Batch.objects.filter(origin__import="kiel")), default=0)
        if tracker.release < newest:
            raise OlderReleaseError(f"release {newest} was imported already; release {tracker.release} is older")
        bringing = _Import(tracker, digest)
        imported = bringing.run(author)
        if imported.batch is None and not bringing.told_products(author):
            transaction.set_rollback(True)
    return imported


class _Import:
    """One release on its way into the ledger."""

    def __init__(self, tracker: Tracker, digest: str) -> None:
        self.tracker, self.digest = tracker, digest
        self.imported = Imported(tracker, unused=list(tracker.unused))
        self.address = f"{TRACKER}, release {tracker.release}, Kiel Institute for the World Economy"
        self.parties = parties_by_name([RECIPIENT, *(row.donor for row in tracker.rows)])
        self.items = self._items()
        self.announced = present_announcements(PREFIX)
        self.present = present_commitments(Q(commitment__key__startswith=PREFIX))
        self.draft = Draft(system(""), f"{tracker.title}. {AUTHORS}. {LICENCE}.")
        self.passages: dict[str, Passage] = {}
        self._resting: list[tuple[Terms, Passage]] = []

    def run(self, author: str) -> Imported:
        """Post what is new or changed."""
        packages: dict[str, list[TrackerRow]] = {}
        for row in self.tracker.rows:
            packages.setdefault(row.package, []).append(row)
        listed: set[str] = set()
        for package, rows in packages.items():
            listed |= self._add_package(package, rows)
        self._withdraw_unlisted(listed, packages)
        if self.draft.entries or self.draft.moves:
            self._post(author)
            self.told_products(author)
        return self.imported

    def told_products(self, author: str) -> int:
        """Keep the donors' gross domestic products; return how many are new. What an officer recorded stays."""
        if self.tracker.products is None:
            return 0
        told = 0
        for name, amount in self.tracker.products.million_eur.items():
            party = self.parties.get(name)
            if party is not None and (party.gdp_million_eur is None or party.gdp_source.startswith(TRACKER)):
                values = {"gdp_million_eur": amount, "gdp_year": self.tracker.products.year, "gdp_source": self.address}
                told += bool(change(party, values, author))
        return told

    def _items(self) -> dict[str, Item]:
        named: dict[str, NamedItem] = {}
        for row in self.tracker.rows:
            if row.item:
                named.setdefault(folded(row.item), NamedItem(row.item, row.category, row.subcategory))
        return items_by_key(named)

    def _post(self, author: str) -> None:
        sources = record_sources([self.address])
        known = {"publisher": "Kiel Institute for the World Economy", "language": "en", "licence": LICENCE}
        Source.objects.filter(pk=sources[self.address], digest="").update(
            title=self.tracker.title, published=self.tracker.until, digest=self.digest, **known
        )
        statements = record_passages(self.passages.values())
        for terms, passage in self._resting:
            terms.statement = statements[passage.digest]
        self.draft.by = system(author)
        self.draft.origin = {"import": "kiel", "release": self.tracker.release, "sha256": self.digest}
        posted = post(self.draft)
        self.imported.batch, self.imported.postings = posted.batch.number, len(self.draft.moves)

    def _add_package(self, package: str, rows: Sequence[TrackerRow]) -> set[str]:
        """Add a package and its rows; return the keys of its commitments."""
        first = next((row for row in rows if row.is_first), rows[0])
        announcement = self._announce(f"{PREFIX}{package}", first)
        envelope: Commitment | None = None
        keys = set()
        for row in rows:
            key = f"{PREFIX}{package}:{folded(row.item)}:{row.place}"[:200]
            keys.add(key)
            promise = promise_of(row, self.items.get(folded(row.item)) if row.item else None, key)
            if promise.rounded is not None:
                column, reason = promise.rounded
                found = str(getattr(row, column).known if promise.item else row.total)
                self.imported.unused.append(Unused(row.number, column, f"{SHEET}, row {row.number}", found, reason))
            commitment = self._commit(promise, announcement, envelope)
            if row.is_first and promise.kind == "envelope":
                envelope = commitment
        return keys

    def _announce(self, key: str, row: TrackerRow) -> Announcement:
        announcement, said = self.announced.get(key, (None, None))
        if announcement is None:
            announcement = Announcement(key=key)
            self.draft.entries.append(announcement)
        terms = AnnouncementTerms(
            announcement=announcement, converted_delivered=row.delivered_eur, **self._terms(row, worth=row)
        )
        self._say(terms, said, self._passage(row))
        return announcement

    def _commit(self, promise: Promise, announcement: Announcement, envelope: Commitment | None) -> Commitment:
        """Add or mend the commitment of a row."""
        row, present = promise.row, self.present.get(promise.key)
        kind, unit, decimals = promise.kind, promise.unit, promise.decimals
        if present is None:
            commitment = Commitment(key=promise.key, kind=kind, unit=unit, decimals=decimals)
            self.draft.entries.append(commitment)
            self.imported.new += 1
        else:
            commitment = present.commitment
            if (commitment.kind, commitment.unit, commitment.decimals) != (kind, unit, decimals):
                reason = f"a {commitment.kind} in {commitment.unit} before, a {kind} in {unit} now; left as it was"
                self.imported.unused.append(Unused(row.number, "", f"{SHEET}, row {row.number}", promise.key, reason))
                return commitment
        terms = CommitmentTerms(
            commitment=commitment, announcement=announcement, item=promise.item, draws_on=envelope, **self._terms(row)
        )
        changed = self._say(terms, present.said if present else None, self._passage(row))
        moves = self._first_moves(promise) if present is None else self._more_moves(promise, present)
        self.draft.moves += moves
        if present is not None and (changed or moves):
            self.imported.changed.append(promise.key)
        return commitment

    def _terms(self, row: TrackerRow, worth: TrackerRow | None = None) -> dict[str, Any]:
        """Return the fields of terms; the value of ``worth`` stands beside, on the announcement only."""
        fields: dict[str, Any] = {
            "text": row.type, "donor": self.parties[row.donor], "recipient": self.parties[RECIPIENT],
            "purpose": row.purpose, "day": row.day.latest, "precision": PRECISION_CODES[row.day.precision],
            "marking": ["public"],
        }  # fmt: skip
        if worth is not None:
            fields |= {
                "value": worth.total, "currency": worth.currency[:3] if worth.total is not None else "",
                "basis": worth.basis, "converted": worth.converted,
                "converted_currency": "EUR" if worth.converted is not None else "",
            }  # fmt: skip
        return fields

    def _say(self, terms: AnnouncementTerms | CommitmentTerms, said: dict[str, Any] | None, passage: Passage) -> bool:
        """Add ``terms`` where they say something else than ``said``; return whether they do."""
        if said == would_say(terms, passage):
            return False
        self._resting.append((terms, self._rest_on(passage)))
        self.draft.entries.append(terms)
        return True

    def _rest_on(self, passage: Passage) -> Passage:
        return self.passages.setdefault(passage.digest, passage)

    def _passage(self, row: TrackerRow) -> Passage:
        return Passage(self.address, f"{SHEET}, package {row.package}", row.text, row.sources)

    def _delivery_passage(self, row: TrackerRow) -> Passage:
        said = f"{row.delivered.said} units delivered" if row.item else f"{row.delivered_eur} EUR delivered"
        where = f"{SHEET}, package {row.package}{f', {row.item}' if row.item else ''}"
        return Passage(self.address, where, said, row.delivery_sources)

    def _first_moves(self, promise: Promise) -> list[Move]:
        """Return the postings of a promise that is new."""
        moves = promise_moves(promise, self._rest_on(self._passage(promise.row)).digest)
        return moves + self._delivery(
            promise, promise.delivered.quantity, not_later(self.tracker.until), promise.promised.quantity
        )

    def _delivery(self, promise: Promise, quantity: int, day: Day, still_pledged: int) -> list[Move]:
        flow = promise.delivered
        if flow.quantity != quantity:
            flow = type(flow)(quantity, flow.unknown)
        if not flow:
            return []
        digest = self._rest_on(self._delivery_passage(promise.row)).digest
        return delivery_moves(promise, flow, day, digest, still_pledged)

    def _more_moves(self, promise: Promise, present: Present) -> list[Move]:
        """Return the postings that bring a promise in the ledger to what the release says."""
        known, unknown = present.delivered()
        wanted = promise.delivered
        same_promise = [_essence(move) for move in present.promises] == [
            _essence(m) for m in promise_moves(promise, "")
        ]
        if same_promise and (known, unknown) == (wanted.quantity, wanted.unknown):
            return []
        until, promised = not_later(self.tracker.until), promise.promised.quantity
        if same_promise and unknown == wanted.unknown and known < wanted.quantity and not unknown:
            return self._delivery(promise, wanted.quantity - known, until, max(promised - known, 0))
        if not present.is_own:
            row = promise.row.number
            reason = "others have posted to this promise since; what the release changes must be mended by hand"
            self.imported.unused.append(Unused(row, "", f"{SHEET}, row {row}", promise.key, reason))
            return []
        moves = [*_taken_back(present), *promise_moves(promise, self._rest_on(self._passage(promise.row)).digest)]
        left, pledged = wanted.quantity, promised
        for move in present.deliveries if not (unknown or wanted.unknown) else []:
            again = min(left, move.quantity)
            moves += self._delivery(promise, again, move.day, pledged) if again else []
            left, pledged = left - again, max(pledged - again, 0)
        if left or wanted.unknown:
            moves += self._delivery(promise, left, until, pledged)
        return moves

    def _withdraw_unlisted(self, listed: set[str], packages: dict[str, list[TrackerRow]]) -> None:
        """Take back what the release no longer lists."""
        for key, present in self.present.items():
            if key in listed or not present.live:
                continue
            if present.is_own:
                self.draft.moves += _taken_back(present)
                self.imported.gone.append(key)
            else:
                reason = "no longer listed, but others have posted to this promise since; mend it by hand"
                self.imported.unused.append(Unused(0, "", SHEET, key, reason))
        for key, (announcement, said) in self.announced.items():
            if key.removeprefix(PREFIX) not in packages and said["text"] != "no longer listed":
                last = announcement.terms.select_related("donor", "recipient", "statement").order_by("-id")[0]
                terms = AnnouncementTerms(
                    announcement=announcement, text="no longer listed", donor=last.donor, recipient=last.recipient,
                    purpose=last.purpose, day=last.day, precision=last.precision, statement=last.statement,
                    marking=last.marking,
                )  # fmt: skip
                self.draft.entries.append(terms)


def _essence(move: Move) -> tuple[Any, ...]:
    return (move.quantity, move.unknown, move.day)


def _taken_back(present: Present) -> list[Move]:
    """Return the reversals of all postings of a commitment, the last first."""
    return [
        Move(
            move.commitment, Act.REVERSE, move.target, move.source, move.quantity, move.day, move.unknown,
            move.statement, number,
        )
        for number, move in reversed(present.live.items())
    ]  # fmt: skip
