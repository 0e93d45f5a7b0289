"""Where commitments stand now, from what their positions hold."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from django.db.models import F, Sum

from pledgeway.accounts import moves
from pledgeway.accounts.figures import Amount, promised, reached
from pledgeway.accounts.stages import KINDS
from pledgeway.ledger.models import Position

CHUNK = 500
Held = Mapping[moves.Position, Amount]


@dataclass(frozen=True)
class Stand:
    """What a commitment of ``kind`` holds by stage, in parts of 10 ** -``decimals`` of ``unit``."""

    kind: str
    unit: str
    decimals: int
    held: Held

    @property
    def promised(self) -> Amount:
        """All that is promised, what left the chain included."""
        return promised(self.held)

    def reached(self, stage: str) -> Amount:
        """All that ever reached ``stage``; nothing where the kind has no such stage."""
        return reached(self.kind, stage, self.held) if KINDS[self.kind].stage(stage) else Amount()

    def now_at(self) -> dict[str, Amount]:
        """What stands now at each stage of the chain, and then what left it, by the name of the way out."""
        of = KINDS[self.kind]
        found = {stage.name: Amount() for stage in of.chain}
        for position, amount in self.held.items():
            found[position.stage] = found.get(position.stage, Amount()).plus(*amount)
        return found


def stands(commitments: Collection[int]) -> dict[int, Stand]:
    """Return where the commitments with these numbers stand; those that hold nothing are left out."""
    keys = list(commitments)
    held: dict[int, dict[moves.Position, Amount]] = {}
    units: dict[int, tuple[str, str, int]] = {}
    for start in range(0, len(keys), CHUNK):
        rows = (
            Position.objects.filter(commitment_id__in=keys[start : start + CHUNK])
            .values_list(
                "commitment_id", "commitment__kind", "commitment__unit", "commitment__decimals", "stage", F("left")
            )
            .annotate(quantity=Sum("quantity"), marks=Sum("marks"))
            .order_by()
        )
        for key, kind, unit, decimals, stage, left, quantity, marks in rows:
            if quantity or marks:
                units[key] = (kind, unit, decimals)
                held.setdefault(key, {})[moves.Position(stage, left)] = Amount(int(quantity), int(marks))
    return {key: Stand(*units[key], own) for key, own in held.items()}
