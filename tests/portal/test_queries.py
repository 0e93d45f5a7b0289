"""A page asks the database as often for many rows as for few, and never very often."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from pledgeway.access.models import User
from pledgeway.ledger import remembered
from pledgeway.ledger.models import Position, Posting
from pledgeway.portal.lists import postings
from tests.portal.conftest import client_of
from tests.portal.test_leaks import examples, routes
from tests.portal.world import Row, promises

MOST = 60
"""Queries of the page that asks most: the situation, which gathers from everywhere."""
NO_PAGES = ("account_", "mfa_", "api:openapi", "plans-compare")


def screens(rows: list[Row]) -> list[str]:
    """Return an address for every route, of those with parameters the first that there is an example of."""
    known, found = examples(rows), []
    for name, route in routes():
        if not name or name.startswith(NO_PAGES):
            continue
        if route.pattern.converters:
            first = known[name][0]
            found.append(reverse(name, args=first if isinstance(first, tuple) else [first]))
        elif not route.pattern.regex.groups:
            found.append(reverse(name))
    return found


def asked(user: User | None, addresses: list[str]) -> dict[str, int]:
    """Return how often each address asks the database, read by ``user``."""
    client, found = client_of(user), {}
    for address in addresses:
        remembered.forget()
        with CaptureQueriesContext(connection) as queries:
            client.get(address)
        found[address] = len(queries)
    return found


@pytest.mark.parametrize("name", ["coordinator-NO", "donor-desk-NO"])
def test_a_page_asks_no_more_for_many_rows_than_for_few(
    name: str, world: tuple[list[Row], dict[str, User | None]]
) -> None:
    rows, users = world
    addresses = screens(rows)
    asked(users[name], addresses)  # what is asked once for all, such as content types, is known from here on
    few = asked(users[name], addresses)
    promises(300 if name.startswith("c") else 600)
    many = asked(users[name], addresses)
    assert {address: (few[address], count) for address, count in many.items() if count > few[address]} == {}
    assert {address: count for address, count in few.items() if count > MOST} == {}


@pytest.mark.parametrize(
    ("name", "lists"),
    [
        ("coordinator-NO", ("commitments", "requirements", "postings")),
        ("donor-desk-NO", ("commitments", "requirements", "postings", "sources")),
    ],
)
def test_a_list_asks_less_until_something_is_recorded(
    name: str, lists: tuple[str, ...], world: tuple[list[Row], dict[str, User | None]]
) -> None:
    _, users = world
    client = client_of(users[name])
    for address in map(reverse, lists):
        counts = []
        remembered.forget()
        for _ in range(2):
            with CaptureQueriesContext(connection) as queries:
                client.get(address)
            counts.append(len(queries))
        assert counts[1] < counts[0], f"{address} remembers nothing"


@pytest.mark.usefixtures("world")
def test_the_lines_of_many_are_found_another_way_and_are_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    every = Posting.objects.all()
    tied = Position.objects.exclude(requirement=None)

    def found() -> list[set[int]]:
        ways = [postings.at_positions(every, tied, "target"), postings.at_positions(every, tied, "source", "target"),
                postings.of_donor(every, "NO")]  # fmt: skip
        return [set(lines.values_list("pk", flat=True)) for lines in ways]

    few = found()
    monkeypatch.setattr(postings, "MANY", 1)
    assert found() == few
    assert all(few)
