"""On whom a plan depends: shares, and which requirement rests on whom."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from pledgeway.planning.plan import Plan, allocations
from pledgeway.planning.problem import Problem
from pledgeway.planning.scenarios.stress import Stress


@dataclass(frozen=True)
class Concentration:
    """How much of a plan rests on how few. ``herfindahl`` is the sum of squared shares of worth, in (0, 1].

    ``donors``: donor, worth, share_of_worth, tonnes, share_of_tonnes, items (kinds of goods), share_of_items.
    ``effective_donors`` is 1 / ``herfindahl``: as many donors of equal size would be as concentrated.
    """

    donors: pd.DataFrame
    herfindahl: float
    effective_donors: float


def concentration(problem: Problem, plan: Plan) -> Concentration:
    """Return the shares of the plan's donors, the largest worth first; 0 and no donors for a plan of nothing."""
    pairs = allocations(problem, plan)
    donors = pairs.groupby("donor", as_index=False).agg(
        worth=("worth", "sum"), tonnes=("tonnes", "sum"), items=("item", "nunique")
    )
    for share, figure, whole in (
        ("share_of_worth", "worth", float(donors["worth"].sum())),
        ("share_of_tonnes", "tonnes", float(donors["tonnes"].sum())),
        ("share_of_items", "items", float(pairs["item"].nunique())),
    ):
        donors[share] = donors[figure] / whole if whole else 0.0
    herfindahl = float((donors["share_of_worth"] ** 2).sum())
    donors = donors.sort_values("worth", ascending=False, kind="stable", ignore_index=True)
    return Concentration(donors, herfindahl, 1.0 / herfindahl if herfindahl else 0.0)


def dependence(stressed: Stress) -> pd.DataFrame:
    """Return the worth that each requirement (row) loses in each scenario (column), in points; losses only."""
    before = allocations(stressed.problem, stressed.plan).groupby("requirement")["worth"].sum()
    columns = {}
    for loss in stressed.losses:
        after = allocations(stressed.problem, loss.outcome.plan).groupby("requirement")["worth"].sum()
        columns[loss.scenario.name] = (before - after.reindex(before.index, fill_value=0.0)).clip(lower=0.0)
    return pd.DataFrame(columns, index=before.index)
