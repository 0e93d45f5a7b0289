"""The API answers what it says it does to whatever is posted to it."""

from __future__ import annotations

from typing import Any

from hypothesis import Phase, settings

from tests.portal.schema import COMMON, check, described


@described.include(method="POST").parametrize()
@settings(phases=(Phase.generate, Phase.shrink), **COMMON)
def test_it_answers_any_batch_as_it_says(case: Any, token: str) -> None:
    check(case, token)
