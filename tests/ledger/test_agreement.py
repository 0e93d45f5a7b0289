"""The ledger in a database refuses what the book in memory refuses, in the same words, and else holds the same.

The book reads the whole history of every position; the database reads what a batch touches, and from days on only.
"""

from __future__ import annotations

from itertools import count
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pledgeway.access.deciding import system
from pledgeway.accounts.book import Book
from pledgeway.accounts.moves import Move, Position, Unknown
from pledgeway.accounts.rules import RefusedError
from pledgeway.accounts.stages import Act
from pledgeway.ledger.audit import audit_ledger
from pledgeway.ledger.models import Commitment
from pledgeway.ledger.models import Position as Row
from pledgeway.ledger.posting import Draft, post
from pledgeway.registry.models import Place
from tests.ledger.promises import COMMITTED, DELIVERED, PLEDGED, day, terms

pytestmark = pytest.mark.usefixtures("engine")

STEPS: list[tuple[Act, Position | None, Position | None]] = [
    (Act.AMEND, None, PLEDGED),
    (Act.AMEND, COMMITTED, None),
    (Act.ADVANCE, PLEDGED, COMMITTED),
    (Act.ADVANCE, PLEDGED, DELIVERED),
    (Act.ADVANCE, COMMITTED, DELIVERED),
    (Act.ADVANCE, COMMITTED, Position("at hub", place="RZE")),
    (Act.ADVANCE, Position("at hub", place="RZE"), Position("delivered", consignment="W1")),
    (Act.RELEASE, COMMITTED, PLEDGED),
    (Act.LEAVE, PLEDGED, Position("withdrawn", left="pledged")),
    (Act.ADVANCE, DELIVERED, PLEDGED),
]
NUMBERS = count()


@st.composite
def lines(draw: st.DrawFn, keys: list[str], posted: dict[int, Move]) -> Move:
    """Draw a line, mostly one that may be posted; now and then a reversal."""
    if posted and draw(st.integers(0, 5)) == 0:
        number = draw(st.sampled_from(sorted(posted)))
        old = posted[number]
        return Move(
            old.commitment, Act.REVERSE, old.target, old.source, old.quantity, old.day, old.unknown, reverses=number
        )
    act, source, target = draw(st.sampled_from(STEPS[:9] * 4 + STEPS))
    unknown = draw(st.sampled_from([Unknown.NONE] * 6 + [Unknown.SOME, Unknown.PART]))
    quantity, on = draw(st.integers(0 if unknown else 1, 6)), day(draw(st.integers(1, 9)))
    return Move(draw(st.sampled_from(keys)), act, source, target, quantity, on, unknown)


def refusals(work: Any) -> list[str]:
    """Return why ``work`` is refused, in one order; nothing where it is not."""
    try:
        work()
    except RefusedError as refused:
        return sorted(map(str, refused.refusals))
    return []


@pytest.mark.parametrize("histories", [60, pytest.param(140, marks=pytest.mark.slow)])
def test_the_database_judges_as_the_book_does(histories: int) -> None:
    Place.objects.create(code="RZE", name="Rzeszow", kind="hub")

    @settings(max_examples=histories, deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.data())
    def agrees(data: st.DataObject) -> None:
        keys = [f"P{next(NUMBERS)}", f"P{next(NUMBERS)}"]
        book, entries = Book(), []
        for key in keys:
            commitment = Commitment(key=key, kind="goods", unit="part", decimals=0)
            entries += [commitment, terms(commitment)]
            book.open(key, "goods")
        first = [Move(key, Act.PROMISE, None, PLEDGED, 10, day(2)) for key in keys]
        begun = post(Draft(system("desk"), entries=entries, moves=first))
        book.post(first, [begun.first_posting, begun.first_posting + 1])
        for _ in range(data.draw(st.integers(2, 8))):
            moves = data.draw(st.lists(lines(keys, book.postings), min_size=1, max_size=6))
            written: list[int] = []
            draft = Draft(system("desk"), moves=moves)
            found = refusals(lambda draft=draft, written=written: written.append(post(draft)[1]))
            numbers = range(written[0], written[0] + len(moves)) if written else None
            assert found == refusals(lambda moves=moves, numbers=numbers: book.post(moves, numbers))
        held = {
            (row.commitment.key, Position(row.stage, row.left, "", row.place.code if row.place else "",
                                          row.consignment)): (row.quantity, row.marks, row.last_day)
            for row in Row.objects.filter(commitment__key__in=keys).select_related("commitment", "place")
        }  # fmt: skip
        assert held == {spot: book.held(spot) for spot in book.histories}

    agrees()
    assert audit_ledger().faults == []


@pytest.mark.parametrize("count_of_lines", [1, 49, 50, 51, 120])
def test_a_batch_of_any_length_is_written_whole(count_of_lines: int) -> None:
    commitment = Commitment(key="P1", kind="goods", unit="piece", decimals=0)
    moves = [
        Move("P1", Act.PROMISE, None, Position("pledged", lot=f"L{lot}"), 2, day(1)) for lot in range(count_of_lines)
    ]
    post(Draft(system("desk"), entries=[commitment, terms(commitment)], moves=moves))
    forward = [
        Move("P1", Act.ADVANCE, move.target, Position("committed", lot=f"L{lot}"), 1, day(2))
        for lot, move in enumerate(moves)
    ]
    post(Draft(system("desk"), moves=forward))
    assert audit_ledger().faults == []
    assert Row.objects.filter(quantity=1).count() == 2 * count_of_lines
