"""Small files for the command to work on."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from pledgeway.formats import write_problem
from tests.cli.command import DONE, call
from tests.formats.sample import sample
from tests.planning.worked import ferry


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder with the ferry as a problem file, and the sample as a workbook and as a problem file."""
    write_problem(ferry(), tmp_path / "ferry.json")
    write_problem(sample(), tmp_path / "aid.xlsx")
    write_problem(sample(), tmp_path / "aid.json")
    return tmp_path


@pytest.fixture(scope="session")
def _once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("planned")
    write_problem(ferry(), folder / "ferry.json")
    done = call("plan", "ferry.json", "-o", "plan", folder=folder)
    assert done.returncode == DONE, done.stderr
    return folder


@pytest.fixture
def planned(_once: Path, tmp_path: Path) -> Path:
    """Return a folder with ferry.json and its plan's folder, the test's own."""
    shutil.copytree(_once, tmp_path / "own")
    return tmp_path / "own"
