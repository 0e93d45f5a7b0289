"""The file in which a sweep keeps what it has found, a line an outcome, so that it can go on where it was stopped."""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterator
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


def rows_of(file: Path, problem: Problem, plan: Plan) -> Iterator[dict[str, Any]]:
    """Yield all that ``file`` keeps for this problem and plan, however wide and with whatever seed, the newest last."""
    mine = _stamp(problem, plan)
    for row in _lines(file):
        if json.loads(row["of"])[: len(mine)] == mine:
            yield row


def _stamp(problem: Problem, plan: Plan) -> list[Any]:
    return [digest(problem), plan.value, len(plan.movements)]


def _lines(file: Path) -> Iterator[dict[str, Any]]:
    """Yield the lines of ``file``; one that was cut short when the sweep was ended is left out."""
    if not file.exists():
        return
    with file.open(encoding="utf-8") as lines:
        for line in lines:
            try:
                yield json.loads(line)
            except json.JSONDecodeError:
                continue


def outcomes_kept(file: Path, problem: Problem, plan: Plan) -> list[Outcome]:
    """Return the newest outcome of each scenario that ``file`` keeps for this problem and plan."""
    newest = {row["scenario"]: row for row in rows_of(file, problem, plan) if "scenario" in row}
    return [_outcome(parse(problem, text, row["name"]), row) for text, row in newest.items()]


def shown(file: Path, problem: Problem, plan: Plan, name: str) -> tuple[Problem, Plan]:
    """Return the problem of the scenario that ``file`` keeps under ``name`` (or its events), and its newest plan.

    Raises ScenarioError, with the closest names, where nothing is kept under it for this problem and plan.
    """
    found, names = None, dict[str, None]()
    for row in rows_of(file, problem, plan):
        if "scenario" in row:
            names[row["name"]] = None
            found = row if name in {row["name"], row["scenario"]} else found
    if found is None:
        near = difflib.get_close_matches(name, names, CLOSEST, 0.3) or list(names)[:CLOSEST]
        known = f"; the closest are {', '.join(map(repr, near))}" if near else "; pledgeway stress plans them"
        raise ScenarioError(f"no plan of a scenario {name!r} is kept{known}")
    changed = apply(without_fixed_pins(problem), parse(problem, found["scenario"], found["name"]))
    return changed, plan_from_dict(found["plan"])


def _outcome(scenario: Scenario, row: dict[str, Any]) -> Outcome:
    plan = plan_from_dict(row["plan"])
    return Outcome(scenario, row["value"], row["bound"], plan, row["seconds"], plan.rounds)


@dataclass(frozen=True)
class Keeping:
    """What is kept in ``file`` (None: nothing) of the work that ``stamp`` names."""

    file: Path | None
    stamp: str

    @staticmethod
    def of(file: Path | None, problem: Problem, plan: Plan, *asked: Any) -> Keeping:
        """Return what is kept for this problem and plan, of what was ``asked`` in the same way."""
        return Keeping(file, json.dumps([*_stamp(problem, plan), *asked]) if file else "")

    def rows(self) -> Iterator[dict[str, Any]]:
        """Yield what is there already."""
        if self.file is not None:
            yield from (row for row in _lines(self.file) if row["of"] == self.stamp)

    def append(self, row: dict[str, Any]) -> None:
        """Write one line."""
        if self.file is not None:
            with self.file.open("a+b") as file:
                if file.tell():  # a line that was cut short is ended first, so that it does not spoil this one
                    file.seek(-1, 2)
                    file.write(b"" if file.read(1) == b"\n" else b"\n")
                file.write(json.dumps({"of": self.stamp, **row}).encode() + b"\n")

    def found(self, wanted: list[Scenario]) -> dict[str, Outcome]:
        """Return the outcomes by scenario that are there already."""
        by_text = {str(scenario): scenario for scenario in wanted}
        return {
            row["scenario"]: _outcome(by_text[row["scenario"]], row) for row in self.rows()
            if row["scenario"] in by_text
        }  # fmt: skip

    def keep(self, found: Outcome) -> None:
        """Write one outcome."""
        if self.file is not None:
            self.append({
                "scenario": str(found.scenario), "name": found.scenario.name, "value": found.value,
                "bound": found.bound, "seconds": found.seconds, "plan": plan_to_dict(found.plan),
            })  # fmt: skip
