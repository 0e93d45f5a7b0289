"""Tokens with which programs read as a user. Only their digests are kept."""

from __future__ import annotations

import hashlib
import secrets
from datetime import UTC, datetime, timedelta

from pledgeway.access.models import Token, User

DAYS = 365


def make_token(user: User, name: str, days: int = DAYS) -> str:
    """Make a token of ``user`` that holds for ``days``, and return it: it cannot be read again."""
    text = f"pledgeway_{secrets.token_urlsafe(32)}"
    expires = datetime.now(UTC) + timedelta(days=days)
    Token.objects.create(user=user, name=name, digest=_digest(text), expires=expires)
    return text


def user_of(text: str) -> User | None:
    """Return the user whose token ``text`` is; None for no token, and for one that has expired."""
    found = Token.objects.select_related("user").filter(digest=_digest(text), expires__gt=datetime.now(UTC)).first()
    return found.user if found is not None and found.user.is_active else None


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
