"""Reference data is kept on screen: who may, all faults at once, the history, and nothing written over unseen."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from pledgeway.access.models import User
from pledgeway.access.roles import Role
from pledgeway.evidence.models import Source, Statement
from pledgeway.forums.models import Decision, Meeting, Target
from pledgeway.intake.reference.kept import ALL, BY_NAME
from pledgeway.ledger.balances import balances
from pledgeway.registry.models import Change, Closure, Party, PartyAlias, Place
from pledgeway.tables.fields import Kind
from pledgeway.tables.registry import ROLES
from tests.databases import fresh
from tests.ledger.promises import party
from tests.portal.conftest import client_of
from tests.portal.world import build, users

Users = dict[str, User | None]


@pytest.fixture(scope="module")
def everybody() -> Iterator[Users]:
    with fresh("sqlite"):
        build()
        yield users()


@pytest.fixture
def client(everybody: Users) -> Client:
    return client_of(everybody["coordinator-NO"])


def sent(client: Client, table: str, number: int | None = None, **said: str) -> tuple[int, str]:
    """Send a form: new, or of the row ``number``, as it was shown with some of it typed anew."""
    name, arguments = ("reference-new", [table]) if number is None else ("reference-edit", [table, number])
    address = reverse(name, args=arguments)
    shown = client.get(address).content.decode()
    answer = client.post(address, filled(shown) | said, follow=True)
    return answer.status_code, answer.content.decode()


def filled(page: str) -> dict[str, str]:
    """Return what the form of a page says before anybody types."""
    form = page.split('<form class="edit"')[1].split("</form>", maxsplit=1)[0]
    said = dict(re.findall(r'<input [^>]*?name="(\w+)"[^>]*?value="([^"]*)"', form))
    said |= {name: text.strip("\n") for name, text in re.findall(r'<textarea [^>]*name="(\w+)"[^>]*>([^<]*)<', form)}
    for name, options in re.findall(r'<select [^>]*name="(\w+)"[^>]*>(.*?)</select>', form):
        said |= dict.fromkeys([name], *re.findall(r"<option selected>([^<]*)<", options))
    said.pop("csrfmiddlewaretoken", None)
    return said


def test_a_place_is_edited_and_its_history_says_by_whom(client: Client) -> None:
    place = Place.objects.get(code="HUB")
    status, page = sent(client, "places", place.pk, storage_t="1 200", country="PL")
    assert status == 200
    place.refresh_from_db()
    assert (place.storage_t, place.country, place.name) == (1200.0, "PL", "The hub")
    assert "Storage" in page
    assert "1200.0" in page
    assert "coordinator-NO" in page
    before = Change.objects.count()
    assert sent(client, "places", place.pk)[0] == 200
    assert Change.objects.count() == before


def test_all_faults_are_said_at_once_by_field_and_nothing_is_recorded(client: Client) -> None:
    before = (Place.objects.count(), Change.objects.count())
    status, page = sent(client, "places", id="HUB", kind="castle", lat="95", storage_t="a lot")
    assert status == 400
    assert "5 faults" in page
    for found, allowed in (
        ("&#x27;HUB&#x27;", "not taken"), ("nothing", "a text"), ("&#x27;castle&#x27;", "depot, port"),
        ("95", "a number from -90 to 90"), ("&#x27;a lot&#x27;", "a number of 0 or more"),
    ):  # fmt: skip
        assert re.search(f"Found {re.escape(found)}; allowed: [^<]*{re.escape(allowed)}", page), found
    assert 'value="castle"' in page or ">castle<" in page or 'value="a lot"' in page
    assert (Place.objects.count(), Change.objects.count()) == before


def test_an_edit_by_somebody_else_meanwhile_is_noticed(everybody: Users, client: Client) -> None:
    place = Place.objects.get(code="HUB")
    address = reverse("reference-edit", args=["places", place.pk])
    mine = filled(client.get(address).content.decode()) | {"name": "My hub"}
    assert sent(client_of(everybody["administrator-DE"]), "places", place.pk, name="Their hub")[0] == 200
    answer = client.post(address, mine)
    page = answer.content.decode()
    assert answer.status_code == 409
    assert "Changed by administrator-DE meanwhile" in page
    assert "is now Their hub" in page
    assert 'value="My hub"' in page
    assert Place.objects.get(pk=place.pk).name == "Their hub"
    assert client.post(address, filled(page)).status_code == 302
    assert Place.objects.get(pk=place.pk).name == "My hub"


@pytest.mark.parametrize("kept", ALL, ids=lambda kept: kept.table.name)
def test_only_who_may_change_a_table_finds_its_form(everybody: Users, kept: Any) -> None:
    allowed = {
        "users": {"administrator"}, "sources": {"coordinator"}, "statements": {"coordinator"},
    }.get(kept.table.name, {"coordinator", "administrator"})  # fmt: skip
    address = reverse("reference-new", args=[kept.table.name])
    for role in (*Role, None):
        user = everybody[f"{role.value.replace(' ', '-')}-NO"] if role else None
        wanted = 200 if role is not None and role.value in allowed else 404
        assert client_of(user).get(address).status_code == wanted
        assert client_of(user).post(address, {}).status_code == (400 if wanted == 200 else 404)


@pytest.mark.parametrize("kept", ALL, ids=lambda kept: kept.table.name)
def test_every_declared_field_is_kept_by_its_model(kept: Any) -> None:
    for field in kept.table.fields:
        if field.name == "aliases":
            assert kept.mergeable
            continue
        name = kept.attribute(field)
        column = kept.model._meta.pk if name == "pk" else kept.model._meta.get_field(name)
        if field.refers_to and field.name != "marking":
            assert column.related_model is BY_NAME[field.refers_to].model
        if field.kind is Kind.CHOICE and column.choices:
            assert {value for value, _ in column.choices} == set(field.choices)
    assert set(ROLES) == {role.value for role in Role}


def test_a_party_has_names_of_its_own_and_a_group_does_not_hold_itself(client: Client) -> None:
    status, page = sent(client, "parties", id="DK", name="Denmark", kind="state", iso="dk", aliases="Danmark; NO")
    assert status == 400
    assert "two capital letters" in page
    assert sent(client, "parties", id="DK", name="Denmark", kind="state", iso="DK", aliases="Danmark")[0] == 200
    assert set(PartyAlias.objects.filter(party__code="DK").values_list("name", flat=True)) == {"Danmark", "Denmark"}
    status, page = sent(client, "parties", id="DEN", name="danmark", kind="organisation", members="DK")
    assert status == 400
    assert "a name of Denmark (DK) already" in page
    assert "unless it is a group" in page
    nordic = Party.objects.get(code="NORDIC")
    assert sent(client, "parties", nordic.pk, members="NO; DK")[0] == 200
    assert set(nordic.members.values_list("code", flat=True)) == {"NO", "DK"}
    assert sent(client, "parties", id="ALL", name="All", kind="group", members="NORDIC")[0] == 200
    status, page = sent(client, "parties", nordic.pk, members="ALL")
    assert status == 400
    assert "do not hold the group itself" in page


def test_a_merged_party_counts_for_the_one_it_stands_for_and_both_are_shown(client: Client) -> None:
    status, page = sent(client, "parties", id="DEU", name="Federal Germany", kind="state")
    assert status == 200
    old, into = party("DE"), party("DEU")
    client.post(reverse("reference-merge", args=["parties", old.pk]), {"into": "DEU"})
    assert {line.group["donor"] for line in balances(["donor"])} == {"NO", "DEU"}
    assert "Federal Germany" in client.get(reverse("parties")).content.decode()
    assert "Stands for" in client.get(reverse("reference-one", args=["parties", old.pk])).content.decode()
    assert "Also counts" in client.get(reverse("reference-one", args=["parties", into.pk])).content.decode()
    assert client.get(reverse("commitments"), {"donor": "DEU"}).content.count(b"/commitments/zq") >= 7
    page = client.post(reverse("reference-merge", args=["parties", into.pk]), {"into": "DE"}, follow=True)
    assert "was merged into" in page.content.decode()
    page = client.post(reverse("reference-merge", args=["parties", into.pk]), {"into": "XX"}, follow=True)
    assert "no party with the code" in page.content.decode()
    Party.objects.filter(pk=old.pk).update(merged_into=None)


def test_a_passage_must_stand_in_the_kept_text_and_is_never_edited(client: Client) -> None:
    text = 'The minister said:\n"We send ten."'
    assert sent(client, "sources", id="https://x.example", title="X", text=text)[0] == 200
    source = Source.objects.get(address="https://x.example")
    assert len(source.digest) == 64
    status, page = sent(client, "statements", source=source.address, passage="We send eleven.")
    assert status == 400
    assert "exactly as they stand" in page
    assert sent(client, "statements", source=source.address, passage='"We send ten."', location="line 2")[0] == 200
    statement = Statement.objects.get(source=source)
    assert statement.passage == '"We send ten."'
    assert "not recorded yet" in sent(
        client, "statements", source=source.address, passage='"We send ten."', location="line 2"
    )[1]  # fmt: skip
    assert client.get(reverse("reference-edit", args=["statements", statement.pk])).status_code == 404
    sent(client, "sources", source.pk, text="Another text", title="Y")
    source.refresh_from_db()
    assert (source.text, source.title) == (text, "Y")


def test_a_lane_a_closure_and_a_target_must_mean_something(client: Client) -> None:
    status, page = sent(client, "lanes", id="L2", origin="HUB", destination="HUB", mode="road", transit_days="1",
                        capacity_t_per_day="5", sailing_days="sometimes")  # fmt: skip
    assert status == 400
    assert "another place than the origin" in page
    assert "the day that sailing days count from" in page
    status, page = sent(client, "closures", lane="L1", first_day="2026-03-05", last_day="2026-03-01")
    assert status == 400
    assert "not before the first, 2026-03-05" in page
    assert sent(client, "closures", lane="L1", first_day="2026-03-05", last_day="2026-03-07")[0] == 200
    closure = Closure.objects.latest("pk")
    client.post(reverse("reference-edit", args=["closures", closure.pk]), {"remove": "1"})
    assert not Closure.objects.filter(pk=closure.pk).exists()
    assert Change.objects.latest("pk").new == "removed"
    meeting = Meeting.objects.filter(marking=["public"]).get()
    status, page = sent(client, "targets", id="T", meeting=meeting.code, text="Trade", amount="200", marking="public",
                        decision=Decision.objects.exclude(meeting=meeting)[0].code)  # fmt: skip
    assert status == 400
    assert "what the amount is counted in" in page
    assert "a decision of the meeting" in page
    assert sent(client, "targets", id="T", meeting=meeting.code, text="Trade", amount="200000000000", unit="USD",
                marking="public; NO")[0] == 200  # fmt: skip
    assert Target.objects.get(code="T").marking == ["public", "NO"]


def test_users_are_kept_by_the_administrator_alone(everybody: Users) -> None:
    client = client_of(everybody["administrator-NO"])
    status, page = sent(client, "users", id="erik", role="donor desk")
    assert status == 400
    assert "acts for a party" in page
    status, page = sent(client, "users", id="erik", role="donor desk", party="NO")
    assert status == 200
    password = page.split('class="hash">')[1].split("<")[0]
    erik = User.objects.get(username="erik")
    assert erik.check_password(password)
    assert sent(client, "users", erik.pk, role="analyst")[0] == 200
    page = client.post(reverse("users-password", args=[erik.pk])).content.decode()
    erik.refresh_from_db()
    assert not erik.check_password(password)
    assert erik.check_password(page.split('class="hash">')[1].split("<")[0])
    sent(client, "users", erik.pk, is_active="no")
    assert client_of(erik).get(reverse("me")).status_code == 404
    own = everybody["administrator-NO"]
    assert own is not None
    status, page = sent(client, "users", own.pk, is_active="no", role="analyst")
    assert (status, page.count("another administrator")) == (400, 2)
    told = client.get(reverse("changes"), {"table": "user", "q": "erik"}).content.decode()
    assert "donor desk" in told
    for other in ("coordinator-NO", "analyst-NO", None):
        denied = client_of(everybody[other] if other else None)
        assert denied.get(reverse("users")).status_code == 404
        assert denied.post(reverse("users-password", args=[erik.pk])).status_code == 404
        assert "erik" not in denied.get(reverse("changes")).content.decode()


def test_the_list_of_passages_counts_one_that_was_recorded_just_now(client: Client) -> None:
    def counted() -> int:
        said = re.search(r"\d to \d+ of (\d+)<", client.get(reverse("statements")).content.decode())
        assert said
        return int(said[1])

    sent(client, "sources", id="https://y.example", title="Y", text="We send nine.")
    before = [counted(), counted()]
    assert sent(client, "statements", source="https://y.example", passage="We send nine.")[0] == 200
    assert [counted(), *before] == [before[0] + 1, before[0], before[0]]
