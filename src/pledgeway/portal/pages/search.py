"""Quick search: one word looked for in every kind of row, each with how many fit and the first of them."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from pledgeway.access.deciding import Reader
from pledgeway.portal.lists import announcements, commitments, forums, reference, requirements, sources, statements
from pledgeway.portal.middleware import reader
from pledgeway.portal.tables import Table, select
from pledgeway.portal.tables.declaration import Rows
from pledgeway.portal.words import Count
from pledgeway.registry.models import Item, Party, Place

FIRST = 5
"""How many rows of each kind are shown."""
LONGEST = 200


def kinds(who: Reader) -> list[tuple[Table, Rows]]:
    """Return the lists that are searched, with the rows that ``who`` may see, those that people look for first."""
    named: tuple[tuple[Table, type[Any]], ...] = (
        (reference.PARTIES, Party), (reference.ITEMS, Item), (reference.PLACES, Place),
    )  # fmt: skip
    return [
        (commitments.TABLE, commitments.rows(who)),
        (requirements.table(who), requirements.rows(who)),
        (announcements.table(who), announcements.rows(who)),
        *((table, reference.rows(model, who)) for table, model in named if who.role is not None),
        (forums.MEETINGS, forums.meetings(who)),
        (forums.decisions_table(who), forums.decisions(who)),
        (sources.TABLE, sources.rows(who)),
        (statements.TABLE, statements.rows(who)),
    ]


def page(request: HttpRequest) -> HttpResponse:
    """What of every kind fits the words that are looked for."""
    wanted = request.GET.get("q", "").replace("\x00", "").strip()[:LONGEST]
    found = [one for table, rows in kinds(reader(request)) if (one := _found(table, rows, wanted))] if wanted else []
    total = sum(one["total"] for one in found)
    answer = f"{Count(total):row} of {Count(len(found)):kind} with '{wanted}'." if wanted else "What do you look for?"
    return render(
        request, "portal/search.html", {"title": "Search", "answer": answer, "wanted": wanted, "found": found}
    )


def _found(table: Table, rows: Rows, wanted: str) -> dict[str, Any] | None:
    """Return how many rows fit, and the first of them: what names each, where it leads, and the next two columns."""
    selection = select(table, rows, {"q": wanted, "size": str(FIRST)})
    if not selection.total:
        return None
    name, *more = table.on_screen[:3]
    return {
        "title": table.title, "total": selection.total,
        "all": f"{reverse(table.name)}?{urlencode({'q': wanted})}",
        "rows": [
            (name.words(row), name.link(row) if name.link is not None else None, [one.words(row) for one in more])
            for row in selection.page_rows()
        ],
    }  # fmt: skip
