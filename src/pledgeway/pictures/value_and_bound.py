"""Lines: the plan's value and the proven bound while it was planned."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator

from markupsafe import Markup

from pledgeway.pictures import words
from pledgeway.pictures.drawing import NARROW, Column, Figure, label, line, picture, points, table, tag
from pledgeway.planning.plan import Plan, TracePoint

TOP, BOTTOM, LEFT, RIGHT = 12.0, 34.0, 46.0, 84.0


def figure(plan: Plan, width: float) -> Figure:
    """Return value and bound over seconds, from ``plan.trace``."""
    trace = [p for p in plan.trace if math.isfinite(p.value) or math.isfinite(p.bound)]
    data = table(
        (Column("Seconds", True), Column("Value, points", True), Column("Bound, points", True)),
        [(words.number(p.seconds, 1), words.number(p.value), words.number(p.bound)) for p in trace],
    )
    finding = _finding(plan)
    both = [p for p in trace if math.isfinite(p.value) and math.isfinite(p.bound)]
    if len(both) < 2:
        return Figure("proof", finding, "The course of planning was not recorded", data=data if trace else None)
    size, word = _unit(max(p.bound for p in both))
    note = f"Value of the plan and proven bound of any plan, {word}points, while planning"
    alternative = f"Value and bound while planning. {finding}."
    return Figure(
        "proof", finding, note, _draw(both, plan.gap, size, width, alternative),
        _draw(both, plan.gap, size, NARROW, alternative), data,
    )  # fmt: skip


def _finding(plan: Plan) -> str:
    if not math.isfinite(plan.gap):
        return "No limit is proven: how much better a plan could be is not known"
    if plan.gap <= 1e-9:
        return "The plan is proven to be the best there can be"
    return f"The plan is within {words.limit_percent(plan.gap)} of the best there can be"


def _unit(top: float) -> tuple[float, str]:
    return next(
        ((size, word) for size, word in ((1e6, "millions of "), (1e3, "thousands of ")) if top >= size), (1.0, "")
    )


def _draw(trace: list[TracePoint], gap: float, size: float, width: float, alternative: str) -> Markup:
    height = 240.0
    # The first plans are far off; the last four fifths of the lines are what the reader needs to see closing.
    final = trace[-1].bound
    low = max(min(p.value for p in trace), final - 0.5 * abs(final))
    high = min(max(p.bound for p in trace), final + 0.5 * abs(final))
    low, high = (low, high) if high - low > 1e-9 * abs(high) else (low - 1, high + 1)
    pad = 0.06 * (high - low)
    low, high = low - pad, high + pad
    last = max(trace[-1].seconds, 1e-9)
    right, bottom = width - RIGHT, height - BOTTOM

    def at(seconds: float, value: float) -> tuple[float, float]:
        share = (min(max(value, low), high) - low) / (high - low)
        return LEFT + (right - LEFT) * seconds / last, bottom - (bottom - TOP) * share

    bound = [at(p.seconds, p.bound) for p in trace]
    value = [at(p.seconds, p.value) for p in trace]
    parts = [*_axes(low, high, size, last, right, bottom, at)]
    middle = trace[len(trace) // 3]
    parts += [
        tag("path", class_="band", d=points([*bound, *reversed(value)]) + "Z"),
        tag("path", class_="bound-line", d=points(bound)),
        tag("path", class_="value-line", d=points(value)),
        label(right - 4, max(TOP + 10, at(0, middle.bound)[1] - 10), "no plan can be worth more", "end", "quiet"),
        label(right - 4, min(bottom - 8, value[-1][1] + 26), "best plan so far", "end", "says-link"),
        label(right + 6, value[-1][1] + 4, words.limit_percent(gap)),
        label(right + 6, value[-1][1] + 19, "apart", class_="quiet"),
    ]
    return picture(width, height, alternative, *parts)


def _axes(
    low: float, high: float, size: float, last: float, right: float, bottom: float,
    at: Callable[[float, float], tuple[float, float]],
) -> Iterator[Markup]:  # fmt: skip
    step = _step((high - low) / size / 4)
    value = math.ceil(low / size / step) * step
    digits = max(0, -math.floor(math.log10(step)))
    while value * size <= high:
        y = at(0, value * size)[1]
        yield line(LEFT, y, right, y)
        yield label(LEFT - 6, y + 4, words.number(value, digits) if value else "0", "end", "quiet")
        value += step
    step = _step(last / 4)
    for k in range(int(last / step) + 1):
        x = at(k * step, low)[0]
        text = words.number(k * step)
        yield label(x, bottom + 20, text if k else f"{text} s", "middle", "quiet")


def _step(rough: float) -> float:
    size = 10.0 ** math.floor(math.log10(max(rough, 1e-12)))
    return next(size * factor for factor in (1, 2, 5, 10) if size * factor >= rough * 0.999)
