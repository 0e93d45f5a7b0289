"""What a plan comes to, on the screen: for people to enjoy, and the same figures for machines."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table

from pledgeway.cli.folder import FILES
from pledgeway.cli.output import console, text
from pledgeway.tables.rows import each_row

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd

    from pledgeway.planning import Plan, Problem
    from pledgeway.planning.summary import Summary

DONORS_SHOWN, PLACES_SHOWN, BAR = 8, 8, 20
MEANINGS = {
    "plan.xlsx": "the plan as a workbook: who sends what, when and by which way",
    "plan.json": "the plan and the proof of its bound",
    "report.html": "the report: map, arrivals, bottlenecks, reasons",
    "problem.json": "what was planned",
}


def for_machines(problem: Problem, plan: Plan) -> dict[str, Any]:
    """Return the figures of :func:`print_summary` and how the plan was made, as plain data."""
    from pledgeway.planning.summary import THROUGH_KINDS, summarise

    figures = summarise(problem, plan)
    return {
        "value": plan.value,
        "bound": plan.bound,
        "gap": plan.gap,
        "solver": plan.solver,
        "movements": len(plan.movements),
        "tonnes": figures.tonnes,
        "share_on_time": figures.share_on_time,
        "priorities": figures.priorities,
        "donors": figures.donors,
        "hubs": figures.places[figures.places["kind"].isin(THROUGH_KINDS)],
        "bottlenecks": figures.worst,
        "unmet": len(plan.unmet),
        "change": None if plan.change is None else {"today": plan.change.today, "cost": plan.change.cost,
                                                    "allocations": plan.change.pairs},
        "run": {"rounds": plan.rounds, "seed": plan.seed, "threads": plan.threads, "seconds": plan.seconds,
                "stopped": plan.stopped},
    }  # fmt: skip


def print_summary(problem: Problem, plan: Plan, folder: Path, more: Callable[[], None] = lambda: None) -> None:
    """Print what the plan comes to on standard output, the answer first; ``more`` before the names of the files."""
    from pledgeway.planning.summary import summarise

    figures, screen = summarise(problem, plan), console()
    _headline(screen, problem, plan, figures)
    _section(screen, "Served by priority", _priorities(figures))
    _section(screen, "Share of each donor", _donors(figures))
    _section(screen, "Tonnes through ports and hubs", _places(problem, figures))
    _bottlenecks(screen, figures)
    more()
    screen.print(text("\nFiles", "bold"))
    table = Table(box=None, show_header=False, pad_edge=False)
    for name in FILES:
        table.add_row(text(folder / name), text(MEANINGS[name], "dim"))
    screen.print(table)


def _headline(screen: Console, problem: Problem, plan: Plan, figures: Summary) -> None:
    from pledgeway.pictures.words import count, limit_percent, number, percent, tonnes

    start = f" from {problem.date_of(0)}" if problem.start_date else ""
    screen.print(text(f"{problem.name}: {count(problem.days, 'day')}{start}", "bold"))
    late = f", {percent(figures.worth_late / figures.worth_asked)} late" if figures.worth_late > 0 else ""
    served = f"{percent(figures.share_on_time)} of the need by worth is served on time{late}"
    moved = f"{count(len(plan.movements), 'movement')} carry {tonnes(figures.tonnes)}"
    screen.print(text(f"{served}; {moved}."))
    proof = f"proven by {plan.solver}" if plan.certificate is None else "proven by the plan's certificate"
    screen.print(text(f"Value {number(plan.value)}, bound {number(plan.bound)}, gap {limit_percent(plan.gap)}: "
                      f"no plan can be worth more than the bound ({proof})."))  # fmt: skip
    if plan.change is not None:
        screen.print(text(f"Carried on from {problem.date_of(plan.change.today)}. {plan.change.sentence(plan.value)}"))
    ended = f", {plan.stopped}" if plan.stopped else ""
    made = f"Planned in {plan.seconds:.1f} s, {count(plan.rounds, 'round')}, seed {plan.seed}{ended}."
    screen.print(text(made, "dim"))


def _section(screen: Console, title: str, table: Table) -> None:
    screen.print()
    screen.print(text(title, "bold"))
    screen.print(table)


def _table(*columns: str) -> Table:
    """Return a table without lines: the first column to the left, figures to the right."""
    table = Table(box=None, pad_edge=False, header_style="dim")
    for position, name in enumerate(columns):
        table.add_column(name, justify="right" if position else "left")
    return table


def _priorities(figures: Summary) -> Table:
    from pledgeway.pictures.words import number, percent

    table = _table("Priority", "needs", "asked, units", "on time", "late", "unmet", "on time, by worth")
    table.add_column("")
    for row in each_row(figures.priorities):
        units = [number(amount) for amount in (row.asked, row.on_time, row.late, row.unmet)]
        share = percent(row.share_on_time), _bar(row.share_on_time)
        table.add_row(f"{row.priority}", number(row.requirements), *units, *share)
    return table


def _donors(figures: Summary) -> Table:
    from pledgeway.pictures.words import count, number, percent

    table = _table("Donor", "offers used", "offered, t", "planned, t", "share of worth")
    table.add_column("")
    donors = figures.donors
    for row in each_row(donors.head(DONORS_SHOWN)):
        table.add_row(text(row.donor), f"{number(row.offers_used)} of {number(row.offers)}", number(row.offered_t),
                      number(row.planned_t), percent(row.share_of_worth), _bar(row.share_of_worth))  # fmt: skip
    rest = donors.iloc[DONORS_SHOWN:]
    if len(rest):
        used = f"{number(rest['offers_used'].sum())} of {number(rest['offers'].sum())}"
        share = float(rest["share_of_worth"].sum())
        table.add_row(text(f"{count(len(rest), 'other')}", "dim"), used, number(float(rest["offered_t"].sum())),
                      number(float(rest["planned_t"].sum())), percent(share), _bar(share))  # fmt: skip
    return table


def _places(problem: Problem, figures: Summary) -> Table:
    from pledgeway.pictures.words import number, short_date
    from pledgeway.planning.summary import THROUGH_KINDS

    through: pd.DataFrame = figures.places[figures.places["kind"].isin(THROUGH_KINDS)]
    table = _table("Place", "tonnes", "busiest day", "handled, t", "of at most, t")
    for row in each_row(through.head(PLACES_SHOWN)):
        limit = "no limit" if math.isnan(row.handling_t_per_day) else number(row.handling_t_per_day)
        table.add_row(text(row.name), number(row.tonnes), short_date(problem, row.peak_day), number(row.peak_t), limit)
    if len(through) > PLACES_SHOWN:
        rest = float(through["tonnes"].iloc[PLACES_SHOWN:].sum())
        table.add_row(text(f"{len(through) - PLACES_SHOWN} others", "dim"), number(rest))
    if not len(through):
        table.add_row(text("nothing passes a port or hub", "dim"))
    return table


def _bottlenecks(screen: Console, figures: Summary) -> None:
    screen.print(text("\nWhat holds the plan back most", "bold"))
    sentences = figures.worst["sentence"].tolist() if len(figures.worst) else ["Nothing: no capacity binds."]
    table = Table(box=None, show_header=False, pad_edge=False)
    for number, sentence in enumerate(sentences, 1):
        table.add_row(text(f"{number}.", "dim"), text(sentence))
    screen.print(table)


def _bar(share: float) -> str:
    return "█" * round(BAR * share) if math.isfinite(share) else ""
