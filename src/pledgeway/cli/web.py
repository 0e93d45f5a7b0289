"""The web: serve it, and make the users who sign in."""

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

users = typer.Typer(name="user", help="Users of the web.", no_args_is_help=True)


def add_to(main: typer.Typer) -> None:
    """Add the commands of this group to ``main``."""
    main.command()(serve)
    main.command()(work)
    users.command("add")(add)
    users.command("list")(listing)
    main.add_typer(users)


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

    from pledgeway.plans.running import bury_the_dead

    buried = bury_the_dead()
    if as_json:
        print_json({"status": "working", "runs_given_up": buried})
    call_command("db_worker", interval=0.5, startup_delay=False)
    return DONE


@contextmanager
def _a_worker() -> Iterator[None]:
    """Let a worker of its own plan beside the server: the server itself never loads the engine."""
    code = "from pledgeway.cli import main; main()"
    process = subprocess.Popen([sys.executable, "-c", code, "work"])
    try:
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


def add(
    name: Annotated[str, typer.Argument(help="The name to sign in with.")],
    role: Annotated[
        str,
        typer.Option("--role", help="coordinator, donor desk, recipient desk, hub operator, analyst or administrator."),
    ],
    party: Annotated[str | None, typer.Option("--party", metavar="CODE", help="The party acted for, by code.")] = None,
    place: Annotated[str | None, typer.Option("--place", metavar="CODE", help="Where a hub operator counts.")] = None,
    database: Database = None,
    as_json: AsJson = False,
) -> int:
    """Make a user. The password is asked for, or is the first line of standard input where that is no terminal."""
    connect(database)
    from pledgeway.access.keeping import UserRefusedError, add_user
    from pledgeway.access.roles import Role
    from pledgeway.registry.models import Party, Place

    reasons = []
    if role not in {one.value for one in Role}:
        reasons.append(f"there is no role '{role}'; there are {', '.join(one.value for one in Role)}")
    of_party = Party.objects.filter(code=party).first() if party else None
    if party and of_party is None:
        reasons.append(f"there is no party with the code '{party}'")
    at_place = Place.objects.filter(code=place).first() if place else None
    if place and at_place is None:
        reasons.append(f"there is no place with the code '{place}'")
    if reasons:
        raise InputError("\n".join(reasons))
    password = _password()
    try:
        add_user(name, password, Role(role), of_party.pk if of_party else None, at_place.pk if at_place else None)
    except UserRefusedError as refused:
        raise InputError("\n".join(refused.reasons)) from None
    if as_json:
        print_json({"status": "done", "user": name, "role": role, "party": party, "place": place})
    else:
        console().print(text(f"{name} can sign in as {role}"))
    return DONE


def _password() -> str:
    if sys.stdin.isatty():
        return str(typer.prompt("Password", hide_input=True, confirmation_prompt=True))
    return sys.stdin.readline().rstrip("\n")


def listing(database: Database = None, as_json: AsJson = False) -> int:
    """List the users with their roles and parties."""
    connect(database)
    from pledgeway.access.models import User
    from pledgeway.cli.output import print_json_list

    found = [
        {"user": user.username, "role": user.role, "party": user.party and user.party.code, "active": user.is_active}
        for user in User.objects.select_related("party").order_by("username")
    ]
    if as_json:
        print_json_list(found)
    else:
        for one in found:
            console().print(text(f"{one['user']:<20} {one['role']:<16} {one['party'] or ''}"))
    return DONE
