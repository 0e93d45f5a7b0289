"""One run of planning: what is known so far, and whether to go on."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass, field

from pledgeway.planning.plan import TracePoint, relative_gap
from pledgeway.planning.stop import Progress, ProgressCallback, Stop


class StopError(Exception):
    """Planning was asked to stop."""


@dataclass
class Run:
    """The best value and bound so far, the rounds done, and the reason for stopping (empty while going on)."""

    stop: Stop
    progress: ProgressCallback | None
    begun: float = field(default_factory=time.perf_counter)
    rounds: int = 0
    value: float = 0.0
    bound: float = math.inf
    reason: str = ""
    trace: list[TracePoint] = field(default_factory=list)

    @property
    def gap_wanted(self) -> float:
        """The gap at which the stop criterion is content; 0 where it has none."""
        return float(getattr(self.stop, "gap", 0.0))

    @property
    def seconds(self) -> float:
        """Seconds since the run began."""
        return time.perf_counter() - self.begun

    def report(self, phase: str) -> None:
        """Tell what is known; raise StopError where the criterion, or who listens, says stop."""
        seconds = self.seconds
        self.trace.append(TracePoint(seconds, self.value, self.bound))
        now = Progress(seconds, self.value, self.bound, relative_gap(self.value, self.bound), self.rounds, phase)
        asked = self.progress is not None and self.progress(now) is True
        if asked or self.stop.done(now):
            reached = now.gap <= self.gap_wanted or now.bound - now.value <= getattr(self.stop, "value", -math.inf)
            spent = "out of time" if self.stop.seconds_left(seconds) <= 0 else "rounds done"
            self.reason = "asked to stop" if asked else "reached the gap" if reached else spent
            raise StopError
