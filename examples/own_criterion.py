"""A criterion of your own: how much of the senior's free time the junior is free too."""

from dataclasses import dataclass
from pathlib import Path

import rmatch
from rmatch.columns import Table
from rmatch.criteria import Criterion, Factors, Skills, covers


@dataclass(frozen=True)
class MeetingTimes(Criterion):
    """Share of the senior's free half hours in which the junior is free."""

    def reads(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Name the columns of mentors and of mentees, so that they are read and a missing one is an error."""
        return ("availability",), ("availability",)

    def factors(self, mentors: Table, mentees: Table) -> Factors:
        """``Σ [free for both] / (free half hours of the senior)``; ``covers`` is in rmatch.criteria."""
        return covers(mentors["availability"], mentees["availability"])

    def in_words(self) -> str:
        """Return the words for reports."""
        return "the two are free at the same times"


if __name__ == "__main__":
    rmatch.testing.check_criterion(MeetingTimes())  # raises an error with the reason if something is wrong

    roster = rmatch.read_csv(Path(__file__).parent / "data" / "workforce.csv")
    program = rmatch.Program(criteria=(Skills(weight=0.6), MeetingTimes(weight=0.4)))
    matching = rmatch.match(roster, program)

    print(
        matching.pairs[["mentor_id", "mentee_id", "score", "meeting_times", "shared_times"]]
        .head()
        .to_string(index=False)
    )
    apart = int((matching.pairs["meeting_times"] == 0).sum())
    print(f"{len(matching.pairs)} pairs, {matching.status.name}; {apart} of them have no time in common")
