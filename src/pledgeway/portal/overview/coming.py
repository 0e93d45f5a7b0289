"""What arrives in the next days by what desks accepted or may accept of plans, and what falls due."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta

from django.db.models import Sum

from pledgeway.access.deciding import Reader
from pledgeway.accounts.quantities import from_parts
from pledgeway.ledger.models import CommitmentTerms
from pledgeway.ledger.seen import commitments_seen, latest
from pledgeway.pictures import coming
from pledgeway.pictures.drawing import Figure
from pledgeway.plans import answering
from pledgeway.plans.models import Proposal, Way
from pledgeway.portal.overview.coverage import Need, tonnes_of

DAYS = 14


def figure(reader: Reader, needs: Sequence[Need], mass_of: Mapping[str, float], today: date) -> Figure:
    """Return the bars of the next DAYS days, of the proposals and ``needs`` that ``reader`` may see."""
    last = today + timedelta(days=DAYS - 1)
    days = [today + timedelta(days=k) for k in range(DAYS)]
    tonnes: dict[tuple[date, str], float] = {}
    within = {"commitment__in": commitments_seen(reader).values("commitment_id")}
    ways = Way.objects.filter(usable__gte=today, usable__lte=last, **({} if reader.sees_all else within))
    proposals = answering.proposals_seen(reader).filter(
        arrives__gte=today, arrives__lte=last, state=Proposal.OPEN, kind=Proposal.ALLOCATE
    )
    rows = [
        (number, decimals, day, parts, state)
        for state, found, column in (("accepted", ways, "usable"), ("proposed", proposals, "arrives"))
        for number, decimals, day, parts in found.order_by()
        .values_list("commitment_id", "commitment__decimals", column)
        .annotate(all=Sum("parts"))
    ]
    terms = latest(CommitmentTerms, "commitment").filter(commitment_id__in={row[0] for row in rows})
    item_of = dict(terms.values_list("commitment_id", "item__code"))
    for number, decimals, day, parts, state in rows:
        quantity = float(from_parts(parts, decimals))
        tonnes[day, state] = tonnes.get((day, state), 0.0) + quantity * mass_of.get(item_of.get(number) or "", 0.0)
    for row in needs:
        if row.due is not None and today <= row.due <= last and row.delivered < row.quantity:
            missing = float(row.quantity - row.delivered) * (tonnes_of(row, mass_of) or 0.0)
            tonnes[row.due, "due"] = tonnes.get((row.due, "due"), 0.0) + missing
    return coming.figure([
        coming.ComingDay(day, **{name: tonnes.get((day, name), 0.0) for name in ("accepted", "proposed", "due")})
        for day in days
    ])  # fmt: skip
