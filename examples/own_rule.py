"""A rule of your own: only pairs on one continent, so that the working days overlap."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

import rmatch
from rmatch.columns import BoolArray, Category, Column, IntArray, Labels, Table
from rmatch.rules import GradeGap, Predicate, Rule


@dataclass(frozen=True)
class OneContinent(Rule):
    """Both time zones begin with the same word, such as Europe; whoever gave none is allowed with nobody."""

    def reads(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Name the columns, mentors' and mentees', so that a reader keeps them and an absent one is an error."""
        return ("timezone",), ("timezone",)

    def allows(self, mentors: Table, mentees: Table) -> Predicate:
        """Look everything up once, then answer for lists of pairs: mentor ``i[k]`` with mentee ``j[k]``."""
        one, other = continents(mentors["timezone"]), continents(mentees["timezone"])

        def both(i: IntArray, j: IntArray) -> BoolArray:
            return (one[i] == other[j]) & (one[i] != "")

        return both

    def in_words(self) -> str:
        """What reports say of it."""
        return "the two live on one continent"


def continents(timezone: Column) -> Labels:
    """The part of each person's time zone before the first ``/``, empty where there is none."""
    assert isinstance(timezone, Category)
    known = [str(label).partition("/")[0] for label in timezone.labels]
    return np.array([*known, ""], dtype=object)[timezone.codes]  # the code of a blank is -1


if __name__ == "__main__":
    rmatch.testing.check_rule(OneContinent())  # raises, with the reason, if it were not lawful

    roster = rmatch.read_csv(Path(__file__).parent / "data" / "workforce.csv")
    matching = rmatch.match(roster, rmatch.Program(rules=(GradeGap(at_least=1), OneContinent())))

    print(matching.summary())
    alone = matching.unmatched.query("reason == 'NO_ELIGIBLE_PARTNER'")
    print(f"{len(alone)} people have nobody on their continent")
