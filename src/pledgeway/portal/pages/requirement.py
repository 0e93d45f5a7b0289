"""One requirement: what was asked, and by which commitments it is met."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse

from pledgeway.ledger.models import Position, RequirementVersion
from pledgeway.plans.models import Run
from pledgeway.plans.snapshot import commitment_of
from pledgeway.portal.lists import commitments, postings, requirements
from pledgeway.portal.middleware import reader
from pledgeway.portal.overview.place_days import latest_plan
from pledgeway.portal.pages.disputes import OF_NEEDS, about_row
from pledgeway.portal.pages.listing import listing
from pledgeway.portal.words import exact, spoken


def page(request: HttpRequest, key: str) -> HttpResponse:
    """The page of the requirement ``key``."""
    who = reader(request)
    version: Any = requirements.rows(who).filter(requirement__key=key).first()
    if version is None:
        raise Http404
    requirements.completer(who)([version])
    number, run = version.requirement_id, latest_plan(who)
    own = Position.objects.filter(requirement_id=number)
    # An index finds a commitment's postings: only those that have any to do with the need are looked through.
    lines = postings.rows(who).filter(
        Q(source__in=own.values("pk")) | Q(target__in=own.values("pk")),
        commitment__in=own.values("commitment").distinct(),
    )
    return listing(
        request,
        postings.table(who),
        lines,
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
            "versions": RequirementVersion.objects.filter(requirement_id=number)
            .select_related("batch")
            .order_by("-pk"),
        },
    )


def _brings(run: Run, key: str) -> list[dict[str, Any]]:
    """Return what a plan allocates to the requirement ``key``: what, from whom, how much, where it leads, by when."""
    return [
        {
            "what": row["item"], "donor": row["donor"], "units": exact(Decimal(repr(round(row["quantity"], 6)))),
            "link": commitments.url_of(commitment_of(row["offer"])[0]),
            "arrives": run.start + timedelta(days=int(row["last_usable"])),
        }
        for row in run.found.get("allocations", []) if row["requirement"] == key
    ]  # fmt: skip


def answer(version: Any) -> str:
    """Return in a sentence how much of the need is met."""
    asked = f"{version.party.name} asked for {exact(version.quantity)} by {spoken(version.due)}"
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
        for name, (_, factor) in zip(version.items, _pairs(version.accepts), strict=True)
    )
    found = [
        ("Accepted", accepted), ("Text", version.text), ("At", version.place and version.place.name),
        ("Priority", version.priority), ("State", version.state), ("Marking", ", ".join(version.marking)),
        ("Key", version.requirement.key),
    ]  # fmt: skip
    return [(title, str(words)) for title, words in found if words]


def _pairs(accepts: list[Any]) -> list[tuple[str, str]]:
    return [(str(one[0]), str(one[1])) if isinstance(one, list) else (str(one), "1") for one in accepts]
