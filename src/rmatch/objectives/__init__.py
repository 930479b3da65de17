"""Objectives: the quantities that a program optimises, in lexicographic order."""

from rmatch.objectives._base import Objective
from rmatch.objectives._people import Priority, Stability
from rmatch.objectives._scores import Bands, LeastLoad, MostPairs, Total, WorstPair

__all__ = ["Bands", "LeastLoad", "MostPairs", "Objective", "Priority", "Stability", "Total", "WorstPair"]
