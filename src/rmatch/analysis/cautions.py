"""Cautions: what to know of a plan before it is used, the gravest first, each with what mends it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from rmatch._util.kept import kept
from rmatch._util.quoted import arrow
from rmatch.analysis.demand import supply
from rmatch.analysis.diagnosis import alike, examples
from rmatch.analysis.people import names_in
from rmatch.analysis.subjects import department_column
from rmatch.analysis.tables import pairs_table
from rmatch.columns import Number, Table
from rmatch.criteria import Skills, covered
from rmatch.problem.build import Rehearsal
from rmatch.problem.model import Model
from rmatch.problem.scored import shares_of
from rmatch.problem.unapplied import UNAPPLIED
from rmatch.program import Program
from rmatch.result import Result
from rmatch.roster.resolver import name_key
from rmatch.roster.spellings import ALIKE
from rmatch.rules import GradeGap
from rmatch.schema.binding import ColumnBinding
from rmatch.schema.vocabulary import asks_sensitive

MOST = 5
"""Cautions that are given, at most."""

MOST_WARNINGS = 3
"""Warnings of the export among them, at most."""

PART = 4
"""What holds for fewer than one pair in so many is no caution."""

COMMON, FEWEST = 0.9, 10
"""The share of the mentors who offer a skill from which it tells nobody apart, and the fewest mentors to say so."""

MOST_COUNTED = 1_000_000
"""Most pairs of people that are looked at for the summary."""

FEW = 20
"""Where fewer than one pair in so many is possible, the summary says which rules removed the others."""

_EXAMPLES = 3
_WHO = ("employee_id", "role", "email", "manager_id")
_SAME = ("column", "reason", "remedy")


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
    model = plan.model
    known = (*_one_sided(model.mentors, model.mentees), *_of_people(plan.program, plan.issues, plan.notes))
    common = _common(plan.program, model.mentors, model.mentees)
    return (*_namesakes(plan), *known, *_departments(plan), *_pairs(plan), *common)[:MOST]


def cautions_beforehand(people: Rehearsal, issues: pd.DataFrame) -> tuple[Caution, ...]:
    """Return those that are known before there is a plan."""
    known = (*_one_sided(*people.tables), *_of_people(people.program, issues, people.notes))
    return (*known, *_common(people.program, *people.tables))[:MOST]


def cautions_table(plan: Result) -> pd.DataFrame:
    """Return the cautions as a table: ``what``, ``number``, ``which`` and ``remedy``."""
    return pd.DataFrame(cautions_of(plan), columns=list(Caution._fields)).astype({"number": np.int64})


def _of_people(program: Program, issues: pd.DataFrame, notes: Sequence[str]) -> Iterator[Caution]:
    """What is known without a plan: undeclared columns, labels, rules that fail or idle, the gravest warnings."""
    strict = {column for element in (*program.rules, *program.limits) for column in element.whole.compares}
    labels = program.binding().labels
    yield from _undeclared(program)
    yield from _alike(labels & strict, issues)
    yield from _notes(notes, UNAPPLIED, "Correct what is named, or go without the rule.")
    yield from _weightless(program)
    yield from _warnings(issues)[:MOST_WARNINGS]
    yield from _alike(labels - strict, issues)
    yield from _notes(notes, " bars no pair here: ", "Check the column that it reads, or leave the rule out.")


def _one_sided(mentors: Table, mentees: Table) -> Iterator[Caution]:
    """A side on which nobody takes part."""
    for role, own, other in (("mentor", mentors, mentees), ("mentee", mentees, mentors)):
        if not len(own.ids) and len(other.ids):
            what = f"no {role} takes part, so nobody can have a partner"
            yield Caution(what, len(other.ids), "", "Look at the column `role`, or whether rows are missing.")


def _undeclared(program: Program) -> Iterator[Caution]:
    """Columns that the program reads like any other, though their names or headers ask for sensitive answers."""
    binding = program.binding()
    for column in sorted(binding.named - binding.withheld):
        own = binding.columns.get(column, ColumnBinding())
        headers = (text for sheet in ("workforce", "mentors", "mentees") for text in own.headers(column, sheet))
        if any(map(asks_sensitive, (column, *headers))):
            what = f"{column} seems to be sensitive, is not declared so, and may decide who gets a partner"
            remedy = f"Leave out what reads it, or declare it under [columns.{column}] with `sensitive = true`."
            yield Caution(what, 1, "", remedy)


def _alike(columns: frozenset[str], issues: pd.DataFrame) -> Iterator[Caution]:
    """Columns in which some labels look like one label spelled in two ways."""
    suggested = [(name, ALIKE.fullmatch(reason)) for name, reason, *_ in _grouped(issues, "info")]
    for column in sorted(columns):
        some = [found for name, found in suggested if name == column and found is not None]
        if some:
            odd, usual = (json.dumps(label, ensure_ascii=False) for label in some[0].groups())
            what = f"the labels of {column} are compared, and some may be one label in two spellings"
            which = "; ".join(each[0] for each in some[:_EXAMPLES])
            remedy = f"If they are one, say so in the program: `aliases = {{ {odd} = {usual} }}`."
            yield Caution(what, len(some), which, remedy)


def _grouped(issues: pd.DataFrame, severity: str) -> list[tuple[str, str, str, int, str]]:
    """Column, reason, remedy, number and examples of what was found in the export, alike things together."""
    some = issues[(issues["severity"] == severity) & (issues["file"] != "program")] if len(issues) else issues
    return [
        (column, reason, remedy, len(each), ", ".join(examples(each)))
        for (column, reason, remedy), each in alike(some, _SAME)
    ]


def _warnings(issues: pd.DataFrame) -> list[Caution]:
    """The warnings of the export: who somebody is first, then what concerns most rows."""
    found = sorted(_grouped(issues, "warning"), key=lambda each: (each[0] not in _WHO, -each[3], each))
    return [
        Caution(f"{f'{column}: ' * bool(column)}{reason}", number, which, remedy)
        for column, reason, remedy, number, which in found
    ]


def _notes(notes: Sequence[str], mark: str, remedy: str) -> list[Caution]:
    """What the notes of a plan say of its rules: those that could not be applied, or that bar no pair."""
    said = (note.partition(": ")[2] for note in notes if note.startswith("rules: ") and mark in note)
    return [Caution(note, 1, "", remedy) for note in said]


def _weightless(program: Program) -> Iterator[Caution]:
    """Criteria whose weights are so small beside the others that they are worth no point."""
    none = [each.name for each, points in zip(program.criteria, shares_of(program.criteria), strict=True) if not points]
    if none:
        what = f"{', '.join(none)}: the weight is so small beside the others that it counts nothing"
        yield Caution(what, len(none), "", "Give it at least a millionth of the sum of all weights.")


def _namesakes(plan: Result) -> Iterator[Caution]:
    """Pairs of two people of one name, who may be one person with two ids."""
    names = names_in(plan)
    keys = ((name_key(names.get(who) or who) for who in pair) for pair in plan.pair_ids if names)
    same = [pair for pair, (one, other) in zip(plan.pair_ids, keys, strict=False) if one == other]
    if same:
        which = f"{len(same):,} pairs join two people" if len(same) > 1 else "a pair joins two people"
        what = f"{which} of one name, who may be one person under two ids"
        shown = "; ".join(arrow(*pair, names) for pair in sorted(same)[:_EXAMPLES])
        yield Caution(what, len(same), shown, "If it is one person, give both rows one id; else approve the pair.")


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


def _common(program: Program, mentors: Table, mentees: Table) -> Iterator[Caution]:
    """Skills that nearly every mentor offers, and that somebody wants."""
    table, number = supply(program, mentors, mentees), len(mentors.ids)
    some = table[(table["offered"] >= COMMON * number) & (table["wanted"] > 0)]
    if len(some) and number >= FEWEST:
        which = ", ".join(map(str, some["skill"].head(_EXAMPLES)))
        what = f"nearly every mentor offers the same, which tells nobody apart: {which}"
        yield Caution(what, len(some), "", "Take it out of the lists, or ask for more specific skills.")


def barred(model: Model) -> list[str]:
    """Return which rules removed the pairs, where none is possible or hardly one, and whether sides seem exchanged.

    Nothing is said where most pairs are possible, or where there are more than :data:`MOST_COUNTED` to look at.
    """
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
        found = "The one pair of people is not" if cells == 1 else f"None of the {cells:,} pairs of people is"
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
