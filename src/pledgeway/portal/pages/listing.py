"""A list as a page or a file."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.db import IntegrityError, transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import NoReverseMatch, reverse
from django.views.decorators.http import require_POST

from pledgeway.access.models import SavedView, User
from pledgeway.portal.tables import QueryFaultsError, Selection, Table, select
from pledgeway.portal.tables.declaration import Rows
from pledgeway.portal.tables.export import FORMATS, export


def listing(
    request: HttpRequest,
    table: Table,
    rows: Rows,
    answer: str = "",
    template: str = "portal/list.html",
    more: Mapping[str, Any] | None = None,
    keep: Mapping[str, str] | None = None,
) -> HttpResponse:
    """Return the page, or the file, of ``rows`` as the address asks for them.

    ``answer`` is the sentence the page opens with ({total} stands for the number of rows,
    {total:row} for it with as many of the noun), ``more`` what the template
    needs besides, ``keep`` words of the address that are the page's own.
    """
    try:
        selection = select(table, rows, request.GET.dict(), keep)
        form = request.GET.get("format", "")
        if form and form not in FORMATS:
            raise QueryFaultsError([f"format: there is no format '{form}'; there are {', '.join(FORMATS)}"])
    except QueryFaultsError as failure:
        return bad_address(request, failure.faults)
    if form:
        return export(selection, form)
    return render(
        request,
        template,
        {
            "title": table.title,
            "answer": answer.format(total=selection.counted) if answer else "",
            "list": shown(request, selection),
            **(more or {}),
        },
    )


def bad_address(request: HttpRequest, faults: list[str]) -> HttpResponse:
    """Return the page that says what an address asks for in vain."""
    return render(
        request, "portal/faults.html", {"title": "This address cannot be followed", "faults": faults}, status=400
    )


def shown(request: HttpRequest, selection: Selection) -> dict[str, Any]:
    """Return what the table's template shows."""
    table = selection.table
    rows = selection.page_rows()
    first = (selection.page - 1) * selection.size
    return {
        "table": table,
        "selection": selection,
        "head": [_heading(selection, column) for column in table.on_screen],
        "rows": [
            [
                {
                    "words": column.words(row),
                    "link": column.link(row) if column.link is not None else None,
                    "figure": column.is_figure,
                    "always": column.always,
                }
                for column in table.on_screen
            ]
            for row in rows
        ],
        "chips": selection.chips(),
        "filters": [
            {
                "filter": one,
                "value": selection.given.get(one.name, ""),
                "choices": one.choices(selection.everything) if one.choices else None,
            }
            for one in table.filters
        ],
        "narrowing": any(one.kind != "search" for one in table.filters),
        "is_page": getattr(request.resolver_match, "url_name", "") == table.name,
        "first": first + 1 if rows else 0,
        "last": first + len(rows),
        "before": selection.query(page=selection.page - 1) if selection.page > 1 else "",
        "after": selection.query(page=selection.page + 1)
        if selection.page < selection.pages and len(rows) == selection.size
        else "",
        "files": [(form, selection.query(format=form, page=None)) for form in FORMATS],
        "views": SavedView.objects.filter(user=request.user, table=table.name).order_by("name")
        if isinstance(request.user, User)
        else [],
        "as_it_is": selection.query(page=None).removeprefix("?"),
    }


def _heading(selection: Selection, column: Any) -> dict[str, Any]:
    down = selection.sort == f"-{column.name}"
    up = selection.sort == column.name
    can = isinstance(selection.rows, list) or bool(column.order)
    first = f"-{column.name}" if column.is_figure else column.name
    other = column.name if down else f"-{column.name}" if up else first
    return {
        "column": column,
        "sort": "descending" if down else "ascending" if up else "",
        "link": selection.query(sort=other, page=None) if can else "",
    }


@require_POST
def save_view(request: HttpRequest) -> HttpResponse:
    """Keep a table as it is, under a name, for the user; or forget one that was kept."""
    if not isinstance(request.user, User):
        raise Http404
    table, query = request.POST.get("table", "")[:40], request.POST.get("query", "")[:2000]
    name = request.POST.get("name", "").strip()[:100]
    if "forget" in request.POST:
        SavedView.objects.filter(user=request.user, pk=_number(request.POST["forget"])).delete()
    elif not name:
        messages.warning(request, "A view needs a name.")
    else:
        try:
            with transaction.atomic():
                SavedView.objects.create(user=request.user, table=table, name=name, query=query)
            messages.success(request, f"Kept as {name}.")
        except IntegrityError:
            messages.warning(
                request, f"There is a view called {name} already: forget it first, or choose another name."
            )
    try:
        return redirect(f"{reverse(table)}?{query}")
    except NoReverseMatch:
        return redirect("situation")


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 18 else 0
