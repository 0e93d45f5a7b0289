"""A large record for measurements: the example, and beside it 20,000 commitments with 1,000,000 postings.

All of it goes through the one posting function. It is built once into build/large-record and used again, migrated where
the program is newer, until SHAPE changes.
"""

from __future__ import annotations

import random
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from tests import databases  # sets Django up, which the models need

# isort: split
from django.core.management import call_command
from django.db import connection, transaction

from pledgeway.access.deciding import system
from pledgeway.access.keeping import add_user
from pledgeway.access.roles import Role
from pledgeway.accounts.days import Day
from pledgeway.accounts.moves import Move
from pledgeway.accounts.moves import Position as At
from pledgeway.accounts.stages import GOODS, Act
from pledgeway.evidence.models import Source, Statement
from pledgeway.evidence.recording import Passage, record_passages
from pledgeway.intake.demo import load_demo
from pledgeway.ledger.models import Commitment, CommitmentTerms, Requirement, RequirementVersion
from pledgeway.ledger.posting import Draft, post
from pledgeway.ledger.store import is_postgresql
from pledgeway.plans.job import plan_run
from pledgeway.plans.models import Run
from pledgeway.plans.running import ask
from pledgeway.plans.snapshot import Wanted
from pledgeway.registry.models import Item, Party, Place
from pledgeway.registry.readers import reader_of

SHAPE = "large record 1"
FOLDER = Path(__file__).parents[1] / "build" / "large-record"
EXAMPLE = Path(__file__).parents[1] / "examples" / "coalition.xlsx"
COMMITMENTS, POSTINGS, REQUIREMENTS, PARTIES, SOURCES = 20_000, 1_000_000, 2_000, 43, 400
LARGEST, SMALL = "P0", "P1"
PASSWORD = "wholly invented words"
FIRST_DAY = date.today().replace(day=1) - timedelta(days=700)
DAYS_A_BATCH = 14
DATED_BACK = 0.1
WITH_EVIDENCE = 0.1
STAGES = ("pledged", "committed", "allocated", "in transit", "at hub", "delivered", "received")
MARKINGS = ((6, ["public"]), (3, ["CELL"]), (1, []))
SECONDS_OF_PLANNING = 60.0
POSTGRESQL = "-c shared_buffers=256MB"
"""How PostgreSQL is started; all else is as it comes, full durability too."""


@dataclass(frozen=True)
class Frame:
    """What the large record's rows refer to."""

    parties: list[Party]
    recipient: Party
    items: list[Item]
    depots: list[Place]
    hubs: list[Place]
    ends: list[Place]
    statements: list[Statement]


@contextmanager
def database(engine: str) -> Iterator[str]:
    """Let Django use the large record on ``engine``, built where it is not there, and give its address."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    if engine == "sqlite":
        url = f"sqlite:///{FOLDER / 'record.sqlite3'}"
        databases.use(url)
        _build_where_missing(engine)
        try:
            yield url
        finally:
            connection.close()
        return
    (FOLDER / "postgresql").mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="pledgeway-pg-") as sockets:
        stop = databases.start_cluster(FOLDER / "postgresql", Path(sockets), POSTGRESQL)
        try:
            url = f"postgresql://postgres@{sockets.replace('/', '%2F')}/postgres"
            databases.use(url)
            _build_where_missing(engine)
            yield url
        finally:
            connection.close()
            stop()


def _build_where_missing(engine: str) -> None:
    call_command("migrate", verbosity=0)
    mark = FOLDER / f"{engine}.shape"
    if mark.exists() and mark.read_text() == SHAPE:
        return
    if Run.objects.exists() or Commitment.objects.exists():
        raise SystemExit(f"remove {FOLDER}: it holds a large record of another shape")
    print(f"building the large record on {engine}", file=sys.stderr, flush=True)
    build()
    mark.write_text(SHAPE)


def build() -> None:
    """Build the record into the database at hand."""
    draw = random.Random(7)
    load_demo(EXAMPLE)
    frame = _frame(draw)
    needs = [f"N{number}" for number in range(REQUIREMENTS)]
    with transaction.atomic():
        post(_needs(frame, needs, draw))
    post(_promises(frame, draw))
    homes = [(draw.choice(needs), f"W{number % 500}") for number in range(COMMITMENTS)]
    for number in range(POSTINGS // COMMITMENTS - 1):
        post(_batch(number, frame, homes, draw))
    _users(frame)
    if is_postgresql():
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")  # as PostgreSQL does by itself a minute later
    run = ask(Wanted(date.today()), reader_of(_coordinator()), 0.05, SECONDS_OF_PLANNING)
    plan_run.func(run.pk)


def _frame(draw: random.Random) -> Frame:
    """Return what rows refer to: the example's network, and parties and sources besides."""
    parties = [
        Party.objects.create(code=f"P{number}", name=f"Party {number}", kind="state") for number in range(PARTIES)
    ]
    cell = Party.objects.create(code="CELL", name="The cell", kind="group")
    cell.members.set(parties)
    Source.objects.bulk_create(
        Source(address=f"https://example.org/{number}", title=f"Source {number}", publisher=f"Publisher {number % 20}")
        for number in range(SOURCES)
    )
    passages = [
        Passage(
            f"https://example.org/{draw.randrange(SOURCES)}", f"paragraph {number}", f"They promised number {number}"
        )
        for number in range(COMMITMENTS)
    ]
    found = record_passages(passages)
    return Frame(
        parties,
        Party.objects.get(name="Ukraine"),
        list(Item.objects.filter(mass_t__isnull=False).order_by("pk")),
        *(list(Place.objects.filter(kind__in=kinds).order_by("pk")) for kinds in (["depot"], ["hub"])),
        list(Place.objects.filter(pk__in=RequirementVersion.objects.values("place")).order_by("pk")),
        [found[passage.digest] for passage in passages],
    )  # fmt: skip


def _needs(frame: Frame, keys: list[str], draw: random.Random) -> Draft:
    draft = Draft(system("benchmark"), "needs")
    for key in keys:
        requirement = Requirement(key=key)
        accepted = draw.sample(frame.items, 2)
        draft.entries += [
            requirement,
            RequirementVersion(
                requirement=requirement, party=frame.recipient, accepts=[[item.code, "1"] for item in accepted],
                quantity=draw.randint(1_000, 400_000), place=draw.choice(frame.ends), grace_days=30,
                due=date.today() + timedelta(days=draw.randint(-30, 200)), priority=draw.randint(1, 5),
                state="validated" if draw.random() < 0.9 else "submitted", marking=_marking(draw),
            ),
        ]  # fmt: skip
    return draft


def _marking(draw: random.Random) -> list[str]:
    return draw.choices([codes for _, codes in MARKINGS], [weight for weight, _ in MARKINGS])[0]


def _promises(frame: Frame, draw: random.Random) -> Draft:
    """Return the batch of all promises; every second one is the largest donor's."""
    draft = Draft(system("benchmark"), "promises")
    for number in range(COMMITMENTS):
        commitment = Commitment(key=f"C{number}", kind=GOODS.name, unit="piece", decimals=0)
        day = FIRST_DAY - timedelta(days=draw.randrange(30))
        worth = draw.randint(10, 10_000) * 1000 if number % 3 else None
        draft.entries += [
            commitment,
            CommitmentTerms(
                commitment=commitment, donor=frame.parties[0] if number % 2 else draw.choice(frame.parties[1:]),
                recipient=frame.recipient, item=draw.choice(frame.items), day=day, precision=0, marking=_marking(draw),
                purpose=draw.choice(["military", "humanitarian"]), place=draw.choice(frame.depots),
                statement=frame.statements[number], value=worth, currency="USD" if worth else "",
                converted=worth, converted_currency="EUR" if worth else "",
                available_from=day, available_until=date.today() + timedelta(days=draw.randint(-20, 300)),
            ),
        ]  # fmt: skip
        draft.moves.append(
            Move(commitment.key, Act.PROMISE, None, At("pledged"), 10**6, Day(day),
                 statement=frame.statements[number].digest)
        )  # fmt: skip
    return draft


def _batch(number: int, frame: Frame, homes: list[tuple[str, str]], draw: random.Random) -> Draft:
    """Return the batch ``number`` (from 0): one posting to each commitment, a stage further in each batch."""
    begin = FIRST_DAY + timedelta(days=1 + number * DAYS_A_BATCH)
    step = number % (len(STAGES) - 1)
    draft = Draft(system("benchmark"), f"{STAGES[step]} to {STAGES[step + 1]}")
    for key, (need, waybill) in enumerate(homes):
        back = step == 0 and number > 0 and draw.random() < DATED_BACK
        day = begin - timedelta(days=DAYS_A_BATCH) if back else begin + timedelta(days=draw.randrange(DAYS_A_BATCH))
        positions = [_at(stage, need, waybill, key, frame) for stage in STAGES]
        evidence = frame.statements[key].digest if draw.random() < WITH_EVIDENCE else ""
        draft.moves.append(
            Move(f"C{key}", Act.ADVANCE, positions[step], positions[step + 1], 10_000 - 1_000 * step, Day(day),
                 statement=evidence)
        )  # fmt: skip
    return draft


def _at(stage: str, need: str, waybill: str, key: int, frame: Frame) -> At:
    if stage in ("pledged", "committed"):
        return At(stage)
    if stage == "allocated":
        return At(stage, requirement=need)
    hub = frame.hubs[key % len(frame.hubs)].code
    return At(stage, requirement=need, place=hub if stage == "at hub" else "", consignment=waybill)


def _coordinator() -> Any:
    from pledgeway.access.models import User  # noqa: PLC0415 - after Django is set up

    return User.objects.get(username="coordinator")


def _users(frame: Frame) -> None:
    add_user("coordinator", PASSWORD, Role.COORDINATOR)
    add_user("desk", PASSWORD, Role.DONOR_DESK, frame.parties[0].pk)
    add_user("small-desk", PASSWORD, Role.DONOR_DESK, frame.parties[1].pk)
    add_user("recipient", PASSWORD, Role.RECIPIENT_DESK, frame.recipient.pk)
