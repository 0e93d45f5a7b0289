"""The plots of docs/benchmarks.md, on logarithmic scales, as SVG: gaps against time, and time against size."""

from __future__ import annotations

import math
from typing import Any

WIDTH, LEFT, RIGHT, TOP, FLOOR = 760, 64, 700, 24, 300
SECONDS, GAPS = (0.1, 200.0), (1e-4, 1.0)
OFFERS, LONG = (30.0, 80_000.0), (0.01, 2_000.0)
Ends = tuple[float, float]
Results = dict[str, dict[str, dict[str, Any]]]
COLORS = ("#0072b2", "#8a5aa8", "#a8660b", "#00785a", "#b3401f", "#4d5a66", "#8a1c5b", "#5f6b00")
LINE_HEIGHT = 14
DASHES = ("", "7 3", "2 3", "9 3 2 3", "5 5", "1 4", "12 4", "3 6")


def plot(results: Results) -> str:
    """Return the engine's proven gap over time, and each peer's plan at its end below the best bound proven.

    ``results`` are those of every problem by peer, as ``peers.py`` prints them; those that failed are left out, and the
    bounds of linear parts, which are a solver's word.
    """
    parts = _axes(
        {seconds: f"{seconds:g} s" for seconds in (0.1, 1, 10, 100)}, SECONDS,
        {gap: f"{100 * gap:g} %" for gap in (1e-4, 1e-3, 1e-2, 1e-1, 1.0)}, GAPS,
    )  # fmt: skip
    for number, (name, by_peer) in enumerate(results.items()):
        color, dash = COLORS[number % len(COLORS)], DASHES[number % len(DASHES)]
        ended = {peer: result for peer, result in by_peer.items() if "failed" not in result}
        bound = min((result["bound"] for result in ended.values() if "only" not in result), default=math.inf)
        parts += _curve(name, ended.get("engine", {}).get("trace", []), color, dash)
        for peer, result in ended.items():
            if peer != "engine" and math.isfinite(bound) and 0 < result["value"] < math.inf:
                gap = (bound - result["value"]) / bound
                parts.append(_mark(peer, _at(result["seconds"], gap, SECONDS, GAPS), color))
    words = "Lines: the engine, proven gap.  Circles: greedy, squares: full model, below the best bound proven by any."
    return _picture("Gaps against time", words, parts)


def plot_times(times: dict[str, list[tuple[int, float, bool]]]) -> str:
    """Return how long each peer took by the size of the problem.

    ``times`` are, by peer, (offers, seconds, whether it came to its end) in order of size; one that was stopped is an
    arrow from where it was.
    """
    parts = _axes(
        {offers: f"{offers:,.0f} offers" for offers in (50, 500, 5_000, 50_000)}, OFFERS,
        {seconds: f"{seconds:g} s" for seconds in (0.01, 0.1, 1, 10, 100, 1_000)}, LONG,
    )  # fmt: skip
    labels: list[tuple[float, float]] = []
    for number, (peer, own) in enumerate(times.items()):
        color, dash = COLORS[number % len(COLORS)], DASHES[number % len(DASHES)]
        points = [_at(offers, seconds, OFFERS, LONG) for offers, seconds, _ in own]
        parts += _line(points, color, dash)
        for (x, y), (_, _, ended) in zip(points, own, strict=True):
            shape = (
                f"M{x - 4:.1f} {y:.1f}h8m-4 0v-14m-4 5l4 -5l4 5" if not ended else f"M{x - 3:.1f} {y - 3:.1f}h6v6h-6z"
            )
            parts.append(f'<path d="{shape}" fill="none" stroke="{color}" stroke-width="2"/>')
        x, y = points[-1]
        while any(beside == x and abs(y - other) < LINE_HEIGHT for beside, other in labels):
            y += 1
        labels.append((x, y))
        parts.append(_words(x + 10, y + 4, peer, color))
    return _picture("Time against size", "Squares: came to its end.  Arrows: was stopped there, without one.", parts)


def _picture(title: str, words: str, parts: list[str]) -> str:
    begin = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {FLOOR + 64}" font-family="sans-serif" '
        f'font-size="12" role="img" aria-label="{title}"><rect width="100%" height="100%" fill="#ffffff"/>'
    )
    said = f'<text x="{LEFT}" y="{FLOOR + 52}" fill="#333333">{words}</text>'
    return "\n".join([begin, *parts, said, "</svg>"]) + "\n"


def _at(x: float, y: float, xs: Ends, ys: Ends) -> tuple[float, float]:
    """Return where a point stands between the ends of both axes, kept within the frame."""

    def share(value: float, ends: Ends) -> float:
        return math.log(min(max(value, ends[0]), ends[1]) / ends[0]) / math.log(ends[1] / ends[0])

    return LEFT + (RIGHT - LEFT) * share(x, xs), FLOOR - (FLOOR - TOP) * share(y, ys)


def _axes(across: dict[float, str], xs: Ends, up: dict[float, str], ys: Ends) -> list[str]:
    parts = []
    for value, words in up.items():
        y = _at(xs[0], value, xs, ys)[1]
        parts.append(
            f'<path d="M{LEFT} {y:.1f}H{RIGHT}" stroke="#d5dae0"/>'
            f'<text x="{LEFT - 6}" y="{y + 4:.1f}" text-anchor="end" fill="#333333">{words}</text>'
        )
    for value, words in across.items():
        x = _at(value, ys[0], xs, ys)[0]
        parts.append(
            f'<path d="M{x:.1f} {TOP}V{FLOOR}" stroke="#eceff2"/>'
            f'<text x="{x:.1f}" y="{FLOOR + 20}" text-anchor="middle" fill="#333333">{words}</text>'
        )
    return parts


def _curve(name: str, trace: list[list[float]], color: str, dash: str) -> list[str]:
    points = [
        _at(s, (b - v) / abs(b), SECONDS, GAPS) for s, v, b in trace if math.isfinite(v) and math.isfinite(b) and b
    ]
    return [*_line(points, color, dash), *(_words(x + 6, y + 4, name, color) for x, y in points[-1:])]


def _line(points: list[tuple[float, float]], color: str, dash: str) -> list[str]:
    path = "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in points)
    return [f'<path d="{path}" fill="none" stroke="{color}" stroke-width="2" stroke-dasharray="{dash}"/>'] * bool(
        points
    )


def _words(x: float, y: float, words: str, color: str) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" fill="{color}" font-weight="bold">{words}</text>'


def _mark(peer: str, at: tuple[float, float], color: str) -> str:
    x, y = at
    if peer == "greedy":
        return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="5" fill="#ffffff" stroke="{color}" stroke-width="2"/>'
    return (
        f'<rect x="{x - 4.5:.1f}" y="{y - 4.5:.1f}" width="9" height="9" fill="#ffffff" stroke="{color}" '
        'stroke-width="2"/>'
    )
