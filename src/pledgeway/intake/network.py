"""The network of a planning problem into the registry: places, lanes with their closures, items and courses."""

from __future__ import annotations

import math
from datetime import date, timedelta
from typing import Any

from pledgeway.planning.problem import Problem
from pledgeway.registry.changing import change
from pledgeway.registry.models import Closure, Course, Item, ItemAlias, Lane, Place, folded
from pledgeway.tables.rows import each_row

UNIT = "unit"
DIVISIBLE_DECIMALS = 6


def record_network(problem: Problem, start: date, author: str) -> int:
    """Record what ``problem``, whose day 0 is ``start``, says of the network; return how many fields changed."""
    changed = _places(problem, author) + _items(problem, author)
    return changed + _lanes(problem, start, author) + _courses(problem, start, author)


def _places(problem: Problem, author: str) -> int:
    known = Place.objects.in_bulk(list(problem.places["id"]), field_name="code")
    changed = 0
    for row in each_row(problem.places):
        place = known.get(row.id) or Place(code=row.id)
        values = {"name": row.name or row.id, "kind": row.kind, "country": row.country or ""}
        values |= {name: known_number(getattr(row, name)) for name in ("lat", "lon", "storage_t", "handling_t_per_day")}
        changed += len(change(place, values, author))
    return changed


def _items(problem: Problem, author: str) -> int:
    known = Item.objects.in_bulk(list(problem.items["id"]), field_name="code")
    fractional = {row.item for row in each_row(problem.offers) if not float(row.quantity).is_integer()}
    changed = 0
    for row in each_row(problem.items):
        item = known.get(row.id)
        if item is None:
            decimals = DIVISIBLE_DECIMALS if row.divisible or row.id in fractional else 0
            item = Item(code=row.id, unit=UNIT, decimals=decimals)
        values = {
            "name": row.name or row.id, "mass_t": float(row.mass_t), "divisible": bool(row.divisible),
            "training": row.training or "", "seats_per_unit": float(row.seats_per_unit),
        }  # fmt: skip
        changed += len(change(item, values, author))
        for name in {folded(row.id): row.id, folded(item.name): item.name}.items():
            ItemAlias.objects.get_or_create(key=name[0], defaults={"item": item, "name": name[1]})
    return changed


def _lanes(problem: Problem, start: date, author: str) -> int:
    lanes = Lane.objects.select_related("origin", "destination")
    known = lanes.in_bulk(list(problem.lanes["id"]), field_name="code")
    places = Place.objects.in_bulk(list(problem.places["id"]), field_name="code")
    changed = 0
    for row in each_row(problem.lanes):
        values = {
            "origin": places[row.origin], "destination": places[row.destination], "mode": row.mode,
            "transit_days": int(row.transit_days), "capacity_t_per_day": float(row.capacity_t_per_day),
            "cost_per_t": float(row.cost_per_t), "sailing_days": row.sailing_days or "",
            "sailing_start": start if row.sailing_days else None,
        }  # fmt: skip
        known[row.id] = lane = known.get(row.id) or Lane(code=row.id)
        changed += len(change(lane, values, author))
    return changed + _closures(problem, start, known)


def _closures(problem: Problem, start: date, lanes: dict[str, Lane]) -> int:
    """Let the lanes' closures be those of ``problem``; return how many came or went."""
    wanted = [
        (lanes[row.lane].pk, start + timedelta(days=int(row.first_day)), start + timedelta(days=int(row.last_day)),
         float(row.capacity_t_per_day), row.note or "")
        for row in each_row(problem.exceptions)
    ]  # fmt: skip
    names = ("lane_id", "first_day", "last_day", "capacity_t_per_day", "note")
    own = Closure.objects.filter(lane_id__in=[lane.pk for lane in lanes.values()])
    present: dict[Any, int] = {row[1:]: row[0] for row in own.values_list("pk", *names)}
    gone = [number for key, number in present.items() if key not in set(wanted)]
    Closure.objects.filter(pk__in=gone).delete()
    new = [dict(zip(names, row, strict=True)) for row in wanted if row not in present]
    Closure.objects.bulk_create(Closure(**row) for row in new)
    return len(gone) + len(new)


def _courses(problem: Problem, start: date, author: str) -> int:
    known = Course.objects.in_bulk(list(problem.courses["id"]), field_name="code")
    changed = 0
    for row in each_row(problem.courses):
        values = {
            "training": row.training, "start": start + timedelta(days=int(row.start)),
            "duration_days": int(row.duration_days), "seats": int(row.seats),
        }  # fmt: skip
        changed += len(change(known.get(row.id) or Course(code=row.id), values, author))
    return changed


def known_number(value: float) -> float | None:
    """Return a number, or None for one that is not stated."""
    return None if value is None or math.isnan(value) else float(value)
