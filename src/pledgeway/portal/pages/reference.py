"""Reference data on screen: every declared table by one list, one page, one form and one history."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.db.models import Model
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from pledgeway.access.deciding import Reader, may
from pledgeway.access.keeping import reset_password
from pledgeway.access.models import User
from pledgeway.forums.models import Decision, Forum, Meeting
from pledgeway.intake.reference.kept import ALL, BY_NAME, Kept
from pledgeway.intake.reference.recording import ChangedMeanwhileError, last_change, save, typed, value_of
from pledgeway.portal.inputs import offer_of, said, shown
from pledgeway.portal.lists import changes as of_changes
from pledgeway.portal.lists import forums as of_forums
from pledgeway.portal.lists import reference, users
from pledgeway.portal.middleware import reader
from pledgeway.portal.pages.listing import listing
from pledgeway.portal.tables.declaration import Table
from pledgeway.portal.words import Count, spoken
from pledgeway.registry.changing import MergeRefusedError, called, merge, note, remove
from pledgeway.registry.models import Closure, Course, Lane
from pledgeway.tables.fields import Kind

LISTS: dict[str, tuple[Callable[[Reader], Table], Callable[[Reader], Any], str]] = {
    "lanes": (lambda _: reference.LANES,
              lambda who: reference.rows(Lane, who).select_related("origin", "destination"),
              "{total:way} from one place to another."),
    "closures": (lambda _: reference.CLOSURES, lambda who: reference.rows(Closure, who).select_related("lane"),
                 "{total:closure}: a lane carries less, more or nothing."),
    "courses": (lambda _: reference.COURSES, lambda who: reference.rows(Course, who), "{total:training course}."),
    "forums": (of_forums.forums_table, of_forums.forums,
               "{total:forum}, each with what was promised in it and what became of that."),
    "meetings": (lambda _: of_forums.MEETINGS, of_forums.meetings, "{total:meeting}, the latest first."),
    "decisions": (of_forums.decisions_table, of_forums.decisions, "{total:decision}, with the promises on them."),
    "targets": (lambda _: of_forums.TARGETS, of_forums.targets, "{total:target}, the first due first."),
    "users": (lambda _: users.TABLE, users.rows, "{total:user}."),
}  # fmt: skip


def adding(who: Reader, name: str) -> dict[str, Any]:
    """Return what a list's page needs to offer a new row of the table ``name`` to whoever may record one."""
    kept = BY_NAME[name]
    if not may(who, kept.act):
        return {}
    word = kept.table.row
    return {"add": reverse("reference-new", args=[name]), "word": f"{'an' if word[0] in 'aeio' else 'a'} {word}"}


def listed(name: str) -> Callable[[HttpRequest], HttpResponse]:
    """Return the page of the list ``name``, one of LISTS."""

    def page(request: HttpRequest) -> HttpResponse:
        who = reader(request)
        if name == "users" and not may(who, BY_NAME[name].act):
            raise Http404
        table_of, rows_of, answer = LISTS[name]
        return listing(request, table_of(who), rows_of(who), answer, "portal/reference_list.html", adding(who, name))

    return page


def changes(request: HttpRequest) -> HttpResponse:
    """Who changed what."""
    return listing(request, of_changes.TABLE, of_changes.rows(reader(request)), "{total:change}, the latest first.")


def index(request: HttpRequest) -> HttpResponse:
    """All tables of reference data that the reader sees."""
    who = reader(request)
    if who.role is None:
        raise Http404
    tables = [
        {"table": kept.table, "link": reverse(kept.table.name) if kept.table.name != "statements" else "",
         "rows": kept.seen(who).count(), **adding(who, kept.table.name)}
        for kept in ALL if kept.model is not User or may(who, kept.act)
    ]  # fmt: skip
    answer = "What promises, needs and plans refer to. Every change is kept with who made it."
    return render(request, "portal/reference_index.html",
                  {"title": "Reference data", "answer": answer, "tables": tables})  # fmt: skip


def url_of(kept: Kept, row: Model) -> str:
    """Return the address of the page of ``row``."""
    if isinstance(row, Forum | Meeting | Decision):
        return of_forums.url_of(row)
    if kept.table.name in ("sources", "statements"):
        return reverse(f"{kept.table.name}-one", args=[row.pk])
    return reverse("reference-one", args=[kept.table.name, row.pk])


def _kept(name: str, who: Reader, *, to_change: bool = False) -> Kept:
    kept = BY_NAME.get(name)
    if kept is None or (to_change and not may(who, kept.act)):
        raise Http404
    return kept


def _row(kept: Kept, number: int, who: Reader) -> Any:
    row = kept.seen(who).filter(pk=number).first() if number < 2**62 else None
    if row is None:
        raise Http404
    return row


def facts(kept: Kept, row: Any, who: Reader) -> list[tuple[str, list[tuple[str, str]]]]:
    """Return what ``row`` holds: titles, each with its words and where they lead (nowhere: no link)."""
    found = []
    for field in kept.table.fields:
        value = value_of(kept, row, field)
        if field.name == "text" and kept.table.name == "sources" and not who.sees_all:
            continue
        words = [(spoken(value), "")]
        if field.refers_to and field.name != "marking" and value:
            other = BY_NAME[field.refers_to]
            own = getattr(row, field.name)
            rows = own.all() if field.kind is Kind.NAMES else [own]
            seen = set(other.seen(who).filter(pk__in=[one.pk for one in rows]).values_list("pk", flat=True))
            words = [(str(one), url_of(other, one)) for one in rows if one.pk in seen]
        found.append((field.title, words or [(spoken(None), "")]))
    return found


def history_of(kept: Kept, row: Any, who: Reader) -> Any:
    """Return the changes of ``row`` that ``who`` may see."""
    return of_changes.rows(who).filter(table=kept.model._meta.model_name, code=called(row))


def about(kept: Kept, row: Any, who: Reader) -> dict[str, Any]:
    """Return what the page of any row needs: where it is edited, and merged."""
    may_change = may(who, kept.act)
    return {
        "kept": kept, "row": row, "facts": facts(kept, row, who), "may_change": may_change,
        "edit": reverse("reference-edit", args=[kept.table.name, row.pk]) if may_change and kept.fixed is not None
        else "",
    }  # fmt: skip


def one(request: HttpRequest, table: str, number: int) -> HttpResponse:
    """The page of a row: what it holds, and who changed what of it."""
    who = reader(request)
    kept = _kept(table, who)
    row = _row(kept, number, who)
    if (own := url_of(kept, row)) != request.path:
        return redirect(own)
    links = {
        "parties": [("Its promises", f"{reverse('commitments')}?donor={called(row)}"),
                    ("What it was promised", f"{reverse('commitments')}?recipient={called(row)}")],
        "items": [("Promises of it", f"{reverse('commitments')}?item={called(row)}")],
        "places": [("What stands there", reverse("places-one", args=[called(row)]))],
        "lanes": [("Its closures", f"{reverse('closures')}?lane={called(row)}")],
    }  # fmt: skip
    merged = list(row.merged.all()) if kept.mergeable else []
    return listing(
        request,
        of_changes.TABLE,
        history_of(kept, row, who),
        template="portal/reference_one.html",
        more={
            "title": str(row), "answer": f"{kept.table.row.capitalize()} {called(row)}.",
            "links": links.get(table, []), "can_reset": kept.model is User and may(who, kept.act),
            "merged": [(str(other), url_of(kept, other)) for other in merged],
            "into": row.merged_into if kept.mergeable else None,
            "into_link": url_of(kept, row.merged_into) if kept.mergeable and row.merged_into else "",
            **about(kept, row, who),
        },
    )  # fmt: skip


def _inputs(kept: Kept, row: Any, texts: dict[str, str], who: Reader, faults: list[Any]) -> list[dict[str, Any]]:
    return [
        shown(field, texts.get(field.name, ""), faults, who, fixed=kept.is_fixed(field, row),
              offer=offer_of(field))
        for field in kept.table.fields
    ]  # fmt: skip


def new(request: HttpRequest, table: str) -> HttpResponse:
    """The form for a new row."""
    kept = _kept(table, reader(request), to_change=True)
    return _form(request, kept, kept.model())


def edit(request: HttpRequest, table: str, number: int) -> HttpResponse:
    """The form for a row that is recorded."""
    who = reader(request)
    kept = _kept(table, who, to_change=True)
    row = _row(kept, number, who)
    if kept.fixed is None:
        raise Http404
    if request.method == "POST" and "remove" in request.POST and kept.removable:
        remove(row, who.name)
        messages.success(request, "Removed. The history says what it was.")
        return redirect(table)
    return _form(request, kept, row)


def _form(request: HttpRequest, kept: Kept, row: Any) -> HttpResponse:
    who = reader(request)
    is_new, faults, newer = row.pk is None, [], []
    texts = typed(kept, row)
    if is_new:
        texts |= {field.name: request.GET[field.name][:200] for field in kept.table.fields if field.name in request.GET}
    seen = last_change(row) if not is_new else 0
    if request.method == "POST":
        texts |= said(request.POST)
        given = request.POST.get("seen", "")
        try:
            row, findings = save(kept, row, texts, who, int(given) if given.isdecimal() and len(given) < 18 else 0)
            faults = findings.faults
        except ChangedMeanwhileError as meanwhile:
            newer = meanwhile.changes
            of_changes.complete(newer)
        if not faults and not newer:
            return _saved(request, kept, row, is_new=is_new)
    title = f"New {kept.table.row}" if is_new else f"Edit {row}"
    answer = kept.table.meaning
    if faults:
        answer = f"{Count(len(faults)):fault}: nothing was recorded."
    elif newer:
        answer = f"Changed by {newer[0].author} meanwhile: nothing was recorded."
    return render(
        request,
        "portal/reference_edit.html",
        {"title": title, "answer": answer, "kept": kept, "row": row, "seen": seen, "is_new": is_new,
         "inputs": _inputs(kept, row, texts, who, faults), "faults": faults, "newer": newer,
         "back": reverse("reference") if is_new else url_of(kept, row)},
        status=409 if newer else 400 if faults else 200,
    )  # fmt: skip


def _saved(request: HttpRequest, kept: Kept, row: Any, *, is_new: bool) -> HttpResponse:
    messages.success(request, "Recorded.")
    if is_new and isinstance(row, User):
        return _shown_once(request, row)
    if kept.seen(reader(request)).filter(pk=row.pk).exists():
        return redirect(url_of(kept, row))
    return redirect("reference")


def _shown_once(request: HttpRequest, user: User) -> HttpResponse:
    password = reset_password(user)
    return render(request, "portal/password.html",
                  {"title": f"Password of {user.username}", "user_row": user, "password": password})  # fmt: skip


@require_POST
def password(request: HttpRequest, number: int) -> HttpResponse:
    """Give a user a new password, shown once."""
    who = reader(request)
    kept = _kept("users", who, to_change=True)
    user = _row(kept, number, who)
    note(user, "password", "given anew", who.name)
    return _shown_once(request, user)


@require_POST
def merging(request: HttpRequest, table: str, number: int) -> HttpResponse:
    """Let a party or an item stand for another from here on."""
    who = reader(request)
    kept = _kept(table, who, to_change=True)
    row = _row(kept, number, who)
    if not kept.mergeable:
        raise Http404
    into = kept.seen(who).filter(code=request.POST.get("into", "").strip().replace("\x00", "")).first()
    if into is None:
        messages.warning(request, f"There is no {kept.table.row} with the code '{request.POST.get('into', '')[:80]}'.")
    else:
        try:
            merge(row, into, who.name)
            messages.success(request, f"{row} stands for {into} from here on; nothing of it is lost.")
        except MergeRefusedError as refused:
            messages.warning(request, "; ".join(refused.reasons))
    return redirect(url_of(kept, row))
