"""Each desk's own tasks: what to answer, what is overdue, what cannot be planned for want of something."""

from __future__ import annotations

from datetime import date

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from pledgeway.access.deciding import Reader
from pledgeway.ledger.models import Batch
from pledgeway.plans import answering
from pledgeway.plans.adopting import NotAllowedError
from pledgeway.plans.lacking import lacking
from pledgeway.plans.models import Proposal
from pledgeway.plans.snapshot import NotPlannable, Wanted
from pledgeway.portal.lists import commitments, requirements
from pledgeway.portal.lists import plans as tables
from pledgeway.portal.middleware import reader
from pledgeway.portal.overview.tasks import MOST, tasks
from pledgeway.portal.pages.listing import listing
from pledgeway.portal.pages.terms import offer, offer_need


def page(request: HttpRequest) -> HttpResponse:
    """What waits for the reader: proposals to answer, then all other tasks; below them all that was proposed."""
    who = reader(request)
    if who.role is None:
        raise Http404
    answering.expire_old()
    rows = answering.proposals_seen(who)
    waiting = [one for one in rows.filter(state=Proposal.OPEN).order_by("expires", "pk")[:MOST] if _waits(one, who)]
    tables.with_names(waiting, who)
    declined = [one for one in rows.filter(state=Proposal.DECLINED).order_by("-pk")[:MOST] if answering.sides(one, who)]
    tables.with_names(declined, who)
    groups = tasks(who, date.today())
    return listing(
        request,
        tables.proposals(who),
        rows,
        template="portal/desk.html",
        more={
            **(offer(who) or offer_need(who)),
            "title": "Your desk",
            "answer": _answer([("to answer", len(waiting)), *((group.name, group.total) for group in groups)]),
            "groups": groups,
            "waiting": waiting,
            "declined": declined,
            "lacking": [(one, _url(one)) for one in lacking(Wanted(date.today()), who, MOST)],
            "last": Batch.objects.order_by("-number").first(),
        },
    )


def _answer(counts: list[tuple[str, int]]) -> str:
    said = [f"{count} {name}" for name, count in counts if count]
    return f"Waiting for you: {', '.join(said)}." if said else "Nothing waits for you."


def _waits(proposal: Proposal, who: Reader) -> bool:
    return any(not getattr(proposal, f"{side}_answer") for side in answering.sides(proposal, who))


def _url(one: NotPlannable) -> str:
    is_need = one.why.startswith(("it accepts", "it was worth", "it names no day"))
    return requirements.url_of(one.key) if is_need else commitments.url_of(one.key)


@require_POST
def answer(request: HttpRequest, number: int) -> HttpResponse:
    """Accept, decline or reopen a proposal."""
    who = reader(request)
    if who.role is None:
        raise Http404
    try:
        if "reopen" in request.POST:
            answering.reopen(number, who)
            messages.success(request, "Later plans may change this pair again.")
        else:
            found = answering.answer(number, who, "accept" in request.POST, request.POST.get("reason", "")[:2000])
            messages.success(request, _said(found))
    except NotAllowedError as failure:
        messages.warning(request, str(failure))
    return redirect("proposals")


def _said(proposal: Proposal) -> str:
    """Return in words what came of an answer."""
    done = "taken back" if proposal.kind == Proposal.TAKE_BACK else "allocated"
    if proposal.state == Proposal.OPEN and answering.is_accepted(proposal):
        return "Both desks accepted. It is allocated when the goods are given back by whom they are allocated to now."
    return {
        Proposal.POSTED: f"Both desks accepted: it is {done}, in batch {proposal.batch}.",
        Proposal.DECLINED: "Declined. The cell sees your reason, and later plans leave this pair as it is.",
        Proposal.REFUSED: f"Accepted by both, but it cannot be {done} any more: {proposal.reason}",
    }.get(proposal.state, f"Accepted. It is {done} when the other desk accepts too.")
