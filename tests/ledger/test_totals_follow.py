"""Totals follow terms that change and goods that go back, and are derived anew where there are none."""

from __future__ import annotations

from importlib import import_module

import pytest
from django.apps import apps
from django.db import connection

from pledgeway.accounts.moves import Move, Position, Unknown
from pledgeway.accounts.stages import Act
from pledgeway.ledger.audit import audit_ledger
from pledgeway.ledger.models import (
    Commitment,
    CommitmentTotal,
    Marking,
    RequirementTotal,
    StageTotal,
    StageTurnover,
    Turnover,
)
from pledgeway.ledger.posting import Draft, post
from pledgeway.registry.models import Place
from tests.ledger.promises import COMMITTED, DELIVERED, PLEDGED, day, deliver, item, promise, terms
from tests.ledger.variety import CELL, record_variety

pytestmark = pytest.mark.usefixtures("engine")


@pytest.fixture
def record(engine: str) -> None:  # noqa: ARG001 - a database of each engine
    record_variety()


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
