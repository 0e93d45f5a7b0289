"""What is remembered of overviews is never older than the record, and never somebody else's."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from pledgeway.access.deciding import NOBODY, Reader, system
from pledgeway.access.roles import Role
from pledgeway.ledger import remembered
from pledgeway.ledger.kept_balances import tonnes
from pledgeway.ledger.models import Batch
from pledgeway.ledger.posting import Draft, post
from pledgeway.ledger.remembered import until_recorded
from pledgeway.registry.changing import change
from pledgeway.registry.models import Party

pytestmark = pytest.mark.usefixtures("engine")


@until_recorded
def batches_and_parties(who: Reader) -> tuple[str, int, int]:
    return who.name, Batch.objects.count(), Party.objects.count()


def queries(who: Reader) -> int:
    with CaptureQueriesContext(connection) as asked:
        batches_and_parties(who)
    return len(asked)


def test_an_answer_is_remembered_until_a_batch_or_a_change_of_reference_data() -> None:
    who = system("one")
    assert batches_and_parties(who) == ("one", 0, 0)
    assert queries(who) == 1  # where the record stands
    post(Draft(system("test"), "nothing"))
    assert batches_and_parties(who) == ("one", 1, 0)
    change(Party(), {"code": "X", "name": "X", "kind": "state"}, "test")
    assert batches_and_parties(who) == ("one", 1, 1)
    assert queries(who) == 1


def test_nobody_is_given_what_was_found_for_another() -> None:
    batches_and_parties(system("one"))
    for other in (system("two"), NOBODY, Reader("one", Role.DONOR_DESK, frozenset({"X"}), frozenset({"X", "CELL"}))):
        assert batches_and_parties(other)[0] == other.name
        assert queries(other) == 1


def test_few_answers_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remembered, "MOST", 2)
    for name in ("one", "two", "three"):
        batches_and_parties(system(name))
    assert queries(system("three")) == 1
    assert queries(system("one")) == 3


def test_totals_of_readers_are_remembered() -> None:
    assert tonnes(system("one")) is tonnes(system("one"))
