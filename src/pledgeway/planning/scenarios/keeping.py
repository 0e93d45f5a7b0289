"""The file in which a sweep keeps what it has found, a line an outcome, so that it can go on where it was stopped."""

from __future__ import annotations

import difflib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pledgeway.planning.plan import Plan
from pledgeway.planning.plan import from_dict as plan_from_dict
from pledgeway.planning.plan import to_dict as plan_to_dict
from pledgeway.planning.problem import Problem, digest
from pledgeway.planning.scenarios.changes import Scenario, ScenarioError, apply, parse
from pledgeway.planning.scenarios.outcome import Outcome, without_fixed_pins

CLOSEST = 5
"""So many names are said where one is not known."""


def shown(file: Path, problem: Problem, plan: Plan, name: str) -> tuple[Problem, Plan]:
    """Return the problem of the scenario that ``file`` keeps under ``name`` (or its events), and its newest plan.

    Raises ScenarioError, with the closest names, where nothing is kept under it for this problem and plan.
    """
    mine, found, names = [digest(problem), plan.value, len(plan.movements)], None, dict[str, None]()
    for line in file.read_text(encoding="utf-8").splitlines() if file.exists() else []:
        try:
            row = json.loads(line)
        except json.JSONDecodeError:  # cut short when the sweep was ended
            continue
        if json.loads(row["of"])[: len(mine)] == mine:
            names[row["name"]] = None
            found = row if name in {row["name"], row["scenario"]} else found
    if found is None:
        near = difflib.get_close_matches(name, names, CLOSEST, 0.3) or list(names)[:CLOSEST]
        known = f"; the closest are {', '.join(map(repr, near))}" if near else "; pledgeway stress plans them"
        raise ScenarioError(f"no plan of a scenario {name!r} is kept{known}")
    changed = apply(without_fixed_pins(problem), parse(problem, found["scenario"], found["name"]))
    return changed, plan_from_dict(found["plan"])


@dataclass(frozen=True)
class Keeping:
    """What is kept in ``file`` (None: nothing) of the sweep that ``stamp`` names."""

    file: Path | None
    stamp: str

    @staticmethod
    def of(file: Path | None, problem: Problem, plan: Plan, within: float, seed: int) -> Keeping:
        """Return what is kept of the scenarios of this problem, plan and width."""
        stamp = json.dumps([digest(problem), plan.value, len(plan.movements), within, seed]) if file else ""
        return Keeping(file, stamp)

    def found(self, wanted: list[Scenario]) -> dict[str, Outcome]:
        """Return the outcomes by scenario that are there already; a line cut short is left out."""
        if self.file is None or not self.file.exists():
            return {}
        by_text, found = {str(scenario): scenario for scenario in wanted}, {}
        for line in self.file.read_text(encoding="utf-8").splitlines():
            try:
                row = json.loads(line)
            except json.JSONDecodeError:
                continue
            scenario = by_text.get(row["scenario"])
            if row["of"] == self.stamp and scenario is not None:
                plan = plan_from_dict(row["plan"])
                found[row["scenario"]] = Outcome(
                    scenario, row["value"], row["bound"], plan, row["seconds"], plan.rounds
                )
        return found

    def keep(self, found: Outcome) -> None:
        """Write one outcome."""
        if self.file is None:
            return
        row: dict[str, Any] = {
            "of": self.stamp, "scenario": str(found.scenario), "name": found.scenario.name,
            "value": found.value, "bound": found.bound, "seconds": found.seconds, "plan": plan_to_dict(found.plan),
        }  # fmt: skip
        with self.file.open("a", encoding="utf-8") as file:
            file.write(json.dumps(row) + "\n")
