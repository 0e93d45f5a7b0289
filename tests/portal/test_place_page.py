"""A place says what is in its store and what still waits to leave."""

from __future__ import annotations

import pytest

from pledgeway.portal.pages.place import answer
from pledgeway.registry.models import Place


@pytest.mark.parametrize(
    ("place", "stored", "waiting", "said"),
    [
        (Place(), 0.0, 0.0, "0 t that you may see are in store here; no limit of its handling is stated."),
        (Place(storage_t=200.0, handling_t_per_day=90.0), 50.0, 1000.0,
         "50 t that you may see are in store here, 25 % of what it can store, and 1 000 t wait to leave from here; "
         "it can handle 90 t a day."),
    ],
)  # fmt: skip
def test_goods_that_wait_to_leave_are_told_apart_from_those_in_store(
    place: Place, stored: float, waiting: float, said: str
) -> None:
    assert (
        answer(place, stored, waiting).replace("\N{NARROW NO-BREAK SPACE}", " ").replace("\N{NO-BREAK SPACE}", " ")
        == said
    )
