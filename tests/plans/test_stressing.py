"""What breaks in a plan is found by a worker, outcome by outcome; it stops when asked and goes on after a kill."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from pledgeway.intake.workbook import import_problem
from pledgeway.plans import running, stressing
from pledgeway.plans.job import plan_run
from pledgeway.plans.models import DONE, FAILED, RUNNING, STOPPED, WAITING, Run, Sweep, SweepLine
from pledgeway.plans.stress_job import _stress, stress_run
from pledgeway.plans.waking import MOST_TRIES, begin, own, wake_the_silent
from tests.databases import ENGINES, fresh
from tests.intake.small import small
from tests.plans.test_killed import work_until_done
from tests.plans.test_running import CELL, WANTED

WORK = "import django; django.setup(); from pledgeway.plans.stress_job import _stress, stress_run; stress_run.call({})"
ASKED = stressing.Asked(draws=500)


@pytest.fixture(autouse=True)
def planned(request: pytest.FixtureRequest) -> Iterator[tuple[str, Run]]:
    with fresh(getattr(request, "param", "sqlite")) as address:
        import_problem(small(), "small.json", "0" * 64)
        run = running.ask(WANTED, CELL, gap=0.0, seconds=20)
        plan_run.call(run.pk)
        yield address, Run.objects.get(pk=run.pk)


def test_every_donor_and_hub_is_taken_away_in_turn_and_all_of_it_is_kept(planned: tuple[str, Run]) -> None:
    _, run = planned
    sweep = stressing.ask(run, "cell", ASKED)
    stress_run.call(sweep.pk)
    sweep.refresh_from_db()
    assert (sweep.state, sweep.digest) == (DONE, run.digest), sweep.message
    losses = sweep.found["losses"]
    assert len(losses) == sweep.done == sweep.wanted > 1
    assert all(row["least"] <= row["most"] + 1e-9 for row in losses)
    # The plan is worth 99.84 points and all of it is one donor's: without that donor nothing is left.
    worst = losses[0]
    assert (worst["scenario"], round(worst["most"], 2)) == ("donor Norway gone", 99.84)
    assert {row["requirement"] for row in sweep.found["requirements"] if row["scenario"] == worst["scenario"]} == {"R1"}
    assert [row["requirement"] for row in sweep.found["chances"]] == ["R1"]
    assert 0 < sweep.found["chances"][0]["chance"] < 1
    assert sweep.found["pictures"]["losses"]["wide"].startswith("<svg")
    assert json.loads(json.dumps(sweep.found), parse_constant=pytest.fail) == sweep.found


def test_what_was_found_is_not_worked_out_again(planned: tuple[str, Run]) -> None:
    _, run = planned
    first = stressing.ask(run, "cell", ASKED)
    stress_run.call(first.pk)
    lines = SweepLine.objects.count()
    second = stressing.ask(run, "cell", ASKED)
    stress_run.call(second.pk)
    first.refresh_from_db()
    second.refresh_from_db()
    assert SweepLine.objects.count() == lines
    assert (second.state, second.found) == (DONE, first.found)


def test_it_stops_when_asked_and_goes_on_where_it_was(planned: tuple[str, Run]) -> None:
    _, run = planned
    sweep = stressing.ask(run, "cell", ASKED)
    running.want_stop(sweep)
    stress_run.call(sweep.pk)
    sweep.refresh_from_db()
    assert (sweep.state, sweep.found) == (STOPPED, {})
    stressing.go_on(sweep)
    Sweep.objects.filter(pk=sweep.pk).update(stop_wanted=True)
    stress_run.call(sweep.pk)
    sweep.refresh_from_db()
    assert sweep.state == STOPPED
    assert len(sweep.found["losses"]) == 1 < sweep.wanted
    stressing.go_on(sweep)
    stress_run.call(sweep.pk)
    sweep.refresh_from_db()
    assert (sweep.state, sweep.done) == (DONE, sweep.wanted)
    of = [json.loads(line)["scenario"] for line in SweepLine.objects.values_list("text", flat=True)
          if "scenario" in json.loads(line)]  # fmt: skip
    assert len(of) == len(set(of)) == sweep.wanted


@pytest.mark.parametrize("planned", ENGINES, indirect=True)
def test_a_worker_that_is_killed_loses_nothing_that_it_found(planned: tuple[str, Run]) -> None:
    address, run = planned
    sweep = stressing.ask(run, "cell", ASKED)
    worker = subprocess.Popen(
        [sys.executable, "-c", WORK.format(sweep.pk)], env={**os.environ, "DATABASE_URL": address}
    )
    until = time.monotonic() + 240
    while not SweepLine.objects.filter(run=run).exists():
        assert time.monotonic() < until, "it never came so far"
        assert worker.poll() is None, "it ended before it was killed"
        time.sleep(0.002)
    worker.kill()
    worker.wait()
    kept = list(SweepLine.objects.order_by("pk").values_list("text", flat=True))
    assert wake_the_silent() == 0  # a moment ago it was alive
    sweep.refresh_from_db()
    work_until_done(sweep)
    assert (sweep.tries, sweep.done) == (2, sweep.wanted)
    assert list(SweepLine.objects.order_by("pk").values_list("text", flat=True))[: len(kept)] == kept


def test_a_worker_that_was_taken_for_dead_and_lives_writes_nothing_over_the_other_s_sweep(
    planned: tuple[str, Run],
) -> None:
    sweep = stressing.ask(planned[1], "cell", ASKED)
    begin(Sweep, sweep.pk)
    slow = Sweep.objects.get(pk=sweep.pk)
    Sweep.objects.update(state=WAITING)
    stress_run.call(sweep.pk)
    done, lines = Sweep.objects.get(pk=sweep.pk), SweepLine.objects.count()
    SweepLine.objects.all().delete()
    _stress(slow)
    sweep.refresh_from_db()
    assert lines > 0
    assert (sweep.state, sweep.ended, sweep.found, SweepLine.objects.count()) == (DONE, done.ended, done.found, 0)


def test_a_sweep_that_was_given_up_and_goes_on_is_no_more_the_first_worker_s(planned: tuple[str, Run]) -> None:
    sweep = stressing.ask(planned[1], "cell", ASKED)
    begin(Sweep, sweep.pk)
    first = Sweep.objects.get(pk=sweep.pk)
    assert own(first).exists()
    Sweep.objects.update(state=FAILED)
    stressing.go_on(sweep)
    begin(Sweep, sweep.pk)
    assert own(Sweep.objects.get(pk=sweep.pk)).exists()
    assert not own(first).exists()


def test_a_sweep_whose_workers_die_again_and_again_is_given_up(planned: tuple[str, Run]) -> None:
    _, run = planned
    sweep, long_ago = stressing.ask(run, "cell", ASKED), datetime.now(UTC) - timedelta(hours=1)
    Sweep.objects.filter(pk=sweep.pk).update(state=RUNNING, began=long_ago, seen=long_ago, tries=MOST_TRIES)
    assert wake_the_silent() == 0
    sweep.refresh_from_db()
    assert sweep.state == FAILED
    assert "ended 3 times" in sweep.message
