"""What a place handles day by day: as the ledger recorded it, and as the latest plan that may be seen has it."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django.db.models import Sum

from pledgeway.access.deciding import Reader
from pledgeway.ledger.models import CommitmentTerms
from pledgeway.ledger.seen import latest, postings_seen
from pledgeway.pictures.place_load import LoadDay
from pledgeway.plans import running
from pledgeway.plans.models import DONE, STOPPED, Run
from pledgeway.registry.models import Place

BEFORE, AHEAD = 28, 28
"""How many days before and from today are told."""


def latest_plan(reader: Reader) -> Run | None:
    """Return the latest run with a plan that ``reader`` may see."""
    return running.runs_seen(reader).filter(state__in=(DONE, STOPPED)).exclude(found={}).order_by("-pk").first()


def load(place: Place, reader: Reader, run: Run | None, stored_now: float, today: date) -> list[LoadDay]:
    """Return BEFORE days of the ledger and AHEAD days of ``run``; ``stored_now`` are the tonnes there today."""
    arriving, departing = (_moved(place, end, reader, today) for end in ("target", "source"))
    came, left = (_moved(place, end, reader, today, "at hub") for end in ("target", "source"))
    days: list[LoadDay] = []
    stored = stored_now
    for back in range(BEFORE):
        day = today - timedelta(days=back + 1)
        days.append(LoadDay(day, arriving.get(day, 0.0), departing.get(day, 0.0), max(0.0, stored)))
        stored += left.get(day, 0.0) - came.get(day, 0.0)
    planned = {} if run is None else _planned(place, run)
    ahead = [today + timedelta(days=k) for k in range(AHEAD)]
    return days[::-1] + [LoadDay(day, *planned.get(day, (0.0, 0.0, None)), planned=True) for day in ahead]


def _moved(place: Place, end: str, reader: Reader, today: date, stage: str = "") -> dict[date, float]:
    """Return the tonnes by day that came to a place (target) or left it (source), of one ``stage`` there or of any."""
    other = "source" if end == "target" else "target"
    rows = list(
        postings_seen(reader)
        .filter(**{f"{end}__place": place}, day__gte=today - timedelta(days=BEFORE), day__lt=today)
        .exclude(**{f"{other}__place": place})
        .filter(**({f"{end}__stage": stage} if stage else {}))
        .exclude(**({f"{end}__stage__in": ("pledged", "committed", "allocated")} if end == "target" else {}))
        .order_by()
        .values_list("commitment_id", "commitment__decimals", "day")
        .annotate(all=Sum("quantity"))
    )
    terms = latest(CommitmentTerms, "commitment").filter(commitment_id__in={row[0] for row in rows})
    mass_of = dict(terms.values_list("commitment_id", "item__mass_t"))
    found: dict[date, float] = {}
    for number, decimals, day, parts in rows:
        tonnes = (mass_of.get(number) or 0.0) * float(parts) * 0.1**decimals
        found[day] = found.get(day, 0.0) + tonnes
    return found


def _planned(place: Place, run: Run) -> dict[date, tuple[float, float, float | None]]:
    """Return what a run plans at a place: arriving, departing and overnight tonnes by day."""
    rows: list[Any] = run.found.get("place_days", {}).get(place.code, [])
    return {run.start + timedelta(days=int(row[0])): (row[1], row[2], row[3]) for row in rows}
