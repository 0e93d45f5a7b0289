"""Asking what breaks in a plan, stopping that, and what is known of it. The engine is not loaded here."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.db import transaction

from pledgeway.plans.models import DONE, FAILED, RUNNING, STOPPED, WAITING, Run, Sweep
from pledgeway.plans.waking import enqueue

KINDS = {
    "donor": "each donor gone", "hub": "each port, airport, rail terminal and hub closed", "place": "each place closed",
    "lane": "each lane closed", "mode": "each mode of transport gone", "course": "each course cancelled",
    "half": "all capacities halved",
}  # fmt: skip
"""What may be taken away in turn, in words."""


@dataclass(frozen=True)
class Asked:
    """What a sweep is to find: see :class:`pledgeway.plans.models.Sweep`."""

    kinds: tuple[str, ...] = ("donor", "hub")
    within: float = 0.01
    seconds_each: float = 30.0
    draws: int = 2000
    late: float = 0.1
    days_late: float = 3.0
    lost: float = 0.01
    seed: int = 0


def ask(run: Run, author: str, asked: Asked) -> Sweep:
    """Ask a worker what breaks in the plan of ``run``. What other sweeps of it found is not worked out again."""
    sweep = Sweep(run=run, author=author, created=datetime.now(UTC), digest=run.digest, **{
        name: list(value) if isinstance(value, tuple) else value for name, value in vars(asked).items()
    })  # fmt: skip
    with transaction.atomic():
        sweep.save()
        enqueue(Sweep, sweep.pk)
    return sweep


def go_on(sweep: Sweep) -> None:
    """Ask for what is missing of a sweep that was stopped or failed."""
    with transaction.atomic():
        if Sweep.objects.filter(pk=sweep.pk, state__in=(STOPPED, FAILED)).update(
            state=WAITING, stop_wanted=False, ended=None, message="", tries=0
        ):
            enqueue(Sweep, sweep.pk)


def newest(run: Run) -> Sweep | None:
    """Return the newest sweep of a run."""
    return run.sweeps.order_by("-pk").first() if run.pk else None


def rows(run: Run, name: str) -> list[dict[str, Any]]:
    """Return the rows of one table of what the newest sweep of ``run`` found so far."""
    sweep = newest(run)
    return [] if sweep is None else list(sweep.found.get(name, ()))


def is_under_way(sweep: Sweep | None) -> bool:
    """Return whether more is to come of a sweep."""
    return sweep is not None and sweep.state in (WAITING, RUNNING)


def words(sweep: Sweep) -> str:
    """Return in a sentence how far a sweep has come."""
    counted = (
        f"{sweep.done} of {sweep.wanted} scenarios were planned" if sweep.wanted else "no scenario was planned yet"
    )
    sentence = {
        WAITING: f"It waits for a worker; {counted}.", RUNNING: f"It is being worked out; {counted}.",
        DONE: f"All {sweep.wanted} scenarios were planned.", STOPPED: f"It was stopped; {counted}.",
        FAILED: f"It failed; {counted}.",
    }[sweep.state]  # fmt: skip
    return f"{sentence} {sweep.message}".strip()
