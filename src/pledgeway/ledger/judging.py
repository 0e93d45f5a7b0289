"""All that speaks against a batch, found in one round: what may not be seen, whose it is, and the rules of accounts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from pledgeway.access.deciding import Reader
from pledgeway.accounts.moves import Move
from pledgeway.accounts.rules import Outcome, Refusal, RefusedError, check
from pledgeway.ledger import permission
from pledgeway.ledger.window import Window


def judge(lines: Sequence[Move], by: Reader, refusals: Sequence[Refusal]) -> tuple[Window, Outcome]:
    """Return the part of the ledger that the lines of a batch by ``by`` touch, and what they change.

    The batch's entries are written. Raises RefusedError with ``refusals``, those of the entries, and every other
    reason. A line that speaks of what its author may not see, or of what there is none of, is judged no further, and
    neither are the balances that it changes.
    """
    window = Window(lines)
    unseen = permission.unseen(lines, by)
    entered = {(one.of, one.commitment) for one in refusals}  # what may not be entered is not seen either
    hidden = {refusal.line for _, refusal in unseen}
    nowhere = [one for one in _nowhere(lines, window) if one.line not in hidden]
    against = [*refusals, *(refusal for what, refusal in unseen if what not in entered), *nowhere]
    passed = hidden | {one.line for one in nowhere}
    kept = [line for line in range(len(lines)) if line not in passed] if passed else range(len(lines))
    moves = [lines[line] for line in kept] if passed else lines
    found = permission.check_moves(moves, window, by)
    try:
        outcome = check(moves, window)
    except RefusedError as failure:
        found += failure.refusals
    doubtful = {move.commitment for line, move in enumerate(lines) if line in passed} if passed else set()
    against += [
        one if one.line is None else replace(one, line=kept[one.line])
        for one in found if not (one.of_balance and one.commitment in doubtful)
    ]  # fmt: skip
    if against:
        raise RefusedError(against)
    return window, outcome


def _nowhere(moves: Sequence[Move], window: Window) -> list[Refusal]:
    """Return the refusals of lines at a requirement or place that does not exist, or of a promise without terms."""
    nowhere = window.nowhere()
    if not nowhere and len(window.known) == len(window.ids):
        return []
    found = []
    for line, move in enumerate(moves):
        words = {nowhere.get(end) for end in (move.source, move.target) if end is not None} - {None}
        if move.commitment in window.ids and move.commitment not in window.known:
            words.add("the commitment has no terms yet")
        found += [Refusal(line, move.commitment, str(one)) for one in sorted(words, key=str)]
    return found
