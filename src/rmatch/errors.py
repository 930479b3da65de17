"""Every error that a user can cause, and the words for how an answer ended.

RmatchError
├── RosterError        the people cannot be used (carries the table of issues)
├── ProgramError       the program cannot be used
├── EditsError         a plan that was edited by hand cannot be used (carries the table of issues)
├── InfeasibleError    no matching satisfies the limits
│   └── ContradictionError   two limits cannot both hold for any people (a ProgramError too)
├── SolverError        the engine itself failed
└── OutputError        a result cannot be written
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from enum import Enum, StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd


class RmatchError(Exception):
    """The root of every error that rmatch raises on purpose."""


class RosterError(RmatchError):
    """The people cannot be used; ``issues`` says which cell, why, and what to do."""

    def __init__(self, message: str, issues: pd.DataFrame | None = None) -> None:
        super().__init__(message)
        self.issues = issues


class ProgramError(RmatchError):
    """The program cannot be used: an unknown key, a bad weight, a column that is not there."""


class EditsError(RmatchError):
    """A plan that was edited by hand cannot be used; ``issues`` says which row, why, and what to do."""

    def __init__(self, message: str, issues: pd.DataFrame) -> None:
        super().__init__(message)
        self.issues = issues


class InfeasibleError(RmatchError):
    """No matching satisfies the limits; the message names what conflicts.

    ``proof`` is a stage of a certificate, of an objective of 0, whose bound below 0 shows that there is no plan; None
    where plain numbers show it.
    """

    def __init__(self, message: str, proof: object | None = None) -> None:
        super().__init__(message)
        self.proof = proof


class ContradictionError(ProgramError, InfeasibleError):
    """Two limits of the program cannot both hold for any people."""


class SolverError(RmatchError):
    """The engine failed: a solver refused its input or broke its promise."""


class OutputError(RmatchError):
    """A result cannot be written where it was asked for."""


class Status(StrEnum):
    """How the search ended."""

    OPTIMAL = "OPTIMAL"
    FEASIBLE = "FEASIBLE"

    @property
    def sentence(self) -> str:
        """What it means, and what helps."""
        if self is Status.OPTIMAL:
            return "Proved: within the rules and limits, each objective in its order is as good as it can be."
        return (
            "A valid plan, not proved optimal; `stages` says what each objective could still gain. A longer "
            "`time_limit` may help where one was set, else looser limits across both sides, such as a share."
        )


class Reason(Enum):
    """Why a person has no partner, in words for the owner of the programme."""

    OTHER_SIDE_EMPTY = "There is nobody on the other side."
    NO_ELIGIBLE_PARTNER = "The rules leave no eligible partner."
    BELOW_MIN_SCORE = "Every partner that the other rules allow scores below the minimum."
    PARTNERS_BETTER_PLACED = "Everyone they could be paired with is matched with someone else."
    LIMIT_REACHED = "A limit or an objective leaves no room for this person."
    SEARCH_ENDED_EARLY = "The search ended before this person could be settled."


_AS_NEAR = 3
"""So many equally close words are named; of more none is."""


def suggestion(word: str, known: Iterable[str]) -> str:
    """Return `` Did you mean 'x'?`` for the closest known word, or several that are as close; else an empty string."""
    return did_you_mean(nearest(word, known))


def nearest(word: str, known: Iterable[str], cutoff: float = 0.6) -> list[str]:
    """Return the closest known words; nothing where none is close, or more than three are equally so."""
    close = difflib.get_close_matches(word, {*known}, n=_AS_NEAR + 1, cutoff=cutoff)
    likeness = [difflib.SequenceMatcher(None, each, word).ratio() for each in close]
    best = sorted(each for each, like in zip(close, likeness, strict=True) if like == likeness[0])
    return best if len(best) <= _AS_NEAR else []


def did_you_mean(words: Sequence[str]) -> str:
    """Return `` Did you mean 'x', 'y' or 'z'?``, or an empty string where there is no word."""
    shown = [repr(word) for word in words]
    return f" Did you mean {' or '.join(filter(None, [', '.join(shown[:-1]), shown[-1]]))}?" if shown else ""
