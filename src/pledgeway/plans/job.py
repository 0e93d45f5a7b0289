"""The job that plans a run, in a worker of its own: the only part of the web that loads the engine."""

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

from django.db import transaction
from django_tasks import task

from pledgeway.plans.models import DONE, FAILED, STOPPED, Run, RunFile
from pledgeway.plans.waking import beating, begin, own

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pledgeway.pictures.drawing import Figure
    from pledgeway.planning import Plan, Problem, Progress

SECONDS_BETWEEN_SIGNS = 1.0
MOST_POINTS = 400
EXPLAINING_SECONDS, SECONDS_FOR_ONE = 30.0, 2.0
"""How long the stories of all requirements may take, and that of one."""


@task()
def plan_run(number: int) -> None:
    """Plan the run with this number; whatever happens is written on it."""
    if not begin(Run, number):
        return
    run = Run.objects.get(pk=number)
    try:
        with beating(run):
            _plan(run)
    except Exception as failure:
        message = f"{type(failure).__name__}: {failure}"
        own(run).update(state=FAILED, ended=datetime.now(UTC), message=message)
        traceback.print_exc()


def _plan(run: Run) -> None:
    from pledgeway.planning import GapOrTime, solve

    problem, keep = planned_for(run)
    signs = _Signs(run)
    plan = solve(problem, GapOrTime(run.gap_wanted, run.seconds_wanted), run.seed, signs, **keep)
    Run.objects.filter(pk=run.pk).update(seen=datetime.now(UTC), phase="writing the report")
    with tempfile.TemporaryDirectory() as folder:
        files = _files(problem, plan, Path(folder))
    with transaction.atomic():
        kept = own(run).update(
            state=STOPPED if signs.stopped else DONE, ended=datetime.now(UTC), value=_finite(plan.value),
            bound=_finite(plan.bound),
            trace=[[p.seconds, _finite(p.value), _finite(p.bound)] for p in plan.trace][-MOST_POINTS:],
            phase="", message=plan.stopped, found=_found(problem, plan),
        )  # fmt: skip
        if kept:
            RunFile.objects.bulk_create(RunFile(run=run, name=name, content=content) for name, content in files.items())


def planned_for(run: Run) -> tuple[Problem, dict[str, Any]]:
    """Return what a run plans, and what of ``solve`` keeps to it what is allocated or taken already."""
    import pandas as pd

    from pledgeway.planning.ongoing import usual_change_weight
    from pledgeway.planning.plan import Plan, movements_from
    from pledgeway.planning.problem import TAKEN_COLUMNS, from_dict

    problem = replace(from_dict(json.loads(run.problem)), taken=pd.DataFrame(run.taken, columns=TAKEN_COLUMNS))
    if not run.keep and not run.taken:
        return problem, {}
    keep = Plan(problem.name, 0.0, math.inf, movements_from(run.keep))
    needed = set(problem.requirements["id"])
    usual = keep.with_(movements=tuple(move for move in keep.movements if move.requirement in needed))
    weight = usual_change_weight(problem, usual) if run.change_weight is None else run.change_weight
    return problem, {"keep": keep, "today": 0, "change_weight": weight}


class _Signs:
    """Writes progress on the run, and reads whether it is to stop."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._last = -math.inf
        self._points: list[list[float | None]] = []
        self.stopped = False

    def __call__(self, progress: Progress) -> bool:
        """Note ``progress`` about once a second; return whether somebody wants to stop."""
        if progress.seconds - self._last < SECONDS_BETWEEN_SIGNS:
            return self.stopped
        self._last = progress.seconds
        self._points.append([round(progress.seconds, 1), _finite(progress.value), _finite(progress.bound)])
        own(self._run).update(
            seen=datetime.now(UTC), value=_finite(progress.value), bound=_finite(progress.bound), phase=progress.phase,
            trace=self._points[-MOST_POINTS:],
        )  # fmt: skip
        self.stopped = not own(self._run).filter(stop_wanted=False).exists()
        return self.stopped


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None


def _files(problem: Problem, plan: Plan, folder: Path) -> dict[str, bytes]:
    from pledgeway.formats import plan_file
    from pledgeway.formats.plan_workbook import write_plan
    from pledgeway.pictures.report import write_report

    plan_file.write(plan, folder / "plan.json")
    write_plan(problem, plan, folder / "plan.xlsx")
    write_report(problem, plan, folder / "report.html")
    return {file.name: file.read_bytes() for file in sorted(folder.iterdir())}


def _found(problem: Problem, plan: Plan) -> dict[str, Any]:
    """Return what the page of the run shows: figures, pictures, and tables row by row."""
    from pledgeway.pictures import bottleneck_bars, flow_map, priority_bars
    from pledgeway.planning.plan import allocations
    from pledgeway.planning.summary import leg_table, summarise

    figures = summarise(problem, plan)
    pictures = {
        "map": flow_map.figure(problem, figures, leg_table(problem, plan)),
        "priorities": priority_bars.figure(figures),
        "limits": bottleneck_bars.figure(plan),
    }
    names = dict(zip(problem.items["id"], problem.items["name"], strict=True))
    pairs = allocations(problem, plan)
    pairs["item"] = pairs["item"].map(names)
    return {
        "change": _change(problem, plan, names),
        "share_on_time": _finite(figures.share_on_time),
        "tonnes": figures.tonnes,
        "pictures": drawn(pictures),
        "allocations": json.loads(pairs.to_json(orient="records")),
        "place_days": _place_days(problem, plan),
        "explanations": _explanations(problem, plan),
        "unmet": json.loads(plan.unmet.to_json(orient="records")),
        "bottlenecks": json.loads(plan.bottlenecks.to_json(orient="records")),
        "donors": json.loads(figures.donors.to_json(orient="records")),
    }


def drawn(pictures: Mapping[str, Figure]) -> dict[str, dict[str, str]]:
    """Return pictures as they are kept for a page."""
    parts = ("finding", "note", "wide", "narrow")
    return {name: {part: str(getattr(one, part)) for part in parts} for name, one in pictures.items()}


def _change(problem: Problem, plan: Plan, names: dict[str, str]) -> dict[str, Any] | None:
    """Return what a plan changes of what was allocated before: what it costs, in words, and the pairs that differ."""
    if plan.change is None:
        return None
    offers, needs = problem.offers.set_index("id"), problem.requirements.set_index("id")
    pairs = plan.change.pairs.assign(
        item=plan.change.pairs["offer"].map(offers["item"]).map(names),
        donor=plan.change.pairs["offer"].map(offers["donor"]),
        recipient=plan.change.pairs["requirement"].map(needs["recipient"]).fillna("not asked any more"),
        priority=plan.change.pairs["requirement"].map(needs["priority"]),
    )
    return {
        "weight": plan.change.weight, "cost": plan.change.cost, "sentence": plan.change.sentence(plan.value),
        "pairs": json.loads(pairs.to_json(orient="records")),
    }  # fmt: skip


def _place_days(problem: Problem, plan: Plan) -> dict[str, list[list[float]]]:
    """Return by place what is done there: day, arriving, departing and overnight tonnes, rounded to kilograms."""
    from pledgeway.planning.summary import place_days
    from pledgeway.tables.rows import each_row

    found: dict[str, list[list[float]]] = {}
    for row in each_row(place_days(problem, plan)):
        tonnes = [round(float(value), 3) for value in (row.arriving_t, row.departing_t, row.stored_t)]
        found.setdefault(row.place, []).append([int(row.day), *tonnes])
    return found


def _explanations(problem: Problem, plan: Plan) -> dict[str, list[str]]:
    """Return the story of as many requirements as EXPLAINING_SECONDS allow, those with a shortfall first."""
    from pledgeway.planning.explanation import explain

    short = list(dict.fromkeys(plan.unmet["requirement"]))
    rest = sorted(set(problem.requirements["id"]) - set(short))
    begun, found = time.monotonic(), {}
    for key in [*short, *rest]:
        if time.monotonic() - begun > EXPLAINING_SECONDS:
            break
        found[str(key)] = explain(problem, plan, str(key), SECONDS_FOR_ONE)
    return found
