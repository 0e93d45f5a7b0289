"""The stories of one place, and of one day."""

from __future__ import annotations

from collections import defaultdict

import numpy as np

from pledgeway.planning.explanation.bottlenecks import bottlenecks
from pledgeway.planning.explanation.network import Floats
from pledgeway.planning.explanation.phrases import item_name
from pledgeway.planning.explanation.situation import Situation
from pledgeway.planning.explanation.wording import counted, figure, listed, percent, runs, sentence, span, tonnes

FULL = 0.99
MOST = 5


def place_story(situation: Situation, place: str) -> list[str]:
    """Return what passes a place, when it is full and what more of it would be worth, and what is needed there."""
    problem, network = situation.problem, situation.network
    row, number = situation.places[place], network.place_of[place]
    handled = situation.used.handling[number]
    into = np.nonzero(network.destination == number)[0]
    out = np.nonzero(network.origin == number)[0]
    said = []
    if handled.any():
        comes, leaves = tonnes(_on(situation, into)), tonnes(_on(situation, out))
        peak = int(np.argmax(handled))
        limit = network.capacity.handling[number, peak]
        of = f" of {tonnes(float(limit))}" if np.isfinite(limit) else ""
        said.append(sentence(
            f"{comes} come to {row.name} and {leaves} leave it; its busiest day "
            f"is {problem.date_of(peak)} with {tonnes(float(handled[peak]))}{of} handled"
        ))  # fmt: skip
    else:
        said.append(f"The plan moves nothing through {row.name}.")
    said += _fullness(situation, place)
    said += _lanes(situation, "into", into) + _lanes(situation, "out of", out)
    said += _needs_there(situation, place)
    table = bottlenecks(problem, situation.plan, situation.plan.certificate or situation.plan.prices)
    own = table[table["id"].isin({place, *(network.lanes[k] for k in (*into, *out))})]
    said += [f"What would change that: {text}" for text in own["sentence"].head(MOST)]
    return said


def _on(situation: Situation, lanes: np.ndarray) -> float:
    return float(situation.used.lanes[lanes].sum())


def _full_days(situation: Situation, used: Floats, capacity: Floats) -> list[str]:
    days = np.nonzero((capacity > 0) & (used >= FULL * capacity))[0]
    return [span(situation.problem, first, last) for first, last in runs(days)]


def _fullness(situation: Situation, place: str) -> list[str]:
    number, row = situation.network.place_of[place], situation.places[place]
    capacity, said = situation.network.capacity, []
    for what, used, whole in (("Handling", situation.used.handling, capacity.handling),
                              ("Storage", situation.used.storage, capacity.storage)):  # fmt: skip
        when = _full_days(situation, used[number], whole[number])
        if when:
            said.append(sentence(f"{what} at {row.name} is full {listed(when, most=MOST)}"))
        elif np.isfinite(whole[number, 0]) and whole[number, 0] > 0 and used[number].any():
            share = percent(float((used[number] / whole[number]).max()))
            said.append(sentence(f"{what} at {row.name} is never full: at most {share} is used"))
    return said


def _lanes(situation: Situation, side: str, lanes: np.ndarray) -> list[str]:
    """Return a sentence for the lanes on one side that are full on some days."""
    capacity, used = situation.network.capacity.lanes, situation.used.lanes
    found = []
    for lane in lanes:
        when = _full_days(situation, used[lane], capacity[lane])
        if when:
            found.append((len(when), f"{situation.lane_name(situation.network.lanes[lane])} {listed(when, most=2)}"))
    if not found:
        return []
    return [sentence(f"Full lanes {side} it: {'; '.join(text for _, text in sorted(found, reverse=True)[:MOST])}")]


def _needs_there(situation: Situation, place: str) -> list[str]:
    needs = [need for need in situation.needs.values() if need.destination == place]
    if not needs:
        return []
    short = []
    for need in needs:
        missing = need.quantity - sum(move.quantity for move in situation.got.get(need.id, []))
        if missing > 1e-6 * max(1.0, need.quantity):
            short.append(f"{need.id} lacks {figure(missing)} × {item_name(situation, need.id)}")
    said = f"{counted(len(needs), 'requirement')} {'is' if len(needs) == 1 else 'are'} to be served there"
    return [sentence(f"{said}; {listed(short, most=MOST) if short else 'each has all that it asks for'}")]


def day_story(situation: Situation, day: int) -> list[str]:
    """Return what leaves, arrives, falls due, opens and closes on a day, and what is full on it."""
    problem, network = situation.problem, situation.network
    said = [
        sentence(f"{problem.date_of(day)} is day {day} of the plan" if problem.start_date else f"Day {day} of the plan")
    ]
    tonnes_out = float(situation.used.lanes[:, day].sum())
    arrives: dict[str, float] = defaultdict(float)
    of_use: dict[str, float] = defaultdict(float)
    for move in situation.plan.movements:
        mass = float(situation.item_of(move.offer).mass_t)
        if move.usable == day:
            of_use[move.requirement] += move.quantity
        if move.legs:
            last = move.legs[-1]
            if last.departs + int(situation.lanes[last.lane].transit_days) == day:
                arrives[situation.needs[move.requirement].destination] += move.quantity * mass
    going = np.nonzero(situation.used.lanes[:, day] > 0)[0]
    said.append(
        sentence(f"{tonnes(tonnes_out)} depart on {counted(len(going), 'lane')}") if len(going) else "Nothing departs."
    )
    ends = [f"{situation.places[p].name} ({tonnes(t)})" for p, t in sorted(arrives.items(), key=lambda part: -part[1])]
    said.append(
        sentence(f"Reach their destination: {listed(ends, most=MOST)}") if ends else "Nothing reaches its destination."
    )
    if of_use:
        ready = [
            f"{figure(quantity)} for {need}" for need, quantity in sorted(of_use.items(), key=lambda part: -part[1])
        ]
        said.append(sentence(f"Of use from this day: {listed(ready, most=MOST)}"))
    full = [situation.lane_name(network.lanes[k]) for k in going
            if situation.used.lanes[k, day] >= FULL * network.capacity.lanes[k, day]]  # fmt: skip
    full += [f"handling at {situation.places[network.places[p]].name}" for p in range(len(network.places))
             if 0 < network.capacity.handling[p, day] <= situation.used.handling[p, day] / FULL]  # fmt: skip
    if full:
        said.append(sentence(f"Full: {listed(full, most=8)}"))
    return said + _calendar(situation, day)


def _calendar(situation: Situation, day: int) -> list[str]:
    """Return what the problem itself says of a day: due dates, offers that open or close, courses that end."""
    needs, offers = situation.needs.values(), situation.offers.values()
    said = []
    for head, names in (
        ("Due", [f"{need.id} ({need.recipient})" for need in needs if need.due == day]),
        ("Offered from this day", [f"{o.id} ({o.donor})" for o in offers if o.available_from == day and day > 0]),
        (
            "The last day to leave for",
            [f"{o.id} ({o.donor})" for o in offers if o.available_until == day and situation.left[o.id] > 0],
        ),
        ("Courses that end", [c.id for c in situation.courses.values() if c.start + c.duration_days == day]),
    ):
        if names:
            said.append(sentence(f"{head}: {listed(names, most=MOST)}"))
    return said
