"""Sailing days of a lane: weekdays ("Mon Thu"), or every n days ("every 7 days", "every 7 days from 3").

Between sailings the lane carries nothing; the planner sees these days as exceptions of capacity 0.
"""

from __future__ import annotations

import re
from datetime import date
from functools import lru_cache

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
ALLOWED = (
    "weekdays such as 'Mon Thu' (needs a start date), or 'every 7 days', or 'every 7 days from 3' (day 3 sails first)"
)

_EVERY = re.compile(r"every (\d+) days?(?: from (?:day )?(\d+))?")


def sailing_from(text: str, counted_from: date, start: date) -> str:
    """Return sailing days that count from one day as they count from ``start``; weekdays stay as they are."""
    every = _EVERY.fullmatch(_plain(text))
    if every is None or counted_from == start:
        return text
    step = int(every[1])
    first = (counted_from - start).days + int(every[2] or 0)
    # A ship that has not sailed yet by ``start`` keeps its first day; one that has sails every ``step`` days since.
    return f"every {step} days from {first if first >= 0 else first % step}"


def _plain(text: str) -> str:
    return " ".join(text.lower().replace(",", " ").replace(";", " ").split())


@lru_cache(maxsize=4096)
def sailing_exceptions(text: str, start: date | None, days: int) -> tuple[tuple[int, int], ...]:
    """Return the runs (first day, last day) of a horizon of ``days`` days on which nothing sails.

    Raises ValueError, saying what is allowed, where ``text`` cannot be understood.
    """
    wanted = _plain(text)
    every = _EVERY.fullmatch(wanted)
    if every and int(every[1]) > 0:
        step, first = int(every[1]), int(every[2] or 0)
        sails = [day >= first and (day - first) % step == 0 for day in range(days)]
    else:
        names = [word[:3] for word in wanted.split()]
        if not names or not all(word in WEEKDAYS for word in names):
            raise ValueError(f"sailing days {text!r} cannot be read; allowed: {ALLOWED}")
        if start is None:
            raise ValueError(f"sailing days {text!r} are weekdays, but the problem has no start date")
        sails = [WEEKDAYS[(start.weekday() + day) % 7] in names for day in range(days)]
    runs: list[tuple[int, int]] = []
    for day, sailing in enumerate(sails):
        if not sailing:
            runs = [*runs[:-1], (runs[-1][0], day)] if runs and runs[-1][1] == day - 1 else [*runs, (day, day)]
    return tuple(runs)
