"""A program: what is asked of a plan, read from TOML and resolved for the people."""

from rmatch.program._forgiving import without_strangers
from rmatch.program._program import FAMILIES, Program
from rmatch.program._tracks import Track, share_of, told

__all__ = ["FAMILIES", "Program", "Track", "share_of", "told", "without_strangers"]
