"""What is no list: one commitment with its stages, balances at any cut, and the chain's head."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any

from django.http import Http404, HttpRequest
from ninja import NinjaAPI, Query, Schema
from pydantic import Field

from pledgeway.accounts.figures import Amount
from pledgeway.ledger.models import Batch
from pledgeway.portal.api.lists import DAY, MOMENT, PUBLIC_TOO, WORD, Detail
from pledgeway.portal.lists import balances as of_balances
from pledgeway.portal.lists import commitments
from pledgeway.portal.middleware import reader
from pledgeway.portal.words import Quantity, plain

_DIMENSION = "|".join(of_balances.DIMENSIONS)


class Standing(Schema):
    """What stands at one stage now."""

    stage: str
    quantity: Decimal | None
    undisclosed: bool


class One(Schema):
    """A commitment with what stands at each stage."""

    key: str
    kind: str
    what: str
    donor: str
    recipient: str | None
    unit: str
    day: date
    marking: list[str]
    stages: list[Standing]


class Balance(Schema):
    """What stands in one group; dimensions that were not asked for are null."""

    donor: str | None = None
    recipient: str | None = None
    kind: str | None = None
    stage: str | None = None
    purpose: str | None = None
    item: str | None = None
    place: str | None = None
    requirement: str | None = None
    decision: str | None = None
    month: str | None = None
    commitment: str | None = None
    quantity: Decimal | None
    undisclosed: bool
    unit: str


class Head(Schema):
    """The chain's last batch: kept elsewhere, it finds what was changed, cut off or removed."""

    batch: int
    hash: str
    recorded: datetime


class Cut(Schema):
    """By what, on which day, as it was known when."""

    by: str = Field("kind,stage", pattern=f"^({_DIMENSION})(,({_DIMENSION})){{0,10}}$", max_length=200)
    as_of: DAY | None = Field(None, description="what stood at the end of this day")
    known_at: Annotated[int, Field(ge=0, lt=10**17)] | MOMENT | None = Field(
        None, description="as it was known at this batch (a number) or moment (UTC where it names no zone)"
    )


def add_to(api: NinjaAPI, responses: dict[int, Any]) -> None:
    """Add the endpoints."""
    for name, view, answer in (("commitment", one, One), ("balances", balances, list[Balance]), ("head", head, Head)):
        found = {200: answer, 404: Detail, **responses}
        add = api.get(
            f"/{name}", response=found, operation_id=name, url_name=name, summary=view.__doc__, openapi_extra=PUBLIC_TOO
        )
        add(view)


def one(request: HttpRequest, key: Annotated[WORD, Query()]) -> dict[str, Any]:
    """Return one commitment."""
    terms: Any = None
    if "\x00" not in key:
        terms = commitments.rows(reader(request)).filter(commitment__key=key).first()
    if terms is None:
        raise Http404
    commitments.complete([terms])
    return {
        "key": terms.commitment.key, "kind": terms.commitment.kind, "what": commitments.what(terms),
        "donor": terms.donor.name, "recipient": terms.recipient.name if terms.recipient else None,
        "unit": terms.commitment.unit, "day": terms.day, "marking": terms.marking,
        "stages": [{"stage": name, **_amount(amount, terms.stand.decimals)}
                   for name, amount in terms.stand.now_at().items()],
    }  # fmt: skip


def balances(request: HttpRequest, asked: Annotated[Cut, Query()]) -> list[dict[str, Any]]:
    """Return what stands where."""
    said = asked.dict(exclude_none=True)
    what = of_balances.asked(
        {name: one.isoformat() if isinstance(one, date) else str(one) for name, one in said.items()}
    )
    lines = of_balances.rows(reader(request), what)
    return [{**line.group, **_amount(line.amount, line.decimals), "unit": line.unit} for line in lines]


def _amount(amount: Amount, decimals: int) -> dict[str, Any]:
    return {"quantity": plain(Quantity.of(amount, decimals)), "undisclosed": amount.marks > 0}


def head(request: HttpRequest) -> dict[str, Any]:
    """Return the chain's head, for users."""
    last = Batch.objects.order_by("-number").first() if reader(request).role is not None else None
    if last is None:
        raise Http404
    return {"batch": last.number, "hash": last.hash, "recorded": last.recorded}
