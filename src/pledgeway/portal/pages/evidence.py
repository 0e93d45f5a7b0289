"""Sources and the passages in them, with what rests on each."""

from __future__ import annotations

from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from pledgeway.access.deciding import may
from pledgeway.access.roles import Act
from pledgeway.ledger.models import CommitmentTerms
from pledgeway.ledger.seen import sources_seen, statements_seen, versions_seen
from pledgeway.portal.lists import commitments, postings, requirements
from pledgeway.portal.middleware import reader
from pledgeway.portal.pages.listing import listing
from pledgeway.registry.changing import history

MOST = 200
"""How many passages of a source its page shows."""


def source(request: HttpRequest, number: int) -> HttpResponse:
    """The page of a source; its kept text is for those who see every row, since it may speak of more than a passage."""
    who = reader(request)
    found = sources_seen(who).filter(pk=number).first()
    if found is None:
        raise Http404
    seen = statements_seen(who)
    passages = seen.filter(source=found).order_by("pk")
    shown = list(passages[:MOST])
    citing = seen.filter(cites=found).select_related("source").order_by("pk")
    return render(
        request,
        "portal/source.html",
        {
            "title": found.title or found.address,
            "source": found,
            "passages": shown,
            "total": passages.count() if len(shown) == MOST else len(shown),
            "citing": citing[:MOST],
            "text": found.text if who.sees_all else "",
            "edit": reverse("reference-edit", args=["sources", found.pk]) if may(who, Act.CITE) else "",
            "cite": f"{reverse('reference-new', args=['statements'])}?{urlencode({'source': found.address})}",
            "changes": history(found) if who.sees_all else [],
        },
    )


def statement(request: HttpRequest, number: int) -> HttpResponse:
    """The page of a passage: the passage, its source, and the lines of the ledger that rest on it."""
    who = reader(request)
    found = statements_seen(who).filter(pk=number).select_related("source").first()
    if found is None:
        raise Http404
    versions = CommitmentTerms.objects.filter(statement=found).values("commitment_id")
    needs = versions_seen(who).filter(statement=found).values("requirement_id")
    promises = commitments.rows(who).filter(commitment_id__in=versions)[:MOST]
    return listing(
        request,
        postings.table(who),
        postings.rows(who).filter(statement=found),
        template="portal/statement.html",
        more={
            "title": "A passage and what rests on it",
            "statement": found,
            "cites": sources_seen(who).filter(cited_by=found),
            "promises": [(commitments.what(one), commitments.url_of(one.commitment.key), one) for one in promises],
            "needs": [
                (one.requirement.key, requirements.url_of(one.requirement.key))
                for one in requirements.rows(who).filter(requirement_id__in=needs)[:MOST]
            ],
        },
    )
