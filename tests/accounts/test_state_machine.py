"""Random commands, valid and invalid, against a model that shares no code with the rules.

The model keeps every accepted line in a list, knows the legal steps as a table typed anew from the design, and judges
a batch by adding everything up again, day by day.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import date, timedelta
from functools import cache
from typing import Any

import pytest
from hypothesis import HealthCheck, note, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from pledgeway.accounts.book import Book
from pledgeway.accounts.days import Day
from pledgeway.accounts.figures import fold, promised, reached
from pledgeway.accounts.moves import Move, Position, Unknown
from pledgeway.accounts.rules import RefusedError
from pledgeway.accounts.stages import Act, steps

START = date(2026, 1, 1)
CHAINS = {
    "goods": ["pledged", "committed", "allocated", "in transit", "at hub", "delivered", "received"],
    "envelope": ["pledged", "specified", "delivered"],
    "loan": ["pledged", "committed", "disbursed", "repaid"],
    "works": ["pledged", "agreed", "under construction", "completed"],
}
EXITS = {
    "goods": {
        "withdrawn": ["pledged", "committed", "allocated"],
        "expired": ["pledged", "committed"],
        "lost": ["in transit", "at hub", "delivered"],
        "given back": ["in transit", "at hub", "delivered", "received"],
    },
    "envelope": {"withdrawn": ["pledged", "specified"], "expired": ["pledged", "specified"]},
    "loan": {"withdrawn": ["pledged", "committed"], "written off": ["disbursed"]},
    "works": {"cancelled": ["pledged", "agreed", "under construction", "suspended"]},
}
BACK = {
    ("goods", "release"): ["committed>pledged", "allocated>committed", "in transit>in transit", "at hub>at hub"],
    ("goods", "reject"): ["delivered>at hub", "delivered>in transit", "received>delivered", "received>at hub"],
    ("goods", "advance"): ["at hub>in transit", "in transit>in transit"],
    ("envelope", "release"): ["specified>pledged"],
    ("loan", "release"): ["committed>pledged"],
    ("loan", "reject"): ["disbursed>committed"],
    ("works", "release"): ["agreed>pledged"],
    ("works", "reject"): ["completed>under construction"],
}
NEEDS = {("goods", "allocated"): "requirement", ("goods", "at hub"): "place"}
MAY = {
    ("goods", "committed"): {"place"},
    ("goods", "allocated"): {"requirement", "place"},
    ("goods", "in transit"): {"requirement", "place"},
    ("goods", "at hub"): {"requirement", "place"},
    ("goods", "delivered"): {"requirement", "place"},
    ("goods", "received"): {"requirement", "place"},
    ("envelope", "specified"): {"requirement"},
    ("envelope", "delivered"): {"requirement", "place"},
    ("works", "agreed"): {"place"},
    ("works", "under construction"): {"place"},
    ("works", "completed"): {"place"},
}

Line = dict[str, Any]


def as_position(given: dict[str, str] | None) -> Position | None:
    return None if given is None else Position(**given)


def well_formed(kind: str, position: dict[str, str]) -> bool:
    stage, details = position["stage"], {name for name in ("requirement", "place") if position.get(name)}
    if stage in CHAINS[kind]:
        needed = NEEDS.get((kind, stage))
        allowed = MAY.get((kind, stage), set())
        return not position.get("left") and details <= allowed and (needed is None or needed in details)
    is_outside = stage in EXITS[kind] or (kind == "works" and stage == "suspended")
    return is_outside and position.get("left") in CHAINS[kind]


def legal(kind: str, line: Line) -> bool:  # noqa: PLR0911 - a table of cases
    source, target, act = line["source"], line["target"], line["act"]
    if source == target or not all(well_formed(kind, end) for end in (source, target) if end):
        return False
    if act == "reverse":
        return True
    before, after = source and source["stage"], target and target["stage"]
    chain = CHAINS[kind]
    if before is None or after is None:
        entering = before is None and after == chain[0] and act in ("promise", "amend")
        return entering or (act == "amend" and after is None and before in chain)
    last = source.get("left") or before
    if act == "advance" and before in chain and after in chain and chain.index(before) < chain.index(after):
        return True
    if f"{before}>{after}" in BACK.get((kind, act), []):
        return True
    if act == "leave":
        return before in EXITS[kind].get(after, []) and target["left"] == last
    if act == "suspend":
        leaving = kind == "works" and after == "suspended" and before in ("agreed", "under construction")
        return leaving and target["left"] == last
    if act == "resume":
        return before == "suspended" and after == source["left"] and after in ("agreed", "under construction")
    if act == "find":
        found = before == "lost" and after in EXITS["goods"]["lost"]
        return found and chain.index(after) <= chain.index(source["left"])
    return False


def known_delta(line: Line, end: str) -> int:
    return -line["quantity"] if end == "source" else line["quantity"]


def parts_delta(line: Line, end: str) -> int:
    """How many parts of unknown size an end of the line gains."""
    some, part, reverse = line["unknown"] == 1, line["unknown"] == 2, line["act"] == "reverse"
    if end == "source":
        return -1 if part or (some and reverse) else 0
    return 1 if part or (some and not reverse) else 0


class Model:
    """Everything that was accepted, in order, with its number."""

    def __init__(self) -> None:
        self.kinds: dict[str, str] = {}
        self.lines: list[Line] = []

    def accepts(self, batch: list[Line]) -> bool:
        taken = [line["reverses"] for line in self.lines if line["reverses"]]
        for line in batch:
            if line["commitment"] not in self.kinds or not legal(self.kinds[line["commitment"]], line):
                return False
            if line["quantity"] < 0 or (line["quantity"] == 0 and line["unknown"] == 0):
                return False
            if (line["act"] == "reverse") != (line["reverses"] is not None):
                return False
            if line["act"] == "reverse":
                if line["reverses"] in taken or not self._mirrors(line):
                    return False
                taken.append(line["reverses"])
            elif (line["unknown"] == 2 and line["source"] is None) or (line["unknown"] == 1 and line["target"] is None):
                return False
        everything = self.lines + batch
        return self._never_below(everything) and self._taken_from_something(batch)

    def _mirrors(self, line: Line) -> bool:
        original = next((old for old in self.lines if old["number"] == line["reverses"]), None)
        if original is None or original["act"] == "reverse":
            return False
        same = all(original[name] == line[name] for name in ("commitment", "quantity", "unknown", "day"))
        return same and original["source"] == line["target"] and original["target"] == line["source"]

    def standing(self, lines: list[Line], day: int) -> tuple[Counter[Any], Counter[Any]]:
        known: Counter[Any] = Counter()
        parts: Counter[Any] = Counter()
        for line in lines:
            if line["day"] <= day:
                for end in ("source", "target"):
                    if line[end]:
                        spot = (line["commitment"], tuple(sorted(line[end].items())))
                        known[spot] += known_delta(line, end)
                        parts[spot] += parts_delta(line, end)
        return known, parts

    def _never_below(self, lines: list[Line]) -> bool:
        for day in {line["day"] for line in lines}:
            known, parts = self.standing(lines, day)
            if min(known.values(), default=0) < 0 or min(parts.values(), default=0) < 0:
                return False
        return True

    def _taken_from_something(self, batch: list[Line]) -> bool:
        for line in batch:
            if line["unknown"] == 1 and line["source"] and line["act"] != "reverse":
                spot = (line["commitment"], tuple(sorted(line["source"].items())))
                known, parts = self.standing(self.lines, line["day"])
                there = known[spot] + parts[spot]
                for other in batch:
                    same = other["target"] and spot == (other["commitment"], tuple(sorted(other["target"].items())))
                    if same and other["day"] <= line["day"]:
                        there += other["quantity"] + max(parts_delta(other, "target"), 0)
                if there == 0:
                    return False
        return True


class Dice:
    """What a batch is made of: drawn in one piece, where a hundred draws of a few bits would take six times as long."""

    def __init__(self, rolled: bytes) -> None:
        self._rolled = iter(rolled)

    def below(self, count: int) -> int:
        """Return one of the numbers from 0."""
        return next(self._rolled) % count

    def one_of(self, choices: Sequence[Any]) -> Any:
        return choices[self.below(len(choices))]


MOST_ROLLS = 100
"""How many rolls a batch takes at most: each of four lines up to 24."""


def rolled_position(dice: Dice, kind: str) -> dict[str, str]:
    if dice.below(4):
        stage = dice.one_of(CHAINS[kind])
        position = {"stage": stage}
        for detail in sorted(MAY.get((kind, stage), set())):
            if NEEDS.get((kind, stage)) == detail or dice.below(4) == 0:
                position[detail] = "X"
    else:
        outs = [*EXITS[kind], *(["suspended"] if kind == "works" else [])]
        position = {"stage": dice.one_of(outs), "left": dice.one_of(CHAINS[kind])}
    if dice.below(10) == 0:  # mostly wrong
        position |= dice.one_of([{}, {"place": "X"}]) | dice.one_of([{}, {"requirement": "R1"}, {"requirement": "R2"}])
    return position


@cache
def legal_steps(kind: str, source: tuple[tuple[str, str], ...]) -> dict[str, list[dict[str, str] | None]]:
    """Return the targets that the table allows from ``source``, by act."""
    stages = [*CHAINS[kind], *EXITS[kind], "suspended"]
    details: list[dict[str, str]] = [{}, {"place": "X"}, {"requirement": "X"}, {"place": "X", "requirement": "X"}]
    ends = [*details, *({"left": left} for left in CHAINS[kind])]
    targets = [None, *({"stage": stage, **end} for stage in stages for end in ends)]
    found = {
        act.value: [one for one in targets if legal(kind, {"source": dict(source), "target": one, "act": act.value})]
        for act in Act
        if act is not Act.REVERSE
    }
    return {act: allowed for act, allowed in found.items() if allowed}


def rolled_line(dice: Dice, model: Model) -> Line:
    standing = [line for line in model.lines if line["act"] != "reverse"]
    if standing and dice.below(6) == 0:
        old = dice.one_of(standing)
        line = {**old, "act": "reverse", "source": old["target"], "target": old["source"]}
        line |= {"reverses": old["number"]}
        if dice.below(8) == 0:
            line["quantity"] += 1
        return line
    kind = dice.one_of([*CHAINS, *["goods"] * 3])
    held = [
        dict(spot[1])
        for spot, known in model.standing(model.lines, 99)[0].items()
        if known > 0 and spot[0] == f"c-{kind}"
    ]
    from_where = dice.one_of(["nowhere", "anywhere", *["held"] * 8 * bool(held)])
    if from_where == "nowhere":
        source, act, target = None, dice.one_of(["promise", "amend"]), {"stage": CHAINS[kind][0]}
    else:
        source = dice.one_of(held) if from_where == "held" else rolled_position(dice, kind)
        steps = legal_steps(kind, tuple(source.items()))
        if steps and dice.below(4):
            act = dice.one_of([act for act in steps for _ in range(1 if act in ("amend", "leave") else 4)])
            target = dice.one_of(steps[act])
        else:
            act, target = dice.one_of([one.value for one in Act]), dice.one_of([None, rolled_position(dice, kind)])
    return {
        "commitment": f"c-{kind}" if dice.below(30) else "c-none",
        "act": act,
        "source": source,
        "target": target,
        "quantity": dice.below(4 if source else 12),
        "day": dice.one_of([*range(7), *[6 if source else 0] * 14]),
        "unknown": dice.one_of([0, 0, 0, 0, 0, 0, 1, 2]),
        "reverses": None,
    }


def positions_at(kind: str, stage: str | None) -> list[dict[str, str] | None]:
    """Return the plainest position at ``stage`` and those with a detail more or another; outside the chain one for each
    stage that may have been left."""
    if stage is None:
        return [None]
    if stage in CHAINS[kind]:
        needed = NEEDS.get((kind, stage))
        plain = {"stage": stage, **({needed: "X"} if needed else {})}
        return [plain, *({**plain, detail: "Y"} for detail in sorted(MAY.get((kind, stage), set())))]
    return [{"stage": stage, "left": left} for left in CHAINS[kind]]


@pytest.mark.parametrize("kind", CHAINS)
def test_the_table_of_stages_has_every_legal_step_and_no_other(kind: str) -> None:
    """All of them, since random batches come by the rare ones too seldom to miss one that is wrong."""
    stages = [None, *CHAINS[kind], *EXITS[kind], *(["suspended"] if kind == "works" else [])]
    expected = {
        (act, before, after)
        for act in Act
        if act is not Act.REVERSE
        for before in stages
        for after in stages
        if any(
            legal(kind, {"source": source, "target": target, "act": act.value})
            for source in positions_at(kind, before)
            for target in positions_at(kind, after)
        )
    }
    assert steps(kind) == expected


class Ledger(RuleBasedStateMachine):
    """The book in memory and the model, given the same batches."""

    def __init__(self) -> None:
        super().__init__()
        self.book, self.model = Book(), Model()

    @initialize()
    def open(self) -> None:
        for kind in CHAINS:
            self.book.open(f"c-{kind}", kind)
            self.model.kinds[f"c-{kind}"] = kind

    @rule(rolled=st.binary(min_size=MOST_ROLLS, max_size=MOST_ROLLS))
    def post(self, rolled: bytes) -> None:
        dice = Dice(rolled)
        batch = [rolled_line(dice, self.model) for _ in range(dice.one_of([1, 1, 1, 1, 2, 3, 4]))]
        moves = [
            Move(
                line["commitment"], Act(line["act"]), as_position(line["source"]), as_position(line["target"]),
                line["quantity"], Day(START + timedelta(line["day"])), Unknown(line["unknown"]), "", line["reverses"],
            )
            for line in batch
        ]  # fmt: skip
        before = dict(self.book.postings)
        note(f"{batch}")
        expected = self.model.accepts(batch)
        if not expected:
            with pytest.raises(RefusedError):
                self.book.post(moves)
            assert self.book.postings == before
            return
        self.book.post(moves)
        for line in batch:
            line["number"] = len(self.model.lines) + 1
            self.model.lines.append(line)

    @invariant()
    def balances_agree_on_every_day(self) -> None:
        moves = list(self.book.postings.values())
        for day in (0, 3, 6):
            known, parts = self.model.standing(self.model.lines, day)
            found = fold(moves, START + timedelta(day))
            expected = {
                (commitment, Position(**dict(position))): (known[commitment, position], parts[commitment, position])
                for commitment, position in {*known, *parts}
            }
            assert {spot: tuple(amount) for spot, amount in found.items()} == {
                spot: amount for spot, amount in expected.items() if amount != (0, 0)
            }

    @invariant()
    def what_stands_adds_up_to_what_was_promised(self) -> None:
        held = fold(self.book.postings.values())
        for commitment, kind in self.model.kinds.items():
            own = {spot[1]: amount for spot, amount in held.items() if spot[0] == commitment}
            entered = sum(
                line["quantity"] * ((line["source"] is None) - (line["target"] is None))
                for line in self.model.lines
                if line["commitment"] == commitment
            )
            assert promised(own).quantity == entered
            figures = [reached(kind, stage, own).quantity for stage in CHAINS[kind]]
            assert figures[0] == entered
            assert figures == sorted(figures, reverse=True)


QUICK = settings(max_examples=60, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck))
LONG = settings(QUICK, max_examples=2500, stateful_step_count=50)


class TestLedger(Ledger.TestCase):  # type: ignore[name-defined,misc]
    settings = QUICK


@pytest.mark.slow
@pytest.mark.long
class TestLedgerAtLength(Ledger.TestCase):  # type: ignore[name-defined,misc]
    settings = LONG
