"""What keeps rows of the record from being planned, found without taking a snapshot of all of it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from itertools import islice
from typing import Any

from django.db.models import Exists, F, OuterRef, Q, QuerySet, Sum

from pledgeway.access.deciding import Reader
from pledgeway.accounts.quantities import from_parts
from pledgeway.ledger.models import Position
from pledgeway.ledger.remembered import until_recorded
from pledgeway.ledger.seen import commitments_seen, requirement_totals_seen, requirements_seen
from pledgeway.plans.snapshot import OFFERED, NotPlannable, Wanted, cannot_be_served, lack_of
from pledgeway.registry.models import Item

CHUNK = 200


@until_recorded
def lacking(wanted: Wanted, reader: Reader, most: int) -> list[NotPlannable]:
    """Return the first ``most`` of the reader's own rows that cannot be planned; a coordinator's are everybody's."""
    return list(islice(_rows(wanted, reader), most))


def _rows(wanted: Wanted, reader: Reader) -> Iterator[NotPlannable]:
    yield from _goods(wanted, reader)
    yield from _needs(wanted, reader)


def _own(rows: QuerySet[Any], reader: Reader, owner: str) -> QuerySet[Any]:
    return rows if reader.sees_all else rows.filter(**{f"{owner}__in": sorted(reader.own)})


def _goods(wanted: Wanted, reader: Reader) -> Iterator[NotPlannable]:
    """Yield the goods that lack something, of those that the database takes for such."""
    last = wanted.start + timedelta(days=wanted.days - 1)
    free = Position.objects.filter(commitment_id=OuterRef("commitment_id"), left="", requirement=None)
    free = free.exclude(quantity=0, marks=0)
    offered = Exists(free.filter(stage__in=[*OFFERED, "at hub"], quantity__gt=0))
    doubtful = (
        Q(item=None) | Q(item__mass_t=None) | Q(place=None) | Q(condition_state="open")
        | Q(available_until__lt=wanted.start) | Q(available_from__gt=last)
    )  # fmt: skip
    rows = _own(commitments_seen(reader), reader, "donor__code").filter(commitment__kind="goods")
    rows = rows.filter(doubtful | ~offered).filter(Exists(free.filter(stage__in=[*OFFERED, "at hub", "pledged"])))
    rows = rows.select_related("commitment", "donor", "item", "place").order_by("commitment_id")
    for some in _some(rows.iterator(chunk_size=CHUNK)):
        held = _free([one.commitment_id for one in some])
        for one in some:
            why = _why(one, held.get(one.commitment_id, []), wanted)
            if why:
                yield NotPlannable(one.commitment.key, one.donor.name, why)


def _some(rows: Iterator[Any]) -> Iterator[list[Any]]:
    while some := list(islice(rows, CHUNK)):
        yield some


def _free(commitments: list[int]) -> dict[int, list[tuple[str, str | None, Decimal, int]]]:
    """Return what of commitments no requirement has: stage, place, quantity and parts of unknown size."""
    found: dict[int, list[tuple[str, str | None, Decimal, int]]] = {}
    rows = Position.objects.filter(commitment_id__in=commitments, left="", requirement=None)
    for number, stage, place, decimals, quantity, marks in rows.values_list(
        "commitment_id", "stage", F("place__code"), F("commitment__decimals"), "quantity", "marks"
    ):
        found.setdefault(number, []).append((stage, place, from_parts(quantity, decimals), marks))
    return found


def _why(terms: Any, held: list[tuple[str, str | None, Decimal, int]], wanted: Wanted) -> str:
    promised = terms.place.code if terms.place is not None else ""
    own: dict[str, Decimal] = {}
    for stage, place, quantity, _ in held:
        if stage in OFFERED or stage == "at hub":
            own[place or promised] = own.get(place or promised, Decimal(0)) + quantity
    own = {at: quantity for at, quantity in own.items() if quantity > 0}
    if own:
        return next(filter(None, (lack_of(terms, at, wanted) for at in sorted(own))), "")
    if any(marks for stage, *_, marks in held if stage in OFFERED or stage == "at hub"):
        return "its quantity is not stated"
    pledged = any(quantity or marks for stage, _, quantity, marks in held if stage == "pledged")
    return "it is pledged only, not committed" if pledged else ""


def _needs(wanted: Wanted, reader: Reader) -> Iterator[NotPlannable]:
    """Yield the needs that nothing could meet."""
    met: dict[int, Decimal] = {}
    sums = requirement_totals_seen(reader).order_by().values_list("requirement_id", "decimals")
    for number, decimals, parts in sums.annotate(all=Sum("allocated")):
        met[number] = met.get(number, Decimal(0)) + from_parts(int(parts), decimals)
    weighed = set(Item.objects.filter(mass_t__isnull=False).values_list("code", flat=True))
    rows = _own(requirements_seen(reader), reader, "party__code").filter(state="validated")
    for version in rows.select_related("requirement", "party", "place").order_by("requirement_id"):
        accepted = [(code, float(factor)) for code, factor in version.accepts if code in weighed]
        if version.quantity > met.get(version.requirement_id, Decimal(0)):
            why = cannot_be_served(version, accepted, wanted)
            if why:
                yield NotPlannable(version.requirement.key, version.party.name, why)
