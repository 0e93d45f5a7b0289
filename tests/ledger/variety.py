"""A record for totals: what stands in every place and stage, of several donors, with every marking."""

from __future__ import annotations

from pledgeway.access.deciding import system
from pledgeway.accounts.moves import Move, Position
from pledgeway.accounts.stages import Act
from pledgeway.ledger.models import Announcement, AnnouncementTerms, Commitment, Requirement, RequirementVersion
from pledgeway.ledger.posting import Draft, post
from pledgeway.registry.models import Place
from tests.ledger.promises import COMMITTED, PLEDGED, day, party, promise, terms

CELL = system("cell")
MARKINGS = (["public"], ["DE"], ["DE", "NORDIC"], [])
AT_HUB, ALLOCATED = Position("at hub", place="HUB", requirement="R1"), Position("allocated", requirement="R1")


def record_variety() -> None:
    """Record promises of three donors with every marking, on their way to a need; money, and an announcement."""
    Place.objects.create(code="HUB", name="Hub", kind="hub")
    needed = Requirement(key="R1")
    version = RequirementVersion(requirement=needed, party=party("UA"), quantity="50", state="validated",
                                 marking=["public"])  # fmt: skip
    post(Draft(CELL, entries=[needed, version]))
    for number, donor in enumerate(["NO", "DE", "SE"] * 2):
        for at, marking in enumerate(MARKINGS):
            key, quantity = f"P{number}{at}", 10 + 3 * number + at
            worth = {"value": "12.5", "currency": "USD", "converted": "11.25", "converted_currency": "EUR"}
            promise(key, quantity, donor, marking=marking, **(worth if number % 2 else {}))
            steps = [(PLEDGED, COMMITTED), (COMMITTED, ALLOCATED), (ALLOCATED, AT_HUB)][: 1 + (number + at) % 3]
            moves = [Move(key, Act.ADVANCE, *step, 6 - k, day(2 + k)) for k, step in enumerate(steps)]
            lost = Move(key, Act.LEAVE, AT_HUB, Position("lost", left="at hub"), 1, day(6))
            post(Draft(CELL, moves=[*moves, *([lost] if len(steps) == 3 else [])]))
    announced, part, loan = Announcement(key="A1"), *(_commitment(key, "EUR") for key in ("M1", "M2"))
    said = AnnouncementTerms(announcement=announced, donor=party("NO"), purpose="military", day=day(1).latest,
                             precision=0, value="99", currency="EUR", marking=["DE"])  # fmt: skip
    entries = [announced, said, part, loan, terms(part, "NO", announcement=announced), terms(loan, "DE")]
    moves = [Move(key, Act.PROMISE, None, PLEDGED, 1234, day(1)) for key in ("M1", "M2")]
    post(Draft(CELL, entries=entries, moves=moves))


def _commitment(key: str, unit: str) -> Commitment:
    return Commitment(key=key, kind="grant", unit=unit, decimals=2)
