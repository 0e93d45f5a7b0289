"""One place: what stands there now, of what the reader may see."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse

from pledgeway.ledger.balances import balances
from pledgeway.portal.lists import postings, reference
from pledgeway.portal.middleware import reader
from pledgeway.portal.pages.listing import listing
from pledgeway.portal.words import Quantity
from pledgeway.registry.models import Item, Place


def page(request: HttpRequest, code: str) -> HttpResponse:
    """The page of the place ``code``."""
    who = reader(request)
    place = reference.rows(Place, who).filter(code=code).first()
    if place is None:
        raise Http404
    names = dict(Item.objects.values_list("code", "name"))
    stock: list[dict[str, Any]] = [
        {
            "item": names.get(line.group["item"], "not named"),
            "stage": line.group["stage"],
            "quantity": Quantity.of(line.amount, line.decimals),
            "unit": line.unit,
        }
        for line in balances(["item", "stage"], None, {"place": [code]}, who)
    ]
    lines = postings.rows(who).filter(target__place=place)
    return listing(
        request,
        postings.table(who),
        lines,
        template="portal/place.html",
        more={"title": place.name, "place": place, "stock": stock},
    )
