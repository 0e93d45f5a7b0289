"""What docs/deploy.md tells people to install is there, and systemd understands it."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

from pledgeway.cli import app

ROOT = Path(__file__).parents[2]
UNITS = sorted(path.name for path in (ROOT / "deploy").glob("pledgeway*"))
PAGE = (ROOT / "docs" / "deploy.md").read_text("utf-8")


def test_the_page_names_every_file_and_variable() -> None:
    for file in (ROOT / "deploy").iterdir():
        stem = file.name if file.suffix != ".service" else file.stem
        assert stem in PAGE, f"docs/deploy.md does not say what deploy/{file.name} is for"
    said = (ROOT / "docs" / "web.md").read_text("utf-8")
    for name in re.findall(r"^([A-Z_]+)=", (ROOT / "deploy" / "environment").read_text("utf-8"), re.MULTILINE):
        assert f"`{name}`" in said


def test_the_commands_of_the_page_and_the_units_exist() -> None:
    known = {command.name or getattr(command.callback, "__name__", "") for command in app.registered_commands}
    known |= {str(group.typer_instance.info.name) for group in app.registered_groups if group.typer_instance}
    texts = [PAGE, *((ROOT / "deploy" / name).read_text("utf-8") for name in UNITS)]
    called = {word for text in texts for word in re.findall(r"bin/pledgeway ([a-z]+)|^pledgeway ([a-z]+)", text, re.M)}
    words = {one or other for one, other in called}
    assert {"serve", "work", "backup", "restore", "migrate", "user"} <= words
    assert words <= known, f"there is no command {words - known}"


def test_systemd_understands_the_units(tmp_path: Path) -> None:
    assert shutil.which("systemd-analyze"), "systemd is missing, which checks units. Install it with:  make test-tools"
    for name in UNITS:
        text = (ROOT / "deploy" / name).read_text("utf-8")
        (tmp_path / name).write_text(text.replace("/opt/pledgeway/bin/pledgeway", "/bin/true"))
    found = subprocess.run(
        ["systemd-analyze", "verify", *(str(tmp_path / name) for name in UNITS)], capture_output=True, text=True,
        check=False, env={"SYSTEMD_LOG_LEVEL": "warning", "PATH": "/usr/bin:/bin"},
    )  # fmt: skip
    assert (found.returncode, found.stderr) == (0, "")
