"""Every row has an address of its own, whatever its key or code is."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any
from urllib.parse import unquote

import pytest
from django.test import Client
from django.urls import URLPattern, resolve, reverse
from hypothesis import given
from hypothesis import strategies as st

from pledgeway.access.models import User
from pledgeway.evidence.models import Source
from pledgeway.forums.models import Decision, Forum, Meeting, Target
from pledgeway.intake.recording import record
from pledgeway.registry.models import Course, Item, Lane, Place
from pledgeway.registry.readers import reader_of
from tests.databases import fresh
from tests.ledger.promises import party
from tests.portal.conftest import client_of
from tests.portal.test_leaks import routes
from tests.portal.world import users

KEYS = (
    "a/post",
    "a/terms",
    "a/state",
    "a/new",
    "post/commitments/a",
    "terms/a",
    "a/edit/",
    "/a",
    "1/edit",
    "a ?#&%2F",
    "a\nb",
)
KEYED = sorted(name for name, route in routes() if "<key:" in str(route.pattern) and isinstance(route, URLPattern))


@pytest.fixture(scope="module")
def cell() -> Iterator[Client]:
    """A record in which every kind of row has each of the keys, and a coordinator at it."""
    with fresh("sqlite"):
        for code in ("NO", "DE", "UA"):
            party(code)
        Place.objects.create(code="HUB", name="The hub", kind="hub")
        everybody: dict[str, User | None] = users()
        for number, key in enumerate(("a", *KEYS)):
            _registered(key, number)
        record({
            "announcements": [{"key": key, "donor": "NO", "day": "2026-03-01", "text": f"Whole of {key}"}
                              for key in ("a", *KEYS)],
            "commitments": [{"key": key, "kind": "goods", "donor": key, "item": key, "quantity": "5",
                             "day": "2026-03-01", "text": f"Promise {key}"} for key in ("a", *KEYS)],
            "requirements": [{"key": key, "party": "UA", "accepts": key, "quantity": "5", "state": "validated",
                              "text": f"Need {key}"} for key in ("a", *KEYS)],
        }, reader_of(everybody["coordinator-NO"]))  # fmt: skip
        yield client_of(everybody["coordinator-NO"])


def _registered(key: str, number: int) -> None:
    one = party(key)
    place = Place.objects.create(code=key, name=f"Place {key}", kind="hub")
    Item.objects.create(code=key, name=f"Item {key}", unit="piece")
    Lane.objects.create(code=key, origin=place, destination=place, mode="road", transit_days=1, capacity_t_per_day=1)
    Course.objects.create(code=key, training="guns", start=date(2026, 3, 1), duration_days=5, seats=number)
    forum = Forum.objects.create(code=key, name=f"Forum {key}", chair=one)
    met = Meeting.objects.create(code=key, forum=forum, day=date(2026, 3, 1), title=f"Meeting {key}")
    decided = Decision.objects.create(code=key, meeting=met, title=f"Decision {key}")
    Target.objects.create(code=key, meeting=met, decision=decided, text=f"Target {key}")
    Source.objects.create(address=f"https://example.org/{key}", title=f"Source {key}")


@pytest.mark.parametrize("key", KEYS)
def test_what_has_a_key_that_looks_like_an_address_is_opened_by_it(cell: Client, key: str) -> None:
    words: dict[str, Any] = {
        "commitments-one": "Promise", "commitments-post": "Item", "commitments-terms": "Promise",
        "requirements-one": "Need", "requirements-terms": "Need", "announcements-terms": "Whole of",
        "announcements-one": "Whole of",
        "donors-one": "", "places-one": "Place", "forums-one": "Forum", "meetings-one": "Meeting",
        "decisions-one": "Decision",
    }  # fmt: skip
    assert set(words) >= {name for name in KEYED if name != "requirements-state"}
    for name, word in words.items():
        answer = cell.get(reverse(name, args=[key]))
        assert answer.status_code == 200, (name, key)
        assert f"{word} {key}".strip().replace("&", "&amp;") in answer.content.decode(), (name, key)
    number = Item.objects.get(code=key).pk
    for act in ("one", "edit"):
        assert (
            key.replace("&", "&amp;") in cell.get(reverse(f"reference-{act}", args=["items", number])).content.decode()
        )


@given(key=st.text(st.characters(codec="utf-8", exclude_characters="\x00"), min_size=1, max_size=20),
       more=st.sampled_from(["", *(f"/{name.rpartition('-')[2]}" for name in KEYED)]))  # fmt: skip
@pytest.mark.parametrize("name", KEYED)
def test_an_address_leads_back_to_its_key(name: str, key: str, more: str) -> None:
    found = resolve(unquote(reverse(name, args=[key + more])))
    assert (found.url_name, *found.kwargs.values()) == (name, key + more)
