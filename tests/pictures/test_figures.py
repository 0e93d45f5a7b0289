"""Each picture says and draws what the plan's figures are: small plans worked by hand."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings

from pledgeway.pictures import (
    arrivals,
    bottleneck_bars,
    dependence_grid,
    donor_shares,
    flow_map,
    heatmap,
    priority_bars,
    reasons,
    rests_on,
    sankey,
    tornado,
    value_and_bound,
    words,
)
from pledgeway.pictures.bars import Bar, draw
from pledgeway.pictures.drawing import Column, table
from pledgeway.pictures.report import render
from pledgeway.planning import GapOrTime, Leg, Movement, Plan, Problem, Rounds, solve
from pledgeway.planning.plan import TracePoint
from pledgeway.planning.scenarios import parse, stress
from pledgeway.planning.summary import leg_table, summarise
from tests.planning.problems import problems
from tests.planning.test_stepping_in import DEAR, with_chile
from tests.planning.worked import ferry


def sailing(*movements: tuple[float, int], **changes: Any) -> tuple[Problem, Plan]:
    """The ferry with trucks (how many, leaving when) that are of use 2 days later, and a bound of 625 points."""
    problem = ferry(**changes)
    moves = tuple(Movement("O1", "R1", units, (Leg("road", day),), day + 2) for units, day in movements)
    return problem, Plan("ferry", 500.0, 625.0, moves)


def bands(picture: str) -> list[float]:
    """The widths of the Sankey's bands: from where each leaves to where its lower edge comes back."""
    found = re.findall(r'd="M[\d.]+ ([\d.]+)C[^V]*V[\d.]+C[\d.]+ [\d.]+ [\d.]+ ([\d.]+)', picture)
    return [float(lower) - float(upper) for upper, lower in found]


def test_the_gap_said_is_true_of_any_better_plan() -> None:
    problem, plan = sailing((5.0, 0))
    page = render(problem, plan)
    assert f"within 20{words.THIN}% of the best there can be" in page
    assert "better by" not in page  # 625 is 25 % more than 500: that would not be true of 20 %


def test_without_a_bound_nothing_is_claimed() -> None:
    problem, plan = sailing((5.0, 0))
    page = render(problem, plan.with_(bound=float("inf")))
    assert "how much better a plan could be is not proven" in page
    assert "of the best there can be" not in page.split("</main>")[0].replace("No limit is proven", "")


def test_a_proven_gap_is_rounded_up() -> None:
    assert words.limit_percent(0.01001) == f"1.01{words.THIN}%"
    assert words.limit_percent(0.01) == f"1{words.THIN}%"
    assert words.limit_percent(1e-7) == f"0.01{words.THIN}%"


def test_only_all_is_called_all() -> None:
    assert words.percent(1.0) == f"100{words.THIN}%"
    assert words.percent(0.99999) == f"over 99.9{words.THIN}%"
    assert words.percent(0.00001) == f"under 0.1{words.THIN}%"
    assert words.percent(0.0) == f"0{words.THIN}%"
    assert words.percent(float("nan")) == "not stated"


def test_thousands_are_parted_and_unknown_is_said() -> None:
    assert words.number(1234567.8) == f"1{words.THIN}234{words.THIN}568"
    assert words.number(-0.5) == "\u22120.5"
    assert words.number(None) == "not stated"


def test_arrivals_count_late_units_from_the_day_they_come() -> None:
    problem, plan = sailing((2.0, 0), (1.0, 5))
    seen = arrivals.course(problem, plan)
    assert seen.due[[4, 5]].tolist() == [0.0, 500.0]
    assert seen.on_time[[4, 5, 9]].tolist() == [0.0, 200.0, 200.0]
    # of use on day 7, 2 of 4 days of grace late: half the worth
    assert seen.late[[6, 7]].tolist() == [0.0, 50.0]
    assert seen.open[[5, 7]].tolist() == [300.0, 250.0]


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(problems())
def test_no_more_is_usable_than_was_due(problem: Problem) -> None:
    seen = arrivals.course(problem, solve(problem, Rounds(3), exact=False))
    assert (seen.on_time + seen.late <= seen.due + 1e-6 * (1 + seen.due)).all()
    assert (np.diff(seen.due) >= 0).all()


def test_a_full_day_is_crossed_and_counted() -> None:
    places = [{**row, "handling_t_per_day": 8.0} for row in ferry().places.to_dict("records")]
    problem, plan = sailing((2.0, 0), (1.0, 1), places=places)
    figure = heatmap.figure(problem, plan)
    assert figure.finding == "Depot is full on 1 day, the first on day 0, and 1 other place on some days"
    assert figure.wide.count("full-mark") == 2
    assert figure.wide.count('class="cell"') == 2
    assert figure.data
    assert figure.data.rows[0][:3] == ("Depot", "1", f"100{words.THIN}%")


def test_no_full_day_is_said_with_the_busiest() -> None:
    places = [{**row, "handling_t_per_day": 16.0} for row in ferry().places.to_dict("records")]
    figure = heatmap.figure(*sailing((2.0, 0), places=places))
    assert "No place is full on any day" in figure.finding
    assert f"50{words.THIN}%" in figure.finding
    assert "full-mark" not in figure.wide


def test_places_without_a_limit_have_no_load() -> None:
    assert heatmap.figure(*sailing((2.0, 0))).wide == ""


def coalition(donors: int) -> tuple[Problem, Plan]:
    """A ferry for ``donors`` donors, the first of whom gives 100 trucks and each other one."""
    offer = ferry().offers.to_dict("records")[0]
    offers = [
        {**offer, "id": f"O{k}", "donor": f"Donor {k}", "quantity": 100.0 if k == 0 else 1.0} for k in range(donors)
    ]
    asked = 100.0 + donors - 1
    needs = [{**ferry().requirements.to_dict("records")[0], "quantity": asked}]
    problem = ferry(offers=offers, requirements=needs)
    moves = tuple(Movement(row["id"], "R1", row["quantity"], (Leg("road", 0),), 2) for row in offers)
    return problem, Plan("ferry", asked * 100, asked * 100, moves)


def test_bands_are_in_proportion_and_small_donors_are_grouped() -> None:
    figure = sankey.figure(*coalition(31))
    assert "20 others" in figure.wide
    assert figure.finding == f"The largest part of the plan is Truck from Donor 0, 76.9{words.THIN}% of its worth"
    widths = bands(figure.wide)
    assert len(widths) == 13  # 12 donors to trucks, trucks to the brigade
    assert sum(widths[:12]) == pytest.approx(widths[12], rel=0.02)
    assert max(widths[:12]) / widths[12] == pytest.approx(100 / 130, rel=0.02)
    assert figure.wide.count("band-of largest") == 1


def test_names_in_the_sankey_never_lie_on_each_other() -> None:
    for picture in (sankey.figure(*coalition(31)).wide, sankey.figure(*coalition(12)).narrow):
        left = sorted(float(y) for y in re.findall(r'<text x="[\d.]+" y="([\d.]+)" text-anchor="end"', picture))
        assert len(left) >= 12
        assert min(np.diff(left[:12])) >= 13.0


def test_the_largest_donor_is_named_with_its_share() -> None:
    problem, plan = coalition(3)
    figure = donor_shares.figure(summarise(problem, plan), 470)
    assert figure.finding == (
        f"Donor 0 gives 98{words.THIN}% of what the plan is worth, the other 2 donors together 2{words.THIN}%"
    )


def test_bars_are_as_long_as_what_they_stand_for() -> None:
    picture = draw([Bar("a", (("x", 30.0), ("y", 10.0)), "40"), Bar("b", (("x", 20.0),), "20")], 400, 100, "said")
    widths = [float(w) for w in re.findall(r'width="([\d.]+)" height', picture)]
    assert widths[0] == pytest.approx(3 * widths[1], abs=0.3)
    assert widths[0] == pytest.approx(1.5 * widths[2], abs=0.3)
    assert 'aria-label="said"' in picture


def test_reasons_add_up_to_the_need_concerned() -> None:
    problem, plan = sailing((3.0, 0), (1.0, 5))
    unmet = pd.DataFrame(
        [("R1", "Brigade", "truck", 1, 1.0, "unmet", "nothing_offered", "", "Said."),
         ("R1", "Brigade", "truck", 1, 1.0, "late", "network_full", "", "Told.")],
        columns=["requirement", "recipient", "item", "priority", "quantity", "state", "reason", "blame", "sentence"],
    )  # fmt: skip
    rows = reasons.by_reason(problem, plan.with_(unmet=unmet)).set_index("reason")
    assert rows.loc["nothing offered", "unmet"] == pytest.approx(0.2)
    assert rows.loc["lanes or places are full", "late"] == pytest.approx(0.2)
    assert rows[["unmet", "late"]].to_numpy().sum() == pytest.approx(0.4)


def test_a_plan_without_reasons_does_not_claim_that_all_is_served() -> None:
    problem, plan = sailing((3.0, 0))
    assert "comes without the reasons" in reasons.figure(problem, plan, summarise(problem, plan)).finding
    problem, plan = sailing((2.0, 0), (2.0, 1), (1.0, 2))
    assert reasons.figure(problem, plan, summarise(problem, plan)).finding == "All need is served in full and on time"


def test_what_would_add_most_is_named_first() -> None:
    problem = ferry(requirements=ferry().requirements.assign(quantity=9.0))
    plan = solve(problem, GapOrTime(0.0, 5.0))
    figure = bottleneck_bars.figure(plan)
    assert figure.finding.startswith("More of Truck would add most; 1 stock holds")
    assert "Nothing" not in figure.finding


def test_a_plan_without_bottlenecks_says_so() -> None:
    _, plan = sailing((5.0, 0))
    assert bottleneck_bars.figure(plan).finding == bottleneck_bars.NOTHING


def test_the_map_draws_each_flow_once_positions_are_known() -> None:
    problem, plan = sailing((5.0, 0))
    assert flow_map.figure(problem, summarise(problem, plan), leg_table(problem, plan)).wide == ""
    places = [{**row, "lat": 50.0 + k, "lon": 20.0 + k} for k, row in enumerate(ferry().places.to_dict("records"))]
    problem, plan = sailing((5.0, 0), places=places)
    figure = flow_map.figure(problem, summarise(problem, plan), leg_table(problem, plan))
    assert figure.wide.count('class="flow road"') == 1
    assert "Depot 20" in figure.wide
    assert "Natural Earth" in render(problem, plan)


def test_the_priority_bars_split_all_the_worth() -> None:
    problem, plan = sailing((2.0, 0), (1.0, 5))
    figure = priority_bars.figure(summarise(problem, plan))
    for share in ("40", "10", "50"):
        assert f"{share}{words.THIN}% " in figure.wide


def test_value_and_bound_are_drawn_closing() -> None:
    _, plan = sailing((5.0, 0))
    trace = (TracePoint(1.0, 100.0, 900.0), TracePoint(2.0, 500.0, 625.0))
    figure = value_and_bound.figure(plan.with_(trace=trace), 680)
    assert "bound-line" in figure.wide
    assert f"within 20{words.THIN}%" in figure.finding
    assert value_and_bound.figure(plan, 680).wide == ""


def test_a_long_table_says_what_it_leaves_out() -> None:
    long = table((Column("n", True),), [(str(k),) for k in range(3141)])
    assert (long.capped, len(long.rows), long.total) == (True, 200, 3141)
    problem, plan = coalition(300)
    assert "The first 200 of 300; all are in plan.xlsx." in render(problem, plan)


def test_a_requirement_that_loses_all_fills_its_cell() -> None:
    problem = ferry()
    plan = solve(problem, GapOrTime(0.0, 10.0))
    scenarios = [parse(problem, "donor:Norway", "Norway gone"), parse(problem, "half:place:front", "half the front")]
    drawn = dependence_grid.figure(stress(problem, plan, scenarios))
    assert drawn.finding == f"Brigade (R1) loses most: {words.percent(1.0)} of its worth, Norway gone"
    assert drawn.data is not None
    assert drawn.data.rows == (("R1", "Brigade", words.percent(1.0)),)
    assert str(drawn.wide).count('class="cell"') == 1


def test_an_interval_that_begins_below_nothing_is_drawn_from_there_and_claims_no_loss() -> None:
    problem = ferry()
    stressed = stress(problem, solve(problem, GapOrTime(0.0, 10.0)), [parse(problem, "half:place:front", "half of it")])
    loss = replace(stressed.losses[0], least=-0.1 * stressed.plan.value, most=0.3 * stressed.plan.value)
    drawn = tornado.figure(replace(stressed, losses=(loss,)))
    assert drawn.finding == f"Half of it: at most {words.percent(0.3)} of the plan is lost"
    assert "no loss is proven" in drawn.note
    ends = re.search(r'class="interval" x1="([\d.]+)" x2="([\d.]+)"', str(drawn.wide))
    zero = re.search(r'<text x="([\d.]+)"[^>]*>0[^<]*%</text>', str(drawn.wide))
    assert ends is not None
    assert zero is not None
    start, end, nothing = float(ends[1]), float(ends[2]), float(zero[1])
    assert end - nothing == pytest.approx(3 * (nothing - start), rel=0.01)
    sure = tornado.figure(replace(stressed, losses=(replace(loss, least=0.1 * stressed.plan.value),)))
    assert sure.finding == f"Half of it: {words.percent(0.1)} to {words.percent(0.3)} of the plan is lost"
    assert "no loss is proven" not in sure.note


def test_what_a_scenario_takes_and_who_could_make_it_good_is_said_in_a_sentence() -> None:
    problem = with_chile(DEAR)
    stressed = stress(problem, solve(problem, GapOrTime(0.0, 10.0)), [parse(problem, "donor:Norway", "Norway gone")])
    said = rests_on.without(stressed, stressed.losses[0])
    assert said.startswith(
        f"Norway gone: {words.percent(1.0)} to {words.percent(1.0)} of the plan is lost. Brigade (R1"
    )
    assert said.endswith("Left over, and in time if it had room: Chile (4 × Truck).")
    alone = ferry()
    stressed = stress(alone, solve(alone, GapOrTime(0.0, 10.0)), [parse(alone, "donor:Norway", "Norway gone")])
    assert rests_on.without(stressed, stressed.losses[0]).endswith("Nobody else can supply R1.")


def test_what_rests_on_one_is_said_and_listed() -> None:
    problem = ferry()
    stressed = stress(problem, solve(problem, GapOrTime(0.0, 10.0)), [])
    assert rests_on.donors(stressed).rows == (("Norway", *[words.percent(1.0)] * 3),)
    assert rests_on.sentence(stressed).startswith("1 requirement of 1 can only be served by one donor, place or lane")
    listed = rests_on.points(stressed)
    assert listed is not None
    assert ("Norway", "donor", "1", "R1") in listed.rows


def test_where_nothing_is_lost_the_grid_says_so() -> None:
    problem = ferry()
    plan = solve(problem, GapOrTime(0.0, 10.0))
    drawn = dependence_grid.figure(stress(problem, plan, [parse(problem, "half:place:front", "half the front")]))
    assert drawn.finding == "No requirement gets less in any of these scenarios"
    assert not drawn.wide
