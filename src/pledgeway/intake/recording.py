"""Recording by hand, from a file and over the API: one way from plain values to a batch.

What is said are rows of the tables that :mod:`pledgeway.tables.recording` declares, by the table's name. All of it
becomes one batch, or nothing does.
"""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import Any

from django.db import transaction

from pledgeway.access.deciding import Reader
from pledgeway.accounts.days import Day, Precision
from pledgeway.accounts.moves import Move, Position, Unknown
from pledgeway.accounts.quantities import InexactQuantityError, currency_decimals, to_parts
from pledgeway.accounts.stages import KINDS, MONEY_KINDS, Act
from pledgeway.intake.said import Row, Rows, Said
from pledgeway.ledger import store
from pledgeway.ledger.models import (
    Announcement,
    AnnouncementTerms,
    Commitment,
    CommitmentTerms,
    Requirement,
    RequirementVersion,
)
from pledgeway.ledger.posting import Draft, Posted, post
from pledgeway.ledger.reading import read_moves
from pledgeway.ledger.seen import announcements_seen, commitments_seen, postings_seen
from pledgeway.registry.models import Item
from pledgeway.tables.fields import Table
from pledgeway.tables.recording import ANNOUNCEMENTS, COMMITMENTS, KINDS_OF, POSTINGS, REQUIREMENTS

UNKNOWN = {"none": Unknown.NONE, "some": Unknown.SOME, "part": Unknown.PART}
DETAILS = ("stage", "left", "requirement", "place", "consignment", "lot")
NOT_TAKEN = "a key that nothing has yet"


def record(said: Rows, by: Reader, note: str = "", *, rehearse: bool = False, sent: str = "") -> tuple[Draft, Posted]:
    """Post what is said as one batch by ``by``; with ``rehearse`` nothing is kept of it.

    ``sent`` is the mark of the form it was sent with, kept with the batch, so that the same form sent again is known.
    Raises FaultyInput with every fault of the values, and RefusedError with every reason of the ledger.
    """
    origin = {"recorded": "by hand"} | ({"sent": sent} if sent else {})
    with transaction.atomic():
        store.lock_chain()
        draft = _Reading(said, by, Draft(by, note, origin)).draft()
        posted = post(draft)
        transaction.set_rollback(rehearse)
    return draft, posted


class _Reading:
    """What is said on its way to a draft."""

    def __init__(self, said: Rows, by: Reader, draft: Draft) -> None:
        self.by, self._draft, self._said = by, draft, Said(said, by)

    def draft(self) -> Draft:
        """Return the draft. Raises FaultyInput with all that is wrong with any row."""
        readers = (
            (ANNOUNCEMENTS, self._announcement), (COMMITMENTS, self._commitment), (REQUIREMENTS, self._requirement),
            (POSTINGS, self._posting),
        )  # fmt: skip
        for row in self._said.rows(COMMITMENTS):
            self._begin(row)
        for table, read in readers:
            for at, row in enumerate(self._said.rows(table)):
                read(at, row)
        self._said.findings.stop_if_faulty()
        return self._draft

    def _announcement(self, at: int, row: Row) -> None:
        announcement = self._parent(ANNOUNCEMENTS, at, row, Announcement)
        values = self._said.values(AnnouncementTerms, ANNOUNCEMENTS, at, row)
        self._worth(ANNOUNCEMENTS, at, row)
        statement = self._said.statement(ANNOUNCEMENTS, at, row)
        terms = AnnouncementTerms(announcement=announcement, statement=statement, **values)
        self._enter(ANNOUNCEMENTS, announcement, terms)

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
        self._enter(COMMITMENTS, commitment, terms)
        if present is None and (row["quantity"] or row["undisclosed"]):
            parts = self._parts(COMMITMENTS, at, row, commitment)
            if self._said.is_faulty(COMMITMENTS, at, "key", "kind", "day"):
                return
            unknown = Unknown.SOME if row["undisclosed"] else Unknown.NONE
            first = Position(KINDS[commitment.kind].first)
            day = Day(row["day"], Precision(row["precision"] or "day"))
            digest = "" if statement is None else statement.digest
            self._draft.moves.append(Move(commitment.key, Act.PROMISE, None, first, parts, day, unknown, digest))

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
        self._enter(REQUIREMENTS, requirement, version)

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
            return
        act = Act(row["act"])
        if act is Act.REVERSE:
            self._reversal(at, row, commitment)
            return
        if row["day"] is None:
            self._fault(POSTINGS, at, "day", None, "a date such as 2026-03-31")
            return
        parts = self._parts(POSTINGS, at, row, commitment)
        source, target = (self._end(row, which) for which in ("from", "to"))
        if act in (Act.LEAVE, Act.SUSPEND) and source and target and not target.left:
            target = target._replace(left=source.left or source.stage)
        statement = self._said.statement(POSTINGS, at, row)
        self._draft.moves.append(
            Move(
                commitment.key, act, source, target, parts, Day(row["day"], Precision(row["precision"] or "day")),
                UNKNOWN[row["unknown"] or "none"], "" if statement is None else statement.digest,
            )
        )  # fmt: skip

    def _reversal(self, at: int, row: Row, commitment: Commitment) -> None:
        number = row["reverses"] or 0
        seen = number < 10**18 and postings_seen(self.by).filter(pk=number, commitment=commitment.pk).exists()
        found = dict(read_moves("p.id", [number])) if seen else {}
        if number not in found:
            self._fault(POSTINGS, at, "reverses", row["reverses"], f"the number of a posting of {commitment.key}")
            return
        of = found[number]
        back = Move(of.commitment, Act.REVERSE, of.target, of.source, of.quantity, of.day, of.unknown, "", number)
        self._draft.moves.append(back)

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

    def _enter(self, table: Table, parent: Any, version: Any) -> None:
        self._said.new[table.name][parent.key] = parent
        self._draft.entries += [version] if parent.pk is not None else [parent, version]

    def _fault(self, table: Table, at: int, column: str, found: Any, allowed: str) -> None:
        self._said.fault(table, at, column, found, allowed)


def _is_currency(code: str) -> bool:
    return len(code) == 3 and code.isascii() and code.isalpha() and code.isupper()


def _is_factor(text: str) -> bool:
    try:
        return Decimal(text).is_finite() and Decimal(text) > 0
    except InvalidOperation:
        return False
