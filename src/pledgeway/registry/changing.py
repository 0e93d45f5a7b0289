"""Changing reference data: every change is kept with who made it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import UTC, date, datetime
from typing import Any

from django.db import models, transaction
from django.db.models import QuerySet

from pledgeway.registry.models import Change, Item, Party, folded

LONGEST = 1000
"""How many characters of a longer text are kept with a change."""


class MergeRefusedError(Exception):
    """Two rows that cannot become one; ``reasons`` says why, one sentence each."""

    def __init__(self, reasons: list[str]) -> None:
        super().__init__("\n".join(reasons))
        self.reasons = reasons


def change(row: models.Model, values: Mapping[str, Any], author: str) -> list[Change]:
    """Save ``row``, new or known, with ``values``, and return what changed of it. A new row is one change.

    The value of a list (members of a group, other names) is all that it holds from here on.
    """
    known = row.pk is not None
    lists = {field.name for field in row._meta.many_to_many} | ({"aliases"} & values.keys())
    changed: dict[str, tuple[str, str]] = {}
    for name, value in values.items():
        before = held(row, name) if known else None if name not in lists else []
        after = sorted(set(value), key=str) if name in lists else value
        if before != after:
            changed[name] = (said(before), said(after))
    for name in values.keys() - lists:
        setattr(row, name, values[name])
    if known and not changed:
        return []
    with transaction.atomic():
        if not known or changed.keys() - lists:
            row.save()
        for name in changed.keys() & lists:
            _hold(row, name, values[name])
        told = changed if known else {"": ("", "recorded")}
        moment = datetime.now(UTC)
        made = [
            Change(table=str(row._meta.model_name), code=called(row), field=name, old=old, new=new, author=author,
                   moment=moment)
            for name, (old, new) in told.items()
        ]  # fmt: skip
        Change.objects.bulk_create(made)
    return made


def note(row: models.Model, field: str, new: str, author: str, old: str = "") -> None:
    """Keep a change of ``row`` that is made elsewhere, such as that of a password, which is not kept itself."""
    Change.objects.create(
        table=str(row._meta.model_name), code=called(row), field=field, old=old, new=new, author=author,
        moment=datetime.now(UTC),
    )  # fmt: skip


def remove(row: models.Model, author: str) -> None:
    """Delete ``row``, on which nothing rests, and keep that it was there."""
    with transaction.atomic():
        note(row, "", "removed", author, said(row))
        row.delete()


def called(row: models.Model) -> str:
    """Return what the changes of ``row`` are kept under: its code, or its number where it has none."""
    return str(getattr(row, "code", None) or row.pk)


def history(row: models.Model) -> QuerySet[Change]:
    """Return the changes of ``row``, the newest first."""
    return Change.objects.filter(table=row._meta.model_name, code=called(row)).order_by("-pk")


def held(row: models.Model, name: str) -> Any:
    """Return what ``row`` holds under ``name``; of a list, all of it, sorted."""
    value = getattr(row, name)
    if name == "aliases":
        return sorted(alias.name for alias in value.all())
    return sorted(value.all(), key=str) if hasattr(value, "all") else value


def _hold(row: models.Model, name: str, value: Collection[Any]) -> None:
    own = getattr(row, name)
    if name != "aliases":
        own.set(value)
        return
    wanted = {folded(alias): alias for alias in value}
    own.exclude(key__in=wanted).delete()
    present = {alias.key: alias for alias in own.all()}
    for key, alias in wanted.items():
        if key not in present:
            own.create(key=key, name=alias)
        elif present[key].name != alias:
            own.filter(key=key).update(name=alias)


def said(value: Any) -> str:
    """Return a value as a change keeps it."""
    match value:
        case None:
            return ""
        case bool():
            return "yes" if value else "no"
        case date():
            return value.isoformat()
        case list() | tuple():
            return ", ".join(str(one) for one in value)
    text = str(value)
    return text if len(text) <= LONGEST else f"{text[:LONGEST]} ... ({len(text):,} characters)"


def merge(one: Party | Item, into: Party | Item, author: str) -> None:
    """Let ``one`` stand for ``into`` from here on: nothing that was recorded of it is lost or rewritten.

    Raises MergeRefusedError with every reason.
    """
    reasons = []
    if type(one) is not type(into):
        reasons.append("a party and an item are never one")
    elif one.pk == into.pk:
        reasons.append(f"{one} cannot be merged into itself")
    elif _end(into).pk == one.pk:
        reasons.append(f"{into} was merged into {one} already")
    if one.merged_into_id is not None:
        reasons.append(f"{one} was merged into {one.merged_into} already")
    if isinstance(one, Item) and isinstance(into, Item) and (one.unit, one.decimals) != (into.unit, into.decimals):
        reasons.append(f"{one} is counted in {one.unit} to {one.decimals} decimals, {into} in {into.unit} to "
                       f"{into.decimals}")  # fmt: skip
    if reasons:
        raise MergeRefusedError(reasons)
    change(one, {"merged_into": into}, author)


def _end(row: Any) -> Any:
    while row.merged_into is not None:
        row = row.merged_into
    return row
