"""What waits for a reader's desk, beside proposals: each task with a link to its row."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from django.db.models import Exists, OuterRef, Q, QuerySet

from pledgeway.access.deciding import Reader
from pledgeway.access.roles import Role
from pledgeway.accounts.figures import Amount
from pledgeway.accounts.stages import KINDS
from pledgeway.ledger.disputing import disputes_seen
from pledgeway.ledger.models import CommitmentTerms, Dispute, Position
from pledgeway.ledger.seen import commitments_seen, latest, requirements_seen
from pledgeway.portal.lists import commitments, disputes, requirements
from pledgeway.portal.words import Quantity, counted, spoken

MOST = 100
"""How many tasks of a group are shown; all are counted."""
_GOODS = [stage.name for stage in KINDS["goods"].chain]
NOT_ON_ITS_WAY = tuple(_GOODS[: _GOODS.index("in transit")])


class Task(NamedTuple):
    """One thing to do: the row, where it leads, and what is the matter in a few words."""

    what: str
    link: str
    details: str


class Group(NamedTuple):
    """Tasks of one kind; ``total`` counts those that are not shown too."""

    name: str
    meaning: str
    total: int
    tasks: list[Task]


def tasks(reader: Reader, today: date) -> list[Group]:
    """Return what ``reader`` has to do, the most pressing first; a coordinator looks after every party's rows."""
    makers: list[Callable[[], Group]] = []
    if reader.role in (Role.COORDINATOR, Role.RECIPIENT_DESK):
        makers.append(lambda: _overdue(reader, today))
    if reader.role in (Role.COORDINATOR, Role.DONOR_DESK):
        makers.append(lambda: _not_sent(reader, today))
    if reader.role is Role.HUB_OPERATOR and reader.place:
        makers.append(lambda: _to_count_in(reader))
    if reader.role is Role.RECIPIENT_DESK:
        makers.append(lambda: _to_countersign(reader))
    if reader.role is Role.COORDINATOR:
        makers.append(lambda: _to_validate(reader))
    if reader.role in (Role.COORDINATOR, Role.DONOR_DESK, Role.RECIPIENT_DESK):
        makers.append(lambda: _disputed(reader))
    return [group for group in (make() for make in makers) if group.total]


def _own(rows: QuerySet[Any], reader: Reader, owner: str) -> QuerySet[Any]:
    return rows if reader.sees_all else rows.filter(**{f"{owner}__in": sorted(reader.own)})


def _overdue(reader: Reader, today: date) -> Group:
    late = _own(requirements.rows(reader), reader, "party__code").filter(state="validated", due__lt=today)
    held = requirements.given(reader, late.order_by().values("requirement_id"))
    asked = late.order_by("due", "priority", "pk").values_list("pk", "requirement_id", "quantity")
    left = {pk: quantity - held.get((number, "delivered"), Decimal(0)) for pk, number, quantity in asked}
    lacking = {pk: quantity for pk, quantity in left.items() if quantity > 0}
    shown = list(lacking)[:MOST]
    rows: list[Any] = sorted(late.filter(pk__in=shown), key=lambda row: shown.index(row.pk))
    requirements.completer(reader)(rows)
    found = [
        Task(_need(row), requirements.url_of(row.requirement.key),
             f"for {row.party.name}, due {spoken(row.due)}, {counted(lacking[row.pk], row.unit)} not delivered")
        for row in rows
    ]  # fmt: skip
    return Group("overdue", "needs whose day has passed and that are not delivered in full", len(lacking), found)


def _need(row: Any) -> str:
    return ", ".join(row.items) or str(row.requirement.key)


def _not_sent(reader: Reader, today: date) -> Group:
    held = _held(Q(stage__in=NOT_ON_ITS_WAY, commitment_id=OuterRef("commitment_id")))
    late = _own(commitments.rows(reader), reader, "donor__code").filter(
        Exists(held), available_until__lt=today, total__kind="goods"
    )
    # All are found once, by their numbers alone: counting them and looking for the first are the same work.
    numbers = list(late.order_by("available_until", "pk").values_list("pk", flat=True))
    shown = commitments.rows(reader).filter(pk__in=numbers[:MOST]).order_by("available_until", "pk")
    found = [
        Task(commitments.what(row), commitments.url_of(row.commitment.key),
             f"from {row.donor.name}, was to leave by {spoken(row.available_until)}")
        for row in shown
    ]  # fmt: skip
    meaning = "promises whose window has ended while some of it stands before in transit"
    return Group("late to leave", meaning, len(numbers), found)


def _held(condition: Q) -> QuerySet[Position]:
    return Position.objects.filter(condition).exclude(quantity=0, marks=0)


def _to_count_in(reader: Reader) -> Group:
    bound = requirements_seen(reader).filter(place__code=reader.place)
    here = Q(place__code=reader.place) | Q(requirement_id__in=bound.values("requirement_id"))
    seen = commitments_seen(reader).values("commitment_id")
    rows = _held(Q(stage="in transit", commitment_id__in=seen) & here)
    return _of_positions("to count in", "goods on their way to your place", rows)


def _to_countersign(reader: Reader) -> Group:
    before = Q()
    for name, kind in KINDS.items():
        chain = [stage.name for stage in kind.chain]
        if "received" in chain:
            before |= Q(commitment__kind=name, stage=chain[chain.index("received") - 1])
    seen = commitments_seen(reader)
    to_own = seen.filter(recipient__code__in=sorted(reader.own)).values("commitment_id")
    for_own = requirements_seen(reader).filter(party__code__in=sorted(reader.own)).values("requirement_id")
    whose = Q(commitment_id__in=to_own) | Q(requirement_id__in=for_own, commitment_id__in=seen.values("commitment_id"))
    return _of_positions("to countersign", "handed over to you, and not yet countersigned", _held(before & whose))


def _of_positions(name: str, meaning: str, rows: QuerySet[Position]) -> Group:
    shown = list(rows.select_related("commitment").order_by("last_day", "pk")[:MOST])
    numbers = [row.commitment_id for row in shown]
    promises = latest(CommitmentTerms, "commitment").filter(commitment_id__in=numbers).select_related("donor", "item")
    terms_of = {one.commitment_id: one for one in promises}
    found = []
    for row in shown:
        terms: Any = terms_of[row.commitment_id]
        known = Quantity.of(Amount(row.quantity, row.marks), row.commitment.decimals)
        paper = f", consignment {row.consignment}" if row.consignment else ""
        said = f"{counted(known, row.commitment.unit)} from {terms.donor.name}{paper}, since {spoken(row.last_day)}"
        found.append(Task(commitments.what(terms), commitments.url_of(row.commitment.key), said))
    return Group(name, meaning, rows.count(), found)


def _to_validate(reader: Reader) -> Group:
    rows = requirements.rows(reader).filter(state="submitted")
    shown: list[Any] = list(rows.order_by("due", "pk")[:MOST])
    requirements.completer(reader)(shown)
    found = [
        Task(_need(row), requirements.url_of(row.requirement.key),
             f"for {row.party.name}, {counted(row.quantity, row.unit)} by {spoken(row.due)}")
        for row in shown
    ]  # fmt: skip
    return Group("to validate", "needs that were submitted", rows.count(), found)


def _disputed(reader: Reader) -> Group:
    rows = disputes_seen(reader).filter(state=Dispute.OPEN)
    if not reader.sees_all:
        promised = _own(commitments_seen(reader), reader, "donor__code").values("commitment_id")
        needed = _own(requirements_seen(reader), reader, "party__code").values("requirement_id")
        rows = rows.filter(Q(commitment_id__in=promised) | Q(requirement_id__in=needed))
    shown: list[Any] = list(rows.select_related("commitment", "requirement").order_by("opened", "pk")[:MOST])
    disputes.complete(shown, reader)
    found = [
        Task(row.about, disputes.url_of(row.pk), f"{disputes.figure(row)}: {row.comment[:200]} ({row.opened_by})")
        for row in shown
    ]
    meaning = "figures that somebody doubts" if reader.sees_all else "figures of yours that somebody doubts"
    return Group("disputed", meaning, rows.count(), found)
