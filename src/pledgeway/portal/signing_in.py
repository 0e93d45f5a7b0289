"""Sign-in as allauth does it, but accounts are made by an administrator only."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest
from django.urls import reverse

from pledgeway.access.roles import Role
from pledgeway.registry.readers import reader_of

DESKS = (Role.DONOR_DESK, Role.RECIPIENT_DESK, Role.HUB_OPERATOR)


class Adapter(DefaultAccountAdapter):  # type: ignore[misc]
    """Nobody signs up."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:  # noqa: ARG002 - allauth's signature
        """Return whether somebody may make an account."""
        return False

    def get_login_redirect_url(self, request: HttpRequest) -> Any:
        """Return where a user who has signed in begins: a desk at its own tasks, all others with the situation."""
        return reverse("proposals" if reader_of(request.user).role in DESKS else "situation")
