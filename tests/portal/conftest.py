"""Pages are tried on a record that all tests of a file share."""

from __future__ import annotations

from collections.abc import Iterator

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
