"""Faults of totals and of turnovers by stage: what they say beside what the terms and postings come to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from django.db import connection

from pledgeway.access.deciding import PUBLIC
from pledgeway.accounts.book import Book
from pledgeway.accounts.rules import Spot
from pledgeway.accounts.stages import KINDS, SERVED
from pledgeway.ledger.models import CommitmentTerms, CommitmentTotal, Marking, RequirementTotal
from pledgeway.ledger.totals import ALL_DONORS, DELIVERED, NOWHERE

Codes = tuple[str, ...]
Group = tuple[str, Codes, str, str, int, str]
StageTurnovers = dict[tuple[Group, tuple[str, str, str, int]], list[int]]
EVERYBODY = "all donors"


def codes_of(marking: list[str]) -> Codes:
    """Return a marking as totals keep it."""
    return tuple(sorted(set(marking)))


def group_of(row: CommitmentTerms) -> Group:
    """Return what totals by stage know of a commitment by its latest terms; they are of all donors, or of this one."""
    of = row.commitment
    return row.donor.code, codes_of(row.marking), of.kind, of.unit, of.decimals, row.item.code if row.item else ""


def total_faults(book: Book, terms: Mapping[str, CommitmentTerms], turned: StageTurnovers) -> Iterator[str]:
    """Yield every fault of the totals, and of turnovers by stage.

    ``terms`` are the latest by commitment, ``book`` holds what was posted, ``turned`` what that changed (quantity and
    marks) by stage, way out, place and chapter.
    """
    held = {spot: own for spot in book.histories if (own := book.held(spot)) is not None}
    yield from _of_commitments(held, terms)
    stands = (
        (group_of(terms[key]), (at.stage, at.left, at.place), (own.quantity, own.marks))
        for (key, at), own in held.items() if key in terms
    )  # fmt: skip
    yield from _differing("total by stage", _stages(stands), _stored_stages("ledger_stagetotal"))
    changes = ((group, at, own) for (group, at), own in turned.items())
    stored = _stored_stages("ledger_stageturnover", "t.chapter, ")
    yield from _differing("turnover by stage", _stages(changes), stored)
    yield from _differing("total by requirement", _requirements(held, terms), _stored_requirements())


def _of_commitments(held: Mapping[Spot, Any], terms: Mapping[str, CommitmentTerms]) -> Iterator[str]:
    wanted: dict[str, list[Any]] = {}
    for key, row in terms.items():
        of = row.commitment
        wanted[key] = [
            row.pk, row.donor_id, codes_of(row.marking), row.item_id or 0, row.place_id or 0, of.kind, of.unit,
            of.decimals, 0, 0, 0, NOWHERE,
        ]  # fmt: skip
    for (key, position), own in held.items():
        if key in wanted:
            line, kind = wanted[key], terms[key].commitment.kind
            rank = _rank(kind, position.left or position.stage)
            line[-4] += own.quantity
            line[-3] += own.marks
            line[-2] += own.quantity if rank >= _rank(kind, DELIVERED) > NOWHERE else 0
            if own.quantity or own.marks:
                line[-1] = max(line[-1], rank)
    markings = {one.pk: tuple(one.codes) for one in Marking.objects.all()}
    names = ("terms", "donor", "marking", "item", "place", "kind", "unit", "decimals", "promised", "marks", "delivered",
             "furthest")  # fmt: skip
    for total in CommitmentTotal.objects.select_related("commitment").iterator(chunk_size=2_000):
        key = total.commitment.key
        stored = [
            total.terms_id, total.donor_id, markings.get(total.marking_id), total.item, total.place, total.kind,
            total.unit, total.decimals, total.promised, total.marks, total.delivered, total.furthest,
        ]  # fmt: skip
        for name, is_, should in zip(names, stored, wanted.pop(key, [None] * len(names)), strict=True):
            if is_ != should:
                yield f"total of commitment {key}: {name} is {is_} in the ledger, {should} by its terms and postings"
    yield from (f"total of commitment {key}: it is not in the ledger" for key in wanted)


def _rank(kind: str, stage: str) -> int:
    """Return the rank of a stage; that of nowhere for what the kind has not, which is a fault of its own."""
    return KINDS[kind].rank(stage) if kind in KINDS and KINDS[kind].stage(stage) else NOWHERE


def _stages(sums: Iterable[tuple[Group, tuple[Any, ...], Sequence[int]]]) -> Counter[tuple[Any, ...]]:
    found: Counter[tuple[Any, ...]] = Counter()
    for (own, marking, *rest), at, (quantity, marks) in sums:
        for donor in (EVERYBODY,) if PUBLIC in marking else (EVERYBODY, own):
            found[donor, marking, *rest, *at, "quantity"] += quantity
            found[donor, marking, *rest, *at, "marks"] += marks
    return found


def _stored_stages(table: str, chapter: str = "") -> Counter[tuple[Any, ...]]:
    left = connection.ops.quote_name("left")
    markings = {one.pk: tuple(one.codes) for one in Marking.objects.all()}
    found: Counter[tuple[Any, ...]] = Counter()
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT CASE WHEN t.donor = {ALL_DONORS} THEN '{EVERYBODY}' ELSE p.code END, t.marking_id, t.kind, "
            f"t.unit, t.decimals, CASE WHEN t.item = 0 THEN '' ELSE i.code END, t.stage, t.{left}, "
            f"CASE WHEN t.place = 0 THEN '' ELSE l.code END, {chapter}t.quantity, t.marks FROM {table} t "
            "LEFT JOIN registry_party p ON p.id = t.donor LEFT JOIN registry_item i ON i.id = t.item "
            "LEFT JOIN registry_place l ON l.id = t.place"
        )
        for donor, marking, *rest, quantity, marks in cursor.fetchall():
            found[donor, markings.get(marking), *rest, "quantity"] += quantity
            found[donor, markings.get(marking), *rest, "marks"] += marks
    return found


def _requirements(held: Mapping[Spot, Any], terms: Mapping[str, CommitmentTerms]) -> Counter[tuple[Any, ...]]:
    found: Counter[tuple[Any, ...]] = Counter()
    for (key, position), own in held.items():
        if key in terms and position.requirement and not position.left:
            row = terms[key]
            group = (position.requirement, row.donor.code, codes_of(row.marking), row.commitment.decimals)
            for figure, stages in SERVED.items():
                found[*group, figure] += own.quantity if position.stage in stages else 0
    return found


def _stored_requirements() -> Counter[tuple[Any, ...]]:
    found: Counter[tuple[Any, ...]] = Counter()
    for row in RequirementTotal.objects.select_related("requirement", "donor", "marking").iterator(chunk_size=2_000):
        group = (row.requirement.key, row.donor.code, tuple(row.marking.codes), row.decimals)
        for figure in SERVED:
            found[*group, figure] += getattr(row, figure)
    return found


def _differing(what: str, wanted: Counter[tuple[Any, ...]], stored: Counter[tuple[Any, ...]]) -> Iterator[str]:
    for key in wanted.keys() | stored.keys():
        if wanted[key] != stored[key]:
            *group, name = key
            words = ", ".join(str(part) for part in group if part not in ("", None))
            yield (f"{what} of {words}: {name} {stored[key]} in the ledger, {wanted[key]} by its terms and postings")
