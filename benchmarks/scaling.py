"""One sweep of scenarios by one worker and by two, as processes and as workers of a Dask cluster on this machine.

Run in the repository:  python benchmarks/scaling.py [PROBLEM.json] [--scenarios 36] [--within 0.01]

The problem is planned once; then its first donors and hubs are gone in turn, each way of sharing after the other in one
run. Every Dask worker has one thread, and so has each of two processes; the single process uses all threads. Seconds
are all of ``stress``: what a sweep prepares before its scenarios, which is not shared, is printed apart. A sweep whose
answers differ from the first one's fails the run.
"""

from __future__ import annotations

import argparse
import os
import pickle
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from distributed import Client

from pledgeway.formats import read_problem
from pledgeway.planning import GapOrTime, Plan, Problem, solve
from pledgeway.planning.compiling import compile_engine
from pledgeway.planning.scenarios import Scenario, Stress, built_in, stress
from pledgeway.planning.scenarios.outcome import base_of

INSTANCE = Path(__file__).parent / "instances" / "M1.json"
HOST, MOST_SECONDS = "127.0.0.1", 60.0


@contextmanager
def cluster(workers: int) -> Iterator[str]:
    """Yield the address of a scheduler on loopback once so many workers of one thread each have joined it."""
    with socket.socket() as free:
        free.bind((HOST, 0))
        port = free.getsockname()[1]
    address = f"tcp://{HOST}:{port}"
    worker = ["worker", address, "--nthreads", "1", "--no-nanny", "--no-dashboard"]
    with ExitStack() as running:
        for words in (["scheduler", "--host", HOST, "--port", str(port), "--no-dashboard"], *[worker] * workers):
            begun = [sys.executable, "-m", "dask", *words]
            process = subprocess.Popen(begun, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            running.callback(process.wait)
            running.callback(process.kill)
        with Client(address, timeout=60, set_as_default=False) as client:  # type: ignore[no-untyped-call]
            client.wait_for_workers(workers, timeout=60)
        yield address


def sweeps(problem: Problem, plan: Plan, scenarios: list[Scenario], within: float) -> Iterator[tuple[str, int, Stress]]:
    """Yield how the sweep was shared, among how many, and what it found."""
    for workers in (1, 2):
        yield "processes", workers, stress(problem, plan, scenarios, within=within, workers=workers)
    for workers in (1, 2):
        with cluster(workers) as address:
            yield "Dask", workers, stress(problem, plan, scenarios, within=within, cluster=address)


def main() -> None:
    """Plan, sweep each way and print a line for each."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("problem", nargs="?", type=Path, default=INSTANCE)
    parser.add_argument("--scenarios", type=int, default=36)
    parser.add_argument("--within", type=float, default=0.01)
    asked = parser.parse_args()
    problem = read_problem(asked.problem)
    compile_engine()
    plan = solve(problem, GapOrTime(asked.within, MOST_SECONDS))
    scenarios = built_in(problem, ["donor", "hub"])[: asked.scenarios]
    begun = time.perf_counter()
    base = base_of(problem, plan, within=asked.within)
    prepared, size = time.perf_counter() - begun, len(pickle.dumps(base, protocol=5)) / 1e6
    print(f"{problem.name}: gap {plan.gap:.2%}, {len(scenarios)} scenarios within {asked.within:.1%}; a sweep's start "
          f"takes {prepared:.1f} s and is {size:.1f} MB; {os.cpu_count()} processors")  # fmt: skip
    print("| shared among | seconds | ratio to one | longest scenario | load before |\n|---|---:|---:|---:|---:|")
    one: dict[str, float] = {}
    first: dict[str, tuple[float, float]] = {}
    load = os.getloadavg()[0]
    for how, workers, found in sweeps(problem, plan, scenarios, asked.within):
        answers = {loss.scenario.name: (loss.least, loss.most) for loss in found.losses}
        first = first or answers
        if answers != first:
            raise SystemExit(f"{how}, {workers}: other answers than those of one process")
        one.setdefault(how, found.seconds)
        longest = max(loss.outcome.seconds for loss in found.losses)
        ratio = one[how] / found.seconds
        print(f"| {how}, {workers} | {found.seconds:.1f} | {ratio:.2f} | {longest:.1f} | {load:.1f} |", flush=True)
        load = os.getloadavg()[0]


if __name__ == "__main__":
    main()
