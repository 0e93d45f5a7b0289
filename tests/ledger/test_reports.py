"""Reports count nothing twice, and say what of it stands under a condition; balances add up however they are asked."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from decimal import Decimal
from itertools import combinations
from typing import Any

import pytest

from pledgeway.access.deciding import Reader, system
from pledgeway.access.roles import Role
from pledgeway.accounts.moves import Move, Position, Unknown
from pledgeway.accounts.stages import Act
from pledgeway.ledger.balances import DIMENSIONS, balances
from pledgeway.ledger.cuts import Cut
from pledgeway.ledger.models import Announcement, AnnouncementTerms, Commitment
from pledgeway.ledger.posting import Draft, post
from pledgeway.ledger.reports import Sum, commitments
from pledgeway.registry.models import Place
from tests.ledger.promises import COMMITTED, PLEDGED, day, party, promise, terms

pytestmark = pytest.mark.usefixtures("engine")
CENTS = 100


def envelope(key: str, euros: int, donor: str = "DE", **more: Any) -> Commitment:
    """Post an envelope of ``euros``, 0 for one whose size is not said, and return it."""
    one = Commitment(key=key, kind="envelope", unit="EUR", decimals=2)
    unknown = Unknown.NONE if euros else Unknown.SOME
    move = Move(key, Act.PROMISE, None, PLEDGED, euros * CENTS, day(1), unknown)
    post(Draft(system("desk"), entries=[one, terms(one, donor, **more)], moves=[move]))
    return one


def goods(key: str, euros: int, **more: Any) -> None:
    """Post ten generators whose stated value is ``euros``."""
    promise(key, 10, "DE", value=Decimal(euros), currency="EUR", **more)


def told(reader: Reader | None = None) -> Sum:
    (line,) = commitments(["donor"], "EUR", reader=reader)
    return line


def test_goods_that_draw_on_an_envelope_count_as_a_part_of_it() -> None:
    goods("generators", 10, draws_on=envelope("money", 40))
    goods("beside it", 5)
    assert (told().amount, told().counted, told().unknown) == (45, 2, 0)


def test_goods_count_by_their_own_value_where_that_of_their_envelope_is_not_known_or_not_seen() -> None:
    goods("generators", 10, draws_on=envelope("some money", 0))
    assert (told().amount, told().counted, told().unknown) == (10, 1, 1)
    goods("kits", 7, draws_on=envelope("hidden", 30, marking=["DE"]))
    assert told().amount == 40
    assert told(Reader("", Role.ANALYST)).amount == 17


def test_an_announcement_of_goods_that_an_envelope_pays_for_is_told_once() -> None:
    money = envelope("money", 40)
    package = Announcement(key="package")
    said = AnnouncementTerms(
        announcement=package, donor=party("DE"), purpose="military", day=date(2026, 3, 1), precision=0,
        marking=["public"], value=Decimal(25), currency="EUR",
    )  # fmt: skip
    post(Draft(system("desk"), entries=[package, said]))
    goods("generators", 10, draws_on=money, announcement=package)
    assert told().amount == 40
    goods("others", 8, announcement=package)  # now a part of its total is paid otherwise
    assert told().amount == 65


def test_promises_under_an_open_condition_count_and_are_told_beside() -> None:
    goods("sure", 10)
    goods("open", 6, condition="if parliament agrees", condition_state="open")
    goods("met", 3, condition="if parliament agrees", condition_state="met")
    promise("open too", 2, "DE", condition="if it snows", condition_state="open")
    assert (told().amount, told().open_amount, told().open_conditions, told().unknown) == (19, 6, 2, 1)
    stands = {line.group["condition"]: line.amount.quantity for line in balances(["condition"])}
    assert stands == {"": 10, "open": 12, "met": 10}


def test_balances_add_up_by_every_dimension_and_every_two_of_them_at_every_cut() -> None:
    place = Place.objects.create(code="RZE", name="Rzeszow", kind="hub")
    promise("P1", 10, "NO", decision="Ramstein 9", place=place, recipient=party("UA"))
    promise("P2", 7, "SE")
    envelope("money", 40)
    moves = [Move("P1", Act.ADVANCE, PLEDGED, COMMITTED, 6, day(3)),
             Move("P1", Act.ADVANCE, COMMITTED, Position("at hub", place="RZE"), 2, day(9)),
             Move("P2", Act.LEAVE, PLEDGED, Position("withdrawn", "pledged"), 1, day(20))]  # fmt: skip
    post(Draft(system("desk"), moves=moves))
    for cut in (Cut(), Cut(as_of=date(2026, 3, 8)), Cut(known_at=2), Cut(date(2026, 3, 8), 3)):
        whole = {(line.unit, line.decimals): line.amount for line in balances([], cut)}
        assert whole
        for by in [*((name,) for name in DIMENSIONS), *combinations(DIMENSIONS, 2)]:
            sums: dict[tuple[str, int], int] = defaultdict(int)
            for line in balances(by, cut):
                assert set(line.group) == set(by)
                sums[line.unit, line.decimals] += line.amount.quantity
            assert sums == {unit: amount.quantity for unit, amount in whole.items()}, (by, cut)
