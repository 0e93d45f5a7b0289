"""A planning workbook (or problem file) into the record: network, items and courses, promises and needs.

What it says becomes one batch, or nothing does. An offer is a commitment of goods that stands at committed, a
requirement a validated need. Their ids are their keys: the same workbook in a newer version posts only differences.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.db import transaction
from django.db.models import Q

from pledgeway.access.deciding import system
from pledgeway.accounts.days import Day
from pledgeway.accounts.moves import Move, Position
from pledgeway.accounts.quantities import InexactQuantityError, from_parts, to_parts
from pledgeway.accounts.stages import Act
from pledgeway.evidence.models import Source
from pledgeway.evidence.recording import Passage, record_passages, record_sources
from pledgeway.formats import read_problem
from pledgeway.intake.network import record_network
from pledgeway.intake.present import Present, present_commitments, present_requirements, would_say
from pledgeway.intake.register import parties_by_name, slug
from pledgeway.ledger.models import (
    Commitment,
    CommitmentTerms,
    Requirement,
    RequirementVersion,
)
from pledgeway.ledger.posting import Draft, post
from pledgeway.planning.problem import Problem
from pledgeway.registry.models import Item, Party, Place
from pledgeway.tables.faults import Fault, FaultyInput
from pledgeway.tables.rows import each_row

PLEDGED = Position("pledged")


@dataclass
class Imported:
    """What an import did. ``gone`` are keys that an earlier version had; they stay as they are."""

    problem: Problem
    batch: int | None = None
    postings: int = 0
    new: int = 0
    changed: list[str] = field(default_factory=list)
    gone: list[str] = field(default_factory=list)
    reference: int = 0


def import_workbook(path: Path, author: str = "import", marking: Collection[str] | None = None) -> Imported:
    """Bring the workbook (.xlsx) or problem file (.json) at ``path`` into the record, all of it or nothing.

    ``marking`` are the codes of those who may see its rows; by default all its parties, as a group named like it.
    Raises FaultyInput with every fault, and RefusedError where the ledger refuses the batch.
    """
    problem = read_problem(path)
    return import_problem(problem, path.name, hashlib.sha256(path.read_bytes()).hexdigest(), author, marking)


def import_problem(
    problem: Problem, file: str, digest: str, author: str = "import", marking: Collection[str] | None = None
) -> Imported:
    """Bring ``problem``, read from ``file`` with this SHA-256, into the record, as :func:`import_workbook` does."""
    with transaction.atomic():
        return _Import(problem, file, digest, author, marking).run()


class _Import:
    """One problem on its way into the record."""

    def __init__(self, problem: Problem, file: str, digest: str, author: str, marking: Collection[str] | None) -> None:
        self.problem, self.file, self.digest, self.author = problem, file, digest, author
        self.faults: list[Fault] = []
        if problem.start_date is None:
            allowed = "a date: what is recorded stands on days of the calendar"
            raise FaultyInput([Fault("Start", "", "start_date", "Start, start date", "nothing", allowed)])
        self.start: date = problem.start_date
        self.imported = Imported(problem)
        self.draft = Draft(system(author), f"Workbook {problem.name}", {"import": "workbook", "name": problem.name})
        self.address = f"Workbook {problem.name}, file {file}, SHA-256 {digest[:16]}"
        self.passages: dict[str, Passage] = {}
        self._resting: list[tuple[CommitmentTerms | RequirementVersion, Passage]] = []
        self._marking = marking

    def run(self) -> Imported:
        """Record what is new or changed."""
        self.imported.reference = record_network(self.problem, self.start, self.author)
        self.parties = self._parties()
        self.marking = sorted(self._marking) if self._marking is not None else [self._group()]
        self.items = Item.objects.in_bulk(list(self.problem.items["id"]), field_name="code")
        self.places = Place.objects.in_bulk(list(self.problem.places["id"]), field_name="code")
        self._offers()
        self._requirements()
        if self.faults:
            raise FaultyInput(self.faults)
        if self.draft.entries or self.draft.moves:
            self._post()
        return self.imported

    def _parties(self) -> dict[str, Party]:
        only_for = {name for row in each_row(self.problem.offers) for name in row.recipients or ()}
        recipients = {*self.problem.requirements["recipient"], *only_for}
        return parties_by_name(dict.fromkeys([*self.problem.offers["donor"], *sorted(recipients)]), "unit")

    def _group(self) -> str:
        """Return the code of the group of all parties that the workbook names."""
        group, _ = Party.objects.get_or_create(
            code=f"workbook-{slug(self.problem.name)}"[:80],
            defaults={"name": f"Parties of the workbook {self.problem.name}"[:200], "kind": "group"},
        )
        group.members.add(*self.parties.values())
        return group.code

    def _offers(self) -> None:
        present = present_commitments(self._own("commitment"))
        foreign = self._foreign(Commitment, self.problem.offers["id"], present)
        for at, row in enumerate(each_row(self.problem.offers)):
            if row.id in foreign:
                self._fault("Offers", at, "id", row.id, "an id that no other file recorded a promise under")
            else:
                self._offer(at, row, present.get(row.id))
        self.imported.gone += sorted(present.keys() - set(self.problem.offers["id"]))

    def _offer(self, at: int, row: Any, present: Present | None) -> None:
        item = self.items[row.item]
        commitment = present.commitment if present else Commitment(
            key=row.id, kind="goods", unit=item.unit, decimals=item.decimals
        )  # fmt: skip
        try:
            wanted = to_parts(Decimal(repr(float(row.quantity))), commitment.decimals)
        except InexactQuantityError as failure:
            self._fault("Offers", at, "quantity", str(row.quantity), str(failure))
            return
        terms = CommitmentTerms(
            commitment=commitment, donor=self.parties[row.donor], item=item, place=self.places[row.origin],
            text=row.note or "", purpose="", day=self.start, precision=0, marking=self.marking,
            available_from=self._date(row.available_from), available_until=self._date(row.available_until),
            only_for=None if row.recipients is None else [self.parties[name].code for name in row.recipients],
            in_storage=True if row.in_storage else None,
        )  # fmt: skip
        passage = self._passage("Offers", row)
        changed = self._say(terms, present.said if present else None, passage)
        if present is None:
            self.draft.entries.insert(len(self.draft.entries) - 1, commitment)
            self.imported.new += 1
        moves = self._moves(at, row, wanted, commitment, present, passage)
        self.draft.moves += moves
        if present is not None and (changed or moves):
            self.imported.changed.append(row.id)

    def _moves(
        self, at: int, row: Any, wanted: int, commitment: Commitment, present: Present | None, passage: Passage
    ) -> list[Move]:
        """Return the postings that bring a promise to ``wanted`` parts, committed at its origin."""
        held = present.held() if present else {}
        standing = sum(amount.quantity for position, amount in held.items() if not position.left)
        day, committed = Day(self.start), Position("committed", place=row.origin)
        digest = self._rest_on(passage).digest if wanted != standing else ""
        if wanted > standing:
            act = Act.AMEND if present else Act.PROMISE
            return [
                Move(row.id, act, None, PLEDGED, wanted - standing, day, statement=digest),
                Move(row.id, Act.ADVANCE, PLEDGED, committed, wanted - standing, day, statement=digest),
            ]
        moves, left = [], standing - wanted
        for position, amount in held.items():
            if position.stage in ("pledged", "committed") and left and amount.quantity > 0:
                part = min(left, amount.quantity)
                target = Position("withdrawn", position.stage)
                moves.append(Move(row.id, Act.LEAVE, position, target, part, present.last_day(), statement=digest))  # type: ignore[union-attr]
                left -= part
        if left:
            bound = from_parts(wanted + left, commitment.decimals)
            self._fault("Offers", at, "quantity", str(row.quantity), f"at least {bound}, which is allocated or moved")
        return moves

    def _requirements(self) -> None:
        accepts: dict[str, list[list[str]]] = {}
        for row in each_row(self.problem.accepts):
            accepts.setdefault(row.requirement, []).append([row.item, _text(row.factor)])
        present = present_requirements(self._own("requirement"))
        foreign = self._foreign(Requirement, self.problem.requirements["id"], present)
        for at, row in enumerate(each_row(self.problem.requirements)):
            if row.id in foreign:
                self._fault("Requirements", at, "id", row.id, "an id that no other file recorded a need under")
                continue
            requirement, said = present.get(row.id, (None, None))
            if requirement is None:
                requirement = Requirement(key=row.id)
                self.draft.entries.append(requirement)
                self.imported.new += 1
            version = RequirementVersion(
                requirement=requirement, party=self.parties[row.recipient], text=row.note or "",
                accepts=accepts.get(row.id, []), quantity=Decimal(_text(row.quantity)),
                place=self.places[row.destination], due=self._date(row.due), grace_days=int(row.grace_days),
                weight=Decimal(_text(row.weight)), priority=int(row.priority), state="validated", marking=self.marking,
            )  # fmt: skip
            if self._say(version, said, self._passage("Requirements", row)) and said is not None:
                self.imported.changed.append(row.id)
        self.imported.gone += sorted(present.keys() - set(self.problem.requirements["id"]))

    def _own(self, of: str) -> Q:
        """Return the condition that a row was recorded from a workbook of this name."""
        origin = f"{of}__batch__origin__"
        return Q(**{f"{origin}import": "workbook", f"{origin}name": self.problem.name})

    @staticmethod
    def _foreign(model: type[Commitment] | type[Requirement], keys: Any, own: Collection[str]) -> set[str]:
        return set(model.objects.filter(key__in=list(keys)).values_list("key", flat=True)) - set(own)

    def _say(self, terms: Any, said: dict[str, Any] | None, passage: Passage) -> bool:
        """Add ``terms`` where they say something else than ``said``; return whether they do."""
        if said == would_say(terms, passage):
            return False
        self._resting.append((terms, self._rest_on(passage)))
        self.draft.entries.append(terms)
        return True

    def _rest_on(self, passage: Passage) -> Passage:
        return self.passages.setdefault(passage.digest, passage)

    def _passage(self, sheet: str, row: Any) -> Passage:
        told = [f"{name}: {value}" for name, value in row._asdict().items() if name != "Index" and _stated(value)]
        cites = (row.source,) if row.source else ()
        return Passage(self.address, f"{sheet}, {row.id}", "; ".join(told), cites)

    def _post(self) -> None:
        sources = record_sources([self.address])
        Source.objects.filter(pk=sources[self.address], digest="").update(
            title=f"Workbook {self.problem.name}, {self.file}", text=self.problem.note or "", digest=self.digest
        )
        statements = record_passages(self.passages.values())
        for terms, passage in self._resting:
            terms.statement = statements[passage.digest]
        self.draft.origin["sha256"] = self.digest
        posted = post(self.draft)
        self.imported.batch, self.imported.postings = posted.batch.number, len(self.draft.moves)

    def _date(self, day: int) -> date:
        return self.start + timedelta(days=int(day))

    def _fault(self, sheet: str, at: int, column: str, found: str, allowed: str) -> None:
        where = f"{sheet}, {column} of row {at + 1}"
        self.faults.append(Fault(sheet, str(at + 1), column, where, f"'{found}'", allowed))


def _text(number: float) -> str:
    """Return a number in the digits that give just it again."""
    return f"{int(number)}" if float(number).is_integer() else repr(float(number))


def _stated(value: Any) -> bool:
    return not (value is None or value == "" or (isinstance(value, float) and math.isnan(value)))
