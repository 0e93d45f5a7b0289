"""The file in which a sweep keeps what it has found, a line an outcome, so that it can go on where it was stopped."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pledgeway.planning.plan import Plan
from pledgeway.planning.plan import from_dict as plan_from_dict
from pledgeway.planning.plan import to_dict as plan_to_dict
from pledgeway.planning.problem import Problem, digest
from pledgeway.planning.scenarios.changes import Scenario
from pledgeway.planning.scenarios.outcome import Outcome


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
