"""What a position holds, by day."""

from __future__ import annotations

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from pledgeway.accounts.holdings import History

FIRST = date(2026, 3, 1)
DAYS = st.integers(0, 9).map(lambda number: FIRST + timedelta(number))
CHANGES = st.lists(st.tuples(DAYS, st.integers(-5, 5), st.integers(-1, 1)))


@given(CHANGES, DAYS, DAYS)
def test_a_history_since_a_day_holds_the_same_on_every_day_from_there(
    changes: list[tuple[date, int, int]], since: date, day: date
) -> None:
    whole = History(changes)
    assert whole.since(since).at(max(day, since)) == whole.at(max(day, since))
    assert whole.since(since).days[0] == since
