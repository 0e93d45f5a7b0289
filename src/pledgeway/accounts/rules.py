"""Which batches may be posted: every line a legal step, and no position below nothing on any day."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple, Protocol

from pledgeway.accounts.days import Precision, month
from pledgeway.accounts.holdings import History
from pledgeway.accounts.moves import DETAILS, Move, Position, Unknown
from pledgeway.accounts.quantities import MOST
from pledgeway.accounts.stages import KINDS, Act, Kind, steps
from pledgeway.accounts.standings import Standing, Standings

Spot = tuple[str, Position]
"""A commitment's key and one of its positions."""


@dataclass(frozen=True)
class Refusal:
    """Why a batch was refused. ``line`` counts from 0; None where no single line is at fault.

    ``of`` says what has the key ``commitment``, where it is none; ``of_balance`` that it rests on all the lines of the
    commitment together.
    """

    line: int | None
    commitment: str
    sentence: str
    of: str = "commitment"
    of_balance: bool = False

    def __str__(self) -> str:
        where = "" if self.line is None else f"line {self.line + 1}, "
        return f"{where}{self.of} {self.commitment}: {self.sentence}"


class RefusedError(Exception):
    """A batch that must not be posted: all reasons in ``refusals``. Nothing of it was written."""

    def __init__(self, refusals: Sequence[Refusal]) -> None:
        self.refusals = list(refusals)
        super().__init__("\n".join(str(refusal) for refusal in self.refusals[:20]))


class Books(Protocol):
    """What the rules ask about what was posted before. ``kinds`` are those of commitments, by their keys."""

    kinds: dict[str, str]

    def standings(self, position: Position) -> Standings:
        """Return what commitments hold at ``position``, which may be changed."""
        ...

    def histories_since(self, days: Mapping[Spot, date]) -> Mapping[Spot, History]:
        """Return what positions held at the end of the days given for them, and their changes since; to be changed."""
        ...

    def counted(self, commitment: str, parts: int) -> str:
        """Return so many parts of a commitment in words, in the unit that it is counted in."""
        ...

    def posted(self, number: int) -> Move | None:
        """Return the posting with this number; None where there is none."""
        ...

    def is_reversed(self, number: int) -> bool:
        """Return whether a posting was taken back."""
        ...


Ends = tuple[Standing | None, Standing | None]
"""Where a line comes from and where it goes to; None for outside the ledger."""


class Outcome(NamedTuple):
    """What a batch would change: the ends of each line, and each position among them once, with what it holds after."""

    ends: list[Ends]
    touched: list[Standing]


StepKey = tuple[str | None, Act, Position | None, Position | None]
"""The kind of a commitment, and what a line does with it: most lines of a batch are alike in this."""


class _Step(NamedTuple):
    """Why no line may take a step ("" where it may), and what stands at its two ends."""

    fault: str
    source: Standings | None
    target: Standings | None


def check(moves: Sequence[Move], books: Books) -> Outcome:
    """Return what posting ``moves`` as one batch changes.

    Raises RefusedError with every reason against it. Positions are judged at the end of the batch, on each day.
    """
    refusals: list[Refusal] = []
    outcome = _follow(moves, books, refusals)
    if not refusals and any(move.unknown for move in moves):
        _check_unknown_parts(moves, outcome, books, refusals)
    _judge(outcome.touched, books, refusals)
    if refusals:
        raise RefusedError(refusals)
    return outcome


def _follow(moves: Sequence[Move], books: Books, refusals: list[Refusal]) -> Outcome:
    """Give each position the changes that the lines make to it, and add a refusal for each line that is at fault."""
    outcome = Outcome([], [])
    touched = outcome.touched
    known = _Steps(books)
    reversed_here: set[int] = set()
    kind_of = books.kinds.get
    for line, move in enumerate(moves):
        commitment = move.commitment
        fault, sources, targets = known[kind_of(commitment), move.act, move.source, move.target]
        fault = fault or _line_fault(move)
        if not fault and move.reverses is not None:
            fault = _reversal_fault(move, books, reversed_here)
        if fault:
            refusals.append(Refusal(line, commitment, fault))
            continue
        day, quantity = move.day.latest, move.quantity
        gone, come = move.marks() if move.unknown else (0, 0)
        source = target = None
        if sources is not None:
            source = sources[commitment]
            if not source.changes:
                touched.append(source)
            source.changes.append((day, -quantity, -gone))
        if targets is not None:
            target = targets[commitment]
            if not target.changes:
                touched.append(target)
            target.changes.append((day, quantity, come))
        outcome.ends.append((source, target))
    return outcome


class _Steps(dict[StepKey, _Step]):
    """The steps of a batch, each judged when it is first asked for."""

    def __init__(self, books: Books) -> None:
        super().__init__()
        self._books = books
        self._standings: dict[Position | None, Standings | None] = {None: None}

    def __missing__(self, key: StepKey) -> _Step:
        fault = _step_fault(*key)
        found = self[key] = _Step(fault, None, None) if fault else _Step("", self._at(key[2]), self._at(key[3]))
        return found

    def _at(self, position: Position | None) -> Standings | None:
        if position is not None and position not in self._standings:
            self._standings[position] = self._books.standings(position)
        return self._standings[position]


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


def _judge(touched: Sequence[Standing], books: Books, refusals: list[Refusal]) -> None:
    """Reckon what positions hold after the batch, and add a refusal for each where a day ends below nothing.

    Days before the last are in question only where something is taken away by one line of several, or dated back.
    """
    in_question = [
        one
        for one in touched
        if (len(one.changes) > 1 or one.changes[0][0] < one.last_day)
        and any(quantity < 0 or marks < 0 for _, quantity, marks in one.changes)
    ]
    histories = books.histories_since({one.spot: min(one.changes)[0] for one in in_question}) if in_question else {}
    short: dict[Spot, tuple[date, int, int]] = {}
    for one in in_question:
        history = histories[one.spot]
        for change in one.changes:
            history.add(*change)
        shortfall = history.first_shortfall()
        if shortfall is not None:
            short[one.spot] = shortfall
    for one in touched:
        for day, quantity, marks in one.changes:
            one.quantity += quantity
            one.marks += marks
            if day > one.last_day:  # noqa: PLR1730 - calling max for each end of each line takes longer than all else
                one.last_day = day
        if one.quantity < 0 or one.marks < 0:
            short.setdefault(one.spot, (one.last_day, one.quantity, one.marks))
    refusals += [_shortfall(spot, *what, books) for spot, what in short.items()]


def _shortfall(spot: Spot, day: date, quantity: int, marks: int, books: Books) -> Refusal:
    commitment, position = spot
    if quantity < 0:
        less = books.counted(commitment, -quantity)
        words = f"{position.stage} would hold {less} less than nothing on {day}"
        return Refusal(None, commitment, words, of_balance=True)
    words = f"{position.stage}: {-marks} more of unknown size would have left than came by {day}"
    return Refusal(None, commitment, words, of_balance=True)


def _check_unknown_parts(moves: Sequence[Move], outcome: Outcome, books: Books, refusals: list[Refusal]) -> None:
    """Refuse parts of unknown size that are taken from a position with nothing in it."""
    taken = [
        (line, move.day.latest, source)
        for line, (move, (source, _)) in enumerate(zip(moves, outcome.ends, strict=True))
        if move.unknown is Unknown.SOME and source is not None and move.act is not Act.REVERSE
    ]
    days: dict[Spot, date] = {}
    for _, day, source in taken:
        days[source.spot] = min(day, days.get(source.spot, day))
    histories = books.histories_since(days) if days else {}
    for source in {source.spot: source for _, _, source in taken}.values():
        for day, quantity, marks in source.changes:
            histories[source.spot].add(day, max(quantity, 0), max(marks, 0))
    for line, day, source in taken:
        if histories[source.spot].at(day) == (0, 0):
            words = f"{source.position.stage} holds nothing on {day}"
            refusals.append(Refusal(line, source.commitment, words, of_balance=True))
