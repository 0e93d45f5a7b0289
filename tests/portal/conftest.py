"""Pages are tried on a record that all tests of a file share."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path

import pytest
from django.test import Client

from pledgeway.access.models import Token, User
from pledgeway.access.tokens import make_token
from tests.databases import fresh, keep
from tests.portal.world import Row, build, users

SLOW_TO_COLLECT = ("test_api_wrong_batches.py", "test_api_wrong_lists.py")
"""Files of slow tests alone whose thousands of cases schemathesis makes when it collects them."""


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    return True if config.option.markexpr == "not slow" and collection_path.name in SLOW_TO_COLLECT else None


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[Row], list[str]]:
    """Return a database that is made once, to be copied: its file, its rows, and the names of its users."""
    file = tmp_path_factory.mktemp("world") / "world.sqlite3"
    with fresh("sqlite"):
        rows, names = build(), list(users())
        keep(file)
    return file, rows, names


@pytest.fixture(scope="module")
def world(built: tuple[Path, list[Row], list[str]]) -> Iterator[tuple[list[Row], dict[str, User | None]]]:
    """Rows of every marking, and users of every role; None is nobody."""
    file, rows, names = built
    with fresh("sqlite", file):
        made = {user.username: user for user in User.objects.all()}
        yield list(rows), {name: made.get(name) for name in names}


def client_of(user: User | None) -> Client:
    """Return a browser's stand-in, signed in as ``user``."""
    client = Client(SERVER_NAME="localhost", raise_request_exception=True)
    if user is not None:
        client.force_login(user)
    return client


def filled(page: str) -> dict[str, str]:
    """Return what the form of a page sends as it stands."""
    form = page.split('<form class="edit"')[1].split("</form>", maxsplit=1)[0]
    said = dict(re.findall(r'<input [^>]*?name="(\w+)"[^>]*?value="([^"]*)"', form))
    said |= dict(re.findall(r'<textarea [^>]*name="(\w+)"[^>]*>([^<]*)<', form))
    for name, options in re.findall(r'<select [^>]*name="(\w+)"[^>]*>(.*?)</select>', form):
        chosen = re.search(r'<option(?: value="([^"]*)")? selected>([^<]*)<', options)
        said[name] = "" if chosen is None else chosen[2] if chosen[1] is None else chosen[1]
    said.pop("csrfmiddlewaretoken", None)
    return {name: unescape(text) for name, text in said.items()}


@pytest.fixture
def token(world: tuple[list[Row], dict[str, User | None]]) -> Iterator[str]:
    user = world[1]["coordinator-NO"]
    assert user is not None
    yield make_token(user, "tests")
    Token.objects.all().delete()
