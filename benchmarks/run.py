"""The engine against its peers, in one run: writes the table and the plots of docs/benchmarks.md.

make bench                              # everything, about half an hour
make bench BENCH="--seconds 30 S1 M1"   # less of it
make bench BENCH="S5 M5"                # other problems of the family, made from their number
make bench BENCH="--keep build/bench.json"   # a long run that may be stopped, and goes on where it was

Every plan is verified; where the problem's own checks lie beside the repository (../shared/planning), by these too.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import platform
import re
import statistics
import subprocess
import sys
import tempfile
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

from generate import SIZES, generate
from plot import plot, plot_times
from shapes import SHAPES, shape

HERE = Path(__file__).resolve().parent
PAGE, PLOT = HERE.parent / "docs" / "benchmarks.md", HERE.parent / "docs" / "benchmarks.svg"
TIMES = PLOT.with_name("benchmarks-times.svg")
BEGIN, END = "<!-- measured -->", "<!-- end of measured -->"
CHECKS = HERE.parent.parent / "shared" / "planning"
MEMORY_BYTES = 12 * 2**30
LINEAR = {
    "linear, simplex": "simplex", "linear, interior point (IPX)": "ipx", "linear, interior point (HiPO)": "hipo",
    "linear, PDLP in HiGHS": "pdlp", "linear, PDLP in OR-Tools": "ortools",
}  # fmt: skip
"""The peers that solve the whole model's linear part, to the gap to reach: they prove a bound and have no plan."""
PEERS = ("engine", "greedy", "full model", *LINEAR)
PACKAGES = Path(sys.executable).parent.parent / "peers"
REFUSED = ("refuses", "did not run", "No module named")
"""What a peer says that could not run as asked; it fails the run."""
PROBLEMS = ("S1", "M1", "L1", "S2", "M2", "M3")

Result = dict[str, Any]


@dataclass(frozen=True)
class Aim:
    """The figures to reach on problems of a size: a gap, within seconds."""

    gap: float
    seconds: float


@dataclass(frozen=True)
class Linear:
    """How the linear peers run: on so many threads, until a gap by their own word; None where it is the one wanted."""

    threads: int = 1
    tolerance: float | None = None


AIMS = {"S": Aim(0.001, 30.0), "M": Aim(0.004, 10.0), "L": Aim(0.005, 60.0), "X": Aim(0.02, 600.0)}
SHAPE_AIM = Aim(0.01, 30.0)
LONGER, LEAST_MOVE = 5, 5e-4
"""Where the gap of a shape passes its aim: so many times the seconds say which side was loose."""


def aim_of(name: str) -> Aim:
    """Return the figures to reach on the problem ``name``."""
    return AIMS[name[0]] if re.fullmatch(r"[SMLX]\d+", name) else SHAPE_AIM


def problem_file(name: str, folder: Path) -> tuple[Path, bool]:
    """Return the file of the problem ``name``, and whether it was made now, in ``folder``."""
    kept = HERE / "instances" / f"{name}.json"
    if kept.is_file():
        return kept, False
    drawn = re.fullmatch(r"(.*\D)(\d+)", name)
    if not drawn or drawn[1] not in {*SIZES, *SHAPES}:
        raise SystemExit(f"{name} is not a problem: {', '.join([*SIZES, *SHAPES])}, and a number, such as M7")
    make = shape if drawn[1] in SHAPES else generate
    made = folder / kept.name
    made.write_text(json.dumps(make(drawn[1], int(drawn[2])), separators=(",", ":")))
    return made, True


def measure(peer: str, file: Path, gap: float, seconds: float, folder: Path) -> Result:
    """Return what a peer reaches; one that does not end, or runs out of memory, is stopped and says so."""
    kept = folder / "plan.json"
    kept.unlink(missing_ok=True)
    command = [sys.executable, str(HERE / "peers.py"), peer, str(file), "--gap", str(gap), "--seconds", str(seconds)]
    longest = 1.5 * seconds + 60
    try:
        done = subprocess.run(
            limited([*command, "--keep", str(kept)]), capture_output=True, text=True, timeout=longest, check=False
        )
    except subprocess.TimeoutExpired:
        return {"failed": f"> {longest:,.0f} s", "late": longest}
    if done.returncode:
        said = (done.stderr.strip().splitlines() or [f"ended by signal {-done.returncode}"])[-1]
        return {"failed": "out of memory" if "MemoryError" in said or "bad_alloc" in said else said[-100:]}
    result: Result = json.loads(done.stdout.splitlines()[-1])
    result["broken"] += independent_faults(file, kept, proves=math.isfinite(result["bound"]))
    return result


def limited(command: list[str]) -> list[str]:
    """Return the command that runs ``command`` within the memory."""
    return ["bash", "-c", f'ulimit -v {MEMORY_BYTES // 1024}; exec "$@"', "bash", *command]


def measure_linear(solver: str, matrix: Path, gap: float, seconds: float, linear: Linear = Linear()) -> Result:
    """Return what a solver of the linear part proves by its own word; one that refuses its options ends the run."""
    command = [
        sys.executable, str(HERE / "linear.py"), solver, str(matrix), "--gap", str(linear.tolerance or gap),
        "--seconds", str(seconds), "--threads", str(linear.threads),
    ]  # fmt: skip
    environment = {**os.environ, "PYTHONPATH": str(PACKAGES), "OMP_NUM_THREADS": str(linear.threads)}
    longest, late = seconds + 60, f"> {seconds:,.0f} s"
    try:
        done = subprocess.run(
            limited(command), capture_output=True, text=True, timeout=longest, check=False, env=environment
        )
    except subprocess.TimeoutExpired:
        return {"failed": late, "late": seconds}
    if done.returncode:
        said = (done.stderr.strip().splitlines() or [f"ended by signal {-done.returncode}"])[-1]
        if any(word in said for word in REFUSED):
            raise SystemExit(f"{solver}: {said}")
        return {"failed": "out of memory" if "MemoryError" in said or "bad_alloc" in said else said[-100:]}
    found: Result = json.loads(done.stdout.splitlines()[-1])
    if not found["reached"]:
        near = f", its bound then {found['bound']:,.0f}" if found["bound"] is not None else ", no bound then"
        used = f" ({found['processor_seconds']:,.0f} s of a processor, {found['megabytes']:,.0f} MB)"
        near += f", its prices prove {found['proven']:,.0f}" if found["proven"] is not None else ""
        if found["seconds"] < seconds:
            return {"failed": f"ended after {found['seconds']:,.0f} s short of the gap: {found['status']}{near}"}
        return {"failed": late + near + used, "late": seconds}
    proves = f", its prices prove {found['proven']:,.0f}" if found["proven"] is not None else ""
    return {**found, "value": -math.inf, "broken": [], "trace": [], "only": "linear part alone" + proves}


def independent_faults(problem: Path, plan: Path, *, proves: bool) -> list[str]:
    """Return what the checks beside the repository, where they are, find wrong with a plan and its certificate."""
    if not (CHECKS.is_dir() and plan.is_file()):
        return []
    faults = []
    for check, good in (("check_plan.py", {0}), ("check_bound.py", {0, 2})):  # 2: a solver's bound, no certificate
        if check == "check_plan.py" or proves:
            command = [sys.executable, str(CHECKS / check), str(problem), str(plan)]
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            if done.returncode not in good:
                faults.append(f"{check}: {done.stdout.strip() or done.stderr.strip()}")
    return faults


def gap_of(result: Result) -> float:
    """Return the gap that a result proves by itself; infinite where it has no plan or no bound."""
    value, bound = result["value"], result["bound"]
    return (bound - value) / abs(bound) if math.isfinite(value) and math.isfinite(bound) and bound else math.inf


def loose_side(short: Result, longer: Result) -> str:
    """Return which side of a gap was loose: the plan, where more time raises it more than it lowers the bound."""
    if "failed" in longer:
        return f"longer run {longer['failed']}"
    raised = (longer["value"] - short["value"]) / abs(short["bound"])
    lowered = (short["bound"] - longer["bound"]) / abs(short["bound"])
    side = "plan" if raised > max(lowered, LEAST_MOVE) else "bound"
    return f"{side} loose: in {longer['seconds']:.0f} s the plan rises {raised:.2%}, the bound falls {lowered:.2%}"


def row(name: str, peer: str, result: Result, best_bound: float) -> str:
    """Return a line of the table; *below* is how far the plan is below the best bound that any peer proved."""
    if "failed" in result:
        return f"| {name} | {peer} | | | | | | | {result['failed']} |"
    value, bound, gap = result["value"], result["bound"], gap_of(result)
    below = (best_bound - value) / best_bound if math.isfinite(value) else math.inf
    notes = [f"{len(result['broken'])} rules broken"] if result["broken"] else []
    notes += ["no plan in time"] if value <= 0 < best_bound and math.isfinite(value) else []
    notes += ["not solved in time"] if not math.isfinite(value) and not math.isfinite(bound) else []
    notes += [result["only"]] if "only" in result else []
    notes += [result["loose"]] if "loose" in result else []
    figures = [
        f"{value:,.0f}" if math.isfinite(value) else "", f"{bound:,.0f}" if math.isfinite(bound) else "",
        f"{gap:.2%}" if math.isfinite(gap) else "", f"{below:.2%}" if math.isfinite(below) else "",
        f"{result['seconds']:.1f}", f"{result['megabytes']:,.0f}", "; ".join(notes),
    ]  # fmt: skip
    return f"| {name} | {peer} | " + " | ".join(figures) + " |"


def measure_all(
    problems: list[str],
    peers: list[str],
    seconds: float,
    gap: float | None = None,
    keep: Path | None = None,
    linear: Linear = Linear(),
) -> dict[str, dict[str, Result]]:
    """Return the results by problem and peer, to the ``gap`` given or that of each problem's aim.

    Problems made from a number go to the engine and to greedy only. Results are kept in the file ``keep`` as they come;
    what is there is not measured again.
    """
    results: dict[str, dict[str, Result]] = json.loads(keep.read_text()) if keep and keep.is_file() else {}
    with tempfile.TemporaryDirectory() as folder:
        for name in problems:
            file, made = problem_file(name, Path(folder))
            aim, own = aim_of(name), results.setdefault(name, {})
            aim = aim if gap is None else replace(aim, gap=gap)
            left = [peer for peer in peers if peer not in own and (not made or peer in ("engine", "greedy"))]
            matrix = Path(folder) / "matrix.npz"
            if any(peer in LINEAR for peer in left):
                print(f"{name} whole model ...", file=sys.stderr, flush=True)
                command = [sys.executable, str(HERE / "matrix.py"), str(file), str(matrix)]
                subprocess.run(limited(command), check=True, stdout=subprocess.DEVNULL)
            for peer in left:
                most = aim.seconds if peer == "engine" else seconds
                print(f"{name} {peer}, at most {most:g} s ...", file=sys.stderr, flush=True)
                found = (
                    measure_linear(LINEAR[peer], matrix, aim.gap, most, linear)
                    if peer in LINEAR
                    else measure(peer, file, aim.gap, most, Path(folder))
                )
                own[peer] = {**found, "wanted": aim.gap}
                if peer == "engine" and aim == SHAPE_AIM and "failed" not in found and gap_of(found) > aim.gap:
                    longer = measure(peer, file, aim.gap, LONGER * most, Path(folder))
                    own[peer]["loose"] = loose_side(found, longer)
                print(row(name, peer, found, found.get("bound") or math.inf), file=sys.stderr, flush=True)
                if keep:
                    keep.with_suffix(".new").write_text(json.dumps(results))
                    keep.with_suffix(".new").replace(keep)
    return {name: results[name] for name in problems}


def times_of(results: dict[str, dict[str, Result]]) -> dict[str, list[tuple[int, float, bool]]]:
    """Return by peer (offers, median seconds, whether it came to its end) for each size of the family.

    Its end is the gap wanted; greedy has its own. A linear peer that did not fail came to it by its own word.
    """
    by_size: dict[str, dict[int, list[tuple[float, bool]]]] = {}
    for name, by_peer in results.items():
        if not re.fullmatch(r"[SMLX]\d+", name):
            continue
        for peer, result in by_peer.items():
            if "failed" not in result:
                ended = peer not in ("engine", "full model") or gap_of(result) <= result["wanted"] + LEAST_MOVE
                point = (result["seconds"], ended)
            elif "late" in result:
                point = (result["late"], False)
            else:
                continue
            by_size.setdefault(peer, {}).setdefault(SIZES[name[0]].rows, []).append(point)
    return {
        peer: [(rows, statistics.median(seconds for seconds, _ in own), all(ended for _, ended in own))
               for rows, own in sorted(sizes.items())]
        for peer, sizes in by_size.items()
    }  # fmt: skip


def table(results: dict[str, dict[str, Result]]) -> list[str]:
    """Return the results as a table in Markdown."""
    lines = [
        "| problem | peer | value | bound | gap | below the best bound | seconds | MB | |",
        "|---|---|---:|---:|---:|---:|---:|---:|---|",
    ]
    for name, by_peer in results.items():
        proven = [result["bound"] for peer, result in by_peer.items() if "failed" not in result and peer not in LINEAR]
        best = min(proven, default=math.inf)
        lines += [row(name, peer, result, best) for peer, result in by_peer.items()]
    return lines


def publish(results: dict[str, dict[str, Result]], command: str) -> None:
    """Write the table and the plot into the page, between its marks."""
    machine = f"{os.cpu_count()} processors, {platform.machine()}, Python {platform.python_version()}"
    said = f"Measured on {date.today():%d %b %Y} ({machine}) by `{command}`."
    picture = f"![Gaps against time]({PLOT.name})\n\n![Time against size]({TIMES.name})"
    measured = "\n".join([BEGIN, "", said, "", *table(results), "", picture, "", END])
    page = PAGE.read_text(encoding="utf-8")
    before, _, rest = page.partition(BEGIN)
    PAGE.write_text(before + measured + rest.partition(END)[2], encoding="utf-8")
    PLOT.write_text(plot(results), encoding="utf-8")
    TIMES.write_text(plot_times(times_of(results)), encoding="utf-8")


def main() -> None:
    """Measure, and write the page."""
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("problems", nargs="*", help=f"by default {' '.join(PROBLEMS)}")
    arguments.add_argument("--seconds", type=float, default=60.0, help="for each peer but the engine; by default 60")
    arguments.add_argument("--threads", type=int, default=1, help="for each linear peer; by default 1")
    arguments.add_argument("--tolerance", type=float, help="for the linear peers' own word; by default the gap")
    arguments.add_argument("--gap", type=float, help="that all are to reach; by default each problem's own")
    arguments.add_argument("--peer", action="append", choices=PEERS, help="only these; nothing is written then")
    arguments.add_argument("--keep", type=Path, help="keep results in this file, and measure only what it lacks")
    given = arguments.parse_args()
    problems, peers = given.problems or list(PROBLEMS), given.peer or list(PEERS)
    results = measure_all(problems, peers, given.seconds, given.gap, given.keep, Linear(given.threads, given.tolerance))
    print("\n".join(table(results)))
    faults = [f"{name} {peer}: {fault}" for name, by_peer in results.items() for peer, result in by_peer.items()
              for fault in result.get("broken", [])]  # fmt: skip
    if given.peer is None:
        options = f"--seconds {given.seconds:g}" + (f" --gap {given.gap:g}" if given.gap else "")
        options += f" --threads {given.threads}" if given.threads > 1 else ""
        options += f" --tolerance {given.tolerance:g}" if given.tolerance else ""
        options += "".join(f" {name}" for name in given.problems)
        publish(results, f'make bench BENCH="{options}"')
    sys.exit("\n".join(faults) if faults else 0)


if __name__ == "__main__":
    main()
