"""The web: serve it, and plan what its users ask for."""

from __future__ import annotations

import os
import secrets
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from typing import Annotated, Any

import typer

from pledgeway.cli.database import Database, connect
from pledgeway.cli.faults import InputError
from pledgeway.cli.output import DONE, AsJson, console, print_json, text
from pledgeway.plans.repeating import every

SECONDS_WITHOUT_WORKER = 5.0


def add_to(main: typer.Typer) -> None:
    """Add the commands of this group to ``main``."""
    main.command()(serve)
    main.command()(work)


def serve(
    host: Annotated[str, typer.Option("--host", help="The address to listen at.")] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", min=1, max=65535, help="The port to listen at.")] = 8000,
    threads: Annotated[int, typer.Option("--threads", min=1, help="How many requests are answered at a time.")] = 8,
    workers: Annotated[int, typer.Option("--workers", min=1, help="How many processes answer.")] = 1,
    demo: Annotated[
        bool, typer.Option("--demo", help="Make the database, load the example, add a user for every role.")
    ] = False,
    worker: Annotated[bool, typer.Option(help="Plan beside it, in a process of its own.")] = True,
    database: Database = None,
    as_json: AsJson = False,
) -> int:
    """Serve the web until it is stopped (Ctrl-C). Outside demo mode it needs SECRET_KEY and ALLOWED_HOSTS."""
    if demo:
        os.environ["PLEDGEWAY_DEMO"] = "1"
        os.environ.setdefault("SECRET_KEY", secrets.token_urlsafe(48))
    connect(database, migrated=not demo)
    from pledgeway import settings

    reasons = [] if settings.DEMO else settings.insecure()
    if reasons:
        raise InputError("it is not safe to serve:\n" + "\n".join(f"  {reason}" for reason in reasons))
    made = _prepare_demo() if demo else []
    if as_json:
        users_made = [dict(zip(("user", "password", "role"), one, strict=True)) for one in made]
        print_json({"status": "serving", "address": f"http://{host}:{port}", "users": users_made})
    else:
        _say(made)
        console().print(text(f"Serving on http://{host}:{port}  (Ctrl-C stops)"))
    with _a_worker() if worker else nullcontext():
        _run(host, port, threads, workers)
    return DONE


def work(database: Database = None, as_json: AsJson = False) -> int:
    """Plan what the web's users ask for, until it is stopped (Ctrl-C); serve starts one of these by itself."""
    connect(database)
    from django.core.management import call_command

    from pledgeway.plans.waking import looking

    if as_json:
        print_json({"status": "working"})
    with looking():
        call_command("db_worker", interval=0.5, startup_delay=False)
    return DONE


@contextmanager
def _a_worker() -> Iterator[None]:
    """Let a worker of its own plan beside the server: the server itself never loads the engine.

    One that dies is followed by another.
    """
    command = [sys.executable, "-c", "from pledgeway.cli import main; main()", "work"]
    process = subprocess.Popen(command)

    def keep_one() -> None:
        nonlocal process
        if process.poll() is not None:
            process = subprocess.Popen(command)

    try:
        with every(SECONDS_WITHOUT_WORKER, keep_one):
            yield
    finally:
        process.terminate()
        try:
            process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            process.kill()


def _prepare_demo() -> list[tuple[str, str, str]]:
    """Make the database and load the example where it is not there; return the users that are new."""
    from django.core.management import call_command

    from pledgeway.cli.planning import EXAMPLE, repository
    from pledgeway.intake.demo import demo_users, load_demo

    call_command("migrate", verbosity=0)
    load_demo(repository() / EXAMPLE)
    return [(user.name, user.password, user.role) for user in demo_users()]


def _say(made: list[tuple[str, str, str]]) -> None:
    screen = console()
    if made:
        screen.print(text("Users of the example (shown this once):", "bold"))
        for name, password, role in made:
            screen.print(text(f"  {name:<14} {password}   {role}"))


def _run(host: str, port: int, threads: int, workers: int) -> None:
    from gunicorn.app.base import BaseApplication

    class Server(BaseApplication):  # type: ignore[misc]
        """Gunicorn with what was asked for on the command line."""

        def load_config(self) -> None:
            """Take over what was asked for."""
            options = {
                "bind": f"[{host}]:{port}" if ":" in host else f"{host}:{port}",
                "threads": threads,
                "workers": workers,
                "worker_class": "gthread",
                "loglevel": "warning",
                "limit_request_line": 8190,
                "graceful_timeout": 10,
                "control_socket_disable": True,
            }
            for name, value in options.items():
                if name in self.cfg.settings:
                    self.cfg.set(name, value)

        def load(self) -> Any:
            """Return the application."""
            from pledgeway.portal.wsgi import application

            return application

    from django.db import connections

    connections.close_all()
    Server().run()
