"""The situation: what was promised, what came of it, and what to act on."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from pledgeway.access.deciding import Reader
from pledgeway.accounts.figures import Amount
from pledgeway.accounts.stages import KINDS
from pledgeway.ledger.balances import balances
from pledgeway.ledger.models import Batch
from pledgeway.ledger.remembered import until_recorded
from pledgeway.pictures.stage_bar import stage_bar
from pledgeway.pictures.words import NOT_STATED, percent
from pledgeway.portal.lists import requirements
from pledgeway.portal.lists.donors import CURRENCY, Scorecard, scorecards
from pledgeway.portal.middleware import reader
from pledgeway.portal.overview import coming, coverage, flows
from pledgeway.portal.overview.alerts import alerts
from pledgeway.portal.words import Quantity, exact
from pledgeway.registry.models import Item, masses

SOON = timedelta(days=14)
FEW = 8


def page(request: HttpRequest) -> HttpResponse:
    """The page that everybody begins with."""
    who, today = reader(request), date.today()
    cards, mass_of = scorecards(who), masses()
    needs = coverage.needs_seen(who)
    covered = coverage.coverage(needs, mass_of)
    return render(
        request,
        "portal/situation.html",
        {
            "title": "Situation",
            "answer": answer(cards, covered),
            "tiles": tiles(cards),
            "alerts": alerts(who, needs, mass_of, today),
            "map": flows.stock_and_flows(who),
            "coming": coming.figure(who, needs, mass_of, today),
            "coverage": coverage.figure(covered),
            "stages": shares_by_stage(who),
            "needs": [(one, one.link(), one.link("allocated"), one.link("delivered")) for one in covered],
            "due": due_soon(needs, today),
            "largest": sorted(cards, key=lambda card: (-card.tonnes, -(card.value or 0)))[:FEW],
            "currency": CURRENCY,
            "last": Batch.objects.order_by("-number").first() if who.role else None,
        },
    )


def answer(cards: list[Scorecard], covered: list[coverage.Coverage]) -> str:
    """Return the one sentence that a reader came for."""
    if not cards and not covered:
        return "Nothing is recorded yet that you may see."
    delivered = sum(card.delivered for card in cards)
    said = f"Of {exact(sum(card.commitments for card in cards))} promises something was delivered on {exact(delivered)}"
    if not covered:
        return f"{said}."
    first = covered[0]
    return (
        f"{said}; of {exact(first.requirements)} needs of priority {first.priority}, {exact(first.allocated_in_full)} "
        "have all they asked for allocated to them."
    )


def tiles(cards: list[Scorecard]) -> list[dict[str, Any]]:
    """Return the figures at the top, each with where it leads."""
    worth = sum((card.value for card in cards if card.value is not None), Decimal(0))
    known = any(card.value is not None for card in cards)
    tonnes = sum(card.tonnes for card in cards)
    by_mass = tonnes > 0
    largest = max(cards, key=lambda card: card.tonnes if by_mass else float(card.value or 0), default=None)
    share = 0.0
    if largest is not None and (tonnes or worth):
        share = largest.tonnes / tonnes if by_mass else float((largest.value or 0) / worth)
    found = [
        {"title": "Promises", "figure": exact(sum(card.commitments for card in cards)), "words": "",
         "link": reverse("commitments")},
        {"title": "Value that is known", "figure": exact(round(worth / 1_000_000)) if known else NOT_STATED,
         "words": f"million {CURRENCY}" if known else "", "link": reverse("donors")},
        {"title": "Delivered, in full or part", "figure": exact(sum(card.delivered for card in cards)),
         "words": "promises", "link": f"{reverse('commitments')}?{urlencode({'stage': 'delivered'})}"},
    ]  # fmt: skip
    if by_mass:
        found[2:2] = [
            {"title": "Goods promised", "figure": exact(round(tonnes)), "words": "t", "link": reverse("donors")}
        ]
    if largest is not None and share:
        of = "tonnes" if by_mass else "value"
        found.append(
            {"title": "Rests on one donor", "figure": percent(share), "words": f"of {of}: {largest.name}",
             "link": reverse("donors-one", args=[largest.code])}
        )  # fmt: skip
    return found


@until_recorded
def shares_by_stage(who: Reader) -> list[dict[str, Any]]:
    """Return by kind where everything stands now: goods by mass where it is known, all else by its most used unit."""
    mass_of = masses()
    found: dict[tuple[str, str, int], dict[str, Amount]] = {}
    for line in balances(["kind", "item", "stage"], reader=who):
        kind, item, stage = line.group["kind"], line.group["item"], line.group["stage"]
        if item in mass_of:
            key, parts = (kind, "t", 0), round(float(line.quantity) * mass_of[item])
        else:
            key, parts = (kind, line.unit, line.decimals), line.amount.quantity
        own = found.setdefault(key, {})
        own[stage] = own.get(stage, Amount()).plus(parts, line.amount.marks)
    largest: dict[str, tuple[str, int, dict[str, Amount]]] = {}
    for (kind, unit, decimals), own in found.items():
        size = sum(amount.quantity for amount in own.values())
        if (
            kind not in largest
            or unit == "t"
            or (largest[kind][0] != "t" and size > sum(amount.quantity for amount in largest[kind][2].values()))
        ):
            largest[kind] = (unit, decimals, own)
    return [
        {
            "kind": kind,
            "unit": unit,
            "bar": stage_bar(kind, own),
            "stages": [
                (
                    name,
                    Quantity.of(own[name], decimals),
                    f"{reverse('commitments')}?{urlencode({'kind': kind, 'stage': name})}",
                )
                for name in [*(stage.name for stage in KINDS[kind].chain), *(out.name for out in KINDS[kind].ways_out)]
                if name in own
            ],
        }
        for kind, (unit, decimals, own) in sorted(largest.items(), key=lambda pair: list(KINDS).index(pair[0]))
    ]


def due_soon(needs: list[coverage.Need], today: date) -> list[dict[str, Any]]:
    """Return the ``needs`` due in the next fortnight, or overdue, and not delivered in full, the most urgent first."""
    names = dict(Item.objects.values_list("code", "name"))
    late = [
        row for row in needs
        if row.due is not None and row.due <= today + SOON and row.delivered < row.quantity
    ]  # fmt: skip
    return [
        {
            "what": ", ".join(names.get(code, code) for code, *_ in row.accepts),
            "link": requirements.url_of(row.key),
            "party": row.party,
            "due": row.due,
            "overdue": row.due is not None and row.due < today,
            "missing": exact(row.quantity - row.delivered),
            "priority": row.priority,
        }
        for row in sorted(late, key=lambda row: (row.priority, row.due, row.pk))[:FEW]
    ]
