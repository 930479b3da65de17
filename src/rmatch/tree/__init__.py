"""Small problems solved on the declared rows alone, every objective proved: by prices, and by cases where they leave a gap."""

from rmatch.tree.instance import Answer, ImpossibleError, Instance
from rmatch.tree.lexicographic import solve

__all__ = ["Answer", "ImpossibleError", "Instance", "solve"]
