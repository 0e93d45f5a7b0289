"""Disputes: who may doubt a figure, who answers, who closes. A dispute is seen by whoever sees the row it is about."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet

from pledgeway.access.deciding import Reader, may
from pledgeway.access.roles import Act
from pledgeway.accounts.stages import KINDS
from pledgeway.ledger.models import (
    Commitment,
    CommitmentTerms,
    Dispute,
    DisputeAnswer,
    Posting,
    Requirement,
    RequirementVersion,
)
from pledgeway.ledger.seen import commitments_seen, latest, requirements_seen, totals_seen

LONGEST = 5_000
"""Characters of a comment, an answer or a reason."""
OF_NEEDS = ("allocated", "delivered", "received")
"""The stages of which a requirement has figures."""


class NotDisputableError(Exception):
    """What cannot be done; ``faults`` says all that is wrong, a sentence each."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__("\n".join(faults))
        self.faults = faults


@dataclass(frozen=True)
class Figure:
    """What is disputed: a row by its key, and of it perhaps one stage, or one posting by its number."""

    commitment: str = ""
    requirement: str = ""
    stage: str = ""
    posting: int | None = None


def disputes_seen(reader: Reader) -> QuerySet[Dispute]:
    """Return the disputes about rows that ``reader`` may see."""
    if reader.sees_all:
        return Dispute.objects.all()
    return Dispute.objects.filter(
        Exists(totals_seen(reader).filter(pk=OuterRef("commitment_id")))
        | Exists(requirements_seen(reader).filter(requirement_id=OuterRef("requirement_id")))
    )


def disputed(of: str, keys: Collection[int]) -> set[int]:
    """Return those of ``keys`` about which a dispute is open; ``of`` is commitment, requirement or posting."""
    rows = Dispute.objects.filter(state=Dispute.OPEN, **{f"{of}_id__in": keys})
    return set(rows.values_list(f"{of}_id", flat=True))


def stages_of(kind: str) -> list[str]:
    """Return the stages of which a commitment of ``kind`` has figures: those of its chain, then the ways out."""
    of = KINDS[kind]
    return [*(stage.name for stage in of.chain), *(out.name for out in of.ways_out)]


def owner_of(dispute: Dispute) -> str:
    """Return the code of the party that states the terms of what is disputed: a donor, or who needs it."""
    if dispute.commitment_id is not None:
        terms = latest(CommitmentTerms, "commitment").filter(commitment_id=dispute.commitment_id)
        return terms.values_list("donor__code", flat=True)[0]
    versions = latest(RequirementVersion, "requirement").filter(requirement=dispute.requirement)
    return versions.values_list("party__code", flat=True)[0]


def may_answer(reader: Reader, dispute: Dispute) -> bool:
    """Return whether ``reader`` answers an open dispute: whoever states the row's terms does."""
    act = Act.PROMISE if dispute.commitment_id is not None else Act.REQUIRE
    return dispute.state == Dispute.OPEN and may(reader, act, owner_of(dispute))


def may_close(reader: Reader, dispute: Dispute) -> bool:
    """Return whether ``reader`` may close a dispute: whoever opened it, or a coordinator."""
    own = reader.role is not None and reader.name == dispute.opened_by
    return dispute.state == Dispute.OPEN and (reader.sees_all or own)


def dispute(by: Reader, figure: Figure, comment: str) -> Dispute:
    """Open a dispute. Raises NotDisputableError with all that is wrong; a hidden row is one that does not exist."""
    if not may(by, Act.DISPUTE):
        raise NotDisputableError(["only who is signed in may dispute a figure"])
    found = Dispute(comment=comment.strip(), opened=datetime.now(UTC), opened_by=by.name, stage=figure.stage)
    with transaction.atomic():
        faults = _about_commitment(by, figure, found) if figure.commitment else _about_requirement(by, figure, found)
        faults += _wanting("comment", found.comment)
        if faults:
            raise NotDisputableError(faults)
        found.save()
    return found


def _about_commitment(by: Reader, figure: Figure, found: Dispute) -> list[str]:
    if figure.requirement:
        return ["a dispute is about a commitment or a requirement, not about both"]
    row = Commitment.objects.filter(key=figure.commitment).first()
    if row is None or not commitments_seen(by).filter(commitment_id=row.pk).exists():
        return [f"there is no commitment {figure.commitment}"]
    found.commitment = row
    if figure.stage and figure.posting is not None:
        return ["it is about a stage or about a line, not about both"]
    stages = stages_of(row.kind)
    if figure.stage and figure.stage not in stages:
        return [f"{row.kind} has no stage '{figure.stage}'; it has {', '.join(stages)}"]
    if figure.posting is not None:
        found.posting = Posting.objects.filter(pk=figure.posting, commitment=row).first()
        if found.posting is None:
            return [f"{row.key} has no line {figure.posting}"]
    return []


def _about_requirement(by: Reader, figure: Figure, found: Dispute) -> list[str]:
    if not figure.requirement:
        return ["a dispute names the commitment or the requirement that it is about"]
    row = Requirement.objects.filter(key=figure.requirement).first()
    if row is None or not requirements_seen(by).filter(requirement_id=row.pk).exists():
        return [f"there is no requirement {figure.requirement}"]
    found.requirement = row
    if figure.posting is not None:
        return ["a line of the ledger is disputed at its commitment"]
    if figure.stage and figure.stage not in OF_NEEDS:
        return [f"a requirement has no figure '{figure.stage}'; it has {', '.join(OF_NEEDS)}"]
    return []


def answer(by: Reader, number: int, text: str) -> DisputeAnswer:
    """Answer the dispute ``number``. Raises NotDisputableError."""
    with transaction.atomic():
        about = _found(by, number)
        is_other = "" if may_answer(by, about) else f"only the desk of {owner_of(about)} or a coordinator answers it"
        said = _allowed(about, "answer", text, "it is closed, and a closed dispute takes no answers", is_other)
        return DisputeAnswer.objects.create(dispute=about, author=by.name, moment=datetime.now(UTC), text=said)


def close(by: Reader, number: int, reason: str) -> Dispute:
    """Close the dispute ``number``, saying why. Raises NotDisputableError."""
    with transaction.atomic():
        about = _found(by, number)
        is_other = "" if may_close(by, about) else f"only {about.opened_by}, who opened it, or a coordinator closes it"
        about.reason = _allowed(about, "reason", reason, "it is closed already", is_other)
        about.state, about.closed, about.closed_by = Dispute.CLOSED, datetime.now(UTC), by.name
        about.save()
        return about


def _allowed(about: Dispute, name: str, text: str, if_closed: str, is_other: str) -> str:
    """Return what is said of a dispute. Raises NotDisputableError, with ``is_other`` where it is not theirs to say."""
    said = text.strip()
    faults = [*_wanting(name, said), if_closed if about.state == Dispute.CLOSED else is_other]
    if any(faults):
        raise NotDisputableError([one for one in faults if one])
    return said


def _found(by: Reader, number: int) -> Dispute:
    about = disputes_seen(by).select_for_update().filter(pk=number).first()
    if about is None:
        raise NotDisputableError([f"there is no dispute {number}"])
    return about


def _wanting(name: str, text: str) -> list[str]:
    if not text:
        return [f"the {name} is empty; say in a sentence what is meant"]
    if "\x00" in text:
        return [f"the {name} holds a null character"]
    return [f"the {name} has {len(text)} characters; {LONGEST} are allowed"] if len(text) > LONGEST else []
