"""Undoing what a row of the reasons blames, for tests."""

from __future__ import annotations

import dataclasses
import math
from typing import Any

import pandas as pd

from pledgeway.planning import Plan, Problem

AMPLE = 1000.0


def undone(problem: Problem, plan: Plan, row: Any) -> Problem:
    """Return ``problem`` with everything that the reason in ``row`` blames taken out of the way."""
    need = problem.requirements.set_index("id").loc[row.requirement]
    for part in row.blame.split("; "):
        kind, name = part.split(" ", 1)
        problem = _UNDO[kind](problem, plan, name, need)
    return problem


def _added(problem: Problem, table: str, *rows: dict[str, Any]) -> Problem:
    known = getattr(problem, table)
    return dataclasses.replace(problem, **{table: pd.DataFrame([*known.to_dict("records"), *rows])})


def _set(problem: Problem, table: str, key: str, column: str, value: Any) -> Problem:
    rows = getattr(problem, table).to_dict("records")
    for row in rows:
        if row["id"] == key:
            row[column] = value
    return dataclasses.replace(problem, **{table: pd.DataFrame(rows)})


def _item(problem: Problem, _plan: Plan, name: str, need: Any) -> Problem:
    return _added(problem, "offers", {
        "id": f"new-{name}", "donor": "New", "item": name, "quantity": math.ceil(need.quantity),
        "origin": need.destination, "available_from": 0, "available_until": problem.days - 1, "in_storage": False,
    })  # fmt: skip


def _accepts(problem: Problem, _plan: Plan, name: str, need: Any) -> Problem:
    problem = _added(problem, "items", {"id": "new", "name": "New", "mass_t": 1.0, "divisible": True})
    problem = _added(problem, "accepts", {"requirement": name, "item": "new", "factor": 1.0})
    return _item(problem, _plan, "new", need)


def _training(problem: Problem, _plan: Plan, name: str, _need: Any) -> Problem:
    return _added(
        problem, "courses",
        {"id": f"new-{name}", "training": name, "start": 0, "duration_days": 0, "seats": int(AMPLE)},
    )  # fmt: skip


def _recipients(problem: Problem, _plan: Plan, name: str, _need: Any) -> Problem:
    return _set(problem, "offers", name, "recipients", None)


def _pin(problem: Problem, _plan: Plan, name: str, _need: Any) -> Problem:
    offer, requirement = name.split(" ")
    pins = problem.pins
    return dataclasses.replace(problem, pins=pins[(pins["offer"] != offer) | (pins["requirement"] != requirement)])


def _way(problem: Problem, plan: Plan, name: str, need: Any) -> Problem:
    """One unit of the offer lies at the destination from day 0, instead of where it is."""
    offer = problem.offers.set_index("id", drop=False).loc[name].to_dict()
    item = problem.items.set_index("id").loc[offer["item"]]
    elsewhere = sum(m.quantity for m in plan.movements if m.offer == name and m.requirement != need.name)
    amount = min(1.0, offer["quantity"] - elsewhere)
    amount = amount if item.divisible else math.floor(amount + 1e-9)
    problem = _set(problem, "offers", name, "quantity", offer["quantity"] - amount)
    there = {**offer, "id": f"there-{name}", "quantity": amount or 1.0, "origin": need.destination, "available_from": 0,
             "available_until": problem.days - 1, "in_storage": False}  # fmt: skip
    return _added(problem, "offers", there)


def _stock(problem: Problem, _plan: Plan, name: str, _need: Any) -> Problem:
    offer = problem.offers.set_index("id", drop=False).loc[name].to_dict()
    return _added(problem, "offers", {**offer, "id": f"more-{name}", "quantity": 1.0, "in_storage": False})


def _lane(problem: Problem, _plan: Plan, name: str, _need: Any) -> Problem:
    lane, days = name.split(" days ")
    first, last = map(int, days.split("-"))
    row = {"lane": lane, "first_day": first, "last_day": last, "capacity_t_per_day": AMPLE}
    return _added(problem, "exceptions", row)


def _handling(problem: Problem, _plan: Plan, name: str, _need: Any) -> Problem:
    return _set(problem, "places", name.split(" days ", 1)[0], "handling_t_per_day", math.nan)


def _storage(problem: Problem, _plan: Plan, name: str, _need: Any) -> Problem:
    return _set(problem, "places", name.split(" days ", 1)[0], "storage_t", math.nan)


_UNDO = {
    "accepts": _accepts, "item": _item, "training": _training, "recipients": _recipients, "pin": _pin,
    "way": _way, "stock": _stock,
    "lane": _lane, "handling": _handling, "storage": _storage,
}  # fmt: skip
