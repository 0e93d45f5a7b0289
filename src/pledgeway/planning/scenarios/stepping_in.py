"""Who could make good what a scenario takes: those who give more in its plan, and those who have goods left over.

Goods left over count where they can be at a requirement that gets fewer units before its grace ends, on the network as
the scenario leaves it with nothing else on it: that the plan does not send them means that others use the room, or that
they are worth less than what they would displace. A unit that is left over is counted for one requirement only.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from pledgeway.planning.explanation.network import Floats, Network, build_network
from pledgeway.planning.explanation.reach import Load, Reach, Window, by_day, ways
from pledgeway.planning.plan import Plan, allocations
from pledgeway.planning.problem import Problem
from pledgeway.planning.scenarios.changes import Scenario, apply
from pledgeway.planning.scenarios.comparing import compared
from pledgeway.planning.scenarios.single_points import crewed, first_crews
from pledgeway.tables.rows import each_row

DUST = 1e-9


@dataclass(frozen=True)
class StepIn:
    """Who could make a scenario's loss good.

    ``donors``: donor, item, more (units beyond the present plan in the scenario's), spare (units left over there),
    could (of the spare, units that could be in time at requirements that get fewer), requirements (those, a list).
    Only items that requirements which lose worth accept; what those accept that lose most comes first.
    ``nobody_else``: requirements that get nothing in the scenario and that nothing offered by others could reach.
    """

    donors: pd.DataFrame
    nobody_else: tuple[str, ...]


def step_in(problem: Problem, before: Plan, scenario: Scenario, after: Plan) -> StepIn:
    """Return who gives more in ``after``, the plan of ``scenario``, than in ``before``, and who else could."""
    gone = {event.what for event in scenario.events if event.kind == "donor"}
    stock = _Stock(apply(problem, scenario), gone, after)
    rows = compared(problem, before, after, stock.problem)
    rows = rows[rows["worth_lost"] > DUST]
    wanted = {item: None for key in rows["requirement"] for item in stock.accepts[key]}
    could: dict[tuple[str, str], float] = defaultdict(float)
    wanting: dict[tuple[str, str], list[str]] = defaultdict(list)
    nobody = []
    for row in each_row(rows[rows["served_before"] - rows["served_after"] > DUST]):
        missing = float(row.served_before - row.served_after)
        for offer in stock.reaching(row.requirement):
            units = stock.take(offer, missing)
            if units > DUST:
                missing -= units
                could[offer.donor, offer.item] += units
                if row.requirement not in wanting[offer.donor, offer.item]:
                    wanting[offer.donor, offer.item].append(row.requirement)
            if missing <= DUST:
                break
        else:
            if row.served_after <= DUST and next(stock.reaching(row.requirement), None) is None:
                nobody.append(row.requirement)
    return StepIn(_donors(stock, problem, before, list(wanted), could, wanting), tuple(nobody))


def _donors(
    stock: _Stock, problem: Problem, before: Plan, wanted: list[str], could: dict[tuple[str, str], float],
    wanting: dict[tuple[str, str], list[str]],
) -> pd.DataFrame:  # fmt: skip
    """Return the table of those who give more or could of the items ``wanted``, in their order, most units first."""
    offers = stock.offers
    then, now = (
        pairs.groupby(["donor", "item"])["quantity"].sum()
        for pairs in (allocations(problem, before), allocations(stock.problem, stock.plan))
    )
    spare = offers.assign(spare=offers["id"].map(stock.whole)).groupby(["donor", "item"])[["spare"]].sum()
    more = (now.reindex(spare.index, fill_value=0.0) - then.reindex(spare.index, fill_value=0.0)).rename("more")
    both = spare.join(more).reset_index()
    keys = list(zip(both["donor"], both["item"], strict=True))
    both["could"] = [could.get(key, 0.0) for key in keys]
    both["requirements"] = pd.Series([wanting.get(key, []) for key in keys], index=both.index, dtype=object)
    both = both[((both["more"] > DUST) | (both["could"] > DUST)) & both["item"].isin(wanted)]
    both["units"] = both["more"].clip(lower=0.0) + both["could"]
    both["order"] = both["item"].map({item: k for k, item in enumerate(wanted)})
    both = both.sort_values(["order", "units"], ascending=[True, False], kind="stable", ignore_index=True)
    return both[["donor", "item", "more", "spare", "could", "requirements"]]


class _Stock:
    """What a scenario's plan leaves over at those who remain, and whom it could reach."""

    def __init__(self, problem: Problem, gone: set[str], plan: Plan) -> None:
        self.problem, self.plan = problem, plan
        offers = problem.offers
        self.offers = offers[~offers["donor"].isin(gone) & (offers["quantity"] > DUST)]
        self.items = {row.id: row for row in each_row(problem.items)}
        used: dict[str, float] = defaultdict(float)
        for move in plan.movements:
            used[move.offer] += move.quantity
        self.left = {
            row.id: self._units(row.item, row.quantity - used[row.id]) for row in each_row(self.offers)
        }  # fmt: skip
        self.whole = dict(self.left)
        self.by_item: dict[str, list[Any]] = defaultdict(list)
        for row in each_row(self.offers):
            self.by_item[row.item].append(row)
        self.accepts: dict[str, list[str]] = defaultdict(list)
        for row in each_row(problem.accepts.sort_values("factor", ascending=False, kind="stable")):
            self.accepts[row.requirement].append(row.item)
        self.needs = {row.id: row for row in each_row(problem.requirements)}
        pins = problem.pins[problem.pins["kind"] == "forbidden"]
        self.forbidden = set(zip(pins["offer"], pins["requirement"], strict=True))
        self.trained = {row.training: row.ready for row in each_row(first_crews(problem))}
        self.network: Network = build_network(problem)
        self.reached: dict[tuple[Window, Load], Reach] = {}
        self.arrives: dict[tuple[Window, Load, int], Floats] = {}

    def _units(self, item: str, units: float) -> float:
        """Return what of ``units`` is whole units of the item, or all where it can be divided; at least 0."""
        return max(0.0, units if self.items[item].divisible else float(np.floor(units + DUST)))

    def take(self, offer: Any, most: float) -> float:
        """Take up to ``most`` units of what is left of an offer; return how many."""
        units = self._units(offer.item, min(most, self.left[offer.id]))
        self.left[offer.id] -= units
        return units

    def reaching(self, requirement: str) -> Any:
        """Yield the offers that could be at a requirement before its grace ends, the best items first."""
        need = self.needs[requirement]
        last = min(self.problem.days - 1, max(int(need.due), int(need.due) + int(need.grace_days) - 1))
        goal = self.network.place_of[need.destination]
        for name in self.accepts[requirement]:
            item = self.items[name]
            if not crewed(item, self.trained, last):
                continue
            load = Load(float(item.mass_t), bool(item.divisible))
            for offer in self.by_item[name]:
                allowed = offer.recipients is None or need.recipient in offer.recipients
                if allowed and (offer.id, requirement) not in self.forbidden and self._in_time(offer, load, goal, last):
                    yield offer

    def _in_time(self, offer: Any, load: Load, goal: int, last: int) -> bool:
        window = Window(
            self.network.place_of[offer.origin], int(offer.available_from), int(offer.available_until)
        )  # fmt: skip
        if window.first > last:
            return False
        key = (window, load, goal)
        if key not in self.arrives:
            if (window, load) not in self.reached:
                self.reached[window, load] = ways(self.network, self.network.capacity, window, load)
            self.arrives[key] = by_day(self.reached[window, load], window, goal)
        return bool(np.isfinite(self.arrives[key][last]))
