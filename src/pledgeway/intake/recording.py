"""Recording by hand, from a file and over the API: one way from plain values to a batch.

What is said are rows of the tables that :mod:`pledgeway.tables.recording` declares, by the table's name. All of it
becomes one batch, or nothing does.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any, NamedTuple

from django.db import transaction

from pledgeway.access.deciding import Reader
from pledgeway.accounts.days import Day, Precision
from pledgeway.accounts.moves import Move, Position, Unknown
from pledgeway.accounts.quantities import InexactQuantityError, currency_decimals, to_parts
from pledgeway.accounts.rules import Refusal, RefusedError
from pledgeway.accounts.stages import KINDS, MONEY_KINDS, Act
from pledgeway.intake.said import Row, Rows, Said
from pledgeway.ledger import store
from pledgeway.ledger.models import (
    Announcement,
    AnnouncementTerms,
    Commitment,
    CommitmentTerms,
    Entry,
    Requirement,
    RequirementVersion,
)
from pledgeway.ledger.permission import check_entries
from pledgeway.ledger.posting import Draft, Posted, post, rehearse
from pledgeway.ledger.reading import read_moves
from pledgeway.ledger.seen import announcements_seen, commitments_seen, postings_seen
from pledgeway.registry.models import Item
from pledgeway.tables.faults import FaultyInput, Findings
from pledgeway.tables.fields import Table
from pledgeway.tables.recording import ANNOUNCEMENTS, COMMITMENTS, KINDS_OF, POSTINGS, REQUIREMENTS

UNKNOWN = {"none": Unknown.NONE, "some": Unknown.SOME, "part": Unknown.PART}
DETAILS = ("stage", "left", "requirement", "place", "consignment", "lot")
ENDS = tuple(f"{which}_{name}" for which in ("from", "to") for name in DETAILS)
OWNER = ("key", "kind", "donor", "party", "state")
"""Columns that say whose an entry is, and whether its author may enter it."""
NOT_TAKEN = "a key that nothing has yet"


def record(said: Rows, by: Reader, note: str = "", *, rehearse: bool = False, sent: str = "") -> tuple[Draft, Posted]:
    """Post what is said as one batch by ``by``; with ``rehearse`` nothing is kept of it.

    ``sent`` is the mark of the form it was sent with, kept with the batch, so that the same form sent again is known.
    Raises FaultyRowsError with every fault of the values and what the ledger has against the rows that are good enough
    to be judged, and RefusedError with every reason of the ledger where no value is at fault. A refusal's line is the
    row of the table of postings.
    """
    origin = {"recorded": "by hand"} | ({"sent": sent} if sent else {})
    with transaction.atomic():
        store.lock_chain()
        reading = _Reading(said, by, Draft(by, note, origin))
        draft = reading.draft()
        if reading.findings.faults:
            raise FaultyRowsError(reading.findings, reading.refusals())
        try:
            posted = post(draft)
        except RefusedError as refused:
            raise RefusedError(reading.by_row(refused.refusals)) from None
        transaction.set_rollback(rehearse)
    return draft, posted


class FaultyRowsError(FaultyInput):
    """Rows with faults, and in ``refusals`` what the ledger has against those that are good enough to be judged."""

    def __init__(self, findings: Findings, refusals: Sequence[Refusal]) -> None:
        super().__init__(findings.faults, findings.remarks, [str(one) for one in refusals])
        self.refusals = list(refusals)


class _Entered(NamedTuple):
    """What a row says: its table, its place there, what it is a version of, and the version."""

    table: Table
    at: int
    parent: Any
    version: Any


class _Reading:
    """What is said on its way to a draft.

    Of rows at fault the draft has moves whose commitment, act and ends are sound; ``_doubtful`` are the commitments
    whose balance cannot be told for them. ``_rows`` are where the moves are said, by row of the table of postings
    (None: with a promise).
    """

    def __init__(self, said: Rows, by: Reader, draft: Draft) -> None:
        self.by, self._draft, self._said = by, draft, Said(said, by)
        self.findings = self._said.findings
        self._entered: list[_Entered] = []
        self._rows: list[int | None] = []
        self._doubtful: set[str] = set()

    def draft(self) -> Draft:
        """Return the draft, as far as the rows are sound; all that is wrong with them is among the findings."""
        readers = (
            (ANNOUNCEMENTS, self._announcement), (COMMITMENTS, self._commitment), (REQUIREMENTS, self._requirement),
            (POSTINGS, self._posting),
        )  # fmt: skip
        for row in self._said.rows(COMMITMENTS):
            self._begin(row)
        for table, read in readers:
            for at, row in enumerate(self._said.rows(table)):
                read(at, row)
        if not self.findings.faults:
            self._draft.entries = _entries(self._entered)
        return self._draft

    def refusals(self) -> list[Refusal]:
        """Return what the ledger has against what can be judged of a batch with faults; nothing is written of it."""
        sound = self._sound()
        owned = [one.version for one in self._entered
                 if one not in sound and not self._said.is_faulty(one.table, one.at, *OWNER)]  # fmt: skip
        missing = {id(one.parent) for one in self._entered if one.parent.pk is None} - {id(one.parent) for one in sound}
        gone = {(one.table.name, one.parent.key) for one in self._entered if id(one.parent) in missing}
        moves = [
            (row, move) for row, move in zip(self._rows, self._draft.moves, strict=True)
            if not gone & {("commitments", move.commitment), *(
                ("requirements", end.requirement) for end in (move.source, move.target) if end is not None)}
        ]  # fmt: skip
        self._rows = [row for row, _ in moves]
        found = check_entries(owned, self.by)
        try:
            rehearse(replace(self._draft, entries=_entries(sound), moves=[move for _, move in moves]))
        except RefusedError as refused:
            found += [one for one in refused.refusals if not (one.of_balance and one.commitment in self._doubtful)]
        return self.by_row(found)

    def _sound(self) -> list[_Entered]:
        """Return what rows without faults say that rests on no row with one."""
        sound = [one for one in self._entered if not self._is_faulty(one.table, one.at)]
        while True:
            there = {id(one.parent) for one in sound}
            firm = [one for one in sound if all(
                getattr(one.version, name).pk or id(getattr(one.version, name)) in there
                for name in ("announcement", "draws_on", "reimburses") if getattr(one.version, name, None) is not None
            )]  # fmt: skip
            if len(firm) == len(sound):
                return sound
            sound = firm

    def by_row(self, refusals: Sequence[Refusal]) -> list[Refusal]:
        """Return ``refusals`` with the rows of the table of postings as their lines."""
        return [one if one.line is None else replace(one, line=self._rows[one.line]) for one in refusals]

    def _announcement(self, at: int, row: Row) -> None:
        announcement = self._parent(ANNOUNCEMENTS, at, row, Announcement)
        values = self._said.values(AnnouncementTerms, ANNOUNCEMENTS, at, row)
        self._worth(ANNOUNCEMENTS, at, row)
        statement = self._said.statement(ANNOUNCEMENTS, at, row)
        terms = AnnouncementTerms(announcement=announcement, statement=statement, **values)
        self._enter(ANNOUNCEMENTS, at, announcement, terms)

    def _begin(self, row: Row) -> None:
        """Make a new commitment, so that other rows of the batch may refer to it before it was read."""
        key = row["key"]
        if key is not None and key not in self._said.present["commitments"]:
            self._said.new["commitments"][key] = Commitment(key=key, kind=row["kind"] or "", decimals=0)

    def _commitment(self, at: int, row: Row) -> None:
        for name, kinds in KINDS_OF.items():
            if row[name] and row["kind"] is not None and row["kind"] not in kinds:
                self._fault(COMMITMENTS, at, name, row[name], f"nothing: a commitment of {row['kind']} has none")
        present = self._said.present["commitments"].get(row["key"])
        commitment = self._parent(COMMITMENTS, at, row, Commitment)
        values = self._said.values(CommitmentTerms, COMMITMENTS, at, row)
        if present is None:
            self._count(at, row, commitment, values["item"])
        else:
            self._keep(at, row, present, values)
        self._worth(COMMITMENTS, at, row)
        self._conditions(at, row, values)
        statement = self._said.statement(COMMITMENTS, at, row)
        terms = CommitmentTerms(commitment=commitment, statement=statement, **values)
        self._enter(COMMITMENTS, at, commitment, terms)
        if present is None and (row["quantity"] or row["undisclosed"]):
            parts = self._parts(COMMITMENTS, at, row, commitment)
            if self._is_faulty(COMMITMENTS, at):
                return
            unknown = Unknown.SOME if row["undisclosed"] else Unknown.NONE
            first = Position(KINDS[commitment.kind].first)
            day = Day(row["day"], Precision(row["precision"] or "day"))
            digest = "" if statement is None else statement.digest
            self._move(None, Move(commitment.key, Act.PROMISE, None, first, parts, day, unknown, digest))

    def _count(self, at: int, row: Row, commitment: Commitment, item: Item | None) -> None:
        """Settle in what a new promise is counted: its item's unit, or a currency."""
        money, unit = row["kind"] in MONEY_KINDS, row["unit"] or (item.unit if item else "")
        commitment.unit, commitment.kind = unit, row["kind"] or ""
        commitment.decimals = currency_decimals(unit) if money else item.decimals if item else 0
        if money and not _is_currency(unit):
            self._fault(COMMITMENTS, at, "unit", unit or None, "a currency such as EUR")
        elif self._said.is_faulty(COMMITMENTS, at, "kind", "item"):
            return
        elif not unit:
            self._fault(COMMITMENTS, at, "unit", None, "a unit, or an item")
        elif item is not None and unit != item.unit:
            self._fault(COMMITMENTS, at, "unit", unit, f"nothing, or {item.unit}, in which the item is counted")

    def _keep(self, at: int, row: Row, present: CommitmentTerms, values: dict[str, Any]) -> None:
        """Hold new terms of a known promise to what never changes, and keep what their author cannot see."""
        of, item = present.commitment, values["item"]
        if row["kind"] is not None and row["kind"] != of.kind:
            self._fault(COMMITMENTS, at, "kind", row["kind"], f"{of.kind}, which it is")
        if row["quantity"] is not None:
            self._fault(COMMITMENTS, at, "quantity", row["quantity"], "nothing: a known promise is raised by a posting")
        if row["unit"] and row["unit"] != of.unit:
            self._fault(COMMITMENTS, at, "unit", row["unit"], f"nothing, or {of.unit}, in which it is counted")
        if item is not None and (item.unit, item.decimals) != (of.unit, of.decimals):
            self._fault(COMMITMENTS, at, "item", item.code, f"an item that is counted in {of.unit}, as the promise is")
        seen: dict[str, Any] = {"announcement": announcements_seen, "draws_on": commitments_seen}
        for name, of_whom in (seen | {"reimburses": commitments_seen}).items():
            number = getattr(present, f"{name}_id")
            kind = "announcement" if name == "announcement" else "commitment"
            if number is None or row[name] is not None or self._said.is_faulty(COMMITMENTS, at, name):
                continue
            if not of_whom(self.by).filter(**{f"{kind}_id": number}).exists():
                values[name] = getattr(present, name)

    def _conditions(self, at: int, row: Row, values: dict[str, Any]) -> None:
        """Object to a window that ends before it begins, and to drawing on what is no envelope."""
        first, last = row["available_from"], row["available_until"]
        if first and last and last < first:
            self._fault(COMMITMENTS, at, "available_until", last, f"a day not before {first}, the first of the window")
        if values["draws_on"] is not None and values["draws_on"].kind not in ("envelope", ""):
            self._fault(COMMITMENTS, at, "draws_on", row["draws_on"], "the key of an envelope")
        if row["condition_state"] and not row["condition"]:
            self._fault(COMMITMENTS, at, "condition", None, "what the state is of")

    def _worth(self, table: Table, at: int, row: Row) -> None:
        for amount, currency in (("value", "currency"), ("converted", "converted_currency")):
            if (row[amount] is not None or row[currency]) and not _is_currency(row[currency] or ""):
                self._fault(table, at, currency, row[currency], "a currency such as EUR")

    def _requirement(self, at: int, row: Row) -> None:
        requirement = self._parent(REQUIREMENTS, at, row, Requirement)
        values = self._said.values(RequirementVersion, REQUIREMENTS, at, row)
        accepts = self._accepts(at, row)
        statement = self._said.statement(REQUIREMENTS, at, row)
        version = RequirementVersion(requirement=requirement, accepts=accepts, statement=statement, **values)
        self._enter(REQUIREMENTS, at, requirement, version)

    def _accepts(self, at: int, row: Row) -> list[list[str]]:
        halves = [one.partition("=") for one in row["accepts"] or ()]
        accepted = [[code.strip(), factor.strip() or "1"] for code, _, factor in halves]
        codes = set(Item.objects.filter(code__in=[code for code, _ in accepted]).values_list("code", flat=True))
        for code, factor in accepted:
            if code not in codes:
                self._fault(REQUIREMENTS, at, "accepts", code, "codes of items")
            elif not _is_factor(factor):
                self._fault(REQUIREMENTS, at, "accepts", factor, "a factor such as 0.5")
        return accepted

    def _posting(self, at: int, row: Row) -> None:
        commitment = self._said.referred(POSTINGS["commitment"], row["commitment"])
        if commitment is None or row["act"] is None:
            self._doubtful |= set() if commitment is None else {commitment.key}
            return
        act = Act(row["act"])
        if act is Act.REVERSE:
            self._reversal(at, row, commitment)
            return
        if row["day"] is None:
            self._fault(POSTINGS, at, "day", None, "a date such as 2026-03-31")
        parts, statement = self._parts(POSTINGS, at, row, commitment), self._said.statement(POSTINGS, at, row)
        source, target = (self._end(row, which) for which in ("from", "to"))
        if act in (Act.LEAVE, Act.SUSPEND) and source and target and not target.left:
            target = target._replace(left=source.left or source.stage)
        if not self._is_faulty(POSTINGS, at):
            day, unknown = Day(row["day"], Precision(row["precision"] or "day")), UNKNOWN[row["unknown"] or "none"]
            digest = "" if statement is None else statement.digest
            self._move(at, Move(commitment.key, act, source, target, parts, day, unknown, digest))
            return
        self._doubtful.add(commitment.key)
        if not self._said.is_faulty(POSTINGS, at, *ENDS):  # the step can be judged, whatever it moves and when
            self._move(at, Move(commitment.key, act, source, target, 1, Day(date.today())))

    def _reversal(self, at: int, row: Row, commitment: Commitment) -> None:
        number = row["reverses"] or 0
        seen = number < 10**18 and postings_seen(self.by).filter(pk=number, commitment=commitment.pk).exists()
        found = dict(read_moves("p.id", [number])) if seen else {}
        if number not in found:
            self._fault(POSTINGS, at, "reverses", row["reverses"], f"the number of a posting of {commitment.key}")
            self._doubtful.add(commitment.key)
            return
        of = found[number]
        back = Move(of.commitment, Act.REVERSE, of.target, of.source, of.quantity, of.day, of.unknown, "", number)
        self._move(at, back)

    def _move(self, row: int | None, move: Move) -> None:
        self._rows.append(row)
        self._draft.moves.append(move)

    @staticmethod
    def _end(row: Row, which: str) -> Position | None:
        parts = [row[f"{which}_{name}"] or "" for name in DETAILS]
        return Position(*parts) if parts[0] else None

    def _parts(self, table: Table, at: int, row: Row, commitment: Commitment) -> int:
        try:
            return to_parts(row["quantity"] or 0, commitment.decimals)
        except InexactQuantityError:
            self._fault(table, at, "quantity", row["quantity"], f"a number with at most {commitment.decimals} decimals")
            return 0

    def _parent(self, table: Table, at: int, row: Row, model: Any) -> Any:
        """Return what a row is a version of: what is known by its key, or something new."""
        key = row["key"]
        found = self._said.parent(table.name, key)
        if found is None and key in self._said.hidden[table.name]:
            self._fault(table, at, "key", key, NOT_TAKEN)
        if found is None and len(key or "") > model._meta.get_field("key").max_length:
            self._fault(table, at, "key", f"{len(key):,} characters", "at most 200")
        made = self._said.new[table.name].get(key)
        return found or made or model(key=key or "")

    def _enter(self, table: Table, at: int, parent: Any, version: Any) -> None:
        self._said.new[table.name][parent.key] = parent
        self._entered.append(_Entered(table, at, parent, version))

    def _is_faulty(self, table: Table, at: int) -> bool:
        return self._said.is_faulty(table, at, *(field.name for field in table.fields))

    def _fault(self, table: Table, at: int, column: str, found: Any, allowed: str) -> None:
        self._said.fault(table, at, column, found, allowed)


def _entries(entered: Sequence[_Entered]) -> list[Entry]:
    return [entry for one in entered for entry in ([] if one.parent.pk is not None else [one.parent]) + [one.version]]


def _is_currency(code: str) -> bool:
    return len(code) == 3 and code.isascii() and code.isalpha() and code.isupper()


def _is_factor(text: str) -> bool:
    try:
        return Decimal(text).is_finite() and Decimal(text) > 0
    except InvalidOperation:
        return False
