"""The plan: which offer goes to which requirement, by which lanes on which days, and what is proven of it."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import pandas as pd

from pledgeway.planning.problem import Problem
from pledgeway.tables.rows import each_row

FORMAT = "pledgeway-plan/1"
TABLES = ("lanes", "handling", "storage", "training", "offers")
"""What a certificate has prices of."""
WHOLE_SEATS = "prices, over the seats that whole units can fill"
"""What a plan's ``solver`` says where its ``prices`` prove the bound, but not by the format's certificate: of 96 seats,
units of 60 seats that are not divisible can use 60."""


@dataclass(frozen=True)
class Leg:
    """One lane taken on one day."""

    lane: str
    departs: int


@dataclass(frozen=True)
class Movement:
    """``quantity`` units of an offer on their way to a requirement; ``usable`` is the day they are of use there."""

    offer: str
    requirement: str
    quantity: float
    legs: tuple[Leg, ...]
    usable: int


@dataclass(frozen=True)
class Certificate:
    """Prices that prove a bound: rows of key(s) and a non-negative price, as ``pledgeway-plan/1`` lists them.

    ``lanes`` (lane, day, price of a tonne), ``handling`` (place, day, price), ``storage`` (place, night, price),
    ``training`` (class, day, price of a seat usable by then), ``offers`` (offer, price of a unit).
    """

    lanes: tuple[tuple[str, int, float], ...] = ()
    handling: tuple[tuple[str, int, float], ...] = ()
    storage: tuple[tuple[str, int, float], ...] = ()
    training: tuple[tuple[str, int, float], ...] = ()
    offers: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True)
class TracePoint:
    """What was known after ``seconds``: the best plan's value (minus infinity for none yet) and the proven bound."""

    seconds: float
    value: float
    bound: float


@dataclass(frozen=True)
class Change:
    """What a plan changes of the one that was being carried out on day ``today``.

    ``cost`` (points) is that of the allocations taken back, at ``weight`` points each; ``limit`` is the proven upper
    limit of value less cost. ``pairs`` has a row per offer and requirement whose units differ: offer, requirement,
    before, after.
    """

    today: int
    weight: float
    cost: float
    limit: float
    pairs: pd.DataFrame

    def sentence(self, value: float) -> str:
        """Return in words what a plan worth ``value`` changes, and how near to the best such plan it is."""
        less = int((self.pairs["after"] < self.pairs["before"]).sum())
        if not len(self.pairs):
            return "No allocation changes."
        near = relative_gap(value - self.cost, self.limit)
        said = "allocation changes" if len(self.pairs) == 1 else "allocations change"
        return (
            f"{len(self.pairs):,} {said}, {less:,} to less; at {self.weight:,.6g} points for one taken back that costs "
            f"{self.cost:,.6g} points, and the plan less this is within {near:.2%} of the best."
        )


@dataclass(frozen=True)
class Plan:
    """A valid plan with its proven bound. ``seats`` maps courses to seats taken; none are taken beyond need.

    ``bound`` is an upper limit on the value of any plan of the problem, or, where the plan carries on another, of any
    plan that does. It rests on ``certificate``, or, where that is None, on ``solver`` (what else proved it). ``prices``
    are those of the linear part, whatever the bound rests on: they say what is scarce. ``pinned_bound`` is the limit
    for plans that keep the problem's pins (equal to ``bound`` where there are none). ``allocations`` (empty in a plan
    that was read: :func:`allocations` makes them), ``unmet`` and ``bottlenecks`` are tables described in
    :mod:`pledgeway.planning.explanation`. ``change`` is there where the plan carries on another. ``rounds`` can be
    replayed by ``solve(..., stop=Rounds(n))``.
    """

    problem: str
    value: float
    bound: float
    movements: tuple[Movement, ...] = ()
    seats: Mapping[str, int] = field(default_factory=dict)
    certificate: Certificate | None = None
    solver: str | None = None
    prices: Certificate | None = None
    problem_sha256: str = ""
    pinned_bound: float | None = None
    pins_cost: tuple[float, float] | None = None
    allocations: pd.DataFrame = field(default_factory=pd.DataFrame)
    unmet: pd.DataFrame = field(default_factory=pd.DataFrame)
    bottlenecks: pd.DataFrame = field(default_factory=pd.DataFrame)
    change: Change | None = None
    rounds: int = 0
    seed: int = 0
    threads: int = 1
    seconds: float = 0.0
    stopped: str = ""
    trace: tuple[TracePoint, ...] = ()

    @property
    def gap(self) -> float:
        """How far the plan may be from the best one: (bound - value) / |bound|."""
        return relative_gap(self.value, self.bound)

    def with_(self, **changes: Any) -> Plan:
        """Return the plan with some fields replaced."""
        return replace(self, **changes)


def relative_gap(value: float, bound: float) -> float:
    """Return (bound - value) / |bound|; 0 where both are 0, infinity where there is no bound or no plan."""
    if not math.isfinite(bound) or not math.isfinite(value):
        return math.inf
    return max(0.0, bound - value) / max(1e-9, abs(bound))


def lateness(late_days: int, grace_days: int) -> float:
    """Return the share of its value that a unit keeps when usable ``late_days`` days after it is due (rule 7)."""
    if late_days <= 0:
        return 1.0
    return 1.0 - late_days / grace_days if late_days < grace_days else 0.0


def allocations(problem: Problem, plan: Plan) -> pd.DataFrame:
    """Return a row per offer and requirement that the plan brings together.

    Columns: offer, donor, requirement, recipient, item, priority, quantity (units), on_time (units usable by the due
    date), late (units), first_usable, last_usable (days), tonnes, factor, worth (value without transport), cost (value
    lost to transport).
    """
    offers = problem.offers.set_index("id")
    needs = problem.requirements.set_index("id")
    items = problem.items.set_index("id")
    lane_cost = dict(zip(problem.lanes["id"], problem.lanes["cost_per_t"], strict=True))
    factors = {(r, i): f for r, i, f in each_row(problem.accepts)}
    rows: dict[tuple[str, str], dict[str, Any]] = {}
    offer_rows, need_rows, item_rows = (frame.to_dict("index") for frame in (offers, needs, items))
    for move in plan.movements:
        offer, need = offer_rows[move.offer], need_rows[move.requirement]
        item = item_rows[offer["item"]]
        factor = factors[move.requirement, offer["item"]]
        row = rows.setdefault((move.offer, move.requirement), {
            "offer": move.offer, "donor": offer["donor"], "requirement": move.requirement,
            "recipient": need["recipient"], "item": offer["item"], "priority": need["priority"], "quantity": 0.0,
            "on_time": 0.0, "late": 0.0, "first_usable": move.usable, "last_usable": move.usable, "tonnes": 0.0,
            "factor": factor, "worth": 0.0, "cost": 0.0,
        })  # fmt: skip
        late = move.usable - need["due"]
        row["quantity"] += move.quantity
        row["late" if late > 0 else "on_time"] += move.quantity
        row["first_usable"] = min(row["first_usable"], move.usable)
        row["last_usable"] = max(row["last_usable"], move.usable)
        row["tonnes"] += move.quantity * item["mass_t"]
        row["worth"] += need["weight"] * factor * lateness(late, need["grace_days"]) * move.quantity
        legs_cost = sum(lane_cost[leg.lane] for leg in move.legs)
        row["cost"] += problem.transport_weight * legs_cost * move.quantity * item["mass_t"]
    columns = ["offer", "donor", "requirement", "recipient", "item", "priority", "quantity", "on_time", "late",
               "first_usable", "last_usable", "tonnes", "factor", "worth", "cost"]  # fmt: skip
    return pd.DataFrame(list(rows.values()), columns=columns)


def _number(value: float) -> float | int:
    return int(value) if float(value).is_integer() and abs(value) < 2**53 else float(value)


def to_dict(plan: Plan) -> dict[str, Any]:
    """Return the plan in the format ``pledgeway-plan/1``."""
    certificate = plan.certificate
    return {
        "format": FORMAT,
        "problem": plan.problem,
        "problem_sha256": plan.problem_sha256,
        "value": plan.value,
        "bound": plan.bound,
        "gap": plan.gap,
        "pinned_bound": plan.pinned_bound,
        "pins_cost": list(plan.pins_cost) if plan.pins_cost else None,
        "solver": plan.solver,
        "certificate": _prices(certificate),
        "prices": _prices(plan.prices) if certificate is None else None,
        "movements": [
            {
                "offer": m.offer, "requirement": m.requirement, "quantity": _number(m.quantity),
                "legs": [{"lane": leg.lane, "departs": leg.departs} for leg in m.legs], "usable": m.usable,
            }
            for m in plan.movements
        ],
        "change": _change(plan.change),
        "seats": [{"course": course, "seats": seats} for course, seats in plan.seats.items()],
        "unmet": plan.unmet.to_dict("records"),
        "bottlenecks": plan.bottlenecks.to_dict("records"),
        "run": {
            "rounds": plan.rounds, "seed": plan.seed, "threads": plan.threads, "seconds": round(plan.seconds, 3),
            "stopped": plan.stopped,
            "trace": [
                {"seconds": round(p.seconds, 3), "value": p.value if math.isfinite(p.value) else None,
                 "bound": p.bound if math.isfinite(p.bound) else None}
                for p in plan.trace
            ],
        },
    }  # fmt: skip


def _change(change: Change | None) -> dict[str, Any] | None:
    if change is None:
        return None
    return {
        "today": change.today, "weight": change.weight, "cost": change.cost, "limit": change.limit,
        "allocations": change.pairs.to_dict("records"),
    }  # fmt: skip


def _change_of(given: Mapping[str, Any] | None) -> Change | None:
    if not given:
        return None
    pairs = pd.DataFrame(given["allocations"], columns=["offer", "requirement", "before", "after"])
    return Change(given["today"], given["weight"], given["cost"], given["limit"], pairs)


def _prices(certificate: Certificate | None) -> dict[str, Any] | None:
    return None if certificate is None else {name: [list(row) for row in getattr(certificate, name)] for name in TABLES}


def _certificate(given: Mapping[str, Any] | None) -> Certificate | None:
    return Certificate(**{name: tuple(tuple(row) for row in given.get(name, ())) for name in TABLES}) if given else None


def movements_from(rows: Iterable[Mapping[str, Any]]) -> tuple[Movement, ...]:
    """Return the movements that ``rows`` (a plan's, in the format ``pledgeway-plan/1``) describe."""
    return tuple(
        Movement(
            m["offer"], m["requirement"], m["quantity"],
            tuple(Leg(leg["lane"], leg["departs"]) for leg in m["legs"]), m["usable"],
        )
        for m in rows
    )  # fmt: skip


def from_dict(given: Mapping[str, Any]) -> Plan:
    """Return the plan that ``given`` (format ``pledgeway-plan/1``) describes.

    Only the keys that the format names are needed; the shape is taken for granted
    (:func:`pledgeway.formats.plan_file.read` checks it first).
    """
    run = given.get("run", {})
    trace = tuple(
        TracePoint(
            p["seconds"],
            -math.inf if p["value"] is None else p["value"],
            math.inf if p["bound"] is None else p["bound"],
        )
        for p in run.get("trace", ())
    )
    cost = given.get("pins_cost")
    return Plan(
        problem=given["problem"],
        value=given["value"],
        bound=given["bound"],
        movements=movements_from(given["movements"]),
        seats={row["course"]: row["seats"] for row in given["seats"]},
        certificate=_certificate(given.get("certificate")),
        prices=_certificate(given.get("certificate") or given.get("prices")),
        solver=given.get("solver"),
        problem_sha256=given.get("problem_sha256", ""),
        pinned_bound=given.get("pinned_bound"),
        pins_cost=(cost[0], cost[1]) if cost else None,
        unmet=pd.DataFrame(given.get("unmet", [])),
        bottlenecks=pd.DataFrame(given.get("bottlenecks", [])),
        change=_change_of(given.get("change")),
        rounds=run.get("rounds", 0), seed=run.get("seed", 0), threads=run.get("threads", 1),
        seconds=run.get("seconds", 0.0), stopped=run.get("stopped", ""), trace=trace,
    )  # fmt: skip
