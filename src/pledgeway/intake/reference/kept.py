"""Where each declared table of reference data is kept, who sees its rows, and who may change them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import Model, QuerySet

from pledgeway.access.deciding import Reader, may
from pledgeway.access.models import User
from pledgeway.access.roles import Act
from pledgeway.evidence.models import Source, Statement
from pledgeway.forums.models import Decision, Forum, Meeting, Target
from pledgeway.forums.seen import decisions_seen, forums_seen, meetings_seen, targets_seen
from pledgeway.intake.reference import rules
from pledgeway.ledger.seen import sources_seen, statements_seen
from pledgeway.registry.models import Closure, Course, Item, Lane, Party, Place
from pledgeway.registry.seen import reference_seen
from pledgeway.tables import registry
from pledgeway.tables.fields import Field, Table


@dataclass(frozen=True)
class Kept:
    """A declared table and the model that keeps it.

    ``seen`` returns the rows that a reader may see, ``key`` is the model's name for ids, ``fixed`` are fields that
    never change once recorded (None: none ever does), ``check`` adds the faults of a row's meaning. Rows that are
    ``removable`` rest on nothing.
    """

    table: Table
    model: type[Model]
    seen: Callable[[Reader], QuerySet[Any]]
    check: rules.Rule
    act: Act = Act.REFER
    key: str = "code"
    fixed: frozenset[str] | None = frozenset({"id"})
    removable: bool = False

    @property
    def mergeable(self) -> bool:
        """Whether one row can stand for another."""
        return self.model in (Party, Item)

    def attribute(self, field: Field) -> str:
        """Return the model's name for ``field``."""
        return self.key if field.name == "id" else field.name

    def is_fixed(self, field: Field, row: Model) -> bool:
        """Return whether what ``row`` holds in ``field`` never changes any more; a kept text never does."""
        if row.pk is None:
            return False
        is_kept = self.model is Source and field.name == "text" and bool(getattr(row, "text", ""))
        return self.fixed is None or field.name in self.fixed or is_kept


def _of(model: type[Model]) -> Callable[[Reader], QuerySet[Any]]:
    return lambda reader: reference_seen(model, reader)


def users_seen(reader: Reader) -> QuerySet[User]:
    """Return the users that ``reader`` may see: all of them, or none."""
    return User.objects.all() if may(reader, Act.USERS) else User.objects.none()


ALL = (
    Kept(registry.PARTIES, Party, _of(Party), rules.party),
    Kept(registry.PLACES, Place, _of(Place), rules.place),
    Kept(registry.LANES, Lane, _of(Lane), rules.lane),
    Kept(registry.CLOSURES, Closure, _of(Closure), rules.closure, key="pk", removable=True),
    Kept(registry.ITEMS, Item, _of(Item), rules.item),
    Kept(registry.COURSES, Course, _of(Course), rules.anything),
    Kept(registry.SOURCES, Source, sources_seen, rules.source, Act.CITE, key="address"),
    Kept(registry.STATEMENTS, Statement, statements_seen, rules.statement, Act.CITE, key="pk", fixed=None),
    Kept(registry.FORUMS, Forum, forums_seen, rules.anything),
    Kept(registry.MEETINGS, Meeting, meetings_seen, rules.anything),
    Kept(registry.DECISIONS, Decision, decisions_seen, rules.anything),
    Kept(registry.TARGETS, Target, targets_seen, rules.target),
    Kept(registry.USERS, User, users_seen, rules.user, Act.USERS, key="username"),
)  # fmt: skip
BY_NAME = {kept.table.name: kept for kept in ALL}
BY_MODEL = {str(kept.model._meta.model_name): kept for kept in ALL}
"""By what changes call the table."""


def ids(names: Iterable[str], reader: Reader) -> dict[str, set[str]]:
    """Return by table the ids of the rows that ``reader`` may see, and so may refer to."""
    return {
        name: {str(key) for key in BY_NAME[name].seen(reader).order_by().values_list(BY_NAME[name].key, flat=True)}
        for name in names
    }
