"""Posting asks who posts: each desk its own, all refusals at once, nothing of what is hidden told."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from pledgeway.access.deciding import Reader, system
from pledgeway.access.roles import Role
from pledgeway.accounts.moves import Move, Position
from pledgeway.accounts.rules import RefusedError
from pledgeway.accounts.stages import Act
from pledgeway.ledger.models import Batch, Commitment, Requirement, RequirementVersion
from pledgeway.ledger.posting import Draft, post, rehearse
from pledgeway.registry.models import Place
from tests.ledger.promises import COMMITTED, DELIVERED, PLEDGED, day, party, promise, terms

HUB = Position("at hub", place="HUB")


def of(role: Role, code: str, place: str = "") -> Reader:
    return Reader(f"{role.value} {code}", role, frozenset({code}), frozenset({code}), place)


NO, UA = of(Role.DONOR_DESK, "NO"), of(Role.RECIPIENT_DESK, "UA")
OPERATOR = of(Role.HUB_OPERATOR, "PL", "HUB")


def refusals(act: Callable[[], object]) -> list[str]:
    with pytest.raises(RefusedError) as failure:
        act()
    return [str(one) for one in failure.value.refusals]


@pytest.fixture(autouse=True)
def begun(engine: str) -> None:  # noqa: ARG001 - a database of each engine
    for code in ("NO", "DE", "UA", "PL"):
        party(code)
    Place.objects.create(code="HUB", name="HUB", kind="hub")
    promise("P1", 10, recipient=party("UA"))
    promise("D1", 10, "DE", recipient=party("UA"))
    promise("SECRET", 10, "DE", marking=["DE"])


def test_goods_go_from_desk_to_desk() -> None:
    transit = Position("in transit")
    post(Draft(NO, moves=[Move("P1", Act.ADVANCE, PLEDGED, COMMITTED, 8, day(2))]))
    post(Draft(NO, moves=[Move("P1", Act.ADVANCE, COMMITTED, transit, 8, day(3))]))
    post(Draft(OPERATOR, moves=[Move("P1", Act.ADVANCE, transit, HUB, 8, day(4))]))
    post(Draft(OPERATOR, moves=[Move("P1", Act.ADVANCE, HUB, transit, 8, day(5))]))
    post(Draft(UA, moves=[Move("P1", Act.ADVANCE, transit, DELIVERED, 8, day(6))]))
    post(Draft(UA, moves=[Move("P1", Act.ADVANCE, DELIVERED, Position("received"), 8, day(7))]))
    assert Batch.objects.order_by("-number").values_list("author", flat=True)[0] == UA.name


def test_all_that_is_another_s_is_refused_at_once_beside_other_reasons() -> None:
    moves = [
        Move("P1", Act.ADVANCE, PLEDGED, DELIVERED, 1, day(2)),
        Move("D1", Act.ADVANCE, PLEDGED, COMMITTED, 1, day(2)),
        Move("P1", Act.ADVANCE, PLEDGED, COMMITTED, 50, day(2)),
    ]
    found = refusals(lambda: post(Draft(NO, moves=moves)))
    assert found[0] == ("line 1, commitment P1: you may not advance it from pledged to delivered; its recipient's desk "
                        "or the operator of the place or a coordinator may")  # fmt: skip
    assert found[1].startswith("line 2, commitment D1: you may not")
    assert "less than nothing" in found[2]
    assert Batch.objects.count() == 3


def test_what_is_hidden_is_refused_as_what_does_not_exist() -> None:
    lines = [Move(key, Act.ADVANCE, PLEDGED, COMMITTED, 99, day(2)) for key in ("SECRET", "NOWHERE")]
    found = refusals(lambda: post(Draft(NO, moves=lines)))
    assert [one.split(": ")[1] for one in found] == ["there is no such commitment"] * 2


def test_terms_are_the_donor_s_own_and_cannot_be_taken_over() -> None:
    mine = Commitment.objects.get(key="P1")
    theirs = Commitment.objects.get(key="D1")
    post(Draft(NO, entries=[terms(mine, "NO", text="new")]))
    assert refusals(lambda: post(Draft(NO, entries=[terms(theirs, "NO")]))) == [
        "commitment D1: its terms are another party's to state"
    ]
    assert refusals(lambda: post(Draft(NO, entries=[terms(mine, "DE")]))) == [
        "commitment P1: you do not record promises of DE"
    ]
    assert refusals(lambda: post(Draft(UA, entries=[terms(mine, "NO")]))) == [
        "commitment P1: its terms are another party's to state"
    ]


def test_a_recipient_states_its_needs_and_a_coordinator_validates_them() -> None:
    need = Requirement(key="R1")

    def version(state: str, code: str = "UA") -> RequirementVersion:
        return RequirementVersion(requirement=need, party=party(code), accepts=[], quantity=1, state=state)

    assert refusals(lambda: post(Draft(UA, entries=[need, version("validated")]))) == [
        "requirement R1: only a coordinator makes a requirement validated"
    ]
    post(Draft(UA, entries=[need, version("submitted")]))
    post(Draft(system("coordinator"), entries=[version("validated")]))
    assert refusals(lambda: post(Draft(NO, entries=[version("withdrawn")]))) == [
        "requirement R1: the requirement is another party's to state"
    ]
    assert refusals(lambda: post(Draft(UA, entries=[version("draft", "PL")]))) == [
        "requirement R1: you do not state requirements of PL"
    ]


def test_a_reversal_needs_the_right_to_what_it_takes_back() -> None:
    done = post(Draft(NO, moves=[Move("P1", Act.ADVANCE, PLEDGED, COMMITTED, 8, day(2))]))
    back = Move("P1", Act.REVERSE, COMMITTED, PLEDGED, 8, day(2), reverses=done.first_posting)
    assert len(refusals(lambda: post(Draft(UA, moves=[back])))) == 1
    post(Draft(NO, moves=[back]))


def test_a_rehearsal_writes_nothing() -> None:
    before = Batch.objects.count()
    draft = Draft(NO, moves=[Move("P1", Act.ADVANCE, PLEDGED, COMMITTED, 8, day(2))])
    assert rehearse(draft).batch.number == before + 1
    assert Batch.objects.count() == before
    assert post(draft).batch.number == before + 1
