"""The two questions about time: what stood on a day, and what was known at a moment."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime

from pledgeway.ledger.models import Batch


@dataclass(frozen=True)
class Cut:
    """``as_of``: up to the end of this day (None: all days); ``known_at``: up to this batch (None: all batches)."""

    as_of: date | None = None
    known_at: int | None = None

    @property
    def parameters(self) -> list[object]:
        """What a query needs that says ``day <= %s AND batch_id <= %s``."""
        return [self.as_of or date.max, 2**62 if self.known_at is None else self.known_at]


def known_at(text: str) -> int:
    """Return the last batch known at ``text``: a batch's number, or a moment such as 2026-03-01T12:00 (UTC) or a day.

    A day means its end. Raises ValueError for what is neither.
    """
    if text.isdecimal():
        return int(text)
    moment = datetime.fromisoformat(text)
    if len(text) <= 10:
        moment = moment.replace(hour=23, minute=59, second=59, microsecond=999_999)
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    last = Batch.objects.filter(recorded__lte=moment).order_by("-number").first()
    return last.number if last else 0
