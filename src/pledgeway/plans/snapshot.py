"""The record's present state as a planning problem.

Goods that stand at committed are offers where they stand, and so are goods at a hub that no requirement has; what a
validated need lacks of what it asked for is a requirement. What is allocated, there or at a hub, is offered again and
needed again, and kept together at the cost of a change. What is under way, or held to its need by a desk that declined
to give it back, counts as met and takes what the rest of its way needs of lanes, handling, storage and seats.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, NamedTuple

from django.db.models import F, Sum

from pledgeway.access.deciding import Reader
from pledgeway.accounts.quantities import from_parts
from pledgeway.ledger.models import Batch, Position
from pledgeway.ledger.seen import commitments_seen, requirements_seen
from pledgeway.planning.plan import Movement
from pledgeway.planning.problem import Problem, digest, table
from pledgeway.plans import network
from pledgeway.plans.carried import STANDING, Carried, Journey, carried
from pledgeway.plans.reserving import Held, crewed, leg_days, reserve
from pledgeway.registry.models import Item, Lane, Party, Place
from pledgeway.registry.readers import who_stands_for
from pledgeway.tables.planning import PRIORITY_WORTH

OFFERED = frozenset({"committed"})
MET = ("allocated", "in transit", "at hub", "delivered", "received")
NOBODY = "the party that it is promised to is not among those that alone may have it"
AT = " @ "
"""Between a commitment's key and a place, in the id of an offer of goods that stand elsewhere than promised."""


class NotPlannable(NamedTuple):
    """A commitment or requirement that is no part of the problem, its party, and what is missing, in words."""

    key: str
    party: str
    why: str


@dataclass(frozen=True)
class Snapshot:
    """A problem, what of the record is left out of it, the last batch that it knows, and the problem's digest.

    ``keep`` are the movements of what is allocated already; without legs where its way is not known or cannot be.
    """

    problem: Problem
    not_plannable: list[NotPlannable]
    batch: int
    keep: tuple[Movement, ...] = ()

    @property
    def digest(self) -> str:
        """The SHA-256 of the problem's canonical JSON."""
        return digest(self.problem)


@dataclass(frozen=True)
class Wanted:
    """What is to be planned: from which day, how many days, what transport costs; whether mere pledges count too.

    ``excluded`` are pairs (commitment, requirement) that a desk wants left as they are. ``change_weight`` are the
    points that taking back one allocation costs; None: a tenth of what one is worth on average.
    """

    start: date
    days: int = 90
    transport_weight: float = 0.0
    pledged_too: bool = False
    excluded: Collection[tuple[str, str]] = ()
    name: str = "the record"
    change_weight: float | None = None


def snapshot(wanted: Wanted, reader: Reader) -> Snapshot:
    """Return the problem of what ``reader`` may see of the record."""
    last = Batch.objects.order_by("-number").first()
    missing: list[NotPlannable] = []
    items = list(Item.objects.filter(mass_t__isnull=False).order_by("pk"))
    going = _going(wanted, reader, {item.code for item in items})
    offers = list(_offers(wanted, reader, going, missing))
    requirements, accepts = _requirements(wanted, reader, going, {item.code: item for item in items}, missing)
    needed, excluded = {row["id"] for row in requirements}, dict[str, list[str]]()
    for commitment, requirement in sorted(set(wanted.excluded)):
        excluded.setdefault(commitment, []).append(requirement)
    lanes = Lane.objects.order_by("pk").select_related()
    problem = Problem(
        name=wanted.name,
        days=wanted.days,
        transport_weight=wanted.transport_weight,
        start_date=wanted.start,
        places=table("places", [network.place_row(place) for place in Place.objects.order_by("pk")]),
        lanes=table("lanes", [network.lane_row(lane, wanted.start) for lane in lanes]),
        exceptions=table("exceptions", network.closure_rows(wanted.start, wanted.days)),
        items=table("items", [network.item_row(item) for item in items]),
        offers=table("offers", offers),
        requirements=table("requirements", requirements),
        accepts=table("accepts", accepts),
        courses=table("courses", network.course_rows(wanted.start, wanted.days)),
        pins=table("pins", [
            {"offer": row["id"], "requirement": requirement, "kind": "forbidden"}
            for row in offers for requirement in excluded.get(commitment_of(row["id"])[0], ())
            if requirement in needed
        ]),
    )  # fmt: skip
    keep = tuple(_movements(going, problem))
    problem = crewed(reserve(problem, going.held), table("courses", network.begun_rows(wanted.start)), going.held, keep)
    return Snapshot(problem, missing, last.number if last else 0, keep)


@dataclass
class _Going:
    """Promises and needs that are seen, by number, where each lane begins, and what goes from the one to the other.

    ``anew`` is offered again, each with the place where it stands; of this, ``kept`` is needed again. ``held`` stays
    as it is.
    """

    terms: dict[int, Any]
    needs: dict[int, Any]
    origins: dict[str, str]
    anew: list[tuple[Carried, str]] = field(default_factory=list)
    kept: list[tuple[Carried, str]] = field(default_factory=list)
    held: list[Held] = field(default_factory=list)
    parties: dict[str, str] = field(default_factory=lambda: dict(Party.objects.values_list("code", "name")))
    open_to: dict[tuple[str, ...], tuple[str, ...]] = field(default_factory=dict)

    def recipients(self, terms: Any) -> tuple[str, ...] | None:
        """Return the codes of the parties that may have what is promised by ``terms``; None for any.

        Those are whom it is promised to by name, as far as they are among those that alone may have it.
        """
        promised = self._standing_for((terms.recipient.code,)) if terms.recipient else None
        alone = self._standing_for(tuple(terms.only_for)) if terms.only_for is not None else None
        if promised is None or alone is None:
            return promised or alone
        return tuple(code for code in alone if code in promised)

    def may_have(self, party: str, terms: Any) -> bool:
        """Return whether a party may have what is promised by ``terms``."""
        allowed = self.recipients(terms)
        return allowed is None or party in allowed

    def _standing_for(self, codes: tuple[str, ...]) -> tuple[str, ...]:
        if codes not in self.open_to:
            every = (one for code in codes for one in (code, *sorted(who_stands_for(code))))
            self.open_to[codes] = tuple(dict.fromkeys(every))
        return self.open_to[codes]

    def hold(self, one: Carried, at: str) -> None:
        """Leave ``one``, which stands at the place ``at``, as it is."""
        item, left = self.terms[one.commitment].item, one.stage == "in transit"
        if item is not None and item.mass_t is not None:
            self.held += [
                Held(item.code, float(from_parts(part.parts, one.decimals)), self.onward(part, at, one), left)
                for part in one.journeys
            ]

    def onward(self, part: Journey, at: str, one: Carried) -> Journey:
        """Return what is left of a journey from a hub on; of goods that stand elsewhere all of it."""
        if one.stage != "at hub":
            return part
        rest = next((part.legs[k:] for k, (lane, _) in enumerate(part.legs) if self.origins.get(lane) == at), ())
        return replace(part, legs=rest)


def _going(wanted: Wanted, reader: Reader, weighed: Collection[str]) -> _Going:
    seen = commitments_seen(reader).filter(commitment__kind="goods")
    terms = {one.commitment_id: one for one in seen.select_related("commitment", "donor", "recipient", "item", "place")}
    versions = requirements_seen(reader).select_related("requirement", "party", "place").order_by("requirement_id")
    origins = dict(Lane.objects.values_list("code", "origin__code"))
    going, excluded = _Going(terms, {one.requirement_id: one for one in versions}, origins), set(wanted.excluded)
    for one in carried(seen.values("commitment_id")):
        own, need = going.terms[one.commitment], going.needs.get(one.requirement)
        at = one.place or (own.place.code if own.place else "")
        if need is None:
            continue  # a reader who does not see the need is told nothing of the way there
        again = (
            one.stage in STANDING and not lack_of(own, at, wanted)
            and (own.commitment.key, need.requirement.key) not in excluded
        )  # fmt: skip
        if again and need.state == "withdrawn":
            going.anew.append((one, at))
        elif again and _takes(need, own, weighed, wanted) and going.may_have(need.party.code, own):
            going.anew.append((one, at))
            going.kept.append((one, at))
        else:
            going.hold(one, at)
    return going


def _takes(need: Any, own: Any, weighed: Collection[str], wanted: Wanted) -> bool:
    """Return whether the planner can bring goods of the terms ``own`` to a requirement."""
    accepted = [(code, float(factor)) for code, factor in need.accepts if code in weighed]
    return (
        need.state == "validated" and own.item.code in dict(accepted)
        and not cannot_be_served(need, accepted, wanted)
    )  # fmt: skip


def _movements(going: _Going, problem: Problem) -> Iterable[Movement]:
    """Yield how what is allocated was to move: without legs where these are in the past, gone or beyond the last day.

    What is allocated to a withdrawn need is among them: no plan can keep it.
    """
    assert problem.start_date is not None
    known = set(problem.lanes["id"])
    for one, at in going.anew:
        terms, need = going.terms[one.commitment], going.needs[one.requirement]
        for part in one.journeys:
            journey = going.onward(part, at, one)
            legs = leg_days(journey, problem.start_date)
            usable = 0 if journey.usable is None else (journey.usable - problem.start_date).days
            fits = usable < problem.days and all(leg.lane in known and leg.departs >= 0 for leg in legs)
            yield Movement(
                _id(terms, at), need.requirement.key, float(from_parts(part.parts, one.decimals)),
                legs if fits else (), min(max(0, usable), problem.days - 1),
            )  # fmt: skip


def _offers(wanted: Wanted, reader: Reader, going: _Going, missing: list[NotPlannable]) -> Iterable[dict[str, Any]]:
    stages = OFFERED | ({"pledged"} if wanted.pledged_too else frozenset())
    seen, terms = commitments_seen(reader).filter(commitment__kind="goods"), going.terms
    held: dict[int, dict[str, Decimal]] = {}
    for one, at in going.anew:
        own = held.setdefault(one.commitment, {})
        own[at] = own.get(at, Decimal(0)) + from_parts(one.parts, one.decimals)
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
        allowed = going.recipients(terms[number])
        lacks = {at: NOBODY if allowed == () else lack_of(terms[number], at, wanted) for at in sorted(own)}
        why = next(filter(None, lacks.values()), "")
        if not own and (number in unknown or number in pledged):
            why = "its quantity is not stated" if number in unknown else "it is pledged only, not committed"
        if why:
            missing.append(NotPlannable(terms[number].commitment.key, terms[number].donor.name, why))
        names = None if allowed is None else tuple(going.parties.get(code, code) for code in allowed)
        yield from (_offer(terms[number], at, own[at], wanted, names) for at in lacks if not lacks[at])


def lack_of(terms: Any, at: str, wanted: Wanted) -> str:
    """Return what keeps goods that stand at the place ``at`` from being planned; "" for nothing."""
    item, (first, until) = terms.item, _window(terms, at)
    last = wanted.start + timedelta(days=wanted.days - 1)
    reasons = (
        (item is None, "it names no item"),
        (item is not None and item.mass_t is None, f"the mass of one {item and item.unit} of {item} is not known"),
        (not at, "it names no place where the goods are"),
        (until is not None and until < wanted.start, f"its window ended on {until}"),
        (first is not None and first > last, f"it is available from {first} only"),
        (terms.condition_state == "open", "a condition of it is open"),
    )
    return next((words for holds, words in reasons if holds), "")


def _window(terms: Any, at: str) -> tuple[date | None, date | None]:
    """Return from when until when goods at the place ``at`` may leave; what left its origin may at any time."""
    gone = terms.place is not None and at != terms.place.code
    return (None, None) if gone else (terms.available_from, terms.available_until)


def _offer(
    terms: Any, at: str, quantity: Decimal, wanted: Wanted, recipients: tuple[str, ...] | None
) -> dict[str, Any]:
    elsewhere = terms.place is None or at != terms.place.code
    first, until = _window(terms, at)
    return {
        "id": _id(terms, at), "donor": terms.donor.name, "item": terms.item.code,
        "quantity": float(quantity), "origin": at,
        "available_from": network.day_of(first or wanted.start, wanted.start, wanted.days),
        "available_until": network.day_of(until or date.max, wanted.start, wanted.days),
        "recipients": recipients, "in_storage": bool(terms.in_storage) or elsewhere,
    }  # fmt: skip


def _id(terms: Any, at: str) -> str:
    """Return the id of an offer of goods that stand at the place ``at``."""
    here = terms.place is not None and at == terms.place.code
    return str(terms.commitment.key) if here else f"{terms.commitment.key}{AT}{at}"


def commitment_of(offer: str) -> tuple[str, str]:
    """Return the commitment's key of an offer's id, and the place where its goods stand ("": where promised)."""
    key, _, place = offer.partition(AT)
    return key, place


def _requirements(
    wanted: Wanted, reader: Reader, going: _Going, items: dict[str, Item], missing: list[NotPlannable]
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    rows, accepts = [], []
    met = _met(reader)
    for one, _ in going.kept:
        met[one.requirement] -= from_parts(one.parts, one.decimals)
    for version in going.needs.values():
        if version.state != "validated":
            continue
        quantity = version.quantity - met.get(version.requirement_id, Decimal(0))
        accepted = [(code, float(factor)) for code, factor in version.accepts if code in items]
        if quantity <= 0:
            continue
        why = cannot_be_served(version, accepted, wanted)
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


def cannot_be_served(version: Any, accepted: list[tuple[str, float]], wanted: Wanted) -> str:
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
