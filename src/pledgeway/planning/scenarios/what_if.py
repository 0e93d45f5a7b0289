"""What if: the problem with something changed, planned again from the present plan, and what that changes."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from pledgeway.planning.ongoing import changes
from pledgeway.planning.plan import Plan
from pledgeway.planning.problem import Problem
from pledgeway.planning.scenarios.changes import since
from pledgeway.planning.scenarios.comparing import compared, in_words
from pledgeway.planning.solving import solve
from pledgeway.planning.stop import ProgressCallback, Stop

SAID = 5


@dataclass(frozen=True)
class Difference:
    """The present plan, and the plan of the changed problem.

    ``requirements`` has a row per requirement that is served differently (as
    :func:`pledgeway.planning.scenarios.comparing.compared`); ``pairs`` a row per offer and requirement whose units
    differ: offer, requirement, before, after (units).
    """

    problem: Problem
    present: Plan
    changed: Problem
    plan: Plan
    requirements: pd.DataFrame
    pairs: pd.DataFrame

    @property
    def gain(self) -> float:
        """What the new plan is worth more than the present one, in points; below 0: less."""
        return self.plan.value - self.present.value

    @property
    def most_gain(self) -> float:
        """The proven limit of ``gain`` for any plan of the changed problem, in points."""
        return self.plan.bound - self.present.value

    def sentences(self) -> list[str]:
        """Return the difference in words, what matters most first."""
        share = self.gain / self.present.value if self.present.value else 0.0
        more = "more" if self.gain >= 0 else "less"
        limit = f"{self.most_gain:.6g} more" if self.most_gain >= 0 else f"{-self.most_gain:.6g} less"
        lost, gained = self.requirements["worth_lost"] > 0, self.requirements["worth_lost"] < 0
        said = [
            f"The plan is worth {abs(self.gain):.6g} points {more} than the present one ({share:+.2%}); no plan of the "
            f"changed problem can be worth over {limit}.",
            f"{gained.sum()} requirements are served better and {lost.sum()} worse; {len(self.pairs)} allocations "
            f"change, {(self.pairs['after'] < self.pairs['before']).sum()} of them to less.",
        ]
        if not len(self.pairs):
            said[1] = "No allocation changes."
        elif self.plan.change is not None:
            said.insert(2, self.plan.change.sentence(self.plan.value))
        best = self.requirements[gained].iloc[::-1].head(SAID)
        return [*said, *in_words(self.changed, self.requirements[lost].head(SAID)), *in_words(self.changed, best)]


def what_if(
    problem: Problem,
    plan: Plan,
    changed: Problem,
    stop: Stop | None = None,
    seed: int = 0,
    progress: ProgressCallback | None = None,
    today: int | None = None,
    change_weight: float = 0.0,
) -> Difference:
    """Plan ``changed`` again from ``plan``, the plan of ``problem``, and return what differs.

    ``changed`` has the rows of ``problem`` in their order, as :func:`pledgeway.planning.scenarios.apply` leaves them.
    ``stop``, ``seed``, ``progress`` and, where the plan is being carried out, ``today`` and ``change_weight`` are those
    of :func:`pledgeway.planning.solve`, whose errors it raises.
    """
    if today is None:
        found = solve(changed, stop, seed, progress, start=plan)
    else:
        changed = since(problem, changed, today)
        found = solve(changed, stop, seed, progress, keep=plan, today=today, change_weight=change_weight)
    differs = compared(problem, plan, found, changed)
    return Difference(problem, plan, changed, found, differs, changes(plan, found.movements))
