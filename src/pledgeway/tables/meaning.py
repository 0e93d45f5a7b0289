"""What the tables of a problem must mean together: windows, accepted items, ways to destinations, pins."""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import dataclass

from pledgeway.tables.drafts import Draft, Drafts
from pledgeway.tables.faults import Findings, Place, shown
from pledgeway.tables.usefulness import remark_on_use

SLACK = 1e-9
"""Quantities that agree within this share of themselves count as equal."""


def check_meaning(drafts: Drafts, findings: Findings) -> None:
    """Add what the tables cannot mean together; where nothing is at fault, what they hardly mean as remarks."""
    _check_windows(drafts, findings)
    _check_something_is_accepted(drafts, findings)
    _check_destinations(drafts, findings)
    _check_pins(drafts, findings)
    if not findings.faults:
        remark_on_use(drafts, findings)


def accepted_items(drafts: Drafts) -> dict[str, list[str]]:
    """Return the items that each requirement takes, the one asked for first."""
    found: dict[str, list[str]] = defaultdict(list)
    needs, accepts = drafts["requirements"].values, drafts["accepts"].values
    for key, item in zip(needs["id"], needs["item"], strict=True):
        if key is not None and item is not None:
            found[key].append(item)
    for key, item in zip(accepts["requirement"], accepts["item"], strict=True):
        if key is not None and item is not None:
            found[key].append(item)
    return found


def _object_to(drafts: Drafts, findings: Findings, at: Place, found: str, allowed: str) -> None:
    """Add what has a meaning by the format's rules, but hardly one that a person filling in a workbook would want."""
    if drafts.lenient:
        findings.remark(at, f"{found}; expected is {allowed}")
    else:
        findings.fault(at, found, allowed)


def _check_windows(drafts: Drafts, findings: Findings) -> None:
    for row, first, last in _reversed(drafts["offers"], "available_from", "available_until"):
        at = drafts["offers"].place(row, "available_until")
        findings.fault(at, drafts.day(last), f"a day not before the offer is available, on {drafts.day(first)}")
    for row, first, last in _reversed(drafts["exceptions"], "first_day", "last_day"):
        at = drafts["exceptions"].place(row, "last_day")
        _object_to(drafts, findings, at, drafts.day(last), f"a day not before the first day, {drafts.day(first)}")


def _reversed(draft: Draft, first: str, last: str) -> list[tuple[int, int, int]]:
    pairs = zip(draft.values[first], draft.values[last], strict=True)
    return [(row, a, b) for row, (a, b) in enumerate(pairs) if a is not None and b is not None and b < a]


def _check_something_is_accepted(drafts: Drafts, findings: Findings) -> None:
    needs, accepts = drafts["requirements"], drafts["accepts"]
    asked = dict(zip(needs.values["id"], needs.values["item"], strict=True))
    for row, (key, item) in enumerate(zip(accepts.values["requirement"], accepts.values["item"], strict=True)):
        if key is not None and item is not None and asked.get(key) == item:
            allowed = "items other than the one the requirement asks for"
            findings.fault(accepts.place(row, "item"), f"{shown(item)}, which {key} asks for already", allowed)
    if accepts.is_faulty("requirement"):
        return
    listed = set(accepts.values["requirement"])
    for row, (key, item) in enumerate(zip(needs.values["id"], needs.values["item"], strict=True)):
        known_or_faulty = item is not None or row in needs.faulty.get("item", ())
        if key is not None and not known_or_faulty and key not in listed:
            where = "accepts" if drafts.lenient else "item"
            _object_to(drafts, findings, needs.place(row, where), "no accepted item", "at least one item it accepts")


def _check_destinations(drafts: Drafts, findings: Findings) -> None:
    needs, lanes, offers = drafts["requirements"], drafts["lanes"], drafts["offers"]
    if lanes.missing or lanes.is_faulty("destination") or offers.is_faulty("origin"):
        return
    reached = set(lanes.values["destination"]) | set(offers.values["origin"])
    for row, destination in enumerate(needs.values["destination"]):
        if destination is not None and destination not in reached:
            at = needs.place(row, "destination")
            found, allowed = f"{shown(destination)}, which no lane reaches", "a place that a lane leads to"
            _object_to(drafts, findings, at, found, allowed)


@dataclass(frozen=True)
class _Pin:
    """A pin with its row, and the rows of the offer and the requirement it names."""

    row: int
    offer: int
    need: int
    quantity: float


def _check_pins(drafts: Drafts, findings: Findings) -> None:
    fixed = _fixed_pins(drafts, findings)
    accepted = accepted_items(drafts) if fixed else {}
    offers, needs, items, pins = (drafts[name] for name in ("offers", "requirements", "items", "pins"))
    divisible = dict(zip(items.values["id"], items.values["divisible"], strict=True))
    for pin in fixed:
        item, recipients = offers.values["item"][pin.offer], offers.values["recipients"][pin.offer]
        need, recipient = needs.values["id"][pin.need], needs.values["recipient"][pin.need]
        if item is not None and accepted.get(need) and item not in accepted[need]:
            findings.fault(pins.place(pin.row, "requirement"), f"{shown(need)}, which does not accept {shown(item)}",
                           "a requirement that accepts the offer's item")  # fmt: skip
        if recipients is not None and recipient is not None and recipient not in recipients:
            findings.fault(pins.place(pin.row, "requirement"), f"{shown(need)} of {recipient}, whom the offer excludes",
                           "a requirement of a recipient that the offer is open to")  # fmt: skip
        if item is not None and divisible.get(item) is False and not pin.quantity.is_integer():
            findings.fault(pins.place(pin.row, "quantity"), shown(pin.quantity),
                           f"whole units of {shown(item)}, which is not divisible")  # fmt: skip
    _check_totals(pins, fixed, offers, "offer", findings)
    _check_totals(pins, fixed, needs, "requirement", findings)


def _fixed_pins(drafts: Drafts, findings: Findings) -> list[_Pin]:
    pins = drafts["pins"]
    offers = {key: row for row, key in enumerate(drafts["offers"].values["id"])}
    needs = {key: row for row, key in enumerate(drafts["requirements"].values["id"])}
    columns = (pins.values[name] for name in ("offer", "requirement", "kind", "quantity"))
    found = []
    for row, (offer, need, kind, quantity) in enumerate(zip(*columns, strict=True)):
        if kind != "fixed" or row in pins.faulty.get("quantity", ()):
            continue
        if quantity is None:
            findings.fault(pins.place(row, "quantity"), "nothing", "the number of units that are fixed")
        elif offer in offers and need in needs:
            found.append(_Pin(row, offers[offer], needs[need], float(quantity)))
    return found


def _check_totals(pins: Draft, fixed: list[_Pin], whole: Draft, column: str, findings: Findings) -> None:
    """Add a fault where more of an offer or requirement is fixed than there is."""
    total: dict[int, float] = defaultdict(float)
    for pin in fixed:
        key = pin.offer if column == "offer" else pin.need
        quantity = whole.values["quantity"][key]
        total[key] += pin.quantity
        if quantity is not None and total[key] > quantity * (1 + SLACK) and not math.isclose(total[key], quantity):
            name = whole.values["id"][key]
            findings.fault(pins.place(pin.row, "quantity"), f"{total[key]:g} units fixed of {column} {name}",
                           f"no more than its {quantity:g}")  # fmt: skip
