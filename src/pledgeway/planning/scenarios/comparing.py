"""Two plans side by side: which requirement gets less or more, and how much later or sooner."""

from __future__ import annotations

from collections import defaultdict

import pandas as pd

from pledgeway.planning.plan import Plan, allocations
from pledgeway.planning.problem import Problem
from pledgeway.tables.rows import each_row

COLUMNS = ["requirement", "recipient", "item", "priority", "due", "served_before", "served_after", "on_time_before",
           "on_time_after", "days_later", "last_before", "last_after", "worth_lost"]  # fmt: skip


def compared(problem: Problem, before: Plan, after: Plan, changed: Problem | None = None) -> pd.DataFrame:
    """Return the requirements that two plans serve differently, the largest loss first.

    ``after`` is a plan of ``changed``, where that is another problem than ``problem`` with the same rows. Columns:
    requirement, recipient, item, priority, due, served_before, served_after, on_time_before, on_time_after (units),
    days_later (how much later the units come that both plans bring, on average; below 0: sooner; NaN: none),
    last_before, last_after (day of the last unit; NaN: none), worth_lost (points, before transport; below 0 where it
    is gained).
    """
    changed = problem if changed is None else changed
    pairs = (allocations(problem, before), allocations(changed, after))
    sums = [each.groupby("requirement")[["quantity", "on_time", "worth"]].sum() for each in pairs]
    needs = changed.requirements.set_index("id")
    first = changed.accepts.drop_duplicates("requirement").set_index("requirement")["item"]
    both = sums[0].add_suffix("_before").join(sums[1].add_suffix("_after"), how="outer").fillna(0.0)
    both["worth_lost"] = both["worth_before"] - both["worth_after"]
    both = both[both["worth_lost"].abs() > 1e-9].sort_values("worth_lost", ascending=False)
    rows = both.rename(columns={"quantity_before": "served_before", "quantity_after": "served_after"})
    rows = rows.join(needs[["recipient", "priority", "due"]]).join(first.rename("item")).join(_days(before, after))
    return rows.rename_axis("requirement").reset_index()[COLUMNS]


def _days(before: Plan, after: Plan) -> pd.DataFrame:
    """Return days_later, last_before and last_after by requirement."""
    arrivals: list[dict[str, list[tuple[int, float]]]] = []
    for plan in (before, after):
        mine: dict[str, list[tuple[int, float]]] = defaultdict(list)
        for move in plan.movements:
            mine[move.requirement].append((move.usable, move.quantity))
        arrivals.append({need: sorted(units) for need, units in mine.items()})
    rows = {
        need: (_later(then, now), then[-1][0] if then else None, now[-1][0] if now else None)
        for need in arrivals[0].keys() | arrivals[1].keys()
        for then, now in ((arrivals[0].get(need, []), arrivals[1].get(need, [])),)
    }
    columns = ["days_later", "last_before", "last_after"]
    return pd.DataFrame.from_dict(rows, orient="index", columns=columns).astype(float)


def _later(then: list[tuple[int, float]], now: list[tuple[int, float]]) -> float | None:
    """Return by how many days the first unit, the second and so on come later, on average over those in both."""
    delay = shared = 0.0
    i = j = 0
    left_then, left_now = (then[0][1] if then else 0.0), (now[0][1] if now else 0.0)
    while i < len(then) and j < len(now):
        units = min(left_then, left_now)
        delay, shared = delay + units * (now[j][0] - then[i][0]), shared + units
        left_then, left_now = left_then - units, left_now - units
        if left_then <= 1e-12:
            i += 1
            left_then = then[i][1] if i < len(then) else 0.0
        if left_now <= 1e-12:
            j += 1
            left_now = now[j][1] if j < len(now) else 0.0
    return delay / shared if shared else None


def in_words(problem: Problem, rows: pd.DataFrame) -> list[str]:
    """Return a sentence for each row of :func:`compared`: who gets how much less or more, and how much later."""
    names = dict(zip(problem.items["id"], problem.items["name"], strict=True))
    said = []
    for row in each_row(rows):
        more, sooner = row.served_after - row.served_before, row.on_time_after - row.on_time_before
        shift = _shift(row.days_later)
        if abs(more) > 1e-9:
            what = f"gets {abs(more):.6g} {'more' if more > 0 else 'fewer'} of {names[row.item]}"
            what += f", and the others {shift}" if shift else ""
        elif abs(sooner) > 1e-9:
            what = f"gets {abs(sooner):.6g} of {names[row.item]} {'in time' if sooner > 0 else 'too late'}"
            what += f", all {shift} on average" if shift else ""
        else:
            what = f"gets {names[row.item]} {shift or ('later' if row.worth_lost > 0 else 'sooner')}"
        due = problem.date_of(int(row.due))
        said.append(f"{row.recipient} ({row.requirement}, priority {row.priority}, due {due}) {what}")
    return said


def _shift(days: float) -> str:
    """Return "3 days later", "a day sooner"; nothing for less than half a day."""
    whole = round(abs(days)) if days == days else 0  # noqa: PLR0124 - not a number where nothing is shared
    if not whole:
        return ""
    return f"{'a day' if whole == 1 else f'{whole} days'} {'later' if days > 0 else 'sooner'}"
