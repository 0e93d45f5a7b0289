"""The whole problem as one mixed-integer program: an oracle for tests, a peer for benchmarks, a finisher of proofs."""

from pledgeway.planning.exact.solve import ExactResult, size, solve_exact

__all__ = ["ExactResult", "size", "solve_exact"]
