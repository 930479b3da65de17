"""Small problems solved on their declared rows alone; each objective proved by prices, and by cases if need be."""

from rmatch.solve.branch_and_bound.instance import Answer, ImpossibleError, Instance
from rmatch.solve.branch_and_bound.lexicographic import solve

__all__ = ["Answer", "ImpossibleError", "Instance", "solve"]
