"""The record's own pages: a batch, the audit, and what each stage means."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from pledgeway.access.deciding import may
from pledgeway.access.roles import MEANINGS, Act
from pledgeway.accounts.stages import ACTS, KINDS
from pledgeway.ledger.models import Batch
from pledgeway.portal.lists import postings
from pledgeway.portal.middleware import reader
from pledgeway.portal.pages.listing import listing


def batch(request: HttpRequest, number: int) -> HttpResponse:
    """The page of a batch: what of it the reader may see. Its note is for those who may read the audit."""
    who = reader(request)
    found = Batch.objects.filter(pk=number).first()
    lines = postings.rows(who).filter(batch_id=number)
    if found is None or not (may(who, Act.AUDIT) or lines.exists()):
        raise Http404
    return listing(
        request,
        postings.table(who),
        lines,
        template="portal/batch.html",
        more={"title": f"Batch {number}", "batch": found, "whole": may(who, Act.AUDIT)},
    )


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
