"""Adopting a plan: what it allocates anew and what it takes back is proposed to the desks, what it keeps is noted."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import ROUND_FLOOR, Decimal
from itertools import accumulate
from typing import Any, NamedTuple

from django.db import transaction
from django.db.models import QuerySet, Value
from django.db.models.functions import Coalesce

from pledgeway.access.deciding import Reader, may
from pledgeway.access.roles import Act
from pledgeway.accounts.quantities import from_parts
from pledgeway.ledger import store
from pledgeway.ledger.models import Batch, CommitmentTerms, RequirementVersion
from pledgeway.ledger.seen import latest
from pledgeway.planning.plan import Movement, movements_from
from pledgeway.plans.carried import Rewriting, rewrite
from pledgeway.plans.models import Proposal, Run, Way
from pledgeway.plans.running import part_of
from pledgeway.plans.snapshot import commitment_of
from pledgeway.plans.stock import Lack, Line, Need, Stock, needs, open_lines

NOISE = Decimal("1e-8")
"""What is smaller in a plan's quantities is rounding errors."""
DUST = Decimal("0.001")
"""Units: a plan moves no less of what is divisible, so that a smaller change is none."""
DECLINED_PAIR = "the desk declined this pair"
GONE = "it is no longer in the record"
LESS_KEPT = "less of it is still allocated to the requirement than the plan keeps"


class NotAllowedError(Exception):
    """Something that this reader may not do, or not any more; the message says why."""


class Promise(NamedTuple):
    """A commitment's key and number, the decimals of its unit, the number of its donor, the place its terms name."""

    key: str
    number: int
    decimals: int
    donor: int
    home: str


class Change(NamedTuple):
    """What is to be proposed: a line with the promise and the need that it speaks of, and how and when goods move."""

    line: Line
    promise: Promise
    need: Need
    arrives: date | None
    ways: list[Way]

    def proposal(self, run: Run, expires: date) -> Proposal:
        """Return it as it is proposed to the desks, not saved yet."""
        return Proposal(
            run_id=run.pk, **self.line._asdict(), donor_id=self.promise.donor, recipient_id=self.need.party,
            arrives=self.arrives, ways=[_written(way) for way in self.ways], expires=expires,
        )  # fmt: skip


@dataclass
class Adoption:
    """What adopting comes to: changes, what is kept, and lines of the plan that are stale, each with the reason.

    Of what is kept the ways that it goes from now on are given, those of the plan. ``proposals`` are the changes as
    they were proposed, once they were.
    """

    changes: list[Change] = field(default_factory=list)
    kept: list[Rewriting] = field(default_factory=list)
    stale: list[tuple[str, str, str]] = field(default_factory=list)
    proposals: list[Proposal] = field(default_factory=list)

    @property
    def taken_back(self) -> list[Change]:
        """The changes that take an allocation back."""
        return [one for one in self.changes if one.line.kind == Proposal.TAKE_BACK]

    @property
    def desks(self) -> set[int]:
        """The numbers of the parties that are asked."""
        return {one.promise.donor for one in self.changes} | {one.need.party for one in self.changes}


def since_snapshot(run: Run) -> QuerySet[Batch]:
    """Return the batches that were recorded after the run's snapshot."""
    return Batch.objects.filter(number__gt=run.batch).order_by("number")


def whole_parts(quantity: float, decimals: int) -> int:
    """Return the whole parts in a plan's quantity, a number with rounding errors: never more than it means."""
    if float(quantity).is_integer():
        return int(Decimal(quantity).scaleb(decimals))
    exact = Decimal(repr(quantity)).quantize(NOISE)
    return int(exact.scaleb(decimals).to_integral_value(ROUND_FLOOR))


def prepare(run: Run, *, ways: bool = False) -> Adoption:
    """Return what adopting ``run`` would propose as things stand now, with the ``ways`` of goods; nothing is written.

    What it takes back comes first: what it allocates may rest on it.
    """
    before: dict[tuple[str, str], float] = {}
    for row in run.keep:
        pair = (row["offer"], row["requirement"])
        before[pair] = before.get(pair, 0.0) + row["quantity"]
    after = {(row["offer"], row["requirement"]): row for row in part_of(run, "allocations") or ()}
    lines = _Lines(run, {*before, *after}, _movements(run) if ways else {})
    pairs = [*after, *(pair for pair in before if pair not in after)]
    changes = {pair: lines.change(pair, before.get(pair, 0.0), after.get(pair, {}).get("quantity", 0.0))
               for pair in pairs}  # fmt: skip
    for pair in sorted(pairs, key=lambda pair: changes[pair][1] >= 0):
        last = after.get(pair, {}).get("last_usable")
        lines.add(pair, *changes[pair], None if last is None else run.start + timedelta(days=int(last)))
    return lines.adoption


class _Lines:
    """The lines of a plan, one pair of offer and requirement after another, against the record as it stands now."""

    def __init__(
        self, run: Run, pairs: Iterable[tuple[str, str]], movements: Mapping[tuple[str, str], list[Movement]]
    ) -> None:
        self.run, self.adoption, self._movements = run, Adoption(), movements
        self._standing = {offer: commitment_of(offer) for offer, _ in pairs}
        keys, asked = {key for key, _ in self._standing.values()}, {need for _, need in pairs}
        terms = latest(CommitmentTerms, "commitment").filter(commitment__key__among=keys).order_by()
        rows = terms.values_list(
            "commitment__key", "commitment_id", "commitment__decimals", "donor_id", Coalesce("place__code", Value(""))
        )
        self._promises = {row[0]: Promise(*row) for row in rows}
        versions = latest(RequirementVersion, "requirement").filter(requirement__key__among=asked)
        self._needs = {one.key: one for one in needs(versions)}
        proposed = open_lines()
        self._stock = Stock({one.number: one.home for one in self._promises.values()}, proposed)
        self._lack = Lack(self._needs.values(), proposed)
        self._declined = declined_pairs()

    def change(self, pair: tuple[str, str], before: float, after: float) -> tuple[int, int]:
        """Return in parts what of a pair the plan keeps, and what it brings more (below 0: takes back)."""
        promise = self._promises.get(self._standing[pair[0]][0])
        decimals = promise.decimals if promise else 0
        old, new = (whole_parts(quantity, decimals) if quantity else 0 for quantity in (before, after))
        if old and abs(from_parts(new - old, decimals)) < DUST:
            new = old
        return min(old, new), new - old

    def add(self, pair: tuple[str, str], kept: int, change: int, arrives: date | None) -> None:
        """Add what a line of the plan comes to."""
        key, elsewhere = self._standing[pair[0]]
        promise, need = self._promises.get(key), self._needs.get(pair[1])
        if promise is None or need is None:
            self.adoption.stale.append((*pair, GONE))
            return
        place = elsewhere or promise.home
        ways = self._ways(pair, promise, need, place)
        staying, coming = _parted(ways, kept)
        if kept and change >= 0:
            if self._stock.tied(promise.number, place, need.number) < kept:
                self.adoption.stale.append((*pair, LESS_KEPT))
            else:
                self.adoption.kept.append(Rewriting(promise.number, need.number, place, kept, staying))
        if not change:
            return
        kind, parts = Proposal.ALLOCATE if change > 0 else Proposal.TAKE_BACK, abs(change)
        line = Line(kind, promise.number, need.number, place, parts, from_parts(parts, promise.decimals))
        declined = DECLINED_PAIR if (key, pair[1]) in self._declined else ""
        reason = declined or self._stock.hindrance(line) or self._lack.hindrance(line)
        if reason:
            self.adoption.stale.append((*pair, reason))
            return
        self._stock.move(line)
        self._lack.move(line)
        self.adoption.changes.append(Change(line, promise, need, arrives, coming if change > 0 else staying))

    def _ways(self, pair: tuple[str, str], promise: Promise, need: Need, place: str) -> list[Way]:
        """Return a pair's movements in whole parts, which add up to those of the pair."""
        moves = self._movements.get(pair)
        if not moves:
            return []
        sums = [whole_parts(units, promise.decimals) for units in accumulate(move.quantity for move in moves)]
        return [
            Way(
                run_id=self.run.pk, commitment_id=promise.number, requirement_id=need.number, place=place,
                parts=upto - before, usable=self._day(move.usable),
                legs=[[leg.lane, self._day(leg.departs).isoformat()] for leg in move.legs],
            )
            for move, before, upto in zip(moves, [0, *sums], sums, strict=False) if upto > before
        ]  # fmt: skip

    def _day(self, day: int) -> date:
        return self.run.start + timedelta(days=day)


def _movements(run: Run) -> dict[tuple[str, str], list[Movement]]:
    """Return the movements of a run's plan by pair, in order of departure."""
    file = run.files.filter(name="plan.json").first()
    found: dict[tuple[str, str], list[Movement]] = {}
    for move in movements_from(json.loads(bytes(file.content))["movements"]) if file else ():
        found.setdefault((move.offer, move.requirement), []).append(move)
    return {pair: sorted(own, key=lambda move: move.legs[0].departs if move.legs else move.usable)
            for pair, own in found.items()}  # fmt: skip


def _parted(ways: list[Way], parts: int) -> tuple[list[Way], list[Way]]:
    """Return the first ``parts`` of ``ways``, and the rest."""
    first, rest = [], []
    for way in ways:
        taken = min(parts, way.parts)
        parts -= taken
        if taken:
            first.append(_part_of(way, taken))
        if way.parts > taken:
            rest.append(_part_of(way, way.parts - taken))
    return first, rest


def _part_of(way: Way, parts: int) -> Way:
    return Way(run_id=way.run_id, commitment_id=way.commitment_id, requirement_id=way.requirement_id, place=way.place,
               parts=parts, legs=way.legs, usable=way.usable)  # fmt: skip


def _written(way: Way) -> dict[str, Any]:
    return {"parts": way.parts, "legs": way.legs, "usable": way.usable.isoformat()}


def adopt(run: Run, reader: Reader, expires: date) -> Adoption:
    """Propose what ``run`` allocates and takes back to the desks; stale lines are left out, each with its reason.

    What it keeps goes by its ways from now on. All of it or nothing is written. Raises NotAllowedError.
    """
    if not may(reader, Act.ADOPT):
        raise NotAllowedError("Only a coordinator adopts a plan.")
    if expires <= date.today():
        raise NotAllowedError("Proposals must stay open until a day to come.")
    with transaction.atomic():
        store.lock_chain()
        adoption = prepare(run, ways=True)
        rewrite(adoption.kept)
        adoption.proposals = Proposal.objects.bulk_create(one.proposal(run, expires) for one in adoption.changes)
    return adoption


def declined_pairs() -> set[tuple[str, str]]:
    """Return the pairs (commitment, requirement) that desks declined to bring together or to part, and not reopened."""
    rows = Proposal.objects.filter(state=Proposal.DECLINED)
    return set(rows.values_list("commitment__key", "requirement__key"))
