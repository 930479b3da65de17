"""Who is paired with whom, as it is shown: rows for owner and director, cards for participants."""

from __future__ import annotations

from dataclasses import replace
from itertools import repeat

import numpy as np

from rmatch.analysis.explain import clauses_of, gained, shared_times, silence, taught
from rmatch.columns import Category, IntArray, Table, fold
from rmatch.criteria import covered
from rmatch.factors import SCALE
from rmatch.output.report.story import Account, Card, Pair, Part, Person
from rmatch.result import Result
from rmatch.schema.term import ProgramTerm, meeting_windows

_MEETINGS = 12  # listed on a card

LONGEST = 240
"""Characters of a cell that are shown; the CSV files have the whole of it."""


def shortened(text: str) -> str:
    """The text, cut where nobody would read on."""
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"


def joined(items: list[str]) -> str:
    """A list in one cell."""
    return shortened("; ".join(items))


def people_of(table: Table, rows: IntArray) -> list[Person]:
    """The people in ``rows``, as shown."""
    columns = [[shortened(str(x)) for x in table.ids[rows]]]
    for name in ("name", "job_title", "department", "email"):
        cells = table.get(name)
        shown = cells.take(rows).cells() if isinstance(cells, Category) else np.full(len(rows), "", dtype=object)
        columns.append([shortened(str(cell)) for cell in shown])
    return [Person(*cells) for cells in zip(*columns, strict=True)]


def pairs_with_accounts(matching: Result) -> tuple[Pair, ...]:
    """Every pair, best first, with the explanation of its score."""
    model, (i, j) = matching.model, matching.chosen
    clauses = clauses_of(model, i, j)
    locked = np.isin(i * np.int64(model.shape[1]) + j, model.locked_keys).tolist()
    names = [name.replace("_", " ") for name in model.names]
    values = (matching.parts.T / SCALE).tolist()
    parts = [tuple(map(_part, names, *pair)) for pair in zip(values, zip(*clauses, strict=True), strict=True)]
    accounts = map(Account, parts, *_exchanges(matching), locked, repeat(silence(model.program, "it")))
    return tuple(replace(pair, account=account) for pair, account in zip(bare_pairs(matching), accounts, strict=True))


def _part(name: str, value: float, clause: str) -> Part:
    return Part(name, value, shortened(clause) if value > 0 else "")


def bare_pairs(matching: Result) -> tuple[Pair, ...]:
    """Every pair, best first: who, and the score."""
    model, (i, j) = matching.model, matching.chosen
    scores = (matching.points / SCALE).tolist()
    mentors, mentees = people_of(model.mentors, i), people_of(model.mentees, j)
    return tuple(Pair(*pair) for pair in zip(mentors, mentees, scores, strict=True))


def cards_by_name(matching: Result) -> tuple[Card, ...]:
    """A card for every pair, in the order of the names: nothing of it follows the scores."""
    model, (i, j) = matching.model, matching.chosen
    goals = [model.mentors.get("goals"), model.mentees.get("goals")]
    shared = covered(goals[0], goals[1], i, j) if goals[0] is not None and goals[1] is not None else [[] for _ in i]
    teaches, gains, times = _exchanges(matching)
    people = people_of(model.mentors, i), people_of(model.mentees, j)
    dates = repeat(dates_of(matching.program.term), len(i))
    cards = [Card(*card) for card in zip(*people, teaches, gains, map(joined, shared), times, dates, strict=True)]
    return tuple(sorted(cards, key=lambda card: [x for p in (card.mentor, card.mentee) for x in (fold(p.name), p.id)]))


def dates_of(term: ProgramTerm | None) -> tuple[str, ...]:
    """The term, and from when to when each meeting may be held."""
    if term is None:
        return ()
    days = [first if first == last else f"{first} to {last}" for first, last in meeting_windows(term)]
    meetings = [f"{k}. {day}" for k, day in enumerate(days[:_MEETINGS], 1)]
    later = [f"and {len(days) - _MEETINGS} more"] if len(days) > _MEETINGS else []
    return (f"{term.in_words()}:", *meetings, *later)


def _exchanges(matching: Result) -> tuple[list[str], list[str], list[str]]:
    """What each pair's mentor teaches and gains, and when both have time."""
    model, (i, j) = matching.model, matching.chosen
    teaches, gains = ([joined(some) for some in exchange(model, i, j)] for exchange in (taught, gained))
    return teaches, gains, [shortened(some) for some in shared_times(model, i, j) or [""] * len(i)]
