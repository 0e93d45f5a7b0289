"""No answer of the web holds a word of a row that its reader may not see. New routes are found by themselves."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from pledgeway.access.deciding import may_see
from pledgeway.access.models import User
from pledgeway.access.tokens import make_token
from pledgeway.evidence.models import Source, Statement
from pledgeway.intake.reference.kept import ALL
from pledgeway.ledger.models import Batch, Dispute, Position
from pledgeway.portal.inputs import OFFERS
from pledgeway.registry.readers import reader_of
from pledgeway.tables.recording import COMMITMENT_KINDS
from tests.portal.conftest import client_of
from tests.portal.world import Row

SIGN_IN = ("account_", "mfa_")
LISTS = (
    "announcements",
    "commitments",
    "requirements",
    "disputes",
    "donors",
    "balances",
    "postings",
    "sources",
    "statements",
    "places",
    "items",
    "parties",
    "plans",
    "proposals",
    "lanes",
    "closures",
    "courses",
    "forums",
    "meetings",
    "decisions",
    "targets",
    "changes",
    "users",
)
API = ("announcements", "commitments", "requirements", "disputes", "postings", "donors", "sources", "statements",
       "plans", "proposals", "meetings", "decisions", "targets", "changes")  # fmt: skip
STRESS = ("stress", "stress_requirements", "stress_instead", "stress_chances", "stress-progress", "stress-stop",
          "stress-go-on")  # fmt: skip
MOST_TRIED = 8
"""How many rows of each table of reference data are asked for by number: the first of every marking and one more."""
REFERRED = tuple(kept.table.name for kept in ALL)
DIMENSIONS = "commitment,kind,donor,recipient,purpose,item,decision,condition,stage,place,requirement,month,year"


def examples(rows: list[Row]) -> dict[str, list[Any]]:
    """Return for each route with a parameter everything it can be asked for."""
    words = {kind: [row.word for row in rows if row.kind == kind] for kind in {row.kind for row in rows}}
    numbered = [
        (kept.table.name, number)
        for kept in ALL
        for number in kept.model._default_manager.order_by("pk").values_list("pk", flat=True)[:MOST_TRIED]
    ]
    return {
        "forums-one": ["FORUM", "no such"],
        "meetings-one": [*words["meeting"], "no such"],
        "decisions-one": [*words["decision"], "no such"],
        "reference-new": [*REFERRED, "nothing"],
        **{f"reference-{act}": [*numbered, ("nothing", 1)] for act in ("one", "edit", "merge")},
        "users-password": [1],
        "announcements-one": [*words["announcement"], "no such"],
        "commitments-one": [*words["commitment"], "no such"],
        "commitments-new": [*COMMITMENT_KINDS, "announcement", "requirement", "nothing"],
        "options": [*OFFERS, "users"],
        **{f"{kind}s-terms": [*words[kind], "no such"] for kind in ("announcement", "commitment", "requirement")},
        "commitments-post": [*words["commitment"], "no such"],
        "requirements-state": [*words["requirement"], "no such"],
        "requirements-one": [*words["requirement"], "no such"],
        "donors-one": ["NO", "DE", "UA", "NORDIC", "no such"],
        "places-one": ["HUB", "OTHER", "no such"],
        "batches-one": [*Batch.objects.values_list("pk", flat=True), 10**6],
        "sources-one": [*Source.objects.values_list("pk", flat=True), 10**6],
        "plans-file": [(run, name) for run in (1, 2) for name in ("plan.json", "report.html", "plan.xlsx")],
        **{
            f"plans-{act}": [1, 2]
            for act in ("one", "progress", "stop", "again", "adopt", "unmet", "bottlenecks", *STRESS)
        },
        "proposals-one": [1, 2, 10**6],
        **{f"api:plan-{part}": [1, 2, 10**6] for part in ("allocations", "unmet", "bottlenecks", *STRESS[:4])},
        "disputes-one": [*Dispute.objects.values_list("pk", flat=True), 10**6],
        "statements-one": [*Statement.objects.values_list("pk", flat=True), 10**6],
    }


def routes(patterns: Any = None, within: str = "") -> Iterator[tuple[str, URLPattern]]:
    """Yield every route there is, with its name."""
    for one in get_resolver().url_patterns if patterns is None else patterns:
        if isinstance(one, URLResolver):
            yield from routes(one.url_patterns, f"{one.namespace}:" if one.namespace else within)
        else:
            yield within + (one.name or ""), one


def addresses(rows: list[Row]) -> list[str]:
    """Return every address to ask for. A route with a parameter and no example fails here."""
    found, known = [], examples(rows)
    for name, route in routes():
        if route.pattern.converters:
            if not name.startswith(SIGN_IN):
                assert name in known, f"the route {name} needs examples"
            found += [reverse(name, args=one if isinstance(one, tuple) else [one]) for one in known.get(name, [])]
        elif route.name and not route.pattern.regex.groups:
            found.append(reverse(name))
    for name in LISTS:
        found += [f"{reverse(name)}?format={form}" for form in ("csv", "xlsx")]
        found += [f"{reverse(name)}?{urlencode({'q': row.word[:6]})}" for row in rows[::7]]
    found += [
        f"{reverse('commitments-post', args=[row.word])}?{urlencode({'at': number, 'step': step})}"
        for row in rows[:24] if row.kind == "commitment"
        for number in Position.objects.filter(commitment__key=row.word).values_list("pk", flat=True)
        for step in ("advance:delivered", "advance:allocated")
    ]  # fmt: skip
    found += [f"{reverse('api:commitment')}?{urlencode({'key': row.word})}" for row in rows if row.kind == "commitment"]
    found += [
        f"{reverse(f'api:{name}')}?{urlencode({'q': row.word[:6], 'size': 1000})}" for name in API for row in rows[::7]
    ]
    found += [f"{reverse('api:balances')}?by={DIMENSIONS}&known_at=100"]
    found += [f"{reverse('balances')}?by={DIMENSIONS}&{more}" for more in ("", "as_of=2026-03-02", "known_at=100")]
    found += [f"{reverse(f'plans-{part}', args=[1])}?format={form}" for part in STRESS[:4] for form in ("csv", "xlsx")]
    found += [f"{reverse('balances')}?by={DIMENSIONS}&format=csv", f"{reverse('plans-compare')}?one=1&other=1"]
    found += [f"{reverse('postings')}?{urlencode({'commitment': row.word})}" for row in rows[:3]]
    found += [f"{reverse('search')}?{urlencode({'q': row.word[:6]})}" for row in rows[::3]]
    found += [f"{reverse(name)}?disputed=yes" for name in ("commitments", "requirements")]
    found += [f"{reverse('commitments')}?{urlencode({'sort': 'nothing', 'page': 'x', 'stage': 'at hub'})}"]
    return found


def text_of(body: bytes) -> str:
    """Return all text of an answer, of a workbook's parts too."""
    if body[:2] != b"PK":
        return body.decode()
    with zipfile.ZipFile(io.BytesIO(body)) as archive:
        return "".join(archive.read(name).decode() for name in archive.namelist())


@pytest.mark.parametrize(
    "name",
    ["nobody",
     *(pytest.param(name, marks=[pytest.mark.slow, pytest.mark.long]) for name in (
         "donor-desk-NO", "donor-desk-DE", "coordinator-NO", "recipient-desk-UA", "hub-operator-DE", "analyst-NO",
         "administrator-UA"))],
)  # fmt: skip
def test_no_answer_holds_a_hidden_word(name: str, world: tuple[list[Row], dict[str, User | None]]) -> None:
    rows, everybody = world
    user = everybody[name]
    client, reader = client_of(user), reader_of(user)
    shown_token = {"Authorization": f"Bearer {make_token(user, 'leaks')}"} if user is not None else {}
    hidden = [row.word for row in rows if not may_see(row.marking, row.owner, reader, row.places)]
    shown = {row.word for row in rows} - set(hidden)
    met: set[str] = set()
    for address in addresses(rows):
        if address.endswith(reverse("account_logout")):
            continue
        answer = client.get(address, headers=shown_token)
        assert answer.status_code < 500, address
        text = text_of(answer.content)
        asked = quote(address)
        leaks = [one for one in hidden if one in text and one not in asked]
        assert leaks == [], f"{name} reads {leaks} at {address}"
        met |= {one for one in shown if one in text}
    assert met == shown, f"{name} does not find {shown - met}"


def test_denied_and_missing_look_the_same(world: tuple[list[Row], dict[str, User | None]]) -> None:
    rows, everybody = world
    client = client_of(everybody["donor-desk-DE"])
    reader = reader_of(everybody["donor-desk-DE"])
    missing = client.get(reverse("commitments-one", args=["no such"])).content
    for row in rows:
        if row.kind == "commitment" and not may_see(row.marking, row.owner, reader, row.places):
            denied = client.get(reverse("commitments-one", args=[row.word]))
            assert (denied.status_code, denied.content) == (404, missing)


def test_what_changes_something_is_refused_without_the_right(world: tuple[list[Row], dict[str, User | None]]) -> None:
    _, everybody = world
    assert client_of(None).post(reverse("audit")).status_code == 404
    assert client_of(everybody["analyst-NO"]).post(reverse("audit")).status_code == 404
    assert "All as it should be" in client_of(everybody["coordinator-NO"]).post(reverse("audit")).content.decode()
    assert client_of(None).post(reverse("views"), {"table": "commitments", "name": "x"}).status_code == 404
    for act in ("stop", "again", "adopt"):
        assert client_of(everybody["donor-desk-NO"]).post(reverse(f"plans-{act}", args=[1])).status_code == 404
    assert client_of(everybody["donor-desk-NO"]).post(reverse("plans"), {}).status_code == 404
    answered = client_of(everybody["donor-desk-DE"]).post(
        reverse("proposals-one", args=[1]), {"accept": "1"}, follow=True
    )
    assert "not yours" in answered.content.decode()
