"""Signs of life of what a worker does, and what becomes of it when the worker dies: another worker takes it up."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from django.db import Error, connection, transaction
from django.db.models import F, Q, QuerySet
from django_tasks import TaskResultStatus
from django_tasks_db.models import DBTaskResult

from pledgeway.plans.models import FAILED, RUNNING, WAITING, Job, Run, Sweep
from pledgeway.plans.repeating import every
from pledgeway.plans.running import SILENT, silent

MOST_TRIES = 3
"""So many workers may die of a job before it is given up."""
SECONDS_BETWEEN_SIGNS, SECONDS_BETWEEN_LOOKS = 5.0, 15.0
KEPT: dict[type[Run | Sweep], str] = {
    Run: "Its worker ended without a word; it is planned again from its snapshot.",
    Sweep: "Its worker ended without a word; what it found is kept.",
}


def begin(kind: type[Run | Sweep], number: int) -> bool:
    """Take up the job with this number for this worker; return False where it does not wait for one any more."""
    now = datetime.now(UTC)
    waiting = kind._default_manager.filter(pk=number, state=WAITING)
    return waiting.update(state=RUNNING, began=now, seen=now, tries=F("tries") + 1) > 0


def own(job: Run | Sweep) -> QuerySet[Any]:
    """Return the job as long as it is this worker's: one that was taken for dead and lives writes nothing more."""
    return type(job)._default_manager.filter(pk=job.pk, state=RUNNING, tries=job.tries, began=job.began)


@contextmanager
def beating(job: Run | Sweep) -> Iterator[None]:
    """Give a sign of life now and then, however long one step of ``job`` takes."""
    with every(SECONDS_BETWEEN_SIGNS, _tried(lambda: own(job).update(seen=datetime.now(UTC)))):
        yield


@contextmanager
def looking(seconds: float = SECONDS_BETWEEN_LOOKS) -> Iterator[None]:
    """Look now, and every so many seconds, for jobs whose worker died."""
    wake_the_silent()
    with every(seconds, _tried(wake_the_silent)):
        yield


def wake_the_silent() -> int:
    """Let jobs that nobody works at any more wait for another worker; return how many do.

    Those are jobs whose worker has given no sign of life for SILENT, and jobs that wait though no worker is asked for
    them: one took them and died before it began. One that ended with its worker again and again is marked as failed.
    """
    woken = 0
    for kind, message in KEPT.items():
        for job in _left(kind):
            own = kind._default_manager.filter(silent() if job.state == RUNNING else Q(state=WAITING),
                                               pk=job.pk, tries=job.tries)  # fmt: skip
            if job.tries >= MOST_TRIES:
                own.update(state=FAILED, ended=datetime.now(UTC),
                           message=f"Its worker ended {job.tries} times without a word. Ask for it again.")  # fmt: skip
                continue
            taken = job.tries + (job.state == WAITING)
            with transaction.atomic():
                if own.update(state=WAITING, message=message, tries=taken):
                    enqueue(kind, job.pk)
                    woken += 1
    return woken


def _left(kind: type[Run | Sweep]) -> list[Job]:
    """Return the jobs that are silent, or wait and are neither in the queue nor were taken from it within SILENT."""
    jobs = list(kind._default_manager.filter(silent() | Q(state=WAITING)).only("pk", "state", "tries"))
    if all(job.state != WAITING for job in jobs):
        return jobs
    taken = Q(status=TaskResultStatus.RUNNING, started_at__gte=datetime.now(UTC) - SILENT)
    asked = DBTaskResult.objects.filter(Q(status=TaskResultStatus.READY) | taken, task_path=_task(kind).module_path)
    numbers = {said["args"][0] for said in asked.values_list("args_kwargs", flat=True)}
    return [job for job in jobs if job.state != WAITING or job.pk not in numbers]


def enqueue(kind: type[Run | Sweep], number: int) -> None:
    """Ask a worker for the job with this number."""
    _task(kind).enqueue(number)


def _task(kind: type[Run | Sweep]) -> Any:
    from pledgeway.plans.job import plan_run  # noqa: PLC0415 - the jobs' modules belong to the worker
    from pledgeway.plans.stress_job import stress_run  # noqa: PLC0415

    return plan_run if kind is Run else stress_run


def _tried(act: Callable[[], object]) -> Callable[[], None]:
    """Return ``act`` for a thread: what the database cannot do now is done the next time."""

    def once() -> None:
        try:
            act()
        except Error as failure:
            print(f"The database did not answer: {failure}", flush=True)
        finally:
            connection.close()

    return once
