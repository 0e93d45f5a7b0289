"""A sweep on a real Dask cluster: a scheduler and two workers, one of which is killed in the middle."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from pledgeway.planning import GapOrTime, solve
from pledgeway.planning.scenarios import Loss, Outcome, Scenario, built_in, pairs, stress
from tests.planning.test_scenarios import two_donors


@contextmanager
def _running(*words: str, folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    with (folder / f"{words[0]}-{os.urandom(4).hex()}.log").open("wb") as log:
        process = subprocess.Popen([sys.executable, "-m", "dask", *words], cwd=folder, stdout=log, stderr=log)
        try:
            yield process
        finally:
            process.kill()
            process.wait()


def _answers(losses: tuple[Loss, ...]) -> list[tuple[str, float, float, object]]:
    return sorted((str(loss.scenario), loss.least, loss.most, loss.outcome.plan.movements) for loss in losses)


@pytest.mark.slow
def test_a_killed_worker_costs_no_answer_and_the_answers_are_those_of_one_process(tmp_path: Path) -> None:
    problem = two_donors()
    plan = solve(problem, GapOrTime(0.0, 10.0))
    single: list[Scenario] = built_in(problem, ["donor", "place", "lane", "mode", "half"])
    wanted = [*single, *pairs(single)]
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    address = f"tcp://127.0.0.1:{port}"
    with ExitStack() as running:
        running.enter_context(
            _running("scheduler", "--host", "127.0.0.1", "--port", str(port), "--no-dashboard", folder=tmp_path)
        )
        first, _ = [
            running.enter_context(
                _running("worker", address, "--nthreads", "1", "--no-nanny", "--no-dashboard", folder=tmp_path)
            )
            for _ in range(2)
        ]
        seen: list[Outcome] = []

        def kill_one(found: Outcome, done: int, wanted: int) -> None:
            seen.append(found)
            if done == 3 < wanted:
                first.send_signal(signal.SIGKILL)

        shared = stress(problem, plan, wanted, cluster=address, progress=kill_one, keep=tmp_path / "kept.jsonl")
        assert first.wait(10) == -signal.SIGKILL
        assert len(seen) == len(shared.losses) == len(wanted)
        again = stress(problem, plan, wanted, cluster=address, keep=tmp_path / "kept.jsonl", progress=kill_one)
        assert len(seen) == len(wanted)  # nothing was computed again
    assert _answers(shared.losses) == _answers(stress(problem, plan, wanted).losses)
    assert [loss.most for loss in again.losses] == [loss.most for loss in shared.losses]
