"""Making and keeping users: all that is wrong with one is said at once."""

from __future__ import annotations

import secrets

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction

from pledgeway.access.models import User
from pledgeway.access.roles import Role

NEEDS_PARTY = frozenset({Role.DONOR_DESK, Role.RECIPIENT_DESK})


class UserRefusedError(Exception):
    """A user that cannot be made; ``reasons`` says why, one sentence each."""

    def __init__(self, reasons: list[str]) -> None:
        super().__init__("\n".join(reasons))
        self.reasons = reasons


def lacking(role: Role, party: object, place: object) -> dict[str, str]:
    """Return what a user of this role must have and has not (None), each with the sentence that says why."""
    found = {}
    if role in NEEDS_PARTY and party is None:
        found["party"] = f"a {role.value} acts for a party"
    if role is Role.HUB_OPERATOR and place is None:
        found["place"] = "a hub operator counts at a place"
    return found


def reset_password(user: User) -> str:
    """Give ``user`` a new password and return it: it cannot be read again. Sessions of the old one end."""
    password = secrets.token_urlsafe(12)
    set_password(user, password)
    return password


def set_password(user: User, password: str) -> None:
    """Give ``user`` this password. Sessions of the old one end. Raises UserRefusedError with every reason."""
    if reasons := _too_weak(user, password):
        raise UserRefusedError(reasons)
    user.set_password(password)
    user.save(update_fields=["password"])


def forget_second_factor(user: User) -> None:
    """Let ``user`` sign in by the password alone, and set up a second factor anew where the role must have one."""
    from allauth.mfa.models import Authenticator  # noqa: PLC0415 - needs the apps to be loaded

    Authenticator.objects.filter(user=user).delete()


def _too_weak(user: User, password: str) -> list[str]:
    try:
        validate_password(password, user)
    except ValidationError as failure:
        return list(failure.messages)
    return []


def add_user(name: str, password: str, role: Role, party_id: int | None = None, place_id: int | None = None) -> User:
    """Make a user and return it. Raises UserRefusedError with every reason."""
    user = User(username=name, role=role.value, party_id=party_id, place_id=place_id)
    reasons = [f"{sentence}: name one" for sentence in lacking(role, party_id, place_id).values()]
    reasons += _too_weak(user, password)
    try:
        user.full_clean(exclude=["password"])
    except ValidationError as failure:
        reasons += failure.messages
    if reasons:
        raise UserRefusedError(reasons)
    user.set_password(password)
    with transaction.atomic():
        user.save()
    return user
