"""What a JSON value must look like, said as data; every difference is a fault with its place."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from pledgeway.tables.faults import Findings, Place, shown


@dataclass(frozen=True)
class Scalar:
    """A value by itself: ``fits`` says whether one is allowed, ``allowed`` what is."""

    allowed: str
    fits: Callable[[Any], bool]


@dataclass(frozen=True)
class ListOf:
    """A list of any length."""

    content: Shape


@dataclass(frozen=True)
class Row:
    """A list of a set length, as a certificate's prices are."""

    content: tuple[Shape, ...]
    words: str


@dataclass(frozen=True)
class Keys:
    """An object with the keys ``needed`` and perhaps those in ``optional``; others are ignored."""

    needed: Mapping[str, Shape]
    optional: Mapping[str, Shape]


@dataclass(frozen=True)
class Maybe:
    """A value or null."""

    content: Shape


Shape = Scalar | ListOf | Row | Keys | Maybe


def _is_number(value: Any) -> bool:
    try:
        return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
    except OverflowError:
        return False


TEXT = Scalar("a text", lambda value: isinstance(value, str))
NUMBER = Scalar("a finite number", _is_number)
WHOLE = Scalar("a whole number", lambda value: isinstance(value, int) and _is_number(value) and abs(value) < 2**53)
ANYTHING = Scalar("anything", lambda _: True)


def check_shape(value: Any, shape: Shape, where: str, findings: Findings) -> None:
    """Add a fault for each difference between ``value`` and ``shape``; ``where`` names the value's place."""
    if isinstance(shape, Maybe):
        if value is not None:
            check_shape(value, shape.content, where, findings)
    elif isinstance(shape, Scalar):
        if not shape.fits(value):
            _fault(value, shape.allowed, where, findings)
    elif isinstance(shape, Keys):
        _check_keys(value, shape, where, findings)
    elif not isinstance(value, list):
        _fault(value, "a list", where, findings)
    elif isinstance(shape, ListOf):
        for k, content in enumerate(value):
            check_shape(content, shape.content, f"{where}[{k}]", findings)
    elif len(value) != len(shape.content):
        _fault(value, shape.words, where, findings)
    else:
        for k, (content, own) in enumerate(zip(value, shape.content, strict=True)):
            check_shape(content, own, f"{where}[{k}]", findings)


def _check_keys(value: Any, shape: Keys, where: str, findings: Findings) -> None:
    if not isinstance(value, dict):
        _fault(value, "an object", where, findings)
        return
    inside = f"{where}." if where else ""
    for key, own in shape.needed.items():
        if key in value:
            check_shape(value[key], own, f"{inside}{key}", findings)
        else:
            allowed = own.allowed if isinstance(own, Scalar) else "an object" if isinstance(own, Keys) else "a list"
            _add("nothing", allowed, f"{inside}{key}", findings)
    for key, own in shape.optional.items():
        if key in value:
            check_shape(value[key], own, f"{inside}{key}", findings)


def _fault(value: Any, allowed: str, where: str, findings: Findings) -> None:
    _add(str(value).lower() if isinstance(value, bool) else "null" if value is None else shown(value), allowed, where,
         findings)  # fmt: skip


def _add(found: str, allowed: str, where: str, findings: Findings) -> None:
    table, _, rest = where.partition("[")
    row, _, column = rest.partition("]")
    findings.fault(Place(table.partition(".")[0], row, column.lstrip("."), where), found, allowed)
