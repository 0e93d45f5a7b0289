"""The command on whom a plan depends: depends."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pledgeway.cli import folder as plan_folder
from pledgeway.cli.chances import DAYS_LATE, LATE, LOST, DaysLate, Late, Lost, print_chances
from pledgeway.cli.output import DONE, AsJson, console, print_heading, print_json, print_table, text

if TYPE_CHECKING:
    import pandas as pd

    from pledgeway.planning.scenarios import Concentration

SHOWN = 10


def add_to(app: typer.Typer) -> None:
    """Add the command of this group to ``app``."""
    app.command()(depends)


def depends(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A folder that pledgeway plan wrote.")],
    late: Late = LATE,
    days_late: DaysLate = DAYS_LATE,
    lost: Lost = LOST,
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
    hazards = library.Hazards(late, days_late, lost)
    risks = library.chances(problem, plan, draws=draws, seed=seed, hazards=hazards)
    if as_json:
        print_json({
            "status": "done", "herfindahl": shares.herfindahl, "effective_donors": shares.effective_donors,
            "donors": shares.donors.to_dict("records"), "single_points": points.to_dict("records"),
            "chances": risks.requirements.to_dict("records"), "late": late, "days_late": days_late, "lost": lost,
            "draws": draws, "seed": seed,
        })  # fmt: skip
        return DONE
    _print_shares(shares)
    print_points(points)
    print_chances(problem, risks)
    return DONE


def _print_shares(shares: Concentration) -> None:
    from pledgeway.pictures.words import percent

    print_heading("On how few it rests")
    if shares.donors.empty:
        console().print(text("The plan moves nothing."))
        return
    rows = [
        (row["donor"], *(percent(row[f"share_of_{what}"]) for what in ("worth", "tonnes", "items")))
        for row in shares.donors.head(SHOWN).to_dict("records")
    ]
    print_table(("Donor", "of the worth", "of the tonnes", "of the kinds of goods"), rows, len(shares.donors))
    console().print(text(
        f"As concentrated as {shares.effective_donors:.1f} donors of equal size "
        f"(Herfindahl index {shares.herfindahl:.3f})."
    ))  # fmt: skip


def print_points(points: pd.DataFrame) -> None:
    """Print the single points of failure, the one that most requirements rest on first."""
    print_heading("What nobody else can serve, even on an empty network")
    if points.empty:
        console().print(text("Every requirement that can be served has two donors and two ways."))
        return
    by = points.groupby(["kind", "name"])["requirement"].agg(["count", list]).sort_values("count", ascending=False)
    rows = [
        (kind, name, f"{row['count']}", ", ".join(row["list"][:6]) + (", ..." if row["count"] > 6 else ""))
        for (kind, name), row in zip(by.index, by.to_dict("records"), strict=True)
    ]
    print_table(("Only", "", "requirements", "which"), rows[:SHOWN], len(rows), right=(2,))
