"""The chain of batches: each batch's hash covers the one before it, so that nothing can be changed unnoticed.

What is hashed is a canonical text: one line for the header, one for each entry, one for each posting. The parts of a
line are JSON, separated by tabs, which JSON never holds; lines end with a line feed.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from json.encoder import encode_basestring_ascii
from typing import Any

from pledgeway.accounts.days import Precision
from pledgeway.accounts.moves import Move, Position
from pledgeway.accounts.stages import Act

FIRST = "0" * 64
"""The hash that stands before the first batch."""


def canonical(value: Any) -> str:
    """Return ``value`` as JSON that has one form only: keys sorted, no spaces, ASCII. Numbers must be whole."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False)


class _Texts(dict[Any, str]):
    """The canonical text of each position and day, made when it is first asked for."""

    def __missing__(self, part: Position | date | None) -> str:
        text = self[part] = part.isoformat() if isinstance(part, date) else canonical(part)
        return text


def posting_lines(moves: Sequence[Move]) -> Iterable[str]:
    """Yield the canonical line of each posting."""
    texts, acts, precisions = _Texts(), {act: act.value for act in Act}, {one: one.value for one in Precision}
    quoted = encode_basestring_ascii
    for move in moves:
        latest, precision = move.day
        reverses = "" if move.reverses is None else move.reverses
        yield (
            f"{quoted(move.commitment)}\t{acts[move.act]}\t{texts[move.source]}\t{texts[move.target]}\t"
            f"{move.quantity}\t{move.unknown:d}\t{texts[latest]}\t{precisions[precision]}\t"
            f"{quoted(move.statement)}\t{reverses}\n"
        )


def batch_hash(
    previous: str, header: Mapping[str, Any], entries: Iterable[Mapping[str, Any]], moves: Sequence[Move]
) -> str:
    """Return the hash of a batch after the one with the hash ``previous``, in 64 hexadecimal digits."""
    digest = hashlib.sha256(previous.encode("ascii"))
    digest.update(f"{canonical(header)}\n".encode("ascii"))
    for entry in entries:
        digest.update(f"{canonical(entry)}\n".encode("ascii"))
    digest.update("".join(posting_lines(moves)).encode("ascii"))
    return digest.hexdigest()


@dataclass(frozen=True)
class Anchor:
    """The head of the chain at some moment, to be kept where whoever can change the ledger cannot."""

    batch: int
    hash: str
    moment: str

    def __str__(self) -> str:
        return f"{self.batch} {self.hash} {self.moment}"


def parse_anchors(text: str) -> list[Anchor]:
    """Return the anchors in ``text``, one a line. Raises ValueError for a line that is none."""
    anchors = []
    for number, line in enumerate(text.splitlines(), start=1):
        parts = line.split()
        if len(parts) != 3 or not parts[0].isdecimal() or len(parts[1]) != 64:
            raise ValueError(f"line {number} is no anchor: a batch number, a hash of 64 digits and a moment")
        anchors.append(Anchor(int(parts[0]), parts[1], parts[2]))
    return anchors
