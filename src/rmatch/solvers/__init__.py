"""Solvers: which engine is exact for which problem? :func:`choose` takes the plainest that is."""

from rmatch.solvers._apart import Hint, components, solve
from rmatch.solvers._choice import ASSIGNMENT, FLOW, Solver, choose, most_pairs

__all__ = ["ASSIGNMENT", "FLOW", "Hint", "Solver", "choose", "components", "most_pairs", "solve"]
