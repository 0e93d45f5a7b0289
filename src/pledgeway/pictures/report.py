"""The report of a plan: one HTML file that opens anywhere, with nothing fetched and no script."""

from __future__ import annotations

import math
import os
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import jinja2
from markupsafe import Markup

from pledgeway.pictures import (
    arrivals,
    bottleneck_bars,
    dependence_grid,
    donor_shares,
    flow_map,
    heatmap,
    priority_bars,
    reasons,
    rests_on,
    sankey,
    tornado,
    value_and_bound,
    words,
)
from pledgeway.pictures.drawing import COLUMN, HALF
from pledgeway.planning.plan import Plan
from pledgeway.planning.problem import Problem, digest
from pledgeway.planning.scenarios import Stress, concentration
from pledgeway.planning.summary import Summary, leg_table, summarise
from pledgeway.tables.rows import each_row

HERE = Path(__file__).parent

PROVEN = 1e-9
"""A gap that is no more than rounding."""


@dataclass(frozen=True)
class Tile:
    """One figure with its words."""

    title: str
    figure: str
    words: str = ""


def render(problem: Problem, plan: Plan, stressed: Stress | None = None, today: date | None = None) -> str:
    """Return the report of ``plan``, a valid plan of ``problem``, as one page; ``stressed`` adds what could be lost."""
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
        worst=figures.worst.iloc[0]["sentence"] if len(figures.worst) else None,
        tiles=_tiles(plan, figures),
        map=flow_map.figure(problem, figures, legs),
        priorities=priority_bars.figure(figures),
        arrivals=arrivals.figure(problem, plan),
        donors=donor_shares.figure(figures, COLUMN),
        sankey=sankey.figure(problem, plan),
        load=heatmap.figure(problem, plan),
        proof=value_and_bound.figure(plan, HALF),
        losses=None if stressed is None else tornado.figure(stressed),
        dependence=None if stressed is None or not stressed.losses else dependence_grid.figure(stressed),
        fragile=[] if stressed is None else _fragile(stressed),
        shares=None if stressed is None else rests_on.donors(stressed),
        points=None if stressed is None else rests_on.points(stressed),
        chances=None if stressed is None else rests_on.chances(stressed),
        on_time=None if stressed is None or stressed.chances is None else rests_on.on_time(stressed.chances),
        limits=bottleneck_bars.figure(plan),
        bottlenecks=bottleneck_bars.listing(problem, plan),
        reasons=reasons.figure(problem, plan, figures),
        unmet=reasons.listing(plan),
        revisits=[row.sentence for row in each_row(figures.revisits.head(50))],
        trace=_trace(problem, plan),
    )  # fmt: skip


def write_report(problem: Problem, plan: Plan, path: Path | str, stressed: Stress | None = None) -> None:
    """Write the report of ``plan``; the file is replaced whole or not at all. Raises OSError."""
    target = Path(path)
    draft = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        draft.write_text(render(problem, plan, stressed), encoding="utf-8")
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
    if not math.isfinite(plan.gap):
        return f"{served}; how much better a plan could be is not proven."
    if plan.gap <= PROVEN:
        return f"{served}; no plan can do better."
    return f"{served}; the plan is within {words.limit_percent(plan.gap)} of the best there can be."


def _tiles(plan: Plan, figures: Summary) -> list[Tile]:
    first = figures.priorities[figures.priorities["worth_asked"] > 0]
    of_first = (
        f", {words.percent(float(first.iloc[0]['share_on_time']))} of priority {int(first.iloc[0]['priority'])}"
        if len(first) > 1
        else ""
    )
    tiles = [
        Tile("Need served on time", words.percent(figures.share_on_time), f"by worth{of_first}"),
        Tile("Worth of the plan", words.compact_text(plan.value), "points"),
        Tile("Proven gap", words.limit_percent(plan.gap), "at most, to the best plan there can be")
        if math.isfinite(plan.gap)
        else Tile("Proven gap", "none", "nothing is proven of better plans"),
        Tile("To be moved", f"{words.compact_text(figures.tonnes)}{words.THIN}t",
             f"in {words.count(len(plan.movements), 'movement')}"),
    ]  # fmt: skip
    giving = figures.donors[figures.donors["worth"] > 0]
    if len(giving):
        tiles.append(Tile("Rests on one donor", words.percent(float(giving.iloc[0]["share_of_worth"])),
                          f"of the plan’s worth, {giving.iloc[0]['donor']}"))  # fmt: skip
    return tiles


def _fragile(stressed: Stress) -> list[str]:
    """Return sentences on what the plan rests on: the worst scenarios, who fails, and who could step in."""
    shares = concentration(stressed.problem, stressed.plan)
    said = [
        f"The plan’s worth is as concentrated as if {words.number(shares.effective_donors)} donors gave equal shares "
        f"(Herfindahl index {shares.herfindahl:.2f}).",
        rests_on.sentence(stressed),
    ]
    return said + [rests_on.without(stressed, loss) for loss in stressed.losses[:3]]


def _trace(problem: Problem, plan: Plan) -> list[tuple[str, str]]:
    """Return what the report can be traced by."""
    proof = "prices, listed in plan.json as its certificate" if plan.certificate is not None else (
        plan.solver or words.NOT_STATED
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
    ]  # fmt: skip
