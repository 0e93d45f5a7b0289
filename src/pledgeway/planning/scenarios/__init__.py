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
)
from pledgeway.planning.scenarios.stress import Loss, Outcome, Stress, lost_requirements, stress

__all__ = ["Event", "Loss", "Outcome", "Scenario", "ScenarioError", "Stress", "apply", "built_in", "lost_requirements",
           "pairs", "parse", "parse_list", "stress"]  # fmt: skip
