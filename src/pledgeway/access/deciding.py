"""The one place that decides who sees a row and who may do what.

A row is visible to the parties in its marking, to its owner and to coordinators; nobody (not signed in) sees only what
is marked public. The operator of a place sees what passes it too, whatever its marking: who counts goods in and out has
to see what they are, and what they are for. Every query of rows that carry a marking goes through :func:`visible`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any, TypeVar

from django.db.models import Model, Q, QuerySet

from pledgeway.access import lookups  # noqa: F401 - registers marking__any_of
from pledgeway.access.roles import ALLOWED, Act, Role, Scope

PUBLIC = "public"
Row = TypeVar("Row", bound=Model)
Marked = TypeVar("Marked", bound=Model)


@dataclass(frozen=True)
class Reader:
    """Who reads: a role (None for nobody), and the codes of the parties that it is or belongs to.

    ``own`` are the codes of the party itself, ``parties`` those of the groups it is a member of too.
    """

    name: str = ""
    role: Role | None = None
    own: frozenset[str] = frozenset()
    parties: frozenset[str] = frozenset()
    place: str = ""

    @property
    def sees_all(self) -> bool:
        """Whether every row is visible."""
        return self.role is Role.COORDINATOR

    @property
    def post(self) -> str:
        """The code of the place at which the reader counts goods in and out; "" for none."""
        return self.place if self.role is Role.HUB_OPERATOR else ""


NOBODY = Reader()


def system(name: str) -> Reader:
    """Return the program itself as the one who acts, under ``name``: an import, a command, what two desks agreed on."""
    return Reader(name, Role.COORDINATOR)


def may_see(marking: Collection[str], owner: str, reader: Reader, places: Collection[str] = ()) -> bool:
    """Return whether ``reader`` may see a row with this marking, owned by the party with code ``owner``.

    ``places`` are the codes of the places that it passes.
    """
    if reader.sees_all or PUBLIC in marking or (reader.post and reader.post in places):
        return True
    return reader.role is not None and (owner in reader.own or not reader.parties.isdisjoint(marking))


def marked_for(rows: QuerySet[Row], reader: Reader, marking: str = "marking") -> QuerySet[Row]:
    """Return those of ``rows`` whose marking lets ``reader`` see them, whoever owns them."""
    return rows if reader.sees_all else rows.filter(_marked(reader, marking))


def visible(
    rows: QuerySet[Row], reader: Reader, owner: str, marking: str = "marking",
    markings: QuerySet[Marked] | None = None, passes: Callable[[str], Q] | None = None,
) -> QuerySet[Row]:  # fmt: skip
    """Return those of ``rows`` that ``reader`` may see, as :func:`may_see` decides.

    ``owner`` is the path of the owner's code ("donor__code"), ``marking`` that of the list of codes; or that of a
    reference to one of ``markings``, each with its ``codes``, which are then looked through once and not for each row.
    ``passes`` returns the condition that a row passes the place with a code (None: such rows pass no place).
    """
    if reader.sees_all:
        return rows
    condition = _marked(reader, marking)
    if markings is not None:
        condition = Q(**{f"{marking}__in": marked_for(markings, reader, "codes").values("pk")})
    if reader.role is not None and reader.own:
        condition |= _owned(rows, reader, owner)
    if reader.post and passes is not None:
        condition |= passes(reader.post)
    return rows.filter(condition)


def _owned(rows: QuerySet[Row], reader: Reader, owner: str) -> Q:
    """Return the condition that a row is ``reader``'s own: its owners are looked up once, and joined to no row."""
    path, _, code = owner.rpartition("__")
    model: Any = rows.model
    for name in path.split("__"):
        model = model._meta.get_field(name).related_model
    own = model._default_manager.filter(**{f"{code}__in": sorted(reader.own)})
    return Q(**{f"{path}__in": own.values("pk")})


def _marked(reader: Reader, marking: str) -> Q:
    words = [PUBLIC, *sorted(reader.parties)] if reader.role is not None else [PUBLIC]
    return Q(**{f"{marking}__any_of": words})


def may(reader: Reader, act: Act, party: str | None = None) -> bool:
    """Return whether ``reader`` may do ``act`` for ``party`` (None: for at least some party)."""
    if reader.role is None:
        return False
    scope = ALLOWED[act].get(reader.role)
    if scope is Scope.OWN:
        return bool(reader.own) if party is None else party in reader.own
    return scope is Scope.ANY
