"""The chance that each requirement is met in full and on time when departures run late and goods are lost.

The plan is carried out as it stands, with nobody planning again. Thousands of draws come in blocks that each have a
random stream of their own, so that a block is the same whoever draws it and whatever was drawn before.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from pledgeway.planning.plan import Plan
from pledgeway.planning.problem import Problem
from pledgeway.planning.scenarios.keeping import Keeping, rows_of

Floats = npt.NDArray[np.float64]
AT_ONCE = 500
"""Draws of a block."""
NORMAL = 1.959963984540054
"""Standard deviations on either side of the mean that hold 95 % of a normal distribution."""
KIND = "draws"


@dataclass(frozen=True)
class Hazards:
    """What may go wrong. What departs on a lane on a day is late with probability ``late``, all of it together, by a
    geometric number of days with mean ``days_late`` (at least 1). Each movement is lost with probability ``lost``.
    """

    late: float = 0.1
    days_late: float = 3.0
    lost: float = 0.01


@dataclass(frozen=True)
class Chances:
    """What ``draws`` draws found.

    ``requirements``: requirement, chance (share of draws in which it is met in full and on time), least and most (the
    95 % interval of that chance after Wilson 1927, "Probable inference, the law of succession, and statistical
    inference"), share_on_time (mean share of what is asked), planned (share that the plan has on time). No draws: NaN.
    """

    requirements: pd.DataFrame
    draws: int
    seed: int
    hazards: Hazards


DrawsCallback = Callable[[int, int], object]
"""Called with how many draws are done, and how many there will be; True stops."""


def chances(
    problem: Problem, plan: Plan, *, draws: int = 2000, seed: int = 0, hazards: Hazards | None = None,
    keep: Path | None = None, progress: DrawsCallback | None = None,
) -> Chances:  # fmt: skip
    """Return the chance that each requirement is met in full and on time; waiting on the way makes up for delays.

    The same ``seed`` gives the same answer. Blocks of draws are kept in the file ``keep`` as they come, and those
    already there are not drawn again. Ctrl-C and ``progress`` returning True end it with what is known.
    """
    hazards = hazards or Hazards()
    keeping = Keeping.of(keep, problem, plan, KIND, seed, *asdict(hazards).values())
    done = {(row["block"], row["draws"]): row for row in keeping.rows()}
    blocks = [(k, min(AT_ONCE, draws - k * AT_ONCE)) for k in range(-(-draws // AT_ONCE))]
    drawing, found = _Drawing(problem, plan, hazards), list[dict[str, Any]]()
    try:
        for block, count in blocks:
            row = done.get((block, count))
            if row is None:
                row = drawing.block(seed, block, count)
                keeping.append(row)
            found.append(row)
            if progress is not None and progress(sum(each["draws"] for each in found), draws) is True:
                break
    except KeyboardInterrupt:
        pass
    return _chances(problem, plan, found, seed, hazards)


def chances_kept(file: Path, problem: Problem, plan: Plan) -> Chances | None:
    """Return what ``file`` keeps of the newest draws for this plan; None for nothing."""
    rows = [(json.loads(row["of"]), row) for row in rows_of(file, problem, plan) if "block" in row]
    if not rows:
        return None
    newest = rows[-1][1]["of"]
    blocks: dict[int, dict[str, Any]] = {}
    for _, row in rows:
        if row["of"] == newest and row["draws"] >= blocks.get(row["block"], row)["draws"]:
            blocks[row["block"]] = row
    seed, *hazards = rows[-1][0][-4:]
    return _chances(problem, plan, blocks.values(), seed, Hazards(*hazards))


class _Drawing:
    """A plan as arrays, so that a block of draws is a few passes over its movements."""

    def __init__(self, problem: Problem, plan: Plan, hazards: Hazards) -> None:
        needs = problem.requirements
        self.plan, self.hazards = plan, hazards
        self.index = {key: k for k, key in enumerate(needs["id"])}
        self.asked, self.due = needs["quantity"].to_numpy(np.float64), needs["due"].to_numpy(np.int64)
        self.transit = dict(zip(problem.lanes["id"], problem.lanes["transit_days"], strict=True))
        departures = sorted({(leg.lane, leg.departs) for move in plan.movements for leg in move.legs})
        self.departure = {key: k for k, key in enumerate(departures)}

    def block(self, seed: int, number: int, draws: int) -> dict[str, Any]:
        """Return how often each requirement was met in full and on time, and the sum of its shares on time."""
        random, hazards = np.random.default_rng([seed, number]), self.hazards
        late = random.random((len(self.departure), draws), dtype=np.float32) < hazards.late
        delay = np.zeros(late.shape, dtype=np.int32)
        delay[late] = random.geometric(1.0 / max(1.0, hazards.days_late), int(late.sum()))
        on_time = np.zeros((len(self.asked), draws))
        for move in self.plan.movements:
            need = self.index[move.requirement]
            behind, arrival = np.zeros(draws), move.usable
            for k, leg in enumerate(move.legs):
                if k:
                    behind = np.maximum(0.0, behind - (leg.departs - arrival))
                behind += delay[self.departure[leg.lane, leg.departs]]
                arrival = leg.departs + int(self.transit[leg.lane])
            usable = np.maximum(move.usable, arrival + behind)
            arrives = random.random(draws) >= (hazards.lost if move.legs else 0.0)
            on_time[need] += move.quantity * (arrives & (usable <= self.due[need]))
        share = on_time / np.maximum(self.asked, 1e-12)[:, None]
        met = (share >= 1 - 1e-9).sum(axis=1)
        return {"block": number, "draws": draws, "met": met.tolist(), "share": share.sum(axis=1).tolist()}


def _chances(
    problem: Problem, plan: Plan, blocks: Iterable[dict[str, Any]], seed: int, hazards: Hazards
) -> Chances:  # fmt: skip
    needs = problem.requirements
    met, share, draws = np.zeros(len(needs)), np.zeros(len(needs)), 0
    for row in blocks:
        met, share, draws = met + np.array(row["met"]), share + np.array(row["share"]), draws + row["draws"]
    due = dict(zip(needs["id"], needs["due"], strict=True))
    planned = dict.fromkeys(needs["id"], 0.0)
    for move in plan.movements:
        planned[move.requirement] += move.quantity if move.usable <= due[move.requirement] else 0.0
    chance = met / draws if draws else np.full(len(needs), np.nan)
    least, most = interval(chance, draws)
    asked = np.maximum(needs["quantity"].to_numpy(np.float64), 1e-12)
    table = pd.DataFrame({
        "requirement": needs["id"], "chance": chance, "least": least, "most": most,
        "share_on_time": share / draws if draws else np.nan, "planned": np.array(list(planned.values())) / asked,
    })  # fmt: skip
    return Chances(table, draws, seed, hazards)


def interval(share: Floats, draws: int) -> tuple[Floats, Floats]:
    """Return the 95 % interval (Wilson 1927) of probabilities that ``draws`` draws estimate as ``share``; NaN for 0."""
    if not draws:
        return np.full(len(share), np.nan), np.full(len(share), np.nan)
    z = NORMAL**2 / draws
    middle = (share + z / 2) / (1 + z)
    half = np.sqrt(z * share * (1 - share) + z * z / 4) / (1 + z)
    # At none and at all of the draws the formula gives exactly 0 and 1, but for rounding.
    return np.where(share <= 0, 0.0, middle - half), np.where(share >= 1, 1.0, middle + half)
