"""An adopted plan is proposed to both desks; what both accept is allocated, once, and what is stale is refused."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Sequence
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection, connections

from pledgeway.access.deciding import Reader, system
from pledgeway.access.roles import Role
from pledgeway.accounts.moves import Move, Position
from pledgeway.accounts.stages import Act
from pledgeway.intake.workbook import import_problem
from pledgeway.ledger import models
from pledgeway.ledger.audit import audit_ledger
from pledgeway.ledger.balances import balances
from pledgeway.ledger.models import Batch
from pledgeway.ledger.posting import Draft, post
from pledgeway.plans import adopting, answering
from pledgeway.plans.models import Proposal, Run, RunFile
from pledgeway.plans.snapshot import Wanted, snapshot
from pledgeway.registry.models import Party
from tests.databases import ENGINES, fresh
from tests.intake.small import small
from tests.ledger.promises import day

CELL = Reader("cell", Role.COORDINATOR)
SOON = date.today() + timedelta(days=5)
COMMITTED, ALLOCATED = Position("committed", place="A"), Position("allocated", requirement="R1", place="A")


def desk(name: str, role: Role) -> Reader:
    code = Party.objects.get(name=name).code
    return Reader(name, role, frozenset({code}), frozenset({code}))


@pytest.fixture(params=ENGINES, autouse=True)
def _record(request: pytest.FixtureRequest) -> Iterator[None]:
    with fresh(request.param):
        import_problem(small(), "small.json", "0" * 64)
        yield


def run_of(*pairs: tuple[str, str, float]) -> Run:
    found = [{"offer": offer, "requirement": need, "quantity": units, "last_usable": 9} for offer, need, units in pairs]
    taken = snapshot(Wanted(date(2026, 3, 1), 30), CELL)
    return Run.objects.create(
        name="plan", author="cell", created="2026-03-01T00:00Z", start=date(2026, 3, 1), days=30, transport_weight=0,
        gap_wanted=0, seconds_wanted=1, batch=taken.batch, digest=taken.digest, problem="{}", state="done",
        found={"allocations": found},
    )  # fmt: skip


def proposed(*pairs: tuple[str, str, float]) -> adopting.Adoption:
    return adopting.adopt(run_of(*(pairs or (("O1", "R1", 8.0),))), CELL, SOON)


def standing() -> dict[tuple[str, str], int]:
    return {
        (line.group["commitment"], line.group["stage"]): line.amount.quantity
        for line in balances(["commitment", "stage"])
    }


def test_what_both_desks_accept_is_allocated() -> None:
    (one,) = proposed().proposals
    first = answering.answer(one.pk, desk("Norway", Role.DONOR_DESK), accept=True)
    assert (first.state, standing()["O1", "committed"]) == ("open", 10)
    second = answering.answer(one.pk, desk("Ministry", Role.RECIPIENT_DESK), accept=True)
    assert (second.state, second.batch) == ("posted", 2)
    assert (standing()["O1", "committed"], standing()["O1", "allocated"]) == (2, 8)
    assert Batch.objects.get(number=2).origin == {"plan": one.run_id, "proposal": one.pk}
    assert audit_ledger().faults == []


def test_a_declined_pair_stays_out_until_its_desk_reopens_it() -> None:
    (one,) = proposed().proposals
    norway, ministry = desk("Norway", Role.DONOR_DESK), desk("Ministry", Role.RECIPIENT_DESK)
    with pytest.raises(adopting.NotAllowedError, match="Say why"):
        answering.answer(one.pk, norway, accept=False, reason="  ")
    answering.answer(one.pk, norway, accept=False, reason="needed at home")
    assert adopting.declined_pairs() == {("O1", "R1")}
    assert proposed().stale == [("O1", "R1", "the desk declined this pair")]
    wanted = Wanted(date(2026, 3, 1), 30, excluded=adopting.declined_pairs())
    assert list(snapshot(wanted, CELL).problem.pins["kind"]) == ["forbidden"]
    with pytest.raises(adopting.NotAllowedError, match="Only the desk that declined"):
        answering.reopen(one.pk, ministry)
    answering.reopen(one.pk, norway)
    assert len(proposed().proposals) == 1


def test_only_the_desks_concerned_answer_and_only_once() -> None:
    (one,) = proposed().proposals
    for reader in (desk("Canada", Role.DONOR_DESK), CELL, desk("Norway", Role.ANALYST)):
        with pytest.raises(adopting.NotAllowedError, match="not yours"):
            answering.answer(one.pk, reader, accept=True)
    answering.answer(one.pk, desk("Norway", Role.DONOR_DESK), accept=False, reason="no")
    with pytest.raises(adopting.NotAllowedError, match="declined and cannot"):
        answering.answer(one.pk, desk("Ministry", Role.RECIPIENT_DESK), accept=True)


def test_only_a_coordinator_adopts() -> None:
    with pytest.raises(adopting.NotAllowedError, match="Only a coordinator"):
        adopting.adopt(run_of(("O1", "R1", 8.0)), desk("Norway", Role.DONOR_DESK), SOON)
    with pytest.raises(adopting.NotAllowedError, match="a day to come"):
        adopting.adopt(run_of(("O1", "R1", 8.0)), CELL, date.today())


def test_what_became_stale_since_the_snapshot_is_refused_with_its_reason() -> None:
    run = run_of(("O1", "R1", 8.0), ("O2", "R1", 1.5), ("gone", "R1", 1.0))
    post(Draft(system("cell"), moves=[Move("O1", Act.ADVANCE, COMMITTED, ALLOCATED, 4, day(2))]))
    assert [batch.number for batch in adopting.since_snapshot(run)] == [2]
    adoption = adopting.adopt(run, CELL, SOON)
    assert adoption.stale == [
        ("O1", "R1", "less of it is still committed and free than the plan uses"),
        ("gone", "R1", "it is no longer in the record"),
    ]
    assert [(one.commitment.key, one.parts) for one in adoption.proposals] == [("O2", 1_500_000)]


def test_open_proposals_hold_what_they_name() -> None:
    proposed()
    again = proposed()
    assert again.proposals == []
    assert again.stale == [("O1", "R1", "less of it is still committed and free than the plan uses")]


def test_a_plan_of_many_lines_is_weighed_without_a_parameter_for_each() -> None:
    run = run_of(("O1", "R1", 8.0), *((f"gone {line}", f"gone {line}", 1.0) for line in range(500)))
    most = 0

    def count(execute: Callable[..., Any], sql: str, parameters: Sequence[Any], *more: Any) -> Any:
        nonlocal most
        most = max(most, len(parameters))
        return execute(sql, parameters, *more)

    with connection.execute_wrapper(count):
        adoption = adopting.prepare(run)
    assert (len(adoption.changes), len(adoption.stale)) == (1, 500)
    assert 0 < most < 20


def test_an_open_proposal_expires_on_its_day() -> None:
    (one,) = proposed().proposals
    Proposal.objects.update(expires=date.today() - timedelta(days=1))
    with pytest.raises(adopting.NotAllowedError, match="expired"):
        answering.answer(one.pk, desk("Norway", Role.DONOR_DESK), accept=True)
    assert answering.expire_old() == 1
    assert len(proposed().proposals) == 1


def test_what_is_free_no_more_when_both_accept_is_refused_with_the_reason() -> None:
    (one,) = proposed().proposals
    answering.answer(one.pk, desk("Norway", Role.DONOR_DESK), accept=True)
    post(Draft(system("desk"), moves=[Move("O1", Act.LEAVE, COMMITTED, Position("withdrawn", "committed"), 5, day(3))]))
    found = answering.answer(one.pk, desk("Ministry", Role.RECIPIENT_DESK), accept=True)
    assert found.state == "refused"
    assert found.reason == "less of it is still committed and free than the plan uses"
    assert ("O1", "allocated") not in standing()


def test_goods_of_several_lots_are_allocated_together() -> None:
    lots = [COMMITTED._replace(lot=lot) for lot in ("a", "b")]
    moves = [Move("O1", Act.RELEASE, COMMITTED, Position("pledged"), 10, day(3))]
    moves += [Move("O1", Act.ADVANCE, Position("pledged"), lot, 5, day(3)) for lot in lots]
    post(Draft(system("cell"), moves=moves))
    (one,) = proposed().proposals
    for name, role in (("Norway", Role.DONOR_DESK), ("Ministry", Role.RECIPIENT_DESK)):
        answering.answer(one.pk, desk(name, role), accept=True)
    held = models.Position.objects.filter(stage="allocated").order_by("lot")
    assert [(where.lot, where.quantity) for where in held] == [("a", 5), ("b", 3)]


def test_two_desks_at_the_same_moment_allocate_once() -> None:
    (one,) = proposed().proposals
    readers = [desk("Norway", Role.DONOR_DESK), desk("Ministry", Role.RECIPIENT_DESK)]
    failures: list[BaseException] = []

    def accept(reader: Reader) -> None:
        try:
            answering.answer(one.pk, reader, accept=True)
        except BaseException as failure:
            failures.append(failure)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=accept, args=[reader]) for reader in readers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert standing()["O1", "allocated"] == 8
    assert Proposal.objects.get().state == "posted"


@pytest.mark.parametrize(
    ("quantity", "decimals", "parts"),
    [(2.0339999999999998, 6, 2_034_000), (8.0, 0, 8), (7.999999999, 0, 8), (0.1 + 0.2, 6, 300_000),
     (1.4999996, 6, 1_499_999)],
)  # fmt: skip
def test_a_plans_quantity_is_read_without_its_rounding_errors(quantity: float, decimals: int, parts: int) -> None:
    assert adopting.whole_parts(quantity, decimals) == parts


def test_the_ways_of_a_line_add_up_to_its_parts() -> None:
    """Thirds of a tonne have no whole parts, together they are one."""
    run = run_of(("O2", "R1", 1.0))
    legs = [{"lane": "L", "departs": 1}]
    third = {"offer": "O2", "requirement": "R1", "quantity": 1 / 3, "legs": legs, "usable": 3}
    content = json.dumps({"movements": [third, third, third]}).encode()
    RunFile.objects.create(run=run, name="plan.json", content=content)
    (one,) = adopting.adopt(run, CELL, SOON).proposals
    assert [way["parts"] for way in one.ways] == [333_333, 333_333, 333_334]
    assert one.parts == 1_000_000
    assert one.ways[0] == {"parts": 333_333, "legs": [["L", "2026-03-02"]], "usable": "2026-03-04"}
