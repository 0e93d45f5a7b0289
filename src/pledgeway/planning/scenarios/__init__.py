"""What breaks when someone leaves: scenarios, what they cost, and on whom the plan depends."""

from pledgeway.planning.scenarios.chances import Chances, Hazards, chances
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
from pledgeway.planning.scenarios.dependence import Concentration, concentration, dependence
from pledgeway.planning.scenarios.keeping import shown
from pledgeway.planning.scenarios.outcome import Outcome
from pledgeway.planning.scenarios.sharing import WorkersLostError
from pledgeway.planning.scenarios.single_points import single_points
from pledgeway.planning.scenarios.stepping_in import StepIn
from pledgeway.planning.scenarios.stress import Loss, Stress, failures, kept, lost_requirements, stress
from pledgeway.planning.scenarios.what_if import Difference, what_if

__all__ = [
    "Chances", "Concentration", "Difference", "Event", "Hazards", "Loss", "Outcome", "Scenario", "ScenarioError",
    "StepIn", "Stress", "WorkersLostError", "apply", "built_in", "chances", "concentration", "dependence", "failures",
    "kept", "lost_requirements", "pairs", "parse", "parse_list", "shown", "since", "single_points", "stress", "what_if",
]  # fmt: skip
