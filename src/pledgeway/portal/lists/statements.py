"""Statements: the passages of all sources, as far as something that the reader may see rests on them."""

from __future__ import annotations

from datetime import date

from django.db.models import QuerySet
from django.urls import reverse

from pledgeway.access.deciding import Reader
from pledgeway.evidence.models import Statement
from pledgeway.ledger.seen import statements_seen
from pledgeway.portal.tables import Column, Table, choice, contains, since, until

LONGEST = 200
"""Characters of a passage that a list shows; files and the passage's page have all of it."""


def rows(reader: Reader) -> QuerySet[Statement]:
    """Return the passages that ``reader`` may see."""
    return statements_seen(reader).select_related("source")


def _short(row: Statement) -> str:
    return row.passage if len(row.passage) <= LONGEST else f"{row.passage[:LONGEST].rstrip()} …"


TABLE = Table(
    "statements",
    "Statements",
    (
        Column("passage", "Passage", lambda row: row.passage, order="passage", show=_short,
               link=lambda row: reverse("statements-one", args=[row.pk])),
        Column("source", "Source", lambda row: row.source.title or row.source.address, order="source__title",
               link=lambda row: reverse("sources-one", args=[row.source_id])),
        Column("location", "Where in it", lambda row: row.location, order="location"),
        Column("publisher", "Publisher", lambda row: row.source.publisher, order="source__publisher"),
        Column("published", "Published", lambda row: row.source.published, date, "source__published"),
        Column("address", "Address", lambda row: row.source.address, order="source__address", only_in_files=True),
        Column("digest", "Digest", lambda row: row.digest, order="digest", only_in_files=True),
    ),
    (
        contains("q", "Search", ("passage", "location", "source__title", "source__address")),
        choice("publisher", "Publisher", "source__publisher"),
        choice("source", "Source", "source__address", "source__title"),
        since("since", "Published since", "source__published"),
        until("until", "Published until", "source__published"),
    ),
    order="-published",
    settled=True,
    empty="No passage is recorded on which anything rests that you may see.",
)  # fmt: skip
