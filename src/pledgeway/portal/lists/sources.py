"""Sources, as far as something that the reader may see rests on them."""

from __future__ import annotations

from datetime import date

from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.urls import reverse

from pledgeway.access.deciding import Reader
from pledgeway.evidence.models import Source
from pledgeway.ledger.seen import sources_seen, statements_seen
from pledgeway.portal.tables import Column, Table, choice, contains, since, until


def rows(reader: Reader) -> QuerySet[Source]:
    """Return the sources that ``reader`` may see, with how many of their passages."""
    own = statements_seen(reader).filter(source_id=OuterRef("pk")).order_by().values("source_id")
    counted = Subquery(own.annotate(count=Count("pk")).values("count"))
    return sources_seen(reader).annotate(passages=Coalesce(counted, 0))


TABLE = Table(
    "sources",
    "Sources",
    (
        Column("title", "Source", lambda row: row.title or row.address, order="title",
               link=lambda row: reverse("sources-one", args=[row.pk])),
        Column("published", "Published", lambda row: row.published, date, "published"),
        Column("passages", "Passages", lambda row: row.passages, int, "passages", meaning="that you may see"),
        Column("publisher", "Publisher", lambda row: row.publisher, order="publisher"),
        Column("language", "Language", lambda row: row.language, order="language"),
        Column("licence", "Licence", lambda row: row.licence, order="licence"),
        Column("address", "Address", lambda row: row.address, order="address", only_in_files=True),
    ),
    (
        contains("q", "Search", ("title", "address", "publisher")),
        choice("publisher", "Publisher", "publisher"),
        choice("language", "Language", "language"),
        since("since", "Published since", "published"),
        until("until", "Published until", "published"),
    ),
    order="-passages",
    empty="No source is recorded on which anything rests that you may see.",
)  # fmt: skip
