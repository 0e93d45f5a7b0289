"""What the ledger holds already of the promises that a file speaks of."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Q

from pledgeway.accounts.days import Day
from pledgeway.accounts.figures import Amount, fold
from pledgeway.accounts.moves import Move, Position, Unknown
from pledgeway.accounts.stages import Act
from pledgeway.evidence.recording import Passage
from pledgeway.ledger.content import content
from pledgeway.ledger.models import (
    Announcement,
    AnnouncementTerms,
    Commitment,
    CommitmentTerms,
    Requirement,
    RequirementVersion,
    Terms,
)
from pledgeway.ledger.reading import read_moves


@dataclass
class Present:
    """One commitment: its row, what its terms say, and its postings that were not taken back, with their numbers."""

    commitment: Commitment
    said: dict[str, Any]
    live: dict[int, Move] = field(default_factory=dict)

    @property
    def promises(self) -> list[Move]:
        """The postings that make the promise itself, apart from what deliveries added."""
        return [move for move in self.live.values() if move.act is Act.PROMISE]

    @property
    def deliveries(self) -> list[Move]:
        """The postings that move what was promised on."""
        return [move for move in self.live.values() if move.act is Act.ADVANCE]

    @property
    def is_own(self) -> bool:
        """Whether all postings are such as this import makes."""
        return all(move.act in (Act.PROMISE, Act.AMEND, Act.ADVANCE) for move in self.live.values()) and all(
            move.source is None or move.source.stage == "pledged" for move in self.live.values()
        )

    def held(self) -> dict[Position, Amount]:
        """Return what the commitment's positions hold."""
        return {position: amount for (_, position), amount in fold(self.live.values()).items()}

    def last_day(self) -> Day:
        """Return the last day on which anything was posted."""
        return max((move.day for move in self.live.values()), key=lambda day: day.latest)

    def delivered(self) -> tuple[int, bool]:
        """Return the known quantity delivered, and whether some of unknown size was."""
        moves = self.deliveries
        return sum(move.quantity for move in moves), any(move.unknown is not Unknown.NONE for move in moves)


def said_by(terms: Terms | RequirementVersion) -> dict[str, Any]:
    """Return what terms say, with the passage itself and what it cites in place of the statement's number."""
    said = content(terms)
    statement = terms.statement
    del said["statement"]
    if statement is not None:
        cites = sorted(source.address for source in statement.cites.all())
        said |= {"passage": statement.passage, "cites": cites}
    return said


def would_say(terms: Terms | RequirementVersion, passage: Passage) -> dict[str, Any]:
    """Return what unsaved terms say, resting on ``passage``."""
    said = content(terms)
    del said["statement"]
    return said | {"passage": passage.text, "cites": sorted(passage.cites)}


def present_commitments(which: Q) -> dict[str, Present]:
    """Return the commitments of the terms ``which``, by key."""
    latest: dict[str, CommitmentTerms] = {}
    rows = CommitmentTerms.objects.filter(which).order_by("id")
    related = ("commitment", "announcement", "donor", "recipient", "item", "place", "draws_on", "statement")
    for terms in rows.select_related(*related).prefetch_related("statement__cites"):
        latest[terms.commitment.key] = terms
    found = {key: Present(terms.commitment, said_by(terms)) for key, terms in latest.items()}
    taken_back: dict[str, set[int]] = defaultdict(set)
    for number, move in read_moves("p.commitment_id", [present.commitment.pk for present in found.values()]):
        if move.reverses is not None:
            taken_back[move.commitment].add(move.reverses)
        else:
            found[move.commitment].live[number] = move
    for key, numbers in taken_back.items():
        for number in numbers:
            found[key].live.pop(number, None)
    return found


def present_requirements(which: Q) -> dict[str, tuple[Requirement, dict[str, Any]]]:
    """Return the requirements of the versions ``which``, with what the latest says, by key."""
    rows = RequirementVersion.objects.filter(which).order_by("id").select_related("requirement", "party", "place")
    return {
        version.requirement.key: (version.requirement, said_by(version))
        for version in rows.select_related("statement").prefetch_related("statement__cites")
    }


def present_announcements(prefix: str) -> dict[str, tuple[Announcement, dict[str, Any]]]:
    """Return the announcements whose keys begin with ``prefix``, with what their terms say, by key."""
    rows = AnnouncementTerms.objects.filter(announcement__key__startswith=prefix).order_by("id")
    related = ("announcement", "donor", "recipient", "statement")
    return {
        terms.announcement.key: (terms.announcement, said_by(terms))
        for terms in rows.select_related(*related).prefetch_related("statement__cites")
    }
