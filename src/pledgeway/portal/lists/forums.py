"""Forums, their meetings, decisions and targets, as far as the reader may see."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from django.db.models import Count, FloatField, QuerySet
from django.db.models.functions import Cast
from django.urls import reverse

from pledgeway.access.deciding import Reader
from pledgeway.forums.models import Decision, Forum, Meeting, Target
from pledgeway.forums.seen import decisions_seen, forums_seen, meetings_seen, targets_seen
from pledgeway.ledger.seen import commitments_seen
from pledgeway.portal.tables import Column, Table, choice, contains, since, until


def forums(reader: Reader) -> QuerySet[Forum]:
    """Return the forums that ``reader`` may see."""
    return forums_seen(reader).select_related("chair")


def meetings(reader: Reader) -> QuerySet[Meeting]:
    """Return the meetings that ``reader`` may see."""
    return meetings_seen(reader).select_related("forum")


def decisions(reader: Reader) -> QuerySet[Decision]:
    """Return the decisions that ``reader`` may see."""
    return decisions_seen(reader).select_related("meeting__forum", "statement")


def targets(reader: Reader) -> QuerySet[Target]:
    """Return the targets that ``reader`` may see."""
    return targets_seen(reader).select_related("meeting__forum", "decision", "statement")


def url_of(row: Any) -> str:
    """Return the address of the page of a forum, meeting, decision or target."""
    if isinstance(row, Target):
        return reverse("reference-one", args=["targets", row.pk])
    return reverse(f"{type(row).__name__.lower()}s-one", args=[row.code])


def promises_of(code: str) -> str:
    """Return the address of the promises that rest on the decision ``code``."""
    return f"{reverse('commitments')}?{urlencode({'decision': code})}"


def _count_meetings(reader: Reader) -> Callable[[list[Any]], None]:
    def complete(found: list[Any]) -> None:
        own = meetings_seen(reader).filter(forum__in=[row.pk for row in found]).order_by()
        counts = dict(own.values_list("forum").annotate(count=Count("pk")))
        for row in found:
            row.met = counts.get(row.pk, 0)

    return complete


def _count_promises(reader: Reader) -> Callable[[list[Any]], None]:
    def complete(found: list[Any]) -> None:
        own = commitments_seen(reader).filter(decision__in=[row.code for row in found]).order_by()
        counts = dict(own.values_list("decision").annotate(count=Count("pk")))
        for row in found:
            row.promises = counts.get(row.code, 0)

    return complete


def forums_table(reader: Reader) -> Table:
    """Return the table of forums."""
    return Table(
        "forums",
        "Forums",
        (
            Column("name", "Forum", lambda row: row.name, order="name", link=url_of),
            Column("meetings", "Meetings", lambda row: row.met, int, meaning="that you may see",
                   link=lambda row: f"{reverse('meetings')}?{urlencode({'forum': row.code})}"),
            Column("chair", "Chair", lambda row: row.chair and row.chair.name, order="chair__name"),
            Column("code", "Code", lambda row: row.code, order="code"),
        ),
        (contains("q", "Search", ("name", "code", "text")),),
        order="name",
        empty="No forum is recorded that you may see. A coordinator records them.",
        complete=_count_meetings(reader),
    )  # fmt: skip


MEETINGS = Table(
    "meetings",
    "Meetings",
    (
        Column("title", "Meeting", str, order="title", link=url_of),
        Column("day", "Day", lambda row: row.day, date, "day"),
        Column("forum", "Forum", lambda row: row.forum.name, order="forum__name", link=lambda row: url_of(row.forum)),
        Column("place", "Held at", lambda row: row.place, order="place"),
        Column("code", "Code", lambda row: row.code, order="code"),
        Column("marking", "Marking", lambda row: row.marking, list, only_in_files=True),
    ),
    (
        contains("q", "Search", ("title", "code", "place", "forum__name")),
        choice("forum", "Forum", "forum__code", "forum__name"),
        since("since", "Since", "day"),
        until("until", "Until", "day"),
    ),
    order="-day",
    empty="No meeting is recorded that you may see.",
    marking=lambda row: row.marking,
)  # fmt: skip


def decisions_table(reader: Reader) -> Table:
    """Return the table of decisions."""
    return Table(
        "decisions",
        "Decisions",
        (
            Column("title", "Decision", lambda row: row.title, order="title", link=url_of),
            Column("promises", "Promises", lambda row: row.promises, int, meaning="on it, that you may see",
                   link=lambda row: promises_of(row.code)),
            Column("day", "Day", lambda row: row.meeting.day, date, "meeting__day"),
            Column("meeting", "Meeting", lambda row: str(row.meeting), order="meeting__title",
                   link=lambda row: url_of(row.meeting)),
            Column("forum", "Forum", lambda row: row.meeting.forum.name, order="meeting__forum__name"),
            Column("code", "Code", lambda row: row.code, order="code"),
            Column("text", "Text", lambda row: row.text, only_in_files=True),
            Column("marking", "Marking", lambda row: row.marking, list, only_in_files=True),
        ),
        (
            contains("q", "Search", ("title", "code", "text")),
            choice("forum", "Forum", "meeting__forum__code", "meeting__forum__name"),
            choice("meeting", "Meeting", "meeting__code"),
            since("since", "Since", "meeting__day"),
            until("until", "Until", "meeting__day"),
        ),
        order="-day",
        empty="No decision is recorded that you may see.",
        complete=_count_promises(reader),
        marking=lambda row: row.marking,
    )  # fmt: skip


TARGETS = Table(
    "targets",
    "Targets",
    (
        Column("text", "Target", lambda row: row.text, order="text", link=url_of),
        Column("amount", "Amount", lambda row: row.amount, Decimal, Cast("amount", FloatField())),
        Column("state", "State", lambda row: row.state, order="state"),
        Column("unit", "Unit", lambda row: row.unit, order="unit"),
        Column("metric", "Measured by", lambda row: row.metric, order="metric"),
        Column("due", "By", lambda row: row.due, date, "due"),
        Column("meeting", "Meeting", lambda row: str(row.meeting), order="meeting__title",
               link=lambda row: url_of(row.meeting)),
        Column("code", "Code", lambda row: row.code, order="code"),
        Column("marking", "Marking", lambda row: row.marking, list, only_in_files=True),
    ),
    (
        contains("q", "Search", ("text", "code", "metric")),
        choice("forum", "Forum", "meeting__forum__code", "meeting__forum__name"),
        choice("meeting", "Meeting", "meeting__code"),
        choice("state", "State", "state"),
        since("since", "Due since", "due"),
        until("until", "Due until", "due"),
    ),
    order="due",
    empty="No target is recorded that you may see.",
    marking=lambda row: row.marking,
)  # fmt: skip
