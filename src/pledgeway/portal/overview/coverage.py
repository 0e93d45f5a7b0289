"""How much of the validated needs is delivered, allocated and neither, by priority, in tonnes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple
from urllib.parse import urlencode

from django.urls import reverse
from markupsafe import Markup

from pledgeway.access.deciding import Reader
from pledgeway.ledger.remembered import until_recorded
from pledgeway.ledger.seen import requirements_seen
from pledgeway.pictures import words
from pledgeway.pictures.drawing import COLUMN, NARROW, Figure, tag
from pledgeway.pictures.priority_bars import PriorityBar, draw
from pledgeway.portal.lists import requirements


@dataclass
class Coverage:
    """The needs of one priority: how many, and their tonnes; ``unweighed`` ones have no known mass."""

    priority: int
    requirements: int = 0
    allocated_in_full: int = 0
    delivered_in_full: int = 0
    unweighed: int = 0
    asked_t: float = 0.0
    allocated_t: float = 0.0
    delivered_t: float = 0.0

    def link(self, covered: str = "") -> str:
        """Return where the needs are that are counted; ``covered`` is one of ``requirements.COVERED``."""
        said = {"priority": self.priority, "state": "validated"} | ({"covered": covered} if covered else {})
        return f"{reverse('requirements')}?{urlencode(said)}"


class Need(NamedTuple):
    """A validated need: its row's number, its key, who has it, what it accepts and asks for, and what it was given."""

    pk: int
    key: str
    party: str
    accepts: list[Any]
    quantity: Decimal
    due: date | None
    priority: int
    allocated: Decimal
    delivered: Decimal


@until_recorded
def needs_seen(reader: Reader) -> list[Need]:
    """Return the validated needs that ``reader`` may see, with what they were given."""
    held = requirements.given(reader)
    rows = requirements_seen(reader).filter(state="validated").order_by("pk").values_list(
        "pk", "requirement__key", "party__name", "accepts", "quantity", "due", "priority", "requirement_id"
    )  # fmt: skip
    nothing = Decimal(0)
    return [
        Need(pk, key, party, accepts, quantity, due, priority, held.get((number, "allocated"), nothing),
             held.get((number, "delivered"), nothing))
        for pk, key, party, accepts, quantity, due, priority, number in rows
    ]  # fmt: skip


def tonnes_of(row: Need, mass_of: Mapping[str, float]) -> float | None:
    """Return the tonnes of one unit of a need, taken as its first accepted item; None where that is not known."""
    return mass_of.get(str(row.accepts[0][0])) if row.accepts else None


def coverage(rows: Sequence[Need], mass_of: Mapping[str, float]) -> list[Coverage]:
    """Return the coverage of ``rows`` (of :func:`needs_seen`) by priority, the first first."""
    found: dict[int, Coverage] = {}
    for row in rows:
        own = found.setdefault(row.priority, Coverage(row.priority))
        own.requirements += 1
        own.allocated_in_full += row.allocated >= row.quantity
        own.delivered_in_full += row.delivered >= row.quantity
        mass = tonnes_of(row, mass_of)
        own.unweighed += mass is None
        asked = float(row.quantity) * (mass or 0.0)
        delivered = min(asked, float(row.delivered) * (mass or 0.0))
        own.asked_t += asked
        own.delivered_t += delivered
        own.allocated_t += min(asked, float(row.allocated) * (mass or 0.0)) - delivered
    return [found[priority] for priority in sorted(found)]


def figure(found: Sequence[Coverage]) -> Figure:
    """Return the bars of ``found``."""
    drawn = [one for one in found if one.asked_t > 0]
    if not drawn:
        return Figure("coverage", "No need of known mass is validated that you may see")
    bars = [
        PriorityBar(one.priority, (
            ("delivered", "on-time", one.delivered_t / one.asked_t),
            ("allocated", "allocated", one.allocated_t / one.asked_t),
            ("uncovered", "unmet", max(0.0, 1 - (one.delivered_t + one.allocated_t) / one.asked_t)),
        ))
        for one in drawn
    ]  # fmt: skip
    first = drawn[0]
    whole = sum(one.asked_t for one in drawn)
    open_t = whole - sum(one.delivered_t + one.allocated_t for one in drawn)
    finding = (
        f"Of priority {first.priority}, {words.percent(first.delivered_t / first.asked_t)} is delivered; "
        f"{words.tonnes(open_t)} of all need, {words.percent(open_t / whole)}, have nothing allocated"
    )
    note = (
        Markup("Share of each priority’s tonnes: ") + tag("b", "delivered", class_="state on-time") + ", "
        + tag("b", "allocated or under way", class_="key-allocated") + ", "
        + tag("b", "uncovered", class_="state unmet")
    )  # fmt: skip
    return Figure("coverage", finding, note, draw(bars, COLUMN, finding), draw(bars, NARROW, finding))
