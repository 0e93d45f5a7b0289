"""A registry workbook into the record: every row is what its form on screen would make it, all of them or none."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.core.exceptions import ObjectDoesNotExist
from django.db import transaction

from pledgeway.access.deciding import Reader
from pledgeway.access.roles import Role
from pledgeway.formats.workbook.reader import sort_by_place
from pledgeway.formats.workbook.registry import read_registry
from pledgeway.intake.reference.kept import BY_NAME, Kept, ids
from pledgeway.intake.reference.recording import judge, record, value_of
from pledgeway.registry.models import Change
from pledgeway.tables.drafts import Draft
from pledgeway.tables.faults import Findings, shown
from pledgeway.tables.registry import PARTIES, TABLES


@dataclass
class Imported:
    """What an import did: rows that are new, rows that changed, rows that were as they are."""

    new: int = 0
    changed: list[str] = field(default_factory=list)
    same: int = 0


def import_registry(path: Path, author: str = "import") -> Imported:
    """Bring the registry workbook at ``path`` into the record, all of it or nothing.

    A row whose code is known is changed to what the sheet says, columns that are not there apart. Raises FaultyInput
    with every fault.
    """
    every = Reader(author, Role.COORDINATOR)
    done = Imported()
    with transaction.atomic():
        drafts, findings, sheets = read_registry(path, ids(BY_NAME, every))
        last = Change.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
        for table in TABLES:
            _record(BY_NAME[table.name], drafts[table.name], author, findings, done)
        if not findings.faults:  # a group may hold a party of a later row
            groups = Findings()
            _record(BY_NAME[PARTIES.name], drafts[PARTIES.name], author, groups, Imported())
            findings.faults += groups.faults
        sort_by_place(findings, sheets)
        findings.stop_if_faulty()
        made = Change.objects.filter(pk__gt=last)
        done.changed = sorted(
            {f"{table} {code}" for table, code in made.exclude(field="").values_list("table", "code")}
        )
    return done


def _record(kept: Kept, draft: Draft, author: str, findings: Findings, done: Imported) -> None:
    known = {str(getattr(row, kept.key)): row for row in kept.model._default_manager.all()} if draft.rows else {}
    for at in range(draft.rows):
        if any(at in rows for rows in draft.faulty.values()):
            continue
        row: Any = known.get(draft.values["id"][at])
        if row is None:
            row = kept.model()
        else:
            _keep(kept, draft, at, row, findings)
        before, is_new = len(findings.faults), row.pk is None
        judge(kept, draft, at, row, author, findings)
        if len(findings.faults) == before:
            try:
                record(kept, row, draft, at, author)
            except ObjectDoesNotExist:  # it names a row that is at fault itself, so nothing comes in anyway
                assert findings.faults
            done.new, done.same = done.new + is_new, done.same + (not is_new)


def _keep(kept: Kept, draft: Draft, at: int, row: Any, findings: Findings) -> None:
    """Let what the sheet has no column for stay as it is recorded, and object to what never changes."""
    for own in kept.table.fields:
        held, said = value_of(kept, row, own), draft.values[own.name][at]
        is_there = bool(draft.place(at, own.name).column)
        if not is_there or (said in (None, "") and kept.is_fixed(own, row)):
            draft.values[own.name][at] = held
        elif own.name != "id" and kept.is_fixed(own, row) and said != held:
            findings.fault(draft.place(at, own.name), shown(said), "what is kept already: it never changes")
