"""A rule of your own: only pairs on one continent, so that working days overlap."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

import rmatch
from rmatch.columns import BoolArray, Category, Column, IntArray, Labels, Table
from rmatch.rules import GradeGap, Predicate, Rule


@dataclass(frozen=True)
class OneContinent(Rule):
    """Both time zones begin with the same word, such as Europe; a blank is allowed with no one."""

    def reads(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Name the columns of mentors and of mentees, so that they are read and a missing one is an error."""
        return ("timezone",), ("timezone",)

    def allows(self, mentors: Table, mentees: Table) -> Predicate:
        """Prepare the data once, then answer for lists of pairs: mentor ``i[k]`` with mentee ``j[k]``."""
        one, other = continents(mentors["timezone"]), continents(mentees["timezone"])

        def both(i: IntArray, j: IntArray) -> BoolArray:
            same: BoolArray = (one[i] == other[j]) & (one[i] != "")
            return same

        return both

    def in_words(self) -> str:
        """Return the words for reports."""
        return "the two live on one continent"


def continents(timezone: Column) -> Labels:
    """The part of each person's time zone before the first ``/``, empty if there is none."""
    assert isinstance(timezone, Category)
    known = [str(label).partition("/")[0] for label in timezone.labels]
    return np.array([*known, ""], dtype=object)[timezone.codes]  # the code of a blank is -1


if __name__ == "__main__":
    rmatch.testing.check_rule(OneContinent())  # raises an error with the reason if something is wrong

    roster = rmatch.read_csv(Path(__file__).parent / "data" / "workforce.csv")
    matching = rmatch.match(roster, rmatch.Program(rules=(GradeGap(at_least=1), OneContinent())))

    print(matching.summary())
    alone = matching.unmatched.query("reason == 'NO_ELIGIBLE_PARTNER'")
    print(f"{len(alone)} people have no eligible partner on their continent")
