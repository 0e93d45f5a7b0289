"""What a reader may see of forums: by the marking of each meeting, decision and target; the chair owns them.

Users see every forum, as they do all reference data; nobody (not signed in) sees those with something public.
"""

from __future__ import annotations

from django.db.models import Q, QuerySet

from pledgeway.access.deciding import Reader, visible
from pledgeway.forums.models import Decision, Forum, Meeting, Target

OWNER = "forum__chair__code"


def meetings_seen(reader: Reader) -> QuerySet[Meeting]:
    """Return the meetings that ``reader`` may see."""
    return visible(Meeting.objects.all(), reader, OWNER)


def decisions_seen(reader: Reader) -> QuerySet[Decision]:
    """Return the decisions that ``reader`` may see: never one of a meeting that is hidden."""
    rows = visible(Decision.objects.all(), reader, f"meeting__{OWNER}")
    return rows if reader.sees_all else rows.filter(meeting__in=meetings_seen(reader).values("pk"))


def targets_seen(reader: Reader) -> QuerySet[Target]:
    """Return the targets that ``reader`` may see: never one of a meeting or a decision that is hidden."""
    rows = visible(Target.objects.all(), reader, f"meeting__{OWNER}")
    if reader.sees_all:
        return rows
    of_seen = Q(decision=None) | Q(decision__in=decisions_seen(reader).values("pk"))
    return rows.filter(of_seen, meeting__in=meetings_seen(reader).values("pk"))


def forums_seen(reader: Reader) -> QuerySet[Forum]:
    """Return the forums that ``reader`` may see."""
    every = Forum.objects.all()
    return every if reader.role is not None else every.filter(pk__in=meetings_seen(reader).values("forum_id"))
