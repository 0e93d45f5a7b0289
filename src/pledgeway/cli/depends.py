"""The command on whom a plan depends: depends."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pledgeway.cli import folder as plan_folder
from pledgeway.cli.output import DONE, AsJson, console, print_json, text

if TYPE_CHECKING:
    import pandas as pd

    from pledgeway.planning import Problem
    from pledgeway.planning.scenarios import Concentration

SHOWN = 10


def add_to(app: typer.Typer) -> None:
    """Add the command of this group to ``app``."""
    app.command()(depends)


def depends(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A folder that pledgeway plan wrote.")],
    late: Annotated[float, typer.Option(min=0, max=1, help="The chance that a leg runs late.")] = 0.1,
    days_late: Annotated[float, typer.Option(min=1, max=1000, help="By how many days then, on average.")] = 3.0,
    lost: Annotated[float, typer.Option(min=0, max=1, help="The chance that a movement is lost on its way.")] = 0.01,
    draws: Annotated[int, typer.Option(min=1, max=100_000, help="How often chance is tried.")] = 2000,
    seed: Annotated[int, typer.Option(min=0, help="The seed of all that is drawn at random.")] = 0,
    as_json: AsJson = False,
) -> int:
    """Say on how few the plan in DIR rests, what only one donor, place or lane can serve, and the chance to be on time.

    The chances are those of the plan carried out as it stands; pledgeway stress plans again without what drops out.
    """
    from pledgeway.planning import scenarios as library

    problem, plan = plan_folder.read(folder)
    shares = library.concentration(problem, plan)
    points = library.single_points(problem)
    risks = library.chances(problem, plan, draws=draws, seed=seed, late=late, days_late=days_late, lost=lost)
    if as_json:
        print_json({
            "status": "done", "herfindahl": shares.herfindahl, "effective_donors": shares.effective_donors,
            "donors": shares.donors.to_dict("records"), "single_points": points.to_dict("records"),
            "chances": risks.to_dict("records"), "late": late, "days_late": days_late, "lost": lost, "draws": draws,
            "seed": seed,
        })  # fmt: skip
        return DONE
    _print_shares(shares)
    _print_points(points)
    _print_chances(problem, risks)
    return DONE


def _print_shares(shares: Concentration) -> None:
    from pledgeway.pictures.words import percent

    _heading("On how few it rests")
    if shares.donors.empty:
        console().print(text("The plan moves nothing."))
        return
    rows = [
        (row["donor"], *(percent(row[f"share_of_{what}"]) for what in ("worth", "tonnes", "items")))
        for row in shares.donors.head(SHOWN).to_dict("records")
    ]
    _print_table(("Donor", "of the worth", "of the tonnes", "of the kinds of goods"), rows, len(shares.donors))
    console().print(text(
        f"As concentrated as {shares.effective_donors:.1f} donors of equal size "
        f"(Herfindahl index {shares.herfindahl:.3f})."
    ))  # fmt: skip


def _print_points(points: pd.DataFrame) -> None:
    _heading("What nobody else can serve, even on an empty network")
    if points.empty:
        console().print(text("Every requirement that can be served has two donors and two ways."))
        return
    by = points.groupby(["kind", "name"])["requirement"].agg(["count", list]).sort_values("count", ascending=False)
    rows = [
        (kind, name, f"{row['count']}", ", ".join(row["list"][:6]) + (", ..." if row["count"] > 6 else ""))
        for (kind, name), row in zip(by.index, by.to_dict("records"), strict=True)
    ]
    _print_table(("Only", "", "requirements", "which"), rows[:SHOWN], len(rows), right=(2,))


def _print_chances(problem: Problem, risks: pd.DataFrame) -> None:
    from pledgeway.pictures.words import percent

    _heading("The chance to be met in full and on time")
    needs = problem.requirements.set_index("id")
    meant = risks[risks["planned"] >= 1 - 1e-9].sort_values("chance", kind="stable")
    said = f"The plan has {len(meant)} of {len(risks)} requirements in full and on time"
    if meant.empty:
        console().print(text(said + "."))
        return
    console().print(text(f"{said}; chance leaves {meant['chance'].sum():.1f} of them. The least certain:"))
    rows = [
        (row["requirement"], needs.at[row["requirement"], "recipient"], percent(row["chance"]),
         percent(row["share_on_time"]))
        for row in meant.head(SHOWN).to_dict("records")
    ]  # fmt: skip
    _print_table(("Requirement", "Recipient", "chance", "of its units, on average"), rows, len(meant), right=(2, 3))


def _heading(words: str) -> None:
    console().print(text(f"\n{words}", "bold"))


def _print_table(
    heads: tuple[str, ...], rows: list[tuple[Any, ...]], whole: int, right: tuple[int, ...] = (1, 2, 3)
) -> None:
    from rich.table import Table

    table = Table(box=None, header_style="dim", pad_edge=False)
    for k, head in enumerate(heads):
        table.add_column(head, justify="right" if k in right else "left", overflow="fold")
    for row in rows:
        table.add_row(*(text(cell) for cell in row))
    console().print(table)
    if whole > len(rows):
        console().print(text(f"and {whole - len(rows)} more; --json lists all", "dim"))
