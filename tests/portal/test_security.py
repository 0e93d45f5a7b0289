"""The web is strict: its policy, its sign-in, its second factor."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.core.cache import cache
from django.test import Client, override_settings
from django.urls import reverse

from pledgeway import settings
from pledgeway.access.models import User
from tests.portal.conftest import client_of
from tests.portal.world import PASSWORD, Row

pytestmark = pytest.mark.usefixtures("world")
World = tuple[list[Row], dict[str, User | None]]
PAGES = ["situation", "commitments", "stages", "account_login"]


@pytest.mark.parametrize("name", PAGES)
def test_no_page_needs_more_than_its_policy_allows(name: str) -> None:
    answer = client_of(None).get(reverse(name))
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    page = answer.content.decode()
    assert "style=" not in page
    assert "<script>" not in page
    assert "onclick" not in page
    assert 'src="http' not in page
    assert answer.headers["X-Frame-Options"] == "DENY"
    assert "no-store" in answer.headers["Cache-Control"]


def test_templates_hold_no_style_and_no_script_of_their_own() -> None:
    for file in (Path(settings.__file__).parent / "portal").rglob("*.html"):
        text = file.read_text("utf-8")
        assert "style=" not in text, file.name
        assert "<script>" not in text, file.name


def test_signing_in_works_and_guessing_is_stopped() -> None:
    cache.clear()
    client = Client(SERVER_NAME="localhost")
    said = {"login": "analyst-NO", "password": PASSWORD}
    assert client.post(reverse("account_login"), said).status_code == 302
    assert "analyst-NO" in client.get("/").content.decode()
    other = Client(SERVER_NAME="localhost")
    for _ in range(5):
        wrong = other.post(reverse("account_login"), said | {"password": "wrong"})
        assert wrong.status_code == 200
    page = other.post(reverse("account_login"), said).content.decode()
    assert "Too many failed login attempts" in page
    cache.clear()


def test_nobody_signs_up() -> None:
    page = Client(SERVER_NAME="localhost").post(
        reverse("account_signup"), {"username": "eve", "password1": PASSWORD, "password2": PASSWORD}
    )
    assert not User.objects.filter(username="eve").exists()
    assert page.status_code == 200


def test_posting_needs_its_token() -> None:
    client = Client(SERVER_NAME="localhost", enforce_csrf_checks=True)
    assert client.post(reverse("account_login"), {"login": "a", "password": "b"}).status_code == 403


def test_a_role_that_must_have_a_second_factor_sets_it_up_first(world: World) -> None:
    _, everybody = world
    with override_settings(SECOND_FACTOR_ROLES=["coordinator"]):
        answer = client_of(everybody["coordinator-NO"]).get(reverse("commitments"))
        assert answer.status_code == 302
        assert answer["Location"] == reverse("mfa_activate_totp")
        assert client_of(everybody["analyst-NO"]).get(reverse("commitments")).status_code == 200


def test_a_fault_of_the_program_tells_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("secret word")

    monkeypatch.setattr("pledgeway.portal.pages.record.KINDS", property(fail))
    client = Client(SERVER_NAME="localhost", raise_request_exception=False)
    answer = client.get(reverse("stages"))
    assert answer.status_code == 500
    assert "secret word" not in answer.content.decode()
