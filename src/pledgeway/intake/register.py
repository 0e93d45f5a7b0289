"""Finding parties and items by the names a file uses, and adding those that are new."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from pledgeway.intake.donors import STATES, kind_of
from pledgeway.registry.models import Item, ItemAlias, Party, PartyAlias, folded

_TONNES = re.compile(r"tons? of\b", re.IGNORECASE)
PIECE, TONNE = ("piece", 0), ("tonne", 6)


class NamedItem(NamedTuple):
    """An item as a file names it."""

    name: str
    category: str
    subcategory: str


def slug(name: str) -> str:
    """Return a code made of the letters and digits of ``name``."""
    return re.sub(r"[^a-z0-9]+", "-", name.casefold()).strip("-") or "unnamed"


def parties_by_name(names: Iterable[str], otherwise: str = "organisation") -> dict[str, Party]:
    """Return the party that each name stands for; a name that no party goes by makes a new party.

    ``otherwise`` is the kind of those that are taken for no state and no bank.
    """
    wanted = {folded(name): name for name in names}
    known = {alias.key: alias.party for alias in PartyAlias.objects.select_related("party")}
    new = {key: name for key, name in wanted.items() if key not in known}
    taken = set(Party.objects.values_list("code", flat=True))
    parties = {}
    for key, name in new.items():
        code = _free(STATES.get(name) or slug(name), taken)
        parties[key] = Party(code=code, name=name, kind=kind_of(name, otherwise), iso=STATES.get(name, ""))
    Party.objects.bulk_create(parties.values())
    PartyAlias.objects.bulk_create(PartyAlias(party=parties[key], name=name, key=key) for key, name in new.items())
    known |= parties
    return {name: known[folded(name)] for name in wanted.values()}


def items_by_key(named: Mapping[str, NamedItem]) -> dict[str, Item]:
    """Return the item of each name, folded; ``named`` gives what a file says of it. New names make new items."""
    known = {alias.key: alias.item for alias in ItemAlias.objects.select_related("item")}
    new = {key: item for key, item in named.items() if key not in known}
    taken = set(Item.objects.values_list("code", flat=True))
    items = {}
    for key, item in new.items():
        unit, decimals = TONNE if _TONNES.match(item.name) else PIECE
        items[key] = Item(
            code=_free(slug(item.name)[:190], taken), name=item.name, category=item.category,
            subcategory=item.subcategory, unit=unit, decimals=decimals,
        )  # fmt: skip
    Item.objects.bulk_create(items.values())
    ItemAlias.objects.bulk_create(ItemAlias(item=items[key], name=item.name, key=key) for key, item in new.items())
    known |= items
    return {key: known[key] for key in named}


def _free(code: str, taken: set[str]) -> str:
    found, number = code, 1
    while found in taken:
        number += 1
        found = f"{code}-{number}"
    taken.add(found)
    return found
