"""The fields of a form as pages show them, and what each offers while somebody types."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse

from pledgeway.access.deciding import Reader
from pledgeway.formats.workbook.texts import names_as_cell, names_from_cell
from pledgeway.intake.reference.kept import BY_NAME
from pledgeway.ledger.seen import announcements_seen, commitments_seen, requirements_seen
from pledgeway.portal.middleware import reader
from pledgeway.tables.faults import Fault
from pledgeway.tables.fields import Field, Kind

MOST_OFFERED = 500
"""How many rows a field offers at once; where there are more, it asks again as somebody types."""

CHOSEN = ".chosen"
"""What ends the name under which names come that were chosen from a list, beside those typed into the field."""

Pairs = list[tuple[str, str]]


class _Offer(NamedTuple):
    """Rows that a field may name: who sees which, how they are called, in what words, and where to look for them."""

    rows: Callable[[Reader], Any]
    key: str
    words: Callable[[Any], str]
    looks: tuple[str, ...]
    order: str = "pk"


OFFERS: dict[str, _Offer] = {
    "announcements": _Offer(lambda who: announcements_seen(who).select_related("announcement"), "announcement__key",
                            lambda row: row.text, ("announcement__key", "text"), "-pk"),
    "commitments": _Offer(lambda who: commitments_seen(who).select_related("commitment", "item"), "commitment__key",
                          lambda row: row.text or str(row.item or row.commitment.kind),
                          ("commitment__key", "text", "item__name"), "-pk"),
    "envelopes": _Offer(lambda who: commitments_seen(who).filter(commitment__kind="envelope")
                        .select_related("commitment"), "commitment__key", lambda row: row.text,
                        ("commitment__key", "text"), "-pk"),
    "needs": _Offer(lambda who: requirements_seen(who).filter(state="validated").select_related("requirement"),
                    "requirement__key", lambda row: row.text, ("requirement__key", "text"), "due"),
    **{
        name: _Offer(kept.seen, kept.key, str, (kept.key, *looks))
        for name, kept in BY_NAME.items() if name != "users"
        for looks in [tuple(one.name for one in kept.model._meta.fields if one.name in ("name", "title", "passage"))]
    },
}  # fmt: skip
"""By what is offered: every table of reference data with codes, and what is recorded."""


def offered(name: str, who: Reader, typed: str = "") -> tuple[Pairs, bool]:
    """Return what ``who`` may name of the offer ``name``, as far as ``typed`` fits, and whether there is more."""
    offer = OFFERS[name]
    rows = offer.rows(who)
    if typed:
        fits = Q()
        for path in offer.looks:
            fits |= Q(**{f"{path}__icontains": typed})
        rows = rows.filter(fits)
    found = list(rows.order_by(offer.order)[: MOST_OFFERED + 1])
    pairs = [(_called(row, offer.key), offer.words(row)) for row in found[:MOST_OFFERED]]
    return pairs, len(found) > MOST_OFFERED


def _called(row: Any, path: str) -> str:
    for name in path.split("__"):
        row = getattr(row, name)
    return str(row)


def options(request: HttpRequest, name: str) -> HttpResponse:
    """What a field offers for what somebody typed into it so far; ``of`` names the field."""
    if name not in OFFERS:
        raise Http404
    typed = request.GET.get(request.GET.get("of", "")[:80], "")[:100].replace("\x00", "")
    return render(request, "portal/options.html", {"pairs": offered(name, reader(request), typed)[0]})


def offer_of(field: Field) -> str:
    """Return the name of the offer of rows that a field refers to; "" for none."""
    return field.refers_to if field.kind in (Kind.REFERENCE, Kind.NAMES) and field.refers_to in OFFERS else ""


def said(given: QueryDict) -> dict[str, str]:
    """Return what the fields of a form say: to what was typed into a field of names comes what was chosen beside it."""
    texts = {name: str(given[name]) for name in given if not name.endswith(CHOSEN)}
    for name in given:
        field = name.removesuffix(CHOSEN)
        if name != field:
            known = names_from_cell(texts.get(field, ""))
            texts[field] = names_as_cell(dict.fromkeys([*known, *filter(None, given.getlist(name))]))
    return texts


def shown(
    field: Field, text: str, faults: Sequence[Fault], who: Reader, *,
    offer: str = "", choices: Pairs | None = None, fixed: bool = False,
) -> dict[str, Any]:  # fmt: skip
    """Return ``field`` as the template ``input.html`` shows it.

    ``offer`` is one of OFFERS whose rows it suggests, ``choices`` are the only values there are, with their words.
    """
    pairs, more = offered(offer, who) if offer and not fixed else ([], False)
    many = field.kind is Kind.NAMES
    if many and pairs:
        pairs = [*((choice, choice) for choice in field.choices), *pairs]
    words = {Kind.YES_NO: ("yes", "no"), Kind.CHOICE: field.choices}
    return {
        "field": field, "text": text, "fixed": fixed, "choices": words.get(field.kind, ()),
        "type": "date" if field.kind is Kind.DATE else "text", "many": many,
        "offered": pairs, "options": choices or [], "chosen": field.name + CHOSEN, "most": len(pairs) if more else 0,
        "more": f"{reverse('options', args=[offer])}?of={field.name}" if more and not many else "",
        "faults": [fault for fault in faults if fault.column == field.name],
    }  # fmt: skip
