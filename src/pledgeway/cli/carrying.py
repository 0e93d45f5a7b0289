"""The options of commands that plan again while a plan is carried out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

import typer

if TYPE_CHECKING:
    from pledgeway.planning import Plan, Problem

Today = Annotated[
    str | None,
    typer.Option(
        metavar="DAY",
        help="The plan is being carried out, and this is the first day that can be planned: a number or a date.",
    ),
]
ChangeWeight = Annotated[
    float | None,
    typer.Option(
        min=0,
        help="With --today: points that taking back an allocation costs; by default a tenth of one's mean worth.",
    ),
]


class Carried(NamedTuple):
    """The plan that is being carried out, and what was said of the day and of the cost of changes."""

    plan: Plan
    today: str
    change_weight: float | None

    def options(self, problem: Problem) -> dict[str, Any]:
        """Return how :func:`pledgeway.planning.solve` is to carry on."""
        today, weight = carrying(problem, self.plan, self.today, self.change_weight)
        return {"keep": self.plan, "today": today, "change_weight": weight}


def carrying(problem: Problem, plan: Plan, today: str | None, change_weight: float | None) -> tuple[int | None, float]:
    """Return the day from which to plan (None where the plan is not being carried out) and the change weight.

    Raises ScenarioError for what is no day of the problem, and BadParameter for a weight without a day.
    """
    from pledgeway.planning.ongoing import usual_change_weight
    from pledgeway.planning.scenarios.changes import day_of

    if today is None:
        if change_weight is not None:
            raise typer.BadParameter("--change-weight needs --today")
        return None, 0.0
    return day_of(problem, today), usual_change_weight(problem, plan) if change_weight is None else change_weight
