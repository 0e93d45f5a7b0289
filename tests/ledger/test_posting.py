"""One function posts a batch: all lines or none, on both databases."""

from __future__ import annotations

import pytest
from django.db import connection

from pledgeway.access.deciding import system
from pledgeway.accounts.moves import Move, Position
from pledgeway.accounts.rules import RefusedError
from pledgeway.accounts.stages import Act
from pledgeway.ledger import models
from pledgeway.ledger.audit import audit_ledger
from pledgeway.ledger.balances import balances
from pledgeway.ledger.cuts import Cut, known_at
from pledgeway.ledger.models import Batch, Commitment, CommitmentTerms, Posting, Turnover
from pledgeway.ledger.posting import Draft, post
from pledgeway.registry.models import Party, Place
from tests.ledger.promises import COMMITTED, DELIVERED, PLEDGED, day, deliver, party, promise, terms

pytestmark = pytest.mark.usefixtures("engine")


def quantities(*by: str, cut: Cut | None = None, **where: list[str]) -> dict[tuple[str, ...], int]:
    found = balances(by, cut, where)
    return {tuple(balance.group.values()): balance.amount.quantity for balance in found}


def test_a_batch_is_written_with_its_number_and_hash() -> None:
    first, second = promise("P1"), deliver("P1", 4)
    assert (first.batch.number, second.batch.number) == (1, 2)
    assert second.batch.previous == first.batch.hash
    assert second.first_posting == 2
    assert quantities("commitment", "stage") == {("P1", "pledged"): 6, ("P1", "delivered"): 4}
    assert audit_ledger().faults == []


@pytest.mark.parametrize("key", ["1", "Zürich/7", 'a "quoted" \\ one', "{a},b", "tab\tand\nline", "\U0001f69a"])
def test_a_commitment_may_have_any_key(key: str) -> None:
    promise(key)
    deliver(key, 4)
    deliver(key, 1, on=1)
    assert quantities("commitment", "stage") == {(key, "pledged"): 5, (key, "delivered"): 5}
    assert audit_ledger().faults == []


def test_a_refused_batch_leaves_nothing_behind() -> None:
    promise("P1")
    commitment = Commitment(key="P2", kind="goods", unit="piece", decimals=0)
    with pytest.raises(RefusedError) as caught:
        post(
            Draft(
                system("desk"),
                entries=[commitment, terms(commitment)],
                moves=[
                    Move("P1", Act.ADVANCE, PLEDGED, COMMITTED, 10, day(2)),
                    Move("P1", Act.ADVANCE, PLEDGED, DELIVERED, 1, day(2)),
                    Move("P2", Act.PROMISE, None, PLEDGED, 5, day(1)),
                ],
            )
        )
    assert "pledged would hold 1 piece less than nothing" in str(caught.value)
    assert (Batch.objects.count(), Posting.objects.count(), Commitment.objects.count()) == (1, 1, 1)
    assert quantities("commitment", "stage") == {("P1", "pledged"): 10}


def test_a_posting_dated_back_is_checked_against_every_day_since() -> None:
    promise("P1")
    post(
        Draft(
            system("desk"),
            moves=[
                Move("P1", Act.AMEND, None, PLEDGED, 5, day(9)),
                Move("P1", Act.ADVANCE, PLEDGED, COMMITTED, 12, day(9)),
            ],
        )
    )
    with pytest.raises(RefusedError, match="pledged would hold 1 piece less than nothing on 2026-03-09"):
        deliver("P1", 4, on=2)
    deliver("P1", 3, on=2)


def test_what_stood_on_a_day_and_what_was_known_at_a_batch() -> None:
    promise("P1")
    deliver("P1", 4, on=5)
    late = deliver("P1", 1, on=3)
    assert quantities("stage", cut=Cut(as_of=day(4).latest)) == {("delivered",): 1, ("pledged",): 9}
    assert quantities("stage", cut=Cut(as_of=day(4).latest, known_at=2)) == {("pledged",): 10}
    assert quantities("stage", cut=Cut(known_at=2)) == {("delivered",): 4, ("pledged",): 6}
    assert known_at(late.batch.recorded.isoformat()) == 3
    assert known_at("2020-01-01") == 0
    assert quantities("stage", cut=Cut(known_at=0)) == {}


def test_a_reversal_takes_back_a_posting_of_an_earlier_batch() -> None:
    promise("P1")
    number = deliver("P1", 4).first_posting
    back = Move("P1", Act.REVERSE, DELIVERED, PLEDGED, 4, day(2), reverses=number)
    post(Draft(system("desk"), moves=[back, Move("P1", Act.ADVANCE, PLEDGED, DELIVERED, 3, day(2))]))
    assert quantities("stage") == {("delivered",): 3, ("pledged",): 7}
    with pytest.raises(RefusedError, match="taken back before"):
        post(Draft(system("desk"), moves=[back]))
    assert audit_ledger().faults == []


def test_balances_by_party_item_place_and_month() -> None:
    Place.objects.create(code="RZE", name="Rzeszow", kind="hub")
    promise("P1", 10, "NO")
    promise("P2", 7, "SE", decision="Ramstein 9")
    hub = Position("at hub", place="RZE")
    post(Draft(system("desk"), moves=[Move("P2", Act.ADVANCE, PLEDGED, hub, 2, day(4))]))
    assert quantities("donor") == {("NO",): 10, ("SE",): 7}
    assert quantities("donor", "stage", donor=["SE"]) == {("SE", "at hub"): 2, ("SE", "pledged"): 5}
    assert quantities("place", place=["RZE"]) == {("RZE",): 2}
    assert quantities("decision", decision=["Ramstein 9"]) == {("Ramstein 9",): 7}
    assert quantities("item", "month") == {("generator", "2026-03"): 17}
    with pytest.raises(KeyError, match="no such dimension: colour"):
        balances(["colour"])


def test_a_new_donor_takes_over_what_the_commitment_turned_over() -> None:
    promise("P1", 10, "NO")
    commitment = Commitment.objects.get(key="P1")
    move = Move("P1", Act.ADVANCE, PLEDGED, DELIVERED, 4, day(2))
    post(Draft(system("desk"), entries=[terms(commitment, "SE")], moves=[move]))
    assert quantities("donor", "stage") == {("SE", "delivered"): 4, ("SE", "pledged"): 6}
    assert quantities("donor", cut=Cut(known_at=1)) == {("NO",): 10}
    assert audit_ledger().faults == []


def test_merged_parties_count_as_one_and_keep_their_history() -> None:
    promise("P1", 10, "UK")
    promise("P2", 5, "GB")
    Party.objects.filter(code="UK").update(merged_into=party("GB"))
    assert quantities("donor") == {("GB",): 15}
    assert quantities("commitment", donor=["GB"]) == {("P1",): 10, ("P2",): 5}
    assert audit_ledger().faults == []


def test_what_is_not_there_is_refused_by_name() -> None:
    promise("P1")
    nowhere, nothing = Position("at hub", place="XXX"), Position("allocated", requirement="R1")
    with pytest.raises(RefusedError, match="there is no place XXX"):
        post(Draft(system("desk"), moves=[Move("P1", Act.ADVANCE, PLEDGED, nowhere, 1, day(2))]))
    with pytest.raises(RefusedError, match="there is no requirement R1"):
        post(Draft(system("desk"), moves=[Move("P1", Act.ADVANCE, PLEDGED, nothing, 1, day(2))]))
    with pytest.raises(RefusedError, match="there is no statement abc"):
        post(Draft(system("desk"), moves=[Move("P1", Act.ADVANCE, PLEDGED, DELIVERED, 1, day(2), statement="abc")]))
    bare = Commitment(key="P2", kind="goods", unit="piece", decimals=0)
    with pytest.raises(RefusedError, match="the commitment has no terms yet"):
        post(Draft(system("desk"), entries=[bare], moves=[Move("P2", Act.PROMISE, None, PLEDGED, 1, day(1))]))


def test_quick_balances_agree_with_those_from_the_postings() -> None:
    promise("P1", 10, "NO")
    promise("P2", 7, "SE")
    for number in range(2, 9):
        deliver("P1", 1, on=number)
    assert Turnover.objects.count() > 0
    for number in range(1, 10):
        quick = quantities("donor", "stage", cut=Cut(as_of=day(number).latest))
        slow = quantities("donor", "stage", "purpose", cut=Cut(as_of=day(number).latest))
        assert {(*key, "military"): quantity for key, quantity in quick.items()} == slow


def test_sqlite_plans_by_statistics_that_are_renewed_as_the_record_grows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pledgeway.ledger.posting.MANY", 3)
    promise("P1")
    for number in (2, 3):
        assert _rows_known_of_postings() == 0
        deliver("P1", 1, on=number)
    assert _rows_known_of_postings() == (3 if connection.vendor == "sqlite" else 0)


def _rows_known_of_postings() -> int:
    """Return how many postings SQLite believes that there are."""
    if connection.vendor != "sqlite" or "sqlite_stat1" not in connection.introspection.table_names():
        return 0
    with connection.cursor() as cursor:
        cursor.execute("SELECT stat FROM sqlite_stat1 WHERE idx = 'posting_by_commitment'")
        found = cursor.fetchone()
    return int(found[0].split()[0]) if found else 0


def test_the_tables_of_the_record_are_those_that_the_database_protects() -> None:
    tables = (model._meta for model in vars(models).values() if hasattr(model, "_meta"))
    names = {table.model_name for table in tables if not table.abstract}
    derived, talk = (
        {
            "entry",
            "terms",
            "position",
            "turnover",
            "marking",
            "commitmenttotal",
            "stagetotal",
            "stageturnover",
            "requirementtotal",
        },
        {"dispute", "disputeanswer"},
    )
    assert set(models.RECORDED) == names - derived - talk
    assert connection.vendor in ("sqlite", "postgresql")
    assert CommitmentTerms._meta.db_table == "ledger_commitmentterms"
