"""The table of pairs, best first, for owner and director."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import repeat
from typing import ClassVar

from rmatch.analysis.explain import clauses_of, silence
from rmatch.analysis.people import tracks_of_pairs
from rmatch.analysis.tables import circles_of
from rmatch.factors import SCALE
from rmatch.output.report.people import Person, exchanges, people_of, shortened
from rmatch.output.report.section import Section, View
from rmatch.result import Result


@dataclass(frozen=True)
class Part:
    """What one criterion adds to a pair's score, and what earned it; ``clause`` may be empty."""

    criterion: str
    value: float
    clause: str


@dataclass(frozen=True)
class Account:
    """Why a pair was made, and what the two need to begin: for the owner's eyes."""

    parts: tuple[Part, ...]
    teaches: str
    gains: str
    times: str
    locked: bool
    circle: str = ""
    silence: str = ""
    """What is said where no criterion adds anything."""

    @property
    def earned(self) -> list[Part]:
        """The criteria that add something."""
        return [part for part in self.parts if part.value > 0]

    @property
    def notes(self) -> str:
        """What else is said below the criteria."""
        idle = [part.criterion for part in self.parts if part.value <= 0]
        notes = [self.silence] if len(idle) == len(self.parts) else []
        if idle and not notes:
            notes = [f"No points for {', '.join(idle)}."]
        if self.locked:
            notes.append("Set by hand.")
        if self.circle:
            notes.append(f"In a circle with {self.circle}.")
        if self.times:
            notes.append(f"Both are free {self.times}.")
        return " ".join(notes)


@dataclass(frozen=True)
class Pair:
    """One line of the table of pairs; without ``account`` it says no more than who and how well."""

    mentor: Person
    mentee: Person
    score: float
    track: str = ""
    account: Account | None = None

    @property
    def addresses(self) -> str:
        """Where to write to the two."""
        return ", ".join(person.email for person in (self.mentor, self.mentee) if person.email)


@dataclass(frozen=True)
class PairsTable:
    """Every pair, best first."""

    pairs: tuple[Pair, ...]
    accounted: bool
    """Whether each pair is explained."""

    @property
    def departments(self) -> list[str]:
        """The departments that the people in the table belong to."""
        return sorted({person.department for pair in self.pairs for person in (pair.mentor, pair.mentee)} - {""})

    @property
    def heaviest(self) -> float:
        """The most that a criterion adds to any pair, which has the longest bar."""
        values = (part.value for pair in self.pairs if pair.account for part in pair.account.parts)
        return max(values, default=1.0) or 1.0


class Pairs(Section[PairsTable]):
    """The table of pairs.

    A line stands for every pair of thousands, so it carries not a tag too many. Of the first pairs the rows stand in
    the page. All others stand in ``noscript``: a browser that runs scripts keeps that as one text, which costs next to
    nothing until the script asks for a row of it; a browser that runs none shows it. HTML lets the ends of rows, cells
    and paragraphs be left out.
    """

    title = "Pairs"
    views = (View.OWNER, View.DIRECTOR)
    place = 50
    in_page: ClassVar = 500
    """Pairs whose rows stand in the page itself, and in each table behind it."""

    def data(self, result: Result, view: View) -> PairsTable | None:
        """Return all pairs, explained only for the owner; None where there are none."""
        if not len(result.points):
            return None
        accounted = view is View.OWNER
        return PairsTable(_with_accounts(result) if accounted else _bare(result), accounted)


def _bare(result: Result) -> tuple[Pair, ...]:
    model, (i, j) = result.model, result.chosen
    scores = (result.points / SCALE).tolist()
    mentors, mentees = people_of(model.mentors, i), people_of(model.mentees, j)
    tracks = tracks_of_pairs(model, i) or [""] * len(i)
    return tuple(Pair(*pair) for pair in zip(mentors, mentees, scores, tracks, strict=True))


def _with_accounts(result: Result) -> tuple[Pair, ...]:
    model, (i, j) = result.model, result.chosen
    clauses = clauses_of(model, i, j)
    locked = model.is_locked(i, j).tolist()
    names = [name.replace("_", " ") for name in model.names]
    values = (result.parts.T / SCALE).tolist()
    parts = [tuple(map(_part, names, *pair)) for pair in zip(values, zip(*clauses, strict=True), strict=True)]
    circles = map(shortened, circles_of(result))
    accounts = map(Account, parts, *exchanges(result), locked, circles, repeat(silence(model.program, "it")))
    return tuple(replace(pair, account=account) for pair, account in zip(_bare(result), accounts, strict=True))


def _part(name: str, value: float, clause: str) -> Part:
    return Part(name, value, shortened(clause) if value > 0 else "")
