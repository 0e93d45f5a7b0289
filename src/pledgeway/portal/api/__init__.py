"""The same records over HTTP: every list of the pages, typed, with the same filters and the same eyes.

A program shows a user's token (``Authorization: Bearer ...``) and reads as that user; without one it reads what is
public. A session's cookie counts for nothing here.
"""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from ninja import NinjaAPI, Schema
from ninja.errors import HttpError, ValidationError
from ninja.security import HttpBearer

from pledgeway.access.deciding import NOBODY
from pledgeway.access.tokens import user_of
from pledgeway.portal.api import lists, record, recording
from pledgeway.portal.tables import QueryFaultsError
from pledgeway.registry.readers import reader_of


class Faults(Schema):
    """Everything that is wrong with what was asked, a sentence each."""

    faults: list[str]


class Token(HttpBearer):
    """The token of a user, without which nothing is answered."""

    def authenticate(self, request: HttpRequest, token: str) -> Any:
        """Let the request read as the user whose token it shows."""
        user = user_of(token)
        if user is not None:
            request.reader = reader_of(user)  # type: ignore[attr-defined]
        return user


class TokenOrNobody(Token):
    """The token of a user; a request without one reads as nobody, one with a token that is not valid is refused."""

    def __call__(self, request: HttpRequest) -> Any:
        """Return what stands for whoever asks; None for a token that is not valid."""
        if "Authorization" in request.headers:
            return super().__call__(request)
        request.reader = NOBODY  # type: ignore[attr-defined]
        return True


api = NinjaAPI(
    title="Pledgeway", version="1", description=__doc__ or "", docs_url=None, auth=[TokenOrNobody()],
    urls_namespace="api",
)  # fmt: skip


@api.exception_handler(QueryFaultsError)
def _faults(request: HttpRequest, failure: QueryFaultsError) -> HttpResponse:
    return api.create_response(request, {"faults": failure.faults}, status=400)


@api.exception_handler(ValidationError)
def _invalid(request: HttpRequest, failure: ValidationError) -> HttpResponse:
    found = [f"{'.'.join(str(part) for part in one['loc'][1:])}: {one['msg']}" for one in failure.errors]
    return api.create_response(request, {"faults": found}, status=422)


@api.exception_handler(HttpError)
def _refused(request: HttpRequest, failure: HttpError) -> HttpResponse:
    unread = failure.status_code == 400
    said = {"faults": [failure.message]} if unread else {"detail": failure.message}
    return api.create_response(request, said, status=failure.status_code)


def _responses() -> dict[int, Any]:
    return {400: Faults, 422: Faults, 401: lists.Detail}


lists.add_to(api, _responses())
record.add_to(api, _responses())
recording.add_to(api, _responses(), Token())
