"""The report of a plan: one HTML file that opens anywhere, with nothing fetched and no script."""

from __future__ import annotations

import math
import os
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import jinja2
import pandas as pd
from markupsafe import Markup

from pledgeway.pictures import arrivals, donor_shares, flow_map, heatmap, priority_bars, sankey, value_and_bound, words
from pledgeway.pictures.drawing import COLUMN, HALF, Column, Table, table
from pledgeway.planning.plan import Plan
from pledgeway.planning.problem import Problem, digest
from pledgeway.planning.summary import Summary, leg_table, summarise
from pledgeway.tables.rows import each_row

HERE = Path(__file__).parent


@dataclass(frozen=True)
class Tile:
    """One figure with its words."""

    title: str
    figure: str
    words: str = ""


def render(problem: Problem, plan: Plan, today: date | None = None) -> str:
    """Return the report of ``plan``, a valid plan of ``problem``, as one HTML page."""
    figures = summarise(problem, plan)
    legs = leg_table(problem, plan)
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(HERE / "templates"), autoescape=True, undefined=jinja2.StrictUndefined,
        trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip
    return environment.get_template("report.html").render(
        problem=problem,
        plan=plan,
        style=Markup("\n").join(Markup((HERE / "static" / name).read_text("utf-8")) for name in
                                ("pledgeway.css", "report.css")),
        today=_spoken(today or date.today()),
        period=_period(problem),
        example=_example(problem),
        answer=_answer(plan, figures),
        tiles=_tiles(plan, figures),
        map=flow_map.figure(problem, figures, legs),
        priorities=priority_bars.figure(figures),
        arrivals=arrivals.figure(problem, plan),
        donors=donor_shares.figure(figures, COLUMN),
        sankey=sankey.figure(problem, plan),
        load=heatmap.figure(problem, plan),
        proof=value_and_bound.figure(plan, HALF),
        bottlenecks=_bottlenecks(problem, plan),
        unmet=_unmet(plan),
        unmet_finding=_unmet_finding(plan),
        revisits=[row.sentence for row in each_row(figures.revisits.head(50))],
        trace=_trace(problem, plan),
    )  # fmt: skip


def write_report(problem: Problem, plan: Plan, path: Path | str) -> None:
    """Write the report of ``plan``; the file is replaced whole or not at all. Raises OSError."""
    target = Path(path)
    draft = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        draft.write_text(render(problem, plan), encoding="utf-8")
        draft.replace(target)
    finally:
        draft.unlink(missing_ok=True)


def _spoken(day: date) -> str:
    return f"{day.day} {day:%b %Y}"


def _period(problem: Problem) -> str:
    return f"{problem.date_of(0)} to {problem.date_of(max(0, problem.days - 1))}"


def _example(problem: Problem) -> str | None:
    """Return the word beside the title where the problem's note says that its data are invented or an example."""
    note = (problem.note or "").lower()
    return "example" if any(word in note for word in ("example", "invented")) else None


def _answer(plan: Plan, figures: Summary) -> str:
    """Return the one sentence that a reader came for."""
    if math.isnan(figures.share_on_time):
        return "No need of any worth is stated, so there is nothing to serve."
    served = f"{words.percent(figures.share_on_time)} of the need, by worth, is served on time"
    first = figures.priorities[figures.priorities["worth_asked"] > 0]
    if len(first) > 1:
        row = first.iloc[0]
        served += f", {words.percent(float(row['share_on_time']))} of priority {int(row['priority'])}"
    proof = "; no limit on a better plan is proven" if not math.isfinite(plan.gap) else (
        "; no plan can do better" if plan.gap < 1e-6
        else f"; no plan can do better by more than {words.limit_percent(plan.gap)}"
    )  # fmt: skip
    worst = f" {figures.worst.iloc[0]['sentence']}" if len(figures.worst) else ""
    return f"{served}{proof}.{worst}"


def _tiles(plan: Plan, figures: Summary) -> list[Tile]:
    value, size = words.compact(plan.value)
    tiles = [
        Tile("Need served on time", words.percent(figures.share_on_time), "of its worth"),
        Tile("Worth of the plan", value, f"{size} points".strip()),
        Tile("Proven limit of a better plan", words.limit_percent(plan.gap), "above this one"),
        Tile("To be moved", words.compact(figures.tonnes)[0],
             f"{words.compact(figures.tonnes)[1]} t in {words.count(len(plan.movements), 'movement')}".strip()),
    ]  # fmt: skip
    giving = figures.donors[figures.donors["worth"] > 0]
    if len(giving):
        tiles.append(Tile("Rests on one donor", words.percent(float(giving.iloc[0]["share_of_worth"])),
                          f"of the plan’s worth: {giving.iloc[0]['donor']}"))  # fmt: skip
    return tiles


def _bottlenecks(problem: Problem, plan: Plan) -> Table | None:
    if plan.bottlenecks.empty:
        return None
    return table(
        (Column("In words"), Column("Kind"), Column("One more"), Column("Worth of one more, points", True),
         Column("From"), Column("To")),
        [
            (row.sentence, row.kind, f"one more {row.unit}", words.number(row.worth), _dated(problem, row.first_day),
             _dated(problem, row.last_day))
            for row in each_row(plan.bottlenecks)
        ],
        cap=60,
    )  # fmt: skip


def _dated(problem: Problem, day: float | None) -> str:
    return "any day" if day is None or math.isnan(day) else problem.date_of(int(day))


def _unmet(plan: Plan) -> Table | None:
    if plan.unmet.empty:
        return None
    rows = plan.unmet.sort_values(["priority", "requirement"], kind="stable")
    return table(
        (Column("In words"), Column("State"), Column("Reason"), Column("Priority", True), Column("Units", True),
         Column("Requirement")),
        [
            (row.sentence, Markup('<span class="state {0}">{0}</span>').format(row.state),
             str(row.reason).replace("_", " "), words.number(row.priority), words.number(row.quantity), row.requirement)
            for row in each_row(rows)
        ],
    )  # fmt: skip


def _unmet_finding(plan: Plan) -> str:
    if plan.unmet.empty:
        return "All need is served in full and on time"
    causes: pd.Series = plan.unmet.groupby("reason")["requirement"].nunique().sort_values(ascending=False)
    count = plan.unmet["requirement"].nunique()
    worst = str(causes.index[0]).replace("_", " ")
    verb = "is" if count == 1 else "are"
    return (
        f"{words.count(count, 'requirement')} {verb} not served in full and on time; the most frequent reason, for "
        f"{words.number(int(causes.iloc[0]))} of them: {worst}"
    )


def _trace(problem: Problem, plan: Plan) -> list[tuple[str, str]]:
    """Return what the report can be traced by."""
    proof = "prices, listed in plan.json as its certificate" if plan.certificate is not None else (
        f"the integer program solver {plan.solver}" if plan.solver else words.NOT_STATED
    )  # fmt: skip
    pins = [] if plan.pins_cost is None else [
        ("Cost of the pins", f"{words.number(plan.pins_cost[0])} to {words.number(plan.pins_cost[1])} points, proven")
    ]  # fmt: skip
    return [
        ("Problem", problem.name), ("Its SHA-256", plan.problem_sha256 or digest(problem)),
        ("Value", f"{words.number(plan.value)} points"), ("Bound", f"{words.number(plan.bound)} points"),
        ("The bound rests on", proof), *pins,
        ("Rounds, seed, threads", f"{plan.rounds}, {plan.seed}, {plan.threads}"),
        ("Planned in", f"{words.number(plan.seconds, 1)} s; stopped: {plan.stopped or words.NOT_STATED}"),
        ("Note", problem.note or words.NOT_STATED),
    ]  # fmt: skip
