"""The engine against its peers, in one run: writes the table and the plot of docs/benchmarks.md.

make bench                              # everything, about a quarter of an hour
make bench BENCH="--seconds 30 S1 M1"   # less of it
"""

from __future__ import annotations

import argparse
import json
import math
import os
import platform
import subprocess
import sys
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
PAGE, PLOT = HERE.parent / "docs" / "benchmarks.md", HERE.parent / "docs" / "benchmarks.svg"
BEGIN, END = "<!-- measured -->", "<!-- end of measured -->"
PEERS = ("engine", "greedy", "full model", "full model, linear")
MOST_BYTES = 12 * 2**30


@dataclass(frozen=True)
class Aim:
    """The figures to reach on a problem."""

    gap: float
    seconds: float


AIMS = {"S1": Aim(0.005, 30.0), "M1": Aim(0.01, 20.0), "L1": Aim(0.01, 120.0)}


def measure(peer: str, name: str, gap: float, seconds: float) -> dict[str, Any]:
    """Return what a peer reaches; one that does not end, or runs out of memory, is stopped and says so."""
    file = HERE / "instances" / f"{name}.json"
    command = [sys.executable, str(HERE / "peers.py"), peer, str(file), "--gap", str(gap), "--seconds", str(seconds)]
    limited = f'ulimit -v {MOST_BYTES // 1024}; exec "$@"'
    try:
        done = subprocess.run(
            ["bash", "-c", limited, "bash", *command], capture_output=True, text=True, timeout=1.5 * seconds + 60,
            check=False,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        return {"failed": f"stopped after {1.5 * seconds + 60:.0f} s"}
    if done.returncode:
        return {
            "failed": "out of memory" if "MemoryError" in done.stderr or done.returncode < 0 else done.stderr[-300:]
        }
    return dict(json.loads(done.stdout.splitlines()[-1]))


def gap_of(result: dict[str, Any]) -> float:
    """Return the gap that a result proves by itself."""
    value, bound = result["value"], result["bound"]
    return (bound - value) / abs(bound) if math.isfinite(value) and math.isfinite(bound) and bound else math.inf


def row(name: str, peer: str, result: dict[str, Any], best_bound: float) -> str:
    """Return a line of the table; ``below`` is how far the plan is below the best bound that any peer proved."""
    if "failed" in result:
        return f"| {name} | {peer} | | | | | | {result['failed']} |"
    value, bound, gap = result["value"], result["bound"], gap_of(result)
    below = (best_bound - value) / best_bound if math.isfinite(value) else math.inf
    note = f"{len(result['broken'])} rules broken" if result["broken"] else ""
    figures = [
        f"{value:,.0f}" if math.isfinite(value) else "none", f"{bound:,.0f}" if math.isfinite(bound) else "none",
        f"{gap:.2%}" if math.isfinite(gap) else "none", f"{below:.2%}" if math.isfinite(below) else "none",
        f"{result['seconds']:.1f}", f"{result['megabytes']:,.0f}", note,
    ]  # fmt: skip
    return f"| {name} | {peer} | " + " | ".join(figures) + " |"


def plot(traces: dict[str, list[list[float]]]) -> str:
    """Return the engine's gap against time, both on logarithmic scales, as an SVG."""
    width, height, left, floor = 720, 320, 60, 280
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" font-family="sans-serif" '
             'font-size="12"><rect width="100%" height="100%" fill="white"/>']  # fmt: skip

    def at(seconds: float, gap: float) -> tuple[float, float]:
        x = left + (width - left - 60) * (math.log10(max(seconds, 0.1)) + 1) / 3.3
        return x, floor - (floor - 20) * (math.log10(min(max(gap, 1e-4), 1.0)) + 4) / 4

    for gap in (1e-4, 1e-3, 1e-2, 1e-1, 1.0):
        y = at(1, gap)[1]
        parts.append(f'<path d="M{left} {y:.1f}H{width - 60}" stroke="#d5dae0"/><text x="{left - 6}" y="{y + 4:.1f}" '
                     f'text-anchor="end">{gap:.2%}</text>')  # fmt: skip
    for seconds in (0.1, 1, 10, 100):
        x = at(seconds, 1)[0]
        parts.append(f'<text x="{x:.1f}" y="{floor + 18}" text-anchor="middle">{seconds:g} s</text>')
    for color, (name, trace) in zip(("#0072b2", "#8a5aa8", "#a8660b"), traces.items(), strict=False):
        points = [at(s, (b - v) / abs(b)) for s, v, b in trace if math.isfinite(v) and math.isfinite(b) and b]
        if points:
            path, (x, y) = "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in points), points[-1]
            parts.append(f'<path d="{path}" fill="none" stroke="{color}" stroke-width="2"/>'
                         f'<text x="{x + 5:.1f}" y="{y + 4:.1f}" fill="{color}">{name}</text>')  # fmt: skip
    return "".join(parts) + "</svg>\n"


def main() -> None:
    """Measure, and write the page."""
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("problems", nargs="*", default=list(AIMS), help="S1, M1, L1; by default all")
    arguments.add_argument("--seconds", type=float, default=60.0, help="for each peer but the engine; by default 60")
    given = arguments.parse_args()
    lines, traces = [], {}
    for name in given.problems:
        aim, results = AIMS[name], {}
        for peer in PEERS:
            seconds = aim.seconds if peer == "engine" else given.seconds
            print(f"{name} {peer}, at most {seconds:g} s ...", file=sys.stderr, flush=True)
            results[peer] = measure(peer, name, aim.gap, seconds)
        bounds = [r["bound"] for r in results.values() if "failed" not in r and math.isfinite(r["bound"])]
        lines += [row(name, peer, result, min(bounds, default=math.inf)) for peer, result in results.items()]
        traces[name] = results["engine"].get("trace", [])
    head = [
        f"Measured on {date.today():%d %b %Y}: {os.cpu_count()} processors, {platform.machine()}, Python "
        f"{platform.python_version()}, by",
        f"`make bench BENCH=\"--seconds {given.seconds:g} {' '.join(given.problems)}\"`.",
        "",
        "| problem | peer | value | bound | gap | below the best bound | seconds | MB | |",
        "|---|---|---:|---:|---:|---:|---:|---:|---|",
    ]  # fmt: skip
    measured = "\n".join([BEGIN, "", *head, *lines, "", "![The engine's gap against time](benchmarks.svg)", "", END])
    page = PAGE.read_text(encoding="utf-8")
    before, _, rest = page.partition(BEGIN)
    PAGE.write_text(before + measured + rest.partition(END)[2], encoding="utf-8")
    PLOT.write_text(plot(traces), encoding="utf-8")
    print("\n".join(lines))


if __name__ == "__main__":
    main()
