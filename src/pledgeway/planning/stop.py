"""When to stop planning, and what is reported meanwhile."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True)
class Progress:
    """What is known after ``seconds``: the best plan's value, the proven bound, the gap between them, rounds done.

    ``value`` is minus infinity before there is a plan, ``bound`` infinity before there is one. ``phase`` says what is
    being done, in words for people.
    """

    seconds: float
    value: float
    bound: float
    gap: float
    rounds: int
    phase: str


ProgressCallback = Callable[[Progress], object]
"""Called often while planning; planning stops with the best plan so far when it returns True."""


class Stop(Protocol):
    """A stop criterion: asked between steps, and for the time that remains."""

    def done(self, progress: Progress) -> bool:
        """Return whether planning should stop now."""
        ...

    def seconds_left(self, elapsed: float) -> float:
        """Return how many seconds of planning remain (infinity: no limit), so that long steps fit into them."""
        ...


@dataclass(frozen=True)
class GapOrTime:
    """Stop at a gap of at most ``gap`` (a fraction) or after ``seconds``, whichever comes first."""

    gap: float = 0.01
    seconds: float = 60.0

    def done(self, progress: Progress) -> bool:
        """Return whether the gap or the time is reached."""
        return progress.gap <= self.gap or progress.seconds >= self.seconds

    def seconds_left(self, elapsed: float) -> float:
        """Return the seconds that remain."""
        return max(0.0, self.seconds - elapsed)


@dataclass(frozen=True)
class Within:
    """Stop when the bound is at most ``value`` above the plan's value, or after ``rounds``, or after ``seconds``.

    ``gap`` is about what ``value`` is as a fraction, so that the linear part is not solved much nearer than that asks.
    """

    value: float
    rounds: int
    seconds: float = float("inf")
    gap: float = 0.0

    def done(self, progress: Progress) -> bool:
        """Return whether the bound is near enough, or the rounds or the time are used up."""
        near = progress.bound - progress.value <= self.value
        return near or progress.rounds >= self.rounds or progress.seconds >= self.seconds

    def seconds_left(self, elapsed: float) -> float:
        """Return the seconds that remain."""
        return max(0.0, self.seconds - elapsed)


@dataclass(frozen=True)
class Rounds:
    """Stop after ``rounds`` rounds, whatever the clock says: the same input, seed and threads give the same plan."""

    rounds: int

    def done(self, progress: Progress) -> bool:
        """Return whether the rounds are done."""
        return progress.rounds >= self.rounds

    def seconds_left(self, elapsed: float) -> float:  # noqa: ARG002
        """Return infinity: the clock does not count."""
        return float("inf")
