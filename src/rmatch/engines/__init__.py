"""Engines: which is exact for which problem? :func:`choose` takes the plainest that is."""

from rmatch.engines._apart import Hint, components, solve
from rmatch.engines._choice import ASSIGNMENT, FLOW, Fit, Solver, choose, fit, most_pairs
from rmatch.engines._guarded import integer_program, patience
from rmatch.engines._master import lowest

__all__ = [
    "ASSIGNMENT",
    "FLOW",
    "Fit",
    "Hint",
    "Solver",
    "choose",
    "components",
    "fit",
    "integer_program",
    "lowest",
    "most_pairs",
    "patience",
    "solve",
]
