"""What is changed, added or removed straight in the database is refused by it, or found by the audit."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import pytest
from django.db import DatabaseError, connection, transaction

from pledgeway.access.deciding import system
from pledgeway.accounts.chain import Anchor
from pledgeway.accounts.moves import Move, Position
from pledgeway.accounts.stages import Act
from pledgeway.evidence.recording import Passage, record_passages
from pledgeway.ledger.audit import PROTECTED, audit_ledger
from pledgeway.ledger.models import Announcement, AnnouncementTerms, Commitment, Requirement, RequirementVersion
from pledgeway.ledger.posting import Draft, post
from tests.ledger.promises import DELIVERED, PLEDGED, day, deliver, item, party, promise, terms


@pytest.fixture(autouse=True)
def ledger(engine: str) -> Anchor:  # noqa: ARG001 - a database of each engine
    """A ledger with a row in every table of the record; its head."""
    passage = Passage("https://example.org/a", "page 1", "Norway promises ten generators.", ("https://example.org/b",))
    statement = record_passages([passage])[passage.digest]
    promise("P1", 10, "NO", statement=statement)
    announcement, requirement = Announcement(key="A1"), Requirement(key="R1")
    said = AnnouncementTerms(
        announcement=announcement, donor=party("NO"), purpose="military", day=day(1).latest, precision=0, value="12.50"
    )
    needed = RequirementVersion(requirement=requirement, party=party("UA"), quantity="5", state="draft")
    hidden = Commitment(key="P2", kind="goods", unit="piece", decimals=0)
    told = [terms(hidden, "SE", marking=["UA"], text=text, item=item("generator")) for text in ("first", "again")]
    moves = [
        Move("P1", Act.ADVANCE, PLEDGED, DELIVERED, 4, day(2), statement=passage.digest),
        Move("P2", Act.PROMISE, None, PLEDGED, 3, day(2)),
        Move("P2", Act.ADVANCE, PLEDGED, Position("delivered", requirement="R1"), 1, day(2)),
    ]
    post(Draft(system("desk"), entries=[announcement, said, requirement, needed, hidden, *told], moves=moves))
    head = deliver("P1", 1, on=3).batch
    assert audit_ledger().faults == []
    return Anchor(head.number, head.hash, "2026-03-03")


def run(sql: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql)


@contextlib.contextmanager
def without_protection() -> Iterator[None]:
    """Do what an administrator could do who wants to hide a change: switch the protection off and on again."""
    if connection.vendor == "postgresql":
        run("SET session_replication_role = replica")
        yield
        run("SET session_replication_role = origin")
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
        triggers = cursor.fetchall()
    run("PRAGMA foreign_keys = OFF")
    for name, _ in triggers:
        run(f"DROP TRIGGER {name}")
    yield
    for _, sql in triggers:
        run(sql)
    run("PRAGMA foreign_keys = ON")


def test_the_database_refuses_to_change_or_delete_what_was_recorded() -> None:
    columns = {"ledger_batch": "note", "evidence_statement": "passage", "ledger_position": "stage"}
    for table in PROTECTED:
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT * FROM {table}")
            assert cursor.description is not None
            column = columns.get(table, cursor.description[-1][0])
            assert cursor.fetchone(), f"no row in {table} to try this on"
        for sql in (f'UPDATE {table} SET "{column}" = "{column}"', f"DELETE FROM {table}"):
            with pytest.raises(DatabaseError, match="are never changed or deleted"), transaction.atomic():
                run(sql)
        if connection.vendor == "postgresql":
            with pytest.raises(DatabaseError, match="are never changed or deleted"), transaction.atomic():
                run(f"TRUNCATE {table} CASCADE")


CHANGES = {
    "a posting's quantity": "UPDATE ledger_posting SET quantity = 5 WHERE id = 2",
    "a posting's day": "UPDATE ledger_posting SET day = '2026-03-04' WHERE id = 2",
    "a posting's evidence": "UPDATE ledger_posting SET statement_id = NULL WHERE id = 2",
    "a posting's batch": "UPDATE ledger_posting SET batch_id = 1 WHERE id = 2",
    "a batch's author": "UPDATE ledger_batch SET author = 'nobody' WHERE number = 1",
    "a batch's moment": "UPDATE ledger_batch SET recorded = '2020-01-01 00:00:00' WHERE number = 1",
    "a batch's hash": "UPDATE ledger_batch SET hash = previous WHERE number = 2",
    "the order of batches": "UPDATE ledger_batch SET number = 9 WHERE number = 3",
    "a commitment's kind": "UPDATE ledger_commitment SET kind = 'works'",
    "a commitment's terms": "UPDATE ledger_commitmentterms SET purpose = 'humanitarian'",
    "an announcement's value": "UPDATE ledger_announcementterms SET value = '13.50'",
    "a requirement": "UPDATE ledger_requirementversion SET quantity = '6'",
    "a position's stage": "UPDATE ledger_position SET stage = 'received' WHERE stage = 'delivered'",
    "a statement": "UPDATE evidence_statement SET passage = 'Norway promises nothing.'",
    "what a statement cites": "DELETE FROM evidence_statement_cites",
    "a party's code": "UPDATE registry_party SET code = 'DK' WHERE code = 'NO'",
    "a posting that is gone": "DELETE FROM ledger_posting WHERE id = 2",
    "a batch that is gone": "DELETE FROM ledger_batch WHERE number = 2",
    "terms that are gone": "DELETE FROM ledger_announcementterms",
    "a position that is gone": "DELETE FROM ledger_position WHERE stage = 'delivered'",
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_change_behind_the_protection_is_found(change: str) -> None:
    with without_protection():
        run(CHANGES[change])
    assert audit_ledger().faults


SHOWN, HIDDEN = """'["NO"]'""", """'["UA"]'"""
ADDITIONS = {
    "a posting": (
        "INSERT INTO ledger_posting (id, batch_id, commitment_id, act, source_id, target_id, quantity, unknown, day, "
        "precision) SELECT 9, batch_id, commitment_id, act, source_id, target_id, 1, 0, day, precision "
        "FROM ledger_posting WHERE id = 3"
    ),
    "a batch": (
        "INSERT INTO ledger_batch (number, recorded, author, note, origin, previous, hash) "
        "SELECT 4, recorded, author, note, origin, hash, previous FROM ledger_batch WHERE number = 3"
    ),
    "a commitment": (
        "INSERT INTO ledger_commitment (id, batch_id, key, kind, unit, decimals) VALUES (9, 1, 'P9', 'goods', 'x', 0)"
    ),
    "a position": (
        'INSERT INTO ledger_position (id, commitment_id, stage, "left", consignment, lot, quantity, marks, last_day) '
        "SELECT 9, commitment_id, 'received', '', '', '', 1, 0, last_day FROM ledger_position WHERE id = 1"
    ),
    "a turnover": (
        'INSERT INTO ledger_turnover (donor_id, marking_id, kind, unit, decimals, stage, "left", day, chapter, '
        "quantity, marks) SELECT donor_id, marking_id, kind, unit, decimals, 'received', '', day, chapter, 1, 0 "
        "FROM ledger_turnover LIMIT 1"
    ),
    "what a position holds": "UPDATE ledger_position SET quantity = quantity + 1 WHERE id = 1",
    "the last day of a position": "UPDATE ledger_position SET last_day = '2026-03-30' WHERE id = 1",
    "when turnovers were recorded": "UPDATE ledger_turnover SET chapter = chapter + 1",
    "what was turned over": "UPDATE ledger_turnover SET quantity = quantity + 1",
    "turnovers that are gone": "DELETE FROM ledger_turnover WHERE day = '2026-03-03'",
    "who may see turnovers": "UPDATE ledger_turnover SET marking_id = (SELECT MAX(id) FROM ledger_marking)",
    "a marking": f"UPDATE ledger_marking SET codes = {SHOWN} WHERE codes = {HIDDEN}",
    "a commitment's total": "UPDATE ledger_commitmenttotal SET promised = promised + 1",
    "the terms that count": "UPDATE ledger_commitmenttotal SET terms_id = 2 WHERE terms_id = 3",
    "whose a commitment is": "UPDATE ledger_commitmenttotal SET donor_id = (SELECT MAX(id) FROM registry_party)",
    "who may see a commitment": "UPDATE ledger_commitmenttotal SET marking_id = (SELECT MIN(id) FROM ledger_marking)",
    "how far a commitment came": "UPDATE ledger_commitmenttotal SET furthest = 6 WHERE commitment_id = 1",
    "a commitment's total that is gone": "DELETE FROM ledger_commitmenttotal WHERE commitment_id = 1",
    "a total by stage": "UPDATE ledger_stagetotal SET quantity = quantity + 1 WHERE donor = 0",
    "a donor's total by stage": "UPDATE ledger_stagetotal SET quantity = quantity + 1 WHERE donor > 0",
    "totals by stage that are gone": "DELETE FROM ledger_stagetotal WHERE stage = 'delivered'",
    "one more total by stage": (
        'INSERT INTO ledger_stagetotal (donor, marking_id, kind, unit, decimals, item, stage, "left", place, quantity, '
        "marks) SELECT donor, marking_id, kind, unit, decimals, item, 'received', '', place, 1, 0 "
        "FROM ledger_stagetotal LIMIT 1"
    ),
    "what was turned over by stage": "UPDATE ledger_stageturnover SET quantity = quantity + 1 WHERE donor = 0",
    "what a donor turned over by stage": "UPDATE ledger_stageturnover SET marks = marks + 1 WHERE donor > 0",
    "when it was turned over by stage": "UPDATE ledger_stageturnover SET chapter = chapter + 1",
    "turnovers by stage that are gone": "DELETE FROM ledger_stageturnover WHERE stage = 'delivered'",
    "one more turnover by stage": (
        'INSERT INTO ledger_stageturnover (donor, marking_id, kind, unit, decimals, item, stage, "left", place, '
        'chapter, quantity, marks) SELECT donor, marking_id, kind, unit, decimals, item, stage, "left", place, 7, 1, 0 '
        "FROM ledger_stageturnover LIMIT 1"
    ),
    "what a requirement was given": "UPDATE ledger_requirementtotal SET delivered = delivered + 1",
    "totals of a requirement that are gone": "DELETE FROM ledger_requirementtotal",
    "one more total of a requirement": (
        "INSERT INTO ledger_requirementtotal (requirement_id, donor_id, marking_id, decimals, allocated, delivered, "
        "received) SELECT requirement_id, donor_id, marking_id, 3, 1, 0, 0 FROM ledger_requirementtotal"
    ),
}


@pytest.mark.parametrize("addition", ADDITIONS)
def test_what_is_added_to_the_record_or_to_what_derives_from_it_is_found(addition: str) -> None:
    with without_protection():  # what keys refer to is another question
        run(ADDITIONS[addition])
    assert audit_ledger().faults


def test_a_missing_protection_is_found() -> None:
    if connection.vendor == "postgresql":
        run("ALTER TABLE ledger_posting DISABLE TRIGGER ledger_posting_no_update")
    else:
        run("DROP TRIGGER ledger_posting_no_update")
    faults = audit_ledger().faults
    if connection.vendor == "postgresql":
        run("ALTER TABLE ledger_posting ENABLE TRIGGER ledger_posting_no_update")
    assert faults == ["the trigger ledger_posting_no_update is missing"]


def test_an_anchor_finds_a_ledger_that_was_cut_off_consistently(ledger: Anchor) -> None:
    with without_protection():
        run("DELETE FROM ledger_posting WHERE batch_id = 3")
        run("DELETE FROM ledger_batch WHERE number = 3")
        for stage, quantity in (("pledged", 6), ("delivered", 4)):
            of = f"SET quantity = {quantity}, last_day = '2026-03-02' WHERE stage = '{stage}'"
            run(f"UPDATE ledger_position {of} AND commitment_id = 1")
            seen = "marking_id = (SELECT marking_id FROM ledger_commitmenttotal WHERE commitment_id = 1)"
            for table in ("ledger_stagetotal", "ledger_stageturnover"):
                run(f"UPDATE {table} SET quantity = {quantity} WHERE stage = '{stage}' AND {seen}")
        run("DELETE FROM ledger_turnover WHERE day = '2026-03-03'")
        run("UPDATE ledger_commitmenttotal SET delivered = 4 WHERE commitment_id = 1")
    assert audit_ledger().faults == []
    assert audit_ledger([ledger]).faults == ["batch 3, anchored at 2026-03-03, is missing"]
    deliver("P1", 2, on=3)
    assert audit_ledger([ledger]).faults == ["batch 3, anchored at 2026-03-03, is another than it was"]
