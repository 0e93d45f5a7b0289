"""Serving the web and making users, by command."""

from __future__ import annotations

import json
import os
import re
import subprocess
import time
import urllib.request
from pathlib import Path

import pytest

from tests.cli.command import PROGRAM

ROOT = Path(__file__).parents[2]


def call(folder: Path, *arguments: str, said: str = "", **environment: str) -> subprocess.CompletedProcess[str]:
    clean = {
        name: value for name, value in os.environ.items() if not name.startswith(("PLEDGEWAY", "SECRET", "DJANGO"))
    }
    clean |= {"DATABASE_URL": f"sqlite:///{folder / 'web.sqlite3'}"} | environment
    return subprocess.run([str(PROGRAM), *arguments], cwd=folder, env=clean, input=said, capture_output=True, text=True,
                          check=False, timeout=60)  # fmt: skip


def test_serving_insecurely_is_refused_with_all_that_is_missing(tmp_path: Path) -> None:
    call(tmp_path, "migrate")
    refused = call(tmp_path, "serve", SECRET_KEY="short")
    assert refused.returncode == 2
    assert "SECRET_KEY" in refused.stderr
    assert "ALLOWED_HOSTS" in refused.stderr


def test_a_user_is_made_and_listed_and_a_wrong_one_refused(tmp_path: Path) -> None:
    call(tmp_path, "migrate")
    wrong = call(tmp_path, "user", "add", "dora", "--role", "boss", "--party", "DE", said="some long password\n")
    assert wrong.returncode == 2
    assert "there is no role 'boss'" in wrong.stderr
    assert "there is no party with the code 'DE'" in wrong.stderr
    assert call(tmp_path, "user", "add", "ann", "--role", "analyst", said="short\n").returncode == 2
    assert call(tmp_path, "user", "add", "ann", "--role", "analyst", said="some long password\n").returncode == 0
    assert '"user": "ann"' in call(tmp_path, "user", "list", "--json").stdout
    twice = call(tmp_path, "user", "add", "ann", "--role", "analyst", said="some long password\n")
    assert "already exists" in twice.stderr


def test_a_user_gets_a_new_password_is_shut_out_and_let_in_again(tmp_path: Path) -> None:
    call(tmp_path, "migrate")
    call(tmp_path, "user", "add", "ann", "--role", "analyst", said="some long password\n")
    unknown = call(tmp_path, "user", "disable", "anne")
    assert unknown.returncode == 2
    assert "there is no user 'anne'; pledgeway user list names them" in unknown.stderr
    weak = call(tmp_path, "user", "password", "ann", said="short\n")
    assert weak.returncode == 2
    assert "at least 12 characters" in weak.stderr
    anew = call(tmp_path, "user", "password", "ann", "--second-factor-anew", said="another long password\n")
    assert anew.stdout == "ann has a new password\n"
    assert call(tmp_path, "user", "disable", "ann").stdout == "ann is shut out\n"
    assert json.loads(call(tmp_path, "user", "list", "--json").stdout)[0]["active"] is False
    assert json.loads(call(tmp_path, "user", "enable", "ann", "--json").stdout)["active"] is True


@pytest.mark.slow
def test_the_example_is_served_and_stops_cleanly(tmp_path: Path) -> None:
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("PLEDGEWAY", "SECRET"))}
    clean |= {"DATABASE_URL": f"sqlite:///{tmp_path / 'web.sqlite3'}"}
    with subprocess.Popen([str(PROGRAM), "serve", "--demo", "--port", "8231"], cwd=ROOT, env=clean, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as server:  # fmt: skip
        try:
            for _ in range(60):
                try:
                    page = urllib.request.urlopen("http://127.0.0.1:8231/", timeout=5).read().decode()
                    break
                except OSError:
                    time.sleep(0.5)
            assert "Situation" in page
            figures = re.findall(r'<dd><a href="[^"]+">([^<]+)</a>', page)
            assert figures
            assert figures[0] != "0"
        finally:
            server.terminate()
            said = server.communicate(timeout=30)[0]
    assert "coordinator" in said
