"""Requirements: the latest version of each, with what commitments that the reader sees bring to it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import FloatField, QuerySet, Sum
from django.db.models.functions import Cast
from django.urls import reverse

from pledgeway.access.deciding import Reader
from pledgeway.accounts.quantities import from_parts
from pledgeway.accounts.stages import SERVED
from pledgeway.ledger.disputing import disputed
from pledgeway.ledger.models import RequirementVersion
from pledgeway.ledger.seen import requirement_totals_seen, requirements_seen
from pledgeway.portal.lists.disputed import column, narrowing
from pledgeway.portal.tables import Column, Filter, Table, choice, contains, since, until
from pledgeway.portal.tables.declaration import Rows
from pledgeway.portal.words import counted
from pledgeway.registry.models import Item

COVERED = {
    "allocated": "allocated in full", "not allocated": "not allocated in full", "delivered": "delivered in full",
    "not delivered": "not delivered in full",
}  # fmt: skip
"""How far a need may be met, as the filter offers it."""


def rows(reader: Reader) -> QuerySet[RequirementVersion]:
    """Return the latest versions of the requirements that ``reader`` may see."""
    return requirements_seen(reader).select_related("requirement", "party", "place", "statement")


def url_of(key: str) -> str:
    """Return the address of a requirement's page."""
    return reverse("requirements-one", args=[key])


def given(reader: Reader, needs: Any = None) -> dict[tuple[int, str], Decimal]:
    """Return by requirement and figure of SERVED the units it was given: ``needs`` (numbers or a query), or all."""
    held: dict[tuple[int, str], Decimal] = {}
    rows = requirement_totals_seen(reader).order_by()
    if needs is not None:
        rows = rows.filter(requirement_id__in=needs)
    sums = {f"all_{figure}": Sum(figure) for figure in SERVED}
    for key, decimals, *parts in rows.values_list("requirement_id", "decimals").annotate(**sums):
        for figure, quantity in zip(SERVED, parts, strict=True):
            held[key, figure] = held.get((key, figure), Decimal(0)) + from_parts(int(quantity), decimals)
    return held


def _covered(reader: Reader) -> Filter:
    def narrow(rows: Rows, value: str) -> Rows:
        assert not isinstance(rows, list)
        if value not in COVERED:
            return rows.none()
        held = given(reader)
        figure, wanted = value.removeprefix("not "), not value.startswith("not ")
        return rows.filter(pk__in=[
            pk for pk, number, quantity in rows.order_by().values_list("pk", "requirement_id", "quantity")
            if (held.get((number, figure), Decimal(0)) >= quantity) == wanted
        ])  # fmt: skip

    return Filter("covered", "Covered", narrow, lambda _: list(COVERED.items()), "choice")


def unit_of(units: list[str]) -> str:
    """Return the unit in which a need for items of these ``units`` is counted: theirs, or units of several kinds."""
    return units[0] if units and units[0] and len(set(units)) == 1 else "unit"


def completer(reader: Reader) -> Callable[[list[Any]], None]:
    """Return what gives requirements their items' names and what they were given, as far as ``reader`` may see."""

    def complete(found: list[Any]) -> None:
        names, units = (dict(Item.objects.values_list("code", name)) for name in ("name", "unit"))
        keys = [row.requirement_id for row in found]
        held, doubted = given(reader, keys), disputed("requirement", keys)
        for row in found:
            row.disputed = row.requirement_id in doubted
            row.items = [names.get(code, code) for code, *_ in row.accepts]
            row.unit = unit_of([units.get(code, "") for code, *_ in row.accepts])
            for figure in SERVED:
                setattr(row, figure, held.get((row.requirement_id, figure), Decimal(0)))

    return complete


def table(reader: Reader) -> Table:
    """Return the table as ``reader`` sees it."""
    return Table(
        "requirements",
        "Requirements",
        (
            Column("what", "Needed", lambda row: ", ".join(row.items), link=lambda row: url_of(row.requirement.key)),
            Column("quantity", "Asked", lambda row: row.quantity, Decimal, Cast("quantity", FloatField()),
                   show=lambda row: counted(row.quantity, row.unit)),
            Column("unit", "Unit", lambda row: row.unit, only_in_files=True),
            Column("delivered", "Delivered", lambda row: row.delivered, Decimal),
            Column("allocated", "Allocated", lambda row: row.allocated, Decimal, meaning="there or further on"),
            Column("received", "Received", lambda row: row.received, Decimal),
            Column("party", "For", lambda row: row.party.name, order="party__name"),
            Column("place", "At", lambda row: row.place and row.place.name, order="place__name"),
            Column("priority", "Priority", lambda row: row.priority, int, "priority"),
            Column("due", "Due", lambda row: row.due, date, "due"),
            Column("state", "State", lambda row: row.state, order="state"),
            Column("key", "Key", lambda row: row.requirement.key, order="requirement__key"),
            column(lambda row: row.requirement.key),
            Column("marking", "Marking", lambda row: row.marking, list, only_in_files=True),
        ),
        (
            contains("q", "Search", ("requirement__key", "text", "party__name", "place__name", "accepts")),
            choice("party", "For", "party__code", "party__name"),
            choice("priority", "Priority", "priority", kind="number"),
            choice("state", "State", "state"),
            _covered(reader),
            narrowing("requirement"),
            choice("place", "At", "place__code", "place__name"),
            since("since", "Due since", "due"),
            until("until", "Due until", "due"),
        ),
        order="due",
        empty="No requirement is recorded that you may see. A recipient's desk states them.",
        complete=completer(reader),
        marking=lambda row: row.marking,
    )  # fmt: skip
