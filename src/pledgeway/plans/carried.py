"""What adopted plans allocated and what is not handed over yet, each quantity with the way that it is to take."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, NamedTuple

from django.db.models import Sum

from pledgeway.ledger.models import Position
from pledgeway.plans.models import Way

STANDING = ("allocated", "at hub")
"""Stages at which goods that have a requirement can still be planned anew."""
CHUNK = 500
ORDER = ("allocated", "in transit", "at hub")
"""Stages before the hand-over. What leaves last is at the first of them."""


@dataclass(frozen=True)
class Journey:
    """``parts`` of a commitment that take ``legs`` (lanes with dates of departure) to be of use on ``usable``."""

    parts: int
    legs: tuple[tuple[str, date], ...] = ()
    usable: date | None = None


@dataclass(frozen=True)
class Carried:
    """``parts`` of a commitment that stand for a requirement at a stage and place ("": none is recorded)."""

    commitment: int
    decimals: int
    requirement: int
    stage: str
    place: str
    parts: int
    journeys: list[Journey] = field(default_factory=list)


def carried(commitments: Any) -> list[Carried]:
    """Return what of ``commitments`` (their numbers, or a query of them) stands for a requirement before its hand-over.

    What leaves last is what has not left: ways are counted from the last departure back.
    """
    held = Position.objects.filter(
        commitment_id__in=commitments, left="", stage__in=ORDER, requirement__isnull=False, quantity__gt=0
    )
    names = ("commitment_id", "commitment__decimals", "requirement_id", "stage", "place__code")
    rows = held.order_by().values_list(*names).annotate(parts=Sum("quantity"))
    found = [
        Carried(number, decimals, need, stage, place or "", int(parts))
        for number, decimals, need, stage, place, parts in rows
    ]
    found.sort(key=lambda one: (one.commitment, one.requirement, ORDER.index(one.stage), one.place))
    ways: dict[tuple[int, int], list[tuple[str, Journey]]] = {}
    if found:
        for way in _in_order(Way.objects.filter(commitment_id__in=commitments)):
            ways.setdefault((way.commitment_id, way.requirement_id), []).append((way.place, _journey(way)))
    for one in found:
        one.journeys.extend(_last(ways.get((one.commitment, one.requirement), []), one))
    return found


def _journey(way: Way) -> Journey:
    return Journey(way.parts, tuple((lane, date.fromisoformat(day)) for lane, day in way.legs), way.usable)


def _in_order(ways: Iterable[Way]) -> list[Way]:
    """Return ``ways`` in order of departure; of what has no known way, the day of use stands for it."""
    return sorted(ways, key=lambda way: (way.legs[0][1] if way.legs else way.usable.isoformat(), way.pk or 0))


def _last(ways: list[tuple[str, Journey]], one: Carried) -> list[Journey]:
    """Take ``one``'s parts off the end of ``ways`` and return their journeys, in order; the rest has no known way."""
    found: list[Journey] = []
    missing = one.parts
    for at in range(len(ways) - 1, -1, -1):
        place, journey = ways[at]
        if missing <= 0:
            break
        if one.stage == "allocated" and one.place not in ("", place):
            continue
        taken = min(missing, journey.parts)
        missing -= taken
        found.append(replace(journey, parts=taken))
        ways[at] = (place, replace(journey, parts=journey.parts - taken))
    ways[:] = [way for way in ways if way[1].parts > 0]
    return [*([Journey(missing)] if missing else []), *reversed(found)]


class Rewriting(NamedTuple):
    """The last ``standing`` parts of a commitment for a requirement, at a place, go by ``ways`` from now on."""

    commitment: int
    requirement: int
    place: str
    standing: int
    ways: Sequence[Way]


def rewrite(rewritten: Collection[Rewriting]) -> None:
    """Note by which ways goods go from now on. To be called in a transaction."""
    known: dict[tuple[int, int, str], list[Way]] = {}
    for way in _in_order(Way.objects.filter(commitment_id__in={one.commitment for one in rewritten})):
        known.setdefault((way.commitment_id, way.requirement_id, way.place), []).append(way)
    fewer: list[Way] = []
    gone: list[Way] = []
    for one in rewritten:
        standing = one.standing
        for way in reversed(known.get((one.commitment, one.requirement, one.place), [])):
            taken = min(standing, way.parts)
            standing -= taken
            way.parts -= taken
            if taken:
                (fewer if way.parts else gone).append(way)
    Way.objects.bulk_update(fewer, ["parts"], batch_size=CHUNK)
    Way.objects.filter(pk__in=[way.pk for way in gone]).delete()
    Way.objects.bulk_create([way for one in rewritten for way in one.ways])
