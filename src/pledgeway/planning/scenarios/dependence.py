"""On whom a plan depends: shares, which requirement rests on whom, who steps in, and the chance to be on time."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from pledgeway.planning.plan import Plan, allocations
from pledgeway.planning.problem import Problem
from pledgeway.planning.scenarios.stress import Loss, Stress


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


def step_in(stressed: Stress, loss: Loss) -> pd.DataFrame:
    """Return who gives more in a scenario than in the present plan, and what of it is still to be had.

    Columns: donor, item, more (units beyond the present plan), spare (units left over in the scenario).
    """
    problem = stressed.problem
    before, after = (
        allocations(problem, plan).groupby(["donor", "item"])["quantity"].sum()
        for plan in (stressed.plan, loss.outcome.plan)
    )
    gone = {event.what for event in loss.scenario.events if event.kind == "donor"}
    offered = problem.offers[~problem.offers["donor"].isin(gone)].groupby(["donor", "item"])["quantity"].sum()
    more = (after.reindex(offered.index, fill_value=0.0) - before.reindex(offered.index, fill_value=0.0)).rename("more")
    spare = (offered - after.reindex(offered.index, fill_value=0.0)).clip(lower=0.0).rename("spare")
    both = pd.concat([more, spare], axis=1).reset_index()
    return both[both["more"] > 1e-9].sort_values("more", ascending=False, kind="stable", ignore_index=True)


def chances(
    problem: Problem, plan: Plan, *, draws: int = 2000, seed: int = 0, late: float = 0.1, days_late: float = 3.0,
    lost: float = 0.01,
) -> pd.DataFrame:  # fmt: skip
    """Return the chance that each requirement is met in full and on time when legs run late and goods are lost.

    The plan is carried out as it stands, without planning again. Each leg is late with probability ``late``, by a
    geometric number of days with mean ``days_late``; waiting on the way makes up for it. Each movement is lost with
    probability ``lost``. Columns: requirement, chance, share_on_time (mean share of what is asked), planned (share that
    the plan has on time). The same ``seed`` gives the same answer.
    """
    needs = problem.requirements
    index = {key: k for k, key in enumerate(needs["id"])}
    asked, due = needs["quantity"].to_numpy(np.float64), needs["due"].to_numpy(np.int64)
    transit = dict(zip(problem.lanes["id"], problem.lanes["transit_days"], strict=True))
    random = np.random.default_rng(seed)
    on_time, planned = np.zeros((len(needs), draws)), np.zeros(len(needs))
    for move in plan.movements:
        need = index[move.requirement]
        behind, arrival = np.zeros(draws), None
        for leg in move.legs:
            if arrival is not None:
                behind = np.maximum(0.0, behind - (leg.departs - arrival))
            behind += (random.random(draws) < late) * random.geometric(1.0 / max(1.0, days_late), draws)
            arrival = leg.departs + int(transit[leg.lane])
        usable = np.maximum(move.usable, (move.usable if arrival is None else arrival) + behind)
        arrives = random.random(draws) >= (lost if move.legs else 0.0)
        on_time[need] += move.quantity * (arrives & (usable <= due[need]))
        planned[need] += move.quantity * (move.usable <= due[need])
    share = on_time / np.maximum(asked, 1e-12)[:, None]
    return pd.DataFrame({
        "requirement": needs["id"], "chance": (share >= 1 - 1e-9).mean(axis=1) if draws else np.nan,
        "share_on_time": share.mean(axis=1) if draws else np.nan, "planned": planned / np.maximum(asked, 1e-12),
    })  # fmt: skip
