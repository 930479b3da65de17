"""Solvers: which engine is exact for which problem? :func:`choose` takes the plainest that is."""

from rmatch.solvers._choice import ASSIGNMENT, FLOW, Solver, choose, most_pairs

__all__ = ["ASSIGNMENT", "FLOW", "Solver", "choose", "most_pairs"]
