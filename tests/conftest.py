"""What all tests share."""

from __future__ import annotations

import pytest

import tests.databases  # noqa: F401 - sets Django up
from pledgeway.ledger import remembered
from pledgeway.planning.compiling import compile_engine


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what takes minutes: a process that came to it last would let the other stand idle."""
    items.sort(key=lambda item: item.get_closest_marker("long") is None)


@pytest.fixture(scope="session", autouse=True)
def _compiled() -> None:
    """Compile the engine before any test's seconds are counted."""
    compile_engine()


@pytest.fixture(autouse=True)
def _nothing_remembered() -> None:
    """Let no test be answered with what another found: they write to databases in ways that no user can."""
    remembered.forget()
