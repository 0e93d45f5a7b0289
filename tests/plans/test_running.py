"""A run is planned by a worker: it shows progress, stops when asked, can be planned again, and outlives its worker."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from django.core.management import call_command

from pledgeway.access.deciding import NOBODY, Reader
from pledgeway.access.roles import Role
from pledgeway.intake.workbook import import_problem
from pledgeway.plans import running, waking
from pledgeway.plans.job import _plan, plan_run
from pledgeway.plans.models import DONE, FAILED, RUNNING, STOPPED, WAITING, Run
from pledgeway.plans.snapshot import Wanted
from pledgeway.plans.waking import MOST_TRIES, begin, wake_the_silent
from pledgeway.portal.pages import plans as pages
from tests.databases import ENGINES, fresh
from tests.intake.small import small

CELL = Reader("cell", Role.COORDINATOR)
ANALYST = Reader("ann", Role.ANALYST, frozenset({"NO"}), frozenset({"NO"}))
WANTED = Wanted(date(2026, 3, 1), 30, 0.01, name="small")


@pytest.fixture(params=ENGINES, autouse=True)
def _record(request: pytest.FixtureRequest) -> Iterator[None]:
    with fresh(request.param):
        import_problem(small(), "small.json", "0" * 64)
        yield


def asked() -> Run:
    return running.ask(WANTED, CELL, gap=0.0, seconds=20)


def test_the_worker_takes_it_from_the_queue_and_keeps_what_it_found() -> None:
    run = asked()
    call_command("db_worker", batch=True, interval=0, startup_delay=False)
    run.refresh_from_db()
    assert run.state == DONE, run.message
    assert (run.value, run.bound) == (pytest.approx(99.84), pytest.approx(99.84, rel=1e-4))
    assert [(row["offer"], row["requirement"], row["quantity"]) for row in run.found["allocations"]] == [
        ("O1", "R1", 8)
    ]
    assert set(run.files.values_list("name", flat=True)) == {"plan.json", "plan.xlsx", "report.html"}
    assert json.loads(bytes(run.files.get(name="plan.json").content))["problem_sha256"] == run.digest
    assert run.trace
    assert running.has_plan(run)


def test_the_same_snapshot_planned_again_comes_to_the_same() -> None:
    first = asked()
    plan_run.call(first.pk)
    second = running.again(Run.objects.get(pk=first.pk), "ann")
    plan_run.call(second.pk)
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.digest, first.value, first.found["allocations"]) == (
        second.digest, second.value, second.found["allocations"],
    )  # fmt: skip
    assert second.author == "ann"


def test_a_run_is_stopped_before_and_while_it_is_planned() -> None:
    waiting = asked()
    running.want_stop(waiting)
    plan_run.call(waiting.pk)
    waiting.refresh_from_db()
    assert (waiting.state, waiting.found) == (STOPPED, {})
    begun = asked()
    Run.objects.filter(pk=begun.pk).update(stop_wanted=True)
    plan_run.call(begun.pk)
    begun.refresh_from_db()
    assert begun.state == STOPPED
    seen = running.runs_seen(CELL)
    assert [running.has_plan(seen.get(pk=one.pk)) for one in (begun, waiting)] == [True, False]


def test_a_run_whose_worker_died_waits_for_another_and_one_that_lives_does_not() -> None:
    run, other, third = asked(), asked(), asked()
    long_ago = datetime.now(UTC) - timedelta(minutes=5)
    Run.objects.update(state=RUNNING, began=long_ago, seen=long_ago, tries=1)
    Run.objects.filter(pk=other.pk).update(seen=datetime.now(UTC))
    Run.objects.filter(pk=third.pk).update(tries=MOST_TRIES)
    assert wake_the_silent() == 1
    states = dict(Run.objects.values_list("pk", "state"))
    assert states == {run.pk: WAITING, other.pk: RUNNING, third.pk: FAILED}
    third.refresh_from_db()
    assert third.message == "Its worker ended 3 times without a word. Ask for it again."


def test_a_worker_that_was_taken_for_dead_and_lives_writes_nothing_over_the_other_s_plan() -> None:
    run = asked()
    begin(Run, run.pk)
    slow = Run.objects.get(pk=run.pk)
    Run.objects.update(state=WAITING)
    plan_run.call(run.pk)
    done = Run.objects.get(pk=run.pk)
    _plan(slow)
    run.refresh_from_db()
    assert (run.state, run.ended, run.files.count()) == (DONE, done.ended, 3)


def test_a_sign_of_life_is_given_however_long_a_step_takes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(waking, "SECONDS_BETWEEN_SIGNS", 0.02)
    run = asked()
    begin(Run, run.pk)
    Run.objects.update(seen=None)
    run.refresh_from_db()
    with waking.beating(run):
        for _ in range(500):
            run.refresh_from_db()
            if run.seen is not None:
                return
            time.sleep(0.02)
    pytest.fail("it gave no sign")


def test_a_run_says_since_when_its_worker_gives_no_sign() -> None:
    run, now = asked(), datetime.now(UTC)
    run.state, run.began, run.seen = RUNNING, now - timedelta(minutes=2), now - timedelta(seconds=3)
    assert pages.answer(run) == "It is being planned."
    run.seen = now - timedelta(seconds=40)
    assert f"last gave a sign at {run.seen:%H:%M:%S} UTC, 4" in pages.answer(run)
    assert pages.progress_of(run)["silence"] in pages.answer(run)
    run.state = DONE
    assert pages.silence(run) is None


def test_a_run_that_fails_keeps_the_reason() -> None:
    run = asked()
    Run.objects.filter(pk=run.pk).update(problem="{}")
    plan_run.call(run.pk)
    run.refresh_from_db()
    assert run.state == FAILED
    assert "days" in run.message


def test_what_cannot_be_planned_is_said_before_anything_runs() -> None:
    with pytest.raises(running.NothingToPlanError, match="no offer that can be planned"):
        running.ask(replace(WANTED, start=date(2027, 1, 1)), CELL, 0.0, 5)
    assert not Run.objects.exists()


def test_its_author_and_coordinators_see_it() -> None:
    run = asked()
    assert list(running.runs_seen(CELL)) == [run]
    assert not running.runs_seen(ANALYST).exists()
    assert not running.runs_seen(NOBODY).exists()
    Run.objects.update(author="ann")
    assert list(running.runs_seen(ANALYST)) == [run]
