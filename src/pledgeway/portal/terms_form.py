"""The form for a promise, an announcement or a need: the fields of each kind, in groups, and what they begin with."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from pledgeway.access.deciding import Reader, may
from pledgeway.access.roles import Act
from pledgeway.accounts.stages import KINDS
from pledgeway.formats.plain import as_typed
from pledgeway.intake.said import VERSIONED, row_of
from pledgeway.ledger.permission import OWN_STATES
from pledgeway.ledger.seen import statements_seen
from pledgeway.portal.inputs import offer_of, shown
from pledgeway.portal.posting_form import NOTE, passages
from pledgeway.portal.posting_form import WORDS as EVIDENCE_WORDS
from pledgeway.registry.models import Party
from pledgeway.tables.faults import Fault
from pledgeway.tables.fields import Field, Table
from pledgeway.tables.recording import (
    ANNOUNCEMENTS,
    COMMITMENT_KINDS,
    COMMITMENTS,
    EVIDENCE,
    REQUIREMENTS,
    STATES,
    fields_of,
)

ONLY_FIRST = ("quantity", "undisclosed", "unit")
"""What the first terms of a promise say and later ones do not: from then on postings count it."""

GROUPS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("What", ("key", "donor", "recipient", "party", "item", "accepts", "unit", "quantity", "undisclosed", "text",
              "purpose", "day", "precision", "priority", "state")),
    ("Where and when", ("place", "in_storage", "available_from", "available_until", "only_for", "due", "grace_days",
                        "weight")),
    ("What it is worth", ("value", "currency", "basis", "converted", "converted_currency", "converted_delivered")),
    ("On what it rests", ("decision", "announcement", "condition", "condition_state", "draws_on", "reimburses")),
    ("Who else has a hand in it", ("payer", "supplier", "carrier")),
    ("Said where", ("statement", "source", "location", "passage")),
    ("Who may see it, and why it is recorded", ("marking", "note")),
)  # fmt: skip
"""The fields in the order in which people think of them."""

OFFERED = {"source": "sources", "accepts": "items", "draws_on": "envelopes", "decision": "decisions"}
"""What fields offer that name no row of a table, or not of all of it."""

OPEN = ("What", "Said where", "Who may see it, and why it is recorded")
"""Groups that are open before anything stands in them."""


def table_of(kind: str) -> Table:
    """Return the table that a row of ``kind`` belongs to. Raises KeyError."""
    others = {"announcement": ANNOUNCEMENTS, "requirement": REQUIREMENTS}
    return COMMITMENTS if kind in COMMITMENT_KINDS else others[kind]


def kinds(who: Reader) -> list[tuple[str, str]]:
    """Return the kinds that ``who`` may record at least some of, each with what it is."""
    found = [(name, KINDS[name].meaning) for name in COMMITMENT_KINDS] if may(who, Act.PROMISE) else []
    if found:
        found.append(("announcement", "what was announced as one; the promises it is made of are recorded one by one"))
    if may(who, Act.REQUIRE):
        found.append(("requirement", "what a party needs, to be met by promises"))
    return found


def owner_of(table: Table) -> str:
    """Return the field that names whose row it is."""
    return "party" if table is REQUIREMENTS else "donor"


def may_state(who: Reader, table: Table, party: str | None = None) -> bool:
    """Return whether ``who`` may record rows of ``table`` for ``party`` (None: for some party)."""
    return may(who, Act.REQUIRE if table is REQUIREMENTS else Act.PROMISE, party)


def fields(kind: str, who: Reader, *, known: bool) -> dict[str, Field]:
    """Return by name the fields of the form, in the order of their groups; ``known``: for new terms of a known row."""
    table = table_of(kind)
    own = fields_of(kind) if table is COMMITMENTS else {field.name: field for field in table.fields}
    for field in EVIDENCE:
        if known and field.name in EVIDENCE_WORDS:
            title, meaning = EVIDENCE_WORDS[field.name]
            own[field.name] = replace(field, title=title, meaning=meaning)
    why = replace(NOTE, required=True, meaning="why it changes, for whoever reads the batch")
    own["note"] = why if known else NOTE
    if "state" in own and not who.sees_all:
        own["state"] = replace(own["state"], choices=tuple(one for one in STATES if one in OWN_STATES))
    left_out = ONLY_FIRST if known and table is COMMITMENTS else ()
    return {name: own[name] for _, names in GROUPS for name in names if name in own and name not in left_out}


def beginning(kind: str, who: Reader, given: Mapping[str, str]) -> dict[str, str]:
    """Return what the form for something new says before anybody types; ``given`` are words of the address."""
    own = min(who.own, default="")
    texts = {"key": "", "precision": "day", "priority": "3", "state": "draft", owner_of(table_of(kind)): own}
    if kind != "requirement":
        texts["day"] = date.today().isoformat()
    texts |= {name: given[name].replace("\x00", "")[:200] for name in fields(kind, who, known=False) if name in given}
    return texts | {"key": texts["key"] or free_key(kind, texts[owner_of(table_of(kind))], who)}


def free_key(kind: str, party: str, who: Reader) -> str:
    """Return a key for something new that nothing has which ``who`` may see."""
    seen, of, _ = VERSIONED[table_of(kind).name]
    stem = f"{party or kind}-{date.today():%Y%m%d}-"
    rows: Any = seen(who)
    taken = set(rows.filter(**{f"{of}__key__startswith": stem}).values_list(f"{of}__key", flat=True))
    return next(f"{stem}{number}" for number in range(1, len(taken) + 2) if f"{stem}{number}" not in taken)


def present(version: Any, kind: str, who: Reader) -> dict[str, str]:
    """Return what the form says of terms or a need as they stand."""
    row = row_of(version, table_of(kind), who)
    asked = fields(kind, who, known=True)
    if row.get("state", STATES[0]) not in asked.get("state", REQUIREMENTS["state"]).choices:
        row["state"] = "submitted"
    return {name: as_typed(field, row[name]) for name, field in asked.items() if name in row}


def typed(given: Mapping[str, str], asked: Collection[str]) -> dict[str, str]:
    """Return what was typed into the fields ``asked``."""
    return {name: given[name].replace("\x00", "")[:20_000] for name in asked if name in given}


def row(kind: str, texts: Mapping[str, str]) -> dict[str, Any]:
    """Return the row that the form stands for. A new passage takes the place of the one that the terms rest on."""
    found: dict[str, Any] = {name: text for name, text in texts.items() if name != "note"}
    if found.get("passage", "").strip():
        found["statement"] = ""
    return found | ({"kind": kind} if kind in COMMITMENT_KINDS else {})


def inputs(
    asked: Mapping[str, Field], texts: Mapping[str, str], who: Reader, faults: Sequence[Fault], version: Any
) -> list[dict[str, Any]]:
    """Return the fields as the page shows them; ``version`` are the present terms (None for something new)."""
    choices: dict[str, list[tuple[str, str]]] = {"statement": _passages(version, who)}
    if not who.sees_all:
        own = list(Party.objects.filter(code__in=who.own).order_by("code").values_list("code", "name"))
        choices |= {"donor": own, "party": own}
    return [
        shown(field, texts.get(name, ""), faults, who, offer=_offer(field), choices=choices.get(name),
              fixed=name == "key" and version is not None)
        for name, field in asked.items()
        if name != "statement" or choices["statement"]
    ]  # fmt: skip


def groups(shown_inputs: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return the inputs in their groups; one is open where something stands in it or is wrong."""
    found = []
    for title, names in GROUPS:
        own = [one for one in shown_inputs if one["field"].name in names]
        is_open = title in OPEN or any(one["text"] or one["faults"] for one in own)
        if own:
            found.append({"title": title, "inputs": own, "open": is_open})
    return found


def _offer(field: Field) -> str:
    return OFFERED.get(field.name) or offer_of(field)


def _passages(version: Any, who: Reader) -> list[tuple[str, str]]:
    """Return the known passages that new terms may rest on: those that the row rests on already."""
    if version is None:
        return []
    if hasattr(version, "commitment"):
        return passages(version, who)
    rows = statements_seen(who).filter(pk=version.statement_id).select_related("source")
    return [(one.digest, f"{one.source}: {one.passage}") for one in rows]
