"""What all tests share."""

from __future__ import annotations

import pytest

import tests.databases  # noqa: F401 - sets Django up
from pledgeway.ledger import remembered
from pledgeway.planning.compiling import compile_engine


@pytest.fixture(scope="session", autouse=True)
def _compiled() -> None:
    """Compile the engine before any test's seconds are counted."""
    compile_engine()


@pytest.fixture(autouse=True)
def _nothing_remembered() -> None:
    """Let no test be answered with what another found: they write to databases in ways that no user can."""
    remembered.forget()
