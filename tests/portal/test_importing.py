"""A file comes in whole or not at all, and every fault is shown with its cell."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from pledgeway.access.models import User
from pledgeway.formats import write_problem
from pledgeway.ledger.models import Batch, Commitment
from pledgeway.registry.models import Place
from tests.intake.small import small
from tests.portal.conftest import client_of
from tests.portal.world import Row

World = tuple[list[Row], dict[str, User | None]]


@pytest.fixture
def client(world: World) -> Client:
    return client_of(world[1]["coordinator-NO"])


def sent(client: Client, name: str, content: bytes, **more: str) -> tuple[int, str]:
    said = {"file": SimpleUploadedFile(name, content), "kind": "workbook", "marking": "public"} | more
    answer = client.post(reverse("importing"), said, follow=True)
    return answer.status_code, answer.content.decode()


def test_faults_are_shown_by_sheet_and_nothing_is_loaded(client: Client, tmp_path: Path) -> None:
    write_problem(small(), tmp_path / "small.xlsx")
    book = openpyxl.load_workbook(tmp_path / "small.xlsx")
    book["Offers"]["D2"], book["Offers"]["E2"] = "a few", "Nowhere"
    book.save(tmp_path / "small.xlsx")
    before = (Batch.objects.count(), Place.objects.count())
    status, page = sent(client, "needs.xlsx", (tmp_path / "small.xlsx").read_bytes())
    assert status == 400
    assert "faults in needs.xlsx: nothing was loaded" in page
    assert "Offers!D2" in page
    assert "Offers!E2" in page
    assert "Nowhere" in page
    assert (Batch.objects.count(), Place.objects.count()) == before


def test_a_right_file_comes_in_once(client: Client, tmp_path: Path) -> None:
    write_problem(small(), tmp_path / "small.xlsx")
    status, page = sent(client, "small.xlsx", (tmp_path / "small.xlsx").read_bytes())
    assert status == 200
    assert "3 new" in page
    assert Commitment.objects.filter(key="O1").exists()
    assert "holds all of it already" in sent(client, "small.xlsx", (tmp_path / "small.xlsx").read_bytes())[1]


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("a.xlsx", b"no workbook", "a file that is no workbook"),
        ("a.exe", b"x", "is allowed"),
        ("a.json", b"{", "nothing was loaded"),
        ("a.xlsx", b"x" * (11 * 2**20), "10 MB are allowed here"),
    ],
)
def test_nonsense_gets_a_clear_answer(client: Client, name: str, content: bytes, said: str) -> None:
    status, page = sent(client, name, content)
    assert status == 400
    assert said in page


def test_a_marking_must_name_parties(client: Client) -> None:
    assert "no party with the code XX" in sent(client, "a.json", b"{}", marking="NO, XX")[1]


def test_only_who_may_import_finds_the_page(world: World) -> None:
    for name in ("nobody", "donor-desk-NO", "administrator-NO"):
        assert client_of(world[1][name]).get(reverse("importing")).status_code == 404
