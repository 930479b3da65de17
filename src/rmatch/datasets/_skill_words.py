"""The words behind the skills, read from ``skill_words.toml``: families of skill names, and what makes compounds."""

from __future__ import annotations

from typing import NamedTuple

from rmatch.datasets._words import read


class Family(NamedTuple):
    """Skills that go together, commonest first, and how large the family is where it is offered and where wanted."""

    name: str
    supply: int
    demand: int
    skills: tuple[str, ...]


_WORDS = read("skill_words.toml")

FAMILIES = tuple(Family(**{**each, "skills": tuple(each["skills"])}) for each in _WORDS["families"])
TAUGHT_BY_JUNIORS: int = _WORDS["taught_by_juniors"]
"""Families before this one are what juniors teach, those from it on what seniors teach."""
FAMILY: dict[str, int] = {family.name: place for place, family in enumerate(FAMILIES)}
ASPECTS: tuple[str, ...] = tuple(_WORDS["aspects"])
CONTEXTS: tuple[str, ...] = tuple(_WORDS["contexts"])
