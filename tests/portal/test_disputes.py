"""Disputes and tasks on screen, by role."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from pledgeway.access.deciding import system
from pledgeway.access.keeping import add_user
from pledgeway.access.roles import Role
from pledgeway.accounts.moves import Move, Position
from pledgeway.accounts.stages import Act
from pledgeway.ledger.models import Dispute, Requirement, RequirementVersion
from pledgeway.ledger.posting import Draft, post
from pledgeway.registry.models import Place
from tests.databases import fresh
from tests.ledger.promises import COMMITTED, DELIVERED, PLEDGED, day, party, promise
from tests.portal.conftest import client_of
from tests.portal.world import PASSWORD

Signed = Callable[[Role, str], Client]
TRANSIT = Position("in transit")
PAST = date(2026, 3, 20)


@pytest.fixture
def signed_in() -> Iterator[Signed]:
    """A record with something for every desk; a function that signs a role and party in."""
    with fresh("sqlite"):
        for code in ("NO", "DE", "UA"):
            party(code)
        hub = Place.objects.create(code="HUB", name="The hub", kind="hub")
        needs: list[Requirement | RequirementVersion] = []
        for key, state, due in (("LATE", "validated", PAST), ("ASKED", "submitted", date.today() + timedelta(9))):
            need = Requirement(key=key)
            needs += [need, RequirementVersion(requirement=need, party=party("UA"), text=key, quantity=5, state=state,
                                               due=due, place=hub, marking=["public"],
                                               accepts=[["generator", "1"]])]  # fmt: skip
        post(Draft(system("cell"), entries=needs))
        for key, recipient in (("STUCK", "UA"), ("MOVING", "UA"), ("HERE", "UA")):
            promise(key, 10, recipient=party(recipient), available_until=PAST, text=key)
        post(Draft(system("cell"), moves=[
            Move("MOVING", Act.ADVANCE, PLEDGED, COMMITTED, 10, day(2)),
            Move("MOVING", Act.ADVANCE, COMMITTED, Position("in transit", requirement="LATE"), 10, day(3)),
            Move("HERE", Act.ADVANCE, PLEDGED, DELIVERED, 10, day(3)),
        ]))  # fmt: skip

        def client(role: Role, code: str) -> Client:
            return client_of(add_user(f"{role.name}-{code}", PASSWORD, role, party(code).pk, hub.pk))

        yield client


def text(client: Client, name: str, *args: object, query: str = "") -> str:
    answer = client.get(reverse(name, args=args) + query)
    assert answer.status_code == 200
    return answer.content.decode()


def opened(client: Client, of: str, key: str, figure: str, comment: str = "Nobody saw it") -> int:
    answer = client.post(reverse("disputes-new"), {"of": of, "key": key, "figure": figure, "comment": comment})
    assert answer.status_code == 302, answer.content.decode()
    return Dispute.objects.latest("pk").pk


def test_an_analyst_doubts_a_figure_and_its_desk_finds_it(signed_in: Signed) -> None:
    analyst, donor = signed_in(Role.ANALYST, "DE"), signed_in(Role.DONOR_DESK, "NO")
    other = signed_in(Role.DONOR_DESK, "DE")
    number = opened(analyst, "commitment", "HERE", "stage:delivered")
    assert 'href="#disputes">disputed</a>' in text(donor, "commitments-one", "HERE")
    assert "#disputes" not in text(donor, "commitments-one", "STUCK")
    assert [row["key"] for row in analyst.get("/api/v1/commitments?disputed=yes").json()["rows"]] == ["HERE"]
    assert [row["comment"] for row in analyst.get("/api/v1/disputes").json()["rows"]] == ["Nobody saw it"]
    desk = text(donor, "proposals")
    assert "1 disputed" in desk
    assert reverse("disputes-one", args=[number]) in desk
    assert 'id="disputed"' not in text(other, "proposals")
    page = reverse("disputes-one", args=[number])
    assert ">Answer</button>" in donor.get(page).content.decode()
    assert ">Answer</button>" not in other.get(page).content.decode()
    assert (
        "by the ministry" in donor.post(page, {"answer": "1", "text": "by the ministry"}, follow=True).content.decode()
    )
    refused = other.post(page, {"close": "1", "text": "no"})
    assert refused.status_code == 400
    assert "who opened it, or a coordinator closes it" in refused.content.decode()
    assert (
        "Closed by ANALYST-DE" in analyst.post(page, {"close": "1", "text": "I saw it"}, follow=True).content.decode()
    )
    assert "#disputes" not in text(donor, "commitments-one", "HERE")


def test_a_line_and_a_need_are_disputed_where_they_are_shown(signed_in: Signed) -> None:
    cell = signed_in(Role.COORDINATOR, "NO")
    page = text(cell, "commitments-one", "STUCK")
    line = page.partition('value="line:')[2].partition('"')[0]
    opened(cell, "commitment", "STUCK", f"line:{line}")
    assert "10 (disputed)" in text(cell, "commitments-one", "STUCK")
    opened(cell, "requirement", "LATE", "stage:received", "More came")
    assert "More came" in text(cell, "requirements-one", "LATE")
    for name, yes, no in (("commitments", "STUCK", "HERE"), ("requirements", "LATE", "ASKED")):
        assert yes in text(cell, name, query="?disputed=yes&format=csv")
        assert no not in text(cell, name, query="?disputed=yes&format=csv")
        assert yes not in text(cell, name, query="?disputed=no&format=csv")
        assert no in text(cell, name, query="?disputed=no&format=csv")
    assert "More came" in text(cell, "disputes", query="?format=csv")
    assert "2 of 2 disputes are open" in text(cell, "disputes")


def test_what_cannot_be_recorded_keeps_what_was_typed(signed_in: Signed) -> None:
    analyst = signed_in(Role.ANALYST, "DE")
    for said in ({"figure": "stage:repaid"}, {"figure": "line:x"}, {"key": "no such"}):
        form = {"of": "commitment", "key": "HERE", "figure": "", "comment": "a long thought"} | said
        answer = analyst.post(reverse("disputes-new"), form)
        assert answer.status_code == 400
        assert "a long thought" in answer.content.decode()
    assert client_of(None).post(reverse("disputes-new"), {"key": "HERE", "comment": "x"}).status_code == 404
    assert not Dispute.objects.exists()


@pytest.mark.parametrize(
    ("role", "code", "waits", "never"),
    [
        (Role.COORDINATOR, "NO", ["overdue", "late-to-leave", "to-validate"], ["to-count-in", "to-countersign"]),
        (Role.DONOR_DESK, "NO", ["late-to-leave"], ["overdue", "to-validate", "to-count-in"]),
        (Role.DONOR_DESK, "DE", [], ["late-to-leave"]),
        (Role.RECIPIENT_DESK, "UA", ["overdue", "to-countersign"], ["late-to-leave", "to-validate"]),
        (Role.HUB_OPERATOR, "DE", ["to-count-in"], ["overdue", "to-countersign"]),
        (Role.ANALYST, "NO", [], ["overdue", "late-to-leave", "to-count-in", "to-countersign", "to-validate"]),
    ],
)
def test_each_desk_opens_on_its_own_tasks(
    signed_in: Signed, role: Role, code: str, waits: list[str], never: list[str]
) -> None:
    desk = text(signed_in(role, code), "proposals")
    assert [name for name in waits if f'id="{name}"' not in desk] == []
    assert [name for name in never if f'id="{name}"' in desk] == []
    links = {
        "overdue": ("requirements-one", "LATE"), "late-to-leave": ("commitments-one", "STUCK"),
        "to-validate": ("requirements-one", "ASKED"), "to-count-in": ("commitments-one", "MOVING"),
        "to-countersign": ("commitments-one", "HERE"),
    }  # fmt: skip
    for name in waits:
        section = desk.partition(f'id="{name}"')[2].partition("</section>")[0]
        assert section.count("<li>") == 1
        assert reverse(links[name][0], args=[links[name][1]]) in section
    assert waits or "Nothing waits for you" in desk


@pytest.mark.parametrize(("role", "home"), [(Role.DONOR_DESK, "/desk/"), (Role.HUB_OPERATOR, "/desk/"),
                                            (Role.RECIPIENT_DESK, "/desk/"), (Role.ANALYST, "/"),
                                            (Role.COORDINATOR, "/")])  # fmt: skip
def test_whoever_signs_in_begins_where_the_work_is(signed_in: Signed, role: Role, home: str) -> None:
    signed_in(role, "NO")
    answer = Client(SERVER_NAME="localhost").post(
        reverse("account_login"), {"login": f"{role.name}-NO", "password": PASSWORD}
    )
    assert (answer.status_code, answer.headers.get("Location")) == (302, home)


def test_the_number_of_queries_does_not_grow_with_the_tasks(signed_in: Signed) -> None:
    cell = signed_in(Role.COORDINATOR, "NO")
    opened(cell, "commitment", "STUCK", "")
    counts = []
    for step in range(2):
        with CaptureQueriesContext(connection) as queries:
            text(cell, "proposals")
        counts.append(len(queries))
        for number in range(10):
            promise(f"MORE{step}{number}", 10, available_until=PAST)
            opened(cell, "commitment", f"MORE{step}{number}", "")
    assert counts[0] == counts[1]
