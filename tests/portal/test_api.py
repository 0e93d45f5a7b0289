"""The API answers what it says it does, to whoever asks, with whatever is asked; and it is the pages' own tables."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from hypothesis import Phase, settings

from pledgeway.access.deciding import NOBODY
from pledgeway.access.models import Token, User
from pledgeway.access.tokens import make_token
from pledgeway.portal.api import api
from pledgeway.portal.api.lists import LISTS
from tests.portal.conftest import client_of
from tests.portal.schema import COMMON, OTHER_LISTS, check, described
from tests.portal.world import Row

World = tuple[list[Row], dict[str, User | None]]


def asked(path: str, token: str = "", **query: object) -> tuple[int, Any]:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    answer = Client(SERVER_NAME="localhost").get(f"/api/v1/{path}", query, headers=headers)
    return answer.status_code, answer.json()


@described.exclude(method="POST").exclude(path=OTHER_LISTS).parametrize()
@settings(**COMMON)
def test_it_answers_anything_as_it_says(case: Any, token: str) -> None:
    check(case, token)


@described.include(path=OTHER_LISTS).parametrize()
@settings(phases=(Phase.generate, Phase.shrink), **COMMON)
def test_every_other_list_answers_anything_as_it_says(case: Any, token: str) -> None:
    check(case, token)


def test_every_answer_is_typed() -> None:
    schema = api.get_openapi_schema()
    for path in schema["paths"].values():
        for operation in path.values():
            for answer in operation["responses"].values():
                found = answer["content"]["application/json"]["schema"]
                assert "$ref" in found or "$ref" in found.get("items", {})
    for name, one in schema["components"]["schemas"].items():
        assert one.get("properties"), name
        for field in one["properties"].values():
            assert field.keys() & {"type", "anyOf", "$ref", "items"}, (name, field)


def test_every_list_of_the_pages_is_there_with_its_columns(token: str) -> None:
    for table_of, _ in LISTS:
        table = table_of(NOBODY)
        status, found = asked(table.name, token, size=1000)
        assert status == 200
        assert found["total"] == len(found["rows"])
        for row in found["rows"]:
            assert list(row) == [column.name for column in table.columns]


def test_filters_and_pages_are_those_of_the_page(world: World, token: str) -> None:
    page = client_of(world[1]["coordinator-NO"]).get(reverse("commitments"), {"donor": "NO", "format": "csv"})
    status, found = asked("commitments", token, donor="NO", size=3, page=2, sort="key")
    assert status == 200
    assert (len(found["rows"]), found["total"]) == (3, 7)
    assert all(row["key"] in page.content.decode() for row in found["rows"])


def test_all_faults_are_told_at_once(token: str) -> None:
    status, found = asked("commitments", token, sort="nothing", since="tomorrow")
    assert status == 422
    assert [one.split(":")[0] for one in found["faults"]] == ["since", "sort"]
    status, found = asked("balances", token, by="donor,colour", as_of="x", known_at="y")
    assert status == 422
    assert len(found["faults"]) >= 3


@pytest.mark.parametrize(("path", "words"), [("postings", "donor"), ("balances", "as_of, by, known_at"), ("head", "")])
def test_a_word_that_there_is_not_is_refused_and_not_passed_over(path: str, words: str, token: str) -> None:
    status, found = asked(path, token, colour="blue")
    assert (status, len(found["faults"])) == (422, 1)
    assert found["faults"][0].startswith("there is no colour; there are ")
    assert words in found["faults"][0]


def test_words_that_there_are_not_and_wrong_ones_are_told_together(token: str) -> None:
    status, found = asked("postings", token, as_of="never", page=0, since="tomorrow")
    assert status == 422
    assert sorted(one.split(":")[0].split(";")[0] for one in found["faults"]) == ["page", "since", "there is no as_of"]


def test_quantities_are_exact(world: World, token: str) -> None:
    key = next(row.word for row in world[0] if row.kind == "commitment")
    status, found = asked("commitment", token, key=key)
    assert status == 200
    assert {one["stage"]: one["quantity"] for one in found["stages"]} == {
        "pledged": "6", "committed": "0", "allocated": "2", "in transit": "0", "at hub": "2", "delivered": "0",
        "received": "0",
    }  # fmt: skip
    assert asked("balances", token, by="kind", as_of="2026-03-01")[1][0]["quantity"] == "140"


def test_a_token_is_valid_until_it_expires_is_taken_back_or_its_user_leaves(world: World, token: str) -> None:
    assert asked("head", token)[0] == 200
    assert asked("head", "pledgeway_wrong")[0] == 401
    assert asked("head")[0] == 404
    Token.objects.update(expires=datetime.now(UTC) - timedelta(days=1))
    assert asked("head", token)[0] == 401
    user = world[1]["coordinator-DE"]
    assert user is not None
    other = make_token(user, "other")
    User.objects.filter(pk=user.pk).update(is_active=False)
    assert asked("head", other)[0] == 401
    User.objects.filter(pk=user.pk).update(is_active=True)


def test_a_session_counts_for_nothing(world: World) -> None:
    assert client_of(world[1]["coordinator-NO"]).get("/api/v1/head").status_code == 404


def test_a_user_makes_a_token_sees_it_once_and_takes_it_back(world: World) -> None:
    client = client_of(world[1]["analyst-NO"])
    page = client.post(reverse("tokens"), {"name": "my program"}).content.decode()
    text = page.split('class="hash">')[1].split("<")[0]
    assert asked("head", text)[0] == 200
    assert text not in client.get(reverse("tokens")).content.decode()
    client.post(reverse("tokens"), {"revoke": Token.objects.get(name="my program").pk})
    assert asked("head", text)[0] == 401


def test_a_batch_is_posted_with_the_rights_of_the_token_s_user(world: World) -> None:
    desk = world[1]["donor-desk-NO"]
    assert desk is not None
    headers = {"Authorization": f"Bearer {make_token(desk, 'posting')}"}
    promise = {"key": "api-1", "kind": "goods", "donor": "NO", "item": "generator", "quantity": "7",
               "day": "2026-03-01", "marking": ["NO"]}  # fmt: skip

    def sent(**said: Any) -> tuple[int, Any]:
        answer = Client(SERVER_NAME="localhost").post(
            "/api/v1/batches", said, content_type="application/json", headers=headers
        )
        return answer.status_code, answer.json()

    assert sent(commitments=[promise], rehearse=True)[1]["written"] is False
    status, found = sent(commitments=[promise])
    assert (status, found["postings"], found["entries"]) == (200, 1, 2)
    status, found = sent(commitments=[promise | {"key": "api-2", "donor": "DE"}])
    assert (status, found["faults"][0]) == (400, "commitment api-2: you do not record promises of DE")
    assert sent() == (400, {"faults": ["the batch: found nothing; allowed: at least one row of a table"]})
    headers.clear()
    assert sent(commitments=[promise | {"key": "api-3"}])[0] == 401
    assert asked("commitment", key="api-1")[0] == 404
    Token.objects.all().delete()
