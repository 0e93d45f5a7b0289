"""Who may post what: the table of rights against a model that knows nothing of it."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from pledgeway.access.deciding import NOBODY, Reader, system
from pledgeway.access.posting import Parties, may_post, who_may
from pledgeway.access.roles import Role
from pledgeway.accounts.moves import Position
from pledgeway.accounts.stages import KINDS, Act, steps

STEPS = sorted({step for kind in KINDS for step in steps(kind)}, key=str)
PARTIES = st.sampled_from(["NO", "DE", "UA", "PL"])
BY_DONOR = {
    Act.ADVANCE: {"committed", "in transit", "specified", "scheduled", "attended", "certified", "disbursed", "repaid",
                  "in force", "ended", "agreed", "under construction"},
    Act.LEAVE: {"withdrawn", "expired", "failed", "written off", "called", "cancelled"},
    Act.RELEASE: {"pledged", "committed"},
}  # fmt: skip


def expected(  # noqa: PLR0911 - one sentence, one return
    role: Role | None, own: set[str], place: str, donor: str, recipients: set[str], act: Act,
    source: Position | None, target: Position | None,
) -> bool:  # fmt: skip
    """Say it once more, as sentences of the field."""
    after = target.stage if target else ""
    before = source.stage if source else ""
    if role is Role.COORDINATOR:
        return True
    if role is Role.DONOR_DESK:
        if donor not in own:
            return False
        always = act in (Act.PROMISE, Act.AMEND, Act.SUSPEND, Act.RESUME)
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


@given(
    role=st.sampled_from([None, *Role]), own=st.sets(PARTIES, max_size=2), donor=PARTIES,
    recipients=st.sets(PARTIES, max_size=2), step=st.sampled_from(STEPS), here=st.sampled_from(["", "HUB", "PORT"]),
    ends=st.tuples(st.sampled_from(["", "HUB", "PORT"]), st.sampled_from(["", "HUB", "PORT"])),
)  # fmt: skip
def test_the_rights_are_those_of_the_model(
    role: Role | None, own: set[str], donor: str, recipients: set[str], step: tuple[Act, str | None, str | None],
    here: str, ends: tuple[str, str],
) -> None:  # fmt: skip
    act, before, after = step
    source = None if before is None else Position(before, place=ends[0])
    target = None if after is None else Position(after, place=ends[1])
    reader = Reader("who", role, frozenset(own), frozenset(own), here)
    found = may_post(reader, Parties(donor, frozenset(recipients)), act, source, target)
    assert found is expected(role, own, here, donor, recipients, act, source, target)


def test_every_step_can_be_taken_by_somebody_and_none_by_nobody() -> None:
    for act, before, after in STEPS:
        source = None if before is None else Position(before)
        target = None if after is None else Position(after)
        assert may_post(system("import"), Parties("NO"), act, source, target)
        assert not may_post(NOBODY, Parties("NO"), act, source, target)
    assert who_may(Act.ADVANCE, Position("pledged"), Position("committed")) == "its donor's desk or a coordinator"
