"""The words of made-up companies, read from ``words.toml``, and those behind the skills, from ``skill_words.toml``."""

from __future__ import annotations

import tomllib
from importlib.resources import files
from itertools import product
from typing import Any, NamedTuple


class Department(NamedTuple):
    """A department, the words its people use of their work, and the skill families that go with it."""

    name: str
    field: str
    noun: str
    taught: str
    experience: str


class Site(NamedTuple):
    """An office, its IANA time zone and what is spoken there beside English, commonest first."""

    name: str
    timezone: str
    languages: tuple[str, ...] = ()
    english: bool = True


def read(name: str) -> dict[str, Any]:
    """Return a table of words that stands beside this module."""
    return tomllib.loads(files("rmatch.datasets").joinpath(name).read_text(encoding="utf-8"))


_WORDS = read("words.toml")

DEPARTMENTS = tuple(Department(**each) for each in _WORDS["departments"])
TEAMS: tuple[str, ...] = tuple(_WORDS["teams"])
SITES = tuple(Site(**{**each, "languages": tuple(each["languages"])}) for each in _WORDS["sites"])
"""From the largest to the smallest."""
LANGUAGES: tuple[str, ...] = tuple(_WORDS["languages"])
"""From the commonest second language to the rarest."""
TITLES: dict[int, str] = dict(enumerate(_WORDS["titles"], 1))
CAREER_PATHS: tuple[str, ...] = tuple(_WORDS["career_paths"])
TENURE_BANDS: tuple[str, ...] = tuple(_WORDS["tenure_bands"])
AVAILABILITY = tuple(f"{day} {hours}" for day, hours in product(_WORDS["days"], _WORDS["hours"]))
GOALS: tuple[str, ...] = tuple(_WORDS["goals"])
"""From the commonest to the rarest."""
GIVEN_NAMES: tuple[str, ...] = tuple(_WORDS["given_names"])
FAMILY_NAMES = tuple("".join(syllables) for syllables in product(*_WORDS["family_names"]))


class Family(NamedTuple):
    """Skills that go together, commonest first, and how large the family is where it is offered and where wanted."""

    name: str
    supply: int
    demand: int
    skills: tuple[str, ...]


_SKILLS = read("skill_words.toml")

FAMILIES = tuple(Family(**{**each, "skills": tuple(each["skills"])}) for each in _SKILLS["families"])
TAUGHT_BY_JUNIORS: int = _SKILLS["taught_by_juniors"]
"""Families before this one are what juniors teach, those from it on what seniors teach."""
FAMILY: dict[str, int] = {family.name: place for place, family in enumerate(FAMILIES)}
ASPECTS: tuple[str, ...] = tuple(_SKILLS["aspects"])
CONTEXTS: tuple[str, ...] = tuple(_SKILLS["contexts"])
