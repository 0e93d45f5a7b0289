"""Each test of the ledger runs on both databases."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.databases import ENGINES, fresh


@pytest.fixture(params=ENGINES)
def engine(request: pytest.FixtureRequest) -> Iterator[str]:
    """A fresh database of each engine, by the engine's name."""
    with fresh(request.param):
        yield request.param
