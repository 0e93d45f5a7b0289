"""Balances by any of commitment, party, item, stage, place, decision and period, on any day, as known at any batch."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any, NamedTuple

from django.db import connection

from pledgeway.access.deciding import Reader
from pledgeway.accounts.figures import Amount
from pledgeway.accounts.quantities import from_parts
from pledgeway.ledger.chapters import end_of, is_late
from pledgeway.ledger.cuts import Cut
from pledgeway.ledger.kept_balances import came, kept_query, narrowing, went
from pledgeway.ledger.seen import requirements_seen, totals_seen
from pledgeway.registry.models import Item, Party, resolved

DIMENSIONS = {
    "commitment": "c.key",
    "kind": "c.kind",
    "donor": "t.donor_id",
    "recipient": "t.recipient_id",
    "purpose": "t.purpose",
    "item": "t.item_id",
    "decision": "t.decision",
    "condition": "t.condition_state",
    "stage": "s.stage",
    "left": 's."left"',
    "place": "l.code",
    "origin": "o.code",
    "destination": "d.code",
    "requirement": "r.key",
    "month": "m.month",
    "year": "substr(m.month, 1, 4)",
}
"""What a balance can be asked by. ``month`` and ``year`` are those of the postings: the net change in them.
``condition`` is its state (open, met, lapsed; "" for none), ``origin`` the place that the promise names,
``destination`` that of the requirement."""

PERIODS = frozenset({"month", "year"})
WHERE_IT_STANDS = frozenset({"stage", "left", "place", "destination", "requirement"})

MERGEABLE = {"donor": "party", "recipient": "party", "item": "item"}


class Balance(NamedTuple):
    """What stands in one group: its names by dimension, its unit, and the amount in parts of it."""

    group: dict[str, Any]
    unit: str
    decimals: int
    amount: Amount

    @property
    def quantity(self) -> Decimal:
        """The known quantity in its unit."""
        return from_parts(self.amount.quantity, self.decimals)


def balances(
    by: Sequence[str],
    cut: Cut | None = None,
    where: Mapping[str, Sequence[Any]] | None = None,
    reader: Reader | None = None,
) -> list[Balance]:
    """Return what stands, by the dimensions ``by`` and by unit, for those in ``where`` (names allowed, by dimension).

    Parties and items are asked and told by their codes; merged ones count as what they were merged into. Groups in
    which nothing stands are left out. Only what ``reader`` may see is counted, and requirements that are not visible
    go unnamed (None: all is counted). Raises KeyError for an unknown dimension.
    """
    cut, allowed = cut or Cut(), _numbers(where or {})
    unknown = {*by, *allowed} - set(DIMENSIONS)
    if unknown:
        allowed_names = ", ".join(DIMENSIONS)
        raise KeyError(f"no such dimension: {', '.join(sorted(unknown))}; there are {allowed_names}")
    reader = None if reader is None or reader.sees_all else reader
    query, parameters = kept_query(by, cut, allowed, reader) or _query(by, cut, allowed, reader)
    with connection.cursor() as cursor:
        cursor.execute(query, parameters)
        rows = cursor.fetchall()
    return _grouped(by, rows)


def _query(
    by: Sequence[str], cut: Cut, where: Mapping[str, Sequence[Any]], reader: Reader | None
) -> tuple[str, list[Any]]:
    columns = ", ".join([*(DIMENSIONS[name] for name in by), "c.unit", "c.decimals"])
    conditions, parameters = narrowing(DIMENSIONS, where)
    named = ""
    of_named: list[Any] = []
    if reader is not None:
        seen, of_seen = totals_seen(reader).values("commitment_id").query.sql_with_params()
        conditions, parameters = f"{conditions} AND c.id IN ({seen})", [*parameters, *of_seen]
        named, of_requirements = requirements_seen(reader).values("requirement_id").query.sql_with_params()
        named, of_named = f" AND r.id IN ({named})", list(of_requirements)
    if "donor" in where and cut.known_at is None:
        # The donor's commitments are found first, and the positions of no others are read.
        own, of_own = narrowing({"donor": "donor_id"}, {"donor": where["donor"]})
        conditions += f" AND c.id IN (SELECT commitment_id FROM ledger_commitmenttotal WHERE 1 = 1{own})"
        parameters = [*parameters, *of_own]
    held, of_held = _held(cut, {*by, *where})
    ends, of_ends = _ends({*by, *where}, cut)
    latest, of_latest = _terms_at(cut)
    query = (
        f"SELECT {columns}, SUM(m.quantity), SUM(m.marks) FROM ({held}) m "
        "JOIN ledger_position s ON s.id = m.position_id JOIN ledger_commitment c ON c.id = s.commitment_id "
        f"JOIN ledger_commitmentterms t ON t.id = ({latest}) "
        "LEFT JOIN registry_place l ON l.id = s.place_id "
        f"LEFT JOIN ledger_requirement r ON r.id = s.requirement_id{named}{ends} "
        f"WHERE 1 = 1{conditions} GROUP BY {columns}"
    )
    return query, [*of_held, *of_latest, *of_named, *of_ends, *parameters]


def _terms_at(cut: Cut) -> tuple[str, list[Any]]:
    """Return the query for the terms of a commitment (called c) that were the latest at ``cut``."""
    if cut.known_at is None:
        return "SELECT terms_id FROM ledger_commitmenttotal WHERE commitment_id = c.id", []
    known = "SELECT MAX(id) FROM ledger_commitmentterms WHERE commitment_id = c.id AND batch_id <= %s"
    return known, [cut.parameters[1]]


def _ends(asked: set[str], cut: Cut) -> tuple[str, list[Any]]:
    """Return the joins that tell where goods begin and end their way, as far as they are ``asked`` for."""
    text, parameters = "", []
    if "origin" in asked:
        text += " LEFT JOIN registry_place o ON o.id = t.place_id"
    if "destination" in asked:
        text += (
            " LEFT JOIN ledger_requirementversion v ON v.id = (SELECT MAX(id) FROM ledger_requirementversion "
            "WHERE requirement_id = r.id AND batch_id <= %s) LEFT JOIN registry_place d ON d.id = v.place_id"
        )
        parameters.append(cut.parameters[1])
    return text, parameters


def _held(cut: Cut, asked: set[str]) -> tuple[str, list[Any]]:
    """Return what every position held at ``cut``, from what is kept of the present or from the postings."""
    if cut.as_of is None and PERIODS.isdisjoint(asked):
        if cut.known_at is None:
            return "SELECT id AS position_id, quantity, marks FROM ledger_position", []
        if is_late(cut.known_at) and not WHERE_IT_STANDS.isdisjoint(asked):
            return _held_before(end_of(cut.known_at))
    return _held_at(cut, asked)


def _held_before(end: int) -> tuple[str, list[Any]]:
    """Return what every position holds now, less what postings from number ``end`` on brought: few are to be read."""
    ends = " UNION ALL ".join(
        f"SELECT {end_at}_id, {sign}quantity, -({marks}) FROM ledger_posting WHERE {end_at}_id IS NOT NULL AND id >= %s"
        for end_at, sign, marks in (("target", "-", came()), ("source", "", went()))
    )
    held = "SELECT id AS position_id, quantity, marks FROM ledger_position WHERE quantity <> 0 OR marks <> 0"
    return (
        f"SELECT position_id, SUM(quantity) AS quantity, SUM(marks) AS marks FROM ({held} UNION ALL {ends}) e "
        "GROUP BY position_id HAVING SUM(quantity) <> 0 OR SUM(marks) <> 0"
    ), [end, end]


def _held_at(cut: Cut, asked: set[str]) -> tuple[str, list[Any]]:
    """Return what every position held at ``cut``, from the postings, parted by their months where these are asked."""
    month = "''"
    if not PERIODS.isdisjoint(asked):
        month = "to_char(day, 'YYYY-MM')" if connection.vendor == "postgresql" else "substr(day, 1, 7)"
    # What goes from one position of a commitment to another changes no sum that does not ask where it stands.
    counted = " AND (source_id IS NULL OR target_id IS NULL OR unknown > 0)"
    counted = counted if WHERE_IT_STANDS.isdisjoint(asked) else ""
    ends = " UNION ALL ".join(
        f"SELECT {end}_id AS position_id, {month} AS month, SUM({sign}quantity) AS quantity, SUM({marks}) AS marks "
        f"FROM ledger_posting WHERE {end}_id IS NOT NULL AND day <= %s AND batch_id <= %s{counted} GROUP BY 1, 2"
        for end, sign, marks in (("target", "", came()), ("source", "-", went()))
    )
    return ends, [*cut.parameters, *cut.parameters]


def _numbers(where: Mapping[str, Sequence[Any]]) -> dict[str, list[Any]]:
    """Return ``where`` with the database's numbers in place of codes: of a party or item and all merged into it."""
    found: dict[str, list[Any]] = {}
    for name, values in where.items():
        found[name] = list(values)
        if name in MERGEABLE:
            found[name] = [number for number, code in _codes(MERGEABLE[name]).items() if code in values]
    return found


def _codes(kind: str) -> dict[int, str]:
    """Return the codes of parties or items by the database's numbers: of what each was merged into."""
    ends = resolved(Party.objects.all()) if kind == "party" else resolved(Item.objects.all())
    return {number: end.code for number, end in ends.items()}


def _grouped(by: Sequence[str], rows: Iterable[Sequence[Any]]) -> list[Balance]:
    ends = {kind: _codes(kind) for kind in {MERGEABLE[name] for name in by if name in MERGEABLE}}
    codes: list[Mapping[Any, str] | None] = [ends.get(MERGEABLE[name]) if name in MERGEABLE else None for name in by]
    totals: dict[tuple[Any, ...], Amount] = {}
    for row in rows:
        *values, quantity, marks = row
        for at, names in enumerate(codes):
            if names is not None:
                values[at] = names.get(values[at])
        key = tuple(values)
        totals[key] = totals.get(key, Amount()).plus(int(quantity), int(marks))
    return [
        Balance(dict(zip(by, key[:-2], strict=True)), key[-2], key[-1], amount)
        for key, amount in sorted(totals.items(), key=lambda pair: tuple(str(part or "") for part in pair[0]))
        if amount != Amount()
    ]
