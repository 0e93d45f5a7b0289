"""Those who sign in to the web: make them, give a new password, shut them out and let them in again."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from pledgeway.cli.database import Database, connect
from pledgeway.cli.faults import InputError
from pledgeway.cli.output import DONE, AsJson, console, print_json, print_json_list, text

if TYPE_CHECKING:
    from pledgeway.access.models import User

BY = "command"
"""Who is named in the history for what is done here."""

Name = Annotated[str, typer.Argument(help="The name to sign in with.")]


def add_to(main: typer.Typer) -> None:
    """Add the commands of this group to ``main``."""
    users = typer.Typer(name="user", help="Users of the web.", no_args_is_help=True)
    for name, command in (("add", add), ("list", listing), ("password", password), ("disable", disable),
                          ("enable", enable)):  # fmt: skip
        users.command(name)(command)
    main.add_typer(users)


def add(
    name: Name,
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
    try:
        add_user(name, _asked(), Role(role), of_party.pk if of_party else None, at_place.pk if at_place else None)
    except UserRefusedError as refused:
        raise InputError("\n".join(refused.reasons)) from None
    if as_json:
        print_json({"status": "done", "user": name, "role": role, "party": party, "place": place})
    else:
        console().print(text(f"{name} can sign in as {role}"))
    return DONE


def _asked() -> str:
    if sys.stdin.isatty():
        return str(typer.prompt("Password", hide_input=True, confirmation_prompt=True))
    return sys.stdin.readline().rstrip("\n")


def listing(database: Database = None, as_json: AsJson = False) -> int:
    """List the users with their roles and parties."""
    connect(database)
    from pledgeway.access.models import User

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


def password(
    name: Name,
    second_factor_anew: Annotated[
        bool,
        typer.Option("--second-factor-anew", help="Forget the second factor too, as when a phone was lost."),
    ] = False,
    database: Database = None,
    as_json: AsJson = False,
) -> int:
    """Give a user a new password: asked for, or the first line of standard input. Open sessions end."""
    connect(database)
    from django.db import transaction

    from pledgeway.access.keeping import UserRefusedError, forget_second_factor, set_password
    from pledgeway.registry.changing import note

    user = _known(name)
    said = _asked()
    with transaction.atomic():
        try:
            set_password(user, said)
        except UserRefusedError as refused:
            raise InputError("\n".join(refused.reasons)) from None
        note(user, "password", "given anew", BY)
        if second_factor_anew:
            forget_second_factor(user)
            note(user, "second factor", "to be set up anew", BY)
    return _say(user, "has a new password", as_json)


def disable(name: Name, database: Database = None, as_json: AsJson = False) -> int:
    """Shut a user out at once: no sign-in, no open session, no token works. What the user wrote stays."""
    connect(database)
    return _let(name, active=False, as_json=as_json)


def enable(name: Name, database: Database = None, as_json: AsJson = False) -> int:
    """Let a user who was shut out sign in again."""
    connect(database)
    return _let(name, active=True, as_json=as_json)


def _let(name: str, *, active: bool, as_json: bool) -> int:
    from pledgeway.registry.changing import change

    user = _known(name)
    change(user, {"is_active": active}, BY)
    return _say(user, "can sign in" if active else "is shut out", as_json)


def _known(name: str) -> User:
    from pledgeway.access.models import User

    found = User.objects.filter(username=name).first()
    if found is None:
        raise InputError(f"there is no user '{name}'; pledgeway user list names them")
    return found


def _say(user: User, what: str, as_json: bool) -> int:
    if as_json:
        print_json({"status": "done", "user": user.username, "active": user.is_active})
    else:
        console().print(text(f"{user.username} {what}"))
    return DONE
