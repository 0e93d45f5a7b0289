"""Adopting a plan: proposals to the desks, their answers, and what is posted when both have accepted."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_FLOOR, Decimal

from django.db import transaction
from django.db.models import Q, QuerySet, Sum

from pledgeway.access.deciding import Reader, may, system
from pledgeway.access.roles import Act
from pledgeway.accounts import moves
from pledgeway.accounts.days import Day
from pledgeway.accounts.quantities import from_parts
from pledgeway.accounts.rules import RefusedError
from pledgeway.accounts.stages import Act as Does
from pledgeway.ledger import store
from pledgeway.ledger.models import Batch, Commitment, CommitmentTerms, Position, RequirementVersion
from pledgeway.ledger.posting import Draft, post
from pledgeway.ledger.seen import latest
from pledgeway.plans.models import Proposal, Run
from pledgeway.plans.snapshot import MET, commitment_of

ACCEPTED, DECLINED = "accepted", "declined"
NOISE = 8
"""Decimals of a plan's quantities that are more than rounding errors."""


class NotAllowedError(Exception):
    """Something that this reader may not do, or not any more; the message says why."""


@dataclass
class Adoption:
    """What adopting comes to: proposals, and lines of the plan that are stale, each with the reason."""

    proposals: list[Proposal] = field(default_factory=list)
    stale: list[tuple[str, str, str]] = field(default_factory=list)


def since_snapshot(run: Run) -> QuerySet[Batch]:
    """Return the batches that were recorded after the run's snapshot."""
    return Batch.objects.filter(number__gt=run.batch).order_by("number")


def prepare(run: Run, expires: date) -> Adoption:
    """Return what adopting ``run`` would propose as things stand now; nothing is written."""
    pairs = list(run.found.get("allocations", ()))
    keys = {commitment_of(pair["offer"])[0] for pair in pairs}
    commitments = Commitment.objects.in_bulk(list(keys), field_name="key")
    terms = {one.commitment_id: one for one in latest(CommitmentTerms, "commitment").filter(
        commitment__key__in=keys).select_related("donor", "place")}  # fmt: skip
    asked = latest(RequirementVersion, "requirement").filter(
        requirement__key__in={pair["requirement"] for pair in pairs}
    )
    needs = {one.requirement.key: one for one in asked.select_related("requirement", "party")}
    free, lacking = _Free(commitments.values()), _Lacking(needs.values())
    declined = declined_pairs()
    adoption = Adoption()
    for pair in pairs:
        key, elsewhere = commitment_of(pair["offer"])
        commitment, need = commitments.get(key), needs.get(pair["requirement"])
        if commitment is None or need is None:
            adoption.stale.append((pair["offer"], pair["requirement"], "it is no longer in the record"))
            continue
        own = terms[commitment.pk]
        place = elsewhere or (own.place.code if own.place else "")
        parts = whole_parts(pair["quantity"], commitment.decimals)
        quantity = from_parts(parts, commitment.decimals)
        reason = "the desk declined this pair" if (key, pair["requirement"]) in declined else (
            free.take(commitment.pk, place, parts) or lacking.take(need, quantity)
        )  # fmt: skip
        if reason:
            adoption.stale.append((pair["offer"], pair["requirement"], reason))
            continue
        adoption.proposals.append(
            Proposal(
                run=run, commitment=commitment, requirement=need.requirement, place=place, parts=parts,
                quantity=quantity, donor=own.donor, recipient=need.party, expires=expires,
                arrives=run.start + timedelta(days=int(pair["last_usable"])),
            )
        )  # fmt: skip
    return adoption


def whole_parts(quantity: float, decimals: int) -> int:
    """Return the whole parts in a plan's quantity, a number with rounding errors: never more than it means."""
    exact = Decimal(repr(quantity)).quantize(Decimal(1).scaleb(-NOISE))
    return int(exact.scaleb(decimals).to_integral_value(ROUND_FLOOR))


class _Free:
    """What of each commitment still stands committed at each place and is proposed to nobody."""

    def __init__(self, commitments: Iterable[Commitment]) -> None:
        keys = [one.pk for one in commitments]
        self._left: dict[tuple[int, str], int] = {}
        held = Position.objects.filter(commitment_id__in=keys, left="", requirement=None)
        for number, stage, place, quantity in held.values_list("commitment_id", "stage", "place__code", "quantity"):
            if stage in ("committed", "at hub"):
                at = (number, place or "")
                self._left[at] = self._left.get(at, 0) + quantity
        open_ones = Proposal.objects.filter(state=Proposal.OPEN, commitment_id__in=keys)
        for number, place, parts in open_ones.values_list("commitment_id", "place").annotate(all=Sum("parts")):
            self._left[number, place] = self._left.get((number, place), 0) - parts

    def take(self, number: int, place: str, parts: int) -> str:
        """Take ``parts`` of what is free; return why that cannot be, "" where it can."""
        left = self._left.get((number, place), 0)
        if left < parts:
            return (
                "less of it is still committed and free than the plan uses"
                if left > 0
                else ("none of it is committed and free any more")
            )
        self._left[number, place] = left - parts
        return ""


class _Lacking:
    """What each requirement still lacks, with what is proposed to it already."""

    def __init__(self, needs: Iterable[RequirementVersion]) -> None:
        self._left = {one.requirement_id: one.quantity for one in needs}
        self._withdrawn = {one.requirement_id for one in needs if one.state != "validated"}
        held = Position.objects.filter(requirement_id__in=list(self._left), left="", stage__in=MET)
        for number, decimals, parts in held.values_list("requirement_id", "commitment__decimals", "quantity"):
            if number is not None:
                self._left[number] -= from_parts(parts, decimals)
        for number, quantity in Proposal.objects.filter(
            state=Proposal.OPEN, requirement_id__in=list(self._left)
        ).values_list("requirement_id", "quantity"):
            self._left[number] -= quantity

    def take(self, need: RequirementVersion, quantity: Decimal) -> str:
        """Count ``quantity`` as met; return why that cannot be, "" where it can."""
        if need.requirement_id in self._withdrawn:
            return f"the requirement is {need.state}"
        if self._left[need.requirement_id] < quantity:
            return "the requirement lacks less than the plan brings"
        self._left[need.requirement_id] -= quantity
        return ""


def adopt(run: Run, reader: Reader, expires: date) -> Adoption:
    """Propose the allocations of ``run`` to the desks; stale lines are left out, each with its reason.

    Raises NotAllowedError.
    """
    if not may(reader, Act.ADOPT):
        raise NotAllowedError("Only a coordinator adopts a plan.")
    if expires <= date.today():
        raise NotAllowedError("Proposals must stay open until a day to come.")
    with transaction.atomic():
        store.lock_chain()
        adoption = prepare(run, expires)
        Proposal.objects.bulk_create(adoption.proposals)
    return adoption


def proposals_seen(reader: Reader) -> QuerySet[Proposal]:
    """Return the proposals that concern ``reader``: its party's as donor or recipient; coordinators see all."""
    rows = Proposal.objects.select_related("commitment", "requirement", "donor", "recipient", "run")
    if reader.sees_all:
        return rows
    return rows.filter(Q(donor__code__in=sorted(reader.own)) | Q(recipient__code__in=sorted(reader.own)))


def sides(proposal: Proposal, reader: Reader) -> list[str]:
    """Return for which sides ("donor", "recipient") ``reader`` may answer."""
    return [
        side for side in ("donor", "recipient") if may(reader, Act.ANSWER, getattr(proposal, side).code)
    ]  # fmt: skip


def answer(number: int, reader: Reader, accept: bool, reason: str = "") -> Proposal:
    """Accept or decline a proposal for the reader's side; what both sides accepted is posted in the same moment.

    Raises NotAllowedError where it is not the reader's, not open any more, or declined without a reason.
    """
    with transaction.atomic():
        store.lock_chain()
        proposal = proposals_seen(reader).filter(pk=number).first()
        own = sides(proposal, reader) if proposal is not None else []
        if proposal is None or not own:
            raise NotAllowedError("This proposal is not yours to answer.")
        _expire(proposal)
        if proposal.state != Proposal.OPEN:
            raise NotAllowedError(f"This proposal is {proposal.state} and cannot be answered any more.")
        if not accept and not reason.strip():
            raise NotAllowedError("Say why you decline: the cell plans again with your reason.")
        for side in own:
            setattr(proposal, f"{side}_answer", ACCEPTED if accept else DECLINED)
        proposal.answered = datetime.now(UTC)
        if not accept:
            proposal.state, proposal.reason = Proposal.DECLINED, reason.strip()
        elif proposal.donor_answer == proposal.recipient_answer == ACCEPTED:
            _post(proposal, reader)
        proposal.save()
    return proposal


def reopen(number: int, reader: Reader) -> Proposal:
    """Let later plans bring a declined pair together again. Raises NotAllowedError."""
    with transaction.atomic():
        proposal = proposals_seen(reader).select_for_update(of=("self",)).filter(pk=number).first()
        if proposal is None or proposal.state != Proposal.DECLINED or not any(
            getattr(proposal, f"{side}_answer") == DECLINED for side in sides(proposal, reader)
        ):  # fmt: skip
            raise NotAllowedError("Only the desk that declined a pair reopens it.")
        proposal.state = Proposal.REOPENED
        proposal.save()
    return proposal


def _expire(proposal: Proposal) -> None:
    if proposal.state == Proposal.OPEN and proposal.expires < date.today():
        proposal.state = Proposal.EXPIRED


def expire_old() -> int:
    """Mark as expired the open proposals whose day has passed; return how many."""
    return Proposal.objects.filter(state=Proposal.OPEN, expires__lt=date.today()).update(state=Proposal.EXPIRED)


def _post(proposal: Proposal, reader: Reader) -> None:
    """Post what both desks accepted: committed (or at a hub) to allocated (or to the requirement at the hub)."""
    need, place = proposal.requirement.key, proposal.place
    own = moves.Position("committed", place=place)
    at_hub = moves.Position("at hub", place=place)
    held = Position.objects.filter(commitment=proposal.commitment, stage="committed", left="", place__code=place)
    stands = sum(held.values_list("quantity", flat=True)) >= proposal.parts
    act, source, target = (
        (Does.ADVANCE, own, moves.Position("allocated", requirement=need, place=place)) if stands
        else (Does.RELEASE, at_hub, moves.Position("at hub", requirement=need, place=place))
    )  # fmt: skip
    day = Day(max([date.today(), *_days(proposal.commitment)]))
    move = moves.Move(proposal.commitment.key, act, source, target, proposal.parts, day)
    note = f"Allocation of plan {proposal.run_id}, accepted by {proposal.donor} and {proposal.recipient}"
    origin = {"plan": proposal.run_id, "proposal": proposal.pk}
    try:
        with transaction.atomic():
            posted = post(Draft(system(reader.name), note, origin, moves=[move]))
    except RefusedError as refused:
        proposal.state, proposal.reason = Proposal.REFUSED, str(refused)
    else:
        proposal.state, proposal.batch = Proposal.POSTED, posted.batch.number


def _days(commitment: Commitment) -> list[date]:
    """Return the last days on which anything was posted to a commitment: an allocation is not earlier."""
    return list(Position.objects.filter(commitment=commitment).values_list("last_day", flat=True))


def declined_pairs() -> set[tuple[str, str]]:
    """Return the pairs (commitment, requirement) that desks declined and have not reopened."""
    rows = Proposal.objects.filter(state=Proposal.DECLINED)
    return set(rows.values_list("commitment__key", "requirement__key"))
