"""Pages are tried on a record that all tests of a file share."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape

import pytest
from django.test import Client

from pledgeway.access.models import User
from tests.databases import fresh
from tests.portal.world import Row, build, users


@pytest.fixture(scope="module")
def world() -> Iterator[tuple[list[Row], dict[str, User | None]]]:
    """Rows of every marking, and users of every role."""
    with fresh("sqlite"):
        yield build(), users()


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
