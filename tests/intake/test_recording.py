"""What is said by hand, in a file or over the API becomes one batch, or nothing with every fault."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from pledgeway.access.deciding import Reader, system
from pledgeway.access.roles import Role
from pledgeway.accounts import stages
from pledgeway.accounts.days import Precision
from pledgeway.accounts.figures import Amount
from pledgeway.accounts.rules import RefusedError
from pledgeway.evidence.models import Source, Statement
from pledgeway.intake.recording import record
from pledgeway.intake.said import row_of
from pledgeway.ledger.content import content
from pledgeway.ledger.models import AnnouncementTerms, Batch, CommitmentTerms, Position, Posting, RequirementVersion
from pledgeway.ledger.stands import stands
from pledgeway.registry.models import Item, Place
from pledgeway.tables import recording as declared
from pledgeway.tables.faults import FaultyInput
from tests.databases import fresh
from tests.ledger.promises import item, party

NO = Reader("desk", Role.DONOR_DESK, frozenset({"NO"}), frozenset({"NO"}))
PROMISE: dict[str, Any] = {
    "key": "NO-1", "kind": "goods", "donor": "NO", "recipient": "UA", "item": "generator", "quantity": "40",
    "day": "2026-03-01", "marking": "public", "value": "1200000.50", "currency": "EUR", "source": "https://example.org",
    "passage": "Norway gives 40 generators", "condition": "if asked", "condition_state": "open",
}  # fmt: skip
COMMIT = {"commitment": "NO-1", "act": "advance", "quantity": "12", "day": "2026-03-02", "from_stage": "pledged",
          "to_stage": "committed", "to_place": "HUB"}  # fmt: skip


@pytest.fixture(autouse=True)
def begun() -> Iterator[None]:
    with fresh("sqlite"):
        for code in ("NO", "DE", "UA"):
            party(code)
        item("generator")
        Place.objects.create(code="HUB", name="HUB", kind="hub")
        yield


def now_at(key: str = "NO-1") -> dict[str, Amount]:
    number = CommitmentTerms.objects.filter(commitment__key=key).values_list("commitment_id", flat=True)[0]
    return {stage: amount for stage, amount in stands([number])[number].now_at().items() if amount != Amount()}


def test_a_promise_and_what_became_of_it_are_one_batch() -> None:
    record({"commitments": [PROMISE], "postings": [COMMIT]}, NO)
    terms = CommitmentTerms.objects.get()
    assert (terms.donor.code, terms.day, str(terms.value)) == ("NO", date(2026, 3, 1), "1200000.50")
    assert terms.statement is not None
    assert terms.statement.passage == "Norway gives 40 generators"
    assert now_at() == {"pledged": Amount(28), "committed": Amount(12)}


def test_what_is_undisclosed_is_some_beside_the_known_part() -> None:
    record({"commitments": [PROMISE | {"undisclosed": "yes"}]}, NO)
    assert now_at() == {"pledged": Amount(40, 1)}


def test_new_terms_are_a_version_and_move_nothing() -> None:
    record({"commitments": [PROMISE]}, NO)
    again = {name: value for name, value in PROMISE.items() if name != "quantity"} | {"condition_state": "met"}
    draft, _ = record({"commitments": [again]}, NO)
    assert draft.moves == []
    assert list(CommitmentTerms.objects.values_list("condition_state", flat=True)) == ["open", "met"]


def test_leaving_says_which_stage_it_left_and_a_correction_is_one_batch() -> None:
    _, posted = record({"commitments": [PROMISE], "postings": [COMMIT]}, NO)
    back = {"commitment": "NO-1", "act": "reverse", "reverses": posted.first_posting + 1}
    gone = {"commitment": "NO-1", "act": "leave", "quantity": "3", "day": "2026-03-03", "from_stage": "committed",
            "from_place": "HUB", "to_stage": "withdrawn"}  # fmt: skip
    record({"postings": [back, COMMIT | {"quantity": "10"}, gone]}, NO)
    assert now_at() == {"pledged": Amount(30), "committed": Amount(7), "withdrawn": Amount(3)}


def test_what_was_suspended_leaves_from_the_stage_it_was_suspended_at() -> None:
    works = {"key": "W", "kind": "works", "donor": "NO", "unit": "milestone", "quantity": "5", "day": "2026-03-01"}

    def step(act: str, quantity: str, day: str, **ends: str) -> dict[str, str]:
        return {"commitment": "W", "act": act, "quantity": quantity, "day": day} | ends

    record({"commitments": [works], "postings": [
        step("advance", "5", "2026-03-02", from_stage="pledged", to_stage="agreed"),
        step("suspend", "3", "2026-03-03", from_stage="agreed", to_stage="suspended"),
        step("leave", "1", "2026-03-04", from_stage="suspended", from_left="agreed", to_stage="cancelled"),
    ]}, NO)  # fmt: skip
    assert Position.objects.get(stage="cancelled").left == "agreed"
    assert now_at("W") == {"agreed": Amount(2), "suspended": Amount(2), "cancelled": Amount(1)}
    with pytest.raises(RefusedError, match="pledged would hold 1 milestone less than nothing"):
        record({"postings": [step("advance", "1", "2026-03-05", from_stage="pledged", to_stage="agreed")]}, NO)


def test_money_has_a_currency_and_no_item() -> None:
    loan = {"key": "L", "kind": "loan", "donor": "NO", "unit": "EUR", "quantity": "10.25", "day": "2026-03-01"}
    record({"commitments": [loan]}, NO)
    assert now_at("L") == {"pledged": Amount(1025)}
    with pytest.raises(FaultyInput) as failure:
        record({"commitments": [loan | {"key": "M", "unit": "euros", "item": "generator"}]}, NO)
    assert [fault.column for fault in failure.value.faults] == ["item", "unit"]


def test_all_faults_are_told_at_once_and_nothing_is_written() -> None:
    wrong = PROMISE | {"key": "", "kind": "gift", "quantity": "-1", "day": "tomorrow", "colour": "red"}
    with pytest.raises(FaultyInput) as failure:
        record({"commitments": [PROMISE, wrong], "postings": [COMMIT | {"act": "fly"}]}, NO)
    assert {fault.where for fault in failure.value.faults} == {
        "commitments[2].key", "commitments[2].kind", "commitments[2].quantity", "commitments[2].day",
        "commitments[2].colour", "postings[1].act",
    }  # fmt: skip
    with pytest.raises(FaultyInput) as failure:
        record({"commitments": [PROMISE | {"recipient": "XX", "place": "YY", "marking": "ZZ"}]}, NO)
    assert {fault.column for fault in failure.value.faults} == {"recipient", "place", "marking"}
    assert Batch.objects.count() == 0


def test_faults_of_cells_and_of_what_they_name_come_in_one_round() -> None:
    wrong = PROMISE | {"quantity": "many", "recipient": "XX", "announcement": "nowhere", "currency": "euros",
                       "available_from": "2026-05-02", "available_until": "2026-05-01"}  # fmt: skip
    need = {"key": "R1", "party": "UA", "accepts": "nothing", "quantity": "some", "state": "submitted"}
    with pytest.raises(FaultyInput) as failure:
        record({"commitments": [wrong], "requirements": [need], "postings": [COMMIT | {"day": "soon"}]}, NO)
    assert {fault.where for fault in failure.value.faults} == {
        "commitments[1].quantity", "commitments[1].recipient", "commitments[1].announcement", "commitments[1].currency",
        "commitments[1].available_until", "requirements[1].accepts", "requirements[1].quantity", "postings[1].day",
    }  # fmt: skip
    assert Statement.objects.count() == 0


def test_the_tables_say_all_that_terms_and_needs_hold() -> None:
    for model, table in ((AnnouncementTerms, declared.ANNOUNCEMENTS), (CommitmentTerms, declared.COMMITMENTS),
                         (RequirementVersion, declared.REQUIREMENTS)):  # fmt: skip
        own = {"id", "batch", "announcement" if model is AnnouncementTerms else "commitment", "requirement"}
        assert {column.name for column in model._meta.concrete_fields} - own <= {field.name for field in table.fields}


def test_an_announcement_with_its_parts_and_all_who_have_a_hand_in_them_is_one_batch() -> None:
    whole = {"key": "P", "donor": "NO", "recipient": "UA", "text": "A package", "day": "2026-03-01", "value": "5",
             "currency": "EUR", "converted": "5.5", "converted_currency": "USD", "marking": "public"}  # fmt: skip
    envelope = {"key": "E", "kind": "envelope", "donor": "NO", "unit": "EUR", "quantity": "9", "day": "2026-03-01"}
    part = PROMISE | {"announcement": "P", "draws_on": "E", "payer": "DE", "supplier": "DE", "carrier": "NO",
                      "only_for": ["UA"], "in_storage": "yes", "place": "HUB"}  # fmt: skip
    record({"commitments": [part, envelope], "announcements": [whole]}, NO)
    terms = CommitmentTerms.objects.get(commitment__key="NO-1")
    assert terms.announcement is not None
    assert terms.draws_on is not None
    assert (terms.announcement.key, terms.draws_on.key, terms.only_for, terms.in_storage) == ("P", "E", ["UA"], True)
    assert [one and one.code for one in (terms.payer, terms.supplier, terms.carrier)] == ["DE", "DE", "NO"]
    assert str(AnnouncementTerms.objects.get().converted) == "5.5"
    with pytest.raises(FaultyInput, match="the key of an envelope"):
        record({"commitments": [PROMISE | {"key": "NO-2", "draws_on": "NO-1"}]}, NO)


def test_recording_present_terms_again_changes_nothing_also_of_what_their_author_cannot_see() -> None:
    envelope = {"key": "E", "kind": "envelope", "donor": "DE", "unit": "EUR", "quantity": "9", "day": "2026-03-01"}
    whole = {"key": "P", "donor": "DE", "day": "2026-03-01"}
    need = {"key": "R1", "party": "UA", "accepts": "generator=0.5", "quantity": "5.5", "state": "validated",
            "place": "HUB", "due": "2026-05-01", "grace_days": "4", "weight": "2.25", "text": "Light"}  # fmt: skip
    record({"announcements": [whole], "commitments": [envelope, PROMISE | {"draws_on": "E", "announcement": "P"}],
            "requirements": [need]}, system("cell"))  # fmt: skip
    for by, table, model in (
        (NO, declared.COMMITMENTS, CommitmentTerms), (system("cell"), declared.REQUIREMENTS, RequirementVersion),
        (system("cell"), declared.ANNOUNCEMENTS, AnnouncementTerms),
    ):  # fmt: skip
        before: Any = model._default_manager.order_by("-pk").first()
        row = row_of(before, table, by)
        assert by.sees_all or (row["draws_on"], row["announcement"]) == (None, None)
        record({table.name: [row]}, by)
        after = model._default_manager.order_by("-pk")[0]
        assert after.pk != before.pk
        assert content(after) == content(before)


def test_what_is_counted_otherwise_or_stands_elsewhere_is_refused() -> None:
    item("truck")
    Item.objects.filter(code="truck").update(unit="vehicle")
    record({"commitments": [PROMISE]}, NO)
    again = {name: value for name, value in PROMISE.items() if name != "quantity"}
    with pytest.raises(FaultyInput, match="an item that is counted in piece"):
        record({"commitments": [again | {"item": "truck"}]}, NO)
    with pytest.raises(FaultyInput, match="in which the item is counted"):
        record({"commitments": [PROMISE | {"key": "NO-2", "unit": "box"}]}, NO)
    known = Statement.objects.get().digest
    with pytest.raises(FaultyInput, match="nothing beside a passage that is recorded already"):
        record({"commitments": [again | {"statement": known}]}, NO)
    Source.objects.filter(address="https://example.org").update(text="Norway gives 40 generators, no more.")
    with pytest.raises(FaultyInput, match="in the kept text"):
        record({"commitments": [again | {"passage": "Norway gives 50 generators"}]}, NO)


def test_a_desk_posts_its_own_and_what_is_hidden_is_not_there() -> None:
    with pytest.raises(RefusedError, match="you do not record promises of DE"):
        record({"commitments": [PROMISE | {"donor": "DE"}]}, NO)
    record({"commitments": [PROMISE | {"key": "DE-1", "donor": "DE", "marking": ""}]}, system("cell"))
    for key in ("DE-1", "NOWHERE"):
        with pytest.raises(FaultyInput, match="the key of a commitment"):
            record({"postings": [COMMIT | {"commitment": key}]}, NO)


def test_a_need_is_stated_in_versions() -> None:
    ua = Reader("ua", Role.RECIPIENT_DESK, frozenset({"UA"}), frozenset({"UA"}))
    need = {"key": "R1", "party": "UA", "accepts": "generator", "quantity": "5", "state": "submitted", "place": "HUB"}
    record({"requirements": [need]}, ua)
    with pytest.raises(RefusedError, match="only a coordinator"):
        record({"requirements": [need | {"state": "validated"}]}, ua)
    record({"requirements": [need | {"state": "validated", "accepts": "generator=0.5"}]}, system("cell"))
    assert list(RequirementVersion.objects.values_list("state", flat=True)) == ["submitted", "validated"]
    assert RequirementVersion.objects.order_by("-pk")[0].accepts == [["generator", "0.5"]]


def test_a_rehearsal_writes_nothing() -> None:
    _, posted = record({"commitments": [PROMISE]}, NO, rehearse=True)
    assert posted.batch.number == 1
    assert Posting.objects.count() == 0


def test_the_declaration_has_the_words_of_the_rules() -> None:
    assert set(declared.COMMITMENT_KINDS) == set(stages.KINDS)
    assert set(declared.ACTS) == {act.value for act in stages.Act}
    assert set(declared.PRECISIONS) == {one.value for one in Precision}


def test_the_command_posts_a_file(tmp_path: Path) -> None:
    from typer.testing import CliRunner  # noqa: PLC0415

    from pledgeway.cli import app  # noqa: PLC0415

    file = tmp_path / "batch.json"
    file.write_text(json.dumps({"note": "by hand", "commitments": [PROMISE], "postings": [COMMIT]}))
    found = CliRunner().invoke(app, ["post", str(file)], standalone_mode=False)
    assert found.exit_code == 0, found.output
    assert Batch.objects.get().note == "by hand"


def test_what_the_ledger_refuses_is_told_beside_the_faults_of_values() -> None:
    cell = system("cell")
    record({"commitments": [PROMISE, PROMISE | {"key": "DE-1", "donor": "DE"}, PROMISE | {"key": "NO-2"}]}, cell)
    with pytest.raises(FaultyInput) as failure:
        record({
            "commitments": [PROMISE | {"key": "DE-2", "donor": "DE", "quantity": "a few"},
                            PROMISE | {"key": "NO-3", "day": "soon"}],
            "postings": [
                COMMIT | {"quantity": "many"},
                COMMIT | {"commitment": "DE-1"},
                COMMIT | {"commitment": "NO-1", "day": "", "to_stage": "received", "to_place": ""},
                COMMIT | {"commitment": "NO-2", "quantity": "400"},
                COMMIT | {"commitment": "NO-2", "quantity": "1", "to_place": "NOWHERE"},
                COMMIT | {"commitment": "NO-1", "quantity": "300"},
                COMMIT | {"commitment": "NO-3"},
            ],
        }, NO)  # fmt: skip
    assert [one.where for one in failure.value.faults] == [
        "commitments[1].quantity", "commitments[2].day", "postings[1].quantity", "postings[3].day",
    ]  # fmt: skip
    assert failure.value.objections == [
        "commitment DE-2: you do not record promises of DE",
        "line 5, commitment NO-2: there is no place NOWHERE",
        "line 2, commitment DE-1: you may not advance it from pledged to committed; its donor's desk or a coordinator "
        "may",
        "line 3, commitment NO-1: you may not advance it from pledged to received; its recipient's desk or a "
        "coordinator may",
    ]  # fmt: skip
    assert Batch.objects.count() == 1
    with pytest.raises(FaultyInput) as failure:
        record({"postings": [COMMIT | {"day": ""}, COMMIT | {"commitment": "NO-2", "quantity": "400"}]}, NO)
    assert failure.value.objections == [
        "commitment NO-2: pledged would hold 360 pieces less than nothing on 2026-03-02"
    ]  # fmt: skip


def test_a_row_that_rests_on_one_at_fault_is_not_judged_for_it() -> None:
    envelope = {"key": "E", "kind": "envelope", "donor": "NO", "unit": "EUR", "quantity": "lots", "day": "2026-03-01"}
    need = {"key": "R", "party": "UA", "accepts": "nothing known", "quantity": "4", "state": "draft"}
    with pytest.raises(FaultyInput) as failure:
        record({
            "commitments": [envelope, PROMISE | {"draws_on": "E"}], "requirements": [need],
            "postings": [COMMIT, COMMIT | {"to_stage": "allocated", "to_requirement": "R"}],
        }, system("cell"))  # fmt: skip
    assert len(failure.value.faults) == 2
    assert failure.value.objections == []


def test_lines_that_are_hidden_hide_no_other_reason() -> None:
    record({"commitments": [PROMISE, PROMISE | {"key": "DE-1", "donor": "DE", "marking": "DE"}]}, system("cell"))
    rows = [COMMIT | {"commitment": "DE-1"}, COMMIT | {"to_stage": "received", "to_place": ""}]
    with pytest.raises(FaultyInput) as faulty:
        record({"postings": rows}, NO)
    assert "commitment" in str(faulty.value)
    with pytest.raises(RefusedError) as refused:
        record({"postings": [*rows[1:], COMMIT | {"quantity": "4000", "to_place": "NOWHERE"}]}, NO)
    assert [one.line for one in refused.value.refusals] == [1, 0]
