"""Announcements: all of them, and one with its terms, the passage it rests on, and the promises that are its parts."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse

from pledgeway.access.deciding import may
from pledgeway.access.roles import Act
from pledgeway.ledger.models import AnnouncementTerms
from pledgeway.portal.lists import announcements, commitments, postings
from pledgeway.portal.middleware import reader
from pledgeway.portal.pages.commitment import changes
from pledgeway.portal.pages.listing import listing
from pledgeway.portal.words import exact, spoken

SAID = ("text", "donor", "recipient", "purpose", "day", "value", "currency", "decision", "marking", "basis",
        "converted", "converted_currency")  # fmt: skip


def index(request: HttpRequest) -> HttpResponse:
    """All announcements."""
    who = reader(request)
    answer = "{total:announcement}, each with the promises that are its parts."
    return listing(request, announcements.table(who), announcements.rows(who), answer)


def page(request: HttpRequest, key: str) -> HttpResponse:
    """The page of the announcement ``key``."""
    who = reader(request)
    terms: Any = announcements.rows(who).filter(announcement__key=key).first()
    if terms is None:
        raise Http404
    parts = commitments.rows(who).filter(announcement_id=terms.announcement_id)
    versions = AnnouncementTerms.objects.filter(announcement_id=terms.announcement_id).order_by("pk")
    own = may(who, Act.PROMISE, terms.donor.code)
    return listing(
        request,
        commitments.TABLE,
        parts,
        answer(terms, parts.count()),
        "portal/announcement.html",
        {
            "title": announcements.what(terms), "terms": terms, "facts": facts(terms),
            "versions": changes(list(versions.select_related("batch", "donor", "recipient")), SAID),
            "change": reverse("announcements-terms", args=[key]) if own else "",
            "add": f"{reverse('commitments-record')}?{urlencode({'announcement': key})}" if own else "",
        },
    )  # fmt: skip


def answer(terms: Any, parts: int) -> str:
    """Return in a sentence who announced what, and how much of it is known in parts."""
    worth = announcements.worth(terms)
    whom = f" to {terms.recipient.name}" if terms.recipient else ""
    known = f"{exact(parts)} {'promise is' if parts == 1 else 'promises are'} recorded as its parts"
    known = known if parts else "none of its parts that you may see is recorded"
    return f"{terms.donor.name} announced {worth or 'it'}{whom} on {spoken(terms.day)}; {known}."


def facts(terms: Any) -> list[tuple[str, str]]:
    """Return the terms as titles and words."""
    delivered = ""
    if terms.converted_delivered is not None:
        delivered = f"{exact(terms.converted_delivered)} {terms.converted_currency}"
    found = [
        ("Text", terms.text), ("Announced on", spoken(postings.day_of(terms).latest)), ("Purpose", terms.purpose),
        ("Stated value", announcements.worth(terms)), ("Of it delivered, says the source", delivered),
        ("Decision", terms.decision), ("Marking", ", ".join(terms.marking)), ("Key", terms.announcement.key),
    ]  # fmt: skip
    return [(title, str(words)) for title, words in found if words]
