"""Limits in a plan: what it attains of each, and the people who may have no further pair."""

from __future__ import annotations

from rmatch.columns import IntArray
from rmatch.problem.model import Model


def reached(model: Model, i: IntArray, j: IntArray) -> dict[str, str]:
    """Return what a plan attains of each limit, as text by the limit's clause."""
    figures = ((limit, limit.figure(model.people, i, j)) for limit in model.program.limits)
    return {limit.in_words(): figure for limit, figure in figures if figure is not None}


def reached_limits(model: Model, i: IntArray, j: IntArray) -> tuple[dict[int, str], dict[int, str]]:
    """Return the people who may have no further pair because a limit is reached, mentors and mentees, each with a
    sentence.
    """
    sentences: tuple[dict[int, str], dict[int, str]] = ({}, {})
    for limit in model.program.limits:
        for side, people, sentence in limit.reached(model.people, i, j):
            sentences[side == "mentee"].update(dict.fromkeys(people.tolist(), sentence))
    return sentences
