"""Places, lanes, closures, items and courses of the registry as tables of a problem."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from pledgeway.planning.sailing import sailing_from
from pledgeway.registry.models import Closure, Course, Item, Lane, Place


def place_row(place: Place) -> dict[str, Any]:
    """Return a place as a row of a problem."""
    names = ("name", "kind", "lat", "lon", "storage_t", "handling_t_per_day")
    return {"id": place.code, "country": place.country or None} | {name: getattr(place, name) for name in names}


def item_row(item: Item) -> dict[str, Any]:
    """Return an item as a row of a problem."""
    names = ("name", "mass_t", "divisible", "seats_per_unit")
    return {"id": item.code, "training": item.training or None} | {name: getattr(item, name) for name in names}


def lane_row(lane: Lane, start: date) -> dict[str, Any]:
    """Return a lane as a row of a problem that begins on ``start``."""
    names = ("mode", "transit_days", "capacity_t_per_day", "cost_per_t")
    return {
        "id": lane.code, "origin": lane.origin.code, "destination": lane.destination.code,
        "sailing_days": sailing_from(lane.sailing_days, lane.sailing_start or start, start) or None,
    } | {name: getattr(lane, name) for name in names}  # fmt: skip


def closure_rows(start: date, days: int) -> list[dict[str, Any]]:
    """Return the closures within the days of a problem, as exceptions."""
    last = start + timedelta(days=days - 1)
    rows = Closure.objects.filter(last_day__gte=start, first_day__lte=last).select_related("lane")
    return [
        {
            "lane": row.lane.code, "capacity_t_per_day": row.capacity_t_per_day, "note": row.note or None,
            "first_day": day_of(row.first_day, start, days), "last_day": day_of(row.last_day, start, days),
        }
        for row in rows.order_by("pk")
    ]  # fmt: skip


def course_rows(start: date, days: int) -> list[dict[str, Any]]:
    """Return the courses that have yet to begin."""
    last = start + timedelta(days=days - 1)
    return [course_row(row, start) for row in Course.objects.filter(start__gte=start, start__lte=last).order_by("pk")]


def begun_rows(start: date) -> list[dict[str, Any]]:
    """Return the courses that began before ``start``, their days below 0."""
    return [course_row(row, start) for row in Course.objects.filter(start__lt=start).order_by("pk")]


def course_row(row: Course, start: date) -> dict[str, Any]:
    """Return a course as a row of a problem that begins on ``start``."""
    return {"id": row.code, "training": row.training, "start": (row.start - start).days,
            "duration_days": row.duration_days, "seats": row.seats}  # fmt: skip


def day_of(day: date, start: date, days: int) -> int:
    """Return a date as a day of the horizon, the first or the last where it lies outside."""
    return min(max((day - start).days, 0), days - 1)
