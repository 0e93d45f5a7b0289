"""Posting over HTTP: the declared tables' rows become one batch with the rights of the token's user."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from ninja import NinjaAPI, Schema
from ninja.security import HttpBearer
from pydantic import Field, create_model

from pledgeway.accounts.rules import RefusedError
from pledgeway.intake.recording import record
from pledgeway.portal.api.lists import DAY, WORD
from pledgeway.portal.middleware import reader
from pledgeway.portal.tables import QueryFaultsError
from pledgeway.tables.faults import FaultyInput
from pledgeway.tables.fields import Kind, Table
from pledgeway.tables.recording import RECORDED

MOST_ROWS = 10_000
TYPES: dict[Kind, Any] = {Kind.WHOLE: int, Kind.YES_NO: bool, Kind.NAMES: list[WORD], Kind.DATE: DAY}


class Posted(Schema):
    """What was written, or with ``rehearse`` would be: the batch, its hash, and its postings' first number."""

    batch: int
    hash: str
    first_posting: int
    postings: int
    entries: int
    written: bool


def _row(table: Table) -> Any:
    """Return the schema of a row: what is not stated has the table's default; quantities are texts, to be exact."""
    fields: dict[str, Any] = {
        field.name: (TYPES.get(field.kind, WORD) | None, Field(None, description=field.meaning))
        for field in table.fields
    }
    return create_model(f"New{table.row.title()}", __base__=Schema, **fields)


Batch: Any = create_model(  # type: ignore[call-overload]
    "NewBatch", __base__=Schema,
    note=(WORD, Field("", description="what the batch is about")),
    rehearse=(bool, Field(False, description="check all of it and write nothing")),
    **{table.name: (list.__class_getitem__(_row(table)), Field([], max_length=MOST_ROWS, description=table.meaning))
       for table in RECORDED.values()},
)  # fmt: skip


def add_to(api: NinjaAPI, responses: dict[int, Any], auth: HttpBearer) -> None:
    """Add the endpoint, for whoever shows ``auth``."""

    def batches(request: HttpRequest, said: Any) -> dict[str, Any]:
        """Post one batch, all of it or nothing, with the rights of the token's user."""
        rows = said.dict(exclude_unset=True)
        note, rehearse = rows.pop("note", ""), rows.pop("rehearse", False)
        try:
            draft, posted = record(rows, reader(request), note, rehearse=rehearse)
        except FaultyInput as failure:
            raise QueryFaultsError([*map(str, failure.faults), *failure.objections]) from None
        except RefusedError as failure:
            raise QueryFaultsError([str(refusal) for refusal in failure.refusals]) from None
        return {
            "batch": posted.batch.number, "hash": posted.batch.hash, "first_posting": posted.first_posting,
            "postings": len(draft.moves), "entries": len(draft.entries), "written": not rehearse,
        }  # fmt: skip

    batches.__annotations__ = {"request": HttpRequest, "said": Batch}
    api.post("/batches", response={200: Posted, **responses}, operation_id="post_batch", url_name="post-batch",
             summary=batches.__doc__, auth=auth)(batches)  # fmt: skip
