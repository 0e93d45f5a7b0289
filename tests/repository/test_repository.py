"""What the repository promises of itself: its pages name what exists, its floors hold, its locks name no index."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_pages_name_targets_commands_and_files_that_exist(page: Path) -> None:
    from typer.main import get_command  # noqa: PLC0415

    from pledgeway.cli import app  # noqa: PLC0415

    text = page.read_text("utf-8")
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    assert set(re.findall(r"\bmake ([a-z-]+)\b(?=`|$|  | BENCH)", text, re.MULTILINE)) <= targets
    commands = set(get_command(app).commands)  # type: ignore[attr-defined]
    assert set(re.findall(r"^pledgeway ([a-z-]+)", text, re.MULTILINE)) <= commands
    assert set(re.findall(r"`pledgeway ([a-z]+)[ `]", text)) <= commands
    for link in re.findall(r"\]\(([^)#:]+)\)", text):
        assert (page.parent / link).exists(), link


@pytest.mark.parametrize("lock", sorted((ROOT / "requirements").glob("*.txt")), ids=lambda lock: lock.name)
def test_locks_are_hashed_and_name_no_index(lock: Path) -> None:
    text = lock.read_text("utf-8")
    assert "--index-url" not in text
    assert "--find-links" not in text
    assert "://" not in re.sub(r"#.*", "", text)
    pinned = re.findall(r"^[a-z0-9._-]+==", text, re.MULTILINE | re.IGNORECASE)
    assert pinned
    assert text.count("--hash=sha256:") >= len(pinned)


def test_the_floors_hold() -> None:
    program = shutil.which("lint-imports", path=str(Path(sys.executable).parent))
    assert program
    done = subprocess.run([program, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_the_command_line_answers_without_the_engine() -> None:
    code = "import sys; from pledgeway.cli import run; run(['--version']); sys.exit('numba' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False, capture_output=True).returncode == 0
