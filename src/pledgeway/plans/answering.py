"""The desks' answers to proposals, and what is posted when both have accepted."""

from __future__ import annotations

from datetime import UTC, date, datetime

from django.db import transaction
from django.db.models import Q, QuerySet, Value
from django.db.models.functions import Coalesce

from pledgeway.access.deciding import Reader, may, system
from pledgeway.access.roles import Act
from pledgeway.accounts.days import Day
from pledgeway.accounts.rules import RefusedError
from pledgeway.ledger import store
from pledgeway.ledger.models import Commitment, CommitmentTerms, Position, RequirementVersion
from pledgeway.ledger.posting import Draft, post
from pledgeway.ledger.seen import latest
from pledgeway.plans.adopting import NotAllowedError
from pledgeway.plans.carried import Rewriting, rewrite
from pledgeway.plans.models import Proposal, Way
from pledgeway.plans.stock import Lack, Stock, drawn, needs

ACCEPTED, DECLINED = "accepted", "declined"
ANSWERS = {"donor": Act.GIVE, "recipient": Act.TAKE}
"""The sides of a proposal, and what answering for each is."""


def proposals_seen(reader: Reader) -> QuerySet[Proposal]:
    """Return the proposals that concern ``reader``: its party's as donor or recipient; coordinators see all."""
    rows = Proposal.objects.select_related("commitment", "requirement", "donor", "recipient", "run")
    if reader.sees_all:
        return rows
    return rows.filter(Q(donor__code__in=sorted(reader.own)) | Q(recipient__code__in=sorted(reader.own)))


def sides(proposal: Proposal, reader: Reader) -> list[str]:
    """Return for which sides ("donor", "recipient") ``reader`` may answer."""
    return [side for side, act in ANSWERS.items() if may(reader, act, getattr(proposal, side).code)]


def answer(number: int, reader: Reader, accept: bool, reason: str = "") -> Proposal:
    """Accept or decline a proposal for the reader's side; what both sides accepted is posted in the same moment.

    An allocation that rests on something that is yet to be taken back waits for that. Raises NotAllowedError where it
    is not the reader's, not open any more, or declined without a reason.
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
        elif is_accepted(proposal):
            _settle(proposal, reader)
        proposal.save()
        if proposal.kind == Proposal.TAKE_BACK and proposal.state != Proposal.OPEN:
            _settle_waiting(reader)
    return proposal


def is_accepted(proposal: Proposal) -> bool:
    """Return whether both sides have accepted a proposal."""
    return proposal.donor_answer == proposal.recipient_answer == ACCEPTED


def reopen(number: int, reader: Reader) -> Proposal:
    """Let later plans bring a declined pair together again, or part it. Raises NotAllowedError."""
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


def waits_for(proposal: Proposal) -> QuerySet[Proposal]:
    """Return what is proposed to be taken back of the same goods, or of the same requirement, and still open."""
    rows = Proposal.objects.filter(kind=Proposal.TAKE_BACK, state=Proposal.OPEN, expires__gte=date.today())
    same_goods = Q(commitment_id=proposal.commitment_id, place=proposal.place)
    return rows.filter(same_goods | Q(requirement_id=proposal.requirement_id)).exclude(pk=proposal.pk)


def _settle_waiting(reader: Reader) -> None:
    """Post or refuse the allocations that both desks accepted and that waited for something to be taken back."""
    waiting = Proposal.objects.filter(
        kind=Proposal.ALLOCATE, state=Proposal.OPEN, donor_answer=ACCEPTED, recipient_answer=ACCEPTED
    )
    for one in waiting.select_related("commitment", "requirement", "donor", "recipient", "run").order_by("pk"):
        _expire(one)
        if one.state == Proposal.OPEN:
            _settle(one, reader)
        one.save()


def _settle(proposal: Proposal, reader: Reader) -> None:
    """Post what both desks accepted, let it wait, or refuse it with the reason."""
    reason = _hindrance(proposal)
    if reason and proposal.kind == Proposal.ALLOCATE and waits_for(proposal).exists():
        return
    if reason:
        proposal.state, proposal.reason = Proposal.REFUSED, reason
        return
    words = "Allocation" if proposal.kind == Proposal.ALLOCATE else "Taking back an allocation"
    note = f"{words} of plan {proposal.run_id}, accepted by {proposal.donor} and {proposal.recipient}"
    origin = {"plan": proposal.run_id, "proposal": proposal.pk}
    day = Day(max([date.today(), *_days(proposal.commitment)]))
    standing = _stock(proposal).tied(proposal.commitment_id, proposal.place, proposal.requirement_id)
    try:
        with transaction.atomic():
            posted = post(Draft(system(reader.name), note, origin, moves=drawn(proposal, day)))
            _note_ways(proposal, standing)
    except RefusedError as refused:
        proposal.state, proposal.reason = Proposal.REFUSED, str(refused)
    else:
        proposal.state, proposal.batch = Proposal.POSTED, posted.batch.number


def _stock(proposal: Proposal) -> Stock:
    terms = latest(CommitmentTerms, "commitment").filter(commitment=proposal.commitment)
    return Stock(dict(terms.values_list("commitment_id", Coalesce("place__code", Value("")))))


def _hindrance(proposal: Proposal) -> str:
    """Return why a proposal cannot be posted as things stand; "" where it can."""
    need = needs(latest(RequirementVersion, "requirement").filter(requirement=proposal.requirement))
    return _stock(proposal).hindrance(proposal) or Lack(need).hindrance(proposal)


def _note_ways(proposal: Proposal, standing: int) -> None:
    """Note how what is allocated now is to move, or by which ways the rest goes of what was taken back from."""
    ways = [
        Way(
            run=proposal.run, commitment=proposal.commitment, requirement=proposal.requirement, place=proposal.place,
            parts=way["parts"], legs=way["legs"], usable=date.fromisoformat(way["usable"]),
        )
        for way in proposal.ways
    ]  # fmt: skip
    gone = 0 if proposal.kind == Proposal.ALLOCATE else standing
    rewrite([Rewriting(proposal.commitment_id, proposal.requirement_id, proposal.place, gone, ways)])


def _days(commitment: Commitment) -> list[date]:
    """Return the last days on which anything was posted to a commitment: an allocation is not earlier."""
    return list(Position.objects.filter(commitment=commitment).values_list("last_day", flat=True))
