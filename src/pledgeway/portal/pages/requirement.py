"""One requirement: what was asked, and by which commitments it is met."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from pledgeway.access.deciding import Reader, may
from pledgeway.access.roles import Act
from pledgeway.accounts.rules import RefusedError
from pledgeway.intake.recording import record
from pledgeway.intake.said import pairs, row_of
from pledgeway.ledger import store
from pledgeway.ledger.models import Position, RequirementVersion
from pledgeway.ledger.seen import versions_seen
from pledgeway.plans import comparing
from pledgeway.plans.models import Run
from pledgeway.plans.snapshot import commitment_of
from pledgeway.portal.lists import commitments, postings, requirements
from pledgeway.portal.lists.plans import arrival
from pledgeway.portal.middleware import reader
from pledgeway.portal.overview.place_days import latest_plan
from pledgeway.portal.pages.disputes import OF_NEEDS, about_row
from pledgeway.portal.pages.listing import listing
from pledgeway.portal.words import counted, exact, spoken
from pledgeway.tables.faults import FaultyInput
from pledgeway.tables.recording import REQUIREMENTS

OWN_STEPS = {
    "draft": (("submitted", "Submit"), ("withdrawn", "Withdraw")),
    "submitted": (("draft", "Take back to draft"), ("withdrawn", "Withdraw")),
    "validated": (("withdrawn", "Withdraw"),),
    "withdrawn": (("draft", "Draft again"),),
}
"""What a requirement's own desk does with it, by its state: the state it gives, and the words of the button."""
VALIDATING = {"submitted": (("validated", "Validate"), ("draft", "Send back"))}
"""What a coordinator does with it besides."""


def page(request: HttpRequest, key: str) -> HttpResponse:
    """The page of the requirement ``key``."""
    who = reader(request)
    version: Any = requirements.rows(who).filter(requirement__key=key).first()
    if version is None:
        raise Http404
    wishes = steps(version, who)
    requirements.completer(who)([version])
    number, run = version.requirement_id, latest_plan(who)
    own = Position.objects.filter(requirement_id=number)
    return listing(
        request,
        postings.table(who),
        postings.at_positions(postings.rows(who), own, "source", "target"),
        template="portal/requirement.html",
        more={
            "title": ", ".join(version.items) or key,
            "version": version,
            "answer": answer(version),
            "facts": facts(version),
            "run": run,
            "disputes": about_row(who, "requirement", number, key, OF_NEEDS),
            "story": [] if run is None else run.found.get("explanations", {}).get(key, []),
            "brings": [] if run is None else _brings(run, key),
            "versions": versions_seen(who).filter(requirement_id=number).select_related("batch").order_by("-pk"),
            "change": reverse("requirements-terms", args=[key]) if may(who, Act.REQUIRE, version.party.code) else "",
            "steps": wishes,
            "reason": reason_for(version) if wishes else "",
        },
    )


def _brings(run: Run, key: str) -> list[dict[str, Any]]:
    """Return what a plan brings to, or takes from, the requirement ``key``: what, from whom, how much, by when."""
    return [
        {
            "what": row["item"], "donor": row["donor"], "units": exact(Decimal(repr(round(row["quantity"], 6)))),
            "link": commitments.url_of(commitment_of(row["offer"])[0]), "arrives": arrival(run, row),
            "change": row["change"], "before": exact(Decimal(repr(round(row["before"], 6)))),
        }
        for row in comparing.lines(run) if row["requirement"] == key
    ]  # fmt: skip


def steps(version: Any, who: Reader) -> list[tuple[str, str]]:
    """Return the states that ``who`` may give a requirement as it stands, with the words of their buttons."""
    if may(who, Act.VALIDATE):
        return [*VALIDATING.get(version.state, ()), *(one for one in OWN_STEPS[version.state] if one[0] == "withdrawn")]
    return list(OWN_STEPS[version.state]) if may(who, Act.REQUIRE, version.party.code) else []


def reason_for(version: Any) -> str:
    """Return why a requirement is a draft again: the note of its batch, where that batch is about nothing else."""
    alone = RequirementVersion.objects.filter(batch_id=version.batch_id).count() == 1
    if version.state != "draft" or not alone or version.batch.postings.exists():
        return ""
    return str(version.batch.note)


@require_POST
def state(request: HttpRequest, key: str) -> HttpResponse:
    """Give the requirement ``key`` another state: a new version, whose batch has the reason as its note."""
    who, wanted, reason = reader(request), request.POST.get("state", ""), request.POST.get("reason", "").strip()[:2000]
    with transaction.atomic():
        store.lock_chain()
        version: Any = requirements.rows(who).filter(requirement__key=key).first()
        if version is None or not steps(version, who):
            raise Http404
        if request.POST.get("seen") != str(version.pk):
            messages.warning(request, "Somebody changed it meanwhile: look at it as it is now, then decide.")
        elif wanted not in dict(steps(version, who)):
            messages.warning(request, f"It is {version.state} and cannot be made '{wanted[:40]}' by you.")
        elif dict(steps(version, who))[wanted] == "Send back" and not reason:
            messages.warning(request, "Send it back with a reason: its desk has to know what to mend.")
        else:
            _give(request, version, wanted, reason)
    return redirect("requirements-one", key=key)


def _give(request: HttpRequest, version: Any, wanted: str, reason: str) -> None:
    try:
        _, posted = record(
            {"requirements": [row_of(version, REQUIREMENTS, reader(request)) | {"state": wanted}]},
            reader(request),
            reason,
        )
    except FaultyInput as faulty:
        messages.warning(request, "; ".join([*map(str, faulty.faults), *faulty.objections]))
    except RefusedError as refused:
        messages.warning(request, "; ".join(refusal.sentence for refusal in refused.refusals))
    else:
        messages.success(request, f"It is {wanted} now, by batch {posted.batch.number}.")


def answer(version: Any) -> str:
    """Return in a sentence how much of the need is met."""
    asked = f"{version.party.name} asked for {counted(version.quantity, version.unit)} by {spoken(version.due)}"
    if not version.allocated:
        return f"{asked}; nothing that you may see is allocated to it."
    return (
        f"{asked}; {exact(version.allocated)} are allocated, {exact(version.delivered)} of them delivered and "
        f"{exact(version.received)} received."
    )


def facts(version: Any) -> list[tuple[str, str]]:
    """Return what is asked as titles and words."""
    accepted = ", ".join(
        f"{name} (counts {factor})" if factor != "1" else name
        for name, (_, factor) in zip(version.items, pairs(version.accepts), strict=True)
    )
    found = [
        ("Accepted", accepted), ("Text", version.text), ("At", version.place and version.place.name),
        ("Priority", version.priority), ("State", version.state), ("Marking", ", ".join(version.marking)),
        ("Key", version.requirement.key),
    ]  # fmt: skip
    return [(title, str(words)) for title, words in found if words]
