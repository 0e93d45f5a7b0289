"""What a killed worker planned is planned by another; a killed adoption or answer leaves nothing half-written."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import count
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from django_tasks_db.models import DBTaskResult

from pledgeway.access.deciding import system
from pledgeway.access.roles import Role
from pledgeway.accounts.moves import Move, Position
from pledgeway.accounts.stages import Act
from pledgeway.intake.workbook import import_problem
from pledgeway.ledger.audit import audit_ledger
from pledgeway.ledger.models import Batch, Commitment, Requirement
from pledgeway.ledger.posting import Draft, post
from pledgeway.plans import adopting, answering, running
from pledgeway.plans.models import DONE, RUNNING, WAITING, Job, Proposal, Run, RunFile, Way
from pledgeway.plans.waking import looking, wake_the_silent
from tests.databases import ENGINES, fresh
from tests.ledger.promises import day
from tests.plans.test_keeping import CELL, SOON, START, WANTED, allocated, desk, vans
from tests.processes import ends_with, in_a_process, killed_at, wait_for_the_server

WORK = "import django; django.setup(); from pledgeway.plans.job import plan_run; plan_run.call({})"
DEAD = -9


@pytest.fixture(params=ENGINES)
def url(request: pytest.FixtureRequest) -> Iterator[str]:
    with fresh(request.param) as address:
        import_problem(vans(), "vans.json", "0" * 64)
        yield address


@pytest.mark.parametrize("phase", ["", "writing the report"])
def test_a_run_whose_worker_is_killed_while_it_plans_is_planned_by_one_that_is_there(url: str, phase: str) -> None:
    run = running.ask(WANTED, CELL, gap=0.0, seconds=20)
    worker = subprocess.Popen([sys.executable, "-c", WORK.format(run.pk)], env={**os.environ, "DATABASE_URL": url})
    until = time.monotonic() + 120
    while not Run.objects.filter(pk=run.pk, state=RUNNING, phase=phase).exists():
        assert time.monotonic() < until, "it never came so far"
        assert worker.poll() is None, "it ended before it was killed"
        time.sleep(0.002)
    worker.kill()
    worker.wait()
    run.refresh_from_db()
    assert (run.state, run.found, RunFile.objects.count(), running.has_plan(run)) == (RUNNING, {}, 0, False)
    assert wake_the_silent() == 0  # a moment ago it was alive
    work_until_done(run)
    assert (run.tries, RunFile.objects.count(), running.has_plan(run)) == (2, 3, True)


def test_a_run_whose_worker_is_killed_between_taking_it_and_beginning_it_is_planned_by_another(url: str) -> None:
    assert url
    run = running.ask(WANTED, CELL, gap=0.0, seconds=20)

    def take_and_die() -> int:
        def die(execute: Any, sql: str, *more: Any) -> Any:
            if sql.startswith('UPDATE "plans_run"'):
                os.kill(os.getpid(), signal.SIGKILL)
            return execute(sql, *more)

        with connection.execute_wrapper(die):
            call_command("db_worker", batch=True, interval=0, startup_delay=False)
        return 0

    assert ends_with(in_a_process(take_and_die)) == DEAD
    wait_for_the_server()
    run.refresh_from_db()
    assert (run.state, DBTaskResult.objects.get().status) == (WAITING, "RUNNING")
    assert wake_the_silent() == 0  # its worker may be about to begin
    DBTaskResult.objects.update(started_at=datetime.now(UTC) - timedelta(hours=1))
    assert [wake_the_silent(), wake_the_silent()] == [1, 0]
    call_command("db_worker", batch=True, interval=0, startup_delay=False)
    run.refresh_from_db()
    assert (run.state, run.tries, running.has_plan(run)) == (DONE, 2, True)


def work_until_done(job: Job) -> None:
    """Be a worker that is there already when a job's own has been silent for long, until the job is done."""
    call_command("db_worker", batch=True, interval=0, startup_delay=False)
    until = time.monotonic() + 120
    with looking(seconds=0.05):
        long_ago = datetime.now(UTC) - timedelta(hours=1)
        type(job)._default_manager.filter(pk=job.pk, state=RUNNING).update(began=long_ago, seen=long_ago)
        while job.state != DONE:
            call_command("db_worker", batch=True, interval=0, startup_delay=False)
            job.refresh_from_db()
            assert time.monotonic() < until, f"it {job.state}: {job.message}"


def prepared() -> Run:
    """Return a plan that keeps R2's two vans, which go a day later, and takes R1's to R3."""
    stands = Position("committed", place="A")
    moves = [Move("O1", Act.ADVANCE, stands, Position("allocated", requirement=need, place="A"), 2, day(2))
             for need in ("R1", "R2")]  # fmt: skip
    post(Draft(system("cell"), moves=moves))
    pairs = [{"offer": "O1", "requirement": need, "quantity": 2.0, "last_usable": 2} for need in ("R2", "R3")]
    legs = [{"lane": "AC", "departs": 1}]
    run = Run.objects.create(
        name="plan", author="cell", created=datetime.now(UTC), start=START, days=10, transport_weight=0, gap_wanted=0,
        seconds_wanted=1, batch=2, digest="", problem="{}", state="done", found={"allocations": pairs},
        keep=[{"offer": "O1", "requirement": need, "quantity": 2.0, "legs": [], "usable": 1} for need in ("R1", "R2")],
    )  # fmt: skip
    movements = [{**pair, "legs": legs, "usable": 2} for pair in pairs]
    RunFile.objects.create(run=run, name="plan.json", content=json.dumps({"movements": movements}).encode())
    own = Requirement.objects.get(key="R2")
    Way.objects.create(run=run, commitment=Commitment.objects.get(), requirement=own, place="A", parts=2,
                       legs=[["AC", START.isoformat()]], usable=date(2026, 3, 2))  # fmt: skip
    return run


def killed_everywhere(work: Callable[[], object], stand: Callable[[], object]) -> tuple[int, object, object]:
    """Kill ``work`` before every statement, then after its last; return how often, and how all stood before and after.

    Fails where anything else is ever seen.
    """
    before = stand()

    def dying(statement: int, *, after: bool) -> Callable[[], int]:
        def act() -> int:
            with killed_at(statement, after=after):
                work()
            return 0

        return act

    for kills in count():
        if ends_with(in_a_process(dying(kills, after=False))) != DEAD:
            break  # it was whole before it came so far
        wait_for_the_server()
        assert stand() == before
    return kills, before, stand()


def test_an_adoption_killed_at_any_statement_proposes_all_or_nothing(url: str) -> None:
    assert url
    run = prepared()

    def stand() -> object:
        return Proposal.objects.count(), [way.legs for way in Way.objects.order_by("pk")]

    kills, before, after = killed_everywhere(lambda: adopting.adopt(run, CELL, SOON), stand)
    assert kills > 10
    assert (before, after) == ((0, [[["AC", "2026-03-01"]]]), (2, [[["AC", "2026-03-02"]]]))
    connection.close()


def test_an_answer_killed_at_any_statement_is_given_and_posted_or_neither(url: str) -> None:
    assert url
    back, new = adopting.adopt(prepared(), CELL, SOON).proposals
    norway = desk("Norway", Role.DONOR_DESK)
    ministry, clinic = desk("Ministry", Role.RECIPIENT_DESK), desk("Clinic", Role.RECIPIENT_DESK)
    for reader in (norway, clinic):
        answering.answer(new.pk, reader, accept=True)
    answering.answer(back.pk, norway, accept=True)

    def stand() -> object:
        return list(Proposal.objects.order_by("pk").values_list("state", flat=True)), allocated(), Batch.objects.count()

    kills, before, after = killed_everywhere(lambda: answering.answer(back.pk, ministry, accept=True), stand)
    assert kills > 30
    assert before == (["open", "open"], {"R1": 2, "R2": 2}, 2)
    assert after == (["posted", "posted"], {"R2": 2, "R3": 2}, 4)
    assert audit_ledger().faults == []
