"""Offers: the rows of the Ukraine Support Tracker that state a number of units, and which of them are left out."""

from __future__ import annotations

import random
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from coalition.data import Row, number, parts, rows

SHEET = "Bilateral assistance, MAIN DATA"
ITEM_COLUMN = 8  # its header is empty
BULK_TONNES, BULK_UNIT_TONNES = 60.0, 15.0
DECIMALS = 3
STATED = re.compile(r"\d+(\.\d+)?")  # others say ".", "undisclosed", "partially"


@dataclass(frozen=True)
class Promise:
    """One row of the tracker: ``row`` is its number on the sheet, ``units`` what it states to be committed."""

    row: int
    package: str
    donor: str
    announced: str
    text: str
    units: float
    source: str

    @property
    def key(self) -> str:
        """The item's text without differences of case and spacing."""
        return " ".join(self.text.split()).lower()


def read_promises(tracker: Path) -> list[Promise]:
    """Return the rows of the tracker's workbook that state a number of units, in the sheet's order."""
    sheet = pd.read_excel(tracker, sheet_name=SHEET, engine="calamine", dtype=object)
    names = ["ID", "countries", "Announcement Date", sheet.columns[ITEM_COLUMN], "No. of Units", "Source of Aid 1"]
    found = []
    for row, cells in enumerate(zip(*(sheet[name].tolist() for name in names), strict=True), start=2):
        package, donor, announced, text, units, source = (" ".join(str(cell).split()) for cell in cells)
        if STATED.fullmatch(units):
            day = announced.removesuffix(" 00:00:00")
            found.append(Promise(row, package, donor, day, text, float(units), source.split()[0]))
    return found


def sort_out(promises: list[Promise]) -> tuple[list[tuple[Promise, Row]], list[Row]]:
    """Return the promises to offer, each with its row of ``matches``, and a row of reasons for each one left out.

    Raises KeyError for a text that ``matches`` does not know: nothing is dropped or merged in silence.
    """
    matches = {match["tracker_item"]: match for match in rows("matches")}
    excluded = {int(row["row"]): row["left_out"] for row in rows("adjustments")}
    kept: list[tuple[Promise, Row]] = []
    left_out: list[Row] = []
    for promise in promises:
        match = matches[promise.key]
        reason = excluded.get(promise.row) or match["left_out"]
        if not reason:
            kept.append((promise, match))
            continue
        left_out.append({
            "row": str(promise.row), "package": promise.package, "donor": promise.donor,
            "announced": promise.announced, "item": promise.text, "units": f"{promise.units:.10g}", "reason": reason,
        })  # fmt: skip
    return kept, left_out


@dataclass(frozen=True)
class Drawn:
    """What is invented for one offer: its window, and ``port`` in [0, 1) to choose among the donor's origins."""

    first: int
    last: int
    port: float


def draw(generator: random.Random, last_day: int) -> Drawn:
    """Return an offer's invented part; the same number of draws each time, so that a row does not move the others."""
    first = int(46 * generator.random() ** 1.4)
    length = 12 + int(24 * generator.random())
    return Drawn(first, min(first + length, last_day), generator.random())


def offers(promises: list[Promise], items: Mapping[str, Row], last_day: int, seed: int) -> list[dict[str, Any]]:
    """Return the offers of the problem: the promises kept, then the invented ones."""
    generator = random.Random(seed)
    adjustments = {int(row["row"]): row for row in rows("adjustments")}
    donors = {row["donor"]: row for row in rows("donors")}
    real = []
    for promise, match in sort_out(promises)[0]:
        offer = _offer(promise, match, items[match["item"]], donors[promise.donor], draw(generator, last_day))
        real.append(_adjusted(offer, adjustments.get(promise.row), last_day))
    return real + [_invented(row) for row in rows("invented")]


def _offer(promise: Promise, match: Row, item: Row, donor: Row, drawn: Drawn) -> dict[str, Any]:
    quantity = promise.units * float(match["units_each"])
    quantity = float(round(quantity)) if item["divisible"] == "no" else round(quantity, DECIMALS)
    unit_tonnes = float(item["mass_t"])
    bulk = quantity * unit_tonnes > BULK_TONNES or unit_tonnes > BULK_UNIT_TONNES
    origins = parts(donor["bulk_origins" if bulk else "light_origins"])
    return {
        "id": f"{promise.package}-{promise.row}",
        "donor": promise.donor,
        "item": item["id"],
        "quantity": quantity,
        "origin": origins[int(drawn.port * len(origins))],
        "available_from": drawn.first,
        "available_until": drawn.last,
        "recipients": recipients(donor["recipients"]),
        "in_storage": False,
        "source": promise.source,
        "note": f"{promise.units:,.10g} × {promise.text}, announced {promise.announced}",
    }


def _adjusted(offer: dict[str, Any], adjustment: Row | None, last_day: int) -> dict[str, Any]:
    """Return the offer with what ``adjustments`` says of it: goods already at a hub, or recipients of its own."""
    if adjustment is None:
        return offer
    changed = dict(offer)
    if adjustment["stored_at"]:
        changed |= {
            "origin": adjustment["stored_at"], "in_storage": True, "available_from": 0, "available_until": last_day,
        }  # fmt: skip
    if adjustment["recipients"]:
        changed["recipients"] = recipients(adjustment["recipients"])
    return changed


def _invented(row: Row) -> dict[str, Any]:
    return {
        "id": row["id"], "donor": row["donor"], "item": row["item"], "quantity": number(row["quantity"]),
        "origin": row["origin"], "available_from": int(row["available_from"]),
        "available_until": int(row["available_until"]), "recipients": None, "in_storage": False,
        "source": "Invented for this example", "note": "Invented: the tracker names no winter kits",
    }  # fmt: skip


def recipients(text: str) -> tuple[str, ...] | None:
    """Return the desks that ``text`` names; None (any) where it is empty, all civil desks for "civil"."""
    if text == "civil":
        return tuple(desk["recipient"] for desk in rows("desks") if desk["civil"] == "yes")
    return tuple(parts(text)) or None
