"""The reader that a user is: of its party, of all that was merged into it, and of the groups it belongs to."""

from __future__ import annotations

from typing import Any

from pledgeway.access.deciding import NOBODY, Reader
from pledgeway.access.models import User
from pledgeway.access.roles import Role
from pledgeway.registry.models import Party


def reader_of(user: Any) -> Reader:
    """Return who ``user`` (a request's, possibly nobody) is as a reader."""
    if not isinstance(user, User) or not user.is_active:
        return NOBODY
    own: set[int] = set()
    wanted = {user.party_id} if user.party_id is not None else set()
    while wanted:
        own |= wanted
        near = Party.objects.filter(pk__in=wanted).values_list("merged_into", flat=True)
        merged = Party.objects.filter(merged_into__in=wanted).values_list("pk", flat=True)
        wanted = ({pk for pk in near if pk is not None} | set(merged)) - own
    groups, wanted = set(own), set(own)
    while wanted:
        wanted = set(Party.objects.filter(members__in=wanted).values_list("pk", flat=True)) - groups
        groups |= wanted
    codes = dict(Party.objects.filter(pk__in=groups).values_list("pk", "code"))
    return Reader(
        user.username,
        Role(user.role),
        frozenset(codes[pk] for pk in own),
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
