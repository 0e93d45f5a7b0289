"""What all tests share."""

from __future__ import annotations

import os

import pytest

from pledgeway.planning.compiling import compile_engine

# Plain http, as on a developer's machine, and a key of no value.
os.environ |= {"PLEDGEWAY_DEMO": "1", "SECRET_KEY": "a key for tests"}


@pytest.fixture(scope="session", autouse=True)
def _compiled() -> None:
    """Compile the engine before any test's seconds are counted."""
    compile_engine()
