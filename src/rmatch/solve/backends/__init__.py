"""Solver backends, and the choice of the simplest one that is exact: :func:`choose`."""

from rmatch.solve.backends._checked import cheapest_flow, integer_program, patience
from rmatch.solve.backends._components import Components, Hint, components, solve
from rmatch.solve.backends._flow import ASSIGNMENT, FLOW, Fit, Solver, cheapest, choose, fit, largest, most_pairs
from rmatch.solve.backends._lp import lowest

__all__ = [
    "ASSIGNMENT",
    "FLOW",
    "Components",
    "Fit",
    "Hint",
    "Solver",
    "cheapest",
    "cheapest_flow",
    "choose",
    "components",
    "fit",
    "integer_program",
    "largest",
    "lowest",
    "most_pairs",
    "patience",
    "solve",
]
