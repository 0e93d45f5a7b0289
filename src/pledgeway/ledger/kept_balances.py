"""Balances from what is kept beside the postings: totals of the present, turnovers of any day."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from django.db import connection

from pledgeway.access.deciding import Reader
from pledgeway.ledger.chapters import Known, known_by
from pledgeway.ledger.cuts import Cut
from pledgeway.ledger.reading import as_day
from pledgeway.ledger.remembered import until_recorded
from pledgeway.ledger.seen import markings_seen, requirements_seen, totals_seen
from pledgeway.ledger.totals import ALL_DONORS
from pledgeway.registry.models import Place

PRESENT = {
    "kind": "t.kind", "item": "t.item", "stage": "t.stage", "left": 't."left"', "place": "l.code",
}  # fmt: skip
"""Dimensions that totals by stage answer now, and as known at any batch."""
OF_A_DAY = {"donor": "donor_id", "kind": "kind", "stage": "stage", "left": '"left"'}
"""Dimensions that turnovers answer, on any day and as known at any batch."""
BY_COMMITMENT = {
    "donor": "t.donor_id", "kind": "t.kind", "item": "t.item", "stage": "p.stage", "left": 'p."left"',
}  # fmt: skip
"""Dimensions that commitments' totals answer together with what their positions hold."""

Condition = tuple[str, list[Any]]


def kept_query(
    by: Sequence[str], cut: Cut, where: Mapping[str, Sequence[Any]], reader: Reader | None
) -> Condition | None:
    """Return the query that answers a balance from what is kept, with its parameters; None where none does."""
    asked = {*by, *where}
    if reader is not None and reader.post:
        return None  # what passes the reader's place is seen too, and totals do not tell what does
    if cut.as_of is None and asked <= PRESENT.keys() and not ("item" in asked and _differ("item_id", cut)):
        return _by_stage(by, cut, where, reader)
    if asked <= OF_A_DAY.keys() and not ("donor" in asked and _differ("donor_id", cut)):
        return _of_a_day(by, cut, where, reader)
    if cut == Cut() and asked <= BY_COMMITMENT.keys():
        return _by_commitment(by, where, reader)
    return None


def _by_stage(by: Sequence[str], cut: Cut, where: Mapping[str, Sequence[Any]], reader: Reader | None) -> Condition:
    columns = ", ".join([*(PRESENT[name] for name in by), "t.unit", "t.decimals"])
    narrowed, parameters = narrowing(PRESENT, where)
    held, of_held = _held_by_stage(cut, reader)
    return (
        f"SELECT {columns}, SUM(t.quantity), SUM(t.marks) FROM ({held}) t "
        f"LEFT JOIN registry_place l ON l.id = t.place WHERE 1 = 1{narrowed} GROUP BY {columns}"
    ), [*of_held, *parameters]


def _held_by_stage(cut: Cut, reader: Reader | None) -> Condition:
    """Return what stood by stage at ``cut`` as far as ``reader`` sees it: now, or from chapters and a few postings."""
    seen, of_seen = stage_totals_seen(reader)
    columns = 't.kind, t.unit, t.decimals, t.item, t.stage, t."left", t.place, t.quantity, t.marks'
    if cut.known_at is None:
        return f"SELECT {columns} FROM ledger_stagetotal t WHERE {seen}", of_seen
    known = known_by(cut.known_at)
    marked, own = _seen(reader, "t.donor_id")
    of = 't.kind, t.unit, t.decimals, t.item, s.stage, s."left", COALESCE(s.place_id, 0)'
    ends, of_ends = _ends(of, known, (f"({marked[0]} OR {own[0]})", [*marked[1], *own[1]]))
    return (f"SELECT {columns} FROM ledger_stageturnover t WHERE {seen} AND t.chapter < %s{ends}"), [
        *of_seen,
        known.chapter,
        *of_ends,
    ]


def _of_a_day(by: Sequence[str], cut: Cut, where: Mapping[str, Sequence[Any]], reader: Reader | None) -> Condition:
    columns = ", ".join([*(OF_A_DAY[name] for name in by), "unit", "decimals"])
    marked, own = _seen(reader, "donor_id")
    narrowed, parameters = narrowing(OF_A_DAY, where)
    turned, of_turned = _turned(cut)
    return (
        f"SELECT {columns}, SUM(quantity), SUM(marks) FROM {turned} "
        f"WHERE day <= %s AND ({marked[0]} OR {own[0]}){narrowed} GROUP BY {columns}"
    ), [*of_turned, cut.parameters[0], *marked[1], *own[1], *parameters]


def _turned(cut: Cut) -> Condition:
    """Return what was turned over as it was known at ``cut``: whole chapters, and of the last one its postings."""
    if cut.known_at is None:
        return "ledger_turnover", []
    known = known_by(cut.known_at)
    of = 't.donor_id, t.marking_id, t.kind, t.unit, t.decimals, s.stage, s."left", p.day'
    ends, of_ends = _ends(of, known, ("1 = 1", []))
    return (
        '(SELECT donor_id, marking_id, kind, unit, decimals, stage, "left", day, quantity, marks '
        f"FROM ledger_turnover WHERE chapter < %s{ends}) turned"
    ), [known.chapter, *of_ends]


def _ends(of: str, known: Known, seen: Condition) -> Condition:
    """Return, to be added to a query, ``of`` of what the postings of the last chapter known moved."""
    text = "".join(
        f" UNION ALL SELECT {of}, {sign}p.quantity, {marks} FROM ledger_posting p "
        f"JOIN ledger_position s ON s.id = p.{end}_id JOIN ledger_commitmenttotal t "
        f"ON t.commitment_id = p.commitment_id WHERE p.id >= %s AND p.id < %s AND {seen[0]}"
        for end, sign, marks in (("target", "", came("p.")), ("source", "-", went("p.")))
    )
    return text, [known.first, known.end, *seen[1]] * 2


def _differ(name: str, cut: Cut) -> bool:
    """Return whether the terms of a commitment named another donor or item at ``cut``: turnovers know the present."""
    if cut.known_at is None:
        return False
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT 1 FROM ledger_commitmentterms l JOIN ledger_commitmenttotal t ON t.terms_id = l.id "
            "JOIN ledger_commitmentterms e ON e.commitment_id = l.commitment_id AND e.batch_id <= %s "
            f"AND COALESCE(e.{name}, 0) <> COALESCE(l.{name}, 0) WHERE l.batch_id > %s LIMIT 1",
            [cut.known_at, cut.known_at],
        )
        return cursor.fetchone() is not None


def came(of: str = "") -> str:
    """Return what a posting (whose columns begin with ``of``) adds to the parts of unknown size at its target.

    An end's part moves as :meth:`pledgeway.accounts.moves.Move.marks` says; 10 is the act of reversing.
    """
    return f"CASE WHEN {of}unknown = 2 OR ({of}unknown = 1 AND {of}act <> 10) THEN 1 ELSE 0 END"


def went(of: str = "") -> str:
    """Return what a posting adds to the parts of unknown size at its source; see :func:`came`."""
    return f"CASE WHEN {of}unknown = 2 OR ({of}unknown = 1 AND {of}act = 10) THEN -1 ELSE 0 END"


def _by_commitment(by: Sequence[str], where: Mapping[str, Sequence[Any]], reader: Reader | None) -> Condition:
    columns = ", ".join([*(BY_COMMITMENT[name] for name in by), "t.unit", "t.decimals"])
    marked, own = _seen(reader, "t.donor_id")
    narrowed, parameters = narrowing(BY_COMMITMENT, where)
    return (
        f"SELECT {columns}, SUM(p.quantity), SUM(p.marks) FROM ledger_commitmenttotal t "
        f"JOIN ledger_position p ON p.commitment_id = t.commitment_id "
        f"WHERE (p.quantity <> 0 OR p.marks <> 0) AND ({marked[0]} OR {own[0]}){narrowed} GROUP BY {columns}"
    ), [*marked[1], *own[1], *parameters]


def stage_totals_seen(reader: Reader | None) -> Condition:
    """Return the condition on totals by stage (called t) that count what ``reader`` may see, and nothing twice.

    Those of all donors hold what markings let the reader see; what else the reader owns is in the donor's own.
    """
    marked, own = _seen(reader, "t.donor")
    return (
        f"((t.donor = {ALL_DONORS} AND {marked[0]}) OR ({own[0]} AND NOT {marked[0]}))",
        [*marked[1], *own[1], *marked[1]],
    )


def _seen(reader: Reader | None, donor: str) -> tuple[Condition, Condition]:
    """Return the conditions that a marking lets ``reader`` see a row, and that the reader's party owns it."""
    if reader is None or reader.sees_all:
        return ("1 = 1", []), ("1 = 0", [])
    seen, of_seen = markings_seen(reader).values("pk").query.sql_with_params()
    own = sorted(reader.own) if reader.role is not None else []
    places = ", ".join(["%s"] * len(own)) or "NULL"
    return (
        (f"marking_id IN ({seen})", list(of_seen)),
        (f"{donor} IN (SELECT id FROM registry_party WHERE code IN ({places}))", own),
    )


def narrowing(columns: Mapping[str, str], where: Mapping[str, Iterable[Any]]) -> Condition:
    """Return the condition, to be added to others, that ``columns`` hold one of the values allowed for each."""
    text = ""
    parameters: list[Any] = []
    for name, allowed in where.items():
        values = list(allowed)
        text += f" AND {columns[name]} IN ({', '.join(['%s'] * len(values)) or 'NULL'})"
        parameters += values
    return text, parameters


def _commitments_seen(reader: Reader) -> Condition:
    """Return the condition on commitments' totals (called t) that ``reader`` may see them."""
    if reader.post:
        seen, of_seen = totals_seen(reader).values("commitment_id").query.sql_with_params()
        return f"t.commitment_id IN ({seen})", list(of_seen)
    marked, own = _seen(reader, "t.donor_id")
    return f"({marked[0]} OR {own[0]})", [*marked[1], *own[1]]


@until_recorded
def tonnes(reader: Reader) -> dict[int, tuple[float, float]]:
    """Return by donor's number the tonnes that are promised and delivered, of goods whose mass is known."""
    seen, of_seen = _commitments_seen(reader)
    found: dict[int, tuple[float, float]] = {}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT t.donor_id, t.decimals, SUM(t.promised * i.mass_t), SUM(t.delivered * i.mass_t) "
            "FROM ledger_commitmenttotal t JOIN registry_item i ON i.id = t.item "
            f"WHERE i.mass_t IS NOT NULL AND {seen} GROUP BY t.donor_id, t.decimals",
            of_seen,
        )
        for donor, decimals, promised, delivered in cursor.fetchall():
            before = found.get(donor, (0.0, 0.0))
            unit = 0.1**decimals
            found[donor] = (before[0] + unit * float(promised), before[1] + unit * float(delivered))
    return found


@until_recorded
def under_way(reader: Reader) -> dict[tuple[str, str], float]:
    """Return the tonnes in transit by where they began and where they are bound ("" for not stated or not shown)."""
    seen, of_seen = _commitments_seen(reader)
    places = dict(requirements_seen(reader).values_list("requirement_id", "place_id"))
    codes: dict[int | None, str] = {None: "", 0: "", **dict(Place.objects.values_list("pk", "code"))}
    found: dict[tuple[str, str], float] = {}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT t.place, p.place_id, p.requirement_id, t.decimals, SUM(p.quantity * i.mass_t) "
            "FROM ledger_position p JOIN ledger_commitmenttotal t ON t.commitment_id = p.commitment_id "
            "JOIN registry_item i ON i.id = t.item "
            "WHERE p.stage = 'in transit' AND p.quantity <> 0 AND t.kind = 'goods' AND i.mass_t > 0 "
            f"AND {seen} GROUP BY 1, 2, 3, 4",
            of_seen,
        )
        for origin, bound, requirement, decimals, tonnes in cursor.fetchall():
            ends = (codes[origin], codes[bound or places.get(requirement)])  # bound there next
            found[ends] = found.get(ends, 0.0) + float(tonnes) * 0.1**decimals
    return found


def moved_at(place: int, end: str, reader: Reader, since: date, before: date) -> dict[tuple[str, date], float]:
    """Return by stage and day the tonnes that came to a place (``end`` is target) or left it (source).

    What moves within the place is left out. A place's positions lead to their commitments' days: the ledger is not
    gone through.
    """
    other = "source" if end == "target" else "target"
    seen, of_seen = _commitments_seen(reader)
    found: dict[tuple[str, date], float] = {}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT p.stage, g.day, t.decimals, SUM(g.quantity * i.mass_t) FROM ledger_position p "
            "JOIN ledger_posting g ON g.commitment_id = p.commitment_id AND g.day >= %s AND g.day < %s "
            f"AND g.{end}_id = p.id JOIN ledger_commitmenttotal t ON t.commitment_id = p.commitment_id "
            f"JOIN registry_item i ON i.id = t.item LEFT JOIN ledger_position o ON o.id = g.{other}_id "
            f"WHERE p.place_id = %s AND (o.place_id IS NULL OR o.place_id <> %s) AND i.mass_t > 0 "
            f"AND {seen} GROUP BY 1, 2, 3",
            [since, before, place, place, *of_seen],
        )
        for stage, day, decimals, tonnes in cursor.fetchall():
            key = (stage, as_day(day))
            found[key] = found.get(key, 0.0) + float(tonnes) * 0.1**decimals
    return found
