"""One solver on the whole model's linear program, in a process of its own: prints what it proves as a line of JSON.

Reads the arrays that ``matrix.py`` wrote and knows nothing of the product: HiGHS and OR-Tools clash in one process, and
HiPO needs a release of HiGHS whose extras are published (``requirements/peers.txt``). A solver that refuses an option,
or that does not say that it ran as asked, ends with an error.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import re
import resource
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from matrix import Matrix

RAN = {"simplex": "simplex", "ipx": "IPX version", "hipo": "Running HiPO", "pdlp": "PDLP"}
"""What HiGHS's own log says where it ran as asked."""
DUAL = re.compile(r"^ +\d+\*? +[+-]?\d\.\d+e\S+ +([+-]?\d\.\d+e[+-]\d+) .*$", re.MULTILINE)
"""A line of HiGHS's log: iteration, value, value of the dual (both of the least, not the most)."""
SOLVED = re.compile(
    r"interior point solve: +optimal|Hipo: Solved|Model status +: Optimal|^ +Status: +.*OPTIMAL", re.MULTILINE
)
"""Its word for having reached the gap: after it, postsolving may spoil the solution and say *Unknown*."""


@dataclass(frozen=True)
class Outcome:
    """Whether a solver reached the gap by its own word, the bound it last reported and the bound that its prices prove.

    A bound is None where the solver reports none, or hands over no prices.
    """

    reached: bool
    bound: float | None
    status: str
    proven: float | None


def highs(solver: str, matrix: Matrix, gap: float, seconds: float, threads: int, log: Path) -> Outcome:
    """Run HiGHS by ``solver``; all but simplex may stop at a relative ``gap``, without crossover."""
    import highspy  # noqa: PLC0415 - not in one process with OR-Tools

    model = highspy.HighsLp()
    model.num_col_, model.num_row_ = len(matrix.worth), len(matrix.least)
    model.sense_ = highspy.ObjSense.kMaximize
    model.col_cost_, model.col_lower_, model.col_upper_ = matrix.worth, np.zeros(len(matrix.worth)), matrix.most
    model.row_lower_, model.row_upper_ = matrix.least, matrix.greatest
    model.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    model.a_matrix_.start_, model.a_matrix_.index_ = matrix.start, matrix.index
    model.a_matrix_.value_ = matrix.value
    run = highspy.Highs()
    options: dict[str, Any] = {"threads": threads, "solver": solver, "time_limit": seconds}
    if solver != "simplex":
        options |= {"run_crossover": "off", "ipm_optimality_tolerance": gap, "pdlp_optimality_tolerance": gap}
    for name, wanted in options.items():
        if run.setOptionValue(name, wanted) != highspy.HighsStatus.kOk or run.getOptionValue(name)[1] != wanted:
            raise SystemExit(f"HiGHS {run.version()} refuses {name} = {wanted}")
    run.passModel(model)
    del model
    with written_to(log):
        run.run()
    said, status = log.read_text(errors="replace"), run.modelStatusToString(run.getModelStatus())
    ended_before = "Reduced to empty" in said or "Time limit" in status
    if RAN[solver] not in said and not ended_before:
        raise SystemExit(f"HiGHS {run.version()} did not run {solver}: {said[-300:]}")
    proven = proven_by(matrix, run.getSolution().row_dual) if status == "Optimal" else None  # else spoilt, see SOLVED
    if SOLVED.search(said):
        return Outcome(True, dual_reported(said) or run.getInfo().objective_function_value, "solved", proven)
    return Outcome(False, dual_reported(said), status, proven)


def proven_by(matrix: Matrix, prices: Sequence[float]) -> float | None:
    """Return the least bound that a solver's prices of the rows prove, whatever sign it gives them; None of none."""
    given = np.array(prices, dtype=np.float64)
    bound = min(matrix.bound(given), matrix.bound(-given)) if len(given) == len(matrix.least) else math.inf
    return bound if math.isfinite(bound) else None


@contextmanager
def written_to(file: Path) -> Iterator[None]:
    """Write to ``file`` what goes to standard output: of interior points and PDLP HiGHS's own log file has no line."""
    sys.stdout.flush()
    kept = os.dup(1)
    with file.open("wb") as log:
        os.dup2(log.fileno(), 1)
    try:
        yield
    finally:
        os.dup2(kept, 1)
        os.close(kept)


def dual_reported(log: str) -> float | None:
    """Return the last bound in the log of an interior point method; None where there is none."""
    found = DUAL.findall(log)
    return -float(found[-1]) if found else None


def ortools(matrix: Matrix, gap: float, seconds: float, threads: int) -> Outcome:
    """Run OR-Tools' PDLP until a relative ``gap``."""
    from ortools.pdlp import solve_log_pb2, solvers_pb2  # noqa: PLC0415
    from ortools.pdlp.python import pdlp  # noqa: PLC0415
    from scipy import sparse  # noqa: PLC0415

    program = pdlp.QuadraticProgram()
    shape = (len(matrix.least), len(matrix.worth))
    program.constraint_matrix = sparse.csr_matrix((matrix.value, matrix.index, matrix.start), shape=shape).tocsc()
    program.objective_vector = -matrix.worth
    program.constraint_lower_bounds, program.constraint_upper_bounds = matrix.least, matrix.greatest
    program.variable_lower_bounds, program.variable_upper_bounds = np.zeros(shape[1]), matrix.most
    wanted = solvers_pb2.PrimalDualHybridGradientParams()
    wanted.num_threads = threads
    wanted.termination_criteria.time_sec_limit = seconds
    wanted.termination_criteria.simple_optimality_criteria.eps_optimal_relative = gap
    wanted.termination_criteria.simple_optimality_criteria.eps_optimal_absolute = gap
    found = pdlp.primal_dual_hybrid_gradient(program, wanted)
    reason = solve_log_pb2.TerminationReason.Name(found.solve_log.termination_reason)
    optimal = reason == "TERMINATION_REASON_OPTIMAL"
    dual = [each.dual_objective for each in found.solve_log.solution_stats.convergence_information]
    return Outcome(optimal, -dual[0] if dual else None, reason.removeprefix("TERMINATION_REASON_").lower(),
                   proven_by(matrix, found.dual_solution))  # fmt: skip


SOLVERS = ("simplex", "ipx", "hipo", "pdlp", "ortools")


def main() -> None:
    """Run one solver."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("solver", choices=SOLVERS)
    arguments.add_argument("matrix", type=Path)
    arguments.add_argument("--gap", type=float, default=1e-2)
    arguments.add_argument("--seconds", type=float, default=60.0)
    arguments.add_argument("--threads", type=int, default=1)
    arguments.add_argument("--log", type=Path, help="keep HiGHS's log in this file")
    given = arguments.parse_args()
    matrix = Matrix.read(given.matrix)
    begun = time.perf_counter()
    if given.solver == "ortools":
        outcome = ortools(matrix, given.gap, given.seconds, given.threads)
    else:
        with tempfile.TemporaryDirectory() as folder:
            log = given.log or Path(folder) / "log"
            outcome = highs(given.solver, matrix, given.gap, given.seconds, given.threads, log)
    seconds, used = time.perf_counter() - begun, resource.getrusage(resource.RUSAGE_SELF)
    print(json.dumps({
        **asdict(outcome), "seconds": seconds, "processor_seconds": used.ru_utime + used.ru_stime,
        "megabytes": used.ru_maxrss / 1024,
    }))  # fmt: skip


if __name__ == "__main__":
    main()
