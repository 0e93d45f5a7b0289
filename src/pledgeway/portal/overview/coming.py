"""What arrives in the next days by proposals that desks accepted or may accept, and what falls due."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from django.db.models import Sum

from pledgeway.access.deciding import Reader
from pledgeway.ledger.models import CommitmentTerms
from pledgeway.ledger.seen import latest
from pledgeway.pictures import coming
from pledgeway.pictures.drawing import Figure
from pledgeway.plans import adopting
from pledgeway.plans.models import Proposal
from pledgeway.portal.overview.coverage import tonnes_of

DAYS = 14


def figure(reader: Reader, needs: Sequence[Any], mass_of: Mapping[str, float], today: date) -> Figure:
    """Return the bars of the next DAYS days, of the proposals and ``needs`` that ``reader`` may see."""
    last = today + timedelta(days=DAYS - 1)
    days = [today + timedelta(days=k) for k in range(DAYS)]
    tonnes: dict[tuple[date, str], float] = {}
    proposals = adopting.proposals_seen(reader).filter(
        arrives__gte=today, arrives__lte=last, state__in=(Proposal.OPEN, Proposal.POSTED)
    )
    rows = list(proposals.order_by().values_list("commitment_id", "arrives", "state").annotate(all=Sum("quantity")))
    terms = latest(CommitmentTerms, "commitment").filter(commitment_id__in={row[0] for row in rows})
    item_of = dict(terms.values_list("commitment_id", "item__code"))
    for number, day, state, quantity in rows:
        key = (day, "accepted" if state == Proposal.POSTED else "proposed")
        tonnes[key] = tonnes.get(key, 0.0) + float(quantity) * mass_of.get(item_of.get(number) or "", 0.0)
    for row in needs:
        if row.due is not None and today <= row.due <= last and row.delivered < row.quantity:
            missing = float(row.quantity - row.delivered) * (tonnes_of(row, mass_of) or 0.0)
            tonnes[row.due, "due"] = tonnes.get((row.due, "due"), 0.0) + missing
    return coming.figure([
        coming.ComingDay(day, **{name: tonnes.get((day, name), 0.0) for name in ("accepted", "proposed", "due")})
        for day in days
    ])  # fmt: skip
