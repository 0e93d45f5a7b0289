"""A small record in which every row carries a word of its own, and readers of every role."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from typing import Any, NamedTuple

from pledgeway.access.deciding import Reader, system
from pledgeway.access.keeping import add_user
from pledgeway.access.models import User
from pledgeway.access.roles import Role
from pledgeway.accounts.moves import Move, Position
from pledgeway.accounts.stages import Act
from pledgeway.evidence.models import Source
from pledgeway.evidence.recording import Passage, record_passages
from pledgeway.forums.models import Decision, Forum, Meeting, Target
from pledgeway.ledger.disputing import Figure, answer, close, dispute
from pledgeway.ledger.models import (
    Announcement,
    AnnouncementTerms,
    Commitment,
    CommitmentTerms,
    Posting,
    Requirement,
    RequirementVersion,
)
from pledgeway.ledger.posting import Draft, post
from pledgeway.plans.models import Proposal, Run, RunFile, Sweep, SweepLine
from pledgeway.registry.changing import change
from pledgeway.registry.models import Closure, Course, Lane, Party, Place
from pledgeway.registry.readers import reader_of
from tests.ledger.promises import PLEDGED, day, item, party

PASSWORD = "wholly invented words"
MARKINGS: tuple[tuple[str, ...], ...] = (("public",), ("NO",), ("DE",), ("UA",), ("NORDIC",), ("NO", "UA"), ())


class Row(NamedTuple):
    """A row of the record: its kind, its word, who owns it, its marking, and the places that it passes."""

    kind: str
    word: str
    owner: str
    marking: tuple[str, ...]
    places: tuple[str, ...] = ()


def word(number: int) -> str:
    """Return a word that occurs nowhere else; its first half finds it in a search."""
    return f"zq{number:03d}xhidden{number:03d}"


def build() -> list[Row]:
    """Record commitments, announcements and requirements of every marking; return the rows."""
    for code in ("NO", "DE", "UA"):
        party(code)
    nordic = Party.objects.create(code="NORDIC", name="Nordic group", kind="group")
    nordic.members.add(party("NO"))
    hub = Place.objects.create(code="HUB", name="The hub", kind="hub")
    Place.objects.create(code="OTHER", name="Another hub", kind="hub")
    lane = Lane.objects.create(code="L1", origin=hub, destination=hub, mode="road", transit_days=1,
                               capacity_t_per_day=5)  # fmt: skip
    Closure.objects.create(lane=lane, first_day=date(2026, 3, 1), last_day=date(2026, 3, 2))
    Course.objects.create(code="C1", training="guns", start=date(2026, 3, 1), duration_days=5, seats=10)
    rows = promises()
    _plan(rows)
    _dispute(rows)
    return rows + _forum(len(rows))


def promises(first: int = 0) -> list[Row]:
    """Record promises of every marking, and what goes with each; words are numbered from ``first`` on."""
    rows: list[Row] = []
    for donor in ("NO", "DE"):
        for marking in MARKINGS:
            rows += _one(first + len(rows), donor, marking)
    return rows


def _forum(number: int) -> list[Row]:
    """Record a meeting, a decision and a target of every marking, in a forum that Germany chairs."""
    forum = Forum.objects.create(code="FORUM", name="The forum", chair=party("DE"))
    forum.members.set([party("NO"), party("DE")])
    rows: list[Row] = []
    for marking in MARKINGS:
        met, decided, aimed = (word(number + len(rows) + k) for k in range(3))
        meeting, decision, target = Meeting(code=met), Decision(code=decided), Target(code=aimed)
        seen = {"marking": list(marking)}
        change(meeting, {"forum": forum, "day": date(2026, 3, 1), "title": f"Meeting {met}"} | seen, "cora")
        change(meeting, {"place": f"Town {met}"}, "cora")
        change(decision, {"meeting": meeting, "title": f"Decision {decided}", "text": f"Text {decided}"} | seen, "cora")
        change(target, {"meeting": meeting, "decision": decision, "text": f"Target {aimed}"} | seen, "cora")
        rows += [Row(kind, said, "DE", marking) for kind, said in (("meeting", met), ("decision", decided),
                                                                  ("target", aimed))]  # fmt: skip
    return rows


def _plan(rows: list[Row]) -> None:
    """Record a run of a coordinator that speaks of every row, and propose every pair to its desks."""
    promises = [row for row in rows if row.kind == "commitment"]
    pairs = [(row.word, rows[rows.index(row) + 1].word) for row in promises]
    said = ", ".join(row.word for row in rows)
    run = Run.objects.create(
        name="plan", author="coordinator-NO", created=datetime.now(UTC), start=date(2026, 3, 1), days=30,
        transport_weight=0, gap_wanted=0, seconds_wanted=1, batch=1, problem="{}", state="done", message=said,
        keep=[{"offer": offer, "requirement": need, "quantity": 2, "legs": [], "usable": 3} for offer, need in pairs],
        not_plannable=[[row.word, row.word, row.word] for row in rows], value=1, bound=2, trace=[[0, 1, 3], [1, 1, 2]],
        found={
            "allocations": [{"offer": offer, "requirement": need, "quantity": 1, "item": said, "donor": said,
                             "recipient": said, "late": 0, "last_usable": 3, "priority": 1, "tonnes": 1, "worth": 1}
                            for offer, need in pairs],
            "change": {"weight": 1, "cost": 1, "sentence": said, "pairs": [
                {"offer": offer, "requirement": pairs[0][1], "before": 1, "after": 0, "item": said, "donor": said,
                 "recipient": said, "priority": 1} for offer, _ in pairs]},
            "unmet": [{"requirement": need, "sentence": said} for _, need in pairs], "tonnes": 1, "share_on_time": 1,
            "bottlenecks": [{"sentence": said}], "explanations": {need: [said] for _, need in pairs},
            "pictures": {"map": {"finding": said, "note": said, "wide": "", "narrow": ""}},
        },
    )  # fmt: skip
    for name, content in (("plan.json", json.dumps({"movements": [], "note": said})),
                          ("report.html", f"<style>a</style>{said}")):  # fmt: skip
        RunFile.objects.create(run=run, name=name, content=content.encode())
    scenario = {"scenario": said, "events": said, "fails": said, "nobody_else": [said], "requirements": [said]}
    about = {"recipient": said, "priority": 1, "item": said, "donor": said}
    Sweep.objects.create(
        run=run, author="coordinator-NO", created=datetime.now(UTC), state="done", message=said, digest="0" * 64,
        kinds=["donor"], within=0.01, seconds_each=1, draws=1, late=0.1, days_late=3, lost=0.01, done=1, wanted=1,
        found={
            "losses": [scenario], "instead": [scenario | about],
            "requirements": [scenario | about | {"requirement": key} for _, key in pairs],
            "chances": [about | {"requirement": key, "chance": 0.5} for _, key in pairs],
            "pictures": {name: {"finding": said, "note": said, "wide": f"<svg>{said}</svg>", "narrow": ""}
                         for name in ("losses", "dependence")},
        },
    )  # fmt: skip
    SweepLine.objects.create(run=run, text=said)
    for offer, need in pairs:
        commitment = Commitment.objects.get(key=offer)
        Proposal.objects.create(
            run=run, commitment=commitment, requirement=Requirement.objects.get(key=need), place="", parts=1,
            quantity=1, kind=Proposal.ALLOCATE if len(offer) % 3 else Proposal.TAKE_BACK,
            donor=CommitmentTerms.objects.get(commitment=commitment).donor, recipient=party("UA"),
            expires=date.today() + timedelta(days=5), state=Proposal.OPEN if len(offer) % 2 else Proposal.DECLINED,
            donor_answer="declined",
        )  # fmt: skip


def _dispute(rows: list[Row]) -> None:
    """Dispute every promise and need: by turns the whole, one stage of it, one line of it; each is answered."""
    cell = system("cora")
    for row in rows:
        if row.kind == "commitment":
            line = Posting.objects.filter(commitment__key=row.word)[0].pk
            turns = (Figure(row.word), Figure(row.word, stage="delivered"), Figure(row.word, posting=line))
        elif row.kind == "requirement":
            turns = (Figure(requirement=row.word), Figure(requirement=row.word, stage="delivered"))
        else:
            continue
        found = dispute(cell, turns[int(row.word[2:5]) // 3 % len(turns)], f"Doubt about {row.word}")
        answer(cell, found.pk, f"Answer about {row.word}")
        if int(row.word[2:5]) % 2:
            close(cell, found.pk, f"Closed as {row.word}")


def _one(number: int, donor: str, marking: tuple[str, ...]) -> list[Row]:
    said, need, whole = (word(number + k) for k in range(3))
    place = "OTHER" if "UA" in marking else "HUB"
    passages = {
        text: Passage(f"https://{text}.example.org/page", text, f"They said {text} aloud", (f"https://cited.{text}/",))
        for text in (said, need, whole)
    }
    statements = record_passages(passages.values())
    for text in (said, need, whole):
        Source.objects.filter(address__contains=text).update(title=f"Title {text}", publisher=f"Publisher {text}")
    digests = {text: passage.digest for text, passage in passages.items()}
    common: dict[str, Any] = {"day": date(2026, 3, 1), "precision": 0, "purpose": "military", "marking": list(marking)}
    announcement, commitment, requirement = (
        Announcement(key=whole),
        Commitment(key=said, kind="goods", unit="piece", decimals=0),
        Requirement(key=need),
    )
    post(
        Draft(
            system("desk"), note=f"note of {said}", origin={"file": said},
            entries=[
                announcement,
                AnnouncementTerms(announcement=announcement, donor=party(donor), text=f"Together {whole}",
                                  statement=statements[digests[whole]], **common),
                commitment,
                CommitmentTerms(
                    commitment=commitment, donor=party(donor), recipient=party("UA"), item=item("generator"),
                    text=f"Text {said}", condition=f"If {said}", condition_state="open", announcement=announcement,
                    decision=f"Decision {said}", statement=statements[digests[said]], **common,
                ),
                requirement,
                RequirementVersion(
                    requirement=requirement, party=party("UA"), text=f"Need {need}", accepts=[["generator", "1"]],
                    quantity=10, place=Place.objects.get(code="HUB"), due=date(2026, 5, 1), state="validated",
                    statement=statements[digests[need]], marking=list(marking),
                ),
            ],
            moves=[
                Move(said, Act.PROMISE, None, PLEDGED, 10, day(1), statement=digests[said]),
                Move(said, Act.ADVANCE, PLEDGED, Position("allocated", requirement=need), 4, day(2)),
                Move(said, Act.ADVANCE, Position("allocated", requirement=need),
                     Position("at hub", requirement=need, place=place, consignment=f"C {said}", lot=f"L {said}"),
                     2, day(3)),
            ],
        )
    )  # fmt: skip
    return [Row("commitment", said, donor, marking, (place,)), Row("requirement", need, "UA", marking, (place,)),
            Row("announcement", whole, donor, marking)]  # fmt: skip


def users() -> dict[str, User | None]:
    """Make a user of every role and party; None is nobody."""
    found: dict[str, User | None] = {"nobody": None}
    place = Place.objects.get(code="HUB").pk
    for role in Role:
        for code in ("NO", "DE", "UA"):
            name = f"{role.value.replace(' ', '-')}-{code}"
            found[name] = add_user(name, PASSWORD, role, party(code).pk, place)
    return found


def readers() -> dict[str, Reader]:
    """Return everybody as a reader."""
    return {name: reader_of(user) for name, user in users().items()}
