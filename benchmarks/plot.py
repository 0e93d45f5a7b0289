"""The plot of docs/benchmarks.md: gaps against time, both on logarithmic scales, as an SVG."""

from __future__ import annotations

import math
from typing import Any

WIDTH, LEFT, RIGHT, TOP, FLOOR = 760, 64, 700, 24, 300
SECONDS, GAPS = (0.1, 200.0), (1e-4, 1.0)
COLORS = ("#0072b2", "#8a5aa8", "#a8660b", "#00785a", "#b3401f", "#4d5a66")
DASHES = ("", "7 3", "2 3", "9 3 2 3", "5 5", "1 4")


def plot(results: dict[str, dict[str, dict[str, Any]]]) -> str:
    """Return the engine's proven gap over time, and each peer's plan at its end below the best bound proven.

    ``results`` are those of every problem by peer, as ``peers.py`` prints them; those that failed are left out.
    """
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {FLOOR + 64}" font-family="sans-serif" '
        'font-size="12" role="img" aria-label="Gaps against time">',
        '<rect width="100%" height="100%" fill="#ffffff"/>',
        *_axes(),
    ]
    for number, (name, by_peer) in enumerate(results.items()):
        color, dash = COLORS[number % len(COLORS)], DASHES[number % len(DASHES)]
        ended = {peer: result for peer, result in by_peer.items() if "failed" not in result}
        bound = min((result["bound"] for result in ended.values()), default=math.inf)
        parts += _curve(name, ended.get("engine", {}).get("trace", []), color, dash)
        for peer, result in ended.items():
            if peer != "engine" and math.isfinite(bound) and 0 < result["value"] < math.inf:
                parts.append(_mark(peer, result["seconds"], (bound - result["value"]) / bound, color))
    parts.append(
        f'<text x="{LEFT}" y="{FLOOR + 52}" fill="#333333">Lines: the engine, proven gap.  Circles: greedy, squares: '
        "full model, below the best bound that any peer proved.</text>"
    )
    return "\n".join([*parts, "</svg>"]) + "\n"


def at(seconds: float, gap: float) -> tuple[float, float]:
    """Return where a time and a gap stand, kept within the frame."""

    def share(value: float, ends: tuple[float, float]) -> float:
        return math.log(min(max(value, ends[0]), ends[1]) / ends[0]) / math.log(ends[1] / ends[0])

    return LEFT + (RIGHT - LEFT) * share(seconds, SECONDS), FLOOR - (FLOOR - TOP) * share(gap, GAPS)


def _axes() -> list[str]:
    parts = []
    for gap in (1e-4, 1e-3, 1e-2, 1e-1, 1.0):
        y = at(1, gap)[1]
        parts.append(
            f'<path d="M{LEFT} {y:.1f}H{RIGHT}" stroke="#d5dae0"/>'
            f'<text x="{LEFT - 6}" y="{y + 4:.1f}" text-anchor="end" fill="#333333">{100 * gap:g} %</text>'
        )
    for seconds in (0.1, 1, 10, 100):
        x = at(seconds, 1)[0]
        parts.append(
            f'<path d="M{x:.1f} {TOP}V{FLOOR}" stroke="#eceff2"/>'
            f'<text x="{x:.1f}" y="{FLOOR + 20}" text-anchor="middle" fill="#333333">{seconds:g} s</text>'
        )
    return parts


def _curve(name: str, trace: list[list[float]], color: str, dash: str) -> list[str]:
    points = [at(s, (b - v) / abs(b)) for s, v, b in trace if math.isfinite(v) and math.isfinite(b) and b]
    if not points:
        return []
    path, (x, y) = "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in points), points[-1]
    return [
        f'<path d="{path}" fill="none" stroke="{color}" stroke-width="2" stroke-dasharray="{dash}"/>',
        f'<text x="{x + 6:.1f}" y="{y + 4:.1f}" fill="{color}" font-weight="bold">{name}</text>',
    ]


def _mark(peer: str, seconds: float, gap: float, color: str) -> str:
    x, y = at(seconds, gap)
    if peer == "greedy":
        return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="5" fill="#ffffff" stroke="{color}" stroke-width="2"/>'
    return (
        f'<rect x="{x - 4.5:.1f}" y="{y - 4.5:.1f}" width="9" height="9" fill="#ffffff" stroke="{color}" '
        'stroke-width="2"/>'
    )
