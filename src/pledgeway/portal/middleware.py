"""What every answer has: a reader, a strict content security policy, and a second factor where a role must have one."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.cache import patch_cache_control

from pledgeway.access.deciding import NOBODY, Reader
from pledgeway.registry.readers import reader_of

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'; manifest-src 'self'"
)
SIGN_IN = "/account/"
"""Where somebody may go who has yet to set up a second factor."""


class PortalMiddleware:
    """Gives requests their ``reader``, and answers the policy."""

    def __init__(self, answer: Callable[[HttpRequest], HttpResponse]) -> None:
        self._answer = answer

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer ``request``."""
        request.reader = reader_of(request.user)  # type: ignore[attr-defined]
        if self._lacks_second_factor(request):
            response: HttpResponse = redirect("mfa_activate_totp")
        else:
            response = self._answer(request)
        response.headers.setdefault("Content-Security-Policy", POLICY)
        response.headers.setdefault("Permissions-Policy", "camera=(), geolocation=(), microphone=()")
        if not request.path.startswith(settings.STATIC_URL):
            patch_cache_control(response, private=True, no_store=True)
        return response

    def _lacks_second_factor(self, request: HttpRequest) -> bool:
        role = reader(request).role
        if role is None or role.value not in settings.SECOND_FACTOR_ROLES:
            return False
        if request.path.startswith((SIGN_IN, settings.STATIC_URL)):
            return False
        from allauth.mfa.utils import is_mfa_enabled  # noqa: PLC0415 - needs the apps to be loaded

        return not is_mfa_enabled(request.user)


def reader(request: HttpRequest) -> Reader:
    """Return who reads the answer to ``request``."""
    found = getattr(request, "reader", NOBODY)
    assert isinstance(found, Reader)
    return found
