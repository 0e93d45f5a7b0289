"""A sweep on a Dask cluster: the scenarios of one plan, on as many machines as have workers.

Every worker is given what the scenarios start from once, when the sweep begins or when it joins later; a scenario whose
worker is lost is planned by another.
"""

from __future__ import annotations

import platform
from collections.abc import Iterator, Sequence
from concurrent.futures import CancelledError
from importlib.metadata import version
from typing import Any
from uuid import uuid4

from distributed import Client, KilledWorker, WorkerPlugin, as_completed, get_worker

from pledgeway.planning.scenarios.changes import Scenario
from pledgeway.planning.scenarios.outcome import Base, Outcome
from pledgeway.planning.scenarios.sharing import WorkersLostError, give, of_sweep, take_back

CONNECTING_SECONDS, WAITING_SECONDS = 10.0, 60.0
SAME = ("pledgeway", "numpy", "numba", "highspy")
"""Packages whose versions must be the same everywhere, so that the answers are."""


def versions() -> dict[str, str]:
    """Return what must be the same on all machines."""
    return {"python": platform.python_version(), **{name: version(name) for name in SAME}}


class _Given(WorkerPlugin):
    """What a sweep starts from, given to each worker before it plans."""

    def __init__(self, sweep: str, base: Base) -> None:
        self.sweep, self.base, self.versions = sweep, base, versions()

    def setup(self, worker: Any) -> None:
        """Take it, where the worker is of the same version."""
        here = versions()
        differs = [
            f"{name} {here[name]}, not {wanted}" for name, wanted in self.versions.items() if here[name] != wanted
        ]
        if differs:
            raise WorkersLostError(f"the worker {worker.address} has {'; '.join(differs)}")
        give(self.sweep, self.base)

    def teardown(self, worker: Any) -> None:  # noqa: ARG002 - the interface is Dask's
        """Forget it."""
        take_back(self.sweep)


def _plan(sweep: str, scenario: Scenario, seconds: float) -> Outcome:
    return of_sweep(sweep, scenario, seconds, get_worker().state.nthreads)


def by_cluster(base: Base, scenarios: Sequence[Scenario], seconds: float, address: str) -> Iterator[Outcome]:
    """Plan the scenarios on the cluster whose scheduler is at ``address``, such as tcp://10.0.0.5:8786.

    Raises OSError where nobody answers there, and WorkersLostError where there are no workers, they are of another
    version, or they are lost again and again.
    """
    sweep = f"pledgeway-{uuid4().hex}"
    with Client(address, timeout=CONNECTING_SECONDS, set_as_default=False) as client:  # type: ignore[no-untyped-call]
        try:
            client.wait_for_workers(1, timeout=WAITING_SECONDS)
        except TimeoutError as none:
            raise WorkersLostError(f"the cluster at {address} has had no worker for {WAITING_SECONDS:g} s") from none
        client.register_plugin(_Given(sweep, base), name=sweep)
        tasks = client.map(_plan, [sweep] * len(scenarios), scenarios, [seconds] * len(scenarios), pure=False)
        try:
            for task in as_completed(list(tasks), loop=client.loop):  # type: ignore[no-untyped-call]
                found = task.result()
                tasks.remove(task)  # its answer need not stay in the cluster
                yield found
        except KilledWorker as killed:
            raise WorkersLostError(
                f"a scenario ended several workers, perhaps for want of memory: {killed}"
            ) from killed
        except CancelledError as gone:
            raise WorkersLostError(f"the cluster at {address} went away") from gone
        finally:
            client.cancel(tasks)
            client.unregister_worker_plugin(sweep)
