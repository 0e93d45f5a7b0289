"""The one table of the kinds of commitment: their stages, the ways out of them, and what each word means.

Screens, API, documents and the rules of posting all read it.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from functools import cache


class Act(Enum):
    """What a posting does; the value is the word people read."""

    PROMISE = "promise"
    AMEND = "amend"
    ADVANCE = "advance"
    RELEASE = "release"
    REJECT = "reject"
    LEAVE = "leave"
    FIND = "find"
    SUSPEND = "suspend"
    RESUME = "resume"
    REVERSE = "reverse"

    # There is one object of each: hashing it by identity is many times faster than Enum's own way.
    __hash__ = object.__hash__


ACTS: dict[Act, str] = {
    Act.PROMISE: "a party makes the promise: its quantity enters the first stage",
    Act.AMEND: "the promise is raised, or a promise that was recorded wrongly is mended",
    Act.ADVANCE: "goes forward to any later stage, or on to the next hub",
    Act.RELEASE: "goes back because a plan changed",
    Act.REJECT: "goes back because the recipient refused it",
    Act.LEAVE: "leaves the chain by one of its ways out",
    Act.FIND: "comes back after it was lost",
    Act.SUSPEND: "stands still until it is resumed",
    Act.RESUME: "goes on from where it was suspended",
    Act.REVERSE: "takes back one posting, whole, on that posting's own day",
}


@dataclass(frozen=True)
class Stage:
    """One step of a chain. ``details`` are what a position at this stage may name, ``needed`` what it must name."""

    name: str
    meaning: str
    details: frozenset[str] = frozenset()
    needed: frozenset[str] = frozenset()


@dataclass(frozen=True)
class WayOut:
    """A state outside the chain, and the stages from which it can be reached."""

    name: str
    meaning: str
    leaves: tuple[str, ...]


@dataclass(frozen=True)
class Kind:
    """A kind of commitment.

    ``repeats`` are pairs of stages between which goods go back and forth on their way (the same stage twice: from
    one position to another of it); ``released`` and ``rejected`` are the steps back that a changed plan and a refusing
    recipient may cause; from the ways out in ``findable`` a quantity can come back.
    """

    name: str
    meaning: str
    chain: tuple[Stage, ...]
    ways_out: tuple[WayOut, ...]
    pauses: tuple[WayOut, ...] = ()
    repeats: tuple[tuple[str, str], ...] = ()
    released: tuple[tuple[str, str], ...] = ()
    rejected: tuple[tuple[str, str], ...] = ()
    findable: tuple[str, ...] = ()

    @property
    def first(self) -> str:
        """The stage that a promise enters."""
        return self.chain[0].name

    def stage(self, name: str) -> Stage | None:
        """Return the chain's stage called ``name``; None where it has none."""
        return next((stage for stage in self.chain if stage.name == name), None)

    def rank(self, name: str) -> int:
        """Return the place of the stage ``name`` in the chain, from 0. Raises KeyError for what is not in the chain."""
        for rank, stage in enumerate(self.chain):
            if stage.name == name:
                return rank
        raise KeyError(name)

    def outside(self, name: str) -> WayOut | None:
        """Return the way out or pause called ``name``; None where there is none."""
        return next((out for out in (*self.ways_out, *self.pauses) if out.name == name), None)


def _stage(name: str, meaning: str, details: str = "", needed: str = "") -> Stage:
    return Stage(name, meaning, frozenset(details.split()) | frozenset(needed.split()), frozenset(needed.split()))


PLEDGED = "was said"
COMMITTED = "has item, quantity, place and date confirmed by the donor"
WITHDRAWN = "the donor takes the promise back"
EXPIRED = "the window of the promise passed unused"

GOODS = Kind(
    "goods",
    "goods, supplies and equipment, counted in the item's unit",
    (
        _stage("pledged", PLEDGED, "lot"),
        _stage("committed", COMMITTED, "place lot"),
        _stage("allocated", "is tied to a requirement and accepted on both sides", "place lot", "requirement"),
        _stage("in transit", "has left its origin on a signed waybill", "requirement place consignment lot"),
        _stage("at hub", "was counted in by the hub", "requirement consignment lot", "place"),
        _stage(
            "delivered",
            "was handed over at the requirement's destination and counted there",
            "requirement place consignment lot",
        ),
        _stage("received", "was countersigned by the recipient", "requirement place consignment lot"),
    ),
    (
        WayOut("withdrawn", WITHDRAWN, ("pledged", "committed", "allocated")),
        WayOut("expired", EXPIRED, ("pledged", "committed")),
        WayOut("lost", "was lost, stolen or destroyed", ("in transit", "at hub", "delivered")),
        WayOut("given back", "went back to the donor", ("in transit", "at hub", "delivered", "received")),
    ),
    repeats=(("at hub", "in transit"), ("in transit", "in transit")),
    released=(
        ("committed", "pledged"),
        ("allocated", "committed"),
        ("in transit", "in transit"),
        ("at hub", "at hub"),
    ),
    rejected=(("delivered", "at hub"), ("delivered", "in transit"), ("received", "delivered"), ("received", "at hub")),
    findable=("lost",),
)

ENVELOPE = Kind(
    "envelope",
    "money for goods that are not yet named",
    (
        _stage("pledged", PLEDGED),
        _stage("specified", "its goods are named, as commitments of their own that draw on it", "requirement"),
        _stage("delivered", "the goods it stands for were handed over", "requirement place"),
    ),
    (WayOut("withdrawn", WITHDRAWN, ("pledged", "specified")), WayOut("expired", EXPIRED, ("pledged", "specified"))),
    released=(("specified", "pledged"),),
)

TRAINING = Kind(
    "training",
    "seats in courses",
    (
        _stage("pledged", PLEDGED),
        _stage("committed", "has course, seats, place and dates confirmed by the donor", "place"),
        _stage("scheduled", "is tied to named crews and a class", "place lot", "requirement"),
        _stage("attended", "the crews came to the course", "requirement place lot"),
        _stage("certified", "the crews passed the course", "requirement place lot"),
    ),
    (
        WayOut("withdrawn", WITHDRAWN, ("pledged", "committed", "scheduled")),
        WayOut("expired", EXPIRED, ("pledged", "committed", "scheduled")),
        WayOut("failed", "the crews did not finish or pass the course", ("scheduled", "attended")),
    ),
    released=(("committed", "pledged"), ("scheduled", "committed")),
)

GRANT = Kind(
    "grant",
    "money given",
    (
        _stage("pledged", PLEDGED),
        _stage("committed", "amount, purpose and date were agreed in writing"),
        _stage("disbursed", "was paid out by the donor"),
        _stage("received", "was confirmed by the recipient"),
    ),
    (WayOut("withdrawn", WITHDRAWN, ("pledged", "committed")),),
    released=(("committed", "pledged"),),
    rejected=(("disbursed", "committed"), ("received", "disbursed")),
)

LOAN = Kind(
    "loan",
    "money lent; interest and fees stand elsewhere",
    (
        _stage("pledged", PLEDGED),
        _stage("committed", "the loan agreement was signed"),
        _stage("disbursed", "was paid out by the lender"),
        _stage("repaid", "was paid back by the borrower"),
    ),
    (
        WayOut("withdrawn", WITHDRAWN, ("pledged", "committed")),
        WayOut("written off", "the lender gave up its claim", ("disbursed",)),
    ),
    released=(("committed", "pledged"),),
    rejected=(("disbursed", "committed"),),
)

GUARANTEE = Kind(
    "guarantee",
    "a promise to pay in another's place",
    (
        _stage("pledged", PLEDGED),
        _stage("committed", "the guarantee was agreed in writing"),
        _stage("in force", "what it guarantees was lent"),
        _stage("ended", "ended without being called"),
    ),
    (
        WayOut("withdrawn", WITHDRAWN, ("pledged", "committed")),
        WayOut("called", "the guarantor had to pay", ("in force",)),
    ),
    released=(("committed", "pledged"),),
)

WORKS = Kind(
    "works",
    "building works, in weighted milestones",
    (
        _stage("pledged", PLEDGED),
        _stage("agreed", "contract, milestones and dates were agreed", "place"),
        _stage("under construction", "work on the milestone has begun", "place"),
        _stage("completed", "the milestone was accepted", "place"),
    ),
    (WayOut("cancelled", "will not be built", ("pledged", "agreed", "under construction", "suspended")),),
    pauses=(WayOut("suspended", "work stands still", ("agreed", "under construction")),),
    released=(("agreed", "pledged"),),
    rejected=(("completed", "under construction"),),
)

KINDS: dict[str, Kind] = {kind.name: kind for kind in (GOODS, ENVELOPE, TRAINING, GRANT, LOAN, GUARANTEE, WORKS)}
MONEY_KINDS = frozenset({"envelope", "grant", "loan", "guarantee"})
"""Kinds whose unit is a currency."""

FULFILLED = {
    "goods": "delivered", "envelope": "delivered", "training": "certified", "grant": "received", "loan": "disbursed",
    "guarantee": "in force", "works": "completed",
}  # fmt: skip
"""The stage from which on a promise of each kind counts as kept, where promises of several kinds are told together."""

SERVED = {
    "allocated": ("allocated", "in transit", "at hub", "delivered", "received"),
    "delivered": ("delivered", "received"),
    "received": ("received",),
}
"""The figures of a requirement, and for each where goods stand that count for it: there, or further on."""

Step = tuple[Act, str | None, str | None]
"""An act, the stage it starts from and the stage it ends at; None stands for outside the ledger."""


@cache
def steps(kind: str) -> frozenset[Step]:
    """Return every step that a commitment of ``kind`` may take, reversals apart. Raises KeyError."""
    of = KINDS[kind]
    names = [stage.name for stage in of.chain]
    found: set[Step] = {(Act.PROMISE, None, of.first), (Act.AMEND, None, of.first)}
    found |= {(Act.AMEND, name, None) for name in names}
    found |= {(Act.ADVANCE, before, after) for rank, before in enumerate(names) for after in names[rank + 1 :]}
    found |= {(Act.ADVANCE, before, after) for before, after in of.repeats}
    found |= {(Act.RELEASE, before, after) for before, after in of.released}
    found |= {(Act.REJECT, before, after) for before, after in of.rejected}
    found |= {(Act.LEAVE, name, out.name) for out in of.ways_out for name in out.leaves}
    found |= {(Act.SUSPEND, name, pause.name) for pause in of.pauses for name in pause.leaves}
    found |= {(Act.RESUME, pause.name, name) for pause in of.pauses for name in pause.leaves}
    found |= {(Act.FIND, out.name, name) for out in of.ways_out if out.name in of.findable for name in out.leaves}
    return frozenset(found)


def onward(kind: str, stage: str | None, left: str = "") -> list[Step]:
    """Return the steps that lead on from ``stage`` (None: outside the ledger): by act, mending last, then in order.

    ``left`` is, outside the chain, the stage that was left: what was suspended resumes there, what was lost is found
    no further on. Raises KeyError.
    """
    of = KINDS[kind]
    acts = [*(act for act in Act if act is not Act.AMEND), Act.AMEND]
    ends = [one.name for one in of.chain] + [out.name for out in (*of.pauses, *of.ways_out)]

    def reaches(act: Act, after: str | None) -> bool:
        if not left or after is None or act not in (Act.RESUME, Act.FIND):
            return True
        return after == left if act is Act.RESUME else of.rank(after) <= of.rank(left)

    found = [step for step in steps(kind) if step[1] == stage and reaches(step[0], step[2])]
    return sorted(found, key=lambda step: (acts.index(step[0]), ends.index(step[2]) if step[2] else len(ends)))
