"""What rows of reference data must mean, beyond what each of their cells may hold."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from django.db.models import Q

from pledgeway.access.keeping import lacking
from pledgeway.access.roles import Role
from pledgeway.evidence.models import Source, Statement
from pledgeway.evidence.recording import Passage
from pledgeway.forums.models import Decision
from pledgeway.ledger.models import Commitment, CommitmentTerms
from pledgeway.planning.sailing import ALLOWED, sailing_exceptions
from pledgeway.registry.models import Item, ItemAlias, Party, PartyAlias, folded
from pledgeway.tables.faults import shown

Said = Mapping[str, Any]
Object = Callable[[str, str, str], None]
"""Takes a field, what was found in it, and what is allowed."""
Rule = Callable[[Any, Said, Object, str], None]
"""Takes the row as it is recorded, what is said of it now, where to object, and who says it."""


def anything(row: Any, said: Said, object_to: Object, author: str) -> None:
    """Object to nothing."""


def party(row: Party, said: Said, object_to: Object, author: str) -> None:
    """A state has a code of its own, a group members that do not hold the group itself, each a name of its own."""
    del author
    _names(row, said, object_to, PartyAlias, "party")
    iso = said["iso"] or ""
    if (said["gdp_million_eur"] is None) != (said["gdp_year"] is None):
        missing = "gdp_year" if said["gdp_year"] is None else "gdp_million_eur"
        object_to(missing, "nothing", "a gross domestic product and its year, or neither")
    if iso and (said["kind"] != "state" or not re.fullmatch("[A-Z]{2}", iso)):
        object_to("iso", shown(iso), "two capital letters, of a state")
    elif iso and (other := Party.objects.filter(iso=iso, merged_into=None).exclude(pk=row.pk).first()):
        object_to("iso", f"{shown(iso)}, the code of {other} ({other.code}) already", "a code of its own")
    members = said["members"]
    if members and said["kind"] not in ("group", None):
        object_to("members", "; ".join(members), "nothing, unless it is a group")
    elif members and said["id"] in (reached := _within(members)):
        through = next(code for code in members if code == said["id"] or said["id"] in reached)
        object_to("members", shown(through), "parties that do not hold the group itself")


def _within(codes: Any) -> set[str]:
    """Return ``codes`` and those of the parties within groups among them, at any depth."""
    found, wanted = set(codes), set(codes)
    while wanted:
        wanted = set(Party.objects.filter(code__in=wanted).values_list("members__code", flat=True)) - found - {None}
        found |= wanted
    return found


def _names(row: Any, said: Said, object_to: Object, aliases: Any, of: str) -> None:
    typed = [("aliases", name) for name in said["aliases"] or ()]
    if row.pk is None or row.name != said["name"]:
        typed.append(("name", said["name"]))
    keys = {folded(name) for _, name in typed if name}
    taken = {alias.key: getattr(alias, of) for alias in aliases.objects.filter(key__in=keys).select_related(of)}
    for field, name in typed:
        other = taken.get(folded(name)) if name else None
        if other is not None and other.pk != row.pk:
            object_to(field, f"{shown(name)}, a name of {other} ({other.code}) already", "a name that is not taken")


def item(row: Item, said: Said, object_to: Object, author: str) -> None:
    """What is promised of an item keeps the unit it was counted in; its names are its own."""
    del author
    _names(row, said, object_to, ItemAlias, "item")
    if row.pk is None:
        return
    promises = Commitment.objects.filter(pk__in=CommitmentTerms.objects.filter(item=row).values("commitment_id"))
    for name in ("unit", "decimals"):
        if said[name] is not None and said[name] != getattr(row, name) and (count := promises.count()):
            object_to(name, shown(said[name]), f"{getattr(row, name)}, in which {count} promises are counted")


def place(row: Any, said: Said, object_to: Object, author: str) -> None:
    """A place has both coordinates or none."""
    del row, author
    for name, other in (("lat", "lon"), ("lon", "lat")):
        if said[name] is None and said[other] is not None:
            object_to(name, "nothing", "a number of degrees beside the other one")


def lane(row: Any, said: Said, object_to: Object, author: str) -> None:
    """A lane leads elsewhere, on days that can be read."""
    del row, author
    if said["origin"] is not None and said["origin"] == said["destination"]:
        object_to("destination", shown(said["destination"]), "another place than the origin")
    if said["sailing_days"]:
        try:
            sailing_exceptions(said["sailing_days"], said["sailing_start"] or date.today(), 1)
        except ValueError:
            object_to("sailing_days", shown(said["sailing_days"]), ALLOWED)
        if said["sailing_start"] is None:
            object_to("sailing_start", "nothing", "the day that sailing days count from")


def closure(row: Any, said: Said, object_to: Object, author: str) -> None:
    """A closure does not end before it begins."""
    del row, author
    first, last = said["first_day"], said["last_day"]
    if first and last and last < first:
        object_to("last_day", last.isoformat(), f"a day not before the first, {first.isoformat()}")


def source(row: Source, said: Said, object_to: Object, author: str) -> None:
    """A text that is kept holds every passage recorded of it."""
    del author
    text = said["text"] or ""
    if row.pk is None or not text or row.text:
        return
    absent = [one for one in row.statements.all() if one.passage not in text]
    if absent:
        object_to("text", f"a text without {len(absent)} of its passages, the first {shown(absent[0].passage)}",
                  "a text in which every recorded passage stands")  # fmt: skip


def statement(row: Statement, said: Said, object_to: Object, author: str) -> None:
    """A passage stands in the text that was kept of its source, and is recorded once."""
    del row, author
    address, passage = said["source"], said["passage"]
    if address is None or passage is None:
        return
    text = Source.objects.get(address=address).text
    if text and passage not in text.replace("\r\n", "\n"):
        object_to("passage", shown(passage), "words exactly as they stand in the kept text of the source")
    digest = Passage(address, said["location"] or "", passage).digest
    if found := Statement.objects.filter(digest=digest).first():
        object_to("passage", shown(passage), f"a passage that is not recorded yet; this one is number {found.pk}")


def target(row: Any, said: Said, object_to: Object, author: str) -> None:
    """An amount has a unit, and a decision is one of the same meeting."""
    del row, author
    if said["amount"] is not None and not said["unit"]:
        object_to("unit", "nothing", "what the amount is counted in")
    if said["decision"] and said["meeting"]:
        of = Q(code=said["decision"]) & ~Q(meeting__code=said["meeting"])
        if Decision.objects.filter(of).exists():
            object_to("decision", shown(said["decision"]), f"a decision of the meeting {shown(said['meeting'])}")


def user(row: Any, said: Said, object_to: Object, author: str) -> None:
    """A user has what the role needs; nobody shuts the own door."""
    if said["role"] is not None:
        for name, sentence in lacking(Role(said["role"]), said["party"], said["place"]).items():
            object_to(name, "nothing", f"a {name}: {sentence}")
    if row.pk is not None and row.username == author:
        if not said["is_active"]:
            object_to("is_active", "no", "yes, for yourself: another administrator sets you inactive")
        if said["role"] not in (None, row.role):
            object_to("role", shown(said["role"]), f"{row.role}, for yourself: another administrator changes it")
