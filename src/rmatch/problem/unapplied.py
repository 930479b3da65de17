"""What a program asks for and cannot have: nothing that it asks for fails in silence."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import pandas as pd

from rmatch.columns import Table
from rmatch.program import Program
from rmatch.rules import MinScore, Predicate
from rmatch.rules.checked import predicate_of

MOST_TRIED = 4_000_000
"""Pairs of people among which one that a rule bars is looked for; of more people nothing is said of that."""

_AT_ONCE = 65_536

UNAPPLIED = " could not be applied to "
"""What a note says of a rule that does not hold for everybody."""


def unapplied(program: Program, mentors: Table, mentees: Table, written: bool) -> Iterator[str]:
    """Yield what to say of the rules of a resolved program, a sentence each, led by ``rules: ``.

    To whom a rule could not be applied, and, where somebody has ``written`` the rules, which of them bar no pair at
    all. A confidential rule is not called by its name.
    """
    said = [table["avoids"] for table in (mentors, mentees) if "avoids" in table]
    if not all(column.missing.all() for column in said) and not any("avoids" in r.reads()[1] for r in program.rules):
        yield 'rules: nothing in the program reads the column avoids; add the rule `kind = "avoids"`, or drop it'
    shape = len(mentors.ids), len(mentees.ids)
    for rule in program.rules:
        gaps, name = rule.gaps(mentors, mentees), 'the rule "not available"' if rule.confidential else rule.name
        passed = (
            rule.whole.confidential and getattr(rule.whole, "unknown", "raise") == "ignore"
        )  # told where it was read
        if gaps:
            yield f"rules: {name}{UNAPPLIED}{gaps}"
        elif written and not rule.always and not passed and 0 < shape[0] * shape[1] <= MOST_TRIED:
            whole = rule.whole
            if isinstance(whole, MinScore):
                idle = whole.points <= 0
            else:
                idle = _bars_nobody(predicate_of(rule, mentors, mentees), shape)
            if idle:
                yield f'rules: {name} bars no pair here: "{rule.in_words()}" holds of all {shape[0] * shape[1]:,}'


def _bars_nobody(allows: Predicate, shape: tuple[int, int]) -> bool:
    """Whether a predicate allows every pair; the first pair that it bars ends the search."""
    for start in range(0, shape[0] * shape[1], _AT_ONCE):
        place = np.arange(start, min(start + _AT_ONCE, shape[0] * shape[1]))
        if not allows(place // shape[1], place % shape[1]).all():
            return False
    return True


def with_notes(issues: pd.DataFrame, left_out: Sequence[str]) -> pd.DataFrame:
    """Return the reader's issues, and after them what was left out or read otherwise.

    What could not be applied is a warning, all else ``info``.
    """
    if not left_out:
        return issues
    notes = [("program", None, family, "", *_weighed(reason)) for family, _, reason in map(_parted, left_out)]
    return pd.concat([issues, pd.DataFrame(notes, columns=issues.columns).astype(issues.dtypes)], ignore_index=True)


def _parted(note: str) -> tuple[str, str, str]:
    return note.partition(": ")


def _weighed(reason: str) -> tuple[str, str, str]:
    """How grave a note is, what it says, and what to do."""
    if UNAPPLIED in reason:
        return "warning", reason, "Correct what is named, or go without the rule."
    if " has no answers in " in reason or " have no answers in " in reason or "export has no" in reason:
        return "info", reason, "Name it in a program to insist on it."
    return "info", reason, ""
