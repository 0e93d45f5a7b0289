"""The kinds of filter."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from django.db.models import Q, QuerySet

from pledgeway.evidence.models import Statement
from pledgeway.ledger.models import CommitmentTerms, RequirementVersion
from pledgeway.ledger.remembered import recalled_of
from pledgeway.portal.tables.declaration import Filter, Rows, is_day

Reads = Callable[[Any], Any]
RECORD = (CommitmentTerms, RequirementVersion, Statement)
"""Rows of which many occur, and which change with the record and the reference data only."""


def choice(
    name: str, title: str, by: str | Reads, words: str | Reads | Mapping[str, str] | None = None, kind: str = "choice",
    also: Callable[[str], Sequence[str]] | None = None,
) -> Filter:  # fmt: skip
    """Return a filter by one of the values that occur.

    ``by`` is a path of the query, or reads a row in memory; ``words`` likewise says how a value is called;
    ``kind`` is "number" for values that are whole numbers; ``also`` returns all values that one of them stands for.
    """

    def choices(rows: Rows) -> list[tuple[str, str]]:
        pairs: Any
        if isinstance(rows, list):
            assert callable(by)
            pairs = {(by(row), words(row) if callable(words) else by(row)) for row in rows}
        else:
            paths = [str(by), *([words] if isinstance(words, str) else [])]
            pairs = _occurring(rows.order_by().values_list(*paths).distinct())
        if isinstance(words, Mapping):
            pairs = {(value, words.get(value, value)) for value, _ in pairs}
        return sorted(((str(value), str(word)) for value, word in pairs if value not in (None, "")), key=lambda p: p[1])

    def narrow(rows: Rows, value: str) -> Rows:
        if kind == "number" and not (value.isascii() and value.removeprefix("-").isdecimal() and len(value) < 18):
            raise ValueError("it is a whole number of at most 17 digits")
        if isinstance(rows, list):
            assert callable(by)
            return [row for row in rows if str(by(row)) == value]
        return rows.filter(**({str(by): value} if also is None else {f"{by}__in": also(value)}))

    return Filter(name, title, narrow, choices, kind)


def _occurring(pairs: QuerySet[Any]) -> set[tuple[Any, Any]]:
    """Return the first and the last of each of ``pairs``; those of the record are remembered until it goes on."""

    def find() -> set[tuple[Any, Any]]:
        return {(row[0], row[-1]) for row in pairs}

    return recalled_of(pairs, "occurring", find) if pairs.model in RECORD else find()


def contains(name: str, title: str, paths: Sequence[str], read: Reads | None = None) -> Filter:
    """Return a filter by words that must all occur somewhere in the texts at ``paths`` (in memory: what is read)."""

    def narrow(rows: Rows, value: str) -> Rows:
        for word in value.split():
            if isinstance(rows, list):
                assert read is not None
                rows = [row for row in rows if word.casefold() in str(read(row)).casefold()]
            else:
                condition = Q()
                for path in paths:
                    condition |= Q(**{f"{path}__icontains": word})
                rows = rows.filter(condition)
        return rows

    return Filter(name, title, narrow, kind="search")


def whether(name: str, title: str, words: tuple[str, str], condition: Callable[[], Q]) -> Filter:
    """Return a filter by whether ``condition`` holds ("yes") or not ("no"); ``words`` say both. Nothing fits else."""

    def narrow(rows: Rows, value: str) -> Rows:
        assert not isinstance(rows, list)
        if value not in ("yes", "no"):
            return rows.none()
        return rows.filter(condition()) if value == "yes" else rows.exclude(condition())

    return Filter(name, title, narrow, lambda _: [("yes", words[0]), ("no", words[1])], "choice")


def since(name: str, title: str, path: str) -> Filter:
    """Return a filter by days from the given one on."""
    return Filter(name, title, lambda rows, value: _days(rows, f"{path}__gte", value), kind="date")


def until(name: str, title: str, path: str) -> Filter:
    """Return a filter by days up to the given one."""
    return Filter(name, title, lambda rows, value: _days(rows, f"{path}__lte", value), kind="date")


def _days(rows: Rows, condition: str, value: str) -> Rows:
    assert not isinstance(rows, list)
    return rows.filter(**{condition: is_day(value)})
