"""One donor's scorecard, item by item."""

from __future__ import annotations

from decimal import Decimal

from django.http import Http404, HttpRequest, HttpResponse

from pledgeway.access.deciding import Reader
from pledgeway.accounts.figures import Amount
from pledgeway.accounts.moves import Position
from pledgeway.ledger.balances import balances
from pledgeway.ledger.remembered import until_recorded
from pledgeway.ledger.stands import Stand
from pledgeway.portal.lists import commitments
from pledgeway.portal.lists.donors import scorecards
from pledgeway.portal.middleware import reader
from pledgeway.portal.pages.listing import listing
from pledgeway.portal.pages.terms import offer
from pledgeway.portal.words import Count, Quantity, exact
from pledgeway.registry.models import Item, Party, standing_for

STAGES = ("pledged", "committed", "allocated", "delivered", "received")


def page(request: HttpRequest, code: str) -> HttpResponse:
    """The page of the donor ``code``: there is one for every party of which the reader sees a promise."""
    who = reader(request)
    card = next((card for card in scorecards(who) if card.code == code), None)
    if card is None:
        raise Http404
    rows = commitments.rows(who).filter(donor__code__in=standing_for(Party, code))
    worth = (
        f"{exact(card.value.quantize(Decimal(1)))} EUR, {card.share} % of all that is known"
        f"{f' and {card.share_of_gdp} % of its GDP of {card.gdp_year}' if card.share_of_gdp else ''}"
        if card.share and card.value
        else ""
    )
    return listing(
        request,
        commitments.TABLE,
        rows,
        template="portal/donor.html",
        more={
            **offer(who, donor=code),
            "title": card.name,
            "card": card,
            "answer": f"{card.name} made {Count(card.commitments):promise}{' worth ' + worth if worth else ''}; of "
            f"{card.delivered} of them something was delivered.",
            "stages": STAGES,
            "lines": by_item(code, who),
        },
    )


@until_recorded
def by_item(code: str, who: Reader) -> list[tuple[str, str, list[Quantity]]]:
    """Return what a donor promised of each item, and how much of it reached each of STAGES."""
    names = dict(Item.objects.values_list("code", "name"))
    held: dict[tuple[str, str, int], dict[Position, Amount]] = {}
    where = {"donor": [code], "kind": ["goods"]}
    for balance in balances(["item", "stage", "left"], None, where, who):
        key = (balance.group["item"] or "", balance.unit, balance.decimals)
        held.setdefault(key, {})[Position(balance.group["stage"], balance.group["left"])] = balance.amount
    return [
        (names.get(item, "not named"), unit,
         [Quantity.of(Stand("goods", unit, decimals, own).reached(stage), decimals) for stage in STAGES])
        for (item, unit, decimals), own in sorted(held.items(), key=lambda pair: names.get(pair[0][0], ""))
    ]  # fmt: skip
