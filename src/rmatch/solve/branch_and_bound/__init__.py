"""Branch and bound on declared rows, for small problems: each objective proved by duals, and by cases where needed."""

from rmatch.solve.branch_and_bound.instance import Answer, ImpossibleError, Instance
from rmatch.solve.branch_and_bound.lexicographic import solve

__all__ = ["Answer", "ImpossibleError", "Instance", "solve"]
