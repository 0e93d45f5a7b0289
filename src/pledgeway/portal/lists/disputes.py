"""Disputes: what is doubted, by whom, and what came of it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.models import Count, QuerySet
from django.urls import reverse

from pledgeway.access.deciding import Reader
from pledgeway.ledger.disputing import disputes_seen
from pledgeway.ledger.models import Dispute
from pledgeway.portal.lists import commitments, requirements
from pledgeway.portal.tables import Column, Table, choice, contains, since, until


def rows(reader: Reader) -> QuerySet[Dispute]:
    """Return the disputes that ``reader`` may see, each with how many answers it has."""
    seen = disputes_seen(reader).select_related("commitment", "requirement")
    return seen.annotate(answered=Count("answers"))


def url_of(number: int) -> str:
    """Return the address of a dispute's page."""
    return reverse("disputes-one", args=[number])


def complete(found: list[Any], reader: Reader) -> None:
    """Give each of ``found`` what it is about: in words, its owner and marking, and where it leads."""
    promises = {one.commitment_id: one for one in commitments.rows(reader).filter(
        commitment_id__in=[row.commitment_id for row in found if row.commitment_id])}  # fmt: skip
    needs: dict[int, Any] = {one.requirement_id: one for one in requirements.rows(reader).filter(
        requirement_id__in=[row.requirement_id for row in found if row.requirement_id])}  # fmt: skip
    requirements.completer(reader)(list(needs.values()))
    for row in found:
        if row.commitment_id is not None:
            terms: Any = promises[row.commitment_id]
            row.of, row.key, row.owner = "commitment", terms.commitment.key, terms.donor.name
            row.about, row.link = commitments.what(terms), commitments.url_of(row.key)
        else:
            terms = needs[row.requirement_id]
            row.of, row.key, row.owner = "requirement", terms.requirement.key, terms.party.name
            row.about, row.link = ", ".join(terms.items) or row.key, requirements.url_of(row.key)
        row.seen_marking = terms.marking


def figure(row: Any) -> str:
    """Return in words which figure of the row is disputed."""
    if row.posting_id is not None:
        return f"line {row.posting_id}"
    return row.stage or "all of it"


def table(reader: Reader) -> Table:
    """Return the table as ``reader`` sees it."""
    return Table(
        "disputes",
        "Disputes",
        (
            Column("about", "About", lambda row: row.about, link=lambda row: url_of(row.pk)),
            Column("figure", "Figure", figure, order="stage"),
            Column("state", "State", lambda row: row.state, order="state"),
            Column("comment", "Comment", lambda row: row.comment, order="comment"),
            Column("owner", "Whose", lambda row: row.owner, meaning="the party whose desk answers"),
            Column("answers", "Answers", lambda row: row.answered, int, "answered"),
            Column("opened_by", "Opened by", lambda row: row.opened_by, order="opened_by"),
            Column("opened", "Opened", lambda row: row.opened, datetime, "opened"),
            Column("key", "Key", lambda row: row.key, link=lambda row: row.link),
            Column("of", "Of a", lambda row: row.of, only_in_files=True),
            Column("closed_by", "Closed by", lambda row: row.closed_by, order="closed_by", only_in_files=True),
            Column("closed", "Closed", lambda row: row.closed, datetime, "closed", only_in_files=True),
            Column("reason", "Why closed", lambda row: row.reason, order="reason", only_in_files=True),
            Column("number", "Number", lambda row: row.pk, int, "pk", only_in_files=True),
            Column("marking", "Marking", lambda row: row.seen_marking, list, only_in_files=True),
        ),
        (
            contains("q", "Search", ("comment", "commitment__key", "requirement__key", "opened_by")),
            choice("state", "State", "state"),
            choice("figure", "Stage", "stage"),
            choice("opened_by", "Opened by", "opened_by"),
            since("since", "Opened since", "opened__date"),
            until("until", "Opened until", "opened__date"),
        ),
        order="-opened",
        empty="No figure that you may see is disputed. Whoever is signed in disputes one on its own page.",
        complete=lambda found: complete(found, reader),
        marking=lambda row: row.seen_marking,
    )  # fmt: skip
