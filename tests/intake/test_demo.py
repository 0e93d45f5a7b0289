"""The example is recorded whole, once, and holds every kind of promise."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from pledgeway.access.deciding import NOBODY
from pledgeway.access.roles import Role
from pledgeway.accounts.stages import KINDS
from pledgeway.forums.models import Decision
from pledgeway.forums.seen import decisions_seen
from pledgeway.intake.demo import demo_users, load_demo
from pledgeway.ledger.audit import audit_ledger
from pledgeway.ledger.balances import balances
from pledgeway.ledger.models import Batch, Commitment
from pledgeway.ledger.seen import commitments_seen
from pledgeway.pictures.words import percent
from pledgeway.portal.lists.outcomes import outcomes

EXAMPLE = Path(__file__).parents[2] / "examples" / "coalition.xlsx"
pytestmark = pytest.mark.usefixtures("sqlite")


def test_it_is_loaded_once_and_holds_all_that_promises_are_like() -> None:
    assert load_demo(EXAMPLE, date(2026, 5, 1))
    batches = Batch.objects.count()
    assert not load_demo(EXAMPLE, date(2026, 5, 2))
    assert Batch.objects.count() == batches
    assert audit_ledger().faults == []
    assert {"goods", "envelope", "grant", "loan", "guarantee", "works"} <= set(
        Commitment.objects.values_list("kind", flat=True)
    ) <= set(KINDS)  # fmt: skip
    stages = {line.group["stage"] for line in balances(["stage"], where={"kind": ["goods"]})}
    assert stages >= {stage.name for stage in KINDS["goods"].chain} | {"lost"}
    assert any(line.amount.marks for line in balances(["commitment"]))
    assert 0 < commitments_seen(NOBODY).count() < Commitment.objects.count()
    told = outcomes([decision.code for decision in decisions_seen(NOBODY)], NOBODY)
    shares = {outcome.stand.kind: outcome.share for own in told.values() for outcome in own if outcome.share}
    wanted = {"grant": 0, "loan": 50 / 300, "works": 0.2, "envelope": 0}
    assert shares == {kind: percent(share) for kind, share in wanted.items()}
    assert decisions_seen(NOBODY).count() < Decision.objects.count()


def test_it_has_a_user_of_every_role_and_tells_a_password_once() -> None:
    load_demo(EXAMPLE, date(2026, 5, 1))
    assert {user.role for user in demo_users()} == {role.value for role in Role}
    assert demo_users() == []
