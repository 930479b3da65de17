"""Objectives: the quantities that a program optimises, in lexicographic order."""

from rmatch.objectives._base import Objective, linear_of, loads_of, values_of
from rmatch.objectives._people import Priority, Stability
from rmatch.objectives._scores import Bands, LeastLoad, MostPairs, Total, WorstPair

USUAL: tuple[type[Objective], ...] = (MostPairs, Priority, WorstPair, Bands, LeastLoad, Stability, Total)
"""The objectives in the order in which they are usually met."""

__all__ = [
    "Bands",
    "LeastLoad",
    "MostPairs",
    "Objective",
    "Priority",
    "Stability",
    "Total",
    "WorstPair",
    "linear_of",
    "loads_of",
    "values_of",
]
