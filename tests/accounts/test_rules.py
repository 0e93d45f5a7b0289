"""Small cases worked by hand."""

from __future__ import annotations

from datetime import date

import pytest

from pledgeway.accounts.book import Book
from pledgeway.accounts.days import Day, Precision, month, not_later
from pledgeway.accounts.figures import Amount, fold, promised, reached
from pledgeway.accounts.moves import Move, Position, Unknown
from pledgeway.accounts.rules import RefusedError
from pledgeway.accounts.stages import KINDS, Act, steps

FIRST, SECOND, THIRD = (Day(date(2026, 3, day)) for day in (1, 2, 3))
PLEDGED, COMMITTED, TRANSIT = Position("pledged"), Position("committed"), Position("in transit")
HUB, OTHER_HUB, DELIVERED = Position("at hub", place="RZE"), Position("at hub", place="LVI"), Position("delivered")
LOST = Position("lost", left="in transit")


def line(
    act: Act, source: Position | None, target: Position | None, quantity: int, day: Day = FIRST, **more: object
) -> Move:
    return Move("P1", act, source, target, quantity, day, **more)  # type: ignore[arg-type]


@pytest.fixture
def book() -> Book:
    book = Book()
    book.open("P1", "goods")
    book.post([line(Act.PROMISE, None, PLEDGED, 10)])
    return book


def refusals(book: Book, *moves: Move) -> list[str]:
    with pytest.raises(RefusedError) as caught:
        book.post(moves)
    return [refusal.sentence for refusal in caught.value.refusals]


def standing(book: Book, on: Day | None = None) -> dict[str, Amount]:
    held = fold(book.postings.values(), on.latest if on else None)
    return {position.stage: amount for (_, position), amount in held.items()}


def test_evidence_of_a_later_stage_jumps_forward(book: Book) -> None:
    book.post([line(Act.ADVANCE, PLEDGED, DELIVERED, 4, SECOND)])
    assert standing(book) == {"pledged": Amount(6), "delivered": Amount(4)}
    assert standing(book, FIRST) == {"pledged": Amount(10)}
    held = {position: amount for (_, position), amount in fold(book.postings.values()).items()}
    assert reached("goods", "in transit", held) == Amount(4)
    assert promised(held) == Amount(10)


def test_more_than_there_is_cannot_leave(book: Book) -> None:
    assert refusals(book, line(Act.ADVANCE, PLEDGED, COMMITTED, 11)) == [
        "pledged would hold 1 part less than nothing on 2026-03-01"
    ]


def test_a_posting_dated_back_is_checked_against_every_day_since(book: Book) -> None:
    book.post([line(Act.AMEND, None, PLEDGED, 5, THIRD), line(Act.ADVANCE, PLEDGED, COMMITTED, 12, THIRD)])
    assert refusals(book, line(Act.ADVANCE, PLEDGED, COMMITTED, 4, FIRST)) == [
        "pledged would hold 1 part less than nothing on 2026-03-03"
    ]
    assert refusals(book, line(Act.ADVANCE, PLEDGED, COMMITTED, 11, SECOND)) == [
        "pledged would hold 1 part less than nothing on 2026-03-02"
    ]
    book.post([line(Act.ADVANCE, PLEDGED, COMMITTED, 3, FIRST)])


def test_each_day_of_a_batch_is_judged(book: Book) -> None:
    taken, added = line(Act.ADVANCE, PLEDGED, COMMITTED, 12, SECOND), line(Act.AMEND, None, PLEDGED, 5, THIRD)
    assert refusals(book, taken, added) == ["pledged would hold 2 parts less than nothing on 2026-03-02"]
    assert refusals(book, added, taken) == ["pledged would hold 2 parts less than nothing on 2026-03-02"]


def test_a_batch_is_judged_at_its_end(book: Book) -> None:
    book.post([line(Act.ADVANCE, PLEDGED, DELIVERED, 12), line(Act.AMEND, None, PLEDGED, 2)])
    assert standing(book) == {"delivered": Amount(12)}


def test_goods_alternate_between_transit_and_hubs_and_lost_ones_are_found(book: Book) -> None:
    for act, source, target in [
        (Act.ADVANCE, PLEDGED, TRANSIT),
        (Act.ADVANCE, TRANSIT, HUB),
        (Act.ADVANCE, HUB, TRANSIT),
        (Act.ADVANCE, TRANSIT, OTHER_HUB),
        (Act.ADVANCE, OTHER_HUB, TRANSIT),
        (Act.LEAVE, TRANSIT, LOST),
        (Act.FIND, LOST, TRANSIT),
    ]:
        book.post([line(act, source, target, 10)])
    assert standing(book) == {"in transit": Amount(10)}


def test_what_was_lost_still_counts_as_having_reached_its_last_stage(book: Book) -> None:
    book.post([line(Act.ADVANCE, PLEDGED, TRANSIT, 10), line(Act.LEAVE, TRANSIT, LOST, 3)])
    held = {position: amount for (_, position), amount in fold(book.postings.values()).items()}
    assert reached("goods", "in transit", held) == Amount(10)
    assert reached("goods", "delivered", held) == Amount(0)


def test_a_reversal_takes_back_one_posting_whole_and_once(book: Book) -> None:
    book.post([line(Act.ADVANCE, PLEDGED, DELIVERED, 4, SECOND)])
    back = line(Act.REVERSE, DELIVERED, PLEDGED, 4, SECOND, reverses=2)
    whole = "a reversal takes back posting 2 whole, on its own day, the other way round"
    assert refusals(book, line(Act.REVERSE, DELIVERED, PLEDGED, 3, SECOND, reverses=2)) == [whole]
    assert refusals(book, line(Act.REVERSE, DELIVERED, PLEDGED, 4, THIRD, reverses=2)) == [whole]
    assert refusals(book, back, back) == ["posting 2 was taken back before"]
    book.post([back, line(Act.ADVANCE, PLEDGED, DELIVERED, 5, SECOND)])
    assert standing(book) == {"pledged": Amount(5), "delivered": Amount(5)}
    assert refusals(book, back) == ["posting 2 was taken back before"]
    again = line(Act.REVERSE, PLEDGED, DELIVERED, 4, SECOND, reverses=3)
    assert refusals(book, again) == ["posting 3 is a reversal itself; post anew instead"]


def test_an_unknown_quantity_is_a_part_of_unknown_size_never_zero() -> None:
    book = Book()
    book.open("P1", "goods")
    book.post([line(Act.PROMISE, None, PLEDGED, 0, unknown=Unknown.SOME)])
    assert standing(book) == {"pledged": Amount(0, 1)}
    book.post([line(Act.ADVANCE, PLEDGED, DELIVERED, 0, unknown=Unknown.SOME)])
    assert standing(book) == {"pledged": Amount(0, 1), "delivered": Amount(0, 1)}
    book.post([line(Act.ADVANCE, PLEDGED, COMMITTED, 0, unknown=Unknown.PART)])
    assert standing(book) == {"committed": Amount(0, 1), "delivered": Amount(0, 1)}
    assert refusals(book, line(Act.ADVANCE, PLEDGED, DELIVERED, 0, unknown=Unknown.SOME)) == [
        "pledged holds nothing on 2026-03-01"
    ]
    assert refusals(book, line(Act.ADVANCE, PLEDGED, DELIVERED, 0, unknown=Unknown.PART)) == [
        "pledged: 1 more of unknown size would have left than came by 2026-03-01"
    ]


def test_a_delivery_beyond_an_undisclosed_promise_amends_it_in_the_same_batch() -> None:
    book = Book()
    book.open("P1", "goods")
    book.post(
        [
            line(Act.PROMISE, None, PLEDGED, 0, unknown=Unknown.SOME),
            line(Act.AMEND, None, PLEDGED, 201, SECOND),
            line(Act.ADVANCE, PLEDGED, DELIVERED, 201, SECOND),
        ]
    )
    assert standing(book) == {"pledged": Amount(0, 1), "delivered": Amount(201)}


def test_every_reason_against_a_batch_is_given(book: Book) -> None:
    strange = Move("P2", Act.PROMISE, None, PLEDGED, 1, FIRST)
    assert refusals(
        book,
        strange,
        line(Act.ADVANCE, DELIVERED, PLEDGED, 1),
        line(Act.ADVANCE, PLEDGED, Position("at hub"), 1),
        line(Act.ADVANCE, PLEDGED, Position("sold"), 1),
        line(Act.ADVANCE, PLEDGED, COMMITTED, 0),
        line(Act.ADVANCE, PLEDGED, COMMITTED, 1, Day(date(2026, 3, 30), Precision.MONTH)),
        line(Act.LEAVE, PLEDGED, Position("withdrawn", left="committed"), 1),
        line(Act.ADVANCE, PLEDGED, COMMITTED, 1, reverses=1),
        line(Act.ADVANCE, PLEDGED, Position("committed", consignment="W1"), 1),
    ) == [
        "there is no such commitment",
        "'advance' cannot take a commitment of goods from delivered to pledged",
        "a position at the stage at hub must name its place",
        "a commitment of goods has no stage 'sold'",
        "the posting moves nothing: neither a known quantity nor one of unknown size",
        "a month is known by its last day, not 2026-03-30",
        "what is withdrawn left the stage pledged, not committed",
        "a reversal, and nothing else, names the posting that it takes back",
        "a position at the stage committed has no consignment",
    ]
    assert standing(book) == {"pledged": Amount(10)}


def test_suspended_works_resume_where_they_stopped() -> None:
    book = Book()
    book.open("P1", "works")
    building, stopped = Position("under construction"), Position("suspended", left="under construction")
    book.post([line(Act.PROMISE, None, PLEDGED, 5), line(Act.ADVANCE, PLEDGED, building, 5)])
    book.post([line(Act.SUSPEND, building, stopped, 2)])
    assert refusals(book, line(Act.RESUME, stopped, Position("agreed"), 2)) == [
        "it was suspended at the stage under construction and resumes there"
    ]
    book.post([line(Act.LEAVE, stopped, Position("cancelled", left="under construction"), 1)])
    book.post([line(Act.RESUME, stopped, building, 1)])
    assert standing(book) == {"under construction": Amount(4), "cancelled": Amount(1)}


def test_capitalised_interest_is_an_amendment_and_a_disbursement_in_one_batch() -> None:
    book = Book()
    book.open("P1", "loan")
    paid = Position("disbursed")
    book.post([line(Act.PROMISE, None, PLEDGED, 100_00), line(Act.ADVANCE, PLEDGED, paid, 100_00)])
    book.post([line(Act.AMEND, None, PLEDGED, 5_00, SECOND), line(Act.ADVANCE, PLEDGED, paid, 5_00, SECOND)])
    assert standing(book) == {"disbursed": Amount(105_00)}


@pytest.mark.parametrize("kind", KINDS.values(), ids=lambda kind: kind.name)
def test_the_table_of_stages_speaks_only_of_stages_it_has(kind: object) -> None:
    assert kind is KINDS[kind.name]  # type: ignore[attr-defined]
    names = {stage.name for stage in kind.chain}  # type: ignore[attr-defined]
    outside = {out.name for out in (*kind.ways_out, *kind.pauses)}  # type: ignore[attr-defined]
    assert not names & outside
    for act, before, after in steps(kind.name):  # type: ignore[attr-defined]
        assert {before, after} <= names | outside | {None}, act


def test_days_count_from_the_latest_possible_one() -> None:
    assert month(2024, 2) == Day(date(2024, 2, 29), Precision.MONTH)
    assert str(month(2024, 2)) == "2024-02"
    assert str(not_later(date(2022, 10, 3))) == "not later than 2022-10-03"
