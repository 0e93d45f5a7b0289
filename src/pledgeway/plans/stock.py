"""What of a commitment stands free or tied to a requirement, what a requirement lacks, and drawing from it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from decimal import Decimal
from typing import Any, NamedTuple

from django.db.models import QuerySet, Sum

from pledgeway.accounts import moves
from pledgeway.accounts.quantities import from_parts
from pledgeway.accounts.stages import Act
from pledgeway.ledger.models import CommitmentTerms, Position, RequirementTotal, RequirementVersion
from pledgeway.ledger.seen import latest
from pledgeway.plans.carried import STANDING
from pledgeway.plans.models import Proposal

FREE = ("committed", "at hub")
"""Stages at which goods without a requirement can be allocated."""

NONE_FREE = "none of it is committed and free any more"
LESS_FREE = "less of it is still committed and free than the plan uses"
NONE_TIED = "none of it is allocated to the requirement any more"
LESS_TIED = "less of it is still allocated to the requirement than the plan takes back"
MET_ALREADY = "the requirement lacks less than the plan brings"


class Line(NamedTuple):
    """What a proposal changes, by the names that it has there: to be read and made by the thousand."""

    kind: str
    commitment_id: int
    requirement_id: int
    place: str
    parts: int
    quantity: Decimal


class Need(NamedTuple):
    """What a requirement comes to by its latest version: its number and key, its party, what it asks, its state."""

    number: int
    key: str
    party: int
    quantity: Decimal
    state: str


def open_lines() -> list[Line]:
    """Return what is proposed and not settled yet."""
    return [Line(*row) for row in Proposal.objects.filter(state=Proposal.OPEN).values_list(*Line._fields)]


def needs(versions: QuerySet[RequirementVersion]) -> list[Need]:
    """Return what requirements come to by their latest ``versions``."""
    rows = versions.order_by().values_list("requirement_id", "requirement__key", "party_id", "quantity", "state")
    return [Need(*row) for row in rows]


class Stock:
    """What of commitments stands where it can be allocated or taken back, as if what is ``proposed`` were posted.

    Goods of which no place is recorded stand at the place that their terms name: ``at_home`` has its code by the
    commitment's number, "" for none.
    """

    def __init__(self, at_home: Mapping[int, str], proposed: Iterable[Line] = ()) -> None:
        self._free: dict[tuple[int, str], int] = {}
        self._tied: dict[tuple[int, str, int], int] = {}
        held = Position.objects.filter(commitment_id__among=list(at_home), left="", stage__in={*FREE, *STANDING})
        for number, stage, need, place, parts in held.values_list(
            "commitment_id", "stage", "requirement_id", "place__code", "quantity"
        ):
            at = place or at_home[number]
            if need is None and stage in FREE:
                self._free[number, at] = self._free.get((number, at), 0) + parts
            elif need is not None:
                self._tied[number, at, need] = self._tied.get((number, at, need), 0) + parts
        for one in proposed:
            self.move(one)

    def tied(self, number: int, place: str, need: int) -> int:
        """Return the parts that stand for a requirement and have not left."""
        return self._tied.get((number, place, need), 0)

    def hindrance(self, one: Line | Proposal) -> str:
        """Return why what ``one`` proposes cannot be, "" where it can."""
        free = self._free.get((one.commitment_id, one.place), 0)
        tied = self.tied(one.commitment_id, one.place, one.requirement_id)
        if one.kind == Proposal.ALLOCATE and free < one.parts:
            return LESS_FREE if free > 0 else NONE_FREE
        if one.kind == Proposal.TAKE_BACK and tied < one.parts:
            return LESS_TIED if tied > 0 else NONE_TIED
        return ""

    def move(self, one: Line | Proposal) -> None:
        """Let what ``one`` proposes be."""
        own, parts = (one.commitment_id, one.place), one.parts if one.kind == Proposal.ALLOCATE else -one.parts
        self._free[own] = self._free.get(own, 0) - parts
        self._tied[*own, one.requirement_id] = self.tied(*own, one.requirement_id) + parts


class Lack:
    """What requirements lack, as if what is ``proposed`` were posted."""

    def __init__(self, needs: Collection[Need], proposed: Iterable[Line] = ()) -> None:
        self._left = {one.number: one.quantity for one in needs}
        self._state = {one.number: one.state for one in needs}
        given = RequirementTotal.objects.filter(requirement_id__among=list(self._left)).order_by()
        for number, decimals, parts in given.values_list("requirement_id", "decimals").annotate(all=Sum("allocated")):
            self._left[number] -= from_parts(int(parts), decimals)
        for one in proposed:
            if one.requirement_id in self._left:
                self.move(one)

    def hindrance(self, one: Line | Proposal) -> str:
        """Return why what ``one`` proposes cannot be, "" where it can."""
        state = self._state[one.requirement_id]
        if one.kind == Proposal.TAKE_BACK:
            return ""
        if state != "validated":
            return f"the requirement is {state}"
        return MET_ALREADY if self._left[one.requirement_id] < one.quantity else ""

    def move(self, one: Line | Proposal) -> None:
        """Count what ``one`` proposes as met, or as met no more."""
        self._left[one.requirement_id] -= one.quantity if one.kind == Proposal.ALLOCATE else -one.quantity


def drawn(proposal: Proposal, day: Any) -> list[moves.Move]:
    """Return the moves that post a proposal, from the positions that hold what it names, the least far on first."""
    key, need = proposal.commitment.key, proposal.requirement
    allocates = proposal.kind == Proposal.ALLOCATE
    home = latest(CommitmentTerms, "commitment").filter(commitment=proposal.commitment).select_related("place").first()
    places = {proposal.place, *([""] if home and home.place and home.place.code == proposal.place else [])}
    held = Position.objects.filter(
        commitment=proposal.commitment, left="", quantity__gt=0, stage__in=FREE if allocates else STANDING,
        requirement=None if allocates else need,
    ).select_related("place")  # fmt: skip
    found, missing = [], proposal.parts
    for one in sorted(held, key=lambda one: (one.stage == "at hub", one.pk)):
        place = one.place.code if one.place else ""
        parts = min(missing, one.quantity)
        if place not in places or not parts:
            continue
        source = moves.Position(one.stage, "", "" if allocates else need.key, place, one.consignment, one.lot)
        act = Act.ADVANCE if one.stage == "committed" else Act.RELEASE
        stage = {"committed": "allocated", "allocated": "committed"}.get(one.stage, one.stage)
        target = source._replace(stage=stage, requirement=need.key if allocates else "")
        found.append(moves.Move(key, act, source, target, parts, day))
        missing -= parts
    return found
