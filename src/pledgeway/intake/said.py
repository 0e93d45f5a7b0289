"""What is said by hand, read against the record: typed rows with what they refer to, as far as their author sees it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import models
from django.db.models import Model

from pledgeway.access.deciding import Reader
from pledgeway.evidence.models import Source, Statement
from pledgeway.evidence.recording import Passage, record_passages
from pledgeway.formats.plain import draft_of_rows, place_of
from pledgeway.ledger.codes import PRECISIONS
from pledgeway.ledger.models import Announcement, Commitment, Requirement
from pledgeway.ledger.seen import (
    announcements_seen,
    commitments_seen,
    requirements_seen,
    sources_seen,
    statements_seen,
)
from pledgeway.registry.models import Item, Party, Place
from pledgeway.registry.seen import reference_seen
from pledgeway.tables.checks import check_cells
from pledgeway.tables.drafts import Drafts, nowhere
from pledgeway.tables.faults import Findings, shown
from pledgeway.tables.faults import Place as Spot
from pledgeway.tables.fields import Field, Kind, Table
from pledgeway.tables.planning import START
from pledgeway.tables.recording import COMMITMENTS, POSTINGS, RECORDED

Rows = Mapping[str, Sequence[Mapping[str, Any]]]
Row = dict[str, Any]
REGISTRY: dict[str, type[Party] | type[Item] | type[Place]] = {"parties": Party, "items": Item, "places": Place}
VERSIONED = {
    "announcements": (announcements_seen, "announcement", Announcement),
    "commitments": (commitments_seen, "commitment", Commitment),
    "requirements": (requirements_seen, "requirement", Requirement),
}
"""What is recorded in versions: who sees the latest ones, what they are versions of, and its model."""


class Said:
    """Rows of the tables that :mod:`pledgeway.tables.recording` declares, on their way to a batch by ``by``.

    ``rows`` are typed by table; a cell that is at fault is None and named in ``faulty``. ``present`` are the latest
    versions that ``by`` sees of what the rows name, by table and key; ``hidden`` keys that others have.
    """

    def __init__(self, said: Rows, by: Reader) -> None:
        self.by, self.findings = by, Findings()
        for name in said.keys() - RECORDED.keys():
            self.findings.fault(place_of(POSTINGS, 0, name), "a table of this name", ", ".join(RECORDED))
        self._drafts = {
            name: draft_of_rows(table, said.get(name, ()), self.findings) for name, table in RECORDED.items()
        }  # fmt: skip
        if not any(draft.rows for draft in self._drafts.values()) and not self.findings.faults:
            self.findings.fault(Spot("batch", "", "", "the batch"), "nothing", "at least one row of a table")
        self.present: dict[str, dict[str, Any]] = {}
        self.hidden: dict[str, set[str]] = {}
        self._registry: dict[str, dict[str, Any]] = {}
        self.new: dict[str, dict[str, Any]] = {name: {} for name in VERSIONED}
        self._look_up()
        drafts = Drafts(nowhere(START), {}, lenient=False, recorded=self._recorded())
        for draft in self._drafts.values():
            check_cells(draft, drafts, self.findings)

    def rows(self, table: Table) -> list[Row]:
        """Return the rows of ``table``, typed."""
        draft = self._drafts[table.name]
        return [{name: values[at] for name, values in draft.values.items()} for at in range(draft.rows)]

    def is_faulty(self, table: Table, at: int, *columns: str) -> bool:
        """Return whether one of these cells is at fault already."""
        return any(at in self._drafts[table.name].faulty.get(column, ()) for column in columns)

    def fault(self, table: Table, at: int, column: str, found: Any, allowed: str) -> None:
        """Add a fault, unless one was found in the cell before."""
        if not self.is_faulty(table, at, column):
            self.findings.fault(self._drafts[table.name].spoil(at, column), shown(found), allowed)

    def referred(self, field: Field, value: Any) -> Any:
        """Return the row that ``value`` in ``field`` names: of the registry, or a commitment or announcement."""
        if value is None:
            return None
        if field.refers_to in REGISTRY:
            return self._registry[field.refers_to].get(value)
        made = self.new[field.refers_to].get(value)
        return made or self.parent(field.refers_to, value)

    def parent(self, table: str, key: str) -> Any:
        """Return the announcement, commitment or requirement called ``key``; None where its author sees none."""
        version = self.present[table].get(key)
        return None if version is None else getattr(version, VERSIONED[table][1])

    def statement(self, table: Table, at: int, row: Row) -> Statement | None:
        """Return the passage that a row rests on, a new one recorded; a fault where it cannot be told."""
        if not row["statement"]:
            return self._new_passage(table, at, row)
        if row["passage"]:
            self.fault(table, at, "passage", row["passage"], "nothing beside a passage that is recorded already")
        found = statements_seen(self.by).filter(digest=row["statement"]).first()
        if found is None:
            self.fault(table, at, "statement", row["statement"], "the digest of a passage that you may see")
        return found

    def _new_passage(self, table: Table, at: int, row: Row) -> Statement | None:
        if not (row["source"] and row["passage"]):
            if row["source"]:
                self.fault(table, at, "passage", None, "the exact words in the source, or no source")
            elif row["passage"]:
                self.fault(table, at, "source", None, "the address of the source that the passage stands in")
            return None
        kept = sources_seen(self.by).filter(address=row["source"]).values_list("text", flat=True).first()
        if kept and row["passage"] not in kept.replace("\r\n", "\n"):
            allowed = "words exactly as they stand in the kept text of the source"
            self.fault(table, at, "passage", row["passage"], allowed)
            return None
        for name, most in (("source", _longest(Source, "address")), ("location", _longest(Statement, "location"))):
            if len(row[name] or "") > most:
                self.fault(table, at, name, f"{len(row[name]):,} characters", f"at most {most:,}")
        if self.findings.faults:
            return None
        passage = Passage(row["source"], row["location"] or "", row["passage"])
        return record_passages([passage])[passage.digest]

    def values(self, model: type[Model], table: Table, at: int, row: Row) -> dict[str, Any]:
        """Return what ``row`` says of a version kept in ``model``, by the model's names; evidence and items apart."""
        columns = {column.name: column for column in model._meta.concrete_fields}
        found: dict[str, Any] = {}
        for field in table.fields:
            column = columns.get(field.name)
            value = row[field.name]
            if field.name in ("statement", "accepts") or column is None:
                continue
            if isinstance(column, models.ForeignKey):
                value = self.referred(field, value)
            elif field.name == "precision":
                value = next(code for code, one in PRECISIONS.items() if one.value == (value or "day"))
            elif isinstance(column, models.CharField | models.TextField):
                most = column.max_length
                if most is not None and value is not None and len(value) > most:
                    self.fault(table, at, field.name, f"{len(value):,} characters", f"at most {most:,}")
                value = value or ""
            elif field.kind is Kind.NAMES:
                value = None if value is None and field.nullable else list(value or ())
            found[field.name] = value
        return found

    def _look_up(self) -> None:
        """Read what the rows name."""
        named: dict[str, set[str]] = {name: set() for name in (*REGISTRY, *VERSIONED)}
        for name, draft in self._drafts.items():
            if name in VERSIONED:
                named[name] |= {key for key in draft.values["key"] if key is not None}
            for field in draft.table.fields:
                if field.kind is Kind.REFERENCE and field.refers_to in named:
                    named[field.refers_to] |= {value for value in draft.values[field.name] if value is not None}
        for name, model in REGISTRY.items():
            rows: Any = reference_seen(model, self.by)
            self._registry[name] = {row.code: row for row in rows.filter(code__in=named[name])}
        for name, (seen, of, parent) in VERSIONED.items():
            versions: Any = seen(self.by)
            found = versions.filter(**{f"{of}__key__in": named[name]}).select_related(of)
            self.present[name] = {getattr(version, of).key: version for version in found}
            every: Any = parent._default_manager
            taken = every.filter(key__in=named[name] - self.present[name].keys())
            self.hidden[name] = set(taken.values_list("key", flat=True))

    def _recorded(self) -> dict[str, set[str]]:
        """Return by table what may be referred to: what the author sees, and what the batch records itself."""
        found = {
            name: set(reference_seen(model, self.by).values_list("code", flat=True))
            for name, model in REGISTRY.items()
        }  # fmt: skip
        for name in ("announcements", "commitments"):
            own = {key for key in self._drafts[name].values["key"] if key is not None} - self.hidden[name]
            found[name] = own | self.present[name].keys()
        return found


def row_of(version: Any, table: Table, by: Reader) -> Row:
    """Return what a version says as a row of ``table``: whoever records that row again changes nothing.

    What it refers to and ``by`` may not see is left out; recording keeps that as it is.
    """
    of = VERSIONED[table.name][1]
    parent = getattr(version, of)
    found: Row = {"key": parent.key}
    if table is COMMITMENTS:
        found["kind"] = parent.kind
    columns = {column.name for column in version._meta.concrete_fields}
    for field in table.fields:
        if field.name not in columns or field.name in found:
            continue
        value = getattr(version, field.name)
        if field.name == "precision":
            value = PRECISIONS[value].value
        elif field.name == "accepts":
            value = [code if factor == "1" else f"{code}={factor}" for code, factor in pairs(value)]
        elif isinstance(value, Statement):
            value = value.digest
        elif isinstance(value, Commitment | Announcement):
            seen, own, _ = VERSIONED[field.refers_to]
            rows: Any = seen(by)
            value = value.key if rows.filter(**{own: value}).exists() else None
        elif isinstance(value, Party | Item | Place):
            value = value.code
        found[field.name] = value
    return found


def pairs(accepts: Sequence[Any]) -> list[tuple[str, str]]:
    """Return the items that a need accepts, each with its factor."""
    return [(str(one[0]), str(one[1])) if isinstance(one, list) else (str(one), "1") for one in accepts]


def _longest(model: type[Model], name: str) -> int:
    column: Any = model._meta.get_field(name)
    most = column.max_length
    assert isinstance(most, int)
    return most
