"""Recording on screen: every kind, all faults at once, only one's own, and present terms as they stand."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from pledgeway.access.models import User
from pledgeway.forums.models import Decision
from pledgeway.ledger.models import (
    AnnouncementTerms,
    Batch,
    CommitmentTerms,
    Posting,
    RequirementVersion,
)
from pledgeway.registry.models import Party
from pledgeway.tables.recording import COMMITMENT_KINDS, KINDS_OF
from tests.databases import fresh
from tests.ledger.promises import item
from tests.portal.conftest import client_of, filled
from tests.portal.world import Row, build, users

World = tuple[list[Row], dict[str, User | None]]


@pytest.fixture(scope="module")
def record() -> Iterator[World]:
    with fresh("sqlite"):
        yield build(), users()


def word_of(rows: list[Row], kind: str, owner: str, marking: tuple[str, ...]) -> str:
    return next(row.word for row in rows if (row.kind, row.owner, row.marking) == (kind, owner, marking))


def form(client: Client, address: str, **typed: str) -> dict[str, str]:
    """Return what the form at ``address`` sends once ``typed`` is typed into it."""
    return filled(client.get(address).content.decode()) | typed


def post(client: Client, address: str, said: dict[str, str]) -> Any:
    """Preview what a form says, then post what was previewed."""
    preview = client.post(address, said | {"do": "preview"})
    assert preview.status_code == 200, preview.content.decode()
    return client.post(address, filled(preview.content.decode()) | {"do": "post"}, follow=True)


@pytest.mark.parametrize("kind", COMMITMENT_KINDS)
def test_a_promise_of_every_kind_is_previewed_and_recorded(record: World, kind: str) -> None:
    client = client_of(record[1]["donor-desk-NO"])
    address = reverse("commitments-new", args=[kind])
    page = client.get(address).content.decode()
    assert [name for name in KINDS_OF if f'name="{name}"' in page] == [
        name for name, kinds in KINDS_OF.items() if kind in kinds
    ]
    counted = {"item": "generator"} if kind in ("goods", "training", "works") else {"unit": "EUR"}
    said = form(client, address, **counted, recipient="UA", quantity="40", day="2026-03-02", note="by letter",
                source="https://letters.example.org/", passage=f"We give {kind}.", marking="public")  # fmt: skip
    before = Batch.objects.count()
    preview = client.post(address, said | {"do": "preview"}).content.decode()
    what = "40 pieces of generator" if "item" in counted else f"40 EUR of {kind}"
    assert f"NO promises {what} to UA: all of it is pledged on 2 Mar 2026." in preview
    assert f"We give {kind}." in preview
    assert Batch.objects.count() == before
    answer = client.post(address, filled(preview) | {"do": "post"}, follow=True).content.decode()
    assert "Posted, as batch" in answer
    terms = CommitmentTerms.objects.latest("pk")
    assert (terms.commitment.kind, terms.donor.code, terms.marking) == (kind, "NO", ["public"])
    assert terms.statement is not None
    assert terms.statement.passage == f"We give {kind}."
    assert (Batch.objects.latest("number").author, Batch.objects.latest("number").note) == (
        "donor-desk-NO",
        "by letter",
    )


def test_an_announcement_and_a_need_are_recorded_and_a_part_refers_to_the_announcement(record: World) -> None:
    client = client_of(record[1]["coordinator-NO"])
    address = reverse("commitments-new", args=["announcement"])
    answer = post(client, address, form(client, address, key="winter", donor="NO", text="A winter package"))
    assert answer.redirect_chain == [(f"{reverse('commitments-record')}?announcement=winter", 302)]
    assert AnnouncementTerms.objects.get(announcement__key="winter").text == "A winter package"
    part = reverse("commitments-new", args=["goods"])
    said = form(client, f"{part}?announcement=winter&donor=NO", item="generator", quantity="3")
    assert said["announcement"] == "winter"
    post(client, part, said)
    assert CommitmentTerms.objects.latest("pk").announcement is not None
    desk = client_of(record[1]["recipient-desk-UA"])
    assert desk.get(reverse("commitments-record")).url == reverse("commitments-new", args=["requirement"])  # type: ignore[attr-defined]
    need = reverse("commitments-new", args=["requirement"])
    said = form(desk, need, accepts="generator=0.5", quantity="4", due="2026-05-01", place="HUB")
    assert (said["party"], said["state"]) == ("UA", "draft")
    assert "It is draft" in post(desk, need, said).content.decode()
    assert RequirementVersion.objects.latest("pk").accepts == [["generator", "0.5"]]


def test_all_faults_are_told_at_once_beside_their_fields_with_what_was_typed(record: World) -> None:
    client = client_of(record[1]["donor-desk-NO"])
    address = reverse("commitments-new", args=["goods"])
    wrong = {"key": "", "recipient": "NOWHERE", "quantity": "a few", "day": "soon", "marking": "public; XX",
             "passage": "Words", "available_from": "2026-05-02", "available_until": "2026-05-01"}  # fmt: skip
    answer = client.post(address, form(client, address, **wrong) | {"do": "preview"})
    page = answer.content.decode()
    assert answer.status_code == 400
    faulty = [part.split('"')[0] for part in page.split('for="f-')[1:] if 'class="wrong"' in part]
    assert sorted(faulty) == ["available_until", "day", "key", "marking", "quantity", "recipient", "source", "unit"]
    assert {name: filled(page)[name] for name in wrong} == wrong


def test_nobody_records_for_others(record: World) -> None:
    rows, everybody = record
    hidden, german = word_of(rows, "commitment", "DE", ("DE",)), word_of(rows, "commitment", "DE", ("public",))
    for name in ("nobody", "analyst-NO", "hub-operator-DE", "administrator-UA"):
        client = client_of(everybody[name])
        for address in ("commitments-record", "commitments-new"):
            asked = reverse(address, args=["goods"] if address == "commitments-new" else [])
            assert client.get(asked).status_code == client.post(asked, {"do": "post"}).status_code == 404
        assert reverse("commitments-record") not in client.get(reverse("commitments")).content.decode()
    desk = client_of(everybody["donor-desk-NO"])
    for key in (hidden, german, "no such"):
        assert desk.get(reverse("commitments-terms", args=[key])).status_code == 404
        assert desk.post(reverse("commitments-terms", args=[key]), {"do": "post", "note": "x"}).status_code == 404
    assert desk.get(reverse("commitments-new", args=["requirement"])).status_code == 404
    address = reverse("commitments-new", args=["goods"])
    said = form(desk, address, item="generator", quantity="3") | {"donor": "DE", "do": "post"}
    assert "you do not record promises of DE" in desk.post(address, said).content.decode()
    for name in ("draws_on", "announcement", "statement"):
        told = [desk.post(address, said | {"donor": "NO", name: key}) for key in (hidden, "nothing")]
        assert [answer.status_code for answer in told] == [400, 400]
        beside = 0 if name == "statement" else 1  # something new rests on no known passage: there is no such field
        assert [answer.content.decode().count('class="wrong"') for answer in told] == [beside, beside]
    assert "a key that nothing has yet" in desk.post(address, said | {"donor": "NO", "key": hidden}).content.decode()


def test_new_terms_begin_with_the_present_ones_and_need_a_reason(record: World) -> None:
    rows, everybody = record
    key = word_of(rows, "commitment", "NO", ("public",))
    desk, address = client_of(everybody["donor-desk-NO"]), reverse("commitments-terms", args=[key])
    before = CommitmentTerms.objects.filter(commitment__key=key).latest("pk")
    assert address in desk.get(reverse("commitments-one", args=[key])).content.decode()
    said = form(desk, address)
    assert "quantity" not in said
    assert (said["condition"], said["recipient"], said["marking"]) == (before.condition, "UA", "public")
    without = desk.post(address, said | {"do": "preview"})
    assert without.status_code == 400
    assert "why its terms change" in without.content.decode()
    changed = said | {"condition_state": "met", "note": "they asked", "decision": said["decision"]}
    preview = desk.post(address, changed | {"do": "preview"}).content.decode()
    assert "1 thing in its terms changes." in preview
    assert "condition state: open became met" in preview
    lines = Posting.objects.count()
    assert "Posted" in desk.post(address, filled(preview) | {"do": "post"}, follow=True).content.decode()
    after = CommitmentTerms.objects.filter(commitment__key=key).latest("pk")
    assert (after.condition_state, after.text, after.statement, after.announcement) == (
        "met", before.text, before.statement, before.announcement
    )  # fmt: skip
    assert Posting.objects.count() == lines
    late = desk.post(address, changed | {"do": "post", "sent": "another"})
    assert late.status_code == 409
    assert "Somebody recorded new terms of it meanwhile" in late.content.decode()


def test_a_need_s_desk_changes_it_and_submits_it_anew(record: World) -> None:
    rows, everybody = record
    key = word_of(rows, "requirement", "UA", ("public",))
    desk, address = client_of(everybody["recipient-desk-UA"]), reverse("requirements-terms", args=[key])
    said = form(desk, address)
    assert (said["state"], said["quantity"], said["accepts"]) == ("submitted", "10", "generator")
    assert said["statement"]
    new = {"source": "https://asked.example.org/", "passage": "Two more."}
    post(desk, address, said | {"quantity": "12", "note": "two more"} | new)
    version = RequirementVersion.objects.filter(requirement__key=key).latest("pk")
    assert version.statement is not None
    assert version.statement.passage == "Two more."
    assert (version.quantity, version.state, version.text) == (12, "submitted", f"Need {key}")


def test_a_form_that_is_sent_again_records_once(record: World) -> None:
    desk, address = client_of(record[1]["donor-desk-NO"]), reverse("commitments-new", args=["goods"])
    said = form(desk, address, key="once", item="generator", quantity="3") | {"do": "post"}
    assert "Posted, as batch" in desk.post(address, said, follow=True).content.decode()
    count = Batch.objects.count()
    again = desk.post(address, said, follow=True)
    assert "nothing was posted twice" in again.content.decode()
    assert again.redirect_chain == [(reverse("commitments-one", args=["once"]), 302)]
    other = desk.post(address, said | {"sent": "another form"})
    assert "a key that nothing has yet" in other.content.decode()
    assert Batch.objects.count() == count


def test_people_are_led_to_it_where_they_look(record: World) -> None:
    rows, everybody = record
    desk = client_of(everybody["donor-desk-NO"])
    for address in (reverse("commitments"), reverse("donors-one", args=["NO"]), reverse("proposals")):
        assert "Record a promise" in desk.get(address).content.decode()
    assert "Record a promise" not in desk.get(reverse("donors-one", args=["DE"])).content.decode()
    code = word_of(rows, "decision", "DE", ("public",))
    meeting = Decision.objects.get(code=code).meeting.code
    page = desk.get(reverse("meetings-one", args=[meeting])).content.decode()
    chosen = f"{reverse('commitments-record')}?decision={code}"
    assert chosen in page
    assert f"{reverse('commitments-new', args=['goods'])}?decision={code}" in desk.get(chosen).content.decode()
    promise = form(
        desk, f"{reverse('commitments-new', args=['goods'])}?decision={code}", item="generator", quantity="1"
    )
    post(desk, reverse("commitments-new", args=["goods"]), promise)
    assert CommitmentTerms.objects.latest("pk").decision == code


def test_names_are_chosen_from_what_the_reader_may_see_beside_those_that_are_typed(record: World) -> None:
    desk, address = client_of(record[1]["recipient-desk-UA"]), reverse("commitments-new", args=["requirement"])
    page = desk.get(address).content.decode()
    for name, value in (("accepts", "generator"), ("marking", "NO"), ("marking", "public")):
        chosen = page.split(f'name="{name}.chosen"')[1].split("</select>")[0]
        assert f'<option value="{value}">' in chosen
    said = filled(page) | {"accepts": "cable=0.5", "accepts.chosen": ["generator"], "quantity": "3", "do": "preview",
                           "marking": "", "marking.chosen": ["NO", "public"]}  # fmt: skip
    item("cable")
    after = filled(desk.post(address, said).content.decode())
    assert (after["accepts"], after["marking"]) == ("cable=0.5; generator", "NO; public")


def test_members_of_a_group_are_chosen_too(record: World) -> None:
    cell, address = client_of(record[1]["coordinator-NO"]), reverse("reference-new", args=["parties"])
    said = filled(cell.get(address).content.decode()) | {
        "id": "PAIR", "name": "A pair", "kind": "group", "members": "NO", "members.chosen": ["DE", "NO"],
    }  # fmt: skip
    assert cell.post(address, said).status_code == 302
    assert set(Party.objects.get(code="PAIR").members.values_list("code", flat=True)) == {"NO", "DE"}
