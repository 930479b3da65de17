"""The cards of the participants: who, what, when, and nothing that compares."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import repeat

from rmatch.analysis.people import tracks_of_pairs
from rmatch.analysis.shared import own_times
from rmatch.analysis.tables import circles_of
from rmatch.columns import fold
from rmatch.criteria import covered
from rmatch.output.report.people import Person, exchanges, joined, people_of, shortened
from rmatch.output.report.section import Section, View
from rmatch.result import Result
from rmatch.schema.term import ProgramTerm, meeting_windows

_MEETINGS = 12  # listed on a card


@dataclass(frozen=True)
class Card:
    """What the two people of a pair get to see. ``dates`` is the place for the programme's term and meetings."""

    mentor: Person
    mentee: Person
    teaches: str
    gains: str
    goals: str
    times: tuple[str, ...]
    circle: str = ""
    dates: tuple[str, ...] = ()
    track: str = ""


class Cards(Section[tuple[Card, ...]]):
    """A card for every pair, in the order of the names: nothing of it follows the scores."""

    title = "Pairs"
    views = (View.PARTICIPANT,)
    place = 50

    def data(self, result: Result, view: View) -> tuple[Card, ...] | None:
        """Return the cards; None where there is no pair."""
        model, (i, j) = result.model, result.chosen
        goals = [model.mentors.get("goals"), model.mentees.get("goals")]
        shared = covered(goals[0], goals[1], i, j) if goals[0] is not None and goals[1] is not None else [[] for _ in i]
        teaches, gains, _ = exchanges(result)
        people = people_of(model.mentors, i), people_of(model.mentees, j)
        dates = repeat(dates_of(result.program.term), len(i))
        tracks = tracks_of_pairs(model, i) or [""] * len(i)
        told = teaches, gains, map(joined, shared), own_times(result)
        groups = map(shortened, circles_of(result)), dates, tracks
        cards = [Card(*card) for card in zip(*people, *told, *groups, strict=True)]
        return tuple(sorted(cards, key=_by_name)) or None


def _by_name(card: Card) -> list[str]:
    return [known for person in (card.mentor, card.mentee) for known in (fold(person.name), person.id)]


def dates_of(term: ProgramTerm | None) -> tuple[str, ...]:
    """Return the term, and from when to when each meeting may be held."""
    if term is None:
        return ()
    days = [first if first == last else f"{first} to {last}" for first, last in meeting_windows(term)]
    meetings = [f"{k}. {day}" for k, day in enumerate(days[:_MEETINGS], 1)]
    later = [f"and {len(days) - _MEETINGS} more"] if len(days) > _MEETINGS else []
    return (f"{term.in_words()}:", *meetings, *later)
