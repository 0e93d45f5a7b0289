"""The ``pledgeway`` command as people call it: in this process, in one of its own, on a terminal, or interrupted."""

from __future__ import annotations

import array
import atexit
import io
import json
import os
import pty
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from contextlib import redirect_stderr, redirect_stdout
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from pledgeway.cli import main
from tests.cli import ready

PROGRAM = Path(sys.executable).parent / "pledgeway"
DONE, NO, BAD_INPUT = 0, 1, 2
PATIENCE = 120
HEEDING = ("env", "--default-signal=INT")
"""What a command is started with that heeds Ctrl-C: what is started in a shell's background ignores it."""


def call(
    *arguments: object, folder: Path, env: Mapping[str, str | None] | None = None
) -> subprocess.CompletedProcess[str]:
    """Return what came of ``pledgeway arguments`` in ``folder``, called in this process: its engine is loaded already.

    Not for commands on a database, for each of which Django is set up anew: see ``started``.
    """
    words = [str(word) for word in arguments]
    wanted = environment(env or {})
    out, err = (io.TextIOWrapper(io.BytesIO(), wanted["PYTHONIOENCODING"], write_through=True) for _ in range(2))
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(out), redirect_stderr(err):
        patch.chdir(folder)
        patch.setattr(sys, "argv", ["pledgeway", *words])
        for name in os.environ.keys() - wanted.keys():
            patch.delenv(name)
        for name, value in wanted.items():
            patch.setenv(name, value)
        with pytest.raises(SystemExit) as ended:
            main()
    shown = [stream.buffer.getvalue().decode() for stream in (out, err)]  # type: ignore[attr-defined]
    return subprocess.CompletedProcess(words, ended.value.code, *shown)  # type: ignore[arg-type]


def started(
    *arguments: object, folder: Path, said: str = "", env: Mapping[str, str | None] | None = None
) -> subprocess.CompletedProcess[str]:
    """Return what came of ``pledgeway arguments`` in ``folder``, in a process of its own; never a traceback.

    ``said`` is its standard input; its output goes to files. The process starts as ``ready`` says: PROGRAM itself is
    started where a test is about how it starts, about its streams or about signals.
    """
    with tempfile.TemporaryFile() as asked, tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        asked.write(said.encode())
        asked.seek(0)
        words = [str(word) for word in arguments]
        request = {"words": words, "folder": str(folder), "environment": environment(env or {})}
        status = _forked(json.dumps(request).encode(), [stream.fileno() for stream in (asked, out, err)])
        for stream in (out, err):
            stream.seek(0)
        done = subprocess.CompletedProcess(words, status, out.read().decode(), err.read().decode())
    assert "Traceback" not in done.stderr + done.stdout, done.stderr
    return done


def _forked(request: bytes, streams: list[int]) -> int:
    """Return the exit status of a call, negative for a signal's. One without end is ended after PATIENCE seconds."""
    server, channel = _server()
    socket.send_fds(channel, [request], streams)
    try:
        (status,) = array.array("i", channel.recv(4))
    except TimeoutError:
        os.killpg(server.pid, signal.SIGKILL)
        _server.cache_clear()
        raise
    return int(status)


@cache
def _server() -> tuple[subprocess.Popen[bytes], socket.socket]:
    """Start what forks for each call; it ends when its channel is closed, at the end of the tests."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with theirs:
        server = subprocess.Popen(
            [sys.executable, "-P", ready.__file__, str(theirs.fileno())], pass_fds=[theirs.fileno()],
            env=environment({}), start_new_session=True,
        )  # fmt: skip
    ours.settimeout(PATIENCE)
    atexit.register(server.wait)
    atexit.register(ours.close)  # called first
    return server, ours


def answer(*arguments: object, folder: Path, status: int = DONE) -> dict[str, Any]:
    """Return the one JSON object that ``pledgeway arguments --json`` prints, after checking the exit status."""
    done = call(*arguments, "--json", folder=folder)
    assert done.returncode == status, done.stdout + done.stderr
    content = json.loads(done.stdout)
    assert isinstance(content, dict)
    return content


def on_terminal(*arguments: object, folder: Path, env: dict[str, str] | None = None) -> tuple[int, str]:
    """Return the exit status and all that ``pledgeway arguments`` shows on a terminal of 80 columns."""
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        [str(PROGRAM), *map(str, arguments)], cwd=folder, stdin=theirs, stdout=theirs, stderr=theirs,
        env=environment({"TERM": "xterm-256color", "COLUMNS": "80", **(env or {})}),
    ) as process:  # fmt: skip
        os.close(theirs)
        shown = b""
        while True:
            try:
                block = os.read(ours, 65536)
            except OSError:  # the other end is closed
                break
            if not block:
                break
            shown += block
        status = process.wait(timeout=PATIENCE)
    os.close(ours)
    return status, shown.decode()


def interrupted(
    *arguments: object, folder: Path, when: Callable[[str], bool], number: int = signal.SIGINT
) -> subprocess.CompletedProcess[str]:
    """Return what came of ``pledgeway arguments`` that gets a signal once a line on standard error is ``when``."""
    words = [*HEEDING, str(PROGRAM), *map(str, arguments)]
    with subprocess.Popen(
        words, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment({})
    ) as process:
        assert process.stderr
        said = []
        for line in process.stderr:
            said.append(line)
            if when(line):
                process.send_signal(number)
                break
        out, rest = process.communicate(timeout=PATIENCE)
    return subprocess.CompletedProcess(words, process.returncode, out, "".join(said) + rest)


def environment(changes: Mapping[str, str | None]) -> dict[str, str]:
    """Return the environment of a command: ours, without what would change how it prints or which database it takes.

    With ``changes``; None takes a variable away.
    """
    ours = ("NO_COLOR", "FORCE_COLOR", "COLUMNS", "DATABASE_URL", "DJANGO_SETTINGS_MODULE")
    kept = {key: value for key, value in os.environ.items() if key not in ours}
    changed = {**kept, "PYTHONIOENCODING": "utf-8", **changes}
    return {key: value for key, value in changed.items() if value is not None}
