"""The ``pledgeway`` command as people call it: in a process of its own, its output in pipes or on a terminal."""

from __future__ import annotations

import json
import os
import pty
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

PROGRAM = Path(sys.executable).parent / "pledgeway"
DONE, NO, BAD_INPUT = 0, 1, 2
PATIENCE = 120


def call(*arguments: object, folder: Path, **settings: Any) -> subprocess.CompletedProcess[str]:
    """Return what came of ``pledgeway arguments`` in ``folder``, its output piped; never a traceback."""
    words = [str(PROGRAM), *map(str, arguments)]
    done = subprocess.run(
        words, cwd=folder, capture_output=True, text=True, timeout=PATIENCE, check=False, stdin=subprocess.DEVNULL,
        env=environment(settings.pop("env", {})), **settings,
    )  # fmt: skip
    assert "Traceback" not in done.stderr + done.stdout, done.stderr
    return done


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
    words = [str(PROGRAM), *map(str, arguments)]
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


def environment(changes: dict[str, str]) -> dict[str, str]:
    """Return the environment of a command: ours, without what would change how it prints, and with ``changes``."""
    kept = {key: value for key, value in os.environ.items() if key not in ("NO_COLOR", "FORCE_COLOR", "COLUMNS")}
    return {**kept, "PYTHONIOENCODING": "utf-8", **changes}
