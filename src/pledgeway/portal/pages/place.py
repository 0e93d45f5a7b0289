"""One place: what stands there now, its load day by day and its lanes, of what the reader may see."""

from __future__ import annotations

from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse

from pledgeway.ledger.balances import balances
from pledgeway.ledger.models import Position
from pledgeway.pictures import place_load, words
from pledgeway.portal.lists import postings, reference
from pledgeway.portal.middleware import reader
from pledgeway.portal.overview.place_days import latest_plan, load
from pledgeway.portal.pages.listing import listing
from pledgeway.portal.words import Quantity
from pledgeway.registry.models import Item, Place, masses

TO_LEAVE = ("committed", "allocated")
"""Stages of goods that still stand where they were promised from."""


def page(request: HttpRequest, code: str) -> HttpResponse:
    """The page of the place ``code``."""
    who = reader(request)
    place = reference.rows(Place, who).filter(code=code).first()
    if place is None:
        raise Http404
    today, mass_of = date.today(), masses()
    names = dict(Item.objects.values_list("code", "name"))
    stock: list[dict[str, Any]] = []
    stored = waiting = 0.0
    for line in balances(["item", "stage"], None, {"place": [code]}, who):
        item = line.group["item"]
        tonnes = float(line.quantity) * mass_of[item] if item in mass_of else None
        stored += (tonnes or 0.0) if line.group["stage"] == "at hub" else 0.0
        waiting += (tonnes or 0.0) if line.group["stage"] in TO_LEAVE else 0.0
        stock.append({
            "item": names.get(item, "not named"), "stage": line.group["stage"], "unit": line.unit, "tonnes": tonnes,
            "quantity": Quantity.of(line.amount, line.decimals),
            "link": f"{reverse('commitments')}?{urlencode({'item': item or '', 'stage': line.group['stage']})}",
        })  # fmt: skip
    run = latest_plan(who)
    days = load(place, who, run, stored, today)
    return listing(
        request,
        postings.table(who),
        postings.at_positions(postings.rows(who), Position.objects.filter(place=place), "target"),
        template="portal/place.html",
        more={
            "title": place.name, "place": place, "stock": stock, "run": run, "answer": answer(place, stored, waiting),
            "load": place_load.figure(days, place.handling_t_per_day, place.storage_t, today),
            "lanes": [("In", "origin", place.arrivals.select_related("origin").order_by("origin__name", "mode")),
                      ("Out", "destination",
                       place.departures.select_related("destination").order_by("destination__name", "mode"))],
        },
    )  # fmt: skip


def answer(place: Place, stored: float, waiting: float) -> str:
    """Return in a sentence how full the place is, and what waits there that was promised from it, both in tonnes."""
    said = f"{words.tonnes(stored)} that you may see are in store here"
    if place.storage_t:
        said += f", {words.percent(stored / place.storage_t)} of what it can store"
    if waiting:
        said += f", and {words.tonnes(waiting)} wait to leave from here"
    if place.handling_t_per_day:
        return f"{said}; it can handle {words.tonnes(place.handling_t_per_day)} a day."
    return f"{said}; no limit of its handling is stated."
