"""Cells of the tracker: days, counts, amounts and addresses as people write them."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from pledgeway.accounts.days import Day, month, not_later
from pledgeway.formats.kiel.cells import addresses_of, count_of, number_of
from pledgeway.formats.kiel.days import read_day
from pledgeway.formats.kiel.rows import Count

UNTIL = date(2022, 10, 3)


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        (date(2022, 3, 1), Day(date(2022, 3, 1))),
        ("until 7/27/2022", not_later(date(2022, 7, 27))),
        ("until  5/7/2022", not_later(date(2022, 5, 7))),
        ("until 3/10/2022", not_later(date(2022, 3, 10))),
        ("between 3/4/22 & 3/11/22", not_later(date(2022, 3, 11))),
        ("between 3/20/2022 and 7/1/2022", not_later(date(2022, 7, 1))),
        ("not specified, 03/22", month(2022, 3)),
        ("unclear, 09/2022", month(2022, 9)),
        ("since 2/24/2022", not_later(UNTIL)),
        ("Undisclosed", not_later(UNTIL)),
        (None, not_later(UNTIL)),
    ],
)
def test_days_are_read_by_the_latest_possible_one(cell: Any, expected: Day) -> None:
    assert read_day(cell, UNTIL) == (expected, "")


@pytest.mark.parametrize(
    ("cell", "fault"),
    [
        (date(2922, 2, 9), "after 2022-10-03, where this release ends; taken as not later than 2022-10-03"),
        ("until 4/6/2023", "after 2022-10-03, where this release ends; taken as not later than 2022-10-03"),
        (date(2021, 2, 9), "before 2022-01-24, where the tracker begins; taken as not later than 2022-10-03"),
        ("until 27/7/2022", "no date that can be understood; taken as not later than 2022-10-03"),
        ("soon", "no date that can be understood; taken as not later than 2022-10-03"),
        (44600.0, "no date that can be understood; taken as not later than 2022-10-03"),
    ],
)
def test_days_that_cannot_be_are_taken_as_the_release_and_listed(cell: Any, fault: str) -> None:
    assert read_day(cell, UNTIL) == (not_later(UNTIL), fault)


@pytest.mark.parametrize(
    ("cell", "count", "odd"),
    [
        (20.0, Count(Decimal("20.0"), said="20"), False),
        (216.66666666666666, Count(Decimal("216.66666666666666"), said="216.66666666666666"), False),
        (".", Count(), False),
        (None, Count(), False),
        ("undisclosed", Count(unknown=True, said="undisclosed"), False),
        ("Undisclosed ", Count(unknown=True, said="Undisclosed "), False),
        ("dozens", Count(unknown=True, said="dozens"), True),
        ("1.000.00", Count(unknown=True, said="1.000.00"), True),
        (-3.0, Count(unknown=True, said="-3"), True),
    ],
)
def test_units_are_known_unknown_or_not_stated(cell: Any, count: Count, odd: bool) -> None:
    assert count_of(cell) == (count, odd)


def test_amounts_are_taken_digit_by_digit() -> None:
    assert number_of(23456872.86374908) == (Decimal("23456872.86374908"), False)
    assert number_of("Not given") == (None, False)
    assert number_of("about 5") == (None, True)
    assert number_of(True) == (None, True)


def test_addresses_lose_stray_points_and_spaces_and_stand_once() -> None:
    assert addresses_of(".https://a.example/x", " https://b.example \n", "\xa0", ".", None, "https://a.example/x") == (
        "https://a.example/x", "https://b.example",
    )  # fmt: skip
