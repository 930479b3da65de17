"""Cautions: what to know of a plan before it is used, the gravest first, each with what mends it.

Also why no pair is possible, or hardly one: what each rule removed, and whether the two sides are exchanged."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import pandas as pd

from rmatch._util.kept import kept
from rmatch.analysis.demand import skills
from rmatch.analysis.diagnosis import alike, examples
from rmatch.analysis.subjects import department_column
from rmatch.analysis.tables import pairs_table
from rmatch.columns import Number
from rmatch.criteria import Skills, covered
from rmatch.problem.model import Model
from rmatch.problem.unapplied import UNAPPLIED
from rmatch.result import Result
from rmatch.rules import GradeGap

MOST = 5
"""Cautions that are given, at most."""

MOST_WARNINGS = 3
"""Warnings of the export among them, at most."""

PART = 4
"""What holds for fewer than one pair in so many is no caution."""

COMMON, FEWEST = 0.9, 10
"""The share of the mentors who offer a skill from which it tells nobody apart, and the fewest mentors to say so."""

_EXAMPLES = 3
_SAME = ("column", "reason", "remedy")
_SPELLED = " looks like "
_WHO = ("employee_id", "role", "email", "manager_id")

MOST_COUNTED = 1_000_000
"""Most pairs of people that are looked at for the summary."""

FEW = 20
"""Where fewer than one pair in so many is possible, the summary says which rules removed the others."""


class Caution(NamedTuple):
    """One caution: what it is about, how many rows, pairs or people that concerns, which, and what to do."""

    what: str
    number: int
    which: str
    remedy: str

    def __str__(self) -> str:
        which = f" ({self.which})" if self.which else ""
        return f"Caution: {self.what}{which}.{f' {self.remedy}' if self.remedy else ''}"


@kept
def cautions_of(plan: Result) -> tuple[Caution, ...]:
    """Return at most five cautions, the gravest first."""
    warned = _warnings(plan)[:MOST_WARNINGS]
    unapplied = _notes(plan, UNAPPLIED, "Correct what is named, or go without the rule.")
    idle = _notes(plan, " bars no pair here: ", "Check the column that it reads, or leave the rule out.")
    return (*_alike(plan), *unapplied, *warned, *idle, *_departments(plan), *_pairs(plan), *_common(plan))[:MOST]


def cautions_table(plan: Result) -> pd.DataFrame:
    """Return the cautions as a table: ``what``, ``number``, ``which`` and ``remedy``."""
    return pd.DataFrame(cautions_of(plan), columns=list(Caution._fields)).astype({"number": np.int64})


def _alike(plan: Result) -> list[Caution]:
    """Labels that a limit counts and that look like one label spelled in two ways."""
    read = {column for limit in plan.program.limits for side in limit.reads() for column in side}
    found = []
    for column in sorted(read):
        some = [each for each in _grouped(plan, "info") if each[0] == column and _SPELLED in each[1]]
        if some:
            what = f"a limit counts {column} by its labels, of which some may be one label in two spellings"
            which = "; ".join(reason for _, reason, *_ in some[:_EXAMPLES])
            found.append(Caution(what, len(some), which, "Put them into the program's `aliases`, and match again."))
    return found


def _grouped(plan: Result, severity: str) -> list[tuple[str, str, str, int, str]]:
    """Column, reason, remedy, number and examples of what was found in the export, alike things together."""
    issues = plan.issues
    if not len(issues):
        return []
    found = alike(issues[(issues["severity"] == severity) & (issues["file"] != "program")], _SAME)
    return [(column, reason, remedy, len(some), ", ".join(examples(some))) for (column, reason, remedy), some in found]


def _warnings(plan: Result) -> list[Caution]:
    """The warnings of the export: who somebody is first, then what concerns most rows."""
    found = sorted(_grouped(plan, "warning"), key=lambda each: (each[0] not in _WHO, -each[3], each))
    return [
        Caution(f"{f'{column}: ' * bool(column)}{reason}", number, which, remedy)
        for column, reason, remedy, number, which in found
    ]


def _notes(plan: Result, mark: str, remedy: str) -> list[Caution]:
    """What the notes of a plan say of its rules: those that could not be applied, or that bar no pair."""
    notes = (note.partition(": ")[2] for note in plan.left_out if note.startswith("rules: ") and mark in note)
    return [Caution(note, 1, "", remedy) for note in notes]


def _departments(plan: Result) -> Iterator[Caution]:
    """A figure about departments that rests on fewer than half of the pairs."""
    column = department_column(plan.program)
    one, two = plan.model.mentors.get(column), plan.model.mentees.get(column)
    if one is None or two is None or not len(plan.points):
        return
    known = int((~one.missing[plan.chosen[0]] & ~two.missing[plan.chosen[1]]).sum())
    if known > 0 and 2 * known < len(plan.points):
        what = f"what is said of {column}s rests on {known:,} of {len(plan.points):,} pairs, whose {column}s are known"
        yield Caution(what, len(plan.points) - known, "", f"Fill in {column} for the others.")


def _pairs(plan: Result) -> Iterator[Caution]:
    """Pairs that teach nothing, and pairs without a common time or language although both gave some."""
    pairs, (i, j) = len(plan.points), plan.chosen
    if not pairs:
        return
    found = []
    if any(isinstance(criterion, Skills) for criterion in plan.program.criteria):
        lacking = int((pairs_table(plan)["teaches"] == "").sum())
        remedy = "Give `skills` more weight, or ask for mentors with the skills in short supply."
        found.append((("teaches", "teach"), "nothing that the mentee wants", lacking, remedy))
    for column, word in (("availability", "time"), ("languages", "language")):
        one, two = plan.model.mentors.get(column), plan.model.mentees.get(column)
        if one is None or two is None:
            continue
        none = ~one.missing[i] & ~two.missing[j] & np.array([not some for some in covered(one, two, i, j)])
        remedy = f'To bar such pairs, add the rule `kind = "shares"` with `column = "{column}"`.'
        found.append((("has", "have"), f"no {word} in common, although both named some", int(none.sum()), remedy))
    for (one_, some_), what, number, remedy in found:
        if number and PART * number >= pairs:
            which = f"{number:,} of {pairs:,} pairs" if pairs > 1 else "the one pair"
            yield Caution(f"{which} {one_ if number == 1 else some_} {what}", number, "", remedy)


def _common(plan: Result) -> Iterator[Caution]:
    """Skills that nearly every mentor offers, and that somebody wants."""
    table, mentors = skills(plan), len(plan.model.mentors.ids)
    some = table[(table["offered"] >= COMMON * mentors) & (table["wanted"] > 0)]
    if len(some) and mentors >= FEWEST:
        which = ", ".join(map(str, some["skill"].head(_EXAMPLES)))
        what = f"nearly every mentor offers the same, which tells nobody apart: {which}"
        yield Caution(what, len(some), "", "Take it out of the lists, or ask for more specific skills.")


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
