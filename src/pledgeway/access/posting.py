"""Who may post what, and for whom: one table of rights. What is not in the table is refused.

A coordinator posts anything. Everybody else has rights on one side of a commitment: as its donor's desk, as the desk
of its recipient (or of the requirement it goes to), or at one place. A reversal needs the right to what it takes back.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from pledgeway.access.deciding import Reader
from pledgeway.access.roles import Role
from pledgeway.accounts.moves import Position
from pledgeway.accounts.stages import Act


class Side(Enum):
    """Where somebody stands towards a commitment; the value is the word people read."""

    DONOR = "its donor's desk"
    RECIPIENT = "its recipient's desk"
    PLACE = "the operator of the place"


@dataclass(frozen=True)
class Right:
    """A role may do ``act`` on one side, from the stages ``before`` to the stages ``after`` (empty: any there are).

    On the side of a place, the ends that ``here`` names ("source", "target") must be at the operator's own.
    """

    role: Role
    side: Side
    act: Act
    after: frozenset[str] = frozenset()
    before: frozenset[str] = frozenset()
    here: frozenset[str] = frozenset()

    def covers(self, act: Act, source: Position | None, target: Position | None) -> bool:
        """Return whether it is about this step, whoever takes it."""
        if act is not self.act:
            return False
        before, after = (None if end is None else end.stage for end in (source, target))
        return (not self.before or before in self.before) and (not self.after or after in self.after)


def _right(role: Role, side: Side, act: Act, after: str = "", before: str = "", here: str = "") -> Right:
    sets = [frozenset(filter(None, words.split(", "))) for words in (after, before, here)]
    return Right(role, side, act, *sets)


_DONOR, _RECIPIENT, _HUB = Role.DONOR_DESK, Role.RECIPIENT_DESK, Role.HUB_OPERATOR
RIGHTS: tuple[Right, ...] = (
    _right(_DONOR, Side.DONOR, Act.PROMISE),
    _right(_DONOR, Side.DONOR, Act.AMEND),
    _right(_DONOR, Side.DONOR, Act.ADVANCE, "committed, in transit"),
    _right(_DONOR, Side.DONOR, Act.ADVANCE, "specified, scheduled, attended, certified"),
    _right(_DONOR, Side.DONOR, Act.ADVANCE, "disbursed, repaid, in force, ended, agreed, under construction"),
    _right(_DONOR, Side.DONOR, Act.RELEASE, "pledged, committed"),
    _right(_DONOR, Side.DONOR, Act.LEAVE, "withdrawn, expired, failed, written off, called, cancelled"),
    _right(_DONOR, Side.DONOR, Act.SUSPEND),
    _right(_DONOR, Side.DONOR, Act.RESUME),
    _right(_RECIPIENT, Side.RECIPIENT, Act.ADVANCE, "delivered, received, completed"),
    _right(_RECIPIENT, Side.RECIPIENT, Act.REJECT),
    _right(_RECIPIENT, Side.RECIPIENT, Act.LEAVE, "lost, given back", "delivered, received"),
    _right(_RECIPIENT, Side.RECIPIENT, Act.FIND, "delivered"),
    _right(_HUB, Side.PLACE, Act.ADVANCE, "at hub, delivered", here="target"),
    _right(_HUB, Side.PLACE, Act.ADVANCE, "in transit", "at hub", "source"),
    _right(_HUB, Side.PLACE, Act.LEAVE, "lost", "at hub", "source"),
    _right(_HUB, Side.PLACE, Act.FIND, "at hub", here="target"),
)
"""Only a coordinator allocates by hand (a plan's allocation is accepted by both desks), and reports loss on the way."""


@dataclass(frozen=True)
class Parties:
    """Whose a commitment is: codes of its donor, and of its recipient and the parties whose requirements it meets."""

    donor: str = ""
    recipients: frozenset[str] = frozenset()


def may_post(reader: Reader, parties: Parties, act: Act, source: Position | None, target: Position | None) -> bool:
    """Return whether ``reader`` may post this step of a commitment of ``parties``.

    A reversal is asked about as what it takes back: with that posting's act and ends.
    """
    if reader.role is Role.COORDINATOR:
        return True
    own = [right for right in RIGHTS if right.role is reader.role and right.covers(act, source, target)]
    return any(_stands(reader, parties, right, source, target) for right in own)


def _stands(reader: Reader, parties: Parties, right: Right, source: Position | None, target: Position | None) -> bool:
    if right.side is Side.DONOR:
        return parties.donor in reader.own
    if right.side is Side.RECIPIENT:
        return not parties.recipients.isdisjoint(reader.own)
    ends = {"source": source, "target": target}
    at = [ends[name] for name in right.here]
    return bool(reader.place) and all(end is not None and end.place == reader.place for end in at)


def who_may(act: Act, source: Position | None, target: Position | None) -> str:
    """Return in words who may post this step."""
    sides = dict.fromkeys(right.side.value for right in RIGHTS if right.covers(act, source, target))
    return " or ".join([*sides, "a coordinator"])
