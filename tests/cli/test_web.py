"""Serving the web and making users, by command."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import time
import urllib.request
from pathlib import Path

import pytest

from pledgeway.settings import SQLITE_FILE
from tests.cli.command import PROGRAM, started
from tests.databases import copy_empty

ROOT = Path(__file__).parents[2]


NOTHING_SAID = dict.fromkeys(("PLEDGEWAY_DEMO", "SECRET_KEY"))
"""An environment without what the tests' own says about serving."""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder with an empty database."""
    copy_empty(tmp_path / SQLITE_FILE)
    return tmp_path


def called(folder: Path, *arguments: str, said: str = "", **changes: str) -> subprocess.CompletedProcess[str]:
    return started(*arguments, folder=folder, said=said, env=NOTHING_SAID | changes)


def test_serving_insecurely_is_refused_with_all_that_is_missing(folder: Path) -> None:
    refused = called(folder, "serve", SECRET_KEY="short")
    assert refused.returncode == 2
    assert "SECRET_KEY" in refused.stderr
    assert "ALLOWED_HOSTS" in refused.stderr


def test_a_user_is_made_and_listed_and_a_wrong_one_refused(folder: Path) -> None:
    wrong = called(folder, "user", "add", "dora", "--role", "boss", "--party", "DE", said="some long password\n")
    assert wrong.returncode == 2
    assert "there is no role 'boss'" in wrong.stderr
    assert "there is no party with the code 'DE'" in wrong.stderr
    assert called(folder, "user", "add", "ann", "--role", "analyst", said="short\n").returncode == 2
    assert called(folder, "user", "add", "ann", "--role", "analyst", said="some long password\n").returncode == 0
    assert '"user": "ann"' in called(folder, "user", "list", "--json").stdout
    twice = called(folder, "user", "add", "ann", "--role", "analyst", said="some long password\n")
    assert "already exists" in twice.stderr


def test_a_user_gets_a_new_password_is_shut_out_and_let_in_again(folder: Path) -> None:
    called(folder, "user", "add", "ann", "--role", "analyst", said="some long password\n")
    unknown = called(folder, "user", "disable", "anne")
    assert unknown.returncode == 2
    assert "there is no user 'anne'; pledgeway user list names them" in unknown.stderr
    weak = called(folder, "user", "password", "ann", said="short\n")
    assert weak.returncode == 2
    assert "at least 12 characters" in weak.stderr
    anew = called(folder, "user", "password", "ann", "--second-factor-anew", said="another long password\n")
    assert anew.stdout == "ann has a new password\n"
    assert called(folder, "user", "disable", "ann").stdout == "ann is shut out\n"
    assert json.loads(called(folder, "user", "list", "--json").stdout)[0]["active"] is False
    assert json.loads(called(folder, "user", "enable", "ann", "--json").stdout)["active"] is True


def workers_of(server: int) -> set[int]:
    """Return the processes that plan beside a server."""
    children = [
        int(one) for file in Path(f"/proc/{server}/task").glob("*/children") for one in file.read_text().split()
    ]
    return {one for one in children if Path(f"/proc/{one}/cmdline").read_bytes().endswith(b"\0work\0")}


@pytest.mark.slow
def test_the_example_is_served_with_a_worker_that_is_replaced_when_it_dies_and_stops_cleanly(tmp_path: Path) -> None:
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
            [killed] = workers_of(server.pid)
            os.kill(killed, signal.SIGKILL)
            until = time.monotonic() + 30
            while not workers_of(server.pid) - {killed}:
                assert time.monotonic() < until, "no other worker was started"
                time.sleep(0.1)
        finally:
            server.terminate()
            said = server.communicate(timeout=30)[0]
    assert "coordinator" in said
