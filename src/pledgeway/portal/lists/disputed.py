"""What the lists of commitments and requirements say of open disputes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from django.db.models import Q
from django.urls import reverse

from pledgeway.ledger.models import Dispute
from pledgeway.portal.tables import Column, Filter, whether


def disputes_of(key: str) -> str:
    """Return the address of the open disputes about the row called ``key``."""
    return f"{reverse('disputes')}?{urlencode({'q': key, 'state': Dispute.OPEN})}"


def column(key: Callable[[Any], str]) -> Column:
    """Return the column that says whether a figure of a row, called ``key``, is disputed."""
    return Column(
        "disputed", "Disputed", lambda row: row.disputed, bool,
        link=lambda row: disputes_of(key(row)) if row.disputed else None,
        meaning="whether somebody's doubt about a figure of it is open",
    )  # fmt: skip


def narrowing(of: str) -> Filter:
    """Return the filter by it; ``of`` is commitment or requirement."""

    def condition() -> Q:
        rows = Dispute.objects.filter(state=Dispute.OPEN, **{f"{of}__isnull": False})
        return Q(**{f"{of}_id__in": rows.values(f"{of}_id")})

    return whether("disputed", "Disputed", ("disputed", "not disputed"), condition)
