"""The command on what something changed would change: what-if."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pledgeway.cli import folder as plan_folder
from pledgeway.cli.carrying import ChangeWeight, Today, carrying
from pledgeway.cli.faults import InputError
from pledgeway.cli.live import watching
from pledgeway.cli.output import DONE, AsJson, console, print_json, text

if TYPE_CHECKING:
    from pledgeway.planning import Problem
    from pledgeway.planning.scenarios import Difference, Event, Scenario

SHOWN = 15


def add_to(app: typer.Typer) -> None:
    """Add the command of this group to ``app``."""
    app.command("what-if")(what_if)


def what_if(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A folder that pledgeway plan wrote.")],
    settings: Annotated[
        list[str] | None,
        typer.Option(
            "--set", metavar="TABLE:ID.FIELD=VALUE", help="Another value, such as lane:L0042.capacity_t_per_day=900."
        ),
    ] = None,
    scenario: Annotated[
        list[str] | None, typer.Option(help="What happens besides, as in pledgeway stress: 'donor:Norway from 10'.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option("-o", "--out", metavar="OUT", help="Keep the new plan in this folder.")
    ] = None,
    gap: Annotated[
        float | None, typer.Option(min=0, max=1, help="Stop at this proven gap; by default the present plan's.")
    ] = None,
    seconds: Annotated[float, typer.Option(min=0, help="Stop planning after so many seconds.")] = 30.0,
    today: Today = None,
    change_weight: ChangeWeight = None,
    seed: Annotated[int, typer.Option(min=0, help="The seed of all that is drawn at random.")] = 0,
    as_json: AsJson = False,
) -> int:
    """Change something, plan again from the plan in DIR, and say what differs. DIR stays as it is."""
    from pledgeway.planning import GapOrTime
    from pledgeway.planning import scenarios as library

    problem, plan = plan_folder.read(folder)
    changed = _changed(problem, _scenario(problem, settings or [], scenario or []))
    if out is not None and out.exists() and out.samefile(folder):
        raise InputError(f"{folder} has the present plan; choose another folder with -o")
    with watching() as show:
        stop = GapOrTime(plan.gap if gap is None else gap, seconds)
        day, weight = carrying(problem, plan, today, change_weight)
        found = library.what_if(problem, plan, changed, stop, seed, show, day, weight)
    if out is not None:
        with plan_folder.drafting(out) as draft:
            plan_folder.write(changed, found.plan, draft)
    if as_json:
        _print_json(found, out)
    else:
        _print(found, out)
    return DONE


def _scenario(problem: Problem, settings: list[str], others: list[str]) -> Scenario:
    """Return all that is to happen as one scenario; raise InputError with every fault at once."""
    from pledgeway.planning.scenarios import Scenario, ScenarioError, parse

    events: list[Event] = []
    faults: list[str] = []
    for wanted in [f"set {setting}" for setting in settings] + others:
        try:
            events += parse(problem, wanted).events
        except ScenarioError as fault:
            faults.append(str(fault))
    if not events and not faults:
        faults.append("say what changes, for instance --set lane:L0042.capacity_t_per_day=900")
    if faults:
        raise InputError("; ".join(faults))
    return Scenario("what if", tuple(events))


def _changed(problem: Problem, scenario: Scenario) -> Problem:
    """Return the changed problem as its file would be read, so that what a file may not say is refused here too."""
    from pledgeway.formats import read_problem, write_problem
    from pledgeway.planning.scenarios import apply

    with tempfile.TemporaryDirectory() as scratch:
        file = Path(scratch) / plan_folder.PROBLEM
        write_problem(apply(problem, scenario), file)
        return read_problem(file)


def _print_json(found: Difference, out: Path | None) -> None:
    plan, present = found.plan, found.present
    print_json({
        "status": "done", "value_before": present.value, "bound_before": present.bound, "value": plan.value,
        "bound": plan.bound, "gap": plan.gap, "gain": found.gain, "most_gain": found.most_gain,
        "sentences": found.sentences(), "requirements": found.requirements.to_dict("records"),
        "allocations": found.pairs.to_dict("records"),
        "files": [] if out is None else [out / name for name in plan_folder.FILES],
    })  # fmt: skip


def _print(found: Difference, out: Path | None) -> None:
    from rich.table import Table

    from pledgeway.pictures.words import number
    from pledgeway.tables.rows import each_row

    screen = console()
    for sentence in found.sentences():
        screen.print(text(sentence))
    rows = found.requirements.iloc[found.requirements["worth_lost"].abs().argsort()[::-1]]
    if not rows.empty:
        table = Table(box=None, header_style="dim", pad_edge=False)
        table.add_column("Requirement")
        table.add_column("Recipient", overflow="fold")
        for name in ("served before", "after", "in time before", "after", "worth, points"):
            table.add_column(name, justify="right")
        for row in each_row(rows.head(SHOWN)):
            units = (row.served_before, row.served_after, row.on_time_before, row.on_time_after)
            table.add_row(text(row.requirement), text(row.recipient), *map(number, units), f"{-row.worth_lost:+,.6g}")
        screen.print(table)
        if len(rows) > SHOWN:
            screen.print(text(f"and {len(rows) - SHOWN} more; --json lists all", "dim"))
    if out is not None:
        screen.print(text(f"The new plan is in {out}"))
