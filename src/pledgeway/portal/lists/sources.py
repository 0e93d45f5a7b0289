"""Sources, as far as something that the reader may see rests on them."""

from __future__ import annotations

import json
from datetime import date

from django.db.models import Count, IntegerField, OuterRef, QuerySet, Subquery
from django.db.models.expressions import RawSQL
from django.db.models.functions import Coalesce
from django.urls import reverse

from pledgeway.access.deciding import Reader
from pledgeway.evidence.models import Source, Statement
from pledgeway.ledger.remembered import until_recorded
from pledgeway.ledger.seen import statements_seen
from pledgeway.ledger.store import is_postgresql
from pledgeway.portal.tables import Column, Table, choice, contains, since, until


def rows(reader: Reader) -> QuerySet[Source]:
    """Return the sources that ``reader`` may see, with how many of their passages."""
    if reader.sees_all:
        every = Statement.objects.filter(source_id=OuterRef("pk")).order_by().values("source_id")
        counted = Subquery(every.annotate(count=Count("pk")).values("count"))
        return Source.objects.annotate(passages=Coalesce(counted, 0))
    # As a JSON document, a parameter like any other however many there are, of which a row takes its own.
    own = (
        "%s::jsonb ->> evidence_source.id::text" if is_postgresql() else "json_extract(%s, '$.' || evidence_source.id)"
    )
    seen = RawSQL(f"CAST({own} AS integer)", [json.dumps(_passages_seen(reader))], IntegerField())
    return Source.objects.annotate(passages=seen).filter(passages__isnull=False)


@until_recorded
def _passages_seen(reader: Reader) -> dict[int, int]:
    """Return by source's number how many passages ``reader`` may see; of sources that such passages cite, 0 too.

    Passages never change, and who may see one follows from the record: coordinators, who see all, are not asked for.
    """
    own = statements_seen(reader)
    cited = Statement.cites.through._default_manager.filter(statement_id__in=own.values("pk"))
    found = dict.fromkeys(cited.values_list("source_id", flat=True).distinct(), 0)
    return found | dict(own.order_by().values_list("source_id").annotate(count=Count("pk")))


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
