"""The same records over HTTP: every list of the pages, typed, with the same filters and the same eyes.

A program shows a user's token (``Authorization: Bearer ...``) and reads as that user; without one it reads what is
public. A session's cookie counts for nothing here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pydantic
from django.http import HttpRequest, HttpResponse
from ninja import NinjaAPI, Schema
from ninja.errors import HttpError, ValidationError
from ninja.security import HttpBearer

from pledgeway.access.deciding import NOBODY
from pledgeway.access.tokens import user_of
from pledgeway.portal.api import lists, record, recording
from pledgeway.portal.tables import QueryFaultsError
from pledgeway.registry.readers import reader_of

Run = Callable[..., HttpResponse]
"""What runs an operation: reads what is asked, asks who asks, answers."""


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
    return api.create_response(request, {"faults": _sentences(failure.errors)}, status=422)


def _sentences(errors: Sequence[Mapping[str, Any]]) -> list[str]:
    return [f"{'.'.join(str(part) for part in one['loc'][1:])}: {one['msg']}" for one in errors]


@api.exception_handler(HttpError)
def _refused(request: HttpRequest, failure: HttpError) -> HttpResponse:
    unread = failure.status_code == 400
    said = {"faults": [failure.message]} if unread else {"detail": failure.message}
    return api.create_response(request, said, status=failure.status_code)


def _responses() -> dict[int, Any]:
    return {400: Faults, 422: Faults, 401: lists.Detail}


def _understood(run: Run) -> Run:
    """Refuse words of an address that the operation has not: left out, they would answer another question."""
    asked = [model for model in run.__self__.models if model.__ninja_param_source__ == "query"]  # type: ignore[attr-defined]
    words = sorted({name for model in asked for name in model.__ninja_flatten_map__})

    def checked(request: HttpRequest, **path: Any) -> HttpResponse:
        unknown = [name for name in request.GET if name not in words]
        if not unknown:
            return run(request, **path)
        found = [f"there is no {name}; there are {', '.join(words) or 'no words to ask with'}" for name in unknown]
        for model in asked:
            try:
                model.resolve(request, api, path)
            except pydantic.ValidationError as failure:
                found += _sentences(failure.errors())
        return api.create_response(request, {"faults": found}, status=422)

    return checked


api.add_decorator(_understood, mode="view")
lists.add_to(api, _responses())
record.add_to(api, _responses())
recording.add_to(api, _responses(), Token())
