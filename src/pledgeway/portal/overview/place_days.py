"""What a place handles day by day: as the ledger recorded it, and as the latest plan that may be seen has it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date, timedelta
from typing import Any

from pledgeway.access.deciding import Reader
from pledgeway.ledger.kept_balances import moved_at
from pledgeway.pictures.place_load import LoadDay
from pledgeway.plans import running
from pledgeway.plans.models import DONE, STOPPED, Run
from pledgeway.registry.models import Place

BEFORE, AHEAD = 28, 28
"""How many days before and from today are told."""
NOT_MOVED = ("pledged", "committed", "allocated")
"""Stages at which what comes to a place has not been carried there."""


def latest_plan(reader: Reader) -> Run | None:
    """Return the latest run with a plan that ``reader`` may see."""
    rows = running.runs_seen(reader).filter(state__in=(DONE, STOPPED)).exclude(found={})
    return rows.order_by("-pk").first()


def load(place: Place, reader: Reader, run: Run | None, stored_now: float, today: date) -> list[LoadDay]:
    """Return BEFORE days of the ledger and AHEAD days of ``run``; ``stored_now`` are the tonnes there today."""
    since = today - timedelta(days=BEFORE)
    arrivals, departures = (moved_at(place.pk, end, reader, since, today) for end in ("target", "source"))
    arriving = _by_day(arrivals, [stage for stage, _ in arrivals if stage not in NOT_MOVED])
    departing = _by_day(departures, [stage for stage, _ in departures])
    came, left = _by_day(arrivals, ["at hub"]), _by_day(departures, ["at hub"])
    days: list[LoadDay] = []
    stored = stored_now
    for back in range(BEFORE):
        day = today - timedelta(days=back + 1)
        days.append(LoadDay(day, arriving.get(day, 0.0), departing.get(day, 0.0), max(0.0, stored)))
        stored += left.get(day, 0.0) - came.get(day, 0.0)
    planned = {} if run is None else _planned(place, run)
    ahead = [today + timedelta(days=k) for k in range(AHEAD)]
    return days[::-1] + [LoadDay(day, *planned.get(day, (0.0, 0.0, None)), planned=True) for day in ahead]


def _by_day(moved: Mapping[tuple[str, date], float], stages: Collection[str]) -> dict[date, float]:
    found: dict[date, float] = {}
    for (stage, day), tonnes in moved.items():
        if stage in stages:
            found[day] = found.get(day, 0.0) + tonnes
    return found


def _planned(place: Place, run: Run) -> dict[date, tuple[float, float, float | None]]:
    """Return what a run plans at a place: arriving, departing and overnight tonnes by day."""
    rows: list[Any] = (running.part_of(run, "place_days") or {}).get(place.code, [])
    return {run.start + timedelta(days=int(row[0])): (row[1], row[2], row[3]) for row in rows}
