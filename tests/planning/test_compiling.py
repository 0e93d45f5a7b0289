"""Compiling ahead: what planning calls later is compiled by then."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from pledgeway.planning.kernels import kept_in

CODE = """
import sys
from numba.core.dispatcher import Dispatcher
from pledgeway.formats import read_problem
from pledgeway.planning import Rounds, solve
from pledgeway.planning.compiling import compile_engine

def compiled():
    modules = [module for name, module in sys.modules.items() if name.startswith("pledgeway.planning.engine")]
    kernels = {kernel for module in modules for kernel in vars(module).values() if isinstance(kernel, Dispatcher)}
    return {(kernel.__name__, str(signature)) for kernel in kernels for signature in kernel.signatures}

compile_engine()
before = compiled()
assert "_search" in {name for name, _ in before}
solve(read_problem(sys.argv[1]), Rounds(12), exact=False)
assert compiled() == before, compiled() - before
"""


def test_planning_compiles_nothing_more_once_the_engine_is_compiled() -> None:
    problem = Path(__file__).parents[2] / "benchmarks" / "instances" / "S1.json"
    done = subprocess.run([sys.executable, "-c", CODE, str(problem)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_a_kernel_that_changes_lets_all_be_compiled_again_and_other_code_does_not(tmp_path: Path) -> None:
    (tmp_path / "called.py").write_text("@njit\ndef called(): ...")
    (tmp_path / "calls.py").write_text("@njit\ndef calls(): called()")
    (tmp_path / "words.py").write_text("WORDS = 1")
    before = kept_in(tmp_path, "")
    assert before.parent == tmp_path / "__pycache__"
    assert kept_in(tmp_path, "/elsewhere") == Path("/elsewhere") / before.name
    (tmp_path / "words.py").write_text("WORDS = 2")
    assert kept_in(tmp_path, "") == before
    (tmp_path / "called.py").write_text("@njit\ndef called(): return 1")
    assert kept_in(tmp_path, "") != before
