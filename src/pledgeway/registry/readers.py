"""The reader that a user is: of its party, of all that was merged into it, and of the groups it belongs to."""

from __future__ import annotations

from typing import Any

from django.db.models import Q

from pledgeway.access.deciding import NOBODY, Reader
from pledgeway.access.models import User
from pledgeway.access.roles import Role
from pledgeway.registry.models import Party


def reader_of(user: Any) -> Reader:
    """Return who ``user`` (a request's, possibly nobody) is as a reader."""
    if not isinstance(user, User) or not user.is_active:
        return NOBODY
    codes: dict[int, str] = {}
    wanted = {user.party_id} if user.party_id is not None else set()
    while wanted:
        near = Party.objects.filter(Q(pk__in=wanted) | Q(merged_into__in=wanted))
        rows = list(near.values_list("pk", "merged_into", "code"))
        codes |= {pk: code for pk, _, code in rows if pk in wanted}
        wanted = {pk for row in rows for pk in row[:2] if pk is not None} - codes.keys()
    own, wanted = frozenset(codes.values()), set(codes)
    while wanted:
        groups = dict(Party.objects.filter(members__in=wanted).values_list("pk", "code"))
        wanted = groups.keys() - codes.keys()
        codes |= groups
    return Reader(
        user.username,
        Role(user.role),
        own,
        frozenset(codes.values()),
        user.place.code if user.place is not None else "",
    )


def who_stands_for(code: str) -> frozenset[str]:
    """Return the codes of a party, of all that it was merged with, and of a group's members likewise."""
    found: set[str] = set()
    wanted = {code}
    while wanted:
        found |= wanted
        near = Party.objects.filter(code__in=wanted).values_list("merged_into__code", "merged__code", "members__code")
        wanted = {one for row in near for one in row if one is not None} - found
    return frozenset(found)
