"""The story of one requirement."""

from __future__ import annotations

from pledgeway.planning.explanation.demands import LATE, demands
from pledgeway.planning.explanation.phrases import item_name
from pledgeway.planning.explanation.reasons import causes
from pledgeway.planning.explanation.remedies import remedy
from pledgeway.planning.explanation.routes import told, ways_of
from pledgeway.planning.explanation.situation import Situation
from pledgeway.planning.explanation.unmet import why
from pledgeway.planning.explanation.wording import figure, sentence

MOST_WAYS = 8


def requirement_story(situation: Situation, requirement: str, seconds: float) -> list[str]:
    """Return what a requirement asks, what it gets by which ways, why not more or sooner, what would change that."""
    said = [_asked(situation, requirement), _served(situation, requirement)]
    ways = ways_of(situation.got.get(requirement, []))
    for way in ways[:MOST_WAYS]:
        donor = situation.offers[way.offer].donor
        said.append(sentence(f"{figure(way.quantity)} from {donor} ({way.offer}): {told(situation, way)}"))
    if len(ways) > MOST_WAYS:
        rest = sum(way.quantity for way in ways[MOST_WAYS:])
        said.append(sentence(f"{figure(rest)} more come by {len(ways) - MOST_WAYS} other ways"))
    wanted = [demand for demand in demands(situation) if demand.need.id == requirement]
    for cause in causes(situation, wanted, seconds):
        question = "not sooner" if cause.demand.state == LATE else "not more"
        said.append(sentence(f"Why {question} ({figure(cause.quantity)}): {why(situation, cause)}"))
        change = remedy(situation, cause)
        if change:
            said.append(sentence(f"What would change that: {change}"))
    return said


def _asked(situation: Situation, requirement: str) -> str:
    need, problem = situation.needs[requirement], situation.problem
    accepts = situation.accepts.get(requirement, {})
    lower = [
        f"{situation.items[item].name} at {figure(factor)} of the worth"
        for item, factor in accepts.items()
        if factor < 1
    ]
    last = min(problem.days - 1, max(int(need.due), int(need.due) + int(need.grace_days) - 1))
    until = f", and of use until {problem.date_of(last)}" if last > need.due else ""
    text = (
        f"{need.recipient} at {situation.places[need.destination].name} asks for {figure(need.quantity)} × "
        f"{item_name(situation, requirement)} by {problem.date_of(need.due)}{until} ({requirement}, priority "
        f"{need.priority}, {figure(need.weight)} points a unit)"
    )
    return sentence(text + (f"; {', '.join(lower)}" if lower else ""))


def _served(situation: Situation, requirement: str) -> str:
    need, moves = situation.needs[requirement], situation.got.get(requirement, [])
    got = sum(move.quantity for move in moves)
    late = sum(move.quantity for move in moves if move.usable > need.due)
    if not moves:
        return "The plan gives it nothing."
    whole = got >= need.quantity * (1 - 1e-9)
    share = "all of them" if whole else f"{figure(got)} of them"
    if late <= 0:
        return f"The plan gives it {share}, in time."
    days = [move.usable - need.due for move in moves if move.usable > need.due]
    how = f"{figure(late)} of these" if late < got else "all" if got > 1 else "this"
    delay = f"{min(days)}" if min(days) == max(days) else f"{min(days)} to {max(days)}"
    return f"The plan gives it {share}; {how} late, by {delay} {'day' if delay == '1' else 'days'}."
