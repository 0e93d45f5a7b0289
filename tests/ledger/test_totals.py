"""Totals agree with the postings they stand beside, and count what a reader may see."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from pledgeway.access.deciding import NOBODY, Reader
from pledgeway.access.roles import Role
from pledgeway.accounts.moves import Move
from pledgeway.accounts.stages import Act
from pledgeway.ledger import chapters, reports
from pledgeway.ledger.audit import audit_ledger
from pledgeway.ledger.balances import Balance, balances
from pledgeway.ledger.cuts import Cut
from pledgeway.ledger.donor_worth import worth_by_donor
from pledgeway.ledger.models import (
    Batch,
    Commitment,
    Posting,
)
from pledgeway.ledger.posting import Draft, post
from pledgeway.registry.models import Party
from tests.databases import ENGINES, fresh
from tests.ledger.promises import PLEDGED, day, item, terms
from tests.ledger.variety import CELL, record_variety

READERS = {
    "nobody": NOBODY,
    "NO": Reader("n", Role.DONOR_DESK, frozenset({"NO"}), frozenset({"NO", "NORDIC"})),
    "DE": Reader("d", Role.DONOR_DESK, frozenset({"DE"}), frozenset({"DE"})),
    "nowhere": Reader("x", Role.ANALYST),
    "cell": CELL,
}


@pytest.fixture(scope="module", params=ENGINES, autouse=True)
def _record(request: pytest.FixtureRequest) -> Iterator[None]:
    """A record that all tests read, in chapters that have room for two or three batches."""
    with fresh(request.param), pytest.MonkeyPatch.context() as patch:
        patch.setattr(chapters, "CHAPTER", 3)
        record_variety()
        again = terms(Commitment.objects.get(key="P00"), "DE", item=item("generator"))
        post(Draft(CELL, entries=[again], moves=[Move("P00", Act.AMEND, None, PLEDGED, 5, day(7))]))
        yield


@pytest.mark.parametrize("name", READERS)
def test_balances_from_totals_are_those_of_the_postings_that_the_reader_may_see(name: str) -> None:
    reader = READERS[name]
    for by in (["kind", "stage"], ["item", "stage", "left", "place"], ["donor", "item"], ["place"], ["donor", "stage"]):
        for where in ({}, {"kind": ["goods"], "stage": ["at hub"]}, {"donor": ["NO"]}, {"item": ["generator"]}):
            kept = balances(by, None, where, reader)
            assert kept == from_postings(by, Cut(known_at=10**9), where, reader)
            dated = balances(by, Cut(day(3).latest), where, reader)
            assert dated == from_postings(by, Cut(day(3).latest, 10**9), where, reader)
    assert bool(balances(["kind"], None, {}, reader)) or name == "nowhere"


@pytest.mark.parametrize("name", READERS)
def test_what_was_known_at_a_batch_from_chapters_is_what_its_postings_say(name: str) -> None:
    reader = READERS[name]
    last = Batch.objects.latest("number").number
    # In steps of five all others come to every place in a chapter too, of two or three batches.
    for batch in range(0, last + 2, 1 if name == "cell" else 5):
        for by in (["kind", "stage", "left"], ["donor", "stage"]):
            for cut in (Cut(known_at=batch), Cut(day(3).latest, batch)):
                assert balances(by, cut, None, reader) == from_postings(by, cut, {}, reader)
    for batch in (0, 1, last // 2, last - 1, last, last + 1):
        for by in (["place"], ["place", "item"], ["item", "stage"], ["requirement"], ["commitment"]):
            assert balances(by, Cut(known_at=batch), None, reader) == from_postings(by, Cut(known_at=batch), {}, reader)
    assert audit_ledger().faults == []


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
def test_what_donors_promises_are_worth_is_what_the_report_says(name: str) -> None:
    codes = dict(Party.objects.values_list("pk", "name"))
    found = {codes[donor]: (one.amount, one.counted, one.unknown, one.unconverted)
             for donor, one in worth_by_donor("EUR", READERS[name]).items()}  # fmt: skip
    said = {line.group["donor"]: (line.amount, line.counted, line.unknown, set(line.unconverted))
            for line in reports.commitments(["donor"], "EUR", reader=READERS[name])}  # fmt: skip
    assert found == said
