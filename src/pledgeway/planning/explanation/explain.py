"""The story of one row of a problem under a plan: what it got, by which way, why not more, what would change that."""

from __future__ import annotations

import datetime
from difflib import get_close_matches

from pledgeway.planning.explanation.of_offer import donor_story, offer_story
from pledgeway.planning.explanation.of_place import day_story, place_story
from pledgeway.planning.explanation.of_requirement import requirement_story
from pledgeway.planning.explanation.situation import look_up
from pledgeway.planning.plan import Plan
from pledgeway.planning.problem import Problem

SECONDS = 5.0


class UnknownIdError(KeyError):
    """There is no row of that id; the message names the closest one."""

    def __str__(self) -> str:
        return str(self.args[0])


def explain(problem: Problem, plan: Plan, row_id: str, seconds: float = SECONDS) -> list[str]:
    """Return the story of a requirement, offer, donor, place or day as sentences; ``plan`` must be valid.

    ``row_id`` is an id, looked up among requirements, offers, donors and places in this order, or a day: a date in ISO
    form ("2022-12-01") or "day 30". Takes about ``seconds`` at most. Raises UnknownIdError (a KeyError), naming the
    closest known id, where there is no such row, and ValueError for a day outside the horizon.
    """
    situation = look_up(problem, plan)
    if row_id in situation.needs:
        return requirement_story(situation, row_id, seconds)
    if row_id in situation.offers:
        return offer_story(situation, row_id, seconds)
    donors = set(problem.offers["donor"])
    if row_id in donors:
        return donor_story(situation, row_id, seconds)
    if row_id in situation.places:
        return place_story(situation, row_id)
    day = _day(problem, row_id)
    if day is not None:
        return day_story(situation, day)
    known = [*situation.needs, *situation.offers, *donors, *situation.places]
    close = get_close_matches(row_id, known, n=1, cutoff=0.0)
    hint = f"; did you mean {close[0]}?" if close else ""
    raise UnknownIdError(f"there is no requirement, offer, donor or place {row_id!r}{hint}")


def _day(problem: Problem, text: str) -> int | None:
    """Return the day that ``text`` names, None where it names none; raise ValueError outside the horizon."""
    day: int | None = None
    word = text.strip().lower()
    if word.startswith("day ") and word[4:].strip().isdigit():
        day = int(word[4:])
    elif problem.start_date is not None:
        try:
            day = (datetime.date.fromisoformat(word) - problem.start_date).days
        except ValueError:
            return None
    if day is not None and not 0 <= day < problem.days:
        first, last = problem.date_of(0), problem.date_of(problem.days - 1)
        raise ValueError(f"{text!r} is outside the plan: it runs from {first} to {last}")
    return day
