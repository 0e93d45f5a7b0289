"""The example's invented forum: two meetings, what they decided, and a target one of them set."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

from pledgeway.forums.models import Decision, Forum, Meeting, Target
from pledgeway.intake.register import parties_by_name
from pledgeway.registry.changing import change

AUTHOR = "example"
MEMBERS = ("Germany", "Norway", "Canada", "Poland", "Ukraine")
WINTER, GENERATORS = "example-1-winter", "example-2-generators"
BEFORE = timedelta(days=30)


def record_forum(start: date) -> None:
    """Record the forum, whose second meeting was on ``start``."""
    parties = parties_by_name(MEMBERS)
    forum = Forum(code="example-forum")
    text = "An invented forum in which five nations promise help and look at what became of it."
    members = {"chair": parties["Norway"], "members": list(parties.values())}
    change(forum, {"name": "Example: forum for winter help", "text": text} | members, AUTHOR)
    meetings = {}
    for number, day, place in ((1, start - BEFORE, "Oslo"), (2, start, "on line")):
        meetings[number] = meeting = Meeting(code=f"example-{number}")
        title = f"Example: {'first' if number == 1 else 'second'} meeting"
        change(meeting, {"forum": forum, "day": day, "title": title, "place": place, "marking": ["public"]}, AUTHOR)
    for code, number, title, words, marking in (
        (WINTER, 1, "Example: winter package", "Repairs before winter are paid together.", ["public"]),
        (GENERATORS, 2, "Example: generators and kits", "Each names what it sends by the next meeting.", ["public"]),
        ("example-2-list", 2, "Example: list of what is short", "The list stays within the forum.",
         sorted(party.code for party in parties.values())),
    ):  # fmt: skip
        values = {"meeting": meetings[number], "title": title, "text": words, "marking": marking}
        change(Decision(code=code), values, AUTHOR)
    change(
        Target(code="example-target"),
        {"meeting": meetings[2], "text": "Example: trade between the members passes 200 billion dollars this year.",
         "metric": "trade between the members", "amount": Decimal(200_000_000_000), "unit": "USD",
         "due": date(start.year, 12, 31), "state": "open", "marking": ["public"]},
        AUTHOR,
    )  # fmt: skip
