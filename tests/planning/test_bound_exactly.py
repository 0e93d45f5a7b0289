"""The bound of the engine, computed in doubles, against the same certificate in exact fractions."""

from __future__ import annotations

from collections import defaultdict
from fractions import Fraction

from hypothesis import HealthCheck, given, settings

from pledgeway.planning import GapOrTime, Problem, solve
from pledgeway.planning.plan import Certificate
from tests.planning.problems import problems

NEVER = None
Price = dict[tuple[str, int], Fraction]


def _capacities(problem: Problem) -> dict[tuple[str, int], Fraction]:
    found = {}
    for lane in problem.lanes.to_dict("records"):
        for day in range(problem.days):
            found[lane["id"], day] = Fraction(float(lane["capacity_t_per_day"]))
    for row in problem.all_exceptions().to_dict("records"):
        for day in range(int(row["first_day"]), min(int(row["last_day"]), problem.days - 1) + 1):
            found[row["lane"], day] = Fraction(float(row["capacity_t_per_day"]))
    return found


def _number(value: object) -> Fraction | None:
    return None if value is None or value != value else Fraction(float(value))  # type: ignore[arg-type] # noqa: PLR0124


class Exactly:
    """The bound that prices prove, in fractions, by the slowest and plainest way: every path by its days."""

    def __init__(self, problem: Problem, certificate: Certificate, *, whole_seats: bool) -> None:
        self.problem, self.days, self.whole_seats = problem, problem.days, whole_seats
        self.capacity = _capacities(problem)
        self.lane: Price = defaultdict(Fraction, {(k, d): Fraction(p) for k, d, p in certificate.lanes})
        self.handling: Price = defaultdict(Fraction, {(k, d): Fraction(p) for k, d, p in certificate.handling})
        self.night: Price = defaultdict(Fraction, {(k, d): Fraction(p) for k, d, p in certificate.storage})
        self.training: Price = defaultdict(Fraction, {(k, d): Fraction(p) for k, d, p in certificate.training})
        self.offer: dict[str, Fraction] = defaultdict(Fraction, {k: Fraction(p) for k, p in certificate.offers})
        self.weight = Fraction(float(problem.transport_weight))

    def seat(self, training: str | None, day: int) -> Fraction:
        return sum((p for (k, d), p in self.training.items() if k == training and d >= day), Fraction(0))

    def filled(self, training: str, seats: int) -> int:
        """Return how many of ``seats`` the units offered can fill, counting down to the first number that they can."""
        items = self.problem.items[
            (self.problem.items["training"] == training) & self.problem.items["id"].isin(self.problem.offers["item"])
        ]
        if not self.whole_seats or items["divisible"].any():
            return seats
        sizes = [int(number) for number in items["seats_per_unit"]]

        def exactly(number: int) -> bool:
            return number == 0 or any(exactly(number - size) for size in sizes if size <= number)

        return next(number for number in range(seats, -1, -1) if exactly(number))

    def costs(self, origin: str, first: int, last: int, goal: str) -> dict[int, Fraction]:
        """Return the least cost of a tonne at ``goal`` by arrival day."""
        at: dict[tuple[int, str], Fraction] = {}
        lanes = self.problem.lanes.to_dict("records")
        for day in range(self.days):
            for lane in lanes:
                arrival = day + int(lane["transit_days"])
                if arrival >= self.days or self.capacity[lane["id"], day] == 0:
                    continue
                begin = [Fraction(0)] if lane["origin"] == origin and first <= day <= last else []
                begin += [at[day, lane["origin"]]] if (day, lane["origin"]) in at else []
                if begin:
                    paid = (
                        min(begin) + self.weight * Fraction(float(lane["cost_per_t"])) + self.lane[lane["id"], day]
                        + self.handling[lane["origin"], day] + self.handling[lane["destination"], arrival]
                    )  # fmt: skip
                    key = (arrival, lane["destination"])
                    at[key] = min(at.get(key, paid), paid)
            for place in self.problem.places["id"]:
                if (day, place) in at:
                    stays = at[day, place] + self.night[place, day]
                    at[day + 1, place] = min(at.get((day + 1, place), stays), stays)
        found = {day: at[day, goal] for day in range(self.days) if (day, goal) in at}
        if origin == goal and first < self.days:
            found[first] = Fraction(0)
        return found

    def left(
        self, offer: dict[str, object], need: dict[str, object], item: dict[str, object], factor: Fraction
    ) -> Fraction:
        """Return the most that a unit leaves after transport and the prices of network, seats and offer."""
        costs = self.costs(
            str(offer["origin"]),
            int(offer["available_from"]),
            int(offer["available_until"]),
            str(need["destination"]),  # type: ignore[call-overload]
        )
        best, due, grace = Fraction(0), int(need["due"]), int(need["grace_days"])  # type: ignore[call-overload]
        trained = bool(item["training"])
        for arrival, cost in costs.items():
            for usable in range(arrival, self.days):
                late = usable - due
                keeps = Fraction(1) if late <= 0 else 1 - Fraction(late, grace) if late < grace else Fraction(0)
                seats = Fraction(float(item["seats_per_unit"])) if trained else Fraction(0)  # type: ignore[arg-type]
                paid = Fraction(float(item["mass_t"])) * cost + seats * self.seat(str(item["training"]), usable)  # type: ignore[arg-type]
                best = max(best, Fraction(float(need["weight"])) * factor * keeps - paid - self.offer[str(offer["id"])])  # type: ignore[arg-type]
        return best

    def bound(self) -> Fraction:
        problem = self.problem
        total = sum((self.capacity[key] * price for key, price in self.lane.items()), Fraction(0))
        offers, items = problem.offers.to_dict("records"), problem.items.set_index("id").to_dict("index")
        stock: dict[str, Fraction] = defaultdict(Fraction)
        for offer in offers:
            if offer["in_storage"]:
                stock[offer["origin"]] += Fraction(float(offer["quantity"])) * Fraction(
                    float(items[offer["item"]]["mass_t"])
                )
            total += self.offer[offer["id"]] * Fraction(float(offer["quantity"]))
        for place in problem.places.to_dict("records"):
            handling, storage = _number(place["handling_t_per_day"]), _number(place["storage_t"])
            total += sum(
                (handling * p for (k, _), p in self.handling.items() if k == place["id"] and handling), Fraction(0)
            )
            most = max(storage, stock[place["id"]]) if storage is not None else Fraction(0)
            total += sum((most * p for (k, _), p in self.night.items() if k == place["id"]), Fraction(0))
        for (training, day), price in self.training.items():
            ready = [c for c in problem.courses.to_dict("records")
                     if c["training"] == training and c["start"] + c["duration_days"] <= day]  # fmt: skip
            total += price * self.filled(training, sum(int(course["seats"]) for course in ready))
        for need in problem.requirements.to_dict("records"):
            factors = {r["item"]: Fraction(float(r["factor"])) for r in problem.accepts.to_dict("records")
                       if r["requirement"] == need["id"]}  # fmt: skip
            mine = [
                o
                for o in offers
                if o["item"] in factors and (o["recipients"] is None or need["recipient"] in o["recipients"])
            ]
            best = max((self.left(o, need, items[o["item"]], factors[o["item"]]) for o in mine), default=Fraction(0))
            total += best * Fraction(float(need["quantity"]))
        return total


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(problems())
def test_the_bound_is_not_below_what_its_prices_prove_in_exact_fractions(problem: Problem) -> None:
    plan = solve(problem, GapOrTime(0.0, 0.1), exact=False)
    assert plan.prices is not None
    exactly = Exactly(problem, plan.prices, whole_seats=plan.certificate is None).bound()
    assert Fraction(plan.bound) >= exactly
    assert Fraction(plan.bound) <= exactly + Fraction(1, 10**6) * max(1, abs(exactly)), "the margin is small"
