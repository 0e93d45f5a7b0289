"""Quantities are exact, or refused."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pledgeway.accounts.quantities import MOST, InexactQuantityError, currency_decimals, from_parts, to_parts


@given(st.integers(-MOST + 1, MOST - 1), st.integers(0, 9))
def test_parts_become_a_decimal_and_the_same_parts_again(parts: int, decimals: int) -> None:
    assert to_parts(from_parts(parts, decimals), decimals) == parts


@pytest.mark.parametrize("quantity", ["0.001", "nan", "inf", "many", str(MOST), "1e400"])
def test_what_is_finer_too_large_or_no_number_is_refused(quantity: str) -> None:
    with pytest.raises(InexactQuantityError):
        to_parts(quantity, 2)


def test_money_is_counted_in_the_minor_unit_of_its_currency() -> None:
    assert [currency_decimals(currency) for currency in ("EUR", "JPY", "KWD")] == [2, 0, 3]
    assert to_parts("1234567890123.45", 2) == 123456789012345
    assert from_parts(5, 2) == Decimal("0.05")
