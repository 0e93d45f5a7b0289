"""A plan that breaks a rule is found out, rule by rule, and the independent check agrees."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from dataclasses import replace

import pytest

from pledgeway.planning import Leg, Movement, Plan, Problem
from pledgeway.planning.plan import Certificate
from pledgeway.planning.plan import to_dict as plan_to_dict
from pledgeway.planning.problem import to_dict
from pledgeway.planning.verification import verify
from tests.planning.test_engine_properties import BESIDE, independent

TRUCKS = Movement("O1", "R1", 2.0, (Leg("in", 0), Leg("out", 1)), 2)
FUEL = Movement("O2", "R2", 2.0, (Leg("in", 1), Leg("out", 2)), 3)


def relay(**changes: object) -> Problem:
    """Depot, hub, front a day apart, 10 t a day; 3 trucks of 4 t with a driver each (3 from day 2), 6.5 t of fuel."""
    tables: dict[str, object] = {
        "name": "relay", "days": 8, "transport_weight": 0.1,
        "places": [{"id": "depot", "name": "Depot", "kind": "depot"},
                   {"id": "hub", "name": "Hub", "kind": "hub", "storage_t": 2.0, "handling_t_per_day": 20.0},
                   {"id": "front", "name": "Front", "kind": "handover"}],
        "lanes": [{"id": "in", "origin": "depot", "destination": "hub", "mode": "rail", "transit_days": 1,
                   "capacity_t_per_day": 10.0, "cost_per_t": 1.0},
                  {"id": "out", "origin": "hub", "destination": "front", "mode": "road", "transit_days": 1,
                   "capacity_t_per_day": 10.0, "cost_per_t": 1.0}],
        "items": [{"id": "truck", "name": "Truck", "mass_t": 4.0, "divisible": False, "training": "driver",
                   "seats_per_unit": 1.0},
                  {"id": "fuel", "name": "Fuel", "mass_t": 1.0, "divisible": True, "seats_per_unit": 0.0}],
        "offers": [{"id": "O1", "donor": "Norway", "item": "truck", "quantity": 3.0, "origin": "depot",
                    "available_from": 0, "available_until": 5, "recipients": ("Brigade",), "in_storage": False},
                   {"id": "O2", "donor": "Chile", "item": "fuel", "quantity": 6.5, "origin": "depot",
                    "available_from": 0, "available_until": 5, "in_storage": False}],
        "requirements": [{"id": "R1", "recipient": "Brigade", "quantity": 2.0, "destination": "front", "due": 4,
                          "grace_days": 4, "weight": 100.0, "priority": 1},
                         {"id": "R2", "recipient": "City", "quantity": 5.0, "destination": "front", "due": 5,
                          "grace_days": 0, "weight": 10.0, "priority": 2}],
        "accepts": [{"requirement": "R1", "item": "truck", "factor": 1.0},
                    {"requirement": "R2", "item": "fuel", "factor": 0.5}],
        "courses": [{"id": "C1", "training": "driver", "start": 0, "duration_days": 2, "seats": 3}],
    }  # fmt: skip
    return Problem(**{**tables, **changes})  # type: ignore[arg-type]


def planned(*moves: Movement, **changes: object) -> Plan:
    """The valid plan, worth 2 x (100 - 0.8) + 2 x (5 - 0.2) = 208, or one with other movements."""
    plan = Plan("relay", 208.0, 400.0, moves or (TRUCKS, FUEL), {"C1": 2}, Certificate(), problem_sha256="")
    return replace(plan, **changes)  # type: ignore[arg-type]


def test_the_value_worked_by_hand_is_found() -> None:
    found = verify(relay(), planned())
    assert found.broken == ()
    assert found.value == pytest.approx(208.0)


FAR = (Leg("in", 5), Leg("out", 7))
BROKEN: dict[str, tuple[Callable[[], Plan], str]] = {
    "legs that do not join": (lambda: planned(replace(FUEL, legs=(Leg("out", 2),))), "rule 1"),
    "departs before it arrives": (lambda: planned(replace(FUEL, legs=(Leg("in", 1), Leg("out", 1)))), "rule 1"),
    "ends on the way": (lambda: planned(replace(FUEL, legs=(Leg("in", 1),))), "rule 1"),
    "arrives after the last day": (lambda: planned(replace(FUEL, legs=FAR, usable=7)), "rule 1"),
    "departs after the offer's window": (lambda: planned(replace(FUEL, legs=(Leg("in", 6),))), "departs on day 6"),
    "a lane that is not there": (lambda: planned(replace(FUEL, legs=(Leg("sea", 1),))), "no lane"),
    "more than a lane carries": (
        lambda: planned(replace(TRUCKS, legs=(Leg("in", 1), Leg("out", 2)), usable=3), replace(FUEL, quantity=5.0)),
        "rule 2",
    ),
    "more than a hub stores": (
        lambda: planned(replace(TRUCKS, legs=(Leg("in", 0), Leg("out", 2)), usable=3)),
        "rule 4",
    ),
    "usable before it arrives": (lambda: planned(replace(TRUCKS, usable=1), FUEL), "rule 5"),
    "fewer seats than crews": (lambda: planned(seats={"C1": 1}), "rule 5"),
    "more seats than the course has": (lambda: planned(seats={"C1": 4}), "rule 5"),
    "more seats than needed": (lambda: planned(seats={"C1": 3}), "seats taken"),
    "half a seat": (lambda: planned(seats={"C1": 2.5}), "seats"),
    "more than promised": (
        lambda: planned(*[replace(TRUCKS, legs=(Leg("in", d), Leg("out", d + 1)), usable=d + 2) for d in (0, 3)]),
        "rule 6",
    ),
    "more than asked for": (lambda: planned(replace(FUEL, quantity=6.0)), "rule 6"),
    "half a truck": (lambda: planned(replace(TRUCKS, quantity=1.5)), "rule 6"),
    "dust": (lambda: planned(replace(FUEL, quantity=0.0001)), "dust"),
    "less than nothing": (lambda: planned(replace(FUEL, quantity=-1.0)), "not a number above 0"),
    "no number": (lambda: planned(replace(FUEL, quantity=math.nan)), "not a number above 0"),
    "an offer that is not there": (lambda: planned(replace(FUEL, offer="O9")), "unknown offer"),
    "a requirement that is not there": (lambda: planned(replace(FUEL, requirement="R9")), "unknown requirement"),
    "goods that are not accepted": (lambda: planned(replace(FUEL, requirement="R1")), "does not accept"),
    "a claim of more value": (lambda: planned(value=209.0), "claimed value"),
    "a bound below the value": (lambda: planned(bound=100.0), "claimed bound"),
}  # fmt: skip


@pytest.mark.parametrize("fault", BROKEN)
def test_a_broken_rule_is_named(fault: str) -> None:
    make, words = BROKEN[fault]
    found = verify(relay(), make())
    assert not found.valid
    assert any(words in sentence for sentence in found.broken), found.broken


OURS_ALONE = {"a claim of more value", "more seats than needed", "dust", "half a seat", "a bound below the value"}
"""Faults that the independent check states otherwise or leaves to the format."""


@BESIDE
@pytest.mark.parametrize("fault", [fault for fault in BROKEN if fault not in OURS_ALONE])
def test_the_independent_check_finds_the_same_fault(fault: str) -> None:
    answer = json.loads(json.dumps(plan_to_dict(BROKEN[fault][0]())))
    _, broken = independent("check_plan").check(json.loads(json.dumps(to_dict(relay()))), answer)
    assert broken


def test_more_than_a_hub_handles_is_named() -> None:
    places = relay().places.assign(handling_t_per_day=[math.nan, 8.0, math.nan])
    assert any("rule 3" in sentence for sentence in verify(relay(places=places), planned()).broken)


def test_a_donor_gives_only_to_whom_it_named() -> None:
    offers = relay().offers.assign(recipients=[("City",), None])
    assert any("does not give" in sentence for sentence in verify(relay(offers=offers), planned()).broken)


def test_stock_counts_against_its_store_until_it_leaves() -> None:
    stock = [{"id": "O3", "donor": "Chile", "item": "fuel", "quantity": 1.5, "origin": "hub", "available_from": 0,
              "available_until": 7, "in_storage": True}]  # fmt: skip
    offers = [*relay().offers.to_dict("records"), *stock]
    waits = planned(replace(FUEL, quantity=1.0, legs=(Leg("in", 1), Leg("out", 3)), usable=4), value=0.0)
    assert any("storage" in sentence for sentence in verify(relay(offers=offers), waits).broken)
    assert not any("storage" in sentence for sentence in verify(relay(), waits).broken)


def test_pins_that_are_not_kept_are_named() -> None:
    pins = [{"offer": "O2", "requirement": "R2", "kind": "forbidden"},
            {"offer": "O1", "requirement": "R1", "kind": "fixed", "quantity": 3.0}]  # fmt: skip
    broken = verify(relay(pins=pins), planned()).broken
    assert len([sentence for sentence in broken if "pin" in sentence]) == 2


def test_a_bound_below_what_its_prices_prove_does_not_hold() -> None:
    # Without prices nothing limits: the certificate proves all need served on time, 2 x 100 + 5 x 5 less transport.
    found = verify(relay(), planned(bound=210.0))
    assert found.proven == pytest.approx(2 * 99.2 + 5 * 4.8)
    assert not found.bound_holds
    assert not found.valid


def test_goods_that_need_no_crews_move_without_courses() -> None:
    found = verify(relay(courses=[]), planned(Movement("O2", "R2", 1.0, FUEL.legs, 3), seats={}, value=4.8))
    assert found.broken == ()
