"""Reading a row as somebody says it is, judging it, and recording it: all of it or nothing."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models, transaction

from pledgeway.access.deciding import Reader
from pledgeway.evidence.models import Source, Statement
from pledgeway.evidence.recording import Passage, record_passages
from pledgeway.formats.plain import as_typed, draft_of_form
from pledgeway.intake.reference.kept import BY_NAME, Kept, ids
from pledgeway.registry.changing import change, history
from pledgeway.registry.models import Change, Item, Party, folded
from pledgeway.tables.checks import check_cells
from pledgeway.tables.drafts import Draft, Drafts, nowhere
from pledgeway.tables.faults import Findings, shown
from pledgeway.tables.fields import Field, Kind
from pledgeway.tables.planning import START


class ChangedMeanwhileError(Exception):
    """Somebody changed the row since it was looked at; ``changes`` says what, the newest first."""

    def __init__(self, changes: list[Change]) -> None:
        super().__init__(f"changed by {changes[0].author} meanwhile")
        self.changes = changes


def value_of(kept: Kept, row: models.Model, field: Field) -> Any:
    """Return what ``row`` holds in ``field``, parties and the like by their ids."""
    if field.name == "aliases":
        names = row.aliases.all() if row.pk is not None else ()  # type: ignore[attr-defined]
        return [one.name for one in names if one.key != folded(row.name)]  # type: ignore[attr-defined]
    if not field.refers_to or field.name == "marking":
        return getattr(row, kept.attribute(field))
    key = BY_NAME[field.refers_to].key
    if field.kind is Kind.NAMES:
        return [getattr(one, key) for one in getattr(row, field.name).all()] if row.pk is not None else []
    if getattr(row, f"{field.name}_id") is None:
        return None
    return str(getattr(getattr(row, field.name), key))


def typed(kept: Kept, row: models.Model) -> dict[str, str]:
    """Return by field how somebody would type what ``row`` holds; of a new row, what holds where nothing is said."""
    if row.pk is None:
        return {field.name: as_typed(field, field.default) for field in kept.table.fields}
    return {field.name: as_typed(field, value_of(kept, row, field)) for field in kept.table.fields}


def read(kept: Kept, row: models.Model, texts: Mapping[str, str], reader: Reader) -> tuple[Draft, Findings]:
    """Return what ``texts`` say that ``row`` is from here on, and all that is wrong with it.

    What never changes any more stays as ``row`` has it.
    """
    findings = Findings()
    own = typed(kept, row)
    texts = {
        field.name: own[field.name] if kept.is_fixed(field, row) else texts.get(field.name, "")
        for field in kept.table.fields
    }
    draft = draft_of_form(kept.table, texts, findings)
    recorded = ids({field.refers_to for field in kept.table.fields if field.refers_to}, reader)
    check_cells(draft, Drafts(nowhere(START), {}, lenient=False, recorded=recorded), findings)
    judge(kept, draft, 0, row, reader.name, findings)
    return draft, findings


def judge(kept: Kept, draft: Draft, at: int, row: models.Model, author: str, findings: Findings) -> None:
    """Add the faults of the row ``at`` of ``draft`` that only the record can tell."""

    def object_to(name: str, what: str, allowed: str) -> None:
        findings.fault(draft.place(at, name), what, allowed)

    said = {name: values[at] for name, values in draft.values.items()}
    for field in kept.table.fields:
        text = said[field.name]
        if isinstance(text, str) and field.kind is Kind.TEXT:
            most = getattr(_column(kept, field), "max_length", None)
            if most is not None and len(text) > most:
                object_to(field.name, f"{len(text):,} characters", f"at most {most:,}")
    if row.pk is None and kept.table.key and said["id"] is not None:
        if kept.model._default_manager.filter(**{kept.key: said["id"]}).exists():
            object_to("id", shown(said["id"]), f"a {kept.table['id'].title.lower()} that is not taken")
        try:
            _column(kept, kept.table["id"]).run_validators(said["id"])
        except ValidationError as failure:
            object_to("id", shown(said["id"]), " ".join(failure.messages))
    kept.check(row, said, object_to, author)


def _column(kept: Kept, field: Field) -> Any:
    """Return the model's column for ``field``; None for names that stand in a table of their own."""
    return None if field.name == "aliases" else kept.model._meta.get_field(kept.attribute(field))


def record(kept: Kept, row: models.Model, draft: Draft, at: int, author: str) -> models.Model:
    """Record the row ``at`` of ``draft``, which nothing is wrong with, as ``row`` from here on; return the row."""
    said = {name: values[at] for name, values in draft.values.items()}
    if kept.model is Statement:
        passage = Passage(said["source"], said["location"] or "", said["passage"])
        return record_passages([passage])[passage.digest]
    values = {kept.attribute(field): _held(kept, field, said[field.name]) for field in kept.table.fields}
    if kept.model in (Party, Item):
        values["aliases"] = list({folded(name): name for name in (*values["aliases"], values["name"])}.values())
    if kept.model is Source and values["text"] and not getattr(row, "text", ""):
        values["digest"] = hashlib.sha256(values["text"].encode()).hexdigest()
    change(row, values, author)
    return row


def _held(kept: Kept, field: Field, value: Any) -> Any:
    """Return ``value`` as the model holds it."""
    if field.name in ("aliases", "marking"):
        return list(value)
    if field.refers_to:
        other = BY_NAME[field.refers_to]
        rows = other.model._default_manager
        if field.kind is Kind.NAMES:
            return list(rows.filter(**{f"{other.key}__in": value or ()}))
        return None if value is None else rows.get(**{other.key: value})
    column = _column(kept, field)
    if isinstance(column, models.DecimalField):
        return None if value is None else Decimal(str(value)).quantize(Decimal(10) ** -column.decimal_places)
    if isinstance(column, models.FloatField) and value is not None:
        return float(value)
    return "" if value is None and isinstance(column, models.CharField | models.TextField) else value


def last_change(row: models.Model) -> int:
    """Return the number of the last change of ``row`` (0: none), which whoever looks at the row has seen."""
    return history(row).values_list("pk", flat=True).first() or 0


def save(kept: Kept, row: models.Model, texts: Mapping[str, str], reader: Reader, seen: int) -> tuple[Any, Findings]:
    """Record what ``texts`` say of ``row``, which the reader looked at when ``seen`` was its last change.

    Returns the row, and all that is wrong; where anything is, nothing is recorded. Raises ChangedMeanwhileError.
    """
    with transaction.atomic():
        if row.pk is not None:
            row = kept.model._default_manager.select_for_update().get(pk=row.pk)
            newer = list(history(row).filter(pk__gt=seen))
            if newer:
                raise ChangedMeanwhileError(newer)
        draft, findings = read(kept, row, texts, reader)
        if not findings.faults:
            row = record(kept, row, draft, 0, reader.name)
    return row, findings
