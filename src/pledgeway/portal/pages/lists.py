"""The pages that are one list each."""

from __future__ import annotations

from collections import Counter

from django.http import HttpRequest, HttpResponse

from pledgeway.portal.lists import balances as of_balances
from pledgeway.portal.lists import commitments as of_commitments
from pledgeway.portal.lists import donors as of_donors
from pledgeway.portal.lists import postings as of_postings
from pledgeway.portal.lists import reference
from pledgeway.portal.lists import requirements as of_requirements
from pledgeway.portal.lists import sources as of_sources
from pledgeway.portal.lists import statements as of_statements
from pledgeway.portal.middleware import reader
from pledgeway.portal.pages.listing import bad_address, listing
from pledgeway.portal.pages.reference import adding
from pledgeway.portal.pages.terms import offer, offer_need
from pledgeway.portal.tables import QueryFaultsError
from pledgeway.registry.models import Item, Party, Place


def commitments(request: HttpRequest) -> HttpResponse:
    """All commitments."""
    who = reader(request)
    return listing(
        request, of_commitments.TABLE, of_commitments.rows(who),
        "{total:promise}, each down to the passage it rests on.", more=offer(who),
    )  # fmt: skip


def requirements(request: HttpRequest) -> HttpResponse:
    """All requirements."""
    who = reader(request)
    rows = of_requirements.rows(who)
    answer = "{total:stated need}, with what was given to each."
    return listing(request, of_requirements.table(who), rows, answer, more=offer_need(who))


def postings(request: HttpRequest) -> HttpResponse:
    """The ledger line by line."""
    who = reader(request)
    return listing(
        request, of_postings.table(who), of_postings.rows(who), "{total:line} of the ledger. None is ever changed."
    )


def statements(request: HttpRequest) -> HttpResponse:
    """All passages of all sources."""
    answer = "{total:passage}, each with its source and what rests on it."
    return listing(request, of_statements.TABLE, of_statements.rows(reader(request)), answer)


def sources(request: HttpRequest) -> HttpResponse:
    """All sources."""
    who = reader(request)
    return listing(
        request, of_sources.TABLE, of_sources.rows(who), "The record rests on {total:document}.",
        "portal/reference_list.html", adding(who, "sources"),
    )  # fmt: skip


def donors(request: HttpRequest) -> HttpResponse:
    """Donors' scorecards."""
    cards = of_donors.scorecards(reader(request))
    answer = ""
    if cards:
        largest = max(cards, key=lambda card: card.value or 0)
        if largest.share is not None:
            answer = f"{largest.name} gives {largest.share} % of all value that is known; {{total:donor}} promised."
    return listing(request, of_donors.TABLE, cards, answer)


def parties(request: HttpRequest) -> HttpResponse:
    """Parties."""
    who = reader(request)
    rows = reference.with_aliases(reference.rows(Party, who))
    kinds = Counter(rows.values_list("kind", flat=True))
    answer = ", ".join(f"{count} of kind {kind}" for kind, count in kinds.most_common())
    return listing(request, reference.PARTIES, rows, answer, "portal/reference_list.html", adding(who, "parties"))


def items(request: HttpRequest) -> HttpResponse:
    """Items."""
    who = reader(request)
    return listing(
        request, reference.ITEMS, reference.with_aliases(reference.rows(Item, who)),
        "{total:item}, each counted in one unit.", "portal/reference_list.html", adding(who, "items"),
    )  # fmt: skip


def places(request: HttpRequest) -> HttpResponse:
    """Places."""
    who = reader(request)
    return listing(
        request, reference.PLACES, reference.rows(Place, who),
        "{total:place}: depots, ports, hubs and hand-over points.",
        "portal/reference_list.html", adding(who, "places"),
    )  # fmt: skip


def balances(request: HttpRequest) -> HttpResponse:
    """What stands where, by what the address asks for, on any day, as it was known at any batch."""
    try:
        asked = of_balances.asked(request.GET.dict())
    except QueryFaultsError as failure:
        return bad_address(request, failure.faults)
    rows = of_balances.rows(reader(request), asked)
    return listing(
        request,
        of_balances.table(asked),
        rows,
        of_balances.answer(asked),
        "portal/balances.html",
        {"asked": asked, "dimensions": of_balances.DIMENSIONS},
        {name: request.GET[name] for name in request.GET if name in of_balances.OWN_WORDS},
    )
