"""Remarks on what is legal but useless or surprising: rows that nothing uses, needs that nothing can meet."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from pledgeway.tables.closest import Closest
from pledgeway.tables.drafts import Drafts
from pledgeway.tables.faults import Findings, shown

MOST_STEPS = 20_000_000
"""Steps spent on finding which places lead where; a network beyond that goes without these remarks."""


def remark_on_use(drafts: Drafts, findings: Findings) -> None:
    """Add the remarks on a problem's tables; no cell of them is at fault."""
    _remark_on_places_and_lanes(drafts, findings)
    _remark_on_items(drafts, findings)
    _remark_on_training(drafts, findings)
    _remark_on_recipients(drafts, findings)
    Matches(drafts).remark(findings)
    _remark_on_priorities(drafts, findings)


def _remark_on_places_and_lanes(drafts: Drafts, findings: Findings) -> None:
    places, lanes = drafts["places"], drafts["lanes"]
    used = {*lanes.values["origin"], *lanes.values["destination"], *drafts["offers"].values["origin"],
            *drafts["requirements"].values["destination"]}  # fmt: skip
    for row, place in enumerate(places.values["id"]):
        if place not in used:
            findings.remark(
                places.place(row, "id"), f"place {shown(place)} is not used: no lane, offer or requirement names it"
            )
    ends = zip(lanes.values["origin"], lanes.values["destination"], strict=True)
    for row, (origin, destination) in enumerate(ends):
        if origin == destination:
            findings.remark(lanes.place(row, "destination"), f"the lane leads from {shown(origin)} back to itself")


def _remark_on_items(drafts: Drafts, findings: Findings) -> None:
    items, offers = drafts["items"], drafts["offers"]
    used = {*offers.values["item"], *drafts["requirements"].values["item"], *drafts["accepts"].values["item"]}
    for row, item in enumerate(items.values["id"]):
        if item not in used:
            findings.remark(items.place(row, "id"), f"item {shown(item)} is not used: nobody offers it or asks for it")
    divisible = dict(zip(items.values["id"], items.values["divisible"], strict=True))
    for row, (item, quantity) in enumerate(zip(offers.values["item"], offers.values["quantity"], strict=True)):
        if not divisible[item] and not float(quantity).is_integer():
            at = offers.place(row, "quantity")
            findings.remark(at, f"{shown(item)} is not divisible, so only whole units of {quantity:g} can move")


def _remark_on_training(drafts: Drafts, findings: Findings) -> None:
    items, courses = drafts["items"], drafts["courses"]
    given = {name for name in courses.values["training"] if name}
    needed = {name for name in items.values["training"] if name}
    closest = Closest(given)
    for row, name in enumerate(items.values["training"]):
        if name and name not in given:
            sentence = f"no course trains for {shown(name)}, so {shown(items.values['id'][row])} is of use to nobody"
            findings.remark(items.place(row, "training"), f"{sentence}{closest.suggestion(name)}")
    for row, name in enumerate(courses.values["training"]):
        if name not in needed:
            findings.remark(courses.place(row, "training"), f"no item needs the training {shown(name)}")


def _remark_on_recipients(drafts: Drafts, findings: Findings) -> None:
    offers, known = drafts["offers"], set(drafts["requirements"].values["recipient"])
    closest = Closest(known)
    for row, names in enumerate(offers.values["recipients"]):
        for name in names or ():
            if name not in known:
                sentence = f"no requirement has the recipient {shown(name)}{closest.suggestion(name)}"
                findings.remark(offers.place(row, "recipients"), sentence)


class Matches:
    """Which offers and requirements the tables let come together: by item, by recipient, by ways through the lanes."""

    def __init__(self, drafts: Drafts) -> None:
        self.drafts = drafts
        offers, needs, accepts = drafts["offers"].values, drafts["requirements"].values, drafts["accepts"].values
        self.offers = list(zip(offers["item"], offers["origin"], offers["recipients"], strict=True))
        ends = dict(zip(needs["id"], zip(needs["destination"], needs["recipient"], strict=True), strict=True))
        asked = [(key, item) for key, item in zip(needs["id"], needs["item"], strict=True) if item is not None]
        self.accepted: dict[str, list[str]] = {key: [] for key in ends}
        self.wanted: dict[str, set[tuple[str, str]]] = defaultdict(set)
        for key, item in [*asked, *zip(accepts["requirement"], accepts["item"], strict=True)]:
            self.accepted[key].append(item)
            self.wanted[item].add(ends[key])
        self.offered: dict[str, set[tuple[str, tuple[str, ...] | None]]] = defaultdict(set)
        for item, origin, recipients in self.offers:
            self.offered[item].add((origin, recipients))
        self.ends = ends
        self.sources = _sources(drafts, {destination for destination, _ in ends.values()})

    def remark(self, findings: Findings) -> None:
        """Add a remark for each offer and each requirement that nothing can come of."""
        offers, needs = self.drafts["offers"], self.drafts["requirements"]
        known: dict[object, str] = {}
        for row, offer in enumerate(self.offers):
            if offer not in known:
                known[offer] = self._why_offer_is_idle(*offer)
            if known[offer]:
                findings.remark(offers.place(row, "item"), f"offer {shown(offers.values['id'][row])}: {known[offer]}")
        for row, key in enumerate(needs.values["id"]):
            why = self._why_need_stays_open(key)
            if why:
                findings.remark(needs.place(row, "id"), f"requirement {shown(key)}: {why}")

    def _why_offer_is_idle(self, item: str, origin: str, recipients: tuple[str, ...] | None) -> str:
        if not self.wanted[item]:
            return f"no requirement accepts {shown(item)}"
        if recipients is not None and not recipients:
            return "it is open to nobody"
        open_to = [end for end, recipient in self.wanted[item] if recipients is None or recipient in recipients]
        if not open_to:
            return f"none of its recipients accepts {shown(item)}"
        return "" if self._leads(origin, open_to) else f"no lanes lead from {shown(origin)} to where it is needed"

    def _why_need_stays_open(self, key: str) -> str:
        destination, recipient = self.ends[key]
        offered = [offer for item in self.accepted[key] for offer in self.offered[item]]
        if not self.accepted[key]:
            return ""  # said already
        if not offered:
            return "nobody offers what it accepts"
        origins = [origin for origin, recipients in offered if recipients is None or recipient in recipients]
        if not origins:
            return f"everyone who offers what it accepts excludes {recipient}"
        if self.sources is None or any(origin in self.sources[destination] for origin in origins):
            return ""
        return f"no lanes lead to {shown(destination)} from where it is offered"

    def _leads(self, origin: str, destinations: Iterable[str]) -> bool:
        return self.sources is None or any(origin in self.sources[end] for end in destinations)


def _sources(drafts: Drafts, destinations: set[str]) -> dict[str, set[str]] | None:
    """Return the places from which lanes lead to each destination, itself included; None for a network too large."""
    lanes = drafts["lanes"]
    if len(destinations) * (lanes.rows + 1) > MOST_STEPS:
        return None
    before: dict[str, set[str]] = defaultdict(set)
    for origin, destination in zip(lanes.values["origin"], lanes.values["destination"], strict=True):
        before[destination].add(origin)
    found = {}
    for destination in destinations:
        seen, front = {destination}, [destination]
        while front:
            new = before.get(front.pop(), set()) - seen
            seen |= new
            front.extend(new)
        found[destination] = seen
    return found


def _remark_on_priorities(drafts: Drafts, findings: Findings) -> None:
    """Add a remark for each priority of which a requirement outweighs, per tonne, one of a higher priority."""
    needs, accepts = drafts["requirements"], drafts["accepts"]
    mass = dict(zip(drafts["items"].values["id"], drafts["items"].values["mass_t"], strict=True))
    first: dict[str, str] = {}
    for key, item in zip(accepts.values["requirement"], accepts.values["item"], strict=True):
        first.setdefault(key, item)
    worth: dict[int, list[tuple[float, int]]] = defaultdict(list)
    columns = (needs.values[name] for name in ("id", "item", "weight", "priority"))
    for row, (key, item, weight, priority) in enumerate(zip(*columns, strict=True)):
        tonnes = mass.get(item or first.get(key), 0.0)
        if weight is not None and tonnes > 0:
            worth[priority].append((weight / tonnes, row))
    least: tuple[float, int, int] | None = None
    for priority in sorted(worth):
        most, row = max(worth[priority])
        if least is not None and most > least[0] * (1 + 1e-9):
            outweighed = needs.values["id"][least[1]]
            findings.remark(needs.place(row, "weight"), (
                f"requirement {shown(needs.values['id'][row])} of priority {priority} is worth {most:.4g} per tonne, "
                f"more than {shown(outweighed)} of priority {least[2]} with {least[0]:.4g}"
            ))  # fmt: skip
        lowest = min(worth[priority])
        if least is None or lowest[0] < least[0]:
            least = (*lowest, priority)
