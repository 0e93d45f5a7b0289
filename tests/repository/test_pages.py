"""What the pages tell people to type is understood, and the tour of the README runs."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from typer.core import TyperGroup
from typer.main import get_command

from pledgeway.cli import app

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")), *sorted((ROOT / "examples").glob("*.md"))]
CALLS = [
    (page.name, call)
    for page in PAGES
    for call in re.findall(r"^pledgeway ([a-z].*?)(?:\s+#.*)?$", page.read_text("utf-8"), re.MULTILINE)
]


@pytest.mark.parametrize(("page", "call"), CALLS)
def test_a_call_in_a_page_is_understood(page: str, call: str) -> None:  # noqa: ARG001 - names the case
    name, *words = shlex.split(call)
    command = get_command(app).commands[name]  # type: ignore[attr-defined]
    context = command.make_context(name, words)
    while isinstance(context.command, TyperGroup):
        name, command, words = context.command.resolve_command(context, words)
        context = command.make_context(name, words, parent=context)
    assert context.params


def test_the_readme_shows_every_command_of_the_main_job() -> None:
    shown = {call.split()[0] for page, call in CALLS if page == "README.md"}
    assert {"template", "check", "plan", "verify", "explain", "convert"} <= shown


def test_make_lists_every_target_it_has() -> None:
    text = (ROOT / "Makefile").read_text("utf-8")
    targets = re.findall(r"^\.PHONY: (.+)$", text, re.MULTILINE)[0].split()
    listed = subprocess.run(["make", "-s", "help"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert {line.split()[1] for line in listed.splitlines()} == set(targets) - {"help"}


@pytest.mark.parametrize("list_", sorted((ROOT / "requirements").glob("*.in")), ids=lambda file: file.name)
def test_every_dependency_is_locked_and_has_its_reasons(list_: Path) -> None:
    wanted = re.findall(r"^[a-z][a-z0-9-]*", list_.read_text("utf-8"), re.MULTILINE)
    locked = set(re.findall(r"^([a-z0-9.-]+)==", list_.with_suffix(".txt").read_text("utf-8"), re.MULTILINE))
    rows = re.findall(r"^\| ([^|]+) \|", (ROOT / "docs" / "decisions.md").read_text("utf-8"), re.MULTILINE)
    reasons = {name for row in rows for name in re.split(r"[, ()]+", row.lower())}
    assert wanted
    assert set(wanted) <= locked
    assert set(wanted) <= reasons | {f"python-{name}" for name in reasons}


def test_nothing_names_a_place_on_somebodys_machine() -> None:
    ours = [ROOT / "Makefile", ROOT / ".ci" / "run", ROOT / "pyproject.toml", *PAGES]
    for folder in ("src", "benchmarks", "examples", "tests"):
        ours += [file for file in (ROOT / folder).rglob("*.py") if file != Path(__file__)]
    named = [file.name for file in ours if re.search(r"/(root|home|tmp|Users)/", file.read_text("utf-8"))]
    assert named == []


@pytest.mark.slow
def test_the_readmes_tour_in_python_runs() -> None:
    (code,) = re.findall(r"```python\n(.*?)```", (ROOT / "README.md").read_text("utf-8"), re.DOTALL)
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("\n") > 3
