"""Whether somebody may write a batch: asked of :mod:`pledgeway.access` for each kind of step, not for each line."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from pledgeway.access.deciding import Reader, may
from pledgeway.access.posting import Parties, may_post, who_may
from pledgeway.access.roles import Act as Does
from pledgeway.access.roles import Role
from pledgeway.accounts.days import Day
from pledgeway.accounts.moves import Move, Position
from pledgeway.accounts.rules import Refusal, RefusedError
from pledgeway.accounts.stages import KINDS, Act, Step, onward
from pledgeway.ledger.models import AnnouncementTerms, CommitmentTerms, Entry, Posting, RequirementVersion
from pledgeway.ledger.reading import read_moves
from pledgeway.ledger.seen import commitments_seen, latest, requirements_seen
from pledgeway.ledger.window import Window

CHUNK = 500
OWN_STATES = frozenset({"draft", "submitted", "withdrawn"})
"""States that a recipient's desk may give its requirements; a coordinator validates them."""


def check_entries(entries: Sequence[Entry], by: Reader) -> list[Refusal]:
    """Return why ``by`` may not record ``entries``, which are not written yet: a refusal for each that is another's."""
    if by.sees_all:
        return []
    refusals = []
    for entry in entries:
        match entry:
            case CommitmentTerms():
                key, former = entry.commitment.key, _former(CommitmentTerms, "commitment", entry, "donor")
                refusals += _promises(key, former, entry.donor.code, by)
            case AnnouncementTerms():
                key, former = entry.announcement.key, _former(AnnouncementTerms, "announcement", entry, "donor")
                refusals += _promises(key, former, entry.donor.code, by)
            case RequirementVersion():
                refusals += _needs(entry, by)
    return refusals


def _former(model: type[Any], of: str, entry: Any, owner: str) -> str:
    """Return the code of the owner by the terms recorded before; "" for something new."""
    parent = getattr(entry, of)
    rows = model._default_manager.filter(**{f"{of}__key": parent.key}).order_by("-pk")
    return str(rows.values_list(f"{owner}__code", flat=True).first() or "")


def _promises(key: str, former: str, donor: str, by: Reader) -> list[Refusal]:
    strange = [code for code in dict.fromkeys((former, donor)) if code and not may(by, Does.PROMISE, code)]
    if former in strange:
        return [Refusal(None, key, "its terms are another party's to state")]
    return [Refusal(None, key, f"you do not record promises of {code}") for code in strange]


def _needs(version: RequirementVersion, by: Reader) -> list[Refusal]:
    key, party = version.requirement.key, version.party.code
    former = _former(RequirementVersion, "requirement", version, "party")
    if former and not may(by, Does.REQUIRE, former):
        return [Refusal(None, key, "the requirement is another party's to state", "requirement")]
    if not may(by, Does.REQUIRE, party):
        return [Refusal(None, key, f"you do not state requirements of {party}", "requirement")]
    if version.state not in OWN_STATES:
        return [Refusal(None, key, f"only a coordinator makes a requirement {version.state}", "requirement")]
    return []


def check_seen(moves: Sequence[Move], by: Reader) -> None:
    """Raise RefusedError where lines speak of what ``by`` may not see, in the words for what does not exist."""
    if by.sees_all:
        return
    keys = {move.commitment for move in moves}
    seen = _among(commitments_seen(by), "commitment__key", keys)
    hidden_needs = _hidden_needs(moves, by)
    refusals = []
    for line, move in enumerate(moves):
        if move.commitment not in seen:
            refusals.append(Refusal(line, move.commitment, "there is no such commitment"))
        hidden = {end.requirement for end in (move.source, move.target) if end is not None} & hidden_needs
        refusals += [Refusal(line, move.commitment, f"there is no requirement {key}") for key in sorted(hidden)]
    if refusals:
        raise RefusedError(refusals)


def check_moves(moves: Sequence[Move], window: Window, by: Reader) -> list[Refusal]:
    """Return why ``by`` may not post ``moves``: a refusal for each line that is another's to post."""
    if by.sees_all:
        return []
    parties = _Parties({move.commitment for move in moves}, moves)
    decided: dict[tuple[Any, ...], str] = {}
    refusals = []
    for line, move in enumerate(moves):
        of: Move = move
        if move.act is Act.REVERSE:
            original = None if move.reverses is None else window.posted(move.reverses)
            if original is None:
                continue
            of = original
        step = (move.commitment, of.act, of.source, of.target)
        if step not in decided:
            may_ = may_post(by, parties.of(of), of.act, of.source, of.target)
            decided[step] = "" if may_ else _words(of)
        if decided[step]:
            refusals.append(Refusal(line, move.commitment, decided[step]))
    return refusals


def steps_open(key: str, kind: str, sources: Sequence[Position | None], by: Reader) -> list[list[Step]]:
    """Return for each of ``sources``, where the commitment ``key`` stands, the steps that ``by`` may post from there.

    Each step is asked about as it would be at the place of a hub's operator, and for the requirement that it stands at;
    what is promised to nobody by name, for one of the reader's own requirements.
    """
    need = "" if named_recipient(key) else own_need(by)

    def aim(source: Position | None, after: str) -> Position:
        stage = KINDS[kind].stage(after)
        is_free = source is not None and not source.requirement
        may_name = stage is not None and "requirement" in stage.details
        return Position(after, place=by.place, requirement=need if is_free and may_name else "")

    tried = [
        [Move(key, act, source, None if after is None else aim(source, after), 0, Day(date.min))
         for act, _, after in onward(kind, source and source.stage, source.left if source else "")]
        for source in sources
    ]  # fmt: skip
    flat = [move for moves in tried for move in moves]
    parties = _Parties({key}, flat)
    hidden = _hidden_needs(flat, by)
    return [
        [(move.act, move.source and move.source.stage, move.target and move.target.stage)
         for move in moves
         if (move.source is None or move.source.requirement not in hidden)
         and may_post(by, parties.of(move), move.act, move.source, move.target)]
        for moves in tried
    ]  # fmt: skip


def named_recipient(key: str) -> str:
    """Return the code of the party to which the commitment ``key`` is promised; "" for none."""
    rows = latest(CommitmentTerms, "commitment").filter(commitment__key=key)
    return str(rows.values_list("recipient__code", flat=True).first() or "")


def own_need(by: Reader) -> str:
    """Return the key of the requirement of a recipient's own that is due first; "" for none, and for all others."""
    if by.role is not Role.RECIPIENT_DESK:
        return ""
    rows = requirements_seen(by).filter(party__code__in=sorted(by.own), state="validated").order_by("due", "pk")
    return str(rows.values_list("requirement__key", flat=True).first() or "")


def reversible(numbers: Sequence[int], by: Reader) -> set[int]:
    """Return those of the postings with these ``numbers``, which ``by`` sees, that ``by`` may take back."""
    moves = {number: move for number, move in read_moves("p.id", numbers) if move.act is not Act.REVERSE}
    taken = set(Posting.objects.filter(reverses_id__in=list(moves)).values_list("reverses_id", flat=True))
    parties = _Parties({move.commitment for move in moves.values()}, list(moves.values()))
    hidden = _hidden_needs(moves.values(), by)
    return {
        number
        for number, move in moves.items()
        if number not in taken
        and not any(end is not None and end.requirement in hidden for end in (move.source, move.target))
        and may_post(by, parties.of(move), move.act, move.source, move.target)
    }


def _hidden_needs(moves: Iterable[Move], by: Reader) -> set[str]:
    """Return the requirements that moves name and ``by`` may not see."""
    needs = {end.requirement for move in moves for end in (move.source, move.target) if end is not None} - {""}
    return set() if by.sees_all else needs - _among(requirements_seen(by), "requirement__key", needs)


def _words(move: Move) -> str:
    ends = [end.stage if end is not None else "outside the ledger" for end in (move.source, move.target)]
    who = who_may(move.act, move.source, move.target)
    return f"you may not {move.act.value} it from {ends[0]} to {ends[1]}; {who} may"


class _Parties:
    """Whose commitments are, read once for all of a batch."""

    def __init__(self, keys: Iterable[str], moves: Sequence[Move]) -> None:
        self._donors: dict[str, str] = {}
        self._recipients: dict[str, str] = {}
        wanted = sorted(keys)
        for start in range(0, len(wanted), CHUNK):
            rows = latest(CommitmentTerms, "commitment").filter(commitment__key__in=wanted[start : start + CHUNK])
            for key, donor, recipient in rows.values_list("commitment__key", "donor__code", "recipient__code"):
                self._donors[key], self._recipients[key] = donor, recipient or ""
        needs = sorted({end.requirement for move in moves for end in (move.source, move.target) if end is not None})
        versions = latest(RequirementVersion, "requirement").filter(requirement__key__in=needs)
        self._needing: dict[str, str] = dict(versions.values_list("requirement__key", "party__code"))

    def of(self, move: Move) -> Parties:
        """Return whose the commitment of ``move`` is, as far as this line goes."""
        needing = [self._needing.get(end.requirement, "") for end in (move.source, move.target) if end is not None]
        recipients = {self._recipients.get(move.commitment, ""), *needing} - {""}
        return Parties(self._donors.get(move.commitment, ""), frozenset(recipients))


def _among(rows: Any, path: str, keys: Iterable[str]) -> set[str]:
    wanted, found = sorted(keys), set()
    for start in range(0, len(wanted), CHUNK):
        found |= set(rows.filter(**{f"{path}__in": wanted[start : start + CHUNK]}).values_list(path, flat=True))
    return found
