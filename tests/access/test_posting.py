"""Who may post what: the table of rights against a model that knows nothing of it."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pledgeway.access.deciding import NOBODY, Reader, system
from pledgeway.access.posting import Need, Parties, may_post, who_may, why_not
from pledgeway.access.roles import Role
from pledgeway.accounts.moves import Position
from pledgeway.accounts.stages import KINDS, Act, steps

STEPS = sorted({step for kind in KINDS for step in steps(kind)}, key=str)
COUNTED = ("allocated", "in transit", "at hub", "delivered", "received", "completed")
PARTIES = st.sampled_from(["NO", "DE", "UA", "PL"])
BY_DONOR = {
    Act.ADVANCE: {"committed", "in transit", "specified", "scheduled", "attended", "certified", "disbursed", "repaid",
                  "in force", "ended", "agreed", "under construction"},
    Act.LEAVE: {"withdrawn", "expired", "failed", "written off", "called", "cancelled"},
    Act.RELEASE: {"pledged", "committed"},
}  # fmt: skip


def expected(  # noqa: PLR0911, PLR0912 - one sentence, one return
    role: Role | None, own: set[str], place: str, of: Parties, act: Act,
    source: Position | None, target: Position | None,
) -> bool:  # fmt: skip
    """Say it once more, as sentences of the field."""
    after = target.stage if target else ""
    before = source.stage if source else ""
    old, new = source.requirement if source else "", target.requirement if target else ""
    if role is Role.COORDINATOR:
        return True
    if old and target and new != old and (new or act in (Act.ADVANCE, Act.FIND)):
        return False  # nobody else takes it from its requirement
    if new and not old:
        need = of.needs[new]
        for_it = (not of.promised or need.party in of.promised) and (of.only_for is None or need.party in of.only_for)
        if not need.validated or not for_it:
            return False
    holders = set(of.promised) | ({of.needs[old].party} if old else set())
    recipients = holders or ({of.needs[new].party} if new else set())
    donor = of.donor
    if role is Role.DONOR_DESK:
        if donor not in own:
            return False
        always = act in (Act.PROMISE, Act.SUSPEND, Act.RESUME)
        if act is Act.AMEND:
            return before not in COUNTED
        return always or after in BY_DONOR.get(act, set())
    if role is Role.RECIPIENT_DESK:
        if not recipients & own:
            return False
        if act is Act.LEAVE:
            return before in ("delivered", "received") and after in ("lost", "given back")
        if act is Act.FIND:
            return after == "delivered"
        return act is Act.REJECT or (act is Act.ADVANCE and after in ("delivered", "received", "completed"))
    if role is Role.HUB_OPERATOR:
        comes = target is not None and place and target.place == place
        goes = source is not None and place and source.place == place
        if act is Act.ADVANCE:
            return bool((comes and after in ("at hub", "delivered"))
                        or (goes and before == "at hub" and after == "in transit"))  # fmt: skip
        return bool(
            (act is Act.LEAVE and goes and before == "at hub" and after == "lost")
            or (act is Act.FIND and comes and after == "at hub")
        )
    return False


PARTY_SETS = st.frozensets(PARTIES, max_size=2)
NEEDS = {"R1": Need("UA"), "R2": Need("PL"), "R3": Need("UA", validated=False)}
KEYS = st.sampled_from(["", "", *NEEDS])
PLACES = st.sampled_from(["", "HUB", "PORT"])


@given(
    role=st.sampled_from([None, *Role]), own=st.sets(PARTIES, max_size=2), step=st.sampled_from(STEPS), here=PLACES,
    of=st.builds(Parties, PARTIES, PARTY_SETS, st.none() | PARTY_SETS, st.just(NEEDS)),
    ends=st.tuples(PLACES, PLACES), needs=st.tuples(KEYS, KEYS),
)  # fmt: skip
@settings(max_examples=500)
def test_the_rights_are_those_of_the_model(
    role: Role | None, own: set[str], step: tuple[Act, str | None, str | None], here: str, of: Parties,
    ends: tuple[str, str], needs: tuple[str, str],
) -> None:  # fmt: skip
    act, before, after = step
    source = None if before is None else Position(before, place=ends[0], requirement=needs[0])
    target = None if after is None else Position(after, place=ends[1], requirement=needs[1])
    reader = Reader("who", role, frozenset(own), frozenset(own), here)
    found = may_post(reader, of, act, source, target)
    assert found is expected(role, own, here, of, act, source, target)


DELIVERED = Position("delivered", requirement="R1")
UKRAINE = Reader("desk", Role.RECIPIENT_DESK, frozenset({"UA"}), frozenset({"UA"}))


@pytest.mark.parametrize(
    ("of", "source", "why"),
    [
        (Parties("NO", needs=NEEDS), Position("pledged"), ""),
        (Parties("NO", frozenset({"UA", "PL"}), needs=NEEDS), Position("pledged"), ""),
        (Parties("NO", frozenset({"PL"}), needs=NEEDS), Position("pledged"),
         "you may not advance it from pledged to delivered: it is not promised to UA, whose requirement R1 is"),
        (Parties("NO", only_for=frozenset({"PL"}), needs=NEEDS), Position("pledged"),
         "it is not promised to UA, whose requirement R1 is"),
        (Parties("NO", needs=NEEDS), Position("allocated", requirement="R2"),
         "you may not advance it from allocated to delivered: it stands for the requirement R2, and only a coordinator "
         "takes it from there"),
        (Parties("NO", frozenset({"UA"}), needs=NEEDS), Position("allocated", requirement="R2"),
         "it stands for the requirement R2, and only a coordinator takes it from there"),
    ],
)  # fmt: skip
def test_a_requirement_of_one_s_own_takes_nothing_that_is_another_s(of: Parties, source: Position, why: str) -> None:
    assert why_not(UKRAINE, of, Act.ADVANCE, source, DELIVERED) == why


def test_every_step_can_be_taken_by_somebody_and_none_by_nobody() -> None:
    for act, before, after in STEPS:
        source = None if before is None else Position(before)
        target = None if after is None else Position(after)
        assert may_post(system("import"), Parties("NO"), act, source, target)
        assert not may_post(NOBODY, Parties("NO"), act, source, target)
    assert who_may(Act.ADVANCE, Position("pledged"), Position("committed")) == "its donor's desk or a coordinator"
