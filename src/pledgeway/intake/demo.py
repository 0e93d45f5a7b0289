"""The example as a life: its promises and needs recorded, and three invented weeks of what became of them.

All that happens in it is invented and says "example"; what of the workbook is real, its own first sheet tells.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any, NamedTuple

from django.db import transaction

from pledgeway.access.deciding import system
from pledgeway.access.keeping import add_user
from pledgeway.access.models import User
from pledgeway.access.roles import Role
from pledgeway.accounts.days import Day
from pledgeway.accounts.moves import Move, Position, Unknown
from pledgeway.accounts.stages import Act
from pledgeway.evidence.models import Source
from pledgeway.evidence.recording import Passage, record_passages
from pledgeway.formats import read_problem
from pledgeway.intake.demo_forum import GENERATORS, WINTER, record_forum
from pledgeway.intake.register import parties_by_name
from pledgeway.intake.workbook import import_problem
from pledgeway.ledger.models import (
    Announcement,
    AnnouncementTerms,
    Batch,
    Commitment,
    CommitmentTerms,
    RequirementVersion,
)
from pledgeway.ledger.posting import Draft, post
from pledgeway.planning.problem import Problem
from pledgeway.registry.models import Party, Place
from pledgeway.tables.rows import each_row

DAYS_AGO = 21
SERVED = 90
"""How many of the example's needs something was allocated to."""

FATES = ("allocated", "in transit", "at hub", "delivered", "received", "received", "lost")
AUTHOR = "example"
ADDRESS = "example: minutes of an invented meeting"


class DemoUser(NamedTuple):
    """A user of the example."""

    name: str
    password: str
    role: str


def load_demo(workbook: Path, today: date | None = None) -> bool:
    """Record the example in ``workbook``, its first day three weeks before ``today``; False where it is there already.

    All of it or nothing. Raises FaultyInput and RefusedError.
    """
    problem = read_problem(workbook)
    if Batch.objects.filter(origin__import="workbook", origin__name=problem.name).exists():
        return False
    start = (today or date.today()) - timedelta(days=DAYS_AGO)
    problem = replace(problem, start_date=start)
    with transaction.atomic():
        digest = hashlib.sha256(workbook.read_bytes()).hexdigest()
        import_problem(problem, workbook.name, digest, AUTHOR, ["public"])
        for draft in _life(problem, start):
            post(draft)
        record_forum(start)
        post(_other_kinds(start))
    return True


@dataclass
class _Shipment:
    """A quantity of one offer on its way to one requirement."""

    offer: Any
    requirement: Any
    quantity: int
    fate: str
    hub: str
    parts: int = 0


def _shipments(problem: Problem) -> list[_Shipment]:
    """Match offers that are there in the first week to needs, the most urgent first, whole units only."""
    accepts: dict[str, set[str]] = {}
    for row in each_row(problem.accepts):
        accepts.setdefault(row.requirement, set()).add(row.item)
    offers = [row for row in each_row(problem.offers) if row.available_from <= 7 and row.recipients is None]
    left = {row.id: int(row.quantity) for row in offers}
    hubs = list(problem.places.loc[problem.places["kind"] == "hub", "id"])
    found: list[_Shipment] = []
    for need in sorted(each_row(problem.requirements), key=lambda row: (row.priority, row.due, row.id)):
        offer = next((row for row in offers if row.item in accepts[need.id] and left[row.id] > 0), None)
        if offer is None:
            continue
        number = len(found)
        quantity = min(left[offer.id], max(1, int(need.quantity) if number % 3 else int(need.quantity) // 2))
        left[offer.id] -= quantity
        found.append(_Shipment(offer, need, quantity, FATES[number % len(FATES)], hubs[number % len(hubs)]))
        if len(found) == SERVED:
            break
    return found


def _life(problem: Problem, start: date) -> Iterator[Draft]:
    """Yield one batch a step: all are allocated, then depart, pass a hub, are handed over, are countersigned."""
    shipments = _shipments(problem)
    decimals = dict(Commitment.objects.values_list("key", "decimals"))
    for one in shipments:
        one.parts = one.quantity * 10 ** decimals[one.offer.id]
    last = {fate: k for k, fate in enumerate(("allocated", "in transit", "at hub", "delivered", "received"))}
    last["lost"] = 1
    for step, (stage, day) in enumerate((("allocated", 2), ("in transit", 8), ("at hub", 12), ("delivered", 16),
                                         ("received", 18))):  # fmt: skip
        moves = [_step(one, number, step, Day(start + timedelta(days=day)))
                 for number, one in enumerate(shipments) if step <= last[one.fate]]  # fmt: skip
        yield Draft(system(AUTHOR), f"Example: {len(moves)} shipments, {stage}", {"import": "example"}, moves=moves)
    gone = [one for one in shipments if one.fate == "lost"]
    moves = []
    for number, one in enumerate(shipments):
        if one in gone:
            target = Position("lost", "in transit")
            moves.append(Move(one.offer.id, Act.LEAVE, _at(one, number, 1), target, one.parts,
                              Day(start + timedelta(days=14))))  # fmt: skip
    yield Draft(system(AUTHOR), "Example: lost on the way", {"import": "example"}, moves=moves)


def _at(one: _Shipment, number: int, step: int) -> Position:
    need, waybill = one.requirement.id, f"example-{number + 1:03d}"
    if step < 0:
        return Position("committed", place=one.offer.origin)
    if step == 0:
        return Position("allocated", requirement=need, place=one.offer.origin)
    stage = ("in transit", "at hub", "delivered", "received")[step - 1]
    place = {"in transit": one.hub, "at hub": one.hub}
    return Position(stage, requirement=need, place=place.get(stage, one.requirement.destination), consignment=waybill)


def _step(one: _Shipment, number: int, step: int, day: Day) -> Move:
    return Move(one.offer.id, Act.ADVANCE, _at(one, number, step - 1), _at(one, number, step), one.parts, day)


def _other_kinds(start: date) -> Draft:
    """Return a batch with promises of every other kind, resting on passages of an invented source."""
    names = ["Germany", "Norway", "Canada", "European Investment Bank", "Ukraine", "Poland"]
    parties = parties_by_name(names)
    texts = {
        "grant": "Norway gives a grant of 120 million euros for winter repairs, half of it paid on the day.",
        "loan": "The bank lends 300 million euros for the power grid; the first 50 million were paid out.",
        "guarantee": "Canada guarantees 80 million dollars of the railway's debt.",
        "works": "Poland rebuilds a bridge in ten milestones; three are under construction and two completed.",
        "envelope": "Germany sets aside 40 million euros for generators that it will name later.",
        "undisclosed": "Norway sends medical kits; how many is not said.",
        "condition": "Germany adds 6 field hospitals as soon as its parliament agrees.",
        "restricted": "Germany and Ukraine agree on 12 vehicles and do not publish it.",
    }
    passages = {name: Passage(ADDRESS, f"example, item {k}", f"Example: {text}")
                for k, (name, text) in enumerate(texts.items(), start=1)}  # fmt: skip
    statements = record_passages(passages.values())
    Source.objects.filter(address=ADDRESS).update(
        title="Example: minutes of an invented meeting", publisher="invented for the example", language="en",
        published=start, text="\n".join(f"Example: {text}" for text in texts.values()),
    )  # fmt: skip
    draft = Draft(system(AUTHOR), "Example: promises of other kinds", {"import": "example"})
    whole = Announcement(key="example: winter package")
    draft.entries.append(whole)
    common: dict[str, Any] = {"recipient": parties["Ukraine"], "day": start, "precision": 0, "marking": ["public"]}
    rests_on = {"grant": WINTER, "loan": WINTER, "works": WINTER, "envelope": GENERATORS, "undisclosed": GENERATORS}
    draft.entries.append(
        AnnouncementTerms(announcement=whole, donor=parties["Norway"], text="Example: winter package in three parts",
                          purpose="humanitarian", statement=statements[passages["grant"].digest], **common)
    )  # fmt: skip

    def promise(name: str, donor: str, kind: str, unit: str, decimals: int, quantity: int, **more: Any) -> None:
        commitment = Commitment(key=f"example: {name}", kind=kind, unit=unit, decimals=decimals)
        fields = (
            {"text": f"Example: {name}", "purpose": "financial", "decision": rests_on.get(name, "")} | common | more
        )
        fields["statement"] = statements[passages[name].digest]
        draft.entries.append(commitment)
        draft.entries.append(CommitmentTerms(commitment=commitment, donor=parties[donor], **fields))
        draft.moves.append(
            Move(commitment.key, Act.PROMISE, None, Position("pledged"), quantity, Day(start),
                 Unknown.NONE if quantity else Unknown.SOME, passages[name].digest)
        )  # fmt: skip

    million = 100_000_000
    promise("grant", "Norway", "grant", "EUR", 2, 120 * million, announcement=whole)
    promise("loan", "European Investment Bank", "loan", "EUR", 2, 300 * million, announcement=whole)
    promise("guarantee", "Canada", "guarantee", "CAD", 2, 80 * million, announcement=whole)
    promise("works", "Poland", "works", "milestone", 0, 10)
    promise("envelope", "Germany", "envelope", "EUR", 2, 40 * million)
    promise("undisclosed", "Norway", "goods", "kit", 0, 0, purpose="humanitarian")
    promise("condition", "Germany", "goods", "hospital", 0, 6, purpose="humanitarian",
            condition="Example: parliament agrees", condition_state="open")  # fmt: skip
    private = [parties["Germany"].code, parties["Ukraine"].code]
    promise("restricted", "Germany", "goods", "vehicle", 0, 12, purpose="military", marking=private)
    for name, part, *stages in (
        ("grant", 120 * million, "committed"), ("grant", 60 * million, "committed", "disbursed"),
        ("loan", 300 * million, "committed"), ("loan", 50 * million, "committed", "disbursed"),
        ("works", 5, "agreed"), ("works", 5, "agreed", "under construction"),
        ("works", 2, "under construction", "completed"),
    ):  # fmt: skip
        before, after = ("pledged", stages[0]) if len(stages) == 1 else stages
        day = Day(start + timedelta(days=3 * len(stages)))
        draft.moves.append(Move(f"example: {name}", Act.ADVANCE, Position(before), Position(after), part, day))
    return draft


def demo_users() -> list[DemoUser]:
    """Make one user for every role of the example, and return those that are new with their passwords."""
    donor = Party.objects.get(name="Germany").pk
    recipient = RequirementVersion.objects.order_by("pk").values_list("party_id", flat=True)[0]
    hub = Place.objects.filter(kind="hub").order_by("pk").values_list("pk", flat=True)[0]
    wanted = {
        "coordinator": (Role.COORDINATOR, None, None), "donor": (Role.DONOR_DESK, donor, None),
        "recipient": (Role.RECIPIENT_DESK, recipient, None), "hub": (Role.HUB_OPERATOR, donor, hub),
        "analyst": (Role.ANALYST, None, None), "administrator": (Role.ADMINISTRATOR, None, None),
    }  # fmt: skip
    found = []
    for name, (role, party, place) in wanted.items():
        if not User.objects.filter(username=name).exists():
            password = secrets.token_urlsafe(12)
            add_user(name, password, role, party, place)
            found.append(DemoUser(name, password, role.value))
    return found
