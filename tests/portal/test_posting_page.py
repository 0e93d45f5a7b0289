"""Posting on screen: what each role may post and finds, previews that write nothing, and nothing posted unseen."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from django.test import Client
from django.urls import reverse

from pledgeway.access.models import User
from pledgeway.evidence.models import Statement
from pledgeway.intake.recording import record as record_by_hand
from pledgeway.ledger.models import Batch, Posting, Requirement, RequirementVersion
from pledgeway.ledger.stands import stands
from pledgeway.registry.readers import reader_of
from tests.databases import fresh
from tests.portal.conftest import client_of, filled
from tests.portal.world import Row, build, users

World = tuple[list[Row], dict[str, User | None]]


@pytest.fixture(scope="module")
def record() -> Iterator[World]:
    with fresh("sqlite"):
        yield build(), users()


def public(rows: list[Row], kind: str = "commitment", at: int = 0) -> str:
    """Return the key of a public row: of Norway's first, of Germany's next."""
    return [row.word for row in rows if row.kind == kind and row.marking == ("public",)][at]


def address(key: str) -> str:
    return reverse("commitments-post", args=[key])


def steps(client: Client, key: str) -> dict[str, list[str]]:
    """Return the words of the steps that the page offers, by the stage that they begin at."""
    page = client.get(address(key)).content.decode()
    found = {}
    for section in page.split('<section class="spot">')[1:]:
        title = re.sub("<[^>]+>", "", section.split("</h2>")[0])
        stage = next((one for one in ("pledged", "allocated", "at hub") if one in title), "outside")
        found[stage] = re.findall(r'<li><a class="plain" href="[^"]*">([^<]*)</a>', section.split("</section>")[0])
    return found


def link(client: Client, key: str, stage: str, words: str) -> str:
    """Return the address of the form for the step called ``words`` from ``stage``."""
    page = client.get(address(key)).content.decode()
    section = next(
        one for one in page.split('<section class="spot">')[1:] if f"pieces {stage}" in one.split("</h2>")[0]
    )
    query = re.search(rf'href="([^"]*)">{words}<', section)
    assert query is not None
    return address(key) + query[1].replace("&amp;", "&")


def test_each_role_is_offered_its_own_steps_only(record: World) -> None:
    rows, everybody = record
    key = public(rows)
    donor = steps(client_of(everybody["donor-desk-NO"]), key)
    assert donor["pledged"] == ["committed", "in transit", "withdrawn", "expired", "mend: too much was recorded"]
    assert donor["outside"] == ["raise the promise"]
    recipient = steps(client_of(everybody["recipient-desk-UA"]), key)
    assert recipient["at hub"] == ["delivered", "received"]
    hub = steps(client_of(everybody["hub-operator-DE"]), key)
    assert hub["at hub"] == ["in transit", "delivered", "lost"]
    assert "received" in steps(client_of(everybody["coordinator-NO"]), key)["pledged"]


@pytest.mark.parametrize("name", ["nobody", "analyst-NO", "administrator-UA", "donor-desk-DE", "recipient-desk-NO"])
def test_who_may_post_nothing_finds_no_page_and_no_button(record: World, name: str) -> None:
    rows, everybody = record
    key, client = public(rows), client_of(everybody[name])
    assert client.get(address(key)).status_code == 404
    assert (
        client.post(address(key), {"at": "0", "step": "amend:pledged", "do": "post", "quantity": "5"}).status_code
        == 404
    )
    page = client.get(reverse("commitments-one", args=[key])).content.decode()
    assert address(key) not in page


def test_a_preview_says_what_moves_and_writes_nothing_then_it_is_posted(record: World) -> None:
    rows, everybody = record
    key, client = public(rows), client_of(everybody["donor-desk-NO"])
    form = client.get(link(client, key, "pledged", "committed")).content.decode()
    said = filled(form) | {
        "quantity": "2", "day": "2026-03-20", "to_place": "HUB", "note": "confirmed by telephone",
        "source": "https://norway.example.org/", "passage": "Two are ready.", "do": "preview",
    }  # fmt: skip
    before = (Batch.objects.count(), Posting.objects.count())
    preview = client.post(address(key), said).content.decode()
    assert "2 of 6 pieces move from pledged to committed, at The hub on 20 Mar 2026; nothing else changes." in preview
    assert (Batch.objects.count(), Posting.objects.count()) == before
    kept = filled(client.post(address(key), filled(preview) | {"do": "change"}).content.decode())
    assert (kept["quantity"], kept["passage"], kept["note"]) == ("2", "Two are ready.", "confirmed by telephone")
    answer = client.post(address(key), filled(preview) | {"do": "post"}, follow=True)
    last = Batch.objects.order_by("-number")[0]
    assert f"Posted, as batch {last.number}." in answer.content.decode()
    assert (last.author, last.note) == ("donor-desk-NO", "confirmed by telephone")
    line = Posting.objects.order_by("-pk")[0]
    assert line.statement is not None
    assert (line.quantity, line.statement.passage) == (2, "Two are ready.")
    again = client.post(address(key), filled(preview) | {"do": "post", "sent": "another form"})
    assert again.status_code == 409
    assert "Somebody posted to this commitment meanwhile" in again.content.decode()
    assert Posting.objects.order_by("-pk")[0] == line


def test_all_that_is_wrong_is_said_at_once_with_what_was_typed(record: World) -> None:
    rows, everybody = record
    key, client = public(rows), client_of(everybody["coordinator-NO"])
    said = filled(client.get(link(client, key, "pledged", "allocated")).content.decode())
    wrong = client.post(address(key), said | {"quantity": "a few", "day": "soon", "do": "preview"})
    page = wrong.content.decode()
    assert wrong.status_code == 400
    assert "3 reasons against it: nothing was recorded." in page
    assert "must name its requirement" in page
    assert 'value="a few"' in page
    refused = client.post(address(key), said | {"quantity": "900", "to_requirement": "", "do": "preview"})
    assert "must name its requirement" in refused.content.decode()
    many = client.post(
        address(key), said | {"quantity": "900", "to_requirement": public(rows, "requirement"), "do": "post"}
    )
    assert "less than nothing" in many.content.decode()
    assert 'value="900"' in many.content.decode()


def test_a_line_is_taken_back_from_the_ledger_once_it_was_said_what_that_does(record: World) -> None:
    rows, everybody = record
    key, client = public(rows, at=1), client_of(everybody["coordinator-NO"])
    number = Posting.objects.filter(commitment__key=key).order_by("-pk")[0].pk
    back = f"{address(key)}?reverses={number}"
    assert back in client.get(reverse("commitments-one", args=[key])).content.decode()
    page = client.get(back).content.decode()
    assert "2 pieces go back from at hub to allocated, as of 3 Mar 2026; nothing else changes." in page
    answer = client.post(address(key), filled(page) | {"note": "counted twice", "do": "post"}, follow=True)
    assert "Posted, as batch" in answer.content.decode()
    of = Posting.objects.get(pk=number).commitment_id
    assert stands([of])[of].now_at()["allocated"].quantity == 4
    assert client.get(back).status_code == 404
    assert f"?reverses={number}" not in client.get(address(key)).content.decode()


def test_nobody_takes_back_what_is_anothers(record: World) -> None:
    rows, everybody = record
    key = public(rows)
    number = Posting.objects.filter(commitment__key=key, target__stage="at hub").order_by("pk")[0].pk
    client = client_of(everybody["donor-desk-NO"])
    assert client.get(f"{address(key)}?reverses={number}").status_code == 404
    assert client.post(address(key), {"reverses": str(number), "do": "post"}).status_code == 404


def hidden(rows: list[Row], marking: tuple[str, ...]) -> tuple[str, str]:
    """Return the keys of Norway's commitment with this marking and of the requirement that it is for."""
    at = next(at for at, row in enumerate(rows) if row[0] == "commitment" and row[2:4] == ("NO", marking))
    return rows[at].word, rows[at + 1].word


def test_who_counts_at_a_place_sees_what_passes_it_and_nothing_that_passes_elsewhere(record: World) -> None:
    rows, everybody = record
    client = client_of(everybody["hub-operator-DE"])
    here, need = hidden(rows, ("NO",))
    assert client.get(reverse("commitments-one", args=[here])).status_code == 200
    assert client.get(reverse("requirements-one", args=[need])).status_code == 200
    there, other = hidden(rows, ("NO", "UA"))
    assert client.get(reverse("commitments-one", args=[there])).status_code == 404
    assert client.get(reverse("requirements-one", args=[other])).status_code == 404
    assert client_of(everybody["donor-desk-DE"]).get(reverse("commitments-one", args=[here])).status_code == 404
    assert "to count in" not in client.get(reverse("proposals")).content.decode()


def test_what_was_sent_twice_or_after_the_line_broke_is_counted_once(record: World) -> None:
    rows, everybody = record
    key, need = hidden(rows, ("NO",))
    client = client_of(everybody["hub-operator-DE"])

    def sent(stage: str, words: str, **typed: str) -> dict[str, str]:
        said = filled(client.get(link(client, key, stage, words)).content.decode()) | typed | {"do": "preview"}
        return filled(client.post(address(key), said).content.decode()) | {"do": "post"}

    out = sent("at hub", "in transit", quantity="2", day="2026-03-20", to_consignment="W 1")
    assert "Posted, as batch" in client.post(address(key), out, follow=True).content.decode()
    count = Posting.objects.count()
    twice = client.post(address(key), out, follow=True)
    assert twice.redirect_chain == [(reverse("commitments-one", args=[key]), 302)]
    assert "nothing was posted twice" in twice.content.decode()
    assert Posting.objects.count() == count
    desk = client.get(reverse("proposals")).content.decode()
    assert "To count in" in desk
    assert reverse("commitments-one", args=[key]) in desk
    back = sent("in transit", "at hub", quantity="2", day="2026-03-21")
    assert back["to_requirement"] == need
    client.post(address(key), back)  # the answer never comes: it is sent again when the network is back
    record_by_hand(
        {"postings": [{"commitment": key, "act": "advance", "quantity": "1", "day": "2026-03-22",
                       "from_stage": "pledged", "to_stage": "committed"}]}, reader_of(everybody["coordinator-NO"]),
    )  # fmt: skip
    again = client.post(address(key), back, follow=True).content.decode()
    assert "nothing was posted twice" in again
    of = Posting.objects.filter(commitment__key=key)[0].commitment_id
    assert stands([of])[of].now_at()["at hub"].quantity == 2


def test_what_is_promised_to_nobody_by_name_is_taken_for_a_need_of_one_s_own(record: World) -> None:
    rows, everybody = record
    key = "open"
    promise = {"key": key, "kind": "goods", "donor": "NO", "item": "generator", "quantity": "5", "day": "2026-03-01",
               "marking": "public"}  # fmt: skip
    record_by_hand({"commitments": [promise]}, reader_of(everybody["coordinator-NO"]))
    assert steps(client_of(everybody["recipient-desk-UA"]), key)["pledged"] == ["delivered", "received"]
    assert client_of(everybody["recipient-desk-NO"]).get(address(key)).status_code == 404
    client = client_of(everybody["recipient-desk-UA"])
    said = filled(client.get(link(client, key, "pledged", "delivered")).content.decode())
    assert said["to_requirement"] in {row.word for row in rows if row.kind == "requirement"}
    assert "Posted" in client.post(address(key), said | {"do": "post"}, follow=True).content.decode()


def send(client: Client, key: str, state: str, reason: str = "") -> str:
    """Give a requirement a state as its page stands, and return what the page says then."""
    page = client.get(reverse("requirements-one", args=[key])).content.decode()
    said = {"seen": re.findall(r'name="seen" value="(\d+)"', page)[0], "state": state, "reason": reason}
    return client.post(reverse("requirements-state", args=[key]), said, follow=True).content.decode()


def test_a_need_goes_from_its_desk_to_the_cell_and_back_with_a_reason(record: World) -> None:
    rows, everybody = record
    key = public(rows, "requirement")
    desk, cell, donor = (
        client_of(everybody[name]) for name in ("recipient-desk-UA", "coordinator-NO", "donor-desk-NO")
    )
    number = Requirement.objects.get(key=key).pk
    assert "It is withdrawn now" in send(desk, key, "withdrawn")
    assert "It is draft now" in send(desk, key, "draft")
    assert donor.get(reverse("requirements-one", args=[key])).status_code == 404
    assert "It is submitted now" in send(desk, key, "submitted")
    assert "cannot be made &#x27;validated&#x27; by you" in send(desk, key, "validated")
    assert "with a reason" in send(cell, key, "draft")
    assert "It is draft now" in send(cell, key, "draft", "which generators?")
    assert "which generators?" in desk.get(reverse("requirements-one", args=[key])).content.decode()
    send(desk, key, "submitted")
    assert "It is validated now" in send(cell, key, "validated")
    states = list(RequirementVersion.objects.filter(requirement=number).order_by("pk").values_list("state", flat=True))
    assert states == ["validated", "withdrawn", "draft", "submitted", "draft", "submitted", "validated"]
    last = RequirementVersion.objects.filter(requirement=number).latest("pk")
    assert (last.quantity, last.accepts, last.marking, last.text) == (
        10,
        [["generator", "1"]],
        ["public"],
        f"Need {key}",
    )


def test_only_its_desk_and_the_cell_give_a_need_a_state(record: World) -> None:
    rows, everybody = record
    key = public(rows, "requirement")
    for name in ("nobody", "donor-desk-NO", "recipient-desk-NO", "analyst-NO"):
        client = client_of(everybody[name])
        assert 'name="state"' not in client.get(reverse("requirements-one", args=[key])).content.decode()
        said = {"state": "withdrawn", "seen": "1"}
        assert client.post(reverse("requirements-state", args=[key]), said).status_code == 404


def test_what_was_drafted_stays_with_its_party(record: World) -> None:
    rows, everybody = record
    key = public(rows, "requirement", at=1)
    desk, cell = (client_of(everybody[name]) for name in ("recipient-desk-UA", "coordinator-NO"))
    drafted = {
        "key": key, "party": "UA", "accepts": "generator", "quantity": "777", "state": "draft", "marking": "public",
        "source": "https://drafts.example.org/", "passage": "Secretly 777.",
    }  # fmt: skip
    record_by_hand({"requirements": [drafted]}, reader_of(everybody["recipient-desk-UA"]))
    open_ = drafted | {"quantity": "12", "state": "validated", "source": "", "passage": ""}
    record_by_hand({"requirements": [open_]}, reader_of(everybody["coordinator-NO"]))
    passage = Statement.objects.get(passage="Secretly 777.").pk
    for client, sees in ((desk, True), (cell, True), (client_of(everybody["donor-desk-NO"]), False)):
        page = client.get(reverse("requirements-one", args=[key])).content.decode()
        assert ("777" in page) is sees
        assert (client.get(reverse("statements-one", args=[passage])).status_code == 200) is sees
