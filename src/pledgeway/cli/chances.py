"""The chance to be on time: its options, and how it is shown."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from pledgeway.cli.output import console, print_heading, print_table, text

if TYPE_CHECKING:
    from pledgeway.planning import Problem
    from pledgeway.planning.scenarios import Chances

SHOWN = 10

Late = Annotated[float, typer.Option(min=0, max=1, help="The chance that a departure runs late.")]
DaysLate = Annotated[float, typer.Option(min=1, max=1000, help="By how many days then, on average.")]
Lost = Annotated[float, typer.Option(min=0, max=1, help="The chance that a movement is lost on its way.")]
LATE, DAYS_LATE, LOST = 0.1, 3.0, 0.01


def print_chances(problem: Problem, risks: Chances) -> None:
    """Print the requirements that the plan meets and that are the least certain to be met."""
    from pledgeway.pictures.words import percent

    print_heading("The chance to be met in full and on time")
    table, needs = risks.requirements, problem.requirements.set_index("id")
    meant = table[table["planned"] >= 1 - 1e-9].sort_values("chance", kind="stable")
    said = f"The plan has {len(meant)} of {len(table)} requirements in full and on time"
    if meant.empty or not risks.draws:
        console().print(text(said + "."))
        return
    console().print(text(
        f"{said}; chance leaves {meant['chance'].sum():.1f} of them, in {risks.draws:,} draws. The least certain:"
    ))  # fmt: skip
    rows = [
        (row["requirement"], needs.at[row["requirement"], "recipient"], percent(row["chance"]),
         f"{percent(row['least'])} to {percent(row['most'])}", percent(row["share_on_time"]))
        for row in meant.head(SHOWN).to_dict("records")
    ]  # fmt: skip
    heads = ("Requirement", "Recipient", "chance", "95 % interval", "of its units, on average")
    print_table(heads, rows, len(meant), right=(2, 3, 4))
