"""Recording by hand, from a file and over the API: one way from plain values to a batch.

What is said are rows of the tables that :mod:`pledgeway.tables.recording` declares, by the table's name. All of it
becomes one batch, or nothing does.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from django.db import transaction

from pledgeway.access.deciding import PUBLIC, Reader
from pledgeway.accounts.days import Day, Precision
from pledgeway.accounts.moves import Move, Position, Unknown
from pledgeway.accounts.quantities import InexactQuantityError, currency_decimals, to_parts
from pledgeway.accounts.stages import KINDS, MONEY_KINDS, Act
from pledgeway.evidence.models import Statement
from pledgeway.evidence.recording import Passage, record_passages
from pledgeway.ledger import store
from pledgeway.ledger.codes import PRECISION_CODES
from pledgeway.ledger.models import Commitment, CommitmentTerms, Requirement, RequirementVersion
from pledgeway.ledger.posting import Draft, Posted, post
from pledgeway.ledger.reading import read_moves
from pledgeway.ledger.seen import commitments_seen, postings_seen, requirements_seen, statements_seen
from pledgeway.registry.models import Item, Party, Place
from pledgeway.tables.faults import Findings, shown
from pledgeway.tables.faults import Place as Spot
from pledgeway.tables.plain import place_of, read_rows
from pledgeway.tables.recording import COMMITMENTS, KINDS_OF, POSTINGS, RECORDED, REQUIREMENTS

Said = Mapping[str, Sequence[Mapping[str, Any]]]
Row = dict[str, Any]
UNKNOWN = {"none": Unknown.NONE, "some": Unknown.SOME, "part": Unknown.PART}
PARTIES = ("donor", "recipient")
PLAIN = ("day", "value", "available_from", "available_until")
WORDS = ("text", "purpose", "currency", "basis", "condition", "condition_state", "decision")
DETAILS = ("stage", "left", "requirement", "place", "consignment", "lot")


def record(said: Said, by: Reader, note: str = "", *, rehearse: bool = False) -> tuple[Draft, Posted]:
    """Post what is said as one batch by ``by``; with ``rehearse`` nothing is kept of it.

    Raises FaultyInput with every fault of the values, and RefusedError with every reason of the ledger.
    """
    with transaction.atomic():
        store.lock_chain()
        draft = _Reading(said, by, note).draft()
        posted = post(draft)
        transaction.set_rollback(rehearse)
    return draft, posted


class _Reading:
    """What is said on its way to a draft."""

    def __init__(self, said: Said, by: Reader, note: str) -> None:
        self.by, self.findings = by, Findings()
        self._draft = Draft(by, note, {"recorded": "by hand"})
        self._rows = {name: read_rows(table, said.get(name, ()), self.findings) for name, table in RECORDED.items()}
        self._said = said
        self._commitments: dict[str, Commitment] = {}

    def draft(self) -> Draft:
        """Return the draft. Raises FaultyInput."""
        for name in self._said.keys() - RECORDED.keys():
            self.findings.fault(place_of(POSTINGS, 0, name), "a table of this name", ", ".join(RECORDED))
        readers: tuple[tuple[str, Callable[[int, Row], None]], ...] = (
            ("commitments", self._commitment),
            ("requirements", self._requirement),
            ("postings", self._posting),
        )
        self.findings.stop_if_faulty()
        for name, reads in readers:
            for at, row in enumerate(self._rows[name]):
                reads(at, row)
        if not any(self._rows.values()):
            self.findings.fault(Spot("batch", "", "", "the batch"), "nothing", "at least one row of a table")
        self.findings.stop_if_faulty()
        return self._draft

    def _commitment(self, at: int, row: Row) -> None:
        for name, kinds in KINDS_OF.items():
            if row[name] and row["kind"] not in kinds:
                self._fault(COMMITMENTS, at, name, row[name], f"nothing: a commitment of {row['kind']} has none")
        item = self._one(COMMITMENTS, at, row, "item", Item.objects.all(), "code")
        known = commitments_seen(self.by).filter(commitment__key=row["key"]).select_related("commitment").first()
        commitment = known.commitment if known else self._new(at, row, item)
        if known is not None and row["kind"] != commitment.kind:
            self._fault(COMMITMENTS, at, "kind", row["kind"], f"{commitment.kind}, which it is")
        if known is not None and row["quantity"] is not None:
            self._fault(COMMITMENTS, at, "quantity", row["quantity"], "nothing: a known promise is raised by a posting")
        self._commitments[commitment.key] = commitment
        statement = self._statement(COMMITMENTS, at, row)
        places = self._one(COMMITMENTS, at, row, "place", Place.objects.all(), "code")
        others = {name: self._other(at, row, name) for name in ("draws_on", "reimburses")}
        parties = {name: self._one(COMMITMENTS, at, row, name, Party.objects.all(), "code") for name in PARTIES}
        marking = self._marking(COMMITMENTS, at, row)
        terms = CommitmentTerms(
            commitment=commitment, item=item, place=places, statement=statement, marking=marking,
            precision=PRECISION_CODES[Precision(row["precision"])], **parties, **others,
            **{name: row[name] for name in PLAIN}, **{name: row[name] or "" for name in WORDS},
        )  # fmt: skip
        self._draft.entries += [terms] if known else [commitment, terms]
        if known is None and (row["quantity"] or row["undisclosed"]):
            parts = self._parts(COMMITMENTS, at, row, commitment)
            unknown = Unknown.SOME if row["undisclosed"] else Unknown.NONE
            first = Position(KINDS[commitment.kind].first)
            day = Day(row["day"], Precision(row["precision"]))
            digest = "" if statement is None else statement.digest
            self._draft.moves.append(Move(commitment.key, Act.PROMISE, None, first, parts, day, unknown, digest))

    def _new(self, at: int, row: Row, item: Item | None) -> Commitment:
        if Commitment.objects.filter(key=row["key"]).exists():
            self._fault(COMMITMENTS, at, "key", row["key"], "a key that nothing has yet")
        money = row["kind"] in MONEY_KINDS
        unit = row["unit"] or (item.unit if item else "")
        if not unit or (money and not (len(unit) == 3 and unit.isalpha() and unit.isupper())):
            self._fault(
                COMMITMENTS, at, "unit", unit or None, "a currency such as EUR" if money else "a unit, or an item"
            )
        decimals = currency_decimals(unit) if money else item.decimals if item else 0
        return Commitment(key=row["key"], kind=row["kind"], unit=unit, decimals=decimals)

    def _requirement(self, at: int, row: Row) -> None:
        known = requirements_seen(self.by).filter(requirement__key=row["key"]).select_related("requirement").first()
        if known is None and Requirement.objects.filter(key=row["key"]).exists():
            self._fault(REQUIREMENTS, at, "key", row["key"], "a key that nothing has yet")
        requirement = known.requirement if known else Requirement(key=row["key"])
        halves = [one.partition("=") for one in row["accepts"]]
        pairs = [[code.strip(), factor.strip() or "1"] for code, _, factor in halves]
        items = set(Item.objects.filter(code__in=[code for code, _ in pairs]).values_list("code", flat=True))
        for code, factor in pairs:
            if code not in items:
                self._fault(REQUIREMENTS, at, "accepts", code, "codes of items")
            if not factor.replace(".", "", 1).isdecimal():
                self._fault(REQUIREMENTS, at, "accepts", factor, "a factor such as 0.5")
        version = RequirementVersion(
            requirement=requirement, party=self._one(REQUIREMENTS, at, row, "party", Party.objects.all(), "code"),
            accepts=pairs, quantity=row["quantity"], due=row["due"], priority=row["priority"], state=row["state"],
            place=self._one(REQUIREMENTS, at, row, "place", Place.objects.all(), "code"), text=row["text"] or "",
            statement=self._statement(REQUIREMENTS, at, row), marking=self._marking(REQUIREMENTS, at, row),
        )  # fmt: skip
        self._draft.entries += [version] if known else [requirement, version]

    def _posting(self, at: int, row: Row) -> None:
        act = Act(row["act"])
        commitment = self._commitments.get(row["commitment"]) or self._known(POSTINGS, at, row, "commitment")
        if commitment is None:
            return
        if act is Act.REVERSE:
            self._reversal(at, row, commitment)
            return
        if row["day"] is None:
            self._fault(POSTINGS, at, "day", None, "a date such as 2026-03-31")
            return
        source, target = (self._end(row, which) for which in ("from", "to"))
        if act in (Act.LEAVE, Act.SUSPEND) and source and target and not target.left:
            target = target._replace(left=source.stage)
        statement = self._statement(POSTINGS, at, row)
        self._draft.moves.append(
            Move(
                commitment.key, act, source, target, self._parts(POSTINGS, at, row, commitment),
                Day(row["day"], Precision(row["precision"])), UNKNOWN[row["unknown"]],
                "" if statement is None else statement.digest,
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

    def _parts(self, table: Any, at: int, row: Row, commitment: Commitment) -> int:
        try:
            return to_parts(row["quantity"] or 0, commitment.decimals)
        except InexactQuantityError:
            self._fault(table, at, "quantity", row["quantity"], f"a number with at most {commitment.decimals} decimals")
            return 0

    def _known(self, table: Any, at: int, row: Row, name: str) -> Commitment | None:
        rows = commitments_seen(self.by).filter(commitment__key=row[name]).select_related("commitment")
        terms = rows.first()
        if terms is None:
            self._fault(table, at, name, row[name], "the key of a commitment that you may see")
        return None if terms is None else terms.commitment

    def _other(self, at: int, row: Row, name: str) -> Commitment | None:
        if not row[name]:
            return None
        return self._commitments.get(row[name]) or self._known(COMMITMENTS, at, row, name)

    def _one(self, table: Any, at: int, row: Row, name: str, rows: Any, by: str) -> Any:
        if not row[name]:
            return None
        found = rows.filter(**{by: row[name]}).first()
        if found is None:
            self._fault(table, at, name, row[name], f"one of the {table[name].refers_to}, by its {by}")
        return found

    def _marking(self, table: Any, at: int, row: Row) -> list[str]:
        codes = row["marking"] or []
        known = {PUBLIC, *Party.objects.filter(code__in=codes).values_list("code", flat=True)}
        for code in codes:
            if code not in known:
                self._fault(table, at, "marking", code, "codes of parties, or public")
        return list(codes)

    def _statement(self, table: Any, at: int, row: Row) -> Statement | None:
        if row["statement"]:
            found = statements_seen(self.by).filter(digest=row["statement"]).first()
            if found is None:
                self._fault(table, at, "statement", row["statement"], "the digest of a passage that you may see")
            return found
        if not row["passage"]:
            return None
        if not row["source"]:
            self._fault(table, at, "source", None, "the address of the source that the passage stands in")
            return None
        passage = Passage(row["source"], row["location"] or "", row["passage"])
        return record_passages([passage])[passage.digest]

    def _fault(self, table: Any, at: int, column: str, found: Any, allowed: str) -> None:
        self.findings.fault(place_of(table, at, column), shown(found), allowed)
