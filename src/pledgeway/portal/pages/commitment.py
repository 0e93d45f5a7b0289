"""One commitment: where it stands, its terms and all their versions, and its ledger line by line."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse

from pledgeway.access.deciding import may
from pledgeway.access.roles import Act
from pledgeway.accounts.figures import Amount
from pledgeway.accounts.quantities import plural
from pledgeway.accounts.stages import KINDS
from pledgeway.intake.said import pairs
from pledgeway.ledger.models import CommitmentTerms
from pledgeway.ledger.seen import announcements_seen, commitments_seen
from pledgeway.pictures.stage_bar import stage_bar
from pledgeway.portal.lists import commitments, postings
from pledgeway.portal.middleware import reader
from pledgeway.portal.pages import posting
from pledgeway.portal.pages.disputes import about_row, figures_of
from pledgeway.portal.pages.listing import listing
from pledgeway.portal.words import Quantity, counted, exact, spoken


def page(request: HttpRequest, key: str) -> HttpResponse:
    """The page of the commitment ``key``."""
    who = reader(request)
    terms: Any = commitments.rows(who).filter(commitment__key=key).first()
    if terms is None:
        raise Http404
    commitments.complete([terms])
    lines = postings.rows(who).filter(commitment_id=terms.commitment_id)
    versions = list(
        CommitmentTerms.objects.filter(commitment_id=terms.commitment_id)
        .select_related("batch", "donor", "recipient", "item", "place", "statement__source")
        .order_by("pk")
    )
    announced = None
    if terms.announcement_id is not None:
        announced = announcements_seen(who).filter(announcement_id=terms.announcement_id).first()
    return listing(
        request,
        posting.with_reversals(postings.table(who), who),
        lines,
        template="portal/commitment.html",
        more={
            "post": reverse("commitments-post", args=[key]) if posting.may_post_to(terms, who) else "",
            "change": reverse("commitments-terms", args=[key]) if may(who, Act.PROMISE, terms.donor.code) else "",
            "change_announced": reverse("announcements-terms", args=[announced.announcement.key])
            if announced is not None and may(who, Act.PROMISE, announced.donor.code)
            else "",
            "title": commitments.what(terms),
            "terms": terms,
            "answer": answer(terms),
            "stages": standing(terms.stand),
            "unit": plural(terms.commitment.unit),
            "bar": stage_bar(terms.stand.kind, terms.stand.now_at()),
            "kind": KINDS[terms.commitment.kind],
            "facts": facts(terms, who),
            "versions": changes(versions),
            "announced": announced,
            "disputes": about_row(who, "commitment", terms.commitment_id, key, figures_of(terms.commitment, lines)),
        },
    )


def answer(terms: Any) -> str:
    """Return in a sentence who promised what to whom, and how much of it came."""
    stand = terms.stand
    chain = [stage.name for stage in KINDS[stand.kind].chain]
    furthest = next((stage for stage in reversed(chain) if stand.reached(stage) != Amount()), chain[0])
    whom = f" to {terms.recipient.name}" if terms.recipient else ""
    said = f"{terms.donor.name} promised {counted(Quantity.of(stand.promised, stand.decimals), stand.unit)}{whom}"
    if furthest == chain[0]:
        return f"{said}; none of it is known to have gone further than {furthest}."
    return f"{said}; {Quantity.of(stand.reached(furthest), stand.decimals)} of it reached {furthest}."


def standing(stand: Any) -> list[dict[str, Any]]:
    """Return the stages in the chain's order, then the ways out that were taken: name, meaning, what stands there."""
    of = KINDS[stand.kind]
    found = []
    for name, amount in stand.now_at().items():
        stage, out = of.stage(name), of.outside(name)
        if stage is None and amount == Amount():
            continue
        meaning = stage.meaning if stage else out.meaning if out else ""
        found.append(
            {"name": name, "meaning": meaning, "quantity": Quantity.of(amount, stand.decimals), "out": stage is None}
        )
    return found


def facts(terms: Any, who: Any) -> list[tuple[str, str]]:
    """Return the terms as titles and words."""
    value = ""
    if terms.value is not None:
        value = f"{exact(terms.value)} {terms.currency} {terms.basis}".strip()
        if terms.converted is not None:
            value += f" ({exact(terms.converted)} {terms.converted_currency} as the source converted it)"
    state = f"({terms.condition_state})" if terms.condition_state else ""
    window = ""
    if terms.available_from or terms.available_until:
        window = f"{spoken(terms.available_from)} to {spoken(terms.available_until)}"
    found = [
        ("Text", terms.text), ("Promised on", spoken(postings.day_of(terms).latest)), ("Purpose", terms.purpose),
        ("Place", terms.place and terms.place.name), ("Window", window), ("Stated value", value),
        ("Condition", f"{terms.condition} {state}".strip()),
        ("Decision", terms.decision), ("Marking", ", ".join(terms.marking)), ("Key", terms.commitment.key),
    ]  # fmt: skip
    found += [("Only for", ", ".join(terms.only_for or ())), ("In storage", terms.in_storage and "yes")]
    for name in ("payer", "supplier", "carrier"):
        party = getattr(terms, name)
        found.append((name.capitalize(), party and party.name))
    for name, title in (("draws_on_id", "Draws on"), ("reimburses_id", "Reimburses")):
        other = commitments_seen(who).filter(commitment_id=getattr(terms, name)).select_related("commitment").first()
        found.append((title, other and other.commitment.key))
    return [(title, str(words)) for title, words in found if words]


COMPARED = (
    "text", "donor", "recipient", "purpose", "day", "value", "currency", "item", "place", "available_from",
    "available_until", "condition", "condition_state", "decision", "marking", "basis", "converted",
    "converted_currency", "payer", "supplier", "carrier", "only_for", "in_storage",
)  # fmt: skip


def changes(versions: list[Any], compared: Sequence[str] = COMPARED) -> list[dict[str, Any]]:
    """Return the versions of terms, the newest first, each with what it changed of ``compared`` in words."""
    found = []
    for before, after in zip([None, *versions], versions, strict=False):
        words = [
            f"{name.replace('_', ' ')}: {_held(before, name)} became {_held(after, name)}"
            for name in compared
            if before is not None and getattr(before, name) != getattr(after, name)
        ]
        found.append({"terms": after, "words": words or ["recorded first" if before is None else "recorded again"]})
    return found[::-1]


def _held(version: Any, name: str) -> str:
    value = getattr(version, name)
    return spoken([code if factor == "1" else f"{code}={factor}" for code, factor in pairs(value)]
                  if name == "accepts" else value)  # fmt: skip
