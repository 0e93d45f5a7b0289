"""Nobody takes what is another's: by form, over the API, as a batch; and whoever wrote a batch can read it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from pledgeway.access.deciding import Reader
from pledgeway.access.models import User
from pledgeway.access.tokens import make_token
from pledgeway.accounts.rules import RefusedError
from pledgeway.intake.recording import record
from pledgeway.ledger.models import Batch, Posting
from pledgeway.registry.models import Party, Place
from pledgeway.registry.readers import reader_of
from tests.databases import fresh
from tests.ledger.promises import item, party
from tests.portal.conftest import client_of
from tests.portal.world import users

Users = dict[str, User | None]
NOT_PROMISED = "it is not promised to DE, whose requirement mine is"


@pytest.fixture(scope="module")
def desks() -> Iterator[Users]:
    """Goods of Norway's: for Ukraine by name, for Norway alone, for a group, for anybody; and needs of Germany's."""
    with fresh("sqlite"):
        for code in ("NO", "DE", "UA"):
            party(code)
        both = Party.objects.create(code="BOTH", name="Both", kind="group")
        both.members.set([party("DE"), party("UA")])
        item("generator")
        for code in ("HUB", "OTHER"):
            Place.objects.create(code=code, name=code, kind="hub")
        everybody = users()
        goods = {"kind": "goods", "donor": "NO", "item": "generator", "quantity": "50", "day": "2026-03-01",
                 "marking": "public"}  # fmt: skip
        need = {"accepts": "generator", "quantity": "40", "state": "validated", "marking": "public", "place": "HUB"}
        record(
            {"commitments": [goods | {"key": "named", "recipient": "UA"}, goods | {"key": "marked", "only_for": "UA"},
                             goods | {"key": "grouped", "recipient": "BOTH"}, goods | {"key": "open"}],
             "requirements": [need | {"key": "mine", "party": "DE"}, need | {"key": "theirs", "party": "UA"},
                              need | {"key": "drafted", "party": "DE", "state": "draft"}],
             "postings": [line(key, "pledged", "allocated", to_requirement="theirs") for key in ("named", "open")]},
            reader(everybody, "coordinator-NO"),
        )  # fmt: skip
        yield everybody


def reader(desks: Users, name: str) -> Reader:
    return reader_of(desks[name])


def line(key: str, before: str, after: str, act: str = "advance", **more: str) -> dict[str, str]:
    return {"commitment": key, "act": act, "quantity": "2", "day": "2026-03-02", "from_stage": before,
            "to_stage": after} | more  # fmt: skip


def refused(desks: Users, name: str, row: dict[str, str]) -> str:
    """Return the one sentence with which both a batch and the API refuse a row, by which nothing is written."""
    before = Batch.objects.count()
    with pytest.raises(RefusedError) as failure:
        record({"postings": [row]}, reader(desks, name))
    found = [one.sentence for one in failure.value.refusals if "less than nothing" not in one.sentence]
    user = desks[name]
    assert user is not None
    answer = Client(SERVER_NAME="localhost").post(
        "/api/v1/batches", {"postings": [row]}, content_type="application/json",
        headers={"Authorization": f"Bearer {make_token(user, 'rights')}"},
    )  # fmt: skip
    assert answer.status_code == 400
    assert any(found[0] in one for one in answer.json()["faults"])
    assert Batch.objects.count() == before
    return found[0]


@pytest.mark.parametrize(
    ("key", "why"),
    [("named", f"you may not advance it from pledged to delivered: {NOT_PROMISED}"), ("marked", NOT_PROMISED)],
)
def test_no_desk_takes_for_its_own_need_what_is_promised_to_others(desks: Users, key: str, why: str) -> None:
    taking = line(key, "pledged", "delivered", to_requirement="mine")
    assert refused(desks, "recipient-desk-DE", taking) == why
    desk = client_of(desks["recipient-desk-DE"])
    address = reverse("commitments-post", args=[key])
    form = {"at": "1", "step": "advance:delivered", "do": "post", "quantity": "2", "day": "2026-03-02",
            "to_requirement": "mine"}  # fmt: skip
    assert desk.get(address).status_code == 404
    assert desk.post(address, form).status_code == 404
    assert not Posting.objects.filter(commitment__key=key, target__stage="delivered").exists()


def test_what_stands_for_a_need_is_not_taken_to_another_one(desks: Users) -> None:
    taking = line("open", "allocated", "delivered", from_requirement="theirs", to_requirement="mine")
    assert "stands for the requirement theirs, and only a coordinator" in refused(desks, "recipient-desk-DE", taking)
    shipped = line("open", "allocated", "in transit", from_requirement="theirs")
    why = "it stands for the requirement theirs, and only a coordinator takes it from there"
    assert refused(desks, "donor-desk-NO", shipped) == why
    assert refused(desks, "donor-desk-NO", shipped | {"to_requirement": "mine"}) == why
    counted = line("open", "allocated", "at hub", from_requirement="theirs", to_requirement="mine", to_place="HUB")
    assert refused(desks, "hub-operator-DE", counted) == why


def test_a_need_that_is_not_validated_takes_nothing(desks: Users) -> None:
    taking = line("open", "pledged", "delivered", to_requirement="drafted")
    assert refused(desks, "recipient-desk-DE", taking) == "the requirement drafted is not validated"


def test_a_donor_does_not_mend_away_what_others_counted(desks: Users) -> None:
    with_desk = reader(desks, "coordinator-NO")
    record({"postings": [line("grouped", "pledged", "received", to_requirement="theirs")]}, with_desk)
    lowered = line("grouped", "received", "", "amend", from_requirement="theirs")
    assert "you may not amend it from received to outside the ledger" in refused(desks, "donor-desk-NO", lowered)


@pytest.mark.parametrize(
    ("name", "row"),
    [
        ("recipient-desk-DE", line("open", "pledged", "delivered", to_requirement="mine")),
        ("recipient-desk-DE", line("grouped", "pledged", "delivered", to_requirement="mine")),
        ("recipient-desk-UA", line("named", "allocated", "delivered", from_requirement="theirs",
                                   to_requirement="theirs")),
        ("recipient-desk-UA", line("named", "pledged", "delivered")),
        ("donor-desk-NO", line("named", "pledged", "in transit", to_requirement="theirs", to_place="HUB")),
        ("donor-desk-NO", line("named", "allocated", "committed", "release", from_requirement="theirs")),
        ("hub-operator-DE", line("named", "pledged", "at hub", to_place="HUB")),
        ("hub-operator-DE", line("open", "allocated", "at hub", from_requirement="theirs", to_requirement="theirs",
                                 to_place="HUB")),
        ("coordinator-NO", line("named", "pledged", "delivered", to_requirement="mine")),
    ],
)  # fmt: skip
def test_what_is_one_s_own_to_post_stays_so(desks: Users, name: str, row: dict[str, str]) -> None:
    record({"postings": [row]}, reader(desks, name), rehearse=True)


def test_a_desk_takes_back_what_it_posted_for_a_need_that_is_withdrawn_since(desks: Users) -> None:
    cell, desk = reader(desks, "coordinator-NO"), reader(desks, "recipient-desk-DE")
    need: dict[str, Any] = {"key": "gone", "party": "DE", "accepts": "generator", "quantity": "4", "marking": "public"}
    record({"requirements": [need | {"state": "validated"}]}, cell)
    _, posted = record({"postings": [line("open", "pledged", "delivered", to_requirement="gone")]}, desk)
    record({"requirements": [need | {"state": "withdrawn"}]}, desk)
    record({"postings": [{"commitment": "open", "act": "reverse", "reverses": posted.first_posting}]}, desk)


def test_whoever_wrote_a_batch_of_terms_alone_opens_it_and_others_see_what_they_may(desks: Users) -> None:
    need = {"key": "quiet", "party": "DE", "accepts": "generator", "quantity": "4", "state": "draft",
            "text": "Four of them"}  # fmt: skip
    _, posted = record({"requirements": [need]}, reader(desks, "recipient-desk-DE"), note="for the winter")
    page = reverse("batches-one", args=[posted.batch.number])
    own = client_of(desks["recipient-desk-DE"]).get(page).content.decode()
    assert "for the winter" in own
    assert reverse("requirements-one", args=["quiet"]) in own
    assert "Four of them" in own
    for name in ("recipient-desk-UA", "donor-desk-NO", "nobody"):
        assert client_of(desks[name]).get(page).status_code == 404
    record({"requirements": [need | {"state": "submitted"}]}, reader(desks, "recipient-desk-DE"))
    assert client_of(desks["coordinator-NO"]).get(page).status_code == 200
