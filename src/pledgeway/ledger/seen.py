"""What a reader may see of the record: the latest terms of what is visible, and whatever hangs on it.

The latest terms decide: their marking and their owner say who sees the commitment, all its postings and what it rests
on; so do the places that it passes for their operators. Every list, sum, search and export of the portal begins here.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from django.db.models import Exists, Max, OuterRef, Q, QuerySet

from pledgeway.access.deciding import Reader, marked_for, visible
from pledgeway.evidence.models import Source, Statement
from pledgeway.ledger.models import (
    AnnouncementTerms,
    CommitmentTerms,
    CommitmentTotal,
    Entry,
    Marking,
    Position,
    Posting,
    RequirementTotal,
    RequirementVersion,
)

OPEN_STATES = ("validated", "withdrawn")
"""States of a requirement that others than its party may see."""

Version = TypeVar("Version", bound=Entry)


def latest(model: type[Version], of: str) -> QuerySet[Version]:
    """Return the last recorded versions of ``model``, one for each ``of``."""
    rows = model._default_manager.all()
    if model is CommitmentTerms:
        return rows.filter(total__isnull=False)
    return rows.filter(pk__in=rows.values(of).annotate(last=Max("pk")).values("last"))


def _passing(of: str) -> Callable[[str], Q]:
    """Return what tells which commitments, or requirements, have to do with goods that pass a place.

    They lie or lay there, are bound there, or are under way to a requirement there.
    """

    def passes(place: str) -> Q:
        there = latest(RequirementVersion, "requirement").filter(place__code=place).values("requirement_id")
        near = Q(place__code=place) | Q(stage="in transit", requirement_id__in=there)
        return Q(**{f"{of}_id__in": Position.objects.filter(near).values(f"{of}_id")})

    return passes


def markings_seen(reader: Reader) -> QuerySet[Marking]:
    """Return the markings that let ``reader`` see a row, whoever owns it."""
    return marked_for(Marking.objects.all(), reader, "codes")


def commitments_seen(reader: Reader) -> QuerySet[CommitmentTerms]:
    """Return the latest terms of the commitments that ``reader`` may see."""
    rows = latest(CommitmentTerms, "commitment")
    return visible(rows, reader, "total__donor__code", "total__marking", Marking.objects.all(), _passing("commitment"))


def totals_seen(reader: Reader) -> QuerySet[CommitmentTotal]:
    """Return the totals of the commitments that ``reader`` may see."""
    return visible(
        CommitmentTotal.objects.all(), reader, "donor__code", "marking", Marking.objects.all(), _passing("commitment")
    )


def requirement_totals_seen(reader: Reader) -> QuerySet[RequirementTotal]:
    """Return what commitments that ``reader`` may see bring to requirements."""
    return visible(RequirementTotal.objects.all(), reader, "donor__code", "marking", Marking.objects.all())


def announcements_seen(reader: Reader) -> QuerySet[AnnouncementTerms]:
    """Return the latest terms of the announcements that ``reader`` may see."""
    return visible(latest(AnnouncementTerms, "announcement"), reader, "donor__code")


def requirements_seen(reader: Reader) -> QuerySet[RequirementVersion]:
    """Return the latest versions of the requirements that ``reader`` may see; drafts are their party's own."""
    versions = latest(RequirementVersion, "requirement")
    rows = visible(versions, reader, "party__code", passes=_passing("requirement"))
    if reader.sees_all:
        return rows
    return rows.filter(Q(state__in=OPEN_STATES) | Q(party__code__in=sorted(reader.own)))


def versions_seen(reader: Reader) -> QuerySet[RequirementVersion]:
    """Return all versions of the requirements that ``reader`` may see; of what was drafted only its party's own."""
    rows = RequirementVersion.objects.all()
    if reader.sees_all:
        return rows
    rows = rows.filter(requirement_id__in=requirements_seen(reader).values("requirement_id"))
    return rows.filter(Q(state__in=OPEN_STATES) | Q(party__code__in=sorted(reader.own)))


def postings_seen(reader: Reader) -> QuerySet[Posting]:
    """Return the postings to commitments that ``reader`` may see."""
    if reader.sees_all:
        return Posting.objects.all()
    # Asked of each line: a list of commitments would lead SQLite to gather and sort all their lines for a page of them.
    return Posting.objects.filter(Exists(totals_seen(reader).filter(pk=OuterRef("commitment_id"))))


def entries_seen(reader: Reader, batch: int) -> dict[str, QuerySet[Any]]:
    """Return the terms and needs that the batch says and ``reader`` may see, by the word for what they are of."""
    told = CommitmentTerms.objects.filter(commitment_id__in=totals_seen(reader).values("pk"))
    announced = AnnouncementTerms.objects.filter(
        announcement_id__in=announcements_seen(reader).values("announcement_id")
    )
    of: dict[str, QuerySet[Any]] = {
        "announcement": announced, "commitment": told, "requirement": versions_seen(reader)
    }  # fmt: skip
    return {kind: rows.filter(batch=batch).select_related(kind).order_by("pk") for kind, rows in of.items()}


def statements_seen(reader: Reader) -> QuerySet[Statement]:
    """Return the statements on which something rests that ``reader`` may see; coordinators see them all."""
    if reader.sees_all:
        return Statement.objects.all()
    told = CommitmentTerms.objects.filter(Exists(totals_seen(reader).filter(pk=OuterRef("commitment_id"))))
    announced = AnnouncementTerms.objects.filter(
        announcement_id__in=announcements_seen(reader).values("announcement_id")
    )
    # Asked of each statement, from what is quickest to find: most rest on terms, and few are asked for at a time.
    rests = Q()
    for rows in (told, announced, versions_seen(reader), postings_seen(reader)):
        rests |= Q(Exists(rows.filter(statement_id=OuterRef("pk"))))
    return Statement.objects.filter(rests)


def sources_seen(reader: Reader) -> QuerySet[Source]:
    """Return the sources of statements that ``reader`` may see, and those that such statements cite."""
    if reader.sees_all:
        return Source.objects.all()
    own = statements_seen(reader)
    cited = Statement.cites.through._default_manager.filter(source_id=OuterRef("pk"))
    return Source.objects.filter(
        Exists(own.filter(source_id=OuterRef("pk")))
        | Exists(cited.filter(Exists(own.filter(pk=OuterRef("statement_id")))))
    )
