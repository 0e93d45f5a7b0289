"""The job that finds what breaks in a plan, in a worker; each outcome is kept as it comes, to go on from later."""

from __future__ import annotations

import json
import math
import tempfile
import time
import traceback
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django_tasks import task

from pledgeway.plans.job import drawn, planned_for
from pledgeway.plans.models import DONE, FAILED, STOPPED, Sweep, SweepLine
from pledgeway.plans.waking import beating, begin, own

if TYPE_CHECKING:
    import pandas as pd

    from pledgeway.planning import Plan, Problem
    from pledgeway.planning.scenarios import Chances, Outcome, Stress

SECONDS_BETWEEN_PICTURES = 2.0
MOST_ROWS = 20_000
"""Rows of requirements that are kept, those of the largest losses."""


@task()
def stress_run(number: int) -> None:
    """Work out the sweep with this number, or what is missing of it; whatever happens is written on it."""
    if not begin(Sweep, number):
        return
    sweep = Sweep.objects.select_related("run").get(pk=number)
    try:
        with beating(sweep):
            _stress(sweep)
    except Exception as failure:
        message = f"{type(failure).__name__}: {failure}"
        own(sweep).update(state=FAILED, ended=datetime.now(UTC), message=message)
        traceback.print_exc()


def _stress(sweep: Sweep) -> None:
    from pledgeway.planning.plan import from_dict
    from pledgeway.planning.scenarios import Hazards, built_in, chances, stress

    problem, _ = planned_for(sweep.run)
    plan = from_dict(json.loads(bytes(sweep.run.files.get(name="plan.json").content)))
    wanted = built_in(problem, sweep.kinds)
    own(sweep).update(wanted=len(wanted))
    with tempfile.TemporaryDirectory() as folder:
        keeper = _Keeper(sweep, problem, plan, Path(folder) / "kept.jsonl")
        hazards = Hazards(sweep.late, sweep.days_late, sweep.lost)
        drawn = None if not sweep.draws else chances(
            problem, plan, draws=sweep.draws, seed=sweep.seed, hazards=hazards, keep=keeper.file,
            progress=lambda *_: keeper.is_over(),
        )  # fmt: skip
        keeper.chances = drawn
        found = stress(problem, plan, wanted, within=sweep.within, seed=sweep.seed, seconds=sweep.seconds_each,
                       keep=keeper.file, progress=keeper.outcome)  # fmt: skip
        keeper.is_over()
    own(sweep).update(
        state=STOPPED if keeper.stopped and len(found.losses) < len(wanted) else DONE, ended=datetime.now(UTC),
        message="", done=len(found.losses), found=_found(replace(found, chances=drawn)),
    )  # fmt: skip


class _Keeper:
    """Keeps each line of the sweep's file in the database as it comes, and what is known so far on the sweep."""

    def __init__(self, sweep: Sweep, problem: Problem, plan: Plan, file: Path) -> None:
        self.sweep, self.problem, self.plan, self.file = sweep, problem, plan, file
        lines = SweepLine.objects.filter(run=sweep.run_id).order_by("pk").values_list("text", flat=True)
        file.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
        self._read, self._drawn = file.stat().st_size, -math.inf
        self._known: dict[str, Outcome] = {}
        self.chances: Chances | None = None
        self.stopped = False

    def outcome(self, found: Outcome, done: int, wanted: int) -> bool:
        """Keep what was found, and show it beside what is known; return whether somebody wants to stop."""
        from pledgeway.planning.scenarios import Loss, Stress

        self._known[str(found.scenario)] = found
        shown: dict[str, Any] = {}
        if time.monotonic() - self._drawn > SECONDS_BETWEEN_PICTURES:
            self._drawn, value = time.monotonic(), self.plan.value
            losses = [Loss(one.scenario, value - one.bound, value - one.value, one) for one in self._known.values()]
            losses.sort(key=lambda loss: -loss.most)
            so_far = Stress(self.problem, self.plan, tuple(losses), 0.0, self.chances)
            shown = {"found": _found(so_far, whole=False)}
        own(self.sweep).update(seen=datetime.now(UTC), done=done, wanted=wanted, **shown)
        return self.is_over()

    def is_over(self) -> bool:
        """Keep what is new in the file, and return whether somebody wants to stop."""
        with self.file.open("rb") as file:
            file.seek(self._read)
            new = file.read()
        self._read += len(new)
        lines = [SweepLine(run=self.sweep.run, text=line) for line in new.decode().splitlines() if line]
        mine = own(self.sweep)
        if mine.exists():
            SweepLine.objects.bulk_create(lines)
        self.stopped = self.stopped or not mine.filter(stop_wanted=False).exists()
        return self.stopped


def _found(stressed: Stress, *, whole: bool = True) -> dict[str, Any]:
    """Return what the page of a sweep shows; where it is not ``whole`` yet, who could step in is left out."""
    from pledgeway.pictures import dependence_grid, tornado
    from pledgeway.planning.scenarios import failures, lost_requirements

    value = max(stressed.plan.value, 1e-9)
    names = dict(zip(stressed.problem.items["id"], stressed.problem.items["name"], strict=True))
    losses, requirements, instead = (list[dict[str, Any]]() for _ in range(3))
    for loss in stressed.losses:
        scenario = loss.scenario.name
        row = {
            "scenario": scenario, "events": str(loss.scenario), "least": loss.least, "most": loss.most,
            "least_share": loss.least / value, "most_share": loss.most / value, "seconds": loss.outcome.seconds,
            "fails": "; ".join(failures(stressed, loss)),
        }  # fmt: skip
        if whole:
            others = stressed.step_in[scenario]
            row["nobody_else"] = list(others.nobody_else)
            instead += [{"scenario": scenario, **one} for one in _rows(others.donors, names)]
        losses.append(row)
        if len(requirements) < MOST_ROWS:
            requirements += [{"scenario": scenario, **one} for one in _rows(lost_requirements(stressed, loss), names)]
    pictures = {"losses": tornado.figure(stressed), "dependence": dependence_grid.figure(stressed)}
    return {
        "losses": losses, "requirements": requirements[:MOST_ROWS], "instead": instead, "chances": _chances(stressed),
        "pictures": drawn(pictures),
    }  # fmt: skip


def _chances(stressed: Stress) -> list[dict[str, Any]]:
    if stressed.chances is None:
        return []
    needs = stressed.problem.requirements.set_index("id")[["recipient", "priority"]]
    return _rows(stressed.chances.requirements.join(needs, on="requirement"), {})


def _rows(table: pd.DataFrame, names: dict[str, str]) -> list[dict[str, Any]]:
    """Return a table's rows as plain values, with the ``names`` of items."""
    if "item" in table.columns and names:
        table = table.assign(item=table["item"].map(names))
    rows: list[dict[str, Any]] = json.loads(table.to_json(orient="records"))
    return rows
