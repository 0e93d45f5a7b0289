"""Who sees a row: the database's answer and the rule in words are the same, for every role, party and marking."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from pledgeway.access.deciding import NOBODY, Reader, may, may_see
from pledgeway.access.roles import ALLOWED, Act, Role
from pledgeway.ledger.balances import balances
from pledgeway.ledger.cuts import Cut
from pledgeway.ledger.seen import announcements_seen, commitments_seen, postings_seen, requirements_seen
from tests.databases import ENGINES, fresh
from tests.ledger.promises import day
from tests.portal.world import Row, build, readers


@pytest.fixture(scope="module", params=ENGINES)
def world(request: pytest.FixtureRequest) -> Iterator[tuple[list[Row], dict[str, Reader]]]:
    with fresh(request.param):
        yield build(), readers()


def test_queries_and_the_rule_agree(world: tuple[list[Row], dict[str, Reader]]) -> None:
    rows, everybody = world
    for reader in everybody.values():
        for kind, seen in (
            ("commitment", commitments_seen(reader).values_list("commitment__key", flat=True)),
            ("announcement", announcements_seen(reader).values_list("announcement__key", flat=True)),
            ("requirement", requirements_seen(reader).values_list("requirement__key", flat=True)),
        ):
            allowed = {
                row.word for row in rows if row.kind == kind and may_see(row.marking, row.owner, reader, row.places)
            }
            assert set(seen) == allowed
        assert set(postings_seen(reader).values_list("commitment__key", flat=True)) == set(
            commitments_seen(reader).values_list("commitment__key", flat=True)
        )


def test_markings_mean_what_they_say(world: tuple[list[Row], dict[str, Reader]]) -> None:
    _, everybody = world
    assert may_see(["public"], "DE", NOBODY)
    assert not may_see(["NO"], "DE", NOBODY)
    assert may_see([], "DE", everybody["coordinator-NO"])
    assert may_see([], "NO", everybody["donor-desk-NO"])
    assert not may_see([], "DE", everybody["donor-desk-NO"])
    assert may_see(["NORDIC"], "DE", everybody["analyst-NO"])
    assert not may_see(["NORDIC"], "NO", everybody["analyst-DE"])
    assert not may_see([], "DE", everybody["administrator-NO"])


@pytest.mark.parametrize("cut", [Cut(), Cut(as_of=day(2).latest), Cut(known_at=10**6)])
@pytest.mark.parametrize("by", [["donor"], ["donor", "stage"], ["commitment"], ["kind", "left"]])
def test_totals_count_what_the_reader_sees(world: tuple[list[Row], dict[str, Reader]], cut: Cut, by: list[str]) -> None:
    rows, everybody = world
    for reader in everybody.values():
        seen = sum(row.kind == "commitment" and may_see(row.marking, row.owner, reader, row.places) for row in rows)
        assert sum(line.amount.quantity for line in balances(by, cut, reader=reader)) == 10 * seen
        own = sum(
            row.kind == "commitment" and row.owner == "NO" and may_see(row.marking, row.owner, reader, row.places)
            for row in rows
        )
        found = balances(by, cut, {"donor": ["NO"]}, reader)
        assert sum(line.amount.quantity for line in found) == 10 * own


def test_a_balance_names_no_requirement_that_is_hidden(world: tuple[list[Row], dict[str, Reader]]) -> None:
    rows, everybody = world
    for reader in everybody.values():
        named = {line.group["requirement"] for line in balances(["requirement"], reader=reader)} - {None}
        assert named <= {row.word for row in rows if may_see(row.marking, row.owner, reader, row.places)}


def test_every_act_has_its_roles_and_nobody_may_do_any() -> None:
    assert set(ALLOWED) == set(Act)
    assert not any(may(NOBODY, act) for act in Act)
    desk = Reader("desk", Role.DONOR_DESK, frozenset({"NO"}), frozenset({"NO"}))
    assert may(desk, Act.POST, "NO")
    assert not may(desk, Act.POST, "DE")
    assert not may(desk, Act.ADOPT, "NO")
    assert not may(Reader("desk", Role.DONOR_DESK), Act.POST)
