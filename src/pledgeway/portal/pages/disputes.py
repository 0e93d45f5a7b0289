"""Disputes: the list, one of them with its answers, and the form that opens one."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from pledgeway.access.deciding import Reader, may
from pledgeway.access.roles import Act
from pledgeway.ledger import disputing
from pledgeway.ledger.disputing import Figure, NotDisputableError, disputes_seen
from pledgeway.ledger.models import Dispute
from pledgeway.portal.lists import disputes, postings
from pledgeway.portal.middleware import reader
from pledgeway.portal.pages.listing import listing
from pledgeway.portal.words import spoken

LINES = 100
"""How many of a commitment's lines, the newest, the form offers."""


OF_NEEDS = [("", "all of it"), *((f"stage:{stage}", stage) for stage in disputing.OF_NEEDS)]
"""The figures of a requirement, as a form offers them."""


def index(request: HttpRequest) -> HttpResponse:
    """All disputes."""
    who = reader(request)
    waiting = disputes_seen(who).filter(state=Dispute.OPEN).count()
    return listing(request, disputes.table(who), disputes.rows(who), f"{waiting} of {{total}} disputes are open.")


def about_row(who: Reader, of: str, number: int, key: str, figures: list[tuple[str, str]]) -> dict[str, Any]:
    """Return what a row's page shows of disputes: those that are open, the stages in doubt, and the form's choices.

    ``of`` is commitment or requirement; ``figures`` are what the form offers, values that :func:`_figure` reads and
    their words.
    """
    rows = list(Dispute.objects.filter(state=Dispute.OPEN, **{f"{of}_id": number}).order_by("-pk"))
    return {
        "open": [{"dispute": row, "figure": disputes.figure(row), "link": disputes.url_of(row.pk)} for row in rows],
        "stages": {row.stage for row in rows if row.posting_id is None},
        "form": {"of": of, "key": key, "figures": figures, "comment": ""} if may(who, Act.DISPUTE) else None,
    }


def figures_of(commitment: Any, lines: Any) -> list[tuple[str, str]]:
    """Return the figures of a commitment: all of it, its stages, and the newest of its ``lines``."""
    stages = [(f"stage:{stage}", stage) for stage in disputing.stages_of(commitment.kind)]
    newest = [
        (f"line:{row.pk}", f"line {row.pk}, {postings.spoken_line(row)}") for row in lines.order_by("-pk")[:LINES]
    ]
    return [("", "all of it"), *stages, *newest]


@require_POST
def new(request: HttpRequest) -> HttpResponse:
    """Open a dispute; where that cannot be, say why and show the form as it was filled in."""
    who = reader(request)
    if who.role is None:
        raise Http404
    of = "requirement" if request.POST.get("of") == "requirement" else "commitment"
    key, chosen, comment = (request.POST.get(name, "").replace("\x00", "") for name in ("key", "figure", "comment"))
    try:
        found = disputing.dispute(who, _figure(of, key, chosen), comment)
    except NotDisputableError as failure:
        form = {"of": of, "key": key, "figures": [(chosen, chosen or "all of it")], "comment": comment}
        context = {"title": "This was not recorded", "faults": failure.faults, "form": form}
        return render(request, "portal/dispute_new.html", context, status=400)
    messages.success(request, "Recorded. The desk whose figure it is finds it among its tasks.")
    return redirect("disputes-one", found.pk)


def _figure(of: str, key: str, chosen: str) -> Figure:
    """Return what a form's value stands for: "" for all, "stage:NAME", or "line:NUMBER"."""
    kind, _, value = chosen.partition(":")
    if kind != "line":
        return Figure(**{of: key}, stage=value if kind == "stage" else chosen)  # type: ignore[arg-type]
    if not (value.isascii() and value.isdecimal() and len(value) < 18):
        raise NotDisputableError([f"a line of the ledger has a number, not '{value}'"])
    return Figure(**{of: key}, posting=int(value))


def page(request: HttpRequest, number: int) -> HttpResponse:
    """The page of one dispute; its forms answer and close it."""
    who = reader(request)
    row: Any = disputes.rows(who).filter(pk=number).first()
    if row is None or (request.method == "POST" and who.role is None):
        raise Http404
    faults: list[str] = []
    said = request.POST.get("text", "")
    if request.method == "POST":
        try:
            if "close" in request.POST:
                disputing.close(who, number, said)
                messages.success(request, "Closed.")
            else:
                disputing.answer(who, number, said)
                messages.success(request, "Answered.")
            return redirect("disputes-one", number)
        except NotDisputableError as failure:
            faults = failure.faults
    disputes.complete([row], who)
    return render(request, "portal/dispute.html", _shown(row, who) | {"faults": faults, "said": said},
                  status=400 if faults else 200)  # fmt: skip


def _shown(row: Any, who: Reader) -> dict[str, Any]:
    if row.state == Dispute.CLOSED:
        answer = f"Closed by {row.closed_by} on {spoken(row.closed)}: {row.reason}"
    else:
        answer = f"Open since {spoken(row.opened)}; the desk of {row.owner} answers."
    return {
        "title": f"Dispute about {row.about}",
        "answer": answer,
        "row": row,
        "facts": [
            ("Figure", disputes.figure(row)), (row.of.capitalize(), row.key), ("Opened by", row.opened_by),
            ("Opened", spoken(row.opened)), ("Marking", ", ".join(row.seen_marking)),
        ],
        "answers": row.answers.order_by("pk"),
        "may_answer": disputing.may_answer(who, row),
        "may_close": disputing.may_close(who, row),
    }  # fmt: skip
