"""A form that adds to the record: tried first, then recorded once, however often it is sent."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from pledgeway.accounts.rules import RefusedError
from pledgeway.intake.recording import FaultyRowsError, record
from pledgeway.ledger import store
from pledgeway.ledger.models import Batch
from pledgeway.ledger.posting import Draft
from pledgeway.portal.middleware import reader
from pledgeway.tables.faults import Fault

LONGEST_MARK = 40


@dataclass(frozen=True)
class Subject:
    """What a form adds to: entries or postings, numbered as they are recorded, each by a batch."""

    rows: QuerySet[Any]

    def last(self) -> int:
        """Return the number of the last row; 0 for none."""
        return self.rows.order_by("-pk").values_list("pk", flat=True).first() or 0

    def batch_of(self, sent: str, author: str, since: int) -> int | None:
        """Return the batch that ``author`` recorded by the form marked ``sent`` after the row ``since``, if any."""
        batches = Batch.objects.filter(number__in=self.rows.filter(pk__gt=since).values("batch_id"))
        return batches.filter(author=author, origin__sent=sent).values_list("number", flat=True).first()


@dataclass
class Tried:
    """What came of a form: what it would record or (with ``batch``) did, or all that is wrong with it.

    ``batch`` is set where it was recorded: now, or (``again``) when it was sent before. ``meanwhile`` says that
    somebody else added to the subject since the form was shown.
    """

    draft: Draft | None = None
    faults: Sequence[Fault] = ()
    refusals: Sequence[str] = ()
    meanwhile: bool = False
    batch: int | None = None
    again: bool = False


def tried(
    request: HttpRequest, what: Mapping[str, Any], note: str, subject: Subject, *,
    begin: bool = False, objections: Sequence[Fault] = (),
) -> Tried:  # fmt: skip
    """Rehearse ``what`` as the reader asks for it, or record it; ``begin`` rehearses before anything is typed too.

    ``objections`` are faults that the page found itself: they are told with all others.
    """
    wish = request.POST.get("do", "")
    if not (begin or wish in ("preview", "post")):
        return Tried()
    try:
        with transaction.atomic():
            store.lock_chain()
            if (before := sent_before(request, subject)) is not None:
                return before
            meanwhile = wish == "post" and _seen(request) != subject.last()
            recorded = wish == "post" and not meanwhile and not objections
            draft, posted = record(what, reader(request), note, rehearse=not recorded, sent=mark(request))
    except FaultyRowsError as faulty:
        found = {fault.column for fault in faulty.faults}
        return Tried(
            faults=[*(one for one in objections if one.column not in found), *faulty.faults],
            refusals=[refusal.sentence for refusal in faulty.refusals],
        )
    except RefusedError as refused:
        return Tried(faults=objections, refusals=[refusal.sentence for refusal in refused.refusals])
    if objections:
        return Tried(faults=objections)
    return Tried(draft, meanwhile=meanwhile, batch=posted.batch.number if recorded else None)


def sent_before(request: HttpRequest, subject: Subject) -> Tried | None:
    """Return what came of the same form when it was sent before, as by a second tap or after the network broke."""
    if request.POST.get("do") != "post":
        return None
    batch = subject.batch_of(mark(request), reader(request).name, _seen(request))
    return None if batch is None else Tried(batch=batch, again=True)


def _seen(request: HttpRequest) -> int:
    """Return the last row of its subject that the form was made after."""
    given = request.POST.get("seen", "")
    return int(given) if given.isascii() and given.isdecimal() and len(given) < 18 else 0


def mark(request: HttpRequest) -> str:
    """Return the mark of the form that was sent, or a new one for a form that is shown first."""
    return request.POST.get("sent", "").replace("\x00", "")[:LONGEST_MARK] or secrets.token_urlsafe(12)


def say_posted(request: HttpRequest, done: Tried) -> None:
    """Say on the next page what was recorded."""
    if done.again:
        messages.warning(request, f"This form was posted already, as batch {done.batch}: nothing was posted twice.")
    else:
        messages.success(request, f"Posted, as batch {done.batch}.")


def answered(
    request: HttpRequest, done: Tried, subject: Subject, sentence: str, more: Mapping[str, Any], stray: Sequence[str]
) -> HttpResponse:
    """Return the form's page: with what it would do, or with all that is against it and what was typed.

    ``stray`` are faults of what has no field on the page; ``more`` is the page's own.
    """
    count = len(done.faults) + len(done.refusals)
    answer = sentence
    if count:
        answer = f"{count} {'reason' if count == 1 else 'reasons'} against it: nothing was recorded."
    preview = done.draft is not None and request.POST.get("do") in ("preview", "post")
    return render(
        request,
        "portal/post_form.html",
        {"answer": answer, "preview": preview, "wrong": [*done.refusals, *stray], "seen": subject.last(),
         "sent": mark(request), "meanwhile": done.meanwhile, "reasons": count, **more},
        status=400 if count else 409 if done.meanwhile else 200,
    )  # fmt: skip
