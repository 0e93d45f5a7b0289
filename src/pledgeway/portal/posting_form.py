"""The form for one posting: which fields its step needs, what they begin with, and the row that they make."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from pledgeway.access.deciding import Reader
from pledgeway.accounts.figures import Amount
from pledgeway.accounts.moves import DETAILS, Position
from pledgeway.accounts.quantities import from_parts
from pledgeway.accounts.stages import KINDS, Act, Step
from pledgeway.ledger.models import CommitmentTerms, Posting
from pledgeway.ledger.permission import own_need
from pledgeway.ledger.seen import statements_seen
from pledgeway.portal.inputs import MOST_OFFERED, shown
from pledgeway.tables.faults import Fault
from pledgeway.tables.fields import Field, Kind
from pledgeway.tables.recording import EVIDENCE, POSTINGS

ON_THE_WAY = "in transit"
"""The stage at which the place that a position names is where the goods are bound."""
OFFERED = {"to_place": "places", "to_requirement": "needs", "source": "sources"}
"""What fields offer while somebody types."""

NOTE = Field("note", "Note", Kind.TEXT, "why it is posted, for whoever reads the batch", required=False, long=True)
WORDS = {
    "to_requirement": ("Requirement", "what it goes to"),
    "to_place": ("Place", "where it is then"),
    "to_consignment": ("Consignment", "the paper that it travels under"),
    "to_lot": ("Lot", "lot or serial numbers"),
    "statement": ("Evidence: a known passage", "one that this commitment rests on already"),
    "source": ("Or a new passage: its source", "the address of the document"),
}
"""Titles and meanings where a form for one step says it more simply than the table of all postings."""


def fields(step: Step, amount: Amount, terms: Any) -> dict[str, Field]:
    """Return the fields of the form for ``step``, by their names, where ``amount`` stands at its beginning."""
    act, _, after = step
    names = ["quantity"]
    if amount.marks or act in (Act.PROMISE, Act.AMEND):
        names.append("unknown")
    names += ["day", "precision"]
    stage = KINDS[terms.commitment.kind].stage(after) if after else None
    needed = stage.needed if stage is not None else frozenset()
    names += [f"to_{detail}" for detail in DETAILS if stage is not None and detail in stage.details]
    names += [field.name for field in EVIDENCE]
    found = {name: POSTINGS[name] for name in names}
    for name, (title, meaning) in WORDS.items():
        if name in found:
            found[name] = replace(found[name], title=title, meaning=meaning)
    if after == ON_THE_WAY:
        found["to_place"] = replace(
            found["to_place"], title="Bound for", meaning="the next hub, or where it is handed over"
        )
    for detail in needed:
        found[f"to_{detail}"] = replace(found[f"to_{detail}"], required=True)
    found["quantity"] = replace(found["quantity"], unit=terms.commitment.unit, meaning="how much of it")
    found["day"] = replace(found["day"], required=True, meaning="by the latest that it can have been")
    found["passage"] = replace(found["passage"], long=True)
    return found | {"note": NOTE}


def beginning(terms: Any, source: Position | None, amount: Amount, step: Step, who: Reader) -> dict[str, str]:
    """Return what the form says before anybody types: all of what is known, today, and where it stands."""
    texts = {"quantity": "", "unknown": "none", "day": date.today().isoformat(), "precision": "day", "note": ""}
    if source is not None and amount.quantity:
        texts["quantity"] = f"{from_parts(amount.quantity, terms.commitment.decimals):f}"
    if source is not None:
        texts |= {f"to_{detail}": getattr(source, detail) for detail in DETAILS}
    if step[2] == ON_THE_WAY:
        texts["to_place"] = ""
    if source is not None and not source.requirement:
        texts["to_requirement"] = own_need(terms.commitment.key, who)
    if who.place and step[0] in (Act.ADVANCE, Act.FIND) and step[2] in ("at hub", "delivered"):
        texts["to_place"] = who.place
    return texts


def typed(given: Mapping[str, str]) -> dict[str, str]:
    """Return what was typed into the fields that there are."""
    names = [*(field.name for field in POSTINGS.fields), "note"]
    return {name: given[name].replace("\x00", "")[:20_000] for name in names if name in given}


def row(terms: Any, source: Position | None, step: Step, texts: Mapping[str, str]) -> dict[str, Any]:
    """Return the row of the table of postings that the form stands for."""
    act, _, after = step
    found: dict[str, Any] = {name: text for name, text in texts.items() if name != "note"}
    found |= {"commitment": terms.commitment.key, "act": act.value}
    if source is not None:
        found |= {f"from_{name}": value for name, value in source._asdict().items()}
    if after is not None:
        found["to_stage"] = after
        if KINDS[terms.commitment.kind].stage(after) is None and source is not None:
            found["to_left"] = source.left or source.stage
            found |= {f"to_{detail}": getattr(source, detail) for detail in DETAILS}
    return found


def inputs(
    asked: Mapping[str, Field], texts: Mapping[str, str], terms: Any, who: Reader, faults: Sequence[Fault]
) -> list[dict[str, Any]]:
    """Return the fields as the page shows them: what they say, what they offer, and their faults."""
    known = passages(terms, who) if "statement" in asked else []
    return [
        shown(field, texts.get(name, ""), faults, who, offer=OFFERED.get(name, ""),
              choices=known if name == "statement" else None)
        for name, field in asked.items()
        if name != "statement" or known
    ]  # fmt: skip


def passages(terms: Any, who: Reader) -> list[tuple[str, str]]:
    """Return the passages that the commitment rests on, the latest first."""
    lines = Posting.objects.filter(commitment=terms.commitment).values("statement_id")
    versions = CommitmentTerms.objects.filter(commitment=terms.commitment).values("statement_id")
    own = statements_seen(who).filter(pk__in=lines) | statements_seen(who).filter(pk__in=versions)
    rows = own.select_related("source").order_by("-pk").distinct()[:MOST_OFFERED]
    return [(one.digest, f"{one.source}: {one.passage}") for one in rows]
