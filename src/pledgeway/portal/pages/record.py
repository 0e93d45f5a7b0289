"""The record's own pages: a batch, the audit, and what each stage means."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from pledgeway.access.deciding import may
from pledgeway.access.roles import MEANINGS, Act
from pledgeway.accounts.stages import ACTS, KINDS
from pledgeway.ledger.models import Batch
from pledgeway.ledger.seen import entries_seen
from pledgeway.portal.lists import postings
from pledgeway.portal.middleware import reader
from pledgeway.portal.pages.listing import listing

MOST_SAID = 50
"""How many of a batch's terms and needs its page lists; an import may have thousands."""


def batch(request: HttpRequest, number: int) -> HttpResponse:
    """The page of a batch: what of it the reader may see. Its note is for its author and who may read the audit."""
    who = reader(request)
    found = Batch.objects.filter(pk=number).first()
    lines, terms = postings.rows(who).filter(batch_id=number), entries_seen(who, number)
    whole = may(who, Act.AUDIT) or (found is not None and who.role is not None and found.author == who.name)
    said = [_said(kind, one) for kind, rows in terms.items() for one in rows[: MOST_SAID + 1]]
    if found is None or not (whole or said or lines.exists()):
        raise Http404
    return listing(
        request,
        postings.table(who),
        lines,
        template="portal/batch.html",
        more={
            "title": f"Batch {number}",
            "batch": found,
            "whole": whole,
            "said": said[:MOST_SAID],
            "more": len(said) > MOST_SAID,
        },
    )


def _said(kind: str, terms: Any) -> tuple[str, str, str, str]:
    """Return of what new terms are, its key, its address and what they say."""
    key = getattr(terms, kind).key
    return kind, key, reverse(f"{kind}s-one", args=[key]), terms.text


@require_http_methods(["GET", "POST"])
def audit(request: HttpRequest) -> HttpResponse:
    """The chain's head for all users; whoever may read the audit can run it here."""
    who = reader(request)
    if who.role is None:
        raise Http404
    found = None
    if request.method == "POST":
        if not may(who, Act.AUDIT):
            raise Http404
        from pledgeway.ledger.audit import audit_ledger  # noqa: PLC0415 - a page that reads all is seldom asked for

        found = audit_ledger()
    head = Batch.objects.order_by("-number").first()
    return render(
        request,
        "portal/audit.html",
        {"title": "Audit", "head": head, "found": found, "may_run": may(who, Act.AUDIT)},
    )


def stages(request: HttpRequest) -> HttpResponse:
    """What the kinds of commitment are, their stages, and what each role does: the tables that the rules read."""
    return render(
        request,
        "portal/stages.html",
        {
            "title": "Stages and what they mean",
            "kinds": KINDS.values(),
            "acts": [(act.value, meaning) for act, meaning in ACTS.items()],
            "roles": [(role.value, meaning) for role, meaning in MEANINGS.items()],
        },
    )
