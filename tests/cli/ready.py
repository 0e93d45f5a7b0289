"""Processes of the command that start at once: forked from one that has imported the libraries, nothing of the product.

Importing them takes most of a second for each call of the command, and tests call it hundreds of times. All that is the
product's own is imported, and Django set up, anew in each process, as by a person's call.
"""

from __future__ import annotations

import array
import json
import os
import signal
import socket
import sys
from importlib import import_module

LIBRARIES = (
    "django.contrib.auth.hashers", "django.contrib.auth.password_validation", "django.core.management",
    "django.db.backends.sqlite3.base", "django.db.migrations.executor", "django.forms", "django.http", "django.urls",
    "highspy", "jinja2", "numba", "numpy", "pandas", "python_calamine", "rich.console", "rich.progress", "rich.table",
    "typer._adapters", "typer.main", "xlsxwriter",
)  # fmt: skip
LONGEST = 2**20


def next_call(channel: socket.socket) -> list[str] | None:
    """Fork for each call that comes through ``channel`` and answer how it ended; return its words where it is to run.

    A call is JSON of words, a folder and an environment, with the three standard streams; None: no more calls come.
    """
    while True:
        said, streams, _, _ = socket.recv_fds(channel, LONGEST, 3)
        if not said:
            return None
        number = os.fork()
        if number == 0:
            channel.close()
            call = json.loads(said)
            for stream, place in zip(streams, range(3), strict=True):
                os.dup2(stream, place)
                os.close(stream)
            os.environ.clear()
            os.environ.update(call["environment"])
            for text in (sys.stdout, sys.stderr):
                text.reconfigure(encoding=os.environ["PYTHONIOENCODING"])  # type: ignore[union-attr]
            os.chdir(call["folder"])
            signal.signal(signal.SIGINT, signal.default_int_handler)
            words: list[str] = call["words"]
            return words
        for stream in streams:
            os.close(stream)
        channel.send(array.array("i", [os.waitstatus_to_exitcode(os.waitpid(number, 0)[1])]).tobytes())


if __name__ == "__main__":
    for library in LIBRARIES:
        import_module(library)
    called = next_call(socket.socket(fileno=int(sys.argv[1])))
    if called is not None:
        sys.argv = ["pledgeway", *called]
        from pledgeway.cli import main

        main()
