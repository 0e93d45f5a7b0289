"""Reasons for unmet and late need, and the stories of single rows, on small cases worked by hand."""

from __future__ import annotations

from datetime import date
from typing import Any

import pandas as pd
import pytest

from pledgeway.planning import Leg, Movement, Plan, Problem
from pledgeway.planning.explanation import UnknownIdError, explain, unmet
from pledgeway.planning.verification import verify
from tests.planning.worked import ferry

START = date(2022, 11, 1)
NOT_PROVEN = "could still be served: not found within the gap of this plan"


def changed(table: str, key: str, **changes: Any) -> dict[str, Any]:
    """Return one table of the ferry with the row ``key`` changed, as an argument for ferry()."""
    rows = getattr(ferry(), table).to_dict("records")
    return {table: [{**row, **changes} if row["id"] == key else row for row in rows]}


def trucks(*departs: int, requirement: str = "R1", usable: int | None = None, quantity: float = 1.0) -> list[Movement]:
    """Return movements of trucks over the road, one for each day of departure."""
    return [
        Movement("O1", requirement, quantity, (Leg("road", d),), d + 2 if usable is None else usable) for d in departs
    ]


def plan_of(problem: Problem, moves: list[Movement], seats: dict[str, int] | None = None, bound: float = 1e9) -> Plan:
    """Return the plan of ``moves``, checked to be valid."""
    plan = Plan(problem.name, 0.0, bound, tuple(moves), seats or {}, solver="by hand")
    checked = verify(problem, plan)
    assert not [text for text in checked.broken if "claimed" not in text]
    return plan.with_(value=checked.value)


def rows(problem: Problem, plan: Plan, **options: Any) -> list[tuple[str, str, float]]:
    """Return (state, reason, quantity) of each row."""
    table = unmet(problem, plan, **options)
    return list(table[["state", "reason", "quantity"]].itertuples(index=False, name=None))


def only_row(problem: Problem, plan: Plan) -> Any:
    """Return the one row there is."""
    table = unmet(problem, plan)
    assert len(table) == 1, table["sentence"].tolist()
    return next(table.itertuples())


def test_a_requirement_served_in_full_and_in_time_has_no_row() -> None:
    problem = ferry()
    assert unmet(problem, plan_of(problem, trucks(0, 0, 1, 1, 2))).empty


def test_what_nobody_offers_is_said_so() -> None:
    problem = ferry(offers=[])
    row = only_row(problem, plan_of(problem, []))
    assert (row.reason, row.quantity, row.blame) == ("nothing_offered", 5.0, "item truck")
    assert row.sentence == "Brigade at Front (R1) goes without 5 × Truck (due day 5): nobody offers any."


def test_only_the_part_beyond_what_is_offered_is_not_offered() -> None:
    problem = ferry(**changed("offers", "O1", quantity=3.0))
    row = only_row(problem, plan_of(problem, trucks(0, 0, 1)))
    assert (row.reason, row.quantity) == ("nothing_offered", 2.0)
    assert "only 3 are offered to anyone, of 5 asked" in row.sentence


def test_a_requirement_that_accepts_no_item_says_so() -> None:
    problem = ferry(accepts=[])
    row = only_row(problem, plan_of(problem, []))
    assert (row.reason, row.blame, row.item) == ("nothing_offered", "accepts R1", None)


def test_a_part_of_a_unit_that_moves_whole_is_its_own_reason() -> None:
    problem = ferry(**changed("requirements", "R1", quantity=5.5))
    row = only_row(problem, plan_of(problem, trucks(0, 0, 1, 1, 2)))
    assert (row.reason, row.quantity) == ("whole_units", 0.5)


def test_a_donor_that_excludes_the_recipient_is_named() -> None:
    problem = ferry(**changed("offers", "O1", recipients=("Navy",)))
    row = only_row(problem, plan_of(problem, []))
    assert (row.reason, row.quantity, row.blame) == ("excluded_by_donor", 5.0, "recipients O1")
    assert "Norway (O1), who do not give it to Brigade" in row.sentence


def test_a_forbidding_pin_is_named() -> None:
    problem = ferry(pins=[{"offer": "O1", "requirement": "R1", "kind": "forbidden"}])
    row = only_row(problem, plan_of(problem, []))
    assert (row.reason, row.blame) == ("forbidden_by_pin", "pin O1 R1")


def test_a_unit_heavier_than_the_only_lane_names_the_limit() -> None:
    problem = ferry(**changed("items", "truck", mass_t=12.0))
    row = only_row(problem, plan_of(problem, []))
    assert (row.reason, row.quantity, row.blame) == ("no_way", 5.0, "way O1")
    assert "one Truck weighs 12 t and no lane out of Depot takes more than 10 t a day" in row.sentence


def test_a_divisible_item_heavier_than_the_lane_moves_in_pieces() -> None:
    problem = ferry(**changed("items", "truck", mass_t=12.0, divisible=True))
    assert rows(problem, plan_of(problem, [])) == [("unmet", "could_still_be_served", 5.0)]


def test_places_without_a_lane_between_them_are_named() -> None:
    problem = ferry(lanes=[])
    row = only_row(problem, plan_of(problem, []))
    assert (row.reason, row.quantity) == ("no_way", 5.0)
    assert "no lanes lead from Depot to Front" in row.sentence


def test_what_arrives_after_the_last_useful_day_even_alone_is_not_in_time() -> None:
    """Offered from day 7, there on day 9 at the soonest; of use until day 8 (due 5, grace 4)."""
    problem = ferry(**changed("offers", "O1", available_from=7), start_date=START)
    row = only_row(problem, plan_of(problem, []))
    assert (row.reason, row.quantity) == ("not_in_time", 5.0)
    assert row.sentence == (
        "Brigade at Front (R1) goes without 5 × Truck (due 6 Nov 2022): even on an empty network what Norway offers "
        "(O1 from 8 Nov 2022 at Depot) cannot be there before 10 Nov 2022, 1 day after the last on which it would be "
        "of use."
    )


def test_what_comes_late_because_it_is_offered_late_is_not_in_time() -> None:
    """Offered from day 4: there on day 6, a day late."""
    problem = ferry(**changed("offers", "O1", available_from=4, quantity=2.0),
                    **changed("requirements", "R1", quantity=2.0))  # fmt: skip
    row = only_row(problem, plan_of(problem, trucks(4, 4)))
    assert (row.state, row.reason, row.quantity) == ("late", "not_in_time", 2.0)
    assert "cannot be there before day 6, 1 day after it is due" in row.sentence


def test_goods_worth_less_than_their_way_say_so() -> None:
    """A truck is worth 100; its way costs 0.1 x 300 x 4 = 120."""
    problem = ferry(**changed("lanes", "road", cost_per_t=300.0))
    row = only_row(problem, plan_of(problem, []))
    assert (row.reason, row.quantity) == ("not_worth_transport", 5.0)
    assert "worth at most 100 points here" in row.sentence


def test_a_need_that_counts_nothing_says_so() -> None:
    problem = ferry(**changed("requirements", "R1", weight=0.0))
    assert rows(problem, plan_of(problem, [])) == [("unmet", "adds_nothing", 5.0)]


def test_a_poor_substitute_in_time_is_no_reason_for_a_delay() -> None:
    """Half-worth trucks could be in time; but whole ones two days late keep half their worth as well."""
    offer, accept = ferry().offers.to_dict("records")[0], ferry().accepts.to_dict("records")[0]
    old = {**ferry().items.to_dict("records")[0], "id": "old", "name": "Old truck"}
    problem = ferry(
        items=[*ferry().items.to_dict("records"), old], accepts=[accept, {**accept, "item": "old", "factor": 0.4}],
        offers=[{**offer, "available_from": 5}, {**offer, "id": "O2", "item": "old"}],
        **changed("requirements", "R1", quantity=1.0),
    )  # fmt: skip
    row = only_row(problem, plan_of(problem, trucks(5)))
    assert (row.state, row.reason, row.quantity, row.blame) == ("late", "not_in_time", 1.0, "way O1")


GUNS = {**changed("items", "truck", training="gun", seats_per_unit=2.0)}


def course(start: int, days: int, seats: int) -> dict[str, Any]:
    """Return one course of the class gun, as an argument for ferry()."""
    return {"courses": [{"id": "C1", "training": "gun", "start": start, "duration_days": days, "seats": seats}]}


def test_crews_that_are_trained_too_late_are_named_with_their_day() -> None:
    problem = ferry(**GUNS, **course(3, 6, 50))
    row = only_row(problem, plan_of(problem, []))
    assert (row.reason, row.quantity, row.blame) == ("no_trained_crews", 5.0, "training gun")
    assert "the first gun crews are trained on day 9, and they would be needed by day 8" in row.sentence


def test_seats_that_are_all_taken_are_counted() -> None:
    """Seats for two of the five trucks."""
    problem = ferry(**GUNS, **course(0, 3, 4))
    row = only_row(problem, plan_of(problem, trucks(0, 0, usable=3), {"C1": 4}))
    assert (row.reason, row.quantity) == ("no_trained_crews", 3.0)
    assert "each unit needs 2 seats and the 4 gun seats on courses that end by day 8 are all taken" in row.sentence


def test_a_full_lane_is_named_with_all_its_full_days() -> None:
    """One truck a day fits; days 0 to 6 would do, and R2, worth more, has taken them all."""
    problem = ferry(
        **changed("lanes", "road", capacity_t_per_day=5.0), **changed("offers", "O1", quantity=9.0),
        requirements=[
            {**ferry().requirements.to_dict("records")[0], "quantity": 1.0},
            {"id": "R2", "recipient": "Navy", "quantity": 7.0, "destination": "front", "due": 9, "grace_days": 0,
             "weight": 500.0, "priority": 1},
        ],
        accepts=[{"requirement": r, "item": "truck", "factor": 1.0} for r in ("R1", "R2")],
    )  # fmt: skip
    row = only_row(problem, plan_of(problem, trucks(*range(7), requirement="R2")))
    assert (row.requirement, row.reason, row.quantity, row.blame) == ("R1", "network_full", 1.0, "lane road days 0-6")
    assert "no room is left: the lane Depot to Front (road) from day 0 to day 6" in row.sentence


def test_stock_that_went_to_needs_of_more_worth_names_them() -> None:
    problem = ferry(
        requirements=[
            {**ferry().requirements.to_dict("records")[0], "quantity": 1.0},
            {"id": "R2", "recipient": "Navy", "quantity": 5.0, "destination": "front", "due": 9, "grace_days": 0,
             "weight": 500.0, "priority": 1},
        ],
        accepts=[{"requirement": r, "item": "truck", "factor": 1.0} for r in ("R1", "R2")],
    )  # fmt: skip
    row = only_row(problem, plan_of(problem, trucks(0, 0, 1, 1, 2, requirement="R2")))
    assert (row.requirement, row.reason, row.quantity, row.blame) == ("R1", "stock_went_elsewhere", 1.0, "stock O1")
    assert (
        "worth no less than the 99.6 points here: 5 to Navy at Front (R2), 499.6 points each"
        in row.sentence.replace("500 points each", "499.6 points each")
    )


def test_stock_that_went_to_a_need_of_less_worth_proves_nothing() -> None:
    """The same, but R2 is worth less: a unit taken back from it would serve R1."""
    problem = ferry(
        requirements=[
            {**ferry().requirements.to_dict("records")[0], "quantity": 1.0},
            {"id": "R2", "recipient": "Navy", "quantity": 5.0, "destination": "front", "due": 9, "grace_days": 0,
             "weight": 5.0, "priority": 1},
        ],
        accepts=[{"requirement": r, "item": "truck", "factor": 1.0} for r in ("R1", "R2")],
    )  # fmt: skip
    row = only_row(problem, plan_of(problem, trucks(0, 0, 1, 1, 2, requirement="R2")))
    assert (row.requirement, row.reason) == ("R1", "could_still_be_served")
    assert NOT_PROVEN in row.sentence


def test_full_lanes_that_a_unit_of_less_worth_fills_prove_nothing() -> None:
    """The road takes one truck a day and R2's fill it, but each could serve R1, worth more, in the same seat."""
    problem = ferry(
        **changed("lanes", "road", capacity_t_per_day=5.0),
        requirements=[
            {**ferry().requirements.to_dict("records")[0], "quantity": 1.0, "grace_days": 0, "due": 4},
            {"id": "R2", "recipient": "Navy", "quantity": 5.0, "destination": "front", "due": 9, "grace_days": 0,
             "weight": 5.0, "priority": 1},
        ],
        accepts=[{"requirement": r, "item": "truck", "factor": 1.0} for r in ("R1", "R2")],
    )  # fmt: skip
    row = only_row(problem, plan_of(problem, trucks(0, 1, 2, 3, 4, requirement="R2")))
    assert row.reason == "could_still_be_served"


def test_a_plan_that_leaves_room_is_said_to_prove_nothing() -> None:
    problem = ferry()
    row = only_row(problem, plan_of(problem, trucks(0), bound=500.0))
    assert (row.reason, row.quantity, row.blame) == ("could_still_be_served", 4.0, "")
    assert f"{NOT_PROVEN} (80.08\u202f%)" in row.sentence


def test_of_what_could_be_served_only_what_finds_room_is_said_to() -> None:
    """Four more trucks, but the road takes one a day, and only on days 1 to 3 in time for day 5, the last of use."""
    problem = ferry(**changed("lanes", "road", capacity_t_per_day=4.0), **changed("requirements", "R1", grace_days=0))
    table = unmet(problem, plan_of(problem, trucks(0)))
    assert table[["reason", "quantity", "blame"]].to_numpy().tolist() == [
        ["could_still_be_served", 3.0, ""], ["network_full", 1.0, "lane road days 0-3"],
    ]  # fmt: skip


def test_what_time_did_not_allow_is_said_to_be_not_examined() -> None:
    problem = ferry()
    row = next(unmet(problem, plan_of(problem, []), seconds=-1.0).itertuples())
    assert (row.reason, row.quantity) == ("could_still_be_served", 5.0)
    assert row.sentence.endswith("not examined in the time given.")


def test_a_shortfall_is_split_over_its_reasons() -> None:
    """Asked 9: 5 served (2 late, for the road is full before), Sweden's 2 are not for Brigade, and 2 nobody offers."""
    offers = ferry().offers.to_dict("records")
    problem = ferry(
        **changed("lanes", "road", capacity_t_per_day=4.0), **changed("requirements", "R1", quantity=9.0, due=4),
        offers=[*offers, {**offers[0], "id": "O2", "donor": "Sweden", "quantity": 2.0, "recipients": ("Navy",)}],
    )  # fmt: skip
    assert rows(problem, plan_of(problem, trucks(0, 1, 2, 3, 4))) == [
        ("unmet", "excluded_by_donor", 2.0), ("unmet", "nothing_offered", 2.0), ("late", "network_full", 2.0),
    ]  # fmt: skip


def test_goods_that_leave_on_the_day_they_come_are_handled_twice() -> None:
    """A hub that handles 7 t a day takes a truck of 4 t only if it stays a night; so only every other day, and two in
    all (there on days 2 and 4, on to the front by days 5 and 7).
    """
    base = ferry()
    lane = base.lanes.to_dict("records")[0]
    hub = {"id": "hub", "name": "Hub", "kind": "hub", "handling_t_per_day": 7.0}
    ways = [{**lane, "id": "in", "destination": "hub"}, {**lane, "id": "out", "origin": "hub"}]
    shut = ferry(places=[*base.places.to_dict("records"), {**hub, "storage_t": 0.0}], lanes=ways)
    assert rows(shut, plan_of(shut, [])) == [("unmet", "no_way", 5.0)]
    roomy = ferry(places=[*base.places.to_dict("records"), {**hub, "storage_t": 4.0}], lanes=ways)
    assert rows(roomy, plan_of(roomy, [])) == [("unmet", "could_still_be_served", 2.0), ("unmet", "network_full", 3.0)]


def test_the_story_of_a_requirement_tells_what_comes_how_and_why_not_sooner() -> None:
    problem = ferry(
        **changed("lanes", "road", capacity_t_per_day=4.0), **changed("requirements", "R1", due=4), start_date=START
    )
    said = explain(problem, plan_of(problem, trucks(0, 1, 2, 3, 4)), "R1")
    assert said[1] == "The plan gives it all of them; 2 of these late, by 1 to 2 days."
    assert (
        said[2] == "5 from Norway (O1): from Depot from 1 to 5 Nov 2022 by road to Front; there from 3 to 7 Nov 2022."
    )
    assert said[3].startswith("Why not sooner (2):")
    assert "the lane Depot to Front (road) from 1 to 3 Nov 2022" in said[3]
    assert said[4].startswith("What would change that: room for 4 t more")


def test_the_story_of_an_offer_tells_why_the_rest_of_it_stays() -> None:
    problem = ferry(**GUNS, **course(0, 3, 4))
    said = explain(problem, plan_of(problem, trucks(0, 0, usable=3), {"C1": 4}), "O1")
    assert said[0].startswith("Norway offers 5 × Truck (O1, 20\u202ft) at Depot for anyone")
    assert said[1] == "The plan uses 2."
    assert any(text.startswith("Why 3 stay, though Brigade at Front (R1) lacks 3:") for text in said)
    assert any("2 more gun seats a unit" in text for text in said)


def test_the_story_of_an_offer_nobody_accepts_says_so() -> None:
    problem = ferry(accepts=[])
    assert explain(problem, plan_of(problem, []), "O1")[-1] == "Why 5 stay: no requirement accepts Truck."


def test_the_story_of_a_donor_names_who_depends_on_it_alone() -> None:
    problem = ferry()
    said = explain(problem, plan_of(problem, trucks(0, 0, 1, 1, 2)), "Norway")
    assert "worth 498 points" in said[0]
    assert "Nobody else offers anything that these accept: R1." in said
    assert said[-1] == "All of it is used."


def test_the_story_of_a_place_tells_what_passes_and_what_is_lacking_there() -> None:
    problem = ferry(**changed("lanes", "road", capacity_t_per_day=4.0))
    said = explain(problem, plan_of(problem, trucks(0, 1, 2)), "front")
    assert said[0].startswith("12\u202ft come to Front and 0\u202ft leave it")
    assert "Full lanes into it: Depot to Front (road) from day 0 to day 2." in said
    assert any("R1 lacks 2 × Truck" in text for text in said)


@pytest.mark.parametrize("day", ["2022-11-03", "day 2"])
def test_the_story_of_a_day_tells_what_leaves_and_arrives(day: str) -> None:
    problem = ferry(start_date=START)
    said = explain(problem, plan_of(problem, trucks(0, 0, 1, 1, 2)), day)
    assert said[0] == "3 Nov 2022 is day 2 of the plan."
    assert said[1] == "4\u202ft depart on 1 lane."
    assert said[2] == "Reach their destination: Front (8\u202ft)."


def test_an_unknown_id_names_the_closest_one() -> None:
    problem = ferry()
    with pytest.raises(UnknownIdError, match="did you mean R1"):
        explain(problem, plan_of(problem, []), "R11")


def test_a_day_outside_the_plan_is_refused() -> None:
    problem = ferry(start_date=START)
    with pytest.raises(ValueError, match="it runs from 1 Nov 2022 to 10 Nov 2022"):
        explain(problem, plan_of(problem, []), "2023-11-03")


def test_the_table_survives_being_written_and_read() -> None:
    problem = ferry(accepts=[])
    table = unmet(problem, plan_of(problem, []))
    assert pd.DataFrame(table.to_dict("records"))["reason"].tolist() == ["nothing_offered"]
