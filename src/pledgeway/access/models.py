"""Users. What they may see and do is decided in :mod:`pledgeway.access.deciding`."""

from __future__ import annotations

from django.contrib.auth.models import AbstractUser
from django.db import models

from pledgeway.access.roles import Role


class User(AbstractUser):
    """Someone who signs in: a role, and the party acted for (coordinators and administrators may have none)."""

    ROLES = {role.value: role.value for role in Role}

    role = models.CharField(max_length=20, choices=ROLES)
    party = models.ForeignKey("registry.Party", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    place = models.ForeignKey(
        "registry.Place", null=True, blank=True, on_delete=models.PROTECT, related_name="+",
        help_text="Where a hub operator counts",
    )  # fmt: skip

    def __str__(self) -> str:
        return self.username

    @property
    def code(self) -> str:
        """What changes of the user are kept under: the name, which never changes."""
        return self.username


class SavedView(models.Model):
    """A table as somebody left it: its filters, sorting and page, as the query of its address."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="saved_views")
    table = models.CharField(max_length=40)
    name = models.CharField(max_length=100)
    query = models.CharField(max_length=2000)

    class Meta:
        constraints = [models.UniqueConstraint(fields=("user", "table", "name"), name="saved_view_once")]

    def __str__(self) -> str:
        return self.name


class Token(models.Model):
    """What a program shows to read as a user; ``digest`` is the SHA-256 of it."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="tokens")
    name = models.CharField(max_length=100)
    digest = models.CharField(max_length=64, unique=True)
    created = models.DateTimeField(auto_now_add=True)
    expires = models.DateTimeField()

    def __str__(self) -> str:
        return self.name
