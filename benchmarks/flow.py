"""The pure routing part as OR-Tools' min-cost flow, whose optimum is proven: one item, linear, no training.

python benchmarks/flow.py 1            # the flow's optimum beside the engine's plan and bound
python benchmarks/flow.py 1 --problem build/flow1.json
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path
from typing import Any

import numpy as np

Row = dict[str, Any]
DAYS, DEPOTS, HUBS, GOALS, ROWS = 60, 12, 8, 10, 200
ROADS_OF_A_HUB = 3


def routing(seed: int, rows: int = ROWS, days: int = DAYS) -> Row:
    """Return a routing problem: units of a tonne from depots over hubs with stores to destinations.

    All costs and worths are whole, and no lane leads to a depot, so that it is a min-cost flow to the letter.
    """
    random = np.random.default_rng(seed)
    names = [f"{kind}{k}" for kind, many in (("depot", DEPOTS), ("hub", HUBS), ("goal", GOALS)) for k in range(many)]
    depots, hubs, goals = names[:DEPOTS], names[DEPOTS : DEPOTS + HUBS], names[DEPOTS + HUBS :]
    ends = [(depot, hub) for depot in depots for hub in random.choice(hubs, 2, replace=False)]
    ends += [(hub, str(other)) for hub in hubs for other in random.choice(hubs, ROADS_OF_A_HUB) if other != hub]
    ends += [(hub, goal) for goal in goals for hub in random.choice(hubs, 2, replace=False)]
    free = {"country": None, "lat": None, "lon": None, "handling_t_per_day": None}
    asked = [int(random.integers(5, 60)) for _ in range(rows)]
    firsts = [int(random.integers(0, days // 2)) for _ in range(rows)]
    return {
        "format": "pledgeway-problem/1", "name": f"routing{seed}", "days": days, "transport_weight": 1,
        "places": [{"id": name, "name": name, "kind": name.rstrip("0123456789").replace("goal", "handover"), **free,
                    "storage_t": int(random.integers(20, 100)) if name in hubs else 0} for name in names],
        "lanes": [{"id": f"L{k:03}", "origin": str(origin), "destination": str(goal), "mode": "road",
                   "transit_days": int(random.integers(1, 5)), "capacity_t_per_day": int(random.integers(5, 30)),
                   "cost_per_t": int(random.integers(1, 12)), "exceptions": []}
                  for k, (origin, goal) in enumerate(ends)],
        "items": [{"id": "box", "name": "Box", "mass_t": 1, "divisible": False, "training": None, "seats_per_unit": 0}],
        "offers": [{"id": f"O{k:04}", "donor": f"N{k % 9}", "item": "box", "quantity": int(random.integers(5, 60)),
                    "origin": str(random.choice(depots)), "available_from": first,
                    "available_until": min(days - 1, first + int(random.integers(3, 20))), "recipients": None}
                   for k, first in enumerate(firsts)],
        "requirements": [{"id": f"R{k:04}", "recipient": f"M{k % 3}", "accepts": [{"item": "box", "factor": 1}],
                          "quantity": quantity, "destination": str(random.choice(goals)),
                          "due": int(random.integers(days // 4, days)), "grace_days": 4,
                          "weight": 4 * int(random.integers(10, 60)), "priority": 1 + k % 5}
                         for k, quantity in enumerate(asked)],
        "courses": [],
    }  # fmt: skip


class Network:
    """Nodes by name and arcs (tail, head, most, cost)."""

    def __init__(self) -> None:
        self.nodes: dict[tuple[Any, ...], int] = {}
        self.arcs: list[tuple[int, int, int, int]] = []

    def node(self, *name: Any) -> int:
        """Return the number of a node."""
        return self.nodes.setdefault(name, len(self.nodes))

    def arc(self, tail: int, head: int, most: int, cost: int = 0) -> None:
        """Add an arc."""
        self.arcs.append((tail, head, most, cost))


def network(problem: Row) -> Network:
    """Return the time-expanded network of a routing problem: from node *all* offers to node *end*."""
    net, days, needs = Network(), problem["days"], problem["requirements"]
    end, many = net.node("end"), sum(row["quantity"] for row in problem["offers"])
    for row in problem["offers"]:
        offer = net.node("offer", row["id"])
        net.arc(net.node("all"), offer, row["quantity"])
        net.arc(offer, end, row["quantity"])  # what is not sent
        for day in range(row["available_from"], row["available_until"] + 1):
            net.arc(offer, net.node(row["origin"], day), row["quantity"])
    for row in problem["lanes"]:
        for day in range(days - row["transit_days"]):
            there = net.node(row["destination"], day + row["transit_days"])
            net.arc(net.node(row["origin"], day), there, row["capacity_t_per_day"], row["cost_per_t"])
    for row in problem["places"]:
        for day in range(days - 1 if row["storage_t"] else 0):
            net.arc(net.node(row["id"], day), net.node(row["id"], day + 1), row["storage_t"])
    for place in {row["destination"] for row in needs}:
        for day in range(days):  # what was delivered may wait to be counted
            net.arc(net.node(place, day), net.node("pool", place, day), many)
            if day:
                net.arc(net.node("pool", place, day - 1), net.node("pool", place, day), many)
    for row in needs:
        need = net.node("need", row["id"])
        net.arc(need, end, row["quantity"])
        for day in range(row["due"], min(row["due"] + row["grace_days"], days)):
            worth = row["weight"] * (row["grace_days"] - day + row["due"]) // row["grace_days"]
            net.arc(net.node("pool", row["destination"], day), need, row["quantity"], -worth)
    return net


def optimum(problem: Row) -> int:
    """Return the value of the best plan of a routing problem, by min-cost flow."""
    from ortools.graph.python import min_cost_flow  # noqa: PLC0415 - not in one process with HiGHS

    net, many = network(problem), sum(row["quantity"] for row in problem["offers"])
    flow = min_cost_flow.SimpleMinCostFlow()
    columns = np.array(net.arcs, dtype=np.int64).T
    flow.add_arcs_with_capacity_and_unit_cost(*columns)
    flow.set_node_supply(net.node("all"), many)
    flow.set_node_supply(net.node("end"), -many)
    status = flow.solve()
    if status != flow.OPTIMAL:
        raise SystemExit(f"min-cost flow: {status}")
    return -int(flow.optimal_cost())


def main() -> None:
    """Print the optimum of a problem as a line of JSON, or write the problem."""
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("seed", type=int)
    arguments.add_argument("--rows", type=int, default=ROWS)
    arguments.add_argument("--days", type=int, default=DAYS)
    arguments.add_argument("--problem", type=Path, help="write the problem to this file as well")
    given = arguments.parse_args()
    problem = routing(given.seed, given.rows, given.days)
    if given.problem:
        given.problem.write_text(json.dumps(problem, separators=(",", ":")))
    begun = time.perf_counter()
    print(json.dumps({"optimum": optimum(problem), "seconds": time.perf_counter() - begun}))


if __name__ == "__main__":
    main()
