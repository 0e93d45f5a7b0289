"""Whether somebody may write a batch: asked of :mod:`pledgeway.access` for each kind of step, not for each line."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from typing import Any

from pledgeway.access.deciding import Reader, may
from pledgeway.access.posting import Need, Parties, may_post, why_not
from pledgeway.access.roles import Act as Does
from pledgeway.access.roles import Role
from pledgeway.accounts.days import Day
from pledgeway.accounts.moves import Move, Position
from pledgeway.accounts.rules import Refusal
from pledgeway.accounts.stages import KINDS, Act, Step, onward
from pledgeway.ledger.models import AnnouncementTerms, CommitmentTerms, Entry, Posting, RequirementVersion
from pledgeway.ledger.reading import read_moves
from pledgeway.ledger.seen import commitments_seen, latest, requirements_seen
from pledgeway.ledger.window import Window
from pledgeway.registry.readers import who_stands_for

CHUNK = 500
VALIDATED = "validated"
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


def unseen(moves: Sequence[Move], by: Reader) -> list[tuple[tuple[str, str], Refusal]]:
    """Return the refusals of lines that speak of what ``by`` may not see, in the words for what does not exist.

    With each comes what is not seen: the word for what it is, and its key.
    """
    if by.sees_all:
        return []
    keys = {move.commitment for move in moves}
    seen = _among(commitments_seen(by), "commitment__key", keys)
    hidden_needs = _hidden_needs(moves, by)
    refusals = []
    for line, move in enumerate(moves):
        key = move.commitment
        if key not in seen:
            refusals.append((("commitment", key), Refusal(line, key, "there is no such commitment")))
        hidden = {end.requirement for end in (move.source, move.target) if end is not None} & hidden_needs
        refusals += [
            (("requirement", need), Refusal(line, key, f"there is no requirement {need}")) for need in sorted(hidden)
        ]
    return refusals


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
        step = (move.commitment, of is move, of.act, of.source, of.target)
        if step not in decided:
            decided[step] = why_not(by, parties.of(of, back=of is not move), of.act, of.source, of.target)
        if decided[step]:
            refusals.append(Refusal(line, move.commitment, decided[step]))
    return refusals


def steps_open(key: str, kind: str, sources: Sequence[Position | None], by: Reader) -> list[list[Step]]:
    """Return for each of ``sources``, where the commitment ``key`` stands, the steps that ``by`` may post from there.

    Each step is asked about as it would be at the place of a hub's operator, and for the requirement that it stands
    at; what stands for none, for the reader's own requirement that it may be taken for.
    """
    parties = _Parties({key}, [Move(key, Act.ADVANCE, source, None, 0, Day(date.min)) for source in sources])
    need = parties.add_own(key, by)
    needy = {stage.name for stage in KINDS[kind].chain if "requirement" in stage.details}

    def aim(source: Position | None, after: str) -> Position:
        stands_for = source.requirement if source is not None else ""
        return Position(after, place=by.place, requirement=(stands_for or need) if after in needy else "")

    tried = [
        [Move(key, act, source, None if after is None else aim(source, after), 0, Day(date.min))
         for act, _, after in onward(kind, source and source.stage, source.left if source else "")]
        for source in sources
    ]  # fmt: skip
    hidden = _hidden_needs([move for moves in tried for move in moves], by)
    return [
        [(move.act, move.source and move.source.stage, move.target and move.target.stage)
         for move in moves
         if (move.source is None or move.source.requirement not in hidden)
         and may_post(by, parties.of(move), move.act, move.source, move.target)]
        for moves in tried
    ]  # fmt: skip


def own_need(key: str, by: Reader) -> str:
    """Return the key of the reader's own requirement, of those that the commitment ``key`` is open to, due first.

    "" for none, and for all who are no recipient's desk.
    """
    return _Parties({key}, []).add_own(key, by)


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
        and may_post(by, parties.of(move, back=True), move.act, move.source, move.target)
    }


def _hidden_needs(moves: Iterable[Move], by: Reader) -> set[str]:
    """Return the requirements that moves name and ``by`` may not see."""
    needs = {end.requirement for move in moves for end in (move.source, move.target) if end is not None} - {""}
    return set() if by.sees_all else needs - _among(requirements_seen(by), "requirement__key", needs)


class _Parties:
    """Whose commitments are and for whom, read once for all of a batch."""

    def __init__(self, keys: Iterable[str], moves: Sequence[Move]) -> None:
        self._terms: dict[str, tuple[str, str, list[str] | None]] = {}
        for part in _chunks(keys):
            rows = latest(CommitmentTerms, "commitment").filter(commitment__key__in=part)
            found = rows.values_list("commitment__key", "donor__code", "recipient__code", "only_for")
            self._terms |= {key: (donor, recipient or "", only_for) for key, donor, recipient, only_for in found}
        ends = {end.requirement for move in moves for end in (move.source, move.target) if end is not None} - {""}
        self._needs: dict[str, Need] = {}
        self._stand_for: dict[str, frozenset[str]] = {}
        for part in _chunks(ends):
            versions = latest(RequirementVersion, "requirement").filter(requirement__key__in=part)
            for key, code, state in versions.values_list("requirement__key", "party__code", "state"):
                self._needs[key] = Need(code, state == VALIDATED)

    def of(self, move: Move, *, back: bool = False) -> Parties:
        """Return whose the commitment of ``move`` is, and for whom.

        Where the step is asked about to take it ``back``, no requirement has to be validated any more.
        """
        donor, recipient, only_for = self._terms.get(move.commitment, ("", "", None))
        alone = None if only_for is None else frozenset().union(*map(self._standing_for, only_for))
        needs = {key: need._replace(validated=True) for key, need in self._needs.items()} if back else self._needs
        return Parties(donor, self._standing_for(recipient) if recipient else frozenset(), alone, needs)

    def _standing_for(self, code: str) -> frozenset[str]:
        if code not in self._stand_for:
            self._stand_for[code] = who_stands_for(code)
        return self._stand_for[code]

    def add_own(self, key: str, by: Reader) -> str:
        """Know of the requirement of a recipient's own, due first, that ``key`` may be taken for; return its key."""
        if by.role is not Role.RECIPIENT_DESK:
            return ""
        rows = requirements_seen(by).filter(party__code__in=sorted(by.own), state=VALIDATED).order_by("due", "pk")
        for need, code in rows.values_list("requirement__key", "party__code"):
            self._needs[need] = Need(code)
            move = Move(key, Act.ADVANCE, None, Position("delivered", requirement=need), 0, Day(date.min))
            if not self.of(move).misaimed(move.act, move.source, move.target):
                return need
        return ""


def _chunks(keys: Iterable[str]) -> Iterator[list[str]]:
    wanted = sorted(keys)
    return (wanted[start : start + CHUNK] for start in range(0, len(wanted), CHUNK))


def _among(rows: Any, path: str, keys: Iterable[str]) -> set[str]:
    found: set[str] = set()
    for part in _chunks(keys):
        found |= set(rows.filter(**{f"{path}__in": part}).values_list(path, flat=True))
    return found
