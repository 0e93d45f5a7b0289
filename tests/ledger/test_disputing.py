"""Disputes: who opens, answers and closes, and that nothing of what is hidden is told."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from pledgeway.access.deciding import NOBODY, Reader, system
from pledgeway.access.roles import Role
from pledgeway.ledger import disputing
from pledgeway.ledger.disputing import Figure, NotDisputableError, disputes_seen
from pledgeway.ledger.models import Dispute, DisputeAnswer, Posting, Requirement, RequirementVersion
from pledgeway.ledger.posting import Draft, post
from tests.ledger.promises import party, promise

NO = Reader("nora", Role.DONOR_DESK, frozenset({"NO"}), frozenset({"NO"}))
DE = Reader("dieter", Role.DONOR_DESK, frozenset({"DE"}), frozenset({"DE"}))
UA = Reader("ulyana", Role.RECIPIENT_DESK, frozenset({"UA"}), frozenset({"UA"}))
ANALYST = Reader("ana", Role.ANALYST, frozenset({"DE"}), frozenset({"DE"}))
CELL = system("cora")


def faults(act: Callable[[], object]) -> list[str]:
    with pytest.raises(NotDisputableError) as failure:
        act()
    return failure.value.faults


@pytest.fixture(autouse=True)
def begun(engine: str) -> None:  # noqa: ARG001 - a database of each engine
    for code in ("NO", "DE", "UA"):
        party(code)
    promise("P1", 10)
    promise("SECRET", 10, "NO", marking=["NO"])
    for key, state in (("R1", "validated"), ("DRAFT", "draft")):
        need = Requirement(key=key)
        version = RequirementVersion(requirement=need, party=party("UA"), quantity=5, state=state, marking=["public"])
        post(Draft(CELL, entries=[need, version]))


def test_whoever_sees_a_row_disputes_it_and_its_owner_answers_and_the_opener_closes() -> None:
    opened = disputing.dispute(ANALYST, Figure("P1", stage="delivered"), "  nothing came  ")
    assert (opened.comment, opened.stage, opened.opened_by, opened.state) == (
        "nothing came",
        "delivered",
        "ana",
        "open",
    )
    assert disputing.disputed("commitment", [opened.commitment_id or 0]) == {opened.commitment_id}
    disputing.answer(NO, opened.pk, "it is on its way")
    closed = disputing.close(ANALYST, opened.pk, "it came")
    assert (closed.state, closed.closed_by, closed.reason) == ("closed", "ana", "it came")
    assert disputing.disputed("commitment", [opened.commitment_id or 0]) == set()
    assert list(DisputeAnswer.objects.values_list("author", "text")) == [("nora", "it is on its way")]


def test_a_requirement_is_answered_by_the_party_that_needs_it() -> None:
    opened = disputing.dispute(NO, Figure(requirement="R1", stage="received"), "more was received")
    words = "only the desk of UA or a coordinator answers it"
    assert faults(lambda: disputing.answer(NO, opened.pk, "x")) == [words]
    disputing.answer(UA, opened.pk, "count again")
    disputing.answer(CELL, opened.pk, "they did")
    assert faults(lambda: disputing.close(UA, opened.pk, "done")) == [
        "only nora, who opened it, or a coordinator closes it"
    ]
    disputing.close(CELL, opened.pk, "settled")


def test_one_line_is_disputed_at_its_own_commitment() -> None:
    line = Posting.objects.get(commitment__key="P1")
    assert disputing.dispute(UA, Figure("P1", posting=line.pk), "too many").posting == line
    assert disputing.disputed("posting", [line.pk]) == {line.pk}
    other = Posting.objects.get(commitment__key="SECRET").pk
    assert faults(lambda: disputing.dispute(UA, Figure("P1", posting=other), "x")) == [f"P1 has no line {other}"]


@pytest.mark.parametrize(
    ("figure", "word"),
    [
        (Figure("P1", "R1"), "not about both"),
        (Figure(), "names the commitment or the requirement"),
        (Figure("P1", stage="repaid"), "goods has no stage 'repaid'; it has pledged, committed"),
        (Figure("P1", stage="pledged", posting=1), "not about both"),
        (Figure(requirement="R1", stage="in transit"), "allocated, delivered, received"),
        (Figure(requirement="R1", posting=1), "at its commitment"),
    ],
)
def test_all_that_is_wrong_is_said_at_once_and_nothing_is_written(figure: Figure, word: str) -> None:
    found = faults(lambda: disputing.dispute(NO, figure, " "))
    assert len(found) == 2
    assert word in found[0]
    assert found[1].startswith("the comment is empty")
    assert not Dispute.objects.exists()


def test_what_is_hidden_is_what_does_not_exist() -> None:
    assert faults(lambda: disputing.dispute(DE, Figure("SECRET"), "x")) == ["there is no commitment SECRET"]
    assert faults(lambda: disputing.dispute(DE, Figure("NONE"), "x")) == ["there is no commitment NONE"]
    assert faults(lambda: disputing.dispute(DE, Figure(requirement="DRAFT"), "x")) == ["there is no requirement DRAFT"]
    hidden = disputing.dispute(NO, Figure("SECRET"), "x").pk
    for act in (disputing.answer, disputing.close):
        assert faults(lambda act=act: act(DE, hidden, "x")) == [f"there is no dispute {hidden}"]  # type: ignore[misc]
    assert [len(disputes_seen(who)) for who in (NO, CELL, DE, UA, NOBODY)] == [1, 1, 0, 0, 0]


def test_whoever_is_not_signed_in_only_reads() -> None:
    assert faults(lambda: disputing.dispute(NOBODY, Figure("P1"), "x")) == [
        "only who is signed in may dispute a figure"
    ]
    opened = disputing.dispute(NO, Figure("P1"), "x")
    assert list(disputes_seen(NOBODY)) == [opened]
    assert not disputing.may_answer(NOBODY, opened)
    assert not disputing.may_close(NOBODY, opened)


def test_a_closed_dispute_takes_nothing_more() -> None:
    opened = disputing.dispute(NO, Figure("P1"), "x")
    disputing.close(NO, opened.pk, "mended")
    assert faults(lambda: disputing.close(CELL, opened.pk, "again")) == ["it is closed already"]
    assert faults(lambda: disputing.answer(NO, opened.pk, "")) == [
        "the answer is empty; say in a sentence what is meant",
        "it is closed, and a closed dispute takes no answers",
    ]
    assert Dispute.objects.get().reason == "mended"
