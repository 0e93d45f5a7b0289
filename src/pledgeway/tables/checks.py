"""What every cell of a problem must be, by the declaration: ranges, choices, references, unique keys, days."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date

import numpy as np

from pledgeway.tables.closest import Closest
from pledgeway.tables.drafts import Draft, Drafts
from pledgeway.tables.faults import Findings, shown
from pledgeway.tables.fields import NUMERIC, Field, Kind
from pledgeway.tables.meaning import check_meaning


def check(drafts: Drafts, findings: Findings) -> None:
    """Add every fault and remark of a problem's tables: cell by cell, then what the tables mean together."""
    check_cells(drafts.start, drafts, findings)
    _check_calendar(drafts, findings)
    for draft in drafts.tables.values():
        check_cells(draft, drafts, findings)
    check_meaning(drafts, findings)


def _check_calendar(drafts: Drafts, findings: Findings) -> None:
    days, start = drafts.days, drafts.start_date
    if days is not None and start is not None and start.toordinal() + days > date.max.toordinal():
        allowed = f"a start date from which {days:g} days end before the year 10000"
        findings.fault(drafts.start.spoil(0, "start_date"), start.isoformat(), allowed)


def check_cells(draft: Draft, drafts: Drafts, findings: Findings) -> None:
    """Add the faults of one table's cells."""
    for field in draft.table.fields:
        if field.kind in NUMERIC:
            _check_range(draft, field, drafts, findings)
        elif field.kind is Kind.DAY:
            _check_days(draft, field, drafts, findings)
        elif field.kind is Kind.CHOICE:
            _check_known(draft, field, field.choices, drafts, findings)
        elif field.refers_to:
            known = drafts.ids(field.refers_to)
            if known is not None:
                check = _check_names if field.kind is Kind.NAMES else _check_known
                check(draft, field, known, drafts, findings)
    if draft.table.key:
        _check_key(draft, findings)


def _check_range(draft: Draft, field: Field, drafts: Drafts, findings: Findings) -> None:
    values = draft.numbers(field.name)
    low = -np.inf if field.low is None else field.low
    high = np.inf if field.high is None else field.high
    with np.errstate(invalid="ignore"):
        wrong = (values <= low if field.above else values < low) | (values > high) | np.isinf(values)
    for row in np.flatnonzero(wrong).tolist():
        found = draft.values[field.name][row]
        findings.fault(draft.spoil(row, field.name), shown(found), field.allowed(in_file=drafts.lenient))


def _check_days(draft: Draft, field: Field, drafts: Drafts, findings: Findings) -> None:
    if drafts.days is None or drafts.start.is_faulty("start_date"):
        return
    values = draft.numbers(field.name)
    with np.errstate(invalid="ignore"):
        wrong = (values < 0) | (values > drafts.days - 1)
    for row in np.flatnonzero(wrong).tolist():
        found = drafts.day(draft.values[field.name][row])
        allowed = f"a day of the plan, from {drafts.day(0)} to {drafts.day(drafts.days - 1)}"
        findings.fault(draft.spoil(row, field.name), found, allowed)


def _check_known(draft: Draft, field: Field, known: Collection[str], drafts: Drafts, findings: Findings) -> None:
    closest = Closest(known)
    allowed = field.allowed(in_file=drafts.lenient)
    unknown = [row for row, value in enumerate(draft.values[field.name]) if value is not None and value not in known]
    for row in unknown:
        found = draft.values[field.name][row]
        findings.fault(draft.spoil(row, field.name), shown(found), f"{allowed}{closest.suggestion(found)}")


def _check_names(draft: Draft, field: Field, known: Collection[str], drafts: Drafts, findings: Findings) -> None:
    closest = Closest(known)
    for row, names in enumerate(draft.values[field.name]):
        for name in [name for name in names or () if name not in known and name not in field.choices]:
            allowed = f"{field.allowed(in_file=drafts.lenient)}{closest.suggestion(name)}"
            findings.fault(draft.place(row, field.name), shown(name), allowed)
            draft.faulty.setdefault(field.name, set()).add(row)


def _check_key(draft: Draft, findings: Findings) -> None:
    """Add a fault for each row whose key an earlier one has."""
    seen: dict[Sequence[str], int] = {}
    columns = [draft.values[name] for name in draft.table.key]
    for row, key in enumerate(zip(*columns, strict=True)):
        if any(value is None for value in key):
            continue
        first = seen.setdefault(key, row)
        if first != row:
            name = draft.table.key[-1]
            words = " and ".join(f"{part} {shown(value)}" for part, value in zip(draft.table.key, key, strict=True))
            where = draft.place(first, name).where
            findings.fault(draft.place(row, name), f"{words} again", f"each only once; it stands at {where} already")
