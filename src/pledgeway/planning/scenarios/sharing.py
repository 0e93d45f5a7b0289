"""How the scenarios of a sweep are shared: one after another here, among processes, or on a Dask cluster.

All three run :func:`pledgeway.planning.scenarios.outcome.outcome` and give the same answers, in the order in which they
come. What every scenario starts from is given to a process once, not with every scenario.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context

import numba

from pledgeway.planning.scenarios.changes import Scenario
from pledgeway.planning.scenarios.outcome import Base, Outcome, outcome

TRIES = 3
"""How often processes may end while a sweep goes on, before that is an error."""


class WorkersLostError(RuntimeError):
    """Those that planned have gone, and will not come back by themselves; what was done until then is kept."""


_BASES: dict[str, Base] = {}
"""What this process was given, by sweep."""
_PLANNING = threading.Lock()
"""A process plans one scenario at a time, on as many threads as it has."""


def give(sweep: str, base: Base) -> None:
    """Let this process plan scenarios of ``sweep``."""
    _BASES[sweep] = base


def take_back(sweep: str) -> None:
    """Forget what a sweep that is over started from."""
    _BASES.pop(sweep, None)


def of_sweep(sweep: str, scenario: Scenario, seconds: float, threads: int) -> Outcome:
    """Plan one scenario of a sweep that this process was given, on so many threads."""
    with _PLANNING:
        numba.set_num_threads(max(1, min(threads, int(numba.config.NUMBA_NUM_THREADS))))  # type: ignore[attr-defined]
        return outcome(_BASES[sweep], scenario, seconds)


def in_turn(base: Base, scenarios: Sequence[Scenario], seconds: float) -> Iterator[Outcome]:
    """Plan the scenarios one after another, here."""
    yield from (outcome(base, scenario, seconds) for scenario in scenarios)


def by_processes(base: Base, scenarios: Sequence[Scenario], seconds: float, workers: int) -> Iterator[Outcome]:
    """Plan the scenarios in so many processes of this machine; those that end are replaced, and their work is redone.

    Raises WorkersLostError where processes end again and again.
    """
    left = list(scenarios)
    for _ in range(TRIES):
        try:
            for found in _pooled(base, left, seconds, workers):
                left.remove(found.scenario)
                yield found
            return
        except BrokenProcessPool:
            continue
    raise WorkersLostError(f"the processes that plan ended {TRIES} times; perhaps there is too little memory for them")


def _pooled(base: Base, scenarios: Sequence[Scenario], seconds: float, workers: int) -> Iterator[Outcome]:
    threads = max(1, int(numba.get_num_threads()) // workers)
    pool = ProcessPoolExecutor(workers, get_context("spawn"), initializer=give, initargs=("here", base))
    try:
        tasks = [pool.submit(of_sweep, "here", scenario, seconds, threads) for scenario in scenarios]
        for task in as_completed(tasks):
            yield task.result()
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
