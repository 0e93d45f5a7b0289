"""Users, for whoever keeps them."""

from __future__ import annotations

from datetime import datetime

from django.db.models import QuerySet
from django.urls import reverse

from pledgeway.access.deciding import Reader
from pledgeway.access.models import User
from pledgeway.intake.reference.kept import users_seen
from pledgeway.portal.tables import Column, Table, choice, contains


def rows(reader: Reader) -> QuerySet[User]:
    """Return the users that ``reader`` may see."""
    return users_seen(reader).select_related("party", "place")


TABLE = Table(
    "users",
    "Users",
    (
        Column("name", "Name", lambda row: row.username, order="username",
               link=lambda row: reverse("reference-one", args=["users", row.pk])),
        Column("role", "Role", lambda row: row.role, order="role"),
        Column("party", "Party", lambda row: row.party and row.party.name, order="party__name"),
        Column("place", "Place", lambda row: row.place and row.place.name, order="place__name"),
        Column("active", "Active", lambda row: row.is_active, bool, "is_active"),
        Column("last_login", "Last signed in", lambda row: row.last_login, datetime, "last_login"),
    ),
    (
        contains("q", "Search", ("username", "party__name")),
        choice("role", "Role", "role"),
        choice("party", "Party", "party__code", "party__name"),
    ),
    order="name",
)  # fmt: skip
