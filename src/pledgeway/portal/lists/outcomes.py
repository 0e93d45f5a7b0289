"""What became of the promises that rest on decisions, by kind: promised, kept, and where all of it stands now."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from decimal import Decimal
from urllib.parse import urlencode

from markupsafe import Markup

from pledgeway.access.deciding import Reader
from pledgeway.accounts.figures import Amount
from pledgeway.accounts.moves import Position
from pledgeway.accounts.stages import FULFILLED, KINDS
from pledgeway.ledger.balances import balances
from pledgeway.ledger.stands import Stand
from pledgeway.pictures.stage_bar import stage_bar
from pledgeway.pictures.words import percent
from pledgeway.portal.lists.forums import promises_of
from pledgeway.portal.words import Quantity
from pledgeway.registry.models import masses

KILOGRAMS = 3
"""Digits of a tonne that are counted where goods of several kinds are added up."""


@dataclass(frozen=True)
class Outcome:
    """What stands of all promises of one kind and unit that rest on the decision ``code``."""

    code: str
    stand: Stand

    @property
    def link(self) -> str:
        """Where the promises are."""
        return f"{promises_of(self.code)}&{urlencode({'kind': self.stand.kind})}"

    @property
    def promised(self) -> Quantity:
        """All that was promised."""
        return Quantity.of(self.stand.promised, self.stand.decimals)

    @property
    def stage(self) -> str:
        """The stage from which on a promise of this kind counts as kept."""
        return FULFILLED[self.stand.kind]

    @property
    def kept(self) -> Quantity:
        """All that ever got there."""
        return Quantity.of(self.stand.reached(self.stage), self.stand.decimals)

    @property
    def share(self) -> str:
        """How much of what is known that is, in per cent; nothing where no quantity is known."""
        whole = self.stand.promised.quantity
        return percent(self.stand.reached(self.stage).quantity / whole) if whole else ""

    @property
    def bar(self) -> Markup:
        """Where it all stands now."""
        return stage_bar(self.stand.kind, self.stand.now_at())


def outcomes(codes: Collection[str], reader: Reader) -> dict[str, list[Outcome]]:
    """Return by decision what became of the promises that ``reader`` may see: goods in tonnes where masses are known.

    Kinds stand in the order of their table, units of one kind by their names.
    """
    mass_of = masses()
    held: dict[tuple[str, str, str, int], dict[Position, Amount]] = {}
    by = ["decision", "kind", "item", "stage", "left"]
    for line in balances(by, None, {"decision": list(codes)}, reader) if codes else []:
        group, amount, unit, decimals = line.group, line.amount, line.unit, line.decimals
        if group["item"] in mass_of:
            parts = round(line.quantity * Decimal(repr(mass_of[group["item"]])) * 10**KILOGRAMS)
            amount, unit, decimals = Amount(parts, amount.marks), "t", KILOGRAMS
        own = held.setdefault((group["decision"], group["kind"], unit, decimals), {})
        position = Position(group["stage"], group["left"])
        own[position] = own.get(position, Amount()).plus(*amount)
    kinds = list(KINDS)
    found: dict[str, list[Outcome]] = {code: [] for code in codes}
    for (code, kind, unit, decimals), own in sorted(held.items(), key=lambda pair: (kinds.index(pair[0][1]), pair[0])):
        found[code].append(Outcome(code, Stand(kind, unit, decimals, own)))
    return found
