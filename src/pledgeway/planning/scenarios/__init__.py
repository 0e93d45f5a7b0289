"""What breaks when someone leaves: scenarios, what they cost, and on whom the plan depends."""

from pledgeway.planning.scenarios.changes import (
    Event,
    Scenario,
    ScenarioError,
    apply,
    built_in,
    pairs,
    parse,
    parse_list,
    since,
)
from pledgeway.planning.scenarios.dependence import (
    Concentration,
    chances,
    concentration,
    dependence,
    failures,
    single_points,
    step_in,
)  # fmt: skip
from pledgeway.planning.scenarios.stress import Loss, Outcome, Stress, lost_requirements, stress
from pledgeway.planning.scenarios.what_if import Difference, what_if

__all__ = [
    "Concentration", "Difference", "Event", "Loss", "Outcome", "Scenario", "ScenarioError", "Stress", "apply",
    "built_in", "chances", "concentration", "dependence", "failures", "lost_requirements", "pairs", "parse",
    "parse_list", "since", "single_points", "step_in", "stress", "what_if",
]  # fmt: skip
