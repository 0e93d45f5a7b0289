"""The record's present state as a planning problem.

Goods that stand at committed are offers where they stand, and so are goods at a hub that no requirement has; what a
validated need lacks of what it asked for is a requirement. What is allocated or further on counts as met.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, NamedTuple

from django.db.models import F, Sum

from pledgeway.access.deciding import Reader
from pledgeway.accounts.quantities import from_parts
from pledgeway.ledger.models import Batch, Position
from pledgeway.ledger.seen import commitments_seen, requirements_seen
from pledgeway.planning.problem import Problem, digest, table
from pledgeway.planning.sailing import sailing_from
from pledgeway.registry.models import Closure, Course, Item, Lane, Party, Place
from pledgeway.tables.planning import PRIORITY_WORTH

OFFERED = frozenset({"committed"})
MET = ("allocated", "in transit", "at hub", "delivered", "received")
AT = " @ "
"""Between a commitment's key and a place, in the id of an offer of goods that stand elsewhere than promised."""


class NotPlannable(NamedTuple):
    """A commitment or requirement that is no part of the problem, its party, and what is missing, in words."""

    key: str
    party: str
    why: str


@dataclass(frozen=True)
class Snapshot:
    """A problem, what of the record is left out of it, the last batch that it knows, and the problem's digest."""

    problem: Problem
    not_plannable: list[NotPlannable]
    batch: int

    @property
    def digest(self) -> str:
        """The SHA-256 of the problem's canonical JSON."""
        return digest(self.problem)


@dataclass(frozen=True)
class Wanted:
    """What is to be planned: from which day, how many days, what transport costs; whether mere pledges count too.

    ``excluded`` are pairs (commitment, requirement) that were declined.
    """

    start: date
    days: int = 90
    transport_weight: float = 0.0
    pledged_too: bool = False
    excluded: Collection[tuple[str, str]] = ()
    name: str = "the record"


def snapshot(wanted: Wanted, reader: Reader) -> Snapshot:
    """Return the problem of what ``reader`` may see of the record."""
    last = Batch.objects.order_by("-number").first()
    missing: list[NotPlannable] = []
    items = list(Item.objects.filter(mass_t__isnull=False).order_by("pk"))
    places = list(Place.objects.order_by("pk"))
    offers = list(_offers(wanted, reader, missing))
    requirements, accepts = _requirements(wanted, reader, {item.code: item for item in items}, missing)
    offered, needed = {row["id"] for row in offers}, {row["id"] for row in requirements}
    problem = Problem(
        name=wanted.name,
        days=wanted.days,
        transport_weight=wanted.transport_weight,
        start_date=wanted.start,
        places=table("places", [_place(place) for place in places]),
        lanes=table("lanes", [_lane(lane, wanted.start) for lane in Lane.objects.order_by("pk").select_related()]),
        exceptions=table("exceptions", _closures(wanted)),
        items=table("items", [_item(item) for item in items]),
        offers=table("offers", offers),
        requirements=table("requirements", requirements),
        accepts=table("accepts", accepts),
        courses=table("courses", _courses(wanted)),
        pins=table("pins", [
            {"offer": offer, "requirement": requirement, "kind": "forbidden"}
            for offer, requirement in sorted(set(wanted.excluded)) if offer in offered and requirement in needed
        ]),
    )  # fmt: skip
    return Snapshot(problem, missing, last.number if last else 0)


def _place(place: Place) -> dict[str, Any]:
    names = ("name", "kind", "lat", "lon", "storage_t", "handling_t_per_day")
    return {"id": place.code, "country": place.country or None} | {name: getattr(place, name) for name in names}


def _item(item: Item) -> dict[str, Any]:
    names = ("name", "mass_t", "divisible", "seats_per_unit")
    return {"id": item.code, "training": item.training or None} | {name: getattr(item, name) for name in names}


def _lane(lane: Lane, start: date) -> dict[str, Any]:
    names = ("mode", "transit_days", "capacity_t_per_day", "cost_per_t")
    return {
        "id": lane.code, "origin": lane.origin.code, "destination": lane.destination.code,
        "sailing_days": sailing_from(lane.sailing_days, lane.sailing_start or start, start) or None,
    } | {name: getattr(lane, name) for name in names}  # fmt: skip


def _closures(wanted: Wanted) -> list[dict[str, Any]]:
    last = wanted.start + timedelta(days=wanted.days - 1)
    rows = Closure.objects.filter(last_day__gte=wanted.start, first_day__lte=last).select_related("lane")
    return [
        {
            "lane": row.lane.code, "capacity_t_per_day": row.capacity_t_per_day, "note": row.note or None,
            "first_day": _day(row.first_day, wanted), "last_day": _day(row.last_day, wanted),
        }
        for row in rows.order_by("pk")
    ]  # fmt: skip


def _courses(wanted: Wanted) -> list[dict[str, Any]]:
    """Return the courses that have yet to begin."""
    last = wanted.start + timedelta(days=wanted.days - 1)
    return [
        {"id": row.code, "training": row.training, "start": (row.start - wanted.start).days,
         "duration_days": row.duration_days, "seats": row.seats}
        for row in Course.objects.filter(start__gte=wanted.start, start__lte=last).order_by("pk")
    ]  # fmt: skip


def _day(day: date, wanted: Wanted) -> int:
    """Return a date as a day of the horizon, the first or the last where it lies outside."""
    return min(max((day - wanted.start).days, 0), wanted.days - 1)


def _offers(wanted: Wanted, reader: Reader, missing: list[NotPlannable]) -> Iterable[dict[str, Any]]:
    stages = OFFERED | ({"pledged"} if wanted.pledged_too else frozenset())
    seen = commitments_seen(reader).filter(commitment__kind="goods")
    terms = {one.commitment_id: one for one in seen.select_related("commitment", "donor", "item", "place")}
    held: dict[int, dict[str, Decimal]] = {}
    unknown, pledged = set(), set()
    rows = (
        Position.objects.filter(commitment_id__in=seen.values("commitment_id"))
        .filter(left="", requirement=None)
        .values_list("commitment_id", "stage", F("place__code"), F("commitment__decimals"))
        .annotate(quantity=Sum("quantity"), marks=Sum("marks"))
    )
    for number, stage, place, decimals, quantity, marks in rows:
        if stage in stages or stage == "at hub":
            promised = terms[number].place
            at = place or (promised.code if promised else "")
            own = held.setdefault(number, {})
            own[at] = own.get(at, Decimal(0)) + from_parts(int(quantity), decimals)
            unknown |= {number} if marks else set()
        elif stage == "pledged" and (quantity or marks):
            pledged.add(number)
    for number in sorted(terms):
        own = {at: quantity for at, quantity in held.get(number, {}).items() if quantity > 0}
        why = _lacks(terms[number], own, wanted)
        if not own and (number in unknown or number in pledged):
            why = "its quantity is not stated" if number in unknown else "it is pledged only, not committed"
        if why:
            missing.append(NotPlannable(terms[number].commitment.key, terms[number].donor.name, why))
        elif own:
            yield from (_offer(terms[number], at, quantity, wanted) for at, quantity in sorted(own.items()))


def _lacks(terms: Any, own: dict[str, Decimal], wanted: Wanted) -> str:
    """Return what keeps goods from being planned; "" for nothing."""
    if not own:
        return ""
    item, first, until = terms.item, terms.available_from, terms.available_until
    last = wanted.start + timedelta(days=wanted.days - 1)
    reasons = (
        (item is None, "it names no item"),
        (item is not None and item.mass_t is None, f"the mass of one {item and item.unit} of {item} is not known"),
        ("" in own, "it names no place where the goods are"),
        (until is not None and until < wanted.start, f"its window ended on {until}"),
        (first is not None and first > last, f"it is available from {first} only"),
        (terms.condition_state == "open", "a condition of it is open"),
    )
    return next((words for holds, words in reasons if holds), "")


def _offer(terms: Any, at: str, quantity: Decimal, wanted: Wanted) -> dict[str, Any]:
    key, elsewhere = terms.commitment.key, terms.place is None or at != terms.place.code
    names = None
    if terms.only_for is not None:
        known = dict(Party.objects.filter(code__in=terms.only_for).values_list("code", "name"))
        names = tuple(known.get(code, code) for code in terms.only_for)
    return {
        "id": f"{key}{AT}{at}" if elsewhere else key, "donor": terms.donor.name, "item": terms.item.code,
        "quantity": float(quantity), "origin": at,
        "available_from": 0 if terms.available_from is None else _day(terms.available_from, wanted),
        "available_until": wanted.days - 1 if terms.available_until is None else _day(terms.available_until, wanted),
        "recipients": names, "in_storage": bool(terms.in_storage) or elsewhere,
    }  # fmt: skip


def commitment_of(offer: str) -> tuple[str, str]:
    """Return the commitment's key of an offer's id, and the place where its goods stand ("": where promised)."""
    key, _, place = offer.partition(AT)
    return key, place


def _requirements(
    wanted: Wanted, reader: Reader, items: dict[str, Item], missing: list[NotPlannable]
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    rows, accepts = [], []
    met = _met(reader)
    seen = requirements_seen(reader).filter(state="validated").order_by("requirement_id")
    version: Any
    for version in seen.select_related("requirement", "party", "place"):
        quantity = version.quantity - met.get(version.requirement_id, Decimal(0))
        accepted = [(code, float(factor)) for code, factor in version.accepts if code in items]
        if quantity <= 0:
            continue
        why = _cannot_be_served(version, accepted, wanted)
        if why:
            missing.append(NotPlannable(version.requirement.key, version.party.name, why))
            continue
        due = (version.due - wanted.start).days
        grace = (version.grace_days or 0) + min(due, 0)
        first = items[accepted[0][0]].mass_t or 0.0
        weight = version.weight if version.weight is not None else PRIORITY_WORTH.get(version.priority, 10.0) * first
        rows.append(
            {
                "id": version.requirement.key, "recipient": version.party.name, "quantity": float(quantity),
                "destination": version.place.code, "due": min(max(due, 0), wanted.days - 1),
                "grace_days": grace if due < wanted.days else 0, "weight": float(weight), "priority": version.priority,
            }
        )  # fmt: skip
        accepts += [{"requirement": version.requirement.key, "item": code, "factor": factor}
                    for code, factor in accepted]  # fmt: skip
    return rows, accepts


def _cannot_be_served(version: Any, accepted: list[tuple[str, float]], wanted: Wanted) -> str:
    if not accepted:
        return "it accepts no item whose mass is known"
    if version.place is None:
        return "it names no place"
    if version.due is None:
        return "it names no day by which it is due"
    last = version.due + timedelta(days=version.grace_days or 0)
    return f"it was worth nothing after {last}" if last < wanted.start else ""


def _met(reader: Reader) -> dict[int, Decimal]:
    """Return by requirement the units that are allocated to it or further on."""
    positions = Position.objects.filter(stage__in=MET, left="", requirement__isnull=False)
    if not reader.sees_all:
        positions = positions.filter(commitment_id__in=commitments_seen(reader).values("commitment_id"))
    found: dict[int, Decimal] = {}
    rows = positions.values_list("requirement_id", F("commitment__decimals")).annotate(quantity=Sum("quantity"))
    for number, decimals, quantity in rows.order_by():
        found[number] = found.get(number, Decimal(0)) + from_parts(int(quantity), decimals)
    return found
