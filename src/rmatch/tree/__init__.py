"""Small problems solved on their declared rows alone; each objective proved by prices, and by cases if need be."""

from rmatch.tree.instance import Answer, ImpossibleError, Instance
from rmatch.tree.lexicographic import solve

__all__ = ["Answer", "ImpossibleError", "Instance", "solve"]
