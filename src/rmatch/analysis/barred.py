"""Why no pair is possible, or hardly one: what each rule removed, and whether the two sides are exchanged."""

from __future__ import annotations

import numpy as np

from rmatch.columns import Number
from rmatch.problem.model import Model
from rmatch.result import Result
from rmatch.rules import GradeGap

MOST_COUNTED = 1_000_000
"""Most pairs of people that are looked at for the summary."""

FEW = 20
"""Where fewer than one pair in so many is possible, the summary says which rules removed the others."""


def barred(matching: Result) -> list[str]:
    """Return which rules removed the pairs, where none is possible or hardly one, and whether sides seem exchanged.

    Nothing is said where most pairs are possible, or where there are more than :data:`MOST_COUNTED` to look at.
    """
    model = matching.model
    cells = int(np.prod(model.shape))
    if not 0 < cells <= MOST_COUNTED:
        return []
    i, j = (index.ravel() for index in np.indices(model.shape))
    removed = model.reasons(i, j)
    possible = cells - int(np.logical_or.reduce([*removed.values()]).sum())
    if possible * FEW > cells:
        return []
    rules = [(name.replace("_", " "), int(some.sum())) for name, some in removed.items() if some.any()]
    took = ", ".join(f"{name} {count:,} of {cells:,}" for name, count in sorted(rules, key=lambda each: -each[1]))
    if not possible:
        found = "The one pair of people is" if cells == 1 else f"None of the {cells:,} pairs of people is"
    else:
        found = f"Only {possible:,} of the {cells:,} pairs of people {'is' if possible == 1 else 'are'}"
    lines = [f"{found} possible under the rules. They removed: {took}."]
    return lines + _exchanged(model, {name: int(some.sum()) for name, some in removed.items()}, cells)


def _exchanged(model: Model, removed: dict[str, int], cells: int) -> list[str]:
    """Ask whether mentors and mentees are exchanged, where each mentor whose grade is known outranks each mentee."""
    for rule, _ in model.rules:
        if not isinstance(rule, GradeGap) or rule.at_least < 0 or 2 * removed.get(rule.name, 0) < cells:
            continue
        mentors, mentees = model.mentors.get(rule.column), model.mentees.get(rule.column)
        if not (isinstance(mentors, Number) and isinstance(mentees, Number)):
            continue
        low, high = mentors.values[~mentors.missing], mentees.values[~mentees.missing]
        if len(low) and len(high) and low.min() > high.max():
            both = len(low) == len(mentors) and len(high) == len(mentees)
            known = "" if both else f" whose {rule.column} is known"
            return [
                f"Every mentor{known} outranks every mentee{known}. Here the mentor is the junior, who teaches, and "
                "the mentee is the senior, who learns. Are the two the wrong way round? Then exchange the two files, "
                "or the words mentor and mentee in the column `role`."
            ]
    return []
