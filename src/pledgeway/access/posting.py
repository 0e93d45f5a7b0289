"""Who may post what, and for whom: one table of rights. What is not in the table is refused.

A coordinator posts anything. Everybody else has rights on one side of a commitment: as its donor's desk, as the desk
of its recipient (or of the requirement it stands for), or at one place. What stands for a requirement stays with it,
and what stands for none goes only to one that the promise is open to: nobody takes what is another's by naming a
requirement of their own. A reversal needs the right to what it takes back.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import NamedTuple

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
    _right(_DONOR, Side.DONOR, Act.AMEND, "pledged"),
    _right(_DONOR, Side.DONOR, Act.AMEND, before="pledged, committed, specified, scheduled, attended, certified"),
    _right(_DONOR, Side.DONOR, Act.AMEND, before="disbursed, repaid, in force, ended, agreed, under construction"),
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
"""Only a coordinator allocates by hand (a plan's allocation is accepted by both desks), reports loss on the way, and
mends downwards what others count: what is allocated, on its way or arrived."""
KEEPING = frozenset({Act.ADVANCE, Act.FIND})
"""Acts after which goods stand for the same requirement as before; by others they may also come to stand for none."""


class Need(NamedTuple):
    """A requirement: the code of the party that needs it, and whether it is validated."""

    party: str
    validated: bool = True


@dataclass(frozen=True)
class Parties:
    """Whose a commitment is: the code of its donor, and for whom it is.

    ``promised`` are the codes of whom it is promised to (of a group, its members too; empty: to nobody by name),
    ``only_for`` those of the parties that alone may have it (None: any), ``needs`` the requirements by their keys.
    """

    donor: str = ""
    promised: frozenset[str] = frozenset()
    only_for: frozenset[str] | None = None
    needs: Mapping[str, Need] = field(default_factory=dict)

    def recipients(self, source: Position | None, target: Position | None) -> set[str]:
        """Return the codes of those to whom it goes: who was promised it, and for whose requirement it stands.

        What is nobody's so far goes to the party of the requirement that it is taken for.
        """
        bound = {*self.promised, *self._needing(source)}
        return bound or self._needing(target)

    def _needing(self, end: Position | None) -> set[str]:
        need = self.needs.get(end.requirement) if end is not None else None
        return set() if need is None else {need.party}

    def misaimed(self, act: Act, source: Position | None, target: Position | None) -> str:
        """Return why the step aims at a requirement that it is not for, or away from its own; "" for neither."""
        if target is None:
            return ""
        before = "" if source is None else source.requirement
        after, need = target.requirement, self.needs.get(target.requirement)
        if after == before or (not after and act not in KEEPING):
            return ""
        if before:
            return f"it stands for the requirement {before}, and only a coordinator takes it from there"
        if need is None or not need.validated:
            return f"the requirement {after} is not validated"
        is_open = not self.promised or need.party in self.promised
        if is_open and (self.only_for is None or need.party in self.only_for):
            return ""
        return f"it is not promised to {need.party}, whose requirement {after} is"


def may_post(reader: Reader, parties: Parties, act: Act, source: Position | None, target: Position | None) -> bool:
    """Return whether ``reader`` may post this step of a commitment of ``parties``, as :func:`why_not` has it."""
    return not why_not(reader, parties, act, source, target)


def why_not(reader: Reader, parties: Parties, act: Act, source: Position | None, target: Position | None) -> str:
    """Return in words why ``reader`` may not post this step of a commitment of ``parties``; "" where they may.

    A reversal is asked about as what it takes back: with that posting's act and ends.
    """
    if reader.role is Role.COORDINATOR:
        return ""
    own = [right for right in RIGHTS if right.role is reader.role and right.covers(act, source, target)]
    misaimed = parties.misaimed(act, source, target)
    if any(_stands(reader, parties, right, source, target) for right in own):
        return misaimed
    ends = [end.stage if end is not None else "outside the ledger" for end in (source, target)]
    may = f"you may not {act.value} it from {ends[0]} to {ends[1]}"
    return f"{may}: {misaimed}" if own and misaimed else f"{may}; {who_may(act, source, target)} may"


def _stands(reader: Reader, parties: Parties, right: Right, source: Position | None, target: Position | None) -> bool:
    if right.side is Side.DONOR:
        return parties.donor in reader.own
    if right.side is Side.RECIPIENT:
        return not parties.recipients(source, target).isdisjoint(reader.own)
    ends = {"source": source, "target": target}
    at = [ends[name] for name in right.here]
    return bool(reader.place) and all(end is not None and end.place == reader.place for end in at)


def who_may(act: Act, source: Position | None, target: Position | None) -> str:
    """Return in words who may post this step."""
    sides = dict.fromkeys(right.side.value for right in RIGHTS if right.covers(act, source, target))
    return " or ".join([*sides, "a coordinator"])
