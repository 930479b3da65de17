"""Explanations of pairs: the summands of the score, in numbers and as text."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property, partial

import numpy as np

from rmatch._util import notebook
from rmatch._util.quoted import arrow
from rmatch.analysis.alternatives import NextBest, next_best
from rmatch.analysis.people import both, is_made, names_in, own_names
from rmatch.analysis.subjects import Columns, gained_columns, taught_columns
from rmatch.columns import IntArray, Table
from rmatch.criteria import covered, listing
from rmatch.criteria.checked import clauses_of as checked
from rmatch.factors import SCALE
from rmatch.problem.model import Model
from rmatch.problem.scored import tops_of
from rmatch.program import Program
from rmatch.result import Result


@dataclass(frozen=True)
class Explanation:
    """One pair: what each criterion contributes, why, and a sentence.

    Args:
        mentor_id, mentee_id: The pair.
        score, points: Its score, and the same in points.
        parts: Contribution of each criterion; they sum to ``score``.
        because: Evidence of each criterion, as text.
        teaches: Wanted skills that the mentor offers.
        gains: Skills that the mentor wants and the mentee offers.
        rules: Rules that forbid the pair.
        chosen: Whether the pair is in the plan.
        sentence: One sentence about the pair.
        others: Computes ``next_best`` on first use, because it solves again.
    """

    mentor_id: str
    mentee_id: str
    score: float
    points: int
    parts: dict[str, float]
    because: dict[str, str]
    teaches: tuple[str, ...]
    gains: tuple[str, ...]
    rules: tuple[str, ...]
    chosen: bool
    sentence: str
    others: Callable[[], tuple[NextBest, ...]] | None = field(default=None, repr=False, compare=False)
    names: Mapping[str, str] = field(default_factory=dict, compare=False, repr=False)
    """Names of the people by id, as far as they are known."""

    @cached_property
    def next_best(self) -> tuple[NextBest, ...]:
        """Both people's best other partner, the mentor's first, and what each would cost."""
        return () if self.others is None else self.others()

    @property
    def state(self) -> str:
        """``paired``, ``not paired``, or the rules that forbid it."""
        if self.chosen:
            return "paired"
        return f"forbidden by {', '.join(self.rules)}" if self.rules else "not paired"

    def __str__(self) -> str:
        lines = [f"{self._title()}", f"  {self.sentence}"]
        width = max(map(len, self.parts))
        for name, value in self.parts.items():
            lines.append(
                f"  {name:<{width}}  {value:.3f}" + (f"  {self.because[name]}" if self.because.get(name) else "")
            )
        return "\n".join(lines)

    def _title(self) -> str:
        return f"{arrow(self.mentor_id, self.mentee_id, self.names)}: {self.score:.3f}, {self.state}"

    def _repr_html_(self) -> str:
        rows = ((name, value, self.because.get(name, "")) for name, value in self.parts.items())
        parts = notebook.table(("criterion", "adds", "because"), rows, len(self.parts))
        return notebook.block(self._title(), notebook.lines(self.sentence), parts)


def sentences(model: Model, i: IntArray, j: IntArray, parts: IntArray, made: bool = True) -> list[str]:
    """Return one sentence for each listed pair, from the criteria that add to its score.

    Args:
        i, j: Mentors and mentees, ``(pairs,)`` int64.
        parts: Points of each criterion, ``(criteria, pairs)`` int64.
        made: Whether the pairs are in the plan.
    """
    names = own_names(model.mentors)[i]
    clauses_by_pair: list[list[str]] = [[] for _ in i]
    for k, clauses in enumerate(clauses_of(model, i, j)):
        for pair, clause in enumerate(clauses):
            if clause and parts[k, pair] > 0:
                clauses_by_pair[pair].append(clause)
    return [
        f"{name} {'; '.join(clauses)}." if clauses else _fallback_sentence(model, name, parts[:, pair], made)
        for pair, (name, clauses) in enumerate(zip(names, clauses_by_pair, strict=True))
    ]


def _fallback_sentence(model: Model, name: str, parts: IntArray, made: bool) -> str:
    """The sentence of a pair without a clause from any criterion."""
    adding = [model.names[k].replace("_", " ") for k in np.flatnonzero(parts > 0)]
    if adding:
        return f"{name} has a score of {int(parts.sum()) / SCALE:.2f} here, from {listing(adding)}."
    return silence(model.program, name) if made else f"No {_visible(model.program)}criterion speaks for {name} here."


def silence(program: Program, name: str) -> str:
    """Return the sentence of a pair in the plan to whose score no criterion adds."""
    why = "sensitive columns had a say in who is with whom" if program.steering else "the pair completes the plan"
    return f"No {_visible(program)}criterion speaks for {name}; {why}."


def _visible(program: Program) -> str:
    return "visible " if program.steering else ""


def clauses_of(model: Model, i: IntArray, j: IntArray) -> list[list[str]]:
    """Return the clause of each criterion about each listed pair, by criterion."""
    found = [checked(criterion, model.mentors, model.mentees, i, j) for criterion in model.criteria]
    personal = model.program.personal
    if personal is not None:
        for pair, top in enumerate(tops_of(personal, model.names, model.mentees)[j].tolist()):
            if top >= 0 and found[top][pair]:
                found[top][pair] += f" (matters most to the mentee: counts {personal.factor:g} times)"
    return found


def taught(model: Model, i: IntArray, j: IntArray) -> list[list[str]]:
    """Return the wanted skills that the mentor of each listed pair offers."""
    return _exchanged(taught_columns(model.program), model.mentors, model.mentees, i, j)


def gained(model: Model, i: IntArray, j: IntArray) -> list[list[str]]:
    """Return the skills that the mentor of each listed pair wants and the mentee offers."""
    return _exchanged(gained_columns(model.program), model.mentees, model.mentors, j, i)


def _exchanged(
    columns: tuple[Columns, ...], teachers: Table, learners: Table, i: IntArray, j: IntArray
) -> list[list[str]]:
    every: list[list[str]] = [[] for _ in i]
    for offering, wanting in columns:
        offered, wanted = teachers.get(offering), learners.get(wanting)
        if offered is not None and wanted is not None:
            some = covered(offered, wanted, i, j)
            every = [list(dict.fromkeys((*one, *more))) for one, more in zip(every, some, strict=True)]
    return every


def explain(result: Result, mentor_id: str, mentee_id: str) -> Explanation:
    """Explain one pair, chosen or not, as ``Matching.explain`` does."""
    model, (i, j) = result.model, both(result, mentor_id, mentee_id)
    a, b, chosen = np.array([i]), np.array([j]), is_made(result, i, j)
    parts = model.parts(a, b)
    because = dict(zip(model.names, (clauses[0] for clauses in clauses_of(model, a, b)), strict=True))
    points = int(parts.sum())
    return Explanation(
        mentor_id=str(model.mentors.ids[i]),
        mentee_id=str(model.mentees.ids[j]),
        score=points / SCALE,
        points=points,
        parts={name: int(part) / SCALE for name, part in zip(model.names, parts[:, 0], strict=True)},
        because={name: text for name, text in because.items() if text},
        teaches=tuple(taught(model, a, b)[0]),
        gains=tuple(gained(model, a, b)[0]),
        rules=tuple(name for name, barred in model.reasons(a, b).items() if barred[0]),
        chosen=chosen,
        sentence=sentences(model, a, b, parts, chosen)[0],
        others=partial(next_best, result, str(model.mentors.ids[i]), str(model.mentees.ids[j])),
        names=names_in(result),
    )
