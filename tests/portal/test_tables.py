"""Every list sorts, filters, pages and exports; an address that asks in vain is told all of it."""

from __future__ import annotations

import csv
import io
import re
from dataclasses import replace
from typing import Any

import openpyxl
import pytest
from django.db import transaction
from django.urls import reverse

from pledgeway.access.models import SavedView, User
from pledgeway.ledger.models import Posting
from pledgeway.portal.lists import postings
from pledgeway.portal.tables import Column, Table, choice, contains, select
from pledgeway.portal.tables.export import export, harmless
from pledgeway.portal.tables.selection import QueryFaultsError
from pledgeway.registry.models import Closure
from tests.portal.conftest import client_of
from tests.portal.world import Row

World = tuple[list[Row], dict[str, User | None]]
PEOPLE = Table(
    "people",
    "People",
    (
        Column("name", "Name", lambda row: row["name"]),
        Column("age", "Age", lambda row: row["age"], int),
    ),
    (contains("q", "Search", (), lambda row: row["name"]), choice("age", "Age", lambda row: row["age"])),
)
ROWS: list[Any] = [{"name": "Bo", "age": 30}, {"name": "=1+1", "age": None}, {"name": "Al", "age": 7}]


def test_rows_are_sorted_both_ways_with_the_unknown_last() -> None:
    assert [row["age"] for row in select(PEOPLE, ROWS, {"sort": "age"}).page_rows()] == [7, 30, None]
    assert [row["age"] for row in select(PEOPLE, ROWS, {"sort": "-age"}).page_rows()] == [30, 7, None]


def test_pages_part_the_rows() -> None:
    pages = [select(PEOPLE, ROWS, {"size": "2", "page": page, "sort": "name"}).page_rows() for page in ("1", "2", "3")]
    assert [[row["name"] for row in page] for page in pages] == [["=1+1", "Al"], ["Bo"], []]


def test_filters_narrow_and_can_be_removed_one_by_one() -> None:
    found = select(PEOPLE, ROWS, {"q": "b", "age": "30", "sort": "name"})
    assert [row["name"] for row in found.page_rows()] == ["Bo"]
    assert [(chip.words, chip.without) for chip in found.chips()] == [
        ("Search: b", "?age=30&sort=name"), ("Age: 30", "?q=b&sort=name"),
    ]  # fmt: skip


@pytest.mark.parametrize(("most", "said"), [(2, "more than 2 lines"), (3, "3 lines"), (None, "3 lines")])
def test_a_table_that_is_counted_so_far_says_that_there_are_more(most: int | None, said: str, world: World) -> None:
    assert len(world[0]) > 3
    rows = Posting.objects.filter(pk__in=Posting.objects.order_by("pk").values("pk")[:3])
    chosen = select(replace(PEOPLE, most_counted=most, filters=()), rows, {})
    assert f"{chosen.counted:line}" == said
    assert f"of {chosen.counted}" == f"of {said.removesuffix(' lines')}"


def test_all_that_is_wrong_with_an_address_is_said_at_once() -> None:
    with pytest.raises(QueryFaultsError) as refused:
        select(PEOPLE, ROWS, {"colour": "red", "sort": "size", "page": "0", "size": "5000"})
    assert len(refused.value.faults) == 4


@pytest.mark.parametrize(("page", "name"), [("proposals", "plan"), ("requirements", "priority")])
@pytest.mark.parametrize("number", ["9" * 23, "1e400", "½", "seven"])
def test_what_is_no_number_that_can_be_looked_for_is_refused_with_what_can(
    page: str, name: str, number: str, world: World
) -> None:
    answer = client_of(world[1]["coordinator-NO"]).get(reverse(page), {name: number})
    assert answer.status_code == 400
    assert "a whole number of at most 17 digits" in answer.content.decode()


def test_exported_cells_are_no_formulas() -> None:
    sheet = openpyxl.load_workbook(io.BytesIO(export(select(PEOPLE, ROWS, {}), "xlsx").content)).active
    assert sheet is not None
    assert [cell.data_type for cell in sheet["A"][3:]] == ["s", "s", "s"]
    rows = list(csv.reader(io.StringIO(export(select(PEOPLE, ROWS, {}), "csv").content.decode("utf-8-sig"))))
    assert [row[0] for row in rows[2:]] == ["Bo", "'=1+1", "Al"]
    assert [harmless(text) for text in ("@x", "-1", "+1", "\tx", "x=1")] == ["'@x", "'-1", "'+1", "'\tx", "x=1"]


def test_an_export_says_who_may_see_it_and_when(world: World) -> None:
    _, everybody = world
    whole = client_of(everybody["coordinator-NO"]).get(reverse("commitments"), {"format": "csv"}).content.decode()
    assert "Marking: coordinators only" in whole.splitlines()[0]
    public = client_of(None).get(reverse("commitments"), {"format": "csv"}).content.decode()
    assert "Marking: public" in public.splitlines()[0]
    assert re.search(r"\d\d \w{3} \d{4}", public.splitlines()[0])


@pytest.mark.parametrize("name", ["commitments", "requirements", "donors", "balances", "postings", "sources", "places",
                                  "items", "parties", "lanes", "closures", "courses", "forums", "meetings",
                                  "decisions", "targets", "changes"])  # fmt: skip
def test_every_list_sorts_by_every_column_it_offers(world: World, name: str) -> None:
    _, everybody = world
    client = client_of(everybody["coordinator-NO"])
    page = client.get(reverse(name)).content.decode()
    links = re.findall(r'<th [^>]*><a href="(\?[^"]+)">', page.replace("&amp;", "&"))
    assert links
    for link in links:
        assert client.get(reverse(name) + link).status_code == 200
    assert client.get(reverse(name), {"sort": "nothing"}).status_code == 400
    assert client.get(reverse(name), {"format": "pdf"}).status_code == 400


def test_a_view_is_kept_shown_and_forgotten_by_its_user_only(world: World) -> None:
    _, everybody = world
    client, other = client_of(everybody["analyst-NO"]), client_of(everybody["analyst-DE"])
    said = {"table": "commitments", "name": "Norway's", "query": "donor=NO&sort=day"}
    assert client.post(reverse("views"), said).url == "/commitments/?donor=NO&sort=day"  # type: ignore[attr-defined]
    client.post(reverse("views"), said)
    assert SavedView.objects.count() == 1
    assert "Norway&#x27;s" in client.get(reverse("commitments")).content.decode()
    assert "Norway&#x27;s" not in other.get(reverse("commitments")).content.decode()
    other.post(reverse("views"), {"table": "commitments", "forget": SavedView.objects.get().pk})
    assert SavedView.objects.count() == 1
    client.post(reverse("views"), {"table": "commitments", "forget": SavedView.objects.get().pk})
    assert SavedView.objects.count() == 0


def test_a_list_with_nothing_in_it_is_no_view_to_keep_unless_a_filter_left_nothing(world: World) -> None:
    client, address = client_of(world[1]["coordinator-NO"]), reverse("closures")
    keep = "Keep this view as"
    with transaction.atomic():
        assert keep in client.get(address).content.decode()
        assert keep in client.get(address, {"q": "nothing is called so"}).content.decode()
        Closure.objects.all().delete()
        assert keep not in client.get(address).content.decode()
        transaction.set_rollback(True)


def test_a_list_that_is_not_counted_to_its_end_says_so(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    _, users = world
    monkeypatch.setattr(postings, "MOST_COUNTED", 3)
    page = client_of(users["coordinator-NO"]).get(reverse("postings")).content.decode()
    assert "more than 3 lines of the ledger" in page


def test_a_figure_leads_to_what_it_sums(world: World) -> None:
    rows, everybody = world
    client = client_of(everybody["coordinator-NO"])
    page = client.get(reverse("balances"), {"by": "donor,stage"}).content.decode().replace("&amp;", "&")
    link = next(link for link in re.findall(r'href="(/commitments/\?[^"]+)"', page) if "stage=pledged" in link)
    found = client.get(link).content.decode()
    owner = re.findall(r"donor=(\w+)", link)[0]
    for row in rows:
        assert (f"/commitments/{row.word}/" in found) == (row.kind == "commitment" and row.owner == owner)
