"""Every list of the API answers what is asked wrong as it says."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import Phase, settings

from tests.portal.schema import COMMON, OTHER_LISTS, check, described

pytestmark = [pytest.mark.slow, pytest.mark.long]


@described.include(path=OTHER_LISTS).parametrize()
@settings(phases=(Phase.explicit,), **COMMON)
def test_every_other_list_answers_what_is_wrong_in_any_one_parameter_as_it_says(case: Any, token: str) -> None:
    check(case, token)
