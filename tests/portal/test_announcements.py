"""An announcement has a page of its own, with passage and parts; all of them are a list, a file, in the API."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.test import Client
from django.urls import reverse

from pledgeway.access.deciding import system
from pledgeway.intake.recording import record
from pledgeway.registry.models import Place
from tests.databases import fresh
from tests.ledger.promises import item, party
from tests.portal.conftest import client_of
from tests.portal.world import users


@pytest.fixture(scope="module")
def desk() -> Iterator[Client]:
    """A package of Norway's with one part that is delivered, one hidden from it; and a donor's desk at it."""
    with fresh("sqlite"):
        for code in ("NO", "DE", "UA"):
            party(code)
        item("generator")
        Place.objects.create(code="HUB", name="HUB", kind="hub")
        part = {"kind": "goods", "recipient": "UA", "item": "generator", "quantity": "5", "day": "2026-03-01",
                "announcement": "winter", "marking": "public"}  # fmt: skip
        record({
            "announcements": [
                {"key": "winter", "donor": "NO", "recipient": "UA", "text": "A winter package", "day": "2026-03-01",
                 "value": "1200000", "currency": "EUR", "purpose": "humanitarian", "marking": "public",
                 "source": "https://example.org", "passage": "Norway sends a winter package"},
                {"key": "spring", "donor": "DE", "text": "A spring package", "day": "2026-04-01", "marking": "public"},
            ],
            "commitments": [part | {"key": "NO-1", "donor": "NO"},
                            part | {"key": "DE-1", "donor": "DE", "marking": "DE", "text": "a hidden part"}],
            "postings": [{"commitment": "NO-1", "act": "advance", "quantity": "5", "day": "2026-03-02",
                          "from_stage": "pledged", "to_stage": "delivered"}],
        }, system("cell"))  # fmt: skip
        yield client_of(users()["donor-desk-NO"])


def test_its_page_tells_what_was_announced_where_and_what_became_of_its_parts(desk: Client) -> None:
    page = desk.get(reverse("announcements-one", args=["winter"])).content.decode()
    assert "NO announced 1\u202f200\u202f000 EUR to UA on 1 Mar 2026; 1 promise is recorded as its parts." in page
    assert "Norway sends a winter package" in page
    assert reverse("commitments-one", args=["NO-1"]) in page
    assert reverse("announcements-terms", args=["winter"]) in page
    assert "a hidden part" not in page
    other = desk.get(reverse("announcements-one", args=["spring"])).content.decode()
    assert "none of its parts that you may see is recorded" in other
    assert reverse("announcements-terms", args=["spring"]) not in other
    assert desk.get(reverse("announcements-one", args=["autumn"])).status_code == 404


def test_all_of_them_are_a_list_that_filters_a_file_and_in_the_api(desk: Client) -> None:
    page = desk.get(reverse("announcements"), {"donor": "NO"}).content.decode()
    assert "A winter package" in page
    assert "A spring package" not in page
    lines = desk.get(reverse("announcements"), {"format": "csv", "sort": "key"}).content.decode().splitlines()
    assert "Marking: public" in lines[0]
    assert [line.split(",")[0] for line in lines[2:]] == ["A spring package", "A winter package"]
    found = Client(SERVER_NAME="localhost").get("/api/v1/announcements", {"q": "winter"}).json()
    assert [(row["key"], row["parts"], row["value"]) for row in found["rows"]] == [("winter", 1, "1200000")]


def test_quick_search_tells_of_every_kind_how_many_fit_and_leads_to_them(desk: Client) -> None:
    page = desk.get(reverse("search"), {"q": "winter"}).content.decode()
    assert "2 rows of 2 kinds with &#x27;winter&#x27;." in page
    assert reverse("announcements-one", args=["winter"]) in page
    assert "Norway sends a winter package" in page
    hidden = desk.get(reverse("search"), {"q": "hidden"}).content.decode()
    assert "Nothing that you may see has these words." in hidden
    assert reverse("commitments-one", args=["DE-1"]) not in hidden
    assert "What do you look for?" in desk.get(reverse("search")).content.decode()


def test_statements_are_a_list_that_filters_and_a_file(desk: Client) -> None:
    page = desk.get(reverse("statements"), {"q": "package"}).content.decode()
    assert "1 passage, each with its source" in page
    lines = desk.get(reverse("statements"), {"format": "csv"}).content.decode().splitlines()
    assert "Norway sends a winter package" in lines[2]
    found = Client(SERVER_NAME="localhost").get("/api/v1/statements").json()
    assert [row["source"] for row in found["rows"]] == ["https://example.org"]


def test_a_part_leads_to_its_announcement(desk: Client) -> None:
    page = desk.get(reverse("commitments-one", args=["NO-1"])).content.decode()
    assert reverse("announcements-one", args=["winter"]) in page
