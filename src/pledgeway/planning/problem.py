"""The planning problem as tables, and its file format ``pledgeway-problem/1``.

One pandas DataFrame a table. Days are whole numbers from 0 to ``days`` - 1, tonnes are metric. A missing number
(NaN) in ``storage_t`` and ``handling_t_per_day`` means "no limit"; ``None`` in ``recipients`` means "any".
The meaning of every column is declared in :mod:`pledgeway.tables.planning`.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from pledgeway.planning.sailing import sailing_exceptions
from pledgeway.tables.fields import Field, Kind
from pledgeway.tables.planning import TABLES
from pledgeway.tables.rows import each_row

FORMAT = "pledgeway-problem/1"

_TYPES: dict[Kind, Any] = {
    Kind.TEXT: str,
    Kind.CHOICE: str,
    Kind.REFERENCE: str,
    Kind.NAMES: object,
    Kind.NUMBER: float,
    Kind.WHOLE: int,
    Kind.YES_NO: bool,
    Kind.DAY: int,
}
_NOTHING: dict[Any, Any] = {float: math.nan, int: 0, bool: False, str: "", object: None}


def _type(field: Field) -> Any:
    return object if field.nullable and field.kind is Kind.TEXT else _TYPES[field.kind]


def _filler(field: Field) -> Any:
    return _NOTHING[_type(field)] if field.default is None else field.default


COLUMNS: dict[str, dict[str, Any]] = {
    declared.name: {field.name: _type(field) for field in declared.inside()} for declared in TABLES
}
"""Columns and types of each table, in order. A column of type object holds None where nothing is stated."""

_FILLERS = {declared.name: {field.name: _filler(field) for field in declared.inside()} for declared in TABLES}


def table(name: str, rows: Any = ()) -> pd.DataFrame:
    """Return ``rows`` (a DataFrame, or a list of mappings) as the table ``name``: all columns, in order, typed.

    What is missing is filled with the declared default, or else with what "not stated" means there (NaN, None, 0).
    Raises KeyError for an unknown table and ValueError where a value cannot have its column's type.
    """
    kinds = COLUMNS[name]
    given: dict[str, Any]
    if isinstance(rows, pd.DataFrame):
        given, count = {column: rows[column].to_numpy() for column in kinds if column in rows}, len(rows)
    else:
        rows = list(rows)
        stated = {column for row in rows for column in row}
        given, count = {column: [row.get(column) for row in rows] for column in kinds if column in stated}, len(rows)
    index = pd.RangeIndex(count)  # one for all columns: pandas would else compare theirs
    columns = {}
    for column, kind in kinds.items():
        filler = _FILLERS[name][column]
        cells = _typed(given.get(column, [filler] * count), kind, filler)
        columns[column] = pd.Series(cells, index=index, dtype=cells.dtype, copy=False)
    return pd.DataFrame(columns, index=index)


def _typed(cells: Any, kind: Any, filler: Any) -> npt.NDArray[Any]:
    """Return ``cells`` (an array or a list) as an array of its own with ``filler`` for what is missing."""
    if isinstance(cells, np.ndarray):
        if cells.dtype == kind and (kind in (int, bool) or (kind is float and math.isnan(filler))):
            return cells.copy()
        cells = cells.tolist()
    stated = [filler if _missing(value) else str(value) if kind is str else value for value in cells]
    found = np.empty(len(cells), dtype=object)  # not np.array, which would take tuples apart
    found[:] = stated
    try:
        return found if kind in (str, object) else found.astype(kind)
    except OverflowError as error:  # infinity as a whole number
        raise ValueError(str(error)) from error


def _missing(value: Any) -> bool:
    return value is None or value is pd.NA or value is pd.NaT or (isinstance(value, float) and math.isnan(value))


def empty_table(name: str) -> pd.DataFrame:
    """Return the table ``name`` without rows."""
    return table(name)


TAKEN_COLUMNS = ("limit", "place", "day", "tonnes")


@dataclass(frozen=True)
class Problem:
    """What was promised, what is needed, and the network between them.

    ``transport_weight`` is the value lost per unit of transport cost. ``start_date`` is day 0's date, where known.
    ``exceptions`` are changes of a lane's capacity between two days (both included; a later row overrides an earlier
    one), ``accepts`` the items a requirement takes with their factor in (0, 1], ``pins`` an officer's own allocations:
    *fixed* (at least ``quantity`` units of the offer go to the requirement) or *forbidden* (none do). ``taken`` is what
    goods that are not planned take of places' limits: limit (handling or storage), place, day (of a night: the day
    before it), tonnes. The format does not have it.
    """

    name: str
    days: int
    transport_weight: float = 0.0
    start_date: date | None = None
    places: pd.DataFrame = field(default_factory=lambda: empty_table("places"))
    lanes: pd.DataFrame = field(default_factory=lambda: empty_table("lanes"))
    exceptions: pd.DataFrame = field(default_factory=lambda: empty_table("exceptions"))
    items: pd.DataFrame = field(default_factory=lambda: empty_table("items"))
    offers: pd.DataFrame = field(default_factory=lambda: empty_table("offers"))
    requirements: pd.DataFrame = field(default_factory=lambda: empty_table("requirements"))
    accepts: pd.DataFrame = field(default_factory=lambda: empty_table("accepts"))
    courses: pd.DataFrame = field(default_factory=lambda: empty_table("courses"))
    pins: pd.DataFrame = field(default_factory=lambda: empty_table("pins"))
    note: str | None = None
    taken: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=TAKEN_COLUMNS))

    def __post_init__(self) -> None:
        for name in COLUMNS:
            object.__setattr__(self, name, table(name, getattr(self, name)))

    def tables(self) -> dict[str, pd.DataFrame]:
        """Return the tables by name, in the order of COLUMNS."""
        return {name: getattr(self, name) for name in COLUMNS}

    def handling_by_day(self) -> npt.NDArray[np.float64]:
        """Return (places, days): tonnes that may be handled, less what is taken already; infinite where unlimited."""
        return self._left("handling", "handling_t_per_day")

    def storage_by_day(self) -> npt.NDArray[np.float64]:
        """Return (places, nights): tonnes that may stay, less what is taken already; infinite where unlimited."""
        return self._left("storage", "storage_t")

    def _left(self, limit: str, column: str) -> npt.NDArray[np.float64]:
        most = np.nan_to_num(self.places[column].to_numpy(np.float64), nan=np.inf)
        found: npt.NDArray[np.float64] = np.repeat(most[:, None], self.days, axis=1)
        rows = {place: k for k, place in enumerate(self.places["id"])}
        for row in each_row(self.taken[self.taken["limit"] == limit]):
            found[rows[row.place], row.day] = max(0.0, found[rows[row.place], row.day] - row.tonnes)
        return found

    def date_of(self, day: int) -> str:
        """Return ``day`` as people read it: "18 Oct 2023", or "day 17" where the problem has no start date."""
        if self.start_date is None:
            return f"day {day}"
        on = self.start_date + timedelta(days=int(day))
        return f"{on.day} {on:%b %Y}"

    def all_exceptions(self) -> pd.DataFrame:
        """Return ``exceptions`` preceded by those that the lanes' sailing days imply."""
        implied = [
            {"lane": lane.id, "first_day": first, "last_day": last, "capacity_t_per_day": 0.0}
            for lane in each_row(self.lanes)
            if lane.sailing_days
            for first, last in sailing_exceptions(lane.sailing_days, self.start_date, self.days)
        ]
        return (
            pd.concat([table("exceptions", implied), self.exceptions], ignore_index=True)
            if implied
            else self.exceptions
        )


def _plain(value: Any) -> Any:
    """Return a cell as JSON has it: NaN as null, whole floats as integers."""
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return None
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        return int(value)
    return value.item() if hasattr(value, "item") else value


def _cells(column: pd.Series) -> list[Any]:
    """Return a column's cells as JSON has them."""
    if column.dtype == float:
        return [
            None if cell != cell else int(cell) if cell.is_integer() and abs(cell) < 2**53 else cell  # noqa: PLR0124
            for cell in column.tolist()
        ]
    if column.dtype.kind in "biu":
        return column.tolist()
    return [cell if type(cell) is str else _plain(cell) for cell in column.tolist()]


def _rows(frame: pd.DataFrame, optional: tuple[str, ...] = ()) -> list[dict[str, Any]]:
    names = list(frame.columns)
    rows = [dict(zip(names, row, strict=True)) for row in zip(*(_cells(frame[name]) for name in names), strict=True)]
    spare = [name for name in optional if name in names]
    for row in rows:
        for name in spare:
            if row[name] in (None, False):
                del row[name]
    return rows


def to_dict(problem: Problem) -> dict[str, Any]:
    """Return the problem in the format ``pledgeway-problem/1``.

    Sailing days stand among a lane's exceptions, as the format asks; ``sailing_days`` is kept beside them.
    """
    optional = ("source", "note", "sailing_days", "in_storage")
    exceptions: dict[str, list[dict[str, Any]]] = {}
    for row in _rows(problem.all_exceptions(), ("note",)):
        exceptions.setdefault(row.pop("lane"), []).append(row)
    accepts: dict[str, list[dict[str, Any]]] = {}
    for row in _rows(problem.accepts):
        accepts.setdefault(row.pop("requirement"), []).append(row)
    lanes = [{**row, "exceptions": exceptions.get(row["id"], [])} for row in _rows(problem.lanes, optional)]
    offers = [
        {**row, "recipients": None if row["recipients"] is None else list(row["recipients"])}
        for row in _rows(problem.offers, optional)
    ]
    requirements = [{**row, "accepts": accepts.get(row["id"], [])} for row in _rows(problem.requirements, optional)]
    whole: dict[str, Any] = {
        "format": FORMAT,
        "name": problem.name,
        "days": problem.days,
        "transport_weight": _plain(float(problem.transport_weight)),
        "start_date": problem.start_date.isoformat() if problem.start_date else None,
        "note": problem.note,
        "places": _rows(problem.places, optional),
        "lanes": lanes,
        "items": _rows(problem.items, optional),
        "offers": offers,
        "requirements": requirements,
        "courses": _rows(problem.courses, optional),
        "pins": _rows(problem.pins, ("note",)),
    }
    if not whole["pins"]:
        del whole["pins"]
    return {key: value for key, value in whole.items() if value is not None}


def from_dict(given: Mapping[str, Any]) -> Problem:
    """Return the problem that ``given`` (format ``pledgeway-problem/1``) describes.

    Takes the shape for granted: :func:`pledgeway.formats.problem_file.read` checks it first and lists every fault.
    """
    days = int(given["days"])
    start = date.fromisoformat(given["start_date"]) if given.get("start_date") else None
    exceptions: list[dict[str, Any]] = []
    for lane in given["lanes"]:
        own = [{**row, "lane": lane["id"]} for row in lane.get("exceptions", ())]
        implied = sailing_exceptions(lane["sailing_days"], start, days) if lane.get("sailing_days") else ()
        first = [(row["first_day"], row["last_day"], row["capacity_t_per_day"]) for row in own[: len(implied)]]
        if first == [(*window, 0) for window in implied]:
            own = own[len(implied) :]
        exceptions += own
    accepts = [{**row, "requirement": r["id"]} for r in given["requirements"] for row in r.get("accepts", ())]
    offers = [
        {**o, "recipients": None if o.get("recipients") is None else tuple(o["recipients"])} for o in given["offers"]
    ]
    return Problem(
        name=given["name"],
        days=days,
        transport_weight=float(given["transport_weight"]),
        start_date=start,
        places=table("places", given["places"]),
        lanes=table("lanes", given["lanes"]),
        exceptions=table("exceptions", exceptions),
        items=table("items", given["items"]),
        offers=table("offers", offers),
        requirements=table("requirements", given["requirements"]),
        accepts=table("accepts", accepts),
        courses=table("courses", given["courses"]),
        pins=table("pins", given.get("pins", ())),
        note=given.get("note"),
    )


def digest(problem: Problem) -> str:
    """Return the SHA-256 of the problem's canonical JSON, in hexadecimal."""
    text = json.dumps(to_dict(problem), sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()
