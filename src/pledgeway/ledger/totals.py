"""Totals beside the postings: what lists and overviews would else add up from every position of the record.

They are written in the transaction of the batch that changes them, derived again by the audit, and kept by donor and
marking, so that a reader's totals count what the reader may see, and nothing else.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from functools import cache, cached_property
from typing import NamedTuple, TypeVar

from pledgeway.access.deciding import PUBLIC
from pledgeway.accounts.moves import Move, Position
from pledgeway.accounts.rules import Ends
from pledgeway.accounts.stages import KINDS, SERVED
from pledgeway.ledger import store
from pledgeway.ledger.chapters import chapter_of
from pledgeway.ledger.models import CommitmentTerms, CommitmentTotal, Marking
from pledgeway.ledger.models import Position as Row

ALL_DONORS = 0
"""The donor of a total by stage that sums all donors."""
NOWHERE = -1
"""The rank of a commitment of which nothing is promised."""
DELIVERED = "delivered"
CHUNK = 500
HELD = ("quantity", "marks")
Key = TypeVar("Key")
Sums = dict[tuple[int | str, ...], list[int]]


class Owner(NamedTuple):
    """What turnovers and totals are kept by: the numbers of a donor and a marking; a commitment's kind and unit."""

    donor: int
    marking: int
    kind: str
    unit: str
    decimals: int


class Group(NamedTuple):
    """Commitments that totals by stage do not tell apart; ``item`` is its number, 0 for none."""

    owner: Owner
    item: int


class Known(NamedTuple):
    """What totals know of a commitment.

    All that is promised, its parts of unknown size, what was delivered, and the furthest rank that it came to.
    """

    group: Group
    promised: int = 0
    marks: int = 0
    delivered: int = 0
    furthest: int = NOWHERE


class Holding(NamedTuple):
    """A position as totals know it: its requirement and its place by their numbers, 0 for none."""

    stage: str
    left: str
    requirement: int
    place: int


class Changes:
    """What is to be added to the totals by stage and by requirement: added up first, then written."""

    def __init__(self) -> None:
        self._held: dict[tuple[Group, Holding], list[int]] = {}

    def add(self, group: Group, holding: Holding, quantity: int, marks: int) -> None:
        """Add to what commitments of ``group`` hold at ``holding``."""
        held = self._held.setdefault((group, holding), [0, 0])
        held[0] += quantity
        held[1] += marks

    def write(self) -> None:
        """Add all of it to what stands now."""
        store.add_to_totals("ledger_stagetotal", store.STAGE_KEY, HELD, _rows(self._by_stage))
        store.add_to_totals(
            "ledger_requirementtotal", store.REQUIREMENT_KEY, tuple(SERVED), _rows(self._by_requirement())
        )

    def write_turned(self, chapter: int) -> None:
        """Add all of it to what was turned over by stage in ``chapter``."""
        turned = {(*group, chapter): own for group, own in self._by_stage.items()}
        store.add_to_totals("ledger_stageturnover", store.STAGE_TURNOVER_KEY, HELD, _rows(turned))

    @cached_property
    def _by_stage(self) -> Sums:
        public = {one.pk for one in Marking.objects.all() if PUBLIC in one.codes}
        found: Sums = {}
        for ((owner, item), holding), (quantity, marks) in self._held.items():
            rest = (*owner[1:], item, holding.stage, holding.left, holding.place)
            for donor in (ALL_DONORS,) if owner.marking in public else (ALL_DONORS, owner.donor):
                total = found.setdefault((donor, *rest), [0, 0])
                total[0] += quantity
                total[1] += marks
        return found

    def _by_requirement(self) -> Sums:
        found: Sums = {}
        for ((owner, _), holding), (quantity, _) in self._held.items():
            if holding.requirement and not holding.left:
                given = (holding.requirement, owner.donor, owner.marking, owner.decimals)
                served = found.setdefault(given, [0] * len(SERVED))
                for at, stages in enumerate(SERVED.values()):
                    served[at] += quantity if holding.stage in stages else 0
        return found


def _rows(sums: Sums) -> list[tuple[int | str, ...]]:
    return [(*group, *own) for group, own in sums.items() if any(own)]


def known(commitments: Sequence[int]) -> dict[int, Known]:
    """Return what totals know of the commitments with these numbers."""
    return {
        row.commitment_id: Known(
            Group(Owner(row.donor_id, row.marking_id, row.kind, row.unit, row.decimals), row.item),
            row.promised, row.marks, row.delivered, row.furthest,
        )
        for some in _some(commitments) for row in CommitmentTotal.objects.filter(commitment_id__in=some)
    }  # fmt: skip


def _some(keys: Iterable[Key]) -> Iterator[list[Key]]:
    """Yield a few of ``keys`` at a time: not too many for the parameters of one query."""
    every = list(keys)
    return (every[start : start + CHUNK] for start in range(0, len(every), CHUNK))


def tell(terms: Mapping[int, CommitmentTerms], former: Mapping[int, Known]) -> None:
    """Let totals follow new ``terms`` by commitment, recorded just now: what was held counts where these say."""
    numbers = _markings(row.marking for row in terms.values())
    new, changed, moved = [], [], {}
    for key, row in terms.items():
        told = (row.pk, row.donor_id, numbers[_codes(row.marking)], row.item_id or 0, row.place_id or 0)
        if key in former:
            changed.append((key, *told))
            before = former[key].group
            moved[key] = (before, Group(before.owner._replace(donor=told[1], marking=told[2]), told[3]))
        else:
            of = row.commitment
            new.append((key, *told, of.kind, of.unit, of.decimals, 0, 0, 0, NOWHERE))
    store.insert("ledger_commitmenttotal", store.COMMITMENT_TOTAL_COLUMNS, new)
    store.update("ledger_commitmenttotal", store.TOLD, changed)
    changes = Changes()
    for some in _some(key for key, (before, after) in moved.items() if before != after):
        for held in Row.objects.filter(commitment_id__in=some):
            before, after = moved[held.commitment_id]
            holding = Holding(held.stage, held.left, held.requirement_id or 0, held.place_id or 0)
            changes.add(before, holding, -held.quantity, -held.marks)
            changes.add(after, holding, held.quantity, held.marks)
    changes.write()


def _codes(marking: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(set(marking)))


def _markings(every: Iterable[Iterable[str]]) -> dict[tuple[str, ...], int]:
    """Return the numbers of markings by their codes; new ones are recorded."""
    found = {tuple(one.codes): one.pk for one in Marking.objects.all()}
    for codes in sorted({_codes(one) for one in every} - found.keys()):
        found[codes] = Marking.objects.create(codes=list(codes)).pk
    return found


class Turned:
    """What is to be added to the turnovers of a chapter, by owner, source, target and day: many lines are alike."""

    def __init__(self, chapter: int) -> None:
        self._chapter = chapter
        self._flows: dict[tuple[Owner, Position | None, Position | None], dict[date, int]] = {}
        self._marks: dict[tuple[Owner, Position, date], int] = {}

    def days(self, owner: Owner, source: Position | None, target: Position | None) -> dict[date, int]:
        """Return what commitments of ``owner`` move from ``source`` to ``target`` by day, to be added to."""
        return self._flows.setdefault((owner, source, target), {})

    def add_marks(self, owner: Owner, move: Move, sign: int = 1) -> None:
        """Add the parts of unknown size that ``move`` takes from its source and brings to its target."""
        gone, come = move.marks()
        for position, marks in ((move.source, -gone), (move.target, come)):
            if position is not None and marks:
                key = (owner, position, move.day.latest)
                self._marks[key] = self._marks.get(key, 0) + sign * marks

    def write(self) -> None:
        """Add all of it: net changes by owner, stage, day and chapter."""
        found: dict[tuple[int | str, ...], list[int]] = {}

        def add(owner: Owner, position: Position, day: date, quantity: int, marks: int) -> None:
            key = (*owner, position.stage, position.left, day.isoformat(), self._chapter)
            total = found.setdefault(key, [0, 0])
            total[0] += quantity
            total[1] += marks

        for (owner, source, target), days in self._flows.items():
            for position, sign in ((source, -1), (target, 1)):
                if position is not None:
                    for day, quantity in days.items():
                        add(owner, position, day, sign * quantity, 0)
        for (owner, position, day), marks in self._marks.items():
            add(owner, position, day, 0, marks)
        store.add_turnovers([(*key, *total) for key, total in found.items() if any(total)])


class _Flow:
    """What lines of a batch move from one position to another, of commitments of one group.

    ``days`` are those of the turnovers, which all groups of one owner share.
    """

    __slots__ = ("come", "days", "delivers", "gone", "group", "quantity", "ranks", "source", "target")

    def __init__(self, group: Group, source: Position | None, target: Position | None, days: dict[date, int]) -> None:
        self.group, self.source, self.target, self.days = group, source, target, days
        self.quantity = self.gone = self.come = 0
        kind = group.owner.kind
        ends = [NOWHERE if end is None else _rank(kind, end.left or end.stage) for end in (source, target)]
        self.ranks = (ends[0], ends[1])
        self.delivers = (ends[1] >= _delivered_from(kind)) - (ends[0] >= _delivered_from(kind))


def follow(
    moves: Sequence[Move], first: int, ends: Sequence[Ends], holdings: Mapping[Position, Holding],
    ids: Mapping[str, int], of: Mapping[str, Known],
) -> None:  # fmt: skip
    """Let totals and turnovers follow ``moves``, the postings of a batch from number ``first`` on.

    ``ends`` are theirs with what stands there now, ``holdings`` where positions are, ``ids`` the commitments' numbers,
    ``of`` what totals knew of them before: with one object for groups alike.
    """
    flows: dict[tuple[int, int, int], _Flow] = {}
    turned = Turned(chapter_of(first))
    furthest: dict[str, int] = {}
    delivered: dict[str, int] = {}
    emptied: set[str] = set()
    raising: list[Move] = []
    for move, (source, target) in zip(moves, ends, strict=True):
        key, quantity = move.commitment, move.quantity
        group, _, _, _, before = of[key]
        left = None if source is None else source.position
        reached = None if target is None else target.position
        # Found by identity: hashing groups and positions takes longer than all else here.
        alike = (id(group), id(left), id(reached))
        flow = flows.get(alike)
        if flow is None:
            flow = flows[alike] = _Flow(group, left, reached, turned.days(group.owner, left, reached))
        flow.quantity += quantity
        day, days = move.day.latest, flow.days
        days[day] = days.get(day, 0) + quantity
        if move.unknown:
            gone, come = move.marks()
            flow.gone += gone
            flow.come += come
            turned.add_marks(group.owner, move)
        if move.unknown or left is None or reached is None:
            raising.append(move)
        if flow.delivers:
            delivered[key] = delivered.get(key, 0) + flow.delivers * quantity
        low, high = flow.ranks
        if low >= before or high >= before:
            for rank, end in ((low, source), (high, target)):
                if end is not None and (end.quantity or end.marks):
                    furthest[key] = max(rank, furthest.get(key, before))
                elif rank == before:
                    emptied.add(key)
    changes = _changes(flows.values(), holdings)
    changes.write()
    changes.write_turned(chapter_of(first))
    turned.write()
    emptied -= {key for key, rank in furthest.items() if rank > of[key].furthest}
    furthest |= _furthest({ids[key]: key for key in emptied}, of)
    _write_progress(_promised(raising), delivered, furthest, ids, of)


def _changes(flows: Iterable[_Flow], holdings: Mapping[Position, Holding]) -> Changes:
    changes = Changes()
    for flow in flows:
        if flow.source is not None:
            changes.add(flow.group, holdings[flow.source], -flow.quantity, -flow.gone)
        if flow.target is not None:
            changes.add(flow.group, holdings[flow.target], flow.quantity, flow.come)
    return changes


def _write_progress(
    promised: Mapping[str, list[int]], delivered: Mapping[str, int], furthest: Mapping[str, int],
    ids: Mapping[str, int], of: Mapping[str, Known],
) -> None:  # fmt: skip
    rows = []
    for key in promised.keys() | furthest.keys() | {key for key, quantity in delivered.items() if quantity}:
        before, (quantity, marks) = of[key], promised.get(key, (0, 0))
        after = (
            before.promised + quantity, before.marks + marks, before.delivered + delivered.get(key, 0),
            furthest.get(key, before.furthest),
        )  # fmt: skip
        if after != before[1:]:
            rows.append((ids[key], *after))
    store.update("ledger_commitmenttotal", store.PROGRESS, sorted(rows))


@cache
def _rank(kind: str, stage: str) -> int:
    return KINDS[kind].rank(stage)


@cache
def _delivered_from(kind: str) -> int:
    """Return the rank from which on a commitment counts as delivered; beyond the chain for a kind without."""
    of = KINDS[kind]
    return of.rank(DELIVERED) if of.stage(DELIVERED) else len(of.chain)


def _promised(moves: Sequence[Move]) -> dict[str, list[int]]:
    """Return by how much ``moves`` raise what is promised, and by how many parts of unknown size."""
    found: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    for move in moves:
        total = found[move.commitment]
        for _, change in move.changes():
            total[0] += change.quantity
            total[1] += change.marks
    return found


def _furthest(keys: Mapping[int, str], of: Mapping[str, Known]) -> dict[str, int]:
    """Return the furthest rank of commitments that hold nothing any more where they had come to."""
    found = dict.fromkeys(keys.values(), NOWHERE)
    for some in _some(keys):
        rows = Row.objects.filter(commitment_id__in=some).exclude(quantity=0, marks=0)
        for number, stage, left in rows.values_list("commitment_id", "stage", "left"):
            key = keys[number]
            found[key] = max(found[key], _rank(of[key].group.owner.kind, left or stage))
    return found
