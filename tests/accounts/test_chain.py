"""The chain: one form only, and every change shows."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from pledgeway.accounts.chain import FIRST, Anchor, batch_hash, canonical, parse_anchors
from pledgeway.accounts.days import Day, not_later
from pledgeway.accounts.moves import Move, Position, Unknown
from pledgeway.accounts.stages import Act

MOVE = Move(
    "P1", Act.ADVANCE, Position("pledged"), Position("at hub", place="RZE"), 5, Day(date(2026, 3, 1)), statement="ab"
)
HEADER = {"number": 1, "author": "desk"}
ENTRIES: list[dict[str, Any]] = [{"entry": "commitment", "key": "P1"}]


def test_a_batch_has_the_hash_that_it_has_always_had() -> None:
    """Written down once: whoever changes the canonical form makes every ledger's chain invalid."""
    assert batch_hash(FIRST, HEADER, ENTRIES, [MOVE]) == EXPECTED


EXPECTED = "8172cbb32b7ffb0ff42f547c0ec8fbd5145bbbd690302bfedc8b43b436ab50be"


@pytest.mark.parametrize(
    "changed",
    [
        replace(MOVE, commitment="P2"),
        replace(MOVE, act=Act.RELEASE),
        replace(MOVE, source=None),
        replace(MOVE, target=Position("at hub", place="LVI")),
        replace(MOVE, quantity=6),
        replace(MOVE, day=Day(date(2026, 3, 2))),
        replace(MOVE, day=not_later(date(2026, 3, 1))),
        replace(MOVE, unknown=Unknown.SOME),
        replace(MOVE, statement="ac"),
        replace(MOVE, reverses=7),
    ],
)
def test_a_change_of_any_part_of_a_posting_changes_the_hash(changed: Move) -> None:
    assert batch_hash(FIRST, HEADER, ENTRIES, [changed]) != batch_hash(FIRST, HEADER, ENTRIES, [MOVE])


def test_texts_cannot_pose_as_other_parts_of_a_line() -> None:
    one, other = replace(MOVE, commitment='P1"\t'), replace(MOVE, commitment="P1\\t")
    assert batch_hash(FIRST, HEADER, [], [one]) != batch_hash(FIRST, HEADER, [], [other])
    assert "\t" not in canonical('P1"\t\n')


def test_anchors_are_read_as_they_are_written() -> None:
    anchor = Anchor(12, "a" * 64, "2026-03-01T12:00:00Z")
    assert parse_anchors(f"{anchor}\n") == [anchor]
    with pytest.raises(ValueError, match="line 2 is no anchor"):
        parse_anchors(f"{anchor}\nnothing\n")
