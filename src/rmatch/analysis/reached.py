"""What the plan makes of each limit, and whom a limit leaves no further pair."""

from __future__ import annotations

from rmatch.columns import IntArray
from rmatch.problem.model import Model


def reached(model: Model, i: IntArray, j: IntArray) -> dict[str, str]:
    """What the plan makes of each limit beyond those of single people: its words, and a figure in words."""
    figures = ((limit, limit.figure(model.people, i, j)) for limit in model.program.limits)
    return {limit.in_words(): figure for limit, figure in figures if figure is not None}


def reached_limits(model: Model, i: IntArray, j: IntArray) -> tuple[dict[int, str], dict[int, str]]:
    """Who can have no further pair because a limit on many is reached, mentors and mentees, with a sentence each."""
    said: tuple[dict[int, str], dict[int, str]] = ({}, {})
    for limit in model.program.limits:
        for side, people, words in limit.reached(model.people, i, j):
            said[side == "mentee"].update(dict.fromkeys(people.tolist(), words))
    return said
