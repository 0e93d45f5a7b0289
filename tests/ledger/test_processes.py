"""Real processes on both databases: writers at once, and writers killed at any moment of a batch."""

from __future__ import annotations

import os
import random
import signal
import time
from collections import Counter
from collections.abc import Callable
from datetime import date

import pytest
from django.db import connection

from pledgeway.access.deciding import system
from pledgeway.accounts.moves import Move
from pledgeway.accounts.rules import RefusedError
from pledgeway.accounts.stages import Act
from pledgeway.ledger.audit import audit_ledger
from pledgeway.ledger.balances import balances
from pledgeway.ledger.models import (
    Announcement,
    AnnouncementTerms,
    Batch,
    Commitment,
    CommitmentTerms,
    Posting,
    Requirement,
    RequirementVersion,
)
from pledgeway.ledger.posting import Draft, post
from tests.databases import fresh
from tests.ledger.promises import COMMITTED, DELIVERED, PLEDGED, day, deliver, item, party, promise, terms
from tests.processes import ends_with, in_a_process, killed_at, wait_for_the_server

LINES = 120
"""Postings of the batch whose writer is killed."""


def greedy() -> int:
    """Deliver one unit at a time, 40 times, as long as there are any; return how many were."""
    done = 0
    for _ in range(40):
        try:
            deliver("P1", 1)
            done += 1
        except RefusedError:
            pass
    return done


def test_two_writers_neither_overdraw_a_stage_nor_fork_the_chain(engine: str) -> None:
    assert engine
    promise("P1", 50)
    delivered = [ends_with(number) for number in [in_a_process(greedy), in_a_process(greedy)]]
    assert sum(delivered) == 50
    assert all(count <= 40 for count in delivered)
    assert {balance.group["stage"]: balance.amount.quantity for balance in balances(["stage"])} == {"delivered": 50}
    assert list(Batch.objects.order_by("number").values_list("number", flat=True)) == list(range(1, 52))
    assert len(set(Batch.objects.values_list("previous", flat=True))) == 51
    assert audit_ledger().faults == []


def large_batch() -> Draft:
    """Return a batch that writes to every table of the record, new positions and old ones."""
    number = Batch.objects.count()
    announcement, requirement = Announcement(key=f"A{number}"), Requirement(key=f"R{number}")
    commitment = Commitment(key=f"N{number}", kind="goods", unit="piece", decimals=0)
    said = AnnouncementTerms(
        announcement=announcement, donor=party("NO"), purpose="military", day=date(2026, 3, 1), precision=0
    )
    needed = RequirementVersion(requirement=requirement, party=party("UA"), quantity="5", state="draft")
    moves = [Move(commitment.key, Act.PROMISE, None, PLEDGED, LINES, day(1))]
    for line in range(1, LINES):
        source, target = (PLEDGED, COMMITTED) if line % 2 else (PLEDGED, DELIVERED)
        moves.append(Move(commitment.key if line % 3 else "P1", Act.ADVANCE, source, target, 1, day(2 + line % 20)))
    entries = [announcement, said, commitment, terms(commitment, item=item("tent")), requirement, needed]
    return Draft(system("desk"), entries=entries, moves=moves)


def dies_at(statement: int, *, after: bool) -> Callable[[], int]:
    def work() -> int:
        draft = large_batch()
        with killed_at(statement, after=after):
            post(draft)
        return 0

    return work


def posts_whole() -> int:
    post(large_batch())
    return 0


def statements_of_a_batch() -> int:
    draft = large_batch()
    with killed_at(-1, after=False) as seen:
        post(draft)
    return seen["statements"]


def all_or_none(before: tuple[int, ...]) -> bool:
    """Return whether the batch is there; fails where a part of it is."""
    wait_for_the_server()
    tables = (Batch, Announcement, AnnouncementTerms, Commitment, CommitmentTerms, Requirement, RequirementVersion)
    now = (*(model._default_manager.count() for model in tables), Posting.objects.count())
    whole = tuple(count + (LINES if at == len(tables) else 1) for at, count in enumerate(before))
    assert now in (before, whole)
    return now == whole


def counts() -> tuple[int, ...]:
    tables = (Batch, Announcement, AnnouncementTerms, Commitment, CommitmentTerms, Requirement, RequirementVersion)
    return (*(model._default_manager.count() for model in tables), Posting.objects.count())


def kill_many(kills: int, seed: int) -> Counter[bool]:
    """Kill writers ``kills`` times: at every statement, before and after it, and else at random moments."""
    promise("P1", 10**9)
    for code in ("NO", "UA"):
        party(code)
    item("tent")
    connection.close()
    statements = statements_of_a_batch()
    assert statements >= 20, "the batch takes fewer statements than this test spreads its kills over"
    began = time.perf_counter()
    assert ends_with(in_a_process(posts_whole)) == 0
    lasting = time.perf_counter() - began
    draw = random.Random(seed)
    outcomes: Counter[bool] = Counter()
    for kill in range(kills):
        before = counts()
        at, after = divmod(kill, 2)
        if at < statements:
            assert ends_with(in_a_process(dies_at(at, after=bool(after)))) == -signal.SIGKILL
        else:
            number = in_a_process(posts_whole)
            time.sleep(draw.random() * lasting)
            os.kill(number, signal.SIGKILL)
            ends_with(number)
        outcomes[all_or_none(before)] += 1
        if kill % 100 == 99:
            assert audit_ledger().faults == []
    assert audit_ledger().faults == []
    return outcomes


def test_a_writer_killed_at_any_statement_leaves_all_of_its_batch_or_none(engine: str) -> None:
    assert engine
    outcomes = kill_many(40, seed=1)
    assert outcomes[False] >= 20


@pytest.mark.slow
@pytest.mark.long
@pytest.mark.parametrize("engine", ["sqlite", "postgresql"], indirect=False)
def test_five_hundred_kills_leave_all_of_a_batch_or_none(engine: str) -> None:
    with fresh(engine):
        outcomes = kill_many(500, seed=2)
    assert outcomes[False] > 100
    assert outcomes[True] > 5
