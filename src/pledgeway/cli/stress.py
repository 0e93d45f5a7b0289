"""The command that asks what breaks when someone leaves, and what chance leaves of the plan."""

from __future__ import annotations

import json
import time
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pledgeway.cli import folder as plan_folder
from pledgeway.cli.chances import DAYS_LATE, LATE, LOST, DaysLate, Late, Lost, print_chances
from pledgeway.cli.depends import print_points
from pledgeway.cli.faults import InputError
from pledgeway.cli.output import DONE, AsJson, console, plain, print_heading, print_json, print_table, text
from pledgeway.cli.plans import Folder

if TYPE_CHECKING:
    from pledgeway.planning import Plan, Problem
    from pledgeway.planning.scenarios import Outcome, Scenario, Stress

RESULT, WORKBOOK = "stress.json", "stress.xlsx"
SHOWN, TOLD = 12, 3


def add_to(app: typer.Typer) -> None:
    """Add the command of this group to ``app``."""
    app.command()(stress)


def stress(
    folder: Folder,
    kind: Annotated[
        list[str] | None,
        typer.Option("--each", help="Each donor, hub, place, lane, mode or course in turn, or half (of all capacity)."),
    ] = None,
    scenario: Annotated[
        list[str] | None,
        typer.Option(help="One of your own, such as 'donor:Norway from 10' or 'place:hub-1 from 3 to 9 + mode:air'."),
    ] = None,
    file: Annotated[Path | None, typer.Option("--list", help="A file of scenarios, one a line: name = events.")] = None,
    pairs: Annotated[int, typer.Option(min=0, help="Then all pairs of the worst so many (N-2).")] = 0,
    random: Annotated[
        int, typer.Option(min=0, max=1_000_000, help="Draw delays and losses so often: the chance to be on time.")
    ] = 0,
    late: Late = LATE,
    days_late: DaysLate = DAYS_LATE,
    lost: Lost = LOST,
    within: Annotated[float, typer.Option(min=0, max=1, help="How wide a loss may be, of the plan's value.")] = 0.01,
    workers: Annotated[int, typer.Option(min=1, help="Processes that share the work.")] = 1,
    cluster: Annotated[
        str | None,
        typer.Option(metavar="ADDRESS", help="The Dask scheduler whose workers share the work: tcp://10.0.0.5:8786."),
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="The seed of all that is drawn at random.")] = 0,
    show: Annotated[
        str | None, typer.Option(metavar="SCENARIO", help="Plan nothing; write the kept plan of a scenario to OUT.")
    ] = None,
    out: Annotated[Path | None, typer.Option("-o", "--out", help="The folder for the plan of --show.")] = None,
    as_json: AsJson = False,
) -> int:
    """Say what the plan in DIR loses when a donor, hub, lane, mode or course drops out; the report gains that part.

    Every loss is a proven interval. With --random, what is drawn is the plan carried out as it stands. What is done is
    kept, so that the same command goes on where it was stopped; the files have all that is kept for the plan.
    """
    from pledgeway.planning import scenarios as library

    problem, plan = plan_folder.read(folder)
    if (show is None) != (out is None):
        raise typer.BadParameter("--show SCENARIO and -o OUT go together")
    if show is not None and out is not None:
        return _show(problem, plan, folder, show, out, as_json=as_json)
    wanted = _wanted(problem, kind or ([] if scenario or file or random else ["donor", "hub"]), scenario or [], file)

    kept = folder / plan_folder.STRESSED

    def run(scenarios: list[Scenario]) -> Stress:
        return library.stress(
            problem, plan, scenarios, within=within, seed=seed, workers=workers, cluster=cluster, keep=kept,
            progress=_Said(as_json, plan.value),
        )  # fmt: skip

    try:
        stressed = run(wanted)
        if pairs:
            stressed = run([*wanted, *library.pairs([loss.scenario for loss in stressed.losses[:pairs]])])
    except library.WorkersLostError as gone:
        raise InputError(f"{gone}; what is done is kept, and the same command goes on") from gone
    except ModuleNotFoundError as missing:
        raise InputError("--cluster needs Dask: pip install 'pledgeway[cluster]'") from missing
    if random:
        stressed = replace(stressed, chances=library.chances(
            problem, plan, draws=random, seed=seed, hazards=library.Hazards(late, days_late, lost), keep=kept,
            progress=None if as_json else _said_draws,
        ))  # fmt: skip
    _write(problem, plan, library.kept(kept, problem, plan) or stressed, folder)
    if as_json:
        files = [folder / name for name in (RESULT, WORKBOOK)]
        print_json({"status": "done", **for_machines(stressed), "files": files})
    else:
        if wanted:
            print_losses(stressed, len(wanted))
        if stressed.chances is not None:
            print_chances(problem, stressed.chances)
        all_of_it = f"{folder / WORKBOOK} and {folder / RESULT} have all of it"
        console().print(text(f"{all_of_it}, {folder / plan_folder.REPORT} a picture of them."))
    return DONE


def _show(problem: Problem, plan: Plan, folder: Path, name: str, out: Path, *, as_json: bool) -> int:
    """Write the kept plan of a scenario, with its reasons, as a plan's folder of its own."""
    from pledgeway.cli.summary import print_summary
    from pledgeway.planning.scenarios import shown
    from pledgeway.planning.solving import explained
    from pledgeway.planning.stop import GapOrTime

    if out.exists() and out.samefile(folder):
        raise InputError(f"{folder} holds the present plan; choose another folder with -o")
    changed, kept = shown(folder / plan_folder.STRESSED, problem, plan, name)
    found = explained(changed, kept, GapOrTime())
    with plan_folder.drafting(out) as draft:
        plan_folder.write(changed, found, draft)
    if as_json:
        files = [out / file for file in plan_folder.FILES]
        print_json({"status": "done", "scenario": name, "value": found.value, "bound": found.bound, "files": files})
    else:
        print_summary(changed, found, out)
    return DONE


def _write(problem: Problem, plan: Plan, stressed: Stress, folder: Path) -> None:
    from pledgeway.formats.replacing import replacing
    from pledgeway.formats.stress_workbook import write_stress
    from pledgeway.pictures.report import write_report

    with replacing(folder / RESULT) as draft:
        draft.write_text(json.dumps(plain(for_machines(stressed)), indent=1), encoding="utf-8")
    write_stress(stressed, folder / WORKBOOK)
    write_report(problem, plan, folder / plan_folder.REPORT, stressed)


def _wanted(problem: Problem, kinds: list[str], texts: list[str], file: Path | None) -> list[Scenario]:
    from pledgeway.planning import scenarios as library

    allowed = ("donor", "hub", "place", "lane", "mode", "course", "half")
    unknown = [kind for kind in kinds if kind not in allowed]
    if unknown:
        raise InputError(f"--each {unknown[0]} is not known; it can be {', '.join(allowed)}")
    try:
        own = [library.parse(problem, line) for line in texts]
        listed = [] if file is None else library.parse_list(problem, file.read_text("utf-8").splitlines())
    except library.ScenarioError as fault:
        raise InputError(str(fault)) from fault
    return [*library.built_in(problem, kinds), *own, *listed]


class _Said:
    """Says each outcome as it comes, on standard error."""

    def __init__(self, quiet: bool, value: float) -> None:
        self.quiet, self.value, self.begun = quiet, max(value, 1e-9), time.perf_counter()

    def __call__(self, found: Outcome, done: int, wanted: int) -> None:
        if not self.quiet:
            from pledgeway.pictures.words import percent

            seconds = time.perf_counter() - self.begun
            least, most = ((self.value - worth) / self.value for worth in (found.bound, found.value))
            lost = f"{percent(max(0.0, least))} to {percent(max(0.0, most))} lost"
            console(errors=True).print(
                text(f"{done} of {wanted}  {seconds:5.1f} s  {found.scenario.name}: {lost}", "dim")
            )


def _said_draws(done: int, wanted: int) -> None:
    console(errors=True).print(text(f"{done:,} of {wanted:,} draws", "dim"))


def for_machines(stressed: Stress) -> dict[str, Any]:
    """Return a sweep as plain data: the losses, the largest first, and the chances where there are draws."""
    risks = stressed.chances
    drawn = {} if risks is None else {
        "chances": {"draws": risks.draws, "seed": risks.seed, **asdict(risks.hazards),
                    "requirements": risks.requirements}
    }  # fmt: skip
    return {"value": stressed.plan.value, "losses": losses(stressed), **drawn}


def losses(stressed: Stress) -> list[dict[str, object]]:
    """Return the losses for machines, the largest first."""
    from pledgeway.planning.scenarios import failures, lost_requirements

    return [
        {
            "scenario": loss.scenario.name, "events": str(loss.scenario), "least": loss.least, "most": loss.most,
            "value": loss.outcome.value, "bound": loss.outcome.bound, "seconds": loss.outcome.seconds,
            "fails": failures(stressed, loss), "requirements": lost_requirements(stressed, loss),
            "steps_in": stressed.step_in[loss.scenario.name].donors,
            "nobody_else": stressed.step_in[loss.scenario.name].nobody_else,
        }
        for loss in stressed.losses
    ]  # fmt: skip


def print_losses(stressed: Stress, wanted: int = 0) -> None:
    """Print the largest losses, what fails in the worst of them and who could make it good, and the single points."""
    from pledgeway.pictures import rests_on
    from pledgeway.pictures.words import percent
    from pledgeway.planning.scenarios import failures

    value = max(stressed.plan.value, 1e-9)
    print_heading("What breaks when someone leaves")
    rows = [
        (loss.scenario.name, percent(loss.least / value), percent(loss.most / value),
         next(iter(failures(stressed, loss, 1)), "nothing"))
        for loss in stressed.losses[:SHOWN]
    ]  # fmt: skip
    print_table(("Scenario", "lost at least", "at most", "fails first"), rows, len(stressed.losses), right=(1, 2))
    if len(stressed.losses) < wanted:
        unplanned = f"{len(stressed.losses)} of {wanted} scenarios were planned; the same command goes on."
        console().print(text(unplanned))
    for loss in stressed.losses[:TOLD]:
        console().print(text(f"- {rests_on.without(stressed, loss)}"))
    print_points(stressed.single_points)
    console().print(text(rests_on.sentence(stressed)))
