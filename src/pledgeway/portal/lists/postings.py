"""The ledger line by line."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.urls import reverse

from pledgeway.access.deciding import Reader
from pledgeway.accounts.days import Day
from pledgeway.accounts.moves import Unknown
from pledgeway.accounts.quantities import from_parts
from pledgeway.accounts.stages import KINDS
from pledgeway.ledger.codes import ACTS, PRECISIONS
from pledgeway.ledger.disputing import disputed
from pledgeway.ledger.models import CommitmentTerms, CommitmentTotal, Position, Posting
from pledgeway.ledger.remembered import until_recorded
from pledgeway.ledger.seen import latest, postings_seen, requirements_seen, totals_seen
from pledgeway.portal.lists import commitments
from pledgeway.portal.tables import Column, Filter, Table, contains, since, until
from pledgeway.portal.tables.declaration import Rows
from pledgeway.portal.words import Quantity, spoken_posting_day
from pledgeway.registry.models import Party

MANY = 1_000
"""From how many commitments or positions on the whole ledger is gone through for their lines, the newest first."""
MOST_COUNTED = 1_000
"""How far lines are counted: nobody reads on, and counting them all would take longer than showing them."""


def rows(reader: Reader) -> QuerySet[Posting]:
    """Return the postings that ``reader`` may see, with all that a line shows."""
    return postings_seen(reader).select_related(
        "commitment", "batch", "statement__source", "source__requirement", "source__place", "target__requirement",
        "target__place",
    )  # fmt: skip


def table(reader: Reader) -> Table:
    """Return the table as ``reader`` sees it."""

    def complete(found: list[Any]) -> None:
        keys = {row.commitment_id for row in found}
        terms = latest(CommitmentTerms, "commitment").filter(commitment_id__in=keys)
        own = {one.commitment_id: one for one in terms.select_related("donor", "item", "commitment")}
        ends = [end for row in found for end in (row.source, row.target) if end is not None]
        wanted = {end.requirement_id for end in ends if end.requirement_id}
        seen = set(requirements_seen(reader).filter(requirement_id__in=wanted).values_list("requirement_id", flat=True))
        doubted = disputed("posting", [row.pk for row in found])
        for row in found:
            row.disputed = row.pk in doubted
            row.terms = own[row.commitment_id]
            row.seen_requirements = seen

    return Table(
        "postings",
        "Ledger",
        (
            Column("day", "Day", lambda row: row.day, date, "day", show=lambda row: spoken_posting_day(day_of(row))),
            Column("act", "What happened", in_words),
            Column("quantity", "Quantity", quantity, Quantity, "quantity",
                   show=lambda row: f"{quantity(row)} (disputed)" if row.disputed else str(quantity(row))),
            Column("unit", "Unit", lambda row: row.commitment.unit),
            Column("what", "Of", lambda row: commitments.what(row.terms),
                   link=lambda row: commitments.url_of(row.commitment.key)),
            Column("donor", "Donor", lambda row: row.terms.donor.name),
            Column("details", "Details", details, show=lambda row: details(row) or "none"),
            Column("evidence", "Evidence", lambda row: (row.statement and row.statement.source.title)
                   or (row.statement and row.statement.source.address), link=evidence),
            Column("batch", "Batch", lambda row: row.batch_id, int, "batch_id",
                   link=lambda row: reverse("batches-one", args=[row.batch_id])),
            Column("precision", "Day is known to", lambda row: PRECISIONS[row.precision].value, only_in_files=True),
            Column("commitment", "Commitment", lambda row: row.commitment.key, only_in_files=True),
            Column("from", "From", lambda row: stage_of(row.source), only_in_files=True),
            Column("to", "To", lambda row: stage_of(row.target), only_in_files=True),
            Column("recorded", "Recorded", lambda row: row.batch.recorded, datetime, only_in_files=True),
            Column("author", "By", lambda row: row.batch.author, only_in_files=True),
            Column("number", "Number", lambda row: row.pk, int, "pk", only_in_files=True),
            Column("disputed", "Disputed", lambda row: row.disputed, bool, only_in_files=True),
        ),
        (
            contains("q", "Search", ("commitment__key", "target__consignment", "target__lot")),
            Filter("donor", "Donor", lambda given, value: of_donor(_query(given), value),
                   lambda _: donors(reader), "choice"),
            Filter("kind", "Kind", lambda given, value: _query(given).filter(commitment__kind=value),
                   lambda _: [(kind, kind) for kind in KINDS], "choice"),
            Filter("stage", "To", lambda given, value: _query(given).filter(target__stage=value), _stages, "choice"),
            Filter("from", "From", lambda given, value: _query(given).filter(source__stage=value), _stages, "choice"),
            Filter("commitment", "Commitment", lambda given, value: _query(given).filter(commitment__key=value)),
            Filter("place", "Place", lambda given, value: _query(given).filter(target__place__code=value)),
            Filter("batch", "Batch", _of_batch, kind="number"),
            since("since", "Since", "day"),
            until("until", "Until", "day"),
        ),
        order="-number",
        empty="No posting that you may see fits.",
        complete=complete,
        marking=lambda row: row.terms.marking,
        most_counted=MOST_COUNTED,
    )  # fmt: skip


def _query(given: Rows) -> QuerySet[Any]:
    assert not isinstance(given, list)
    return given


@until_recorded
def donors(reader: Reader) -> list[tuple[str, str]]:
    """Return the codes and names of the donors of what ``reader`` may see, by name."""
    seen = totals_seen(reader).order_by().values("donor_id").distinct()
    pairs = Party.objects.filter(pk__in=seen).values_list("code", "name")
    return sorted(pairs, key=lambda pair: pair[1])


def _stages(_: Rows) -> list[tuple[str, str]]:
    names = {
        name
        for kind in KINDS.values()
        for name in (*(one.name for one in kind.chain), *(out.name for out in (*kind.ways_out, *kind.pauses)))
    }
    return [(name, name) for name in sorted(names)]


def of_donor(given: QuerySet[Posting], code: str) -> QuerySet[Posting]:
    """Return the lines of a donor's commitments: of many by going through the ledger, of few through them."""
    # By its number, of which PostgreSQL knows how much it has: by its code it would take any donor for a small one.
    donor = Party.objects.filter(code=code).values_list("pk", flat=True).first()
    totals = CommitmentTotal.objects.filter(donor_id=donor or 0)
    if totals[:MANY].count() == MANY:
        return given.filter(Exists(totals.filter(pk=OuterRef("commitment_id"))))
    return given.filter(commitment_id__in=totals.values("pk"))


def at_positions(given: QuerySet[Posting], own: QuerySet[Position], *ends: str) -> QuerySet[Posting]:
    """Return the lines that have one of the positions ``own`` at one of ``ends``, which are source and target.

    Of few positions the lines are found through their commitments, of many by going through the ledger.
    """
    few = list(own.values_list("pk", "commitment_id")[:MANY])
    at = Q()
    if len(few) < MANY:
        for end in ends:
            at |= Q(**{f"{end}_id__in": [pk for pk, _ in few]})
        return given.filter(at, commitment_id__in={commitment for _, commitment in few})
    for end in ends:
        at |= Q(Exists(own.filter(pk=OuterRef(f"{end}_id"))))
    return given.filter(at)


def _of_batch(given: Rows, value: str) -> Rows:
    if not (value.isascii() and value.isdecimal() and len(value) < 18):
        raise ValueError("a batch has a number")
    return _query(given).filter(batch_id=int(value))


def stage_of(end: Any) -> str:
    """Return the stage of one end of a posting."""
    return "" if end is None else end.stage


def in_words(row: Any) -> str:
    """Return what a posting did: "advance: pledged to committed"."""
    act = ACTS[row.act].value
    if row.source is None:
        return f"{act}: into {stage_of(row.target)}"
    if row.target is None:
        return f"{act}: out of {stage_of(row.source)}"
    if row.source.stage == row.target.stage:
        return f"{act}: within {row.source.stage}"
    return f"{act}: {row.source.stage} to {row.target.stage}"


def spoken_line(row: Any) -> str:
    """Return a posting in a few words: what happened, how much, when."""
    return f"{in_words(row)}, {quantity(row)} {row.commitment.unit}, {spoken_posting_day(day_of(row))}"


def quantity(row: Any) -> Quantity:
    """Return the quantity that a posting moved."""
    return Quantity(from_parts(row.quantity, row.commitment.decimals), row.unknown != Unknown.NONE)


def details(row: Any) -> str:
    """Return where the goods of a posting stand, in words, as far as the reader may see."""
    end = row.target or row.source
    parts = []
    if end.requirement is not None:
        seen = end.requirement_id in row.seen_requirements
        parts.append(f"for {end.requirement.key}" if seen else "for a requirement that is not shown to you")
    parts += [f"at {end.place.name}"] if end.place is not None else []
    parts += [f"consignment {end.consignment}"] if end.consignment else []
    parts += [f"lot {end.lot}"] if end.lot else []
    if row.reverses_id:
        parts.append(f"takes back line {row.reverses_id}")
    return ", ".join(parts)


def evidence(row: Any) -> str | None:
    """Return the address of the passage that a posting rests on."""
    return reverse("statements-one", args=[row.statement_id]) if row.statement_id else None


def day_of(row: Any) -> Day:
    """Return the day of a posting with its precision."""
    return Day(row.day, PRECISIONS[row.precision])
