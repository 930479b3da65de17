"""Skills wanted against skills offered, the scarcest first."""

from __future__ import annotations

from dataclasses import dataclass

from rmatch.analysis.demand import skills
from rmatch.columns import fold
from rmatch.output.report.people import shortened
from rmatch.output.report.section import Section, View
from rmatch.result import Result

SHOWN = 15
"""Skills that are listed."""

SMALL = 5
"""A skill that fewer mentees than this want is not named to a director."""


@dataclass(frozen=True)
class Skill:
    """How many mentees want a skill, how many mentors offer it, and how many pairs pass it on."""

    name: str
    wanted: int
    offered: int
    taught: int

    @property
    def short(self) -> int:
        """By how many people the offer falls short."""
        return max(self.wanted - self.offered, 0)


@dataclass(frozen=True)
class Shortage:
    """The scarcest skills first; ``wanted`` skills in all, ``short`` of them scarce, ``unnamed`` kept back."""

    skills: tuple[Skill, ...]
    wanted: int
    short: int
    unnamed: int

    @property
    def listed(self) -> int:
        """How many skills are listed."""
        return len(self.skills)

    @property
    def most(self) -> int:
        """The largest number of people that a listed skill has on either side."""
        return max((max(skill.wanted, skill.offered) for skill in self.skills), default=1)


class Skills(Section[Shortage]):
    """Skills wanted against skills offered."""

    title = "Skills"
    views = (View.OWNER, View.DIRECTOR)
    place = 40

    def data(self, result: Result, view: View) -> Shortage | None:
        """Return the scarcest skills; None where no mentee wants any."""
        return shortage(result, least=SMALL if view is View.DIRECTOR else 1)


def shortage(result: Result, least: int = 1) -> Shortage | None:
    """Return skills wanted against skills offered, the scarcest first; None where no mentee wants any.

    A skill that fewer than ``least`` mentees want is counted but not named.
    """
    table = skills(result)
    table = table[table["wanted"] > 0]
    numbers = (table[name].tolist() for name in ("wanted", "offered", "taught"))
    found = [Skill(shortened(str(skill)), *counts) for skill, *counts in zip(table["skill"], *numbers, strict=True)]
    found.sort(key=lambda skill: (-skill.short, -skill.wanted, fold(skill.name)))
    if not found:
        return None
    named = [skill for skill in found if skill.wanted >= least]
    short = sum(skill.short > 0 for skill in found)
    return Shortage(tuple(named[:SHOWN]), len(found), short, len(found) - len(named))
