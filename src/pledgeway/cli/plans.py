"""Commands on plans: verify, explain."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pledgeway.cli import folder as plan_folder
from pledgeway.cli.faults import InputError
from pledgeway.cli.output import DONE, NO, AsJson, console, print_json, text

if TYPE_CHECKING:
    from pledgeway.planning import Plan
    from pledgeway.planning.verification import Verification

Folder = Annotated[Path, typer.Argument(metavar="DIR", help="A folder that pledgeway plan wrote.")]


def add_to(app: typer.Typer) -> None:
    """Add the commands of this group to ``app``."""
    for command in (verify, explain):
        app.command()(command)


def verify(
    problem_file: Annotated[Path, typer.Argument(metavar="PROBLEM", help="The workbook or problem file.")],
    plan_file: Annotated[Path, typer.Argument(metavar="PLAN", help="The plan file (.json).")],
    as_json: AsJson = False,
) -> int:
    """Check a plan against every rule, and recompute the bound that its certificate proves."""
    from pledgeway.formats import plan_file as plan_format
    from pledgeway.formats import read_problem
    from pledgeway.pictures.words import count, limit_percent, number
    from pledgeway.planning.problem import digest
    from pledgeway.planning.verification import verify as check_plan

    problem, plan = read_problem(problem_file), plan_format.read(plan_file)
    broken = []
    if plan.problem_sha256 and plan.problem_sha256 != digest(problem):
        broken.append(f"the plan was made for another problem (SHA-256 {plan.problem_sha256[:12]}...)")
    result = check_plan(problem, plan)
    broken += result.broken
    holds = result.valid and not broken
    proof = _proof(plan, result)
    if as_json:
        print_json({
            "status": "done" if holds else "no", "valid": holds, "value": result.value, "bound": plan.bound,
            "gap": plan.gap, "proven": result.proven, "bound_holds": result.bound_holds, "proof": proof,
            "movements": len(plan.movements), "broken": broken,
        })  # fmt: skip
        return DONE if holds else NO
    screen = console()
    verdict = f"valid: {count(len(plan.movements), 'movement')}, no rule broken"
    screen.print(text(verdict if holds else "NOT valid", "bold" if holds else "bold red"))
    figures = f"value {number(result.value, 3)}   bound {number(plan.bound, 3)}   gap {limit_percent(plan.gap)}"
    screen.print(text(figures))
    screen.print(text(proof))
    for rule in broken:
        screen.print(text(f"broken: {rule}", "red"))
    return DONE if holds else NO


def explain(
    folder: Folder,
    what: Annotated[
        str,
        typer.Argument(metavar="REQUIREMENT", help="The id of a requirement; or of an offer, a donor, a place, a day."),
    ],
    as_json: AsJson = False,
) -> int:
    """Say what a requirement (offer, donor, place, day) gets or gives, by which way, and why not more or sooner."""
    from pledgeway.planning.explanation import explain as sentences_about

    problem, plan = plan_folder.read(folder)
    try:
        sentences = sentences_about(problem, plan, what)
    except (KeyError, ValueError) as fault:
        raise InputError(str(fault.args[0])) from fault
    if as_json:
        print_json({"status": "done", "about": what, "sentences": sentences})
        return DONE
    for sentence in sentences:
        console().print(text(sentence))
    return DONE


def _proof(plan: Plan, result: Verification) -> str:
    """Return what the plan's bound rests on, and whether that bears it."""
    from pledgeway.pictures.words import number
    from pledgeway.planning.plan import WHOLE_SEATS

    if result.proven is not None:
        verdict = "the bound holds" if result.bound_holds else "the bound claims more than that: NOT proven"
        return f"the plan's prices prove that no plan is worth more than {number(result.proven, 3)}: {verdict}"
    if plan.certificate is None and plan.solver and plan.solver != WHOLE_SEATS:
        return f"the bound rests on the word of {plan.solver}; there are no prices to recompute it from"
    return "nothing proves the bound"
