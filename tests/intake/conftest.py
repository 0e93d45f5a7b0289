"""Imports are tried on an empty database."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.databases import fresh


@pytest.fixture
def sqlite() -> Iterator[str]:
    with fresh("sqlite") as url:
        yield url


@pytest.fixture
def postgresql() -> Iterator[str]:
    with fresh("postgresql") as url:
        yield url
