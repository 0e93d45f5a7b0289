"""Asking for a run, stopping it, and what is known of it meanwhile. The engine is not loaded here."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet

from pledgeway.access.deciding import Reader
from pledgeway.planning import plan as plans
from pledgeway.planning.problem import to_dict
from pledgeway.plans.models import DONE, RUNNING, STOPPED, WAITING, Job, Run
from pledgeway.plans.snapshot import Wanted, snapshot
from pledgeway.tables.rows import each_row

SILENT = timedelta(seconds=90)
"""After so long without a sign of life a worker is taken for dead."""


class NothingToPlanError(Exception):
    """A snapshot without any offer or any requirement that can be planned."""


LARGE = ("problem", "not_plannable", "keep", "taken", "found")
"""What a run holds of megabytes: it is read when it is asked for."""


def runs_seen(reader: Reader) -> QuerySet[Run]:
    """Return the runs that ``reader`` may see, without what is LARGE: a coordinator all, others the own ones."""
    rows = Run.objects.defer(*LARGE)
    if reader.sees_all:
        return rows
    return rows.filter(author=reader.name) if reader.role is not None else rows.none()


def part_of(run: Run, name: str) -> Any:
    """Return one part of what ``run`` found, None where it has none; the others are not read."""
    if "found" not in run.get_deferred_fields():
        return run.found.get(name)
    return Run.objects.filter(pk=run.pk).values_list(f"found__{name}", flat=True).first()


def ask(wanted: Wanted, reader: Reader, gap: float, seconds: float, seed: int = 0) -> Run:
    """Take a snapshot of what ``reader`` may see, and ask a worker to plan it.

    Raises NothingToPlanError, saying what is missing.
    """
    from pledgeway.plans.job import plan_run  # noqa: PLC0415 - the job's module belongs to the worker

    taken = snapshot(wanted, reader)
    if not len(taken.problem.offers) or not len(taken.problem.requirements):
        what = "offer" if not len(taken.problem.offers) else "need"
        raise NothingToPlanError(
            f"There is no {what} that can be planned from {wanted.start}: {len(taken.not_plannable)} rows lack "
            "something, such as a place, a mass or a window that is still open."
        )
    run = Run(
        name=wanted.name, author=reader.name, created=datetime.now(UTC), start=wanted.start, days=wanted.days,
        transport_weight=wanted.transport_weight, pledged_too=wanted.pledged_too, gap_wanted=gap,
        seconds_wanted=seconds, seed=seed, batch=taken.batch, digest=taken.digest,
        problem=json.dumps(to_dict(taken.problem), ensure_ascii=False),
        not_plannable=[list(one) for one in taken.not_plannable], change_weight=wanted.change_weight,
        keep=plans.to_dict(plans.Plan(wanted.name, 0.0, 0.0, taken.keep))["movements"],
        taken=[list(row) for row in each_row(taken.problem.taken)],
    )  # fmt: skip
    with transaction.atomic():
        run.save()
        plan_run.enqueue(run.pk)
    return run


def again(run: Run, author: str) -> Run:
    """Ask for the same snapshot to be planned again, with the same seed and the same limits."""
    from pledgeway.plans.job import plan_run  # noqa: PLC0415 - the job's module belongs to the worker

    fields = ("name", "start", "days", "transport_weight", "pledged_too", "gap_wanted", "seconds_wanted", "seed",
              "batch", "digest", "problem", "not_plannable", "keep", "change_weight", "taken")  # fmt: skip
    copy = Run(author=author, created=datetime.now(UTC), **{name: getattr(run, name) for name in fields})
    with transaction.atomic():
        copy.save()
        plan_run.enqueue(copy.pk)
    return copy


def want_stop(job: Job) -> None:
    """Ask the worker to end with the best it has so far; what has not begun is ended at once."""
    same = type(job)._default_manager.filter(pk=job.pk)
    same.filter(state=WAITING).update(
        state=STOPPED, stop_wanted=True, ended=datetime.now(UTC), message="Stopped before it began."
    )
    same.filter(state=RUNNING).update(stop_wanted=True)


def silent() -> Q:
    """Return the condition of jobs whose worker has given no sign of life for SILENT."""
    since = datetime.now(UTC) - SILENT
    return Q(state=RUNNING) & (Q(seen__lt=since) | Q(seen=None, began__lt=since))


def silence(run: Run) -> int:
    """Return for how many seconds the worker of a run that is under way has given no sign of life; 0 for others."""
    last = run.seen or run.began
    return 0 if run.state != RUNNING or last is None else int((datetime.now(UTC) - last).total_seconds())


def has_plan(run: Run) -> bool:
    """Return whether there is a plan to look at."""
    if run.state not in (DONE, STOPPED):
        return False
    if "found" in run.get_deferred_fields():  # megabytes, which nobody reads to know that there are any
        return Run.objects.filter(pk=run.pk).exclude(found={}).exists()
    return bool(run.found)
