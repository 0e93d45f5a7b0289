"""What needs somebody's attention, in words, each with a link to the rows it counts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import NamedTuple
from urllib.parse import urlencode

from django.db.models import Exists, OuterRef
from django.urls import reverse

from pledgeway.access.deciding import Reader
from pledgeway.ledger.balances import balances
from pledgeway.ledger.disputing import disputes_seen
from pledgeway.ledger.models import Dispute, Position
from pledgeway.ledger.seen import totals_seen
from pledgeway.pictures import words
from pledgeway.plans import adopting, answering, running
from pledgeway.plans.models import DONE, Proposal
from pledgeway.portal.overview.coverage import Need
from pledgeway.registry.models import Place

FULL = 0.8
"""The share of its storage from which a place is near its limit."""
SOON = timedelta(days=3)
"""Proposals that expire within this are told."""


class Alert(NamedTuple):
    """What is the matter (after the figure that can be opened), where it leads, and how it is marked."""

    rows: str
    words: str
    link: str
    state: str = "late"


def alerts(reader: Reader, needs: Sequence[Need], mass_of: Mapping[str, float], today: date) -> list[Alert]:
    """Return what ``reader`` should know of, the gravest first."""
    return [*_overdue(needs, today), *_lost(reader, mass_of), *_disputed(reader), *_full(reader, mass_of),
            *_expiring(reader, today), *_stale(reader)]  # fmt: skip


def _list(name: str, **said: object) -> str:
    return f"{reverse(name)}?{urlencode(said)}"


def _overdue(needs: Sequence[Need], today: date) -> list[Alert]:
    late = [row for row in needs if row.due is not None and row.due < today and row.delivered < row.quantity]
    if not late:
        return []
    first = min(row.priority for row in late)
    count = sum(row.priority == first for row in late)
    link = _list("requirements", state="validated", until=today - timedelta(days=1), covered="not delivered")
    return [Alert(words.count(len(late), "need"), f"overdue and not delivered in full, {count} of priority {first}",
                  link, "unmet")]  # fmt: skip


def _lost(reader: Reader, mass_of: Mapping[str, float]) -> list[Alert]:
    lines = balances(["item"], None, {"kind": ["goods"], "stage": ["lost"]}, reader)
    if not lines:
        return []
    tonnes = sum(float(line.quantity) * mass_of.get(line.group["item"] or "", 0.0) for line in lines)
    heavy = f", {words.tonnes(tonnes)}" if tonnes else ""
    # Asked of each position: few are lost, of many commitments.
    seen = totals_seen(reader).filter(kind="goods", pk=OuterRef("commitment_id"))
    held = Position.objects.filter(Exists(seen), stage="lost")
    count = held.exclude(quantity=0, marks=0).values("commitment").distinct().count()
    return [Alert(words.count(count, "promise"), f"of which goods were lost{heavy}",
                  _list("commitments", kind="goods", stage="lost"), "unmet")]  # fmt: skip


def _disputed(reader: Reader) -> list[Alert]:
    if reader.role is None:
        return []
    open_ones = disputes_seen(reader).filter(state=Dispute.OPEN)
    count, silent = open_ones.count(), open_ones.filter(answers=None).count()
    return [Alert(words.count(count, "dispute"), f"{'is' if count == 1 else 'are'} open, {silent} without an answer",
                  _list("disputes", state=Dispute.OPEN))] if count else []  # fmt: skip


def _full(reader: Reader, mass_of: Mapping[str, float]) -> list[Alert]:
    if reader.role is None:
        return []
    stores = Place.objects.filter(storage_t__gt=0).values_list("code", "storage_t")
    limits = {code: limit for code, limit in stores if limit is not None}
    names = dict(Place.objects.values_list("code", "name"))
    held: dict[str, float] = {}
    for line in balances(["place", "item"], None, {"kind": ["goods"], "stage": ["at hub"]}, reader):
        place, mass = line.group["place"], mass_of.get(line.group["item"] or "", 0.0)
        held[place] = held.get(place, 0.0) + float(line.quantity) * mass
    full = sorted((tonnes / limits[place], place) for place, tonnes in held.items() if place in limits)
    return [
        Alert(names[place], f"holds {words.percent(share)} of what it can store", reverse("places-one", args=[place]))
        for share, place in reversed(full) if share >= FULL
    ]  # fmt: skip


def _expiring(reader: Reader, today: date) -> list[Alert]:
    if reader.role is None:
        return []
    count = answering.proposals_seen(reader).filter(
        state=Proposal.OPEN, expires__gte=today, expires__lte=today + SOON
    ).count()  # fmt: skip
    return [Alert(words.count(count, "proposal"), f"expire within {SOON.days} days unanswered",
                  _list("proposals", state=Proposal.OPEN))] if count else []  # fmt: skip


def _stale(reader: Reader) -> list[Alert]:
    run = running.runs_seen(reader).filter(state=DONE).order_by("-pk").only("pk", "name", "batch").first()
    newer = adopting.since_snapshot(run).count() if run is not None else 0
    if run is None or not newer:
        return []
    return [Alert(words.count(newer, "batch", "batches"), f"were recorded since the latest plan, {run.name} {run.pk}",
                  reverse("plans-one", args=[run.pk]))]  # fmt: skip
