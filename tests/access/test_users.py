"""Users, the parties they act for, and that the latest terms decide what is seen."""

from __future__ import annotations

import pytest

from pledgeway.access.deciding import NOBODY, system
from pledgeway.access.keeping import UserRefusedError, add_user
from pledgeway.access.roles import Role
from pledgeway.ledger.balances import balances
from pledgeway.ledger.cuts import Cut
from pledgeway.ledger.models import CommitmentTerms
from pledgeway.ledger.posting import Draft, post
from pledgeway.ledger.seen import commitments_seen
from pledgeway.registry.models import Party
from pledgeway.registry.readers import reader_of
from tests.databases import ENGINES, fresh
from tests.ledger.promises import promise, terms


@pytest.mark.parametrize("engine", ENGINES)
def test_the_latest_terms_decide(engine: str) -> None:
    with fresh(engine):
        promise("P1", marking=["public"])
        assert commitments_seen(NOBODY).count() == 1
        first = CommitmentTerms.objects.get()
        post(Draft(system("desk"), entries=[terms(first.commitment, "NO", item=first.item, marking=["DE"])]))
        assert not commitments_seen(NOBODY).exists()
        assert balances(["donor"], Cut(known_at=1), reader=NOBODY) == []


@pytest.mark.parametrize("engine", ENGINES)
def test_a_party_merged_into_another_is_the_same_reader(engine: str) -> None:
    with fresh(engine):
        promise("P1", marking=[])
        old = Party.objects.get(code="NO")
        new = Party.objects.create(code="NORWAY", name="Norway", kind="state")
        Party.objects.filter(pk=old.pk).update(merged_into=new)
        desk = add_user("desk", "wholly invented words", Role.DONOR_DESK, new.pk)
        assert reader_of(desk).own == {"NO", "NORWAY"}
        assert commitments_seen(reader_of(desk)).count() == 1


def test_a_user_is_refused_with_every_reason() -> None:
    with fresh("sqlite"), pytest.raises(UserRefusedError) as refused:
        add_user("no/name", "short", Role.DONOR_DESK)
    assert len(refused.value.reasons) == 3
