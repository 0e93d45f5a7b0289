"""Totals agree with the postings they stand beside, follow terms that change, and count what a reader may see."""

from __future__ import annotations

from importlib import import_module

import pytest
from django.apps import apps
from django.db import connection

from pledgeway.access.deciding import NOBODY, Reader, system
from pledgeway.access.roles import Role
from pledgeway.accounts.moves import Move, Position, Unknown
from pledgeway.accounts.stages import Act
from pledgeway.ledger import chapters, reports
from pledgeway.ledger.audit import audit_ledger
from pledgeway.ledger.balances import Balance, balances
from pledgeway.ledger.cuts import Cut
from pledgeway.ledger.donor_worth import worth_by_donor
from pledgeway.ledger.models import (
    Announcement,
    AnnouncementTerms,
    Batch,
    Commitment,
    CommitmentTotal,
    Marking,
    Posting,
    Requirement,
    RequirementTotal,
    RequirementVersion,
    StageTotal,
    StageTurnover,
    Turnover,
)
from pledgeway.ledger.posting import Draft, post
from pledgeway.registry.models import Party, Place
from tests.ledger.promises import COMMITTED, DELIVERED, PLEDGED, day, deliver, item, party, promise, terms

pytestmark = pytest.mark.usefixtures("engine")

CELL = system("cell")
MARKINGS = (["public"], ["DE"], ["DE", "NORDIC"], [])
READERS = {
    "nobody": NOBODY,
    "NO": Reader("n", Role.DONOR_DESK, frozenset({"NO"}), frozenset({"NO", "NORDIC"})),
    "DE": Reader("d", Role.DONOR_DESK, frozenset({"DE"}), frozenset({"DE"})),
    "nowhere": Reader("x", Role.ANALYST),
    "cell": CELL,
}
AT_HUB, ALLOCATED = Position("at hub", place="HUB", requirement="R1"), Position("allocated", requirement="R1")


@pytest.fixture
def record(engine: str) -> None:  # noqa: ARG001 - a database of each engine
    """Promises of three donors with every marking, on their way to a need; money, and an announcement."""
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


@pytest.mark.parametrize("name", READERS)
@pytest.mark.usefixtures("record")
def test_balances_from_totals_are_those_of_the_postings_that_the_reader_may_see(name: str) -> None:
    reader = READERS[name]
    for by in (["kind", "stage"], ["item", "stage", "left", "place"], ["donor", "item"], ["place"], ["donor", "stage"]):
        for where in ({}, {"kind": ["goods"], "stage": ["at hub"]}, {"donor": ["NO"]}, {"item": ["generator"]}):
            kept = balances(by, None, where, reader)
            assert kept == from_postings(by, Cut(known_at=10**9), where, reader)
            dated = balances(by, Cut(day(3).latest), where, reader)
            assert dated == from_postings(by, Cut(day(3).latest, 10**9), where, reader)
    assert bool(balances(["kind"], None, {}, reader)) or name == "nowhere"


@pytest.fixture
def short_chapters(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a chapter have room for two or three batches."""
    monkeypatch.setattr(chapters, "CHAPTER", 3)


@pytest.mark.parametrize("name", READERS)
@pytest.mark.usefixtures("short_chapters", "record")
def test_what_was_known_at_a_batch_from_chapters_is_what_its_postings_say(name: str) -> None:
    reader = READERS[name]
    again = terms(Commitment.objects.get(key="P00"), "DE", item=item("generator"))
    last = post(Draft(CELL, entries=[again], moves=[Move("P00", Act.AMEND, None, PLEDGED, 5, day(7))])).batch.number
    # In steps of five all others come to every place in a chapter too, of two or three batches.
    for batch in range(0, last + 2, 1 if name == "cell" else 5):
        for by in (["kind", "stage", "left"], ["donor", "stage"]):
            for cut in (Cut(known_at=batch), Cut(day(3).latest, batch)):
                assert balances(by, cut, None, reader) == from_postings(by, cut, {}, reader)
    for batch in (0, 1, last // 2, last - 1, last, last + 1):
        for by in (["place"], ["place", "item"], ["item", "stage"], ["requirement"], ["commitment"]):
            assert balances(by, Cut(known_at=batch), None, reader) == from_postings(by, Cut(known_at=batch), {}, reader)
    assert audit_ledger().faults == []


@pytest.mark.usefixtures("short_chapters", "record")
def test_what_was_known_at_a_batch_reads_whole_chapters_and_less_than_one_of_postings() -> None:
    for batch in Batch.objects.values_list("number", flat=True):
        known = chapters.known_by(batch)
        lines = Posting.objects.filter(batch_id__lte=batch)
        assert known.end - known.first < chapters.CHAPTER
        assert not lines.filter(pk__gte=known.end).exists()
        before = {of for of, chapter in chapters.chapters_of(lines.values_list("batch_id", flat=True)).items()
                  if chapter < known.chapter}  # fmt: skip
        assert set(lines.filter(pk__lt=known.first).values_list("batch_id", flat=True)) == before


def from_postings(by: list[str], cut: Cut, where: dict[str, list[str]], reader: Reader) -> list[Balance]:
    """Return a balance without what is kept beside the postings."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("pledgeway.ledger.balances.kept_query", lambda *_: None)
        patch.setattr("pledgeway.ledger.balances.is_late", lambda _: False)
        return balances(by, cut, where, reader)


@pytest.mark.parametrize("name", READERS)
@pytest.mark.usefixtures("record")
def test_what_donors_promises_are_worth_is_what_the_report_says(name: str) -> None:
    codes = dict(Party.objects.values_list("pk", "name"))
    found = {codes[donor]: (one.amount, one.counted, one.unknown, one.unconverted)
             for donor, one in worth_by_donor("EUR", READERS[name]).items()}  # fmt: skip
    said = {line.group["donor"]: (line.amount, line.counted, line.unknown, set(line.unconverted))
            for line in reports.commitments(["donor"], "EUR", reader=READERS[name])}  # fmt: skip
    assert found == said


@pytest.mark.usefixtures("record")
def test_totals_follow_terms_that_name_another_donor_item_or_marking() -> None:
    for key, donor, more in (
        ("P00", "DE", {}), ("P10", "DE", {"item": item("tent")}), ("P20", "SE", {"marking": ["UA", "NO"]}),
        ("P30", "SE", {"marking": [], "item": None, "place": Place.objects.get(code="HUB")}),
    ):  # fmt: skip
        again = terms(Commitment.objects.get(key=key), donor, **({"item": item("generator")} | more))
        post(Draft(CELL, entries=[again], moves=[Move(key, Act.AMEND, None, PLEDGED, 5, day(7))]))
    assert audit_ledger().faults == []
    assert CommitmentTotal.objects.get(commitment__key="P20").marking.codes == ["NO", "UA"]


def test_the_furthest_stage_goes_back_when_nothing_stands_there_any_more() -> None:
    promise("P1")
    posted = deliver("P1", 4)
    assert _furthest() == 5
    post(Draft(CELL, moves=[
        Move("P1", Act.REVERSE, DELIVERED, PLEDGED, 4, day(2), reverses=posted.first_posting)
    ]))  # fmt: skip
    assert _furthest() == 0
    post(Draft(CELL, moves=[Move("P1", Act.ADVANCE, PLEDGED, COMMITTED, 1, day(3), Unknown.SOME)]))
    assert _furthest() == 1
    post(Draft(CELL, moves=[Move("P1", Act.LEAVE, PLEDGED, Position("withdrawn", left="pledged"), 9, day(4))]))
    assert _furthest() == 1
    assert audit_ledger().faults == []


def _furthest() -> int:
    return CommitmentTotal.objects.get().furthest


@pytest.mark.usefixtures("record")
def test_what_was_recorded_before_there_were_totals_gets_them() -> None:
    for table in (Turnover, StageTurnover, StageTotal, RequirementTotal, CommitmentTotal, Marking):
        assert table.objects.exists()
        table.objects.all().delete()
    assert audit_ledger().faults
    with connection.schema_editor() as editor:
        import_module("pledgeway.ledger.migrations.0007_fill_totals").fill(apps, editor)
        import_module("pledgeway.ledger.migrations.0009_chapters").derive(apps, editor)
        import_module("pledgeway.ledger.migrations.0010_turnovers_by_stage").derive(apps, editor)
    assert audit_ledger().faults == []
