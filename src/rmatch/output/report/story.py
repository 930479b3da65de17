"""What a report says, as frozen plain data. What is not in a story cannot be on the page.

A part that a view leaves out is empty, or None; the page is made from nothing else.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Person:
    """Somebody as shown: the id, and what the export has of the rest."""

    id: str
    name: str = ""
    title: str = ""
    department: str = ""
    email: str = ""


@dataclass(frozen=True)
class Headline:
    """The first thing read. ``state`` is where a plan says how far it is, such as ``draft``; it may be empty."""

    kind: str
    title: str
    lead: tuple[str, ...]
    figures: tuple[tuple[str, str], ...] = ()
    """Label and value."""
    state: str = ""


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
    silence: str = ""
    """What is said where no criterion adds anything."""


@dataclass(frozen=True)
class Pair:
    """One line of the table of pairs; without ``account`` it says no more than who and how well."""

    mentor: Person
    mentee: Person
    score: float
    account: Account | None = None


@dataclass(frozen=True)
class Card:
    """What the two people of a pair get to see. ``dates`` is the place for the programme's term and meetings."""

    mentor: Person
    mentee: Person
    teaches: str
    gains: str
    goals: str
    times: str
    dates: tuple[str, ...] = ()


@dataclass(frozen=True)
class Distribution:
    """How many pairs score from ``k / len(counts)`` up to the next step."""

    counts: tuple[int, ...]
    least: float
    mean: float
    most: float


@dataclass(frozen=True)
class Crossing:
    """How many pairs lead from a mentor's department (a row) to a mentee's (a column).

    ``departments`` are the largest, for rows and columns alike; where there are more, the last line of ``counts``
    gathers the ``others``. ``across`` of ``known`` pairs join two departments.
    """

    departments: tuple[str, ...]
    counts: tuple[tuple[int, ...], ...]
    others: int
    across: int
    known: int


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


@dataclass(frozen=True)
class Waiting:
    """People without a partner for one reason; ``people`` with what was found of each, for the owner's eyes."""

    role: str
    reason: str
    number: int
    people: tuple[tuple[Person, str], ...] = ()


@dataclass(frozen=True)
class Finding:
    """What was found in the export, alike things together; ``values`` are a few examples."""

    severity: str
    column: str
    times: int
    reason: str = ""
    values: tuple[str, ...] = ()
    remedy: str = ""


@dataclass(frozen=True)
class Rulebook:
    """The program in words: weights with what they reward, then what binds, what comes first, and what was left out."""

    criteria: tuple[tuple[float, str], ...]
    rules: tuple[str, ...]
    limits: tuple[str, ...]
    objectives: tuple[str, ...]
    reached: tuple[tuple[str, str, str], ...]
    """Each objective by name, its value, and if another plan could do better; where there are more than the usual."""
    left_out: tuple[str, ...]


@dataclass(frozen=True)
class ParityTable:
    """How the declared groups of one side were placed: a caption, and a line of words for each group."""

    caption: str
    lines: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Story:
    """All that one report says, from the top of the page to the foot."""

    view: str
    headline: Headline
    scores: Distribution | None = None
    crossing: Crossing | None = None
    shortage: Shortage | None = None
    pairs: tuple[Pair, ...] = ()
    cards: tuple[Card, ...] = ()
    waiting: tuple[Waiting, ...] = ()
    rulebook: Rulebook | None = None
    accounts: tuple[tuple[str, int], ...] = ()
    """Lines of the export by status."""
    findings: tuple[Finding, ...] = ()
    provenance: tuple[tuple[str, str], ...] = ()
    parity: tuple[ParityTable, ...] = ()
