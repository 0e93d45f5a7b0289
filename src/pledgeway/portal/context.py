"""What every page's frame shows."""

from __future__ import annotations

from datetime import date
from typing import Any, NamedTuple

from django.conf import settings
from django.http import HttpRequest

from pledgeway.access.deciding import Reader, may
from pledgeway.access.roles import Act
from pledgeway.portal.middleware import reader


class Room(NamedTuple):
    """An entry of the navigation; ``far`` ones are behind "More" on a phone."""

    url: str
    title: str
    part: str = ""
    far: bool = False
    signed_in: bool = False
    act: Act | None = None


ROOMS = (
    Room("situation", "Situation"),
    Room("commitments", "Commitments"),
    Room("requirements", "Requirements"),
    Room("donors", "Donors"),
    Room("announcements", "Announcements", far=True),
    Room("disputes", "Disputes", far=True),
    Room("forums", "Forums", far=True),
    Room("plans", "Plans", far=True, signed_in=True),
    Room("proposals", "Your desk", far=True, signed_in=True),
    Room("importing", "Import", far=True, act=Act.IMPORT),
    Room("balances", "Balances", "Record", far=True),
    Room("postings", "Ledger", far=True),
    Room("sources", "Sources", far=True),
    Room("statements", "Statements", far=True),
    Room("audit", "Audit", far=True, signed_in=True),
    Room("places", "Places", "Reference", far=True, signed_in=True),
    Room("reference", "Reference data", far=True, signed_in=True),
    Room("changes", "Changes", far=True, signed_in=True),
    Room("users", "Users", far=True, act=Act.USERS),
    Room("stages", "Stages", far=True),
)


def rooms(who: Reader) -> list[Room]:
    """Return the rooms that ``who`` may enter."""
    return [
        room
        for room in ROOMS
        if (who.role is not None or not room.signed_in) and (room.act is None or may(who, room.act))
    ]


def sees(who: Reader) -> str:
    """Return in words what ``who`` sees."""
    if who.role is None:
        return "not signed in: what is public"
    if who.sees_all:
        return "sees all markings"
    passing = f", or passes {who.post}" if who.post else ""
    return f"sees what is public or marked for {', '.join(sorted(who.own)) or 'nobody in particular'}{passing}"


def frame(request: HttpRequest) -> dict[str, Any]:
    """Return the names that the base template uses."""
    who = reader(request)
    match = getattr(request, "resolver_match", None)
    return {
        "reader": who,
        "rooms": rooms(who),
        "here": "" if match is None else (match.url_name or "").split("-")[0],
        "sees": sees(who),
        "today": date.today(),
        "demo": settings.DEMO,
    }
