"""What a plan comes to: the figures shared by the report, the command line and ``plan.xlsx``.

Everything here is computed from the problem's tables and the plan's movements; nothing is rounded. Worth is in points:
weight x factor x lateness x units (rule 7), before transport; tonnes are metric; days are whole numbers.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from copy import copy
from dataclasses import dataclass
from functools import wraps
from typing import Any, TypeVar
from weakref import ref

import pandas as pd

from pledgeway.planning.plan import Plan, allocations
from pledgeway.planning.problem import Problem
from pledgeway.tables.rows import each_row

T = TypeVar("T")
THROUGH_KINDS = ("port", "airport", "rail", "hub")
"""Kinds of places that goods pass through, as opposed to the depots they leave and the points of hand-over."""


@dataclass(frozen=True)
class Summary:
    """The figures of a plan.

    ``value`` is the plan's, ``bound`` the proven limit of any plan's, ``gap`` (bound - value) / |bound|; infinite where
    there is no bound. ``worth_asked`` is what all needs would be worth if served in full and on time by items of
    factor 1, ``worth_on_time`` and ``worth_late`` what the plan's units earn, ``transport_cost`` the value lost to
    transport, ``tonnes`` what is moved. The tables:

    ``priorities``: a row per priority in order: priority, requirements (count), asked, on_time, late, unmet (units),
    worth_asked, worth_on_time, worth_late, share_on_time and share_served (of worth_asked; NaN where that is 0).

    ``donors``: a row per donor, the largest worth first: donor, offers, offers_used (counts), offered_t, planned_t,
    worth, share_of_worth, share_of_tonnes (of the plan's totals; 0 where those are 0).

    ``places``: a row per place the plan uses, the most tonnes first: place, name, kind, tonnes (of the movements that
    touch it, each once), arriving_t, departing_t, movements (count), peak_day, peak_t (handled on the busiest day),
    handling_t_per_day (NaN: no limit).

    ``worst``: the first three rows of ``plan.bottlenecks``. ``revisits``: movements that come to a place
    more than once: movement (its position in the plan, from 0), offer, requirement, place, name, sentence.
    """

    value: float
    bound: float
    gap: float
    worth_asked: float
    worth_on_time: float
    worth_late: float
    transport_cost: float
    tonnes: float
    priorities: pd.DataFrame
    donors: pd.DataFrame
    places: pd.DataFrame
    worst: pd.DataFrame
    revisits: pd.DataFrame

    @property
    def share_on_time(self) -> float:
        """Share of ``worth_asked`` that is served on time; NaN where nothing of worth is asked."""
        return self.worth_on_time / self.worth_asked if self.worth_asked else math.nan


def _made_once(make: Callable[[Problem, Plan], T]) -> Callable[[Problem, Plan], T]:
    """Answer with a copy of what was last made while the plan is the same: its workbook, its report and its page ask.

    A copy of a table shares its cells until one of the two is written to.
    """
    last: tuple[ref[Problem], ref[Plan], T] | None = None

    @wraps(make)
    def answer(problem: Problem, plan: Plan) -> T:
        nonlocal last
        kept = last
        if kept is None or kept[0]() is not problem or kept[1]() is not plan:
            last = kept = ref(problem), ref(plan), make(problem, plan)
        return copy(kept[2])

    return answer


@_made_once
def summarise(problem: Problem, plan: Plan) -> Summary:
    """Return the figures of ``plan``, which must be a valid plan of ``problem`` (KeyError for ids it does not have)."""
    pairs = allocations(problem, plan)
    legs = leg_table(problem, plan)
    by_priority = _by_priority(problem, plan)
    return Summary(
        value=plan.value,
        bound=plan.bound,
        gap=plan.gap,
        worth_asked=float(by_priority["worth_asked"].sum()),
        worth_on_time=float(by_priority["worth_on_time"].sum()),
        worth_late=float(by_priority["worth_late"].sum()),
        transport_cost=float(pairs["cost"].sum()),
        tonnes=float(pairs["tonnes"].sum()),
        priorities=by_priority,
        donors=_by_donor(problem, pairs),
        places=_by_place(problem, plan, legs),
        worst=plan.bottlenecks.head(3),
        revisits=_revisits(problem, plan),
    )


@_made_once
def movement_table(problem: Problem, plan: Plan) -> pd.DataFrame:
    """Return a row per movement, in the plan's order.

    Columns: movement (position from 0), offer, donor, item, origin, requirement, recipient, priority, destination,
    quantity (units), tonnes, due, usable (days), late_days (0 when on time), worth (before transport, in points).
    """
    offers = problem.offers.set_index("id")
    needs = problem.requirements.set_index("id")
    mass = problem.items.set_index("id")["mass_t"]
    moves = pd.DataFrame(
        {
            "movement": range(len(plan.movements)),
            "offer": [m.offer for m in plan.movements],
            "requirement": [m.requirement for m in plan.movements],
            "quantity": [float(m.quantity) for m in plan.movements],
            "usable": [int(m.usable) for m in plan.movements],
        }
    )
    for column in ("donor", "item", "origin"):
        moves[column] = offers[column].loc[moves["offer"]].to_numpy()
    for column in ("recipient", "priority", "destination", "due"):
        moves[column] = needs[column].loc[moves["requirement"]].to_numpy()
    moves["tonnes"] = moves["quantity"] * mass.loc[moves["item"]].to_numpy()
    days_late = moves["usable"] - moves["due"]
    moves["late_days"] = days_late.clip(lower=0)
    grace = needs["grace_days"].loc[moves["requirement"]].to_numpy()
    kept = (1.0 - moves["late_days"] / pd.Series(grace, dtype=float).clip(lower=1)).clip(lower=0.0)
    factors = {(r, i): f for r, i, f in each_row(problem.accepts)}
    factor = [factors[key] for key in zip(moves["requirement"], moves["item"], strict=True)]
    weight = needs["weight"].loc[moves["requirement"]].to_numpy()
    moves["worth"] = weight * pd.Series(factor, dtype=float) * kept.where(days_late > 0, 1.0) * moves["quantity"]
    return moves[
        ["movement", "offer", "donor", "item", "origin", "requirement", "recipient", "priority", "destination",
         "quantity", "tonnes", "due", "usable", "late_days", "worth"]
    ]  # fmt: skip


@_made_once
def leg_table(problem: Problem, plan: Plan) -> pd.DataFrame:
    """Return a row per leg of every movement, in the plan's order.

    Columns: movement (position from 0), leg (from 0), lane, mode, origin, destination, departs, arrives (days), tonnes.
    """
    lanes = problem.lanes.set_index("id")
    tonnes = movement_table(problem, plan)["tonnes"].tolist()
    rows = [
        (number, position, leg.lane, leg.departs, tonnes[number])
        for number, move in enumerate(plan.movements)
        for position, leg in enumerate(move.legs)
    ]
    legs = pd.DataFrame(rows, columns=["movement", "leg", "lane", "departs", "tonnes"])
    legs = legs.astype({"movement": int, "leg": int, "departs": int, "tonnes": float})
    for column in ("mode", "origin", "destination"):
        legs[column] = lanes[column].loc[legs["lane"]].to_numpy()
    legs["arrives"] = legs["departs"] + lanes["transit_days"].loc[legs["lane"]].to_numpy()
    return legs[["movement", "leg", "lane", "mode", "origin", "destination", "departs", "arrives", "tonnes"]]


@_made_once
def place_days(problem: Problem, plan: Plan) -> pd.DataFrame:
    """Return a row per place and day on which the plan does something there, by place (the problem's order) and day.

    Columns: place, day, arriving_t, departing_t, handled_t (their sum), stored_t (overnight: what came by a lane, or
    was offered in storage there, and has not left), handling_t_per_day and storage_t (the limits; NaN: none). Nights
    on which goods only lie in store have a row too.
    """
    legs = leg_table(problem, plan)
    moved = pd.concat(
        [
            _changes(legs["destination"], legs["arrives"], legs["tonnes"], "arriving_t"),
            _changes(legs["origin"], legs["departs"], legs["tonnes"], "departing_t"),
            _stock_changes(problem, plan, legs),
        ],
        ignore_index=True,
    )
    columns = ["arriving_t", "departing_t", "stock_change"]
    daily = moved.reindex(columns=["place", "day", *columns]).fillna(dict.fromkeys(columns, 0.0))
    daily = daily.groupby(["place", "day"], as_index=False)[columns].sum()
    blocks = []
    for place, rows in daily.groupby("place", sort=False):
        whole = rows.set_index("day")[columns].reindex(range(problem.days), fill_value=0.0)
        stored = whole["stock_change"].cumsum().where(lambda tonnes: tonnes > 1e-9, 0.0)
        busy = (whole["arriving_t"] > 0) | (whole["departing_t"] > 0) | (stored > 0)
        block = whole.assign(stored_t=stored, place=place, day=whole.index)[busy]
        blocks.append(block)
    result = pd.concat(blocks, ignore_index=True) if blocks else daily.assign(stored_t=0.0)
    places = problem.places.set_index("id")
    for column in ("handling_t_per_day", "storage_t"):
        result[column] = places[column].loc[result["place"]].to_numpy()
    result["handled_t"] = result["arriving_t"] + result["departing_t"]
    order = {place: number for number, place in enumerate(problem.places["id"])}
    result = result.sort_values(["place", "day"], key=lambda s: s.map(order) if s.name == "place" else s)
    return result[
        ["place", "day", "arriving_t", "departing_t", "handled_t", "stored_t", "handling_t_per_day", "storage_t"]
    ].reset_index(drop=True)


def _changes(place: Any, day: Any, tonnes: Any, name: str) -> pd.DataFrame:
    return pd.DataFrame({"place": place, "day": day, name: tonnes})


def _stock_changes(problem: Problem, plan: Plan, legs: pd.DataFrame) -> pd.DataFrame:
    """Tonnes put into and taken out of overnight storage, by place and day (rule 4)."""
    follows = legs["movement"].shift(-1) == legs["movement"]
    waiting = legs[follows]
    left = legs["departs"].shift(-1)[follows]
    changes = [
        _changes(waiting["destination"], waiting["arrives"], waiting["tonnes"], "stock_change"),
        _changes(waiting["destination"], left.astype(int), -waiting["tonnes"], "stock_change"),
    ]
    stored = problem.offers[problem.offers["in_storage"]]
    if len(stored):
        mass = problem.items.set_index("id")["mass_t"].loc[stored["item"]].to_numpy()
        changes.append(_changes(stored["origin"], 0, stored["quantity"] * mass, "stock_change"))
        moves = movement_table(problem, plan)
        first = legs[legs["leg"] == 0].merge(moves[moves["offer"].isin(set(stored["id"]))][["movement"]], on="movement")
        changes.append(_changes(first["origin"], first["departs"], -first["tonnes"], "stock_change"))
    return pd.concat(changes, ignore_index=True)


def _by_priority(problem: Problem, plan: Plan) -> pd.DataFrame:
    needs = problem.requirements
    moves = movement_table(problem, plan)
    moves = moves.assign(late=moves["late_days"] > 0)
    asked = needs.assign(worth=needs["weight"] * needs["quantity"]).groupby("priority")
    result = pd.DataFrame(
        {"requirements": asked.size(), "asked": asked["quantity"].sum(), "worth_asked": asked["worth"].sum()}
    )
    for name, rows in (("on_time", moves[~moves["late"]]), ("late", moves[moves["late"]])):
        served = rows.groupby("priority")[["quantity", "worth"]].sum().reindex(result.index, fill_value=0.0)
        result[name], result[f"worth_{name}"] = served["quantity"], served["worth"]
    result["unmet"] = (result["asked"] - result["on_time"] - result["late"]).clip(lower=0.0)
    worth = result["worth_asked"].where(result["worth_asked"] > 0)
    result["share_on_time"] = result["worth_on_time"] / worth
    result["share_served"] = (result["worth_on_time"] + result["worth_late"]) / worth
    return result.rename_axis("priority").reset_index()[
        ["priority", "requirements", "asked", "on_time", "late", "unmet", "worth_asked", "worth_on_time", "worth_late",
         "share_on_time", "share_served"]
    ]  # fmt: skip


def _by_donor(problem: Problem, pairs: pd.DataFrame) -> pd.DataFrame:
    mass = problem.items.set_index("id")["mass_t"]
    tonnes = problem.offers["quantity"] * mass.loc[problem.offers["item"]].to_numpy()
    offers = problem.offers.assign(tonnes=tonnes).groupby("donor")
    result = pd.DataFrame({"offers": offers.size(), "offered_t": offers["tonnes"].sum()})
    planned = pairs.groupby("donor").agg(
        offers_used=("offer", "nunique"), planned_t=("tonnes", "sum"), worth=("worth", "sum")
    )
    result = result.join(planned).fillna(0.0).astype({"offers_used": int, "planned_t": float, "worth": float})
    for share, figure in (("share_of_worth", "worth"), ("share_of_tonnes", "planned_t")):
        total = result[figure].sum()
        result[share] = result[figure] / total if total > 0 else 0.0
    result = result.rename_axis("donor").reset_index()
    result = result.sort_values(["worth", "planned_t", "donor"], ascending=[False, False, True], ignore_index=True)
    return result[
        ["donor", "offers", "offers_used", "offered_t", "planned_t", "worth", "share_of_worth", "share_of_tonnes"]
    ]


def _by_place(problem: Problem, plan: Plan, legs: pd.DataFrame) -> pd.DataFrame:
    touched = pd.concat(
        [legs[["movement", "tonnes"]].assign(place=legs[end]) for end in ("origin", "destination")], ignore_index=True
    ).drop_duplicates(["movement", "place"])
    through = touched.groupby("place").agg(tonnes=("tonnes", "sum"), movements=("movement", "size"))
    days = place_days(problem, plan)
    totals = days.groupby("place")[["arriving_t", "departing_t"]].sum()
    busiest = days.sort_values("handled_t", ascending=False, kind="stable").drop_duplicates("place").set_index("place")
    busiest = busiest[["day", "handled_t"]].rename(columns={"day": "peak_day", "handled_t": "peak_t"})
    result = through.join(totals).join(busiest)
    result = result.join(problem.places.set_index("id")[["name", "kind", "handling_t_per_day"]])
    result = result.rename_axis("place").reset_index().astype({"peak_day": int})
    result = result.sort_values(["tonnes", "place"], ascending=[False, True], ignore_index=True)
    return result[
        ["place", "name", "kind", "tonnes", "arriving_t", "departing_t", "movements", "peak_day", "peak_t",
         "handling_t_per_day"]
    ]  # fmt: skip


def _revisits(problem: Problem, plan: Plan) -> pd.DataFrame:
    ends = {i: (a, b) for i, a, b in each_row(problem.lanes[["id", "origin", "destination"]])}
    names = dict(zip(problem.places["id"], problem.places["name"], strict=True))
    rows = []
    for number, move in enumerate(plan.movements):
        if not move.legs:
            continue
        route = [ends[move.legs[0].lane][0], *(ends[leg.lane][1] for leg in move.legs)]
        for place in dict.fromkeys(p for p in route if route.count(p) > 1):
            times = "twice" if route.count(place) == 2 else f"{route.count(place)} times"
            sentence = (
                f"{move.offer} for {move.requirement} comes to {names[place]} {times}, leaving first on "
                f"{problem.date_of(move.legs[0].departs)}: {' to '.join(names[p] for p in route)}."
            )
            rows.append((number, move.offer, move.requirement, place, names[place], sentence))
    return pd.DataFrame(rows, columns=["movement", "offer", "requirement", "place", "name", "sentence"])
