"""The web is strict: its policy, its sign-in, its second factor."""

from __future__ import annotations

import base64
import hmac
import re
import struct
import time
from pathlib import Path

import pytest
from django.core.cache import cache
from django.test import Client, override_settings
from django.urls import reverse

from pledgeway import settings
from pledgeway.access.keeping import UserRefusedError, forget_second_factor, set_password
from pledgeway.access.models import User
from pledgeway.access.tokens import make_token
from pledgeway.registry.changing import change
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


def test_a_forgotten_password_sends_no_mail_and_says_whom_to_ask() -> None:
    client = Client(SERVER_NAME="localhost")
    assert "administrator" in client.get(reverse("account_reset_password")).content.decode()
    assert client.post(reverse("account_reset_password"), {"email": "a@example.org"}).status_code == 405
    assert client.get("/account/email/").status_code == 404


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


def code_of(secret: str, moment: float) -> str:
    """Return the code that an authenticator app shows (RFC 6238: HMAC-SHA-1, 30 seconds, six digits)."""
    seal = hmac.digest(base64.b32decode(secret), struct.pack(">Q", int(moment) // 30), "sha1")
    at = seal[-1] & 15
    return f"{(struct.unpack('>I', seal[at : at + 4])[0] & 0x7FFFFFFF) % 10**6:06d}"


def test_a_second_factor_is_set_up_asked_for_and_forgotten_by_an_administrator(world: World) -> None:
    user = world[1]["coordinator-DE"]
    assert user is not None
    said = {"login": user.username, "password": PASSWORD}
    cache.clear()
    with override_settings(SECOND_FACTOR_ROLES=["coordinator"]):
        client = Client(SERVER_NAME="localhost")
        client.post(reverse("account_login"), said)
        assert client.get(reverse("situation"))["Location"] == reverse("mfa_activate_totp")
        client.post(reverse("account_reauthenticate"), {"password": PASSWORD})
        page = client.get(reverse("situation"), follow=True).content.decode()
        secret = re.search(r"[A-Z2-7]{32}", page)
        assert secret is not None
        wrong = client.post(reverse("mfa_activate_totp"), {"code": "000000"})
        assert "Incorrect code" in wrong.content.decode()
        now = time.time()
        assert client.post(reverse("mfa_activate_totp"), {"code": code_of(secret[0], now)}).status_code == 302
        assert client.get(reverse("commitments")).status_code == 200

        other = Client(SERVER_NAME="localhost")
        asked = other.post(reverse("account_login"), said)
        assert asked["Location"] == reverse("mfa_authenticate")
        assert other.get(reverse("proposals")).status_code == 404  # half a sign-in is none
        assert "Incorrect code" in other.post(reverse("mfa_authenticate"), {"code": "000000"}).content.decode()
        code = {"code": code_of(secret[0], now)}
        assert other.post(reverse("mfa_authenticate"), code).status_code == 302
        assert other.get(reverse("proposals")).status_code == 200
        thief = Client(SERVER_NAME="localhost")
        thief.post(reverse("account_login"), said)
        assert "Incorrect code" in thief.post(reverse("mfa_authenticate"), code).content.decode()  # taken once
        forget_second_factor(user)
        again = Client(SERVER_NAME="localhost")
        assert again.post(reverse("account_login"), said).status_code == 302
        assert again.get(reverse("proposals"))["Location"] == reverse("mfa_activate_totp")
    cache.clear()


def test_a_new_password_or_being_shut_out_ends_open_sessions_and_tokens(world: World) -> None:
    user = world[1]["analyst-UA"]
    assert user is not None
    shown = {"Authorization": f"Bearer {make_token(user, 'program')}"}
    signed_in, program = client_of(user), client_of(None)
    with pytest.raises(UserRefusedError):
        set_password(user, "short")
    assert user.username in signed_in.get("/").content.decode()
    set_password(user, "other invented words")
    assert user.username not in signed_in.get("/").content.decode()
    assert program.get(reverse("api:commitments"), headers=shown).status_code == 200
    change(user, {"is_active": False}, "test")
    assert program.get(reverse("api:commitments"), headers=shown).status_code == 401


def test_a_fault_of_the_program_tells_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("secret word")

    monkeypatch.setattr("pledgeway.portal.pages.record.KINDS", property(fail))
    client = Client(SERVER_NAME="localhost", raise_request_exception=False)
    answer = client.get(reverse("stages"))
    assert answer.status_code == 500
    assert "secret word" not in answer.content.decode()
