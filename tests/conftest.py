"""What all tests share."""

from __future__ import annotations

from importlib import import_module

import pytest


def pytest_configure(config: pytest.Config) -> None:
    """Set Django up where tests run: not in the process that hands them out, for which the others wait."""
    if config.getoption("dist", "no") == "no":
        import_module("tests.databases")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what takes minutes: a process that came to it last would let the other stand idle."""
    items.sort(key=lambda item: item.get_closest_marker("long") is None)


@pytest.fixture(scope="session", autouse=True)
def _compiled() -> None:
    """Compile the engine before any test's seconds are counted."""
    import_module("pledgeway.planning.compiling").compile_engine()


@pytest.fixture(autouse=True)
def _nothing_remembered() -> None:
    """Let no test be answered with what another found: they write to databases in ways that no user can."""
    import_module("pledgeway.ledger.remembered").forget()
