"""A program: what is asked of a plan, read from TOML and resolved for the people."""

from rmatch.program._forgiving import without_strangers
from rmatch.program._program import FAMILIES, Program

__all__ = ["FAMILIES", "Program", "without_strangers"]
