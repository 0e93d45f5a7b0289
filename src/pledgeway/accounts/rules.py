"""Which batches may be posted: every line a legal step, and no position below nothing on any day."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple, Protocol

from pledgeway.accounts.days import Precision, month
from pledgeway.accounts.holdings import Change, Held, History
from pledgeway.accounts.moves import DETAILS, Move, Position, Unknown
from pledgeway.accounts.quantities import MOST
from pledgeway.accounts.stages import KINDS, Act, Kind, steps

Spot = tuple[str, Position]
"""A commitment's key and one of its positions."""


NOTHING_HELD = Held(0, 0, date.min)


@dataclass(frozen=True)
class Refusal:
    """Why a batch was refused. ``line`` counts from 0; None where no single line is at fault."""

    line: int | None
    commitment: str
    sentence: str

    def __str__(self) -> str:
        where = "" if self.line is None else f"line {self.line + 1}, "
        return f"{where}commitment {self.commitment}: {self.sentence}"


class RefusedError(Exception):
    """A batch that must not be posted: all reasons in ``refusals``. Nothing of it was written."""

    def __init__(self, refusals: Sequence[Refusal]) -> None:
        self.refusals = list(refusals)
        super().__init__("\n".join(str(refusal) for refusal in self.refusals[:20]))


class Books(Protocol):
    """What the rules ask about what was posted before."""

    def kind(self, commitment: str) -> str | None:
        """Return the kind of a commitment; None where there is no such commitment."""
        ...

    def held(self, spot: Spot) -> Held | None:
        """Return what a position holds; None where nothing was ever posted to it."""
        ...

    def history(self, spot: Spot) -> History:
        """Return a copy of a position's history, which may be changed."""
        ...

    def posted(self, number: int) -> Move | None:
        """Return the posting with this number; None where there is none."""
        ...

    def is_reversed(self, number: int) -> bool:
        """Return whether a posting was taken back."""
        ...


class Outcome(NamedTuple):
    """What a batch would change: for each position its changes, in the order of the lines, and what it holds after."""

    changes: dict[Spot, list[Change]]
    held: dict[Spot, Held]


def check(moves: Sequence[Move], books: Books) -> Outcome:
    """Return what posting ``moves`` as one batch changes.

    Raises RefusedError with every reason against it. Positions are judged at the end of the batch, on each day.
    """
    refusals: list[Refusal] = []
    known: dict[tuple[str | None, Act, Position | None, Position | None], str] = {}
    changes: dict[Spot, list[Change]] = {}
    reversed_here: set[int] = set()
    kind_of = books.kind
    for line, move in enumerate(moves):
        key = (kind_of(move.commitment), move.act, move.source, move.target)
        sentence = known.get(key)
        if sentence is None:
            sentence = known[key] = _step_fault(*key)
        sentence = sentence or _line_fault(move)
        if not sentence and move.reverses is not None:
            sentence = _reversal_fault(move, books, reversed_here)
        if sentence:
            refusals.append(Refusal(line, move.commitment, sentence))
            continue
        for spot, change in move.changes():
            own = changes.get(spot)
            if own is None:
                changes[spot] = [change]
            else:
                own.append(change)
    held = {spot: _held_after(spot, own, books, refusals) for spot, own in changes.items()}
    if not refusals:
        _check_unknown_parts(moves, changes, books, refusals)
    if refusals:
        raise RefusedError(refusals)
    return Outcome(changes, held)


def _step_fault(kind: str | None, act: Act, source: Position | None, target: Position | None) -> str:
    """Return why no commitment of ``kind`` may take this step; "" where it may."""
    if kind is None or kind not in KINDS:
        return "there is no such commitment" if kind is None else f"there is no kind of commitment called {kind}"
    of = KINDS[kind]
    if source == target:
        return "the posting moves nothing: source and target are the same"
    ends = [position for position in (source, target) if position is not None]
    sentence = next(filter(None, (_position_fault(of, position) for position in ends)), "")
    if sentence or act is Act.REVERSE:
        return sentence
    names = (source.stage if source else None, target.stage if target else None)
    if (act, *names) not in steps(kind):
        before, after = (name or "outside the ledger" for name in names)
        return f"'{act.value}' cannot take a commitment of {kind} from {before} to {after}"
    return _left_fault(of, act, source, target)


def _position_fault(kind: Kind, position: Position) -> str:
    stage = kind.stage(position.stage)
    if stage is None:
        if kind.outside(position.stage) is None:
            return f"a commitment of {kind.name} has no stage '{position.stage}'"
        return "" if kind.stage(position.left) else f"what is {position.stage} must say which stage it left"
    if position.left:
        return f"only what is outside the chain says which stage it left, and {position.stage} is in it"
    for detail in DETAILS:
        value = getattr(position, detail)
        if value and detail not in stage.details:
            return f"a position at the stage {position.stage} has no {detail}"
        if not value and detail in stage.needed:
            return f"a position at the stage {position.stage} must name its {detail}"
    return ""


def _left_fault(kind: Kind, act: Act, source: Position | None, target: Position | None) -> str:
    if source is None or target is None:
        return ""
    last = source.left or source.stage
    if act in (Act.LEAVE, Act.SUSPEND) and target.left != last:
        return f"what is {target.stage} left the stage {last}, not {target.left}"
    if act is Act.RESUME and target.stage != source.left:
        return f"it was suspended at the stage {source.left} and resumes there"
    if act is Act.FIND and kind.rank(target.stage) > kind.rank(source.left):
        return f"it was {source.stage} at the stage {source.left} and cannot be found further on"
    return ""


def _line_fault(move: Move) -> str:
    """Return what is wrong with a line whatever was posted before; "" for nothing."""
    if not 0 <= move.quantity < MOST:
        return f"a quantity of {move.quantity} parts is not between 0 and {MOST}"
    if move.quantity == 0 and move.unknown is Unknown.NONE:
        return "the posting moves nothing: neither a known quantity nor one of unknown size"
    if move.day.precision is Precision.MONTH and month(move.day.latest.year, move.day.latest.month) != move.day:
        return f"a month is known by its last day, not {move.day.latest.isoformat()}"
    if (move.act is Act.REVERSE) != (move.reverses is not None):
        return "a reversal, and nothing else, names the posting that it takes back"
    return "" if move.act is Act.REVERSE or move.unknown is Unknown.NONE else _unknown_fault(move)


def _unknown_fault(move: Move) -> str:
    if move.unknown is Unknown.PART and move.source is None:
        return "what comes from outside the ledger with unknown size is some, not a part that is known already"
    if move.unknown is Unknown.SOME and move.target is None:
        return "of what has unknown size, only a whole part can leave the ledger"
    return ""


def _reversal_fault(move: Move, books: Books, reversed_here: set[int]) -> str:
    number = move.reverses
    assert number is not None
    original = books.posted(number)
    if original is None or original.commitment != move.commitment:
        return f"this commitment has no posting {number} to take back"
    if original.act is Act.REVERSE:
        return f"posting {number} is a reversal itself; post anew instead"
    if number in reversed_here or books.is_reversed(number):
        return f"posting {number} was taken back before"
    same = (original.target, original.source, original.quantity, original.unknown, original.day)
    if (move.source, move.target, move.quantity, move.unknown, move.day) != same:
        return f"a reversal takes back posting {number} whole, on its own day, the other way round"
    reversed_here.add(number)
    return ""


def _held_after(spot: Spot, changes: list[Change], books: Books, refusals: list[Refusal]) -> Held:
    """Return what a position holds after ``changes``, and add a refusal where a day ends below nothing."""
    before = books.held(spot) or NOTHING_HELD
    if len(changes) == 1 and changes[0].day >= before.last_day:
        day, more, more_marks = changes[0]
        after = Held(before.quantity + more, before.marks + more_marks, day)
        if after.quantity < 0 or after.marks < 0:
            refusals.append(_shortfall(spot, day, after.quantity, after.marks))
        return after
    quantity, marks, last_day = before
    for day, more, more_marks in changes:
        quantity, marks, last_day = quantity + more, marks + more_marks, max(last_day, day)
    if any(more < 0 or more_marks < 0 for _, more, more_marks in changes):
        if min(change.day for change in changes) < before.last_day:
            history = books.history(spot)
        else:
            history = History([Change(before.last_day, before.quantity, before.marks)])
        for change in changes:
            history.add(*change)
        shortfall = history.first_shortfall()
        if shortfall is not None:
            refusals.append(_shortfall(spot, *shortfall))
    return Held(quantity, marks, last_day)


def _shortfall(spot: Spot, day: date, quantity: int, marks: int) -> Refusal:
    commitment, position = spot
    if quantity < 0:
        return Refusal(None, commitment, f"{position.stage} would hold {-quantity} parts less than nothing on {day}")
    words = f"{position.stage}: {-marks} more of unknown size would have left than came by {day}"
    return Refusal(None, commitment, words)


def _check_unknown_parts(
    moves: Sequence[Move], changes: dict[Spot, list[Change]], books: Books, refusals: list[Refusal]
) -> None:
    """Refuse parts of unknown size that are taken from a position with nothing in it."""
    for line, move in enumerate(moves):
        if move.unknown is not Unknown.SOME or move.source is None or move.act is Act.REVERSE:
            continue
        spot = (move.commitment, move.source)
        history = books.history(spot)
        for change in changes[spot]:
            history.add(change.day, max(change.quantity, 0), max(change.marks, 0))
        if history.at(move.day.latest) == (0, 0):
            refusals.append(Refusal(line, move.commitment, f"{move.source.stage} holds nothing on {move.day.latest}"))
