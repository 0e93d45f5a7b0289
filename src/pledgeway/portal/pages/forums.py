"""Forums, meetings and decisions: what was promised there, and what became of it."""

from __future__ import annotations

from collections import Counter
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse

from pledgeway.access.deciding import Reader
from pledgeway.accounts.figures import Amount
from pledgeway.forums.models import Decision
from pledgeway.intake.reference.kept import BY_NAME
from pledgeway.ledger.seen import statements_seen
from pledgeway.portal.lists import commitments
from pledgeway.portal.lists import forums as lists
from pledgeway.portal.lists.outcomes import outcomes
from pledgeway.portal.middleware import reader
from pledgeway.portal.pages.listing import listing
from pledgeway.portal.pages.reference import about, adding, history_of
from pledgeway.portal.pages.terms import offer
from pledgeway.portal.words import Count, counted

MOST = 100
"""How many decisions, and targets, a page shows; all are in their lists."""


def forum(request: HttpRequest, code: str) -> HttpResponse:
    """The page of a forum: its meetings, and what was promised in all of them."""
    who = reader(request)
    row = _found(lists.forums(who), code)
    decisions = lists.decisions(who).filter(meeting__forum=row)
    targets = lists.targets(who).filter(meeting__forum=row)
    meetings = lists.meetings(who).filter(forum=row)
    return listing(
        request,
        lists.MEETINGS,
        meetings,
        template="portal/forum.html",
        more=_page("forums", row, who, decisions, targets) | {"heading": "Its meetings"},
    )


def meeting(request: HttpRequest, code: str) -> HttpResponse:
    """The page of a meeting: what was decided and promised there, and what became of it."""
    who = reader(request)
    row = _found(lists.meetings(who), code)
    decisions = lists.decisions(who).filter(meeting=row)
    return listing(
        request,
        commitments.TABLE,
        commitments.rows(who).filter(decision__in=decisions.values("code")),
        template="portal/forum.html",
        more=_page("meetings", row, who, decisions, lists.targets(who).filter(meeting=row))
        | {"heading": "Promise by promise"},
    )


def decision(request: HttpRequest, code: str) -> HttpResponse:
    """The page of a decision: its words, where they stand, and the promises that rest on it."""
    who = reader(request)
    row = _found(lists.decisions(who), code)
    seen = statements_seen(who).filter(pk=row.statement_id).select_related("source").first()
    more = _page("decisions", row, who, lists.decisions(who).filter(pk=row.pk), lists.targets(who).filter(decision=row))
    return listing(
        request,
        commitments.TABLE,
        commitments.rows(who).filter(decision=row.code),
        template="portal/forum.html",
        more=more | {"heading": "Promise by promise", "statement": seen},
    )


def _found(rows: Any, code: str) -> Any:
    row = rows.filter(code=code).first()
    if row is None:
        raise Http404
    return row


def _page(name: str, row: Any, who: Reader, decisions: Any, targets: Any) -> dict[str, Any]:
    """Return what the page of ``row`` of the table ``name`` shows."""
    kept = BY_NAME[name]
    shown: list[Decision] = list(decisions.order_by("-meeting__day", "pk")[:MOST])
    found = outcomes([one.code for one in shown], who)
    own = commitments.rows(who).filter(decision__in=list(found)).order_by()
    promises = Counter(own.values_list("decision", flat=True))
    told = [
        {"decision": one, "link": lists.url_of(one), "count": promises[one.code],
         "promises": lists.promises_of(one.code), "outcomes": found[one.code],
         "record": offer(who, decision=one.code).get("record", "")}
        for one in shown
    ]  # fmt: skip
    below = {"forums": ("meetings", "forum"), "meetings": ("decisions", "meeting")}.get(name)
    add = adding(who, below[0]) if below else {}
    if add and below:
        add["add"] = f"{add['add']}?{below[1]}={row.code}"
    return {
        "title": str(row),
        "answer": answer(name, told),
        "told": told,
        "targets": [(one, lists.url_of(one)) for one in targets[:MOST]],
        "new_target": f"{reverse('reference-new', args=['targets'])}?meeting={row.code}" if name == "meetings" else "",
        "changes": history_of(kept, row, who).order_by("-pk")[:10],
        **about(kept, row, who),
        **add,
    }


def answer(name: str, told: list[dict[str, Any]]) -> str:
    """Return in a sentence what was promised and what became of it."""
    count = sum(one["count"] for one in told)
    subject = f"On {Count(len(told)):decision}" if name != "decisions" else "On this decision"
    if not count:
        return f"{subject} no promise rests that you may see."
    every = [outcome for one in told for outcome in one["outcomes"]]
    kept = sum(outcome.stand.reached(outcome.stage) != Amount() for outcome in every)
    rests = f"{subject} {'rests' if count == 1 else 'rest'} {Count(count):promise}"
    if not kept:
        return f"{rests}; nothing of that is known to be kept yet."
    largest = max(every, key=lambda outcome: (outcome.stand.unit == "t", outcome.stand.promised.quantity))
    said = f"of {counted(largest.promised, largest.stand.unit)} of {largest.stand.kind}, {largest.share} reached"
    return f"{rests}; {said} {largest.stage}."
