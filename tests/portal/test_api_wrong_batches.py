"""The API answers batches that are wrong as it says; in a file of its own, as it takes longest."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import settings

from tests.portal.schema import COMMON, check, described

pytestmark = [pytest.mark.slow, pytest.mark.long]


@described.include(method="POST").parametrize()
@settings(**COMMON)
def test_it_answers_a_batch_wrong_in_any_one_field_as_it_says(case: Any, token: str) -> None:
    check(case, token)  # more than a thousand batches, each with another value of one field
