"""An endpoint for every table that pages show, its schema made from the table's own columns."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Literal

from django.http import HttpRequest
from ninja import NinjaAPI, Path, Query, Schema
from ninja.errors import HttpError
from pydantic import BeforeValidator, Field, create_model

from pledgeway.access.deciding import NOBODY, Reader
from pledgeway.plans import answering, running
from pledgeway.plans.models import Run
from pledgeway.portal.lists import (
    announcements,
    changes,
    commitments,
    disputes,
    donors,
    forums,
    postings,
    reference,
    requirements,
    sources,
    statements,
    users,
)
from pledgeway.portal.lists import plans as of_plans
from pledgeway.portal.middleware import reader
from pledgeway.portal.tables import Table, select
from pledgeway.portal.tables.declaration import Column, Rows
from pledgeway.portal.tables.export import marking_of
from pledgeway.portal.tables.selection import MOST_ON_A_PAGE, PAGE_SIZE
from pledgeway.portal.words import Quantity, plain
from pledgeway.registry.models import Closure, Course, Item, Lane, Party, Place

Endpoint = tuple[Callable[[Reader], Table], Callable[[Reader], Rows]]
LISTS: tuple[Endpoint, ...] = (
    (lambda _: commitments.TABLE, commitments.rows),
    (announcements.table, announcements.rows),
    (requirements.table, requirements.rows),
    (postings.table, postings.rows),
    (disputes.table, disputes.rows),
    (lambda _: donors.TABLE, donors.scorecards),
    (lambda _: sources.TABLE, sources.rows),
    (lambda _: statements.TABLE, statements.rows),
    (lambda _: reference.PARTIES, lambda who: reference.with_aliases(reference.rows(Party, who))),
    (lambda _: reference.ITEMS, lambda who: reference.with_aliases(reference.rows(Item, who))),
    (lambda _: reference.PLACES, lambda who: reference.rows(Place, who)),
    (lambda _: reference.LANES, lambda who: reference.rows(Lane, who).select_related("origin", "destination")),
    (lambda _: reference.CLOSURES, lambda who: reference.rows(Closure, who).select_related("lane")),
    (lambda _: reference.COURSES, lambda who: reference.rows(Course, who)),
    (forums.forums_table, forums.forums),
    (lambda _: forums.MEETINGS, forums.meetings),
    (forums.decisions_table, forums.decisions),
    (lambda _: forums.TARGETS, forums.targets),
    (lambda _: changes.TABLE, changes.rows),
    (lambda _: users.TABLE, users.rows),
    (lambda _: of_plans.RUNS, running.runs_seen),
    (of_plans.proposals, answering.proposals_seen),
)
PUBLIC_TOO: dict[str, Any] = {"security": [{}]}
"""Said of every operation: without a token it reads what is public."""

TYPES: dict[type, Any] = {
    **{kind: kind for kind in (str, int, Decimal, date, datetime, bool)},
    Quantity: Decimal,
    list: list[str],
}
_DATE = re.compile(r"\d{4}-\d\d-\d\d")
WORD = Annotated[str, Field(max_length=500, pattern=r"^[^\x00]*$")]


class Detail(Schema):
    """Why there is no answer."""

    detail: str


def _written_out(value: Any) -> Any:
    """Refuse a number where a day or moment is asked for: it would be taken for seconds since 1970."""
    if isinstance(value, str) and not _DATE.match(value):
        raise ValueError("a day is written as 2026-03-31, a moment as 2026-03-31T12:00:00Z")
    return value


DAY = Annotated[date, BeforeValidator(_written_out)]
MOMENT = Annotated[datetime, BeforeValidator(_written_out)]
ASKED: dict[str, Any] = {"date": DAY, "number": Annotated[int, Field(ge=0, lt=10**17)]}
"""The types of filters by their kind; all others are words."""


def add_to(api: NinjaAPI, responses: dict[int, Any]) -> None:
    """Add an endpoint for each of LISTS, and for each table of a plan."""
    for table_of, rows_of in LISTS:
        table = table_of(NOBODY)
        add = api.get(
            f"/{table.name}", response={200: _page(table), **responses}, operation_id=table.name, summary=table.title,
            url_name=table.name, openapi_extra=PUBLIC_TOO,
        )  # fmt: skip
        add(_view(table_of, rows_of, _query(table)))
    for name, (part_of, lines_of, _) in of_plans.PARTS.items():
        table = part_of(Run(pk=0, keep=[{}]))  # with every column that any run has
        add = api.get(
            f"/plans/{{number}}/{name.replace('_', '/')}", response={200: _page(table), 404: Detail, **responses},
            operation_id=f"plan_{name}", summary=table.title.replace("plan 0", "a plan"), url_name=f"plan-{name}",
            openapi_extra=PUBLIC_TOO,
        )  # fmt: skip
        add(_part(part_of, lines_of, _query(table)))


def _view(table_of: Callable[[Reader], Table], rows_of: Callable[[Reader], Rows], query: Any) -> Callable[..., Any]:
    def view(request: HttpRequest, asked: Any) -> dict[str, Any]:
        who = reader(request)
        return _selected(table_of(who), rows_of(who), asked)

    view.__annotations__ = {"request": HttpRequest, "asked": Annotated[query, Query()]}  # type: ignore[type-arg]
    return view


def _part(table_of: Callable[[Run], Table], rows_of: Callable[[Run], Rows], query: Any) -> Callable[..., Any]:
    def view(request: HttpRequest, number: Any, asked: Any) -> dict[str, Any]:
        run = running.runs_seen(reader(request)).filter(pk=number).first()
        if run is None:
            raise HttpError(404, "there is no such plan that you may see")
        return _selected(table_of(run), rows_of(run), asked)

    view.__annotations__ = {
        "request": HttpRequest,
        "number": Annotated[int, Path(ge=1, lt=10**17)],  # type: ignore[type-arg]
        "asked": Annotated[query, Query()],  # type: ignore[type-arg]
    }
    return view


def _selected(table: Table, rows: Rows, asked: Any) -> dict[str, Any]:
    words = {name: str(value) for name, value in asked.dict(exclude_none=True).items()}
    selection = select(table, rows, words)
    shown = selection.page_rows()
    return {
        "total": selection.total, "more": selection.more, "page": selection.page, "size": selection.size,
        "marking": marking_of(selection.table, shown),
        "rows": [{column.name: value_of(column, row) for column in selection.table.columns} for row in shown],
    }  # fmt: skip


def value_of(column: Column, row: Any) -> Any:
    """Return the value of a column as the schema has it; unknown is None."""
    value = column.read(row)
    if column.type in (bool, list):
        return list(value) if column.type is list else value
    return None if value == "" else plain(value)


def _query(table: Table) -> Any:
    fields: dict[str, Any] = {
        one.name: (ASKED.get(one.kind, WORD) | None, Field(None, description=one.title)) for one in table.filters
    }
    in_memory = {donors.TABLE.name, *of_plans.PARTS}
    names = [column.name for column in table.columns if column.order or table.name in in_memory]
    orders = Literal[tuple(f"{sign}{name}" for name in names for sign in ("", "-"))]  # type: ignore[valid-type]
    fields |= {
        "sort": (orders | None, Field(None, description="A column; with a minus before it, falling")),
        "page": (int, Field(1, ge=1, le=1_000_000)),
        "size": (int, Field(PAGE_SIZE, ge=1, le=MOST_ON_A_PAGE)),
    }
    return create_model(f"{table.name.title()}Query", __base__=Schema, **fields)


def _page(table: Table) -> Any:
    fields: dict[str, Any] = {
        column.name: (TYPES[column.type] | None, Field(None, description=column.meaning or column.title))
        for column in table.columns
    }
    row = create_model(f"{table.name.title()}Row", __base__=Schema, **fields)
    return create_model(
        f"{table.name.title()}Page", __base__=Schema, total=(int, Field(description="how many rows fit")),
        more=(bool, Field(description="whether more rows fit than total says, which stops counting there")),
        page=(int, ...), size=(int, ...), marking=(str, Field(description="who may see all rows of this page")),
        rows=(list[row], ...),  # type: ignore[valid-type]
    )  # fmt: skip
