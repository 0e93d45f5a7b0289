"""Intervals: what is lost when one drops out, from the proven least to the proven most."""

from __future__ import annotations

from markupsafe import Markup

from pledgeway.pictures import rests_on, words
from pledgeway.pictures.drawing import NARROW, WIDE, Column, Figure, label, line, picture, round_steps, table, tag
from pledgeway.planning.scenarios import Stress, failures

SHOWN, PITCH = 16, 26.0


def figure(stressed: Stress) -> Figure:
    """Return the losses of ``stressed``, the largest first, as shares of the present plan's value."""
    value = max(stressed.plan.value, 1e-9)
    losses = stressed.losses
    if not losses:
        return Figure("losses", "No scenario was planned")
    data = table(
        (Column("Scenario"), Column("Lost at least, share", True), Column("Lost at most, share", True),
         Column("Lost at most, points", True), Column("Fails first")),
        [
            (loss.scenario.name, words.percent(loss.least / value),
             words.percent(loss.most / value), words.number(loss.most),
             "; ".join(failures(stressed, loss)) or "nothing")
            for loss in losses
        ],
    )  # fmt: skip
    worst = losses[0]
    name = words.sentence_case(worst.scenario.name)
    finding = f"{name}: {rests_on.lost(worst.least / value, worst.most / value)} of the plan is lost"
    bars = [(loss.scenario.name, loss.least / value, loss.most / value) for loss in losses[:SHOWN]]
    note = "Value lost if one drops out for good, planned again without it: proven least and most, of the present plan"
    if any(least < 0 for _, least, _ in bars):
        note += ". Where a line begins left of 0, no loss is proven"
    alternative = f"Losses by scenario as proven intervals. {finding}."
    return Figure("losses", finding, note, _draw(bars, WIDE, alternative), _draw(bars, NARROW, alternative), data)


def _draw(bars: list[tuple[str, float, float]], width: float, alternative: str) -> Markup:
    left, right = (250.0, 150.0) if width > NARROW else (128.0, 78.0)
    floor = len(bars) * PITCH + 4
    low, top = min(0.0, *(least for _, least, _ in bars)), max(1e-4, *(most for _, _, most in bars))
    scale = (width - left - right) / (top - low)
    nothing = left - low * scale
    parts: list[Markup] = []
    for mark in round_steps(top * 100):
        x = nothing + mark / 100 * scale
        parts += [line(x, 0, x, floor), label(x, floor + 16, f"{words.number(mark)} %", "middle", "quiet")]
    for k, (name, least, most) in enumerate(bars):
        y = k * PITCH + 14
        start, end = nothing + least * scale, nothing + most * scale
        said = f"{words.percent(least)} to {words.percent(most)}" if width > NARROW else words.percent(most)
        parts += [
            label(left - 8, y + 4, words.shortened(name, left - 12), "end"),
            tag("line", class_="interval", x1=start, x2=max(end, start + 2), y1=y, y2=y),
            label(max(end, start + 2) + 7, y + 4, said, None, "interval-end"),
        ]
    return picture(width, floor + 22, alternative, *parts)
