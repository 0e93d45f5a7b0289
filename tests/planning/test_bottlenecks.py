"""Bottlenecks: what holds a plan back, and what one more unit of it is worth."""

from __future__ import annotations

import dataclasses
import math
from typing import Any

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings

from pledgeway.planning import GapOrTime, Leg, Movement, Plan, Problem, solve
from pledgeway.planning.exact import solve_exact
from pledgeway.planning.explanation import bottlenecks
from pledgeway.planning.plan import Certificate
from tests.planning.problems import problems
from tests.planning.worked import ferry


def over_the_road(*departs: int, bound: float = 500.0, **prices: Any) -> tuple[Plan, Certificate]:
    """Return a plan of the ferry with a truck on each of these days, and a certificate of these prices."""
    moves = tuple(Movement("O1", "R1", 1.0, (Leg("road", day),), day + 2) for day in departs)
    return Plan("ferry", 99.6 * len(moves), bound, moves), Certificate(**prices)


def test_consecutive_priced_days_are_one_row_with_their_mean_price() -> None:
    plan, prices = over_the_road(0, 0, 1, 1, 2, lanes=(("road", 0, 3.0), ("road", 1, 1.0), ("road", 5, 4.0)))
    table = bottlenecks(ferry(), plan, prices)
    columns = ["kind", "id", "first_day", "last_day", "worth", "unit", "total"]
    assert table[columns].to_numpy().tolist() == [
        ["lane", "road", 0, 1, 2.0, "tonne a day", 4.0],
        ["lane", "road", 5, 5, 4.0, "tonne a day", 4.0],
    ]


def test_days_on_which_a_lane_does_not_sail_do_not_part_a_row() -> None:
    problem = ferry(exceptions=[{"lane": "road", "first_day": 1, "last_day": 3, "capacity_t_per_day": 0.0}])
    plan, prices = over_the_road(0, 0, 4, lanes=(("road", 0, 3.0), ("road", 4, 3.0)))
    table = bottlenecks(problem, plan, prices)
    assert table[["first_day", "last_day", "worth"]].to_numpy().tolist() == [[0, 4, 3.0]]


def test_the_sentence_says_how_full_it_is_and_what_a_tonne_more_adds() -> None:
    problem = ferry(lanes=[{**ferry().lanes.to_dict("records")[0], "capacity_t_per_day": 8.0}])
    plan, prices = over_the_road(0, 0, 1, 1, 2, lanes=(("road", 0, 3.0), ("road", 1, 1.0)))
    assert bottlenecks(problem, plan, prices)["sentence"].tolist() == [
        "The lane Depot to Front (road) is full at 8\u202ft a day from day 0 to day 1; one more tonne on each of these "
        "days would add about 4 points."
    ]


def test_a_price_on_what_the_plan_hardly_uses_is_marked_as_the_bounds() -> None:
    plan, prices = over_the_road(0, lanes=(("road", 0, 3.0),))
    row = next(bottlenecks(ferry(), plan, prices).itertuples())
    assert row.used == pytest.approx(0.4)
    assert "by the prices of the bound, not by this plan's use" in row.sentence


def test_handling_and_storage_are_named_by_their_place() -> None:
    places = [{**row, "handling_t_per_day": 8.0, "storage_t": 5.0} for row in ferry().places.to_dict("records")]
    plan, prices = over_the_road(0, 0, handling=(("front", 2, 2.0),), storage=(("depot", 3, 1.0),))
    table = bottlenecks(ferry(places=places), plan, prices)
    assert table[["kind", "id", "name", "unit"]].to_numpy().tolist() == [
        ["handling", "front", "Front", "tonne a day"], ["storage", "depot", "Depot", "tonne a night"],
    ]  # fmt: skip


def test_stock_is_the_item_with_the_mean_price_of_its_offers() -> None:
    """3 units at 8 points and 1 at 4: 7 on average; a tenth more of the 4 adds 2.8."""
    offer = ferry().offers.to_dict("records")[0]
    problem = ferry(offers=[{**offer, "quantity": 3.0}, {**offer, "id": "O2", "donor": "Sweden", "quantity": 1.0}])
    plan, prices = over_the_road(0, 0, 1, offers=(("O1", 8.0), ("O2", 4.0)))
    row = next(bottlenecks(problem, plan, prices).itertuples())
    assert (row.kind, row.id, row.unit, row.worth, row.used) == ("stock", "truck", "unit", 7.0, 0.75)
    assert row.total == pytest.approx(2.8)
    assert row.sentence.startswith("Truck: the 4 promised by Norway and Sweden are 75\u202f% used;")


def test_a_seat_is_worth_the_prices_of_all_days_from_the_end_of_its_course() -> None:
    course = {"training": "gun", "start": 0, "seats": 2}
    problem = ferry(courses=[{**course, "id": "C1", "duration_days": 3}, {**course, "id": "C2", "duration_days": 6}])
    plan, prices = over_the_road(0, training=(("gun", 4, 5.0), ("gun", 7, 1.0)))
    table = bottlenecks(problem, plan.with_(seats={"C1": 2}), prices)
    assert table[["kind", "id", "worth", "used"]].to_numpy().tolist() == [
        ["course", "C1", 6.0, 1.0],
        ["course", "C2", 1.0, 0.0],
    ]


def test_the_worst_comes_first_and_crumbs_are_left_out() -> None:
    prices = {"lanes": (("road", 0, 3.0), ("road", 3, 1e-9)), "offers": (("O1", 20.0),)}
    plan, certificate = over_the_road(0, 0, **prices)
    assert bottlenecks(ferry(), plan, certificate)["kind"].tolist() == ["stock", "lane"]


def test_without_prices_there_are_no_bottlenecks() -> None:
    plan, _ = over_the_road(0)
    assert bottlenecks(ferry(), plan, None).empty


def wider(problem: Problem, row: Any, step: float) -> Problem:
    """Return ``problem`` with ``step`` more of a bottleneck's unit (of stock: that much more of each offer's share)."""
    if row.kind == "lane":
        capacity = problem.lanes.set_index("id").loc[row.id, "capacity_t_per_day"]
        whole = [float(capacity)] * problem.days
        for rule in problem.exceptions[problem.exceptions["lane"] == row.id].itertuples():
            whole[rule.first_day : rule.last_day + 1] = [rule.capacity_t_per_day] * (rule.last_day + 1 - rule.first_day)
        more = [{"lane": row.id, "first_day": day, "last_day": day, "capacity_t_per_day": whole[day] + step}
                for day in range(row.first_day, row.last_day + 1) if whole[day] > 0]  # fmt: skip
        return dataclasses.replace(problem, exceptions=pd.DataFrame([*problem.exceptions.to_dict("records"), *more]))
    table, key, column = {
        "handling": ("places", "id", "handling_t_per_day"), "storage": ("places", "id", "storage_t"),
        "stock": ("offers", "item", "quantity"), "course": ("courses", "id", "seats"),
    }[row.kind]  # fmt: skip
    rows = getattr(problem, table).copy()
    own = rows[key] == row.id
    if row.kind == "stock":
        rows.loc[own, column] *= 1.0 + step / rows.loc[own, column].sum()
    else:
        rows.loc[own, column] += step
    return dataclasses.replace(problem, **{table: rows})


def test_one_more_tonne_a_day_gains_what_was_said() -> None:
    """Divisible, and 8 t a day short of all that is asked: each tonne more on a day adds 100 / 4 less its way."""
    items = [{**ferry().items.to_dict("records")[0], "divisible": True}]
    lanes = [{**ferry().lanes.to_dict("records")[0], "capacity_t_per_day": 2.0}]
    problem = ferry(items=items, lanes=lanes)
    plan = solve(problem, stop=GapOrTime(gap=0.0, seconds=5))
    table = bottlenecks(problem, plan, plan.certificate or plan.prices)
    row = next(table[table["kind"] == "lane"].itertuples())
    days = row.last_day - row.first_day + 1
    gain = solve_exact(wider(problem, row, 0.1)).value - solve_exact(problem).value
    assert gain == pytest.approx(0.1 * row.worth * days, rel=0.01)


@given(problems())
@settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
def test_more_of_a_bottleneck_never_gains_more_than_was_said(problem: Problem) -> None:
    """The prices prove a limit on every plan, and with it on the plans of the widened problem."""
    plan = solve(problem, stop=GapOrTime(gap=0.0, seconds=1))
    table = bottlenecks(problem, plan, plan.certificate)
    if plan.certificate is None or table.empty:
        return
    row = next(table.itertuples())
    if row.kind == "handling":
        return
    days = row.last_day - row.first_day + 1 if row.kind in ("lane", "storage") else 1
    step = 1.0 if row.kind == "course" else 0.5
    after = solve_exact(wider(problem, row, step)).value
    assert math.isfinite(after)
    assert after <= plan.bound + step * row.worth * days + 1e-6 * max(1.0, plan.bound)
