"""Commands that plan: plan and demo."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pledgeway.cli import folder as plan_folder
from pledgeway.cli.carrying import Carried, ChangeWeight, Today
from pledgeway.cli.faults import InputError
from pledgeway.cli.files import ProblemFile, description, say_warnings
from pledgeway.cli.live import watching
from pledgeway.cli.output import DONE, NO, AsJson, console, print_json, text
from pledgeway.cli.summary import for_machines, print_summary

if TYPE_CHECKING:
    from collections.abc import Callable

    from pledgeway.planning import Plan, Problem
    from pledgeway.planning.scenarios import Stress
    from pledgeway.planning.stop import Stop

GAP, SECONDS = 0.01, 60.0
COMPILING_SHOWS_AFTER = 3.0
EXAMPLE = Path("examples") / "coalition.xlsx"
DEMO_GAP, DEMO_SECONDS = 0.005, 18.0
DEMO_WITHIN, DEMO_SCENARIO_SECONDS, DEMO_STRESS_SECONDS, DEMO_EACH = 0.03, 6.0, 14.0, 4


def add_to(app: typer.Typer) -> None:
    """Add the commands of this group to ``app``."""
    for command in (plan, demo):
        app.command()(command)


def _finite(value: float | None) -> float | None:
    if value is not None and not math.isfinite(value):
        raise typer.BadParameter("a finite number is needed")
    return value


def _fraction(value: float | None) -> float | None:
    if value is not None and not 0 <= value < 1:
        raise typer.BadParameter(f"{value:g} is not a fraction from 0 to below 1 (0.01 is one per cent)")
    return value


Gap = Annotated[
    float | None,
    typer.Option(callback=_fraction, help=f"Stop when the proven gap is at most this fraction; by default {GAP}."),
]
Seconds = Annotated[
    float | None,
    typer.Option(callback=_finite, min=0, help=f"Stop planning after so many seconds; by default {SECONDS:g}."),
]
Rounds = Annotated[
    int | None, typer.Option(min=0, help="Stop after so many rounds, whatever the clock says: a plan can be repeated.")
]
Seed = Annotated[int, typer.Option(min=0, help="The seed of all that is drawn at random.")]
Threads = Annotated[int | None, typer.Option(min=1, help="Processors to use; by default all.")]
Out = Annotated[
    Path | None,
    typer.Option("-o", "--out", metavar="DIR", help="The folder for the plan; by default FILE's name with -plan."),
]


def plan(
    file: ProblemFile,
    out: Out = None,
    gap: Gap = None,
    seconds: Seconds = None,
    rounds: Rounds = None,
    seed: Seed = 0,
    threads: Threads = None,
    keep: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR", help="Carry on this plan: the folder of one made for FILE or for what it was before."
        ),
    ] = None,
    today: Today = None,
    change_weight: ChangeWeight = None,
    as_json: AsJson = False,
) -> int:
    """Plan, and write plan.xlsx, plan.json, report.html and problem.json. Ctrl-C stops with the best plan so far."""
    from pledgeway.planning import GapOrTime
    from pledgeway.planning import Rounds as StopAfterRounds

    if rounds is not None and (gap is not None or seconds is not None):
        raise typer.BadParameter("--rounds stands alone, without --gap and --seconds")
    stop: Stop = StopAfterRounds(rounds) if rounds is not None else GapOrTime(
        GAP if gap is None else gap, SECONDS if seconds is None else seconds
    )  # fmt: skip
    folder = out if out is not None else file.with_name(f"{file.stem}-plan")
    if keep is None and (today is not None or change_weight is not None):
        raise typer.BadParameter("--today and --change-weight need --keep, the plan that is being carried out")
    carry = None if keep is None else Carried(plan_folder.read(keep)[1], today or "0", change_weight)
    return _main_job(file, folder, stop, seed=seed, threads=threads, as_json=as_json, carry=carry)


def demo(as_json: AsJson = False) -> int:
    """Plan the example: the promises of 2022 to Ukraine, into build/demo. Run it in the repository."""
    from pledgeway.planning import GapOrTime

    root = repository()
    stop = GapOrTime(DEMO_GAP, DEMO_SECONDS)
    folder = root / "build" / "demo"
    return _main_job(root / EXAMPLE, folder, stop, seed=0, threads=None, as_json=as_json, stressing=_without_largest)


def _without_largest(problem: Problem, plan: Plan, keep: Path) -> Stress:
    """Return what is lost without each of the largest donors and the busiest hubs, as far as a few seconds allow."""
    import time

    from pledgeway.planning.scenarios import Event, Scenario, stress
    from pledgeway.planning.summary import THROUGH_KINDS, summarise

    figures = summarise(problem, plan)
    hubs = figures.places[figures.places["kind"].isin(THROUGH_KINDS)].head(DEMO_EACH)
    donors = [Scenario(f"{name} gone", (Event("donor", name),)) for name in figures.donors["donor"].head(DEMO_EACH)]
    closed = [
        Scenario(f"{name} closed", (Event("place", key),))
        for key, name in zip(hubs["place"], hubs["name"], strict=True)
    ]
    begun = time.perf_counter()
    return stress(
        problem, plan, [scenario for pair in zip(donors, closed, strict=False) for scenario in pair],
        within=DEMO_WITHIN, seconds=DEMO_SCENARIO_SECONDS, workers=2, keep=keep,
        progress=lambda *_: time.perf_counter() - begun > DEMO_STRESS_SECONDS,
    )  # fmt: skip


def repository() -> Path:
    """Return the folder that holds the example: here, above here, or where the package's source lies."""
    here = Path.cwd()
    for folder in (here, *here.parents, Path(__file__).resolve().parents[3]):
        if (folder / EXAMPLE).is_file():
            return folder.relative_to(here) if folder.is_relative_to(here) else folder
    raise InputError(f"{EXAMPLE} is not here; run the demo in a checkout of the repository")


def _main_job(
    file: Path, folder: Path, stop: Stop, *, seed: int, threads: int | None, as_json: bool,
    stressing: Callable[[Problem, Plan, Path], Stress] | None = None, carry: Carried | None = None,
) -> int:  # fmt: skip
    """Read, check, plan, verify, write and say what came of it; return the exit status."""
    from pledgeway.formats import read
    from pledgeway.planning import solve
    from pledgeway.planning.verification import verify

    reading = read(file)
    plan_folder.refuse_overwriting(file, folder)
    with plan_folder.drafting(folder) as draft:
        if not as_json:
            say_warnings(reading.warnings, most=5)
        _load_engine()
        with watching() as show:
            kept = {} if carry is None else carry.options(reading.problem)
            found = solve(reading.problem, stop=stop, seed=seed, progress=show, threads=threads, **kept)
        result = verify(reading.problem, found)
        if not result.valid:
            return _say_invalid(result.broken, as_json=as_json)
        stressed = stressing(reading.problem, found, draft / plan_folder.STRESSED) if stressing else None
        plan_folder.write(reading.problem, found, draft, stressed)
    _say_done(reading.problem, found, folder, reading.warnings, stressed, as_json=as_json)
    return DONE


def _load_engine() -> None:
    """Compile the engine where that is still to be done, and say so: the seconds asked for are for planning."""
    import threading

    from pledgeway.planning.compiling import compile_engine

    sentence = text("Compiling the engine, which only the first plan on a machine needs", "dim")
    said = threading.Timer(COMPILING_SHOWS_AFTER, console(errors=True).print, [sentence])
    said.start()
    try:
        compile_engine()
    finally:
        said.cancel()


def _say_invalid(broken: tuple[str, ...], *, as_json: bool) -> int:
    """Say that our own plan breaks a rule, which must not happen: nothing is written."""
    sentence = "the plan found breaks a rule, so nothing was written; please report this with the problem file"
    if as_json:
        print_json({"status": "no", "error": sentence, "broken": broken})
    else:
        screen = console(errors=True)
        screen.print(text(f"pledgeway: {sentence}", "bold red"))
        for rule in broken[:20]:
            screen.print(text(f"broken: {rule}"))
    return NO


def _say_done(
    problem: Problem, found: Plan, folder: Path, warnings: list[Any], stressed: Stress | None, *, as_json: bool
) -> None:
    from pledgeway.cli.stress import losses, print_losses

    if as_json:
        files = {name: folder / name for name in plan_folder.FILES}
        content = {"status": "done", "problem": description(problem), **for_machines(problem, found)}
        lost = {} if stressed is None else {"losses": losses(stressed)}
        print_json({**content, **lost, "files": files, "warnings": warnings})
        return
    more = () if stressed is None else (lambda: print_losses(stressed),)
    print_summary(problem, found, folder, *more)
