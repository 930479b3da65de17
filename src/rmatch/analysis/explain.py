"""Explanations: the score's own summands, in numbers and in words."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property, partial

import numpy as np

from rmatch._util import notebook
from rmatch.analysis.alternatives import NextBest, next_best
from rmatch.analysis.places import both, is_made
from rmatch.analysis.subjects import Columns, gained_columns, taught_columns
from rmatch.columns import Category, IntArray, Items, Table
from rmatch.criteria import covered, listing
from rmatch.factors import SCALE
from rmatch.problem.model import Model
from rmatch.program import Program
from rmatch.result import Result


@dataclass(frozen=True)
class Explanation:
    """One pair: what each criterion contributes (they sum to ``score``), what it rests on, and a sentence.

    ``next_best`` is looked for when it is asked for, since it takes solving again.
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

    @cached_property
    def next_best(self) -> tuple[NextBest, ...]:
        """Both people's best other partner, the mentor's first, and what each would cost the whole plan."""
        return () if self.others is None else self.others()

    @property
    def state(self) -> str:
        """``paired``, ``not paired``, or which rules forbid it."""
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
        return f"{self.mentor_id} → {self.mentee_id}: {self.score:.3f}, {self.state}"

    def _repr_html_(self) -> str:
        rows = ((name, value, self.because.get(name, "")) for name, value in self.parts.items())
        parts = notebook.table(("criterion", "adds", "because"), rows, len(self.parts))
        return notebook.block(self._title(), notebook.lines(self.sentence), parts)


def sentences(model: Model, i: IntArray, j: IntArray, parts: IntArray, made: bool = True) -> list[str]:
    """One plain sentence for each listed pair, made from the criteria that add to its score."""
    names = _names(model.mentors)[i]
    said: list[list[str]] = [[] for _ in i]
    for k, clauses in enumerate(clauses_of(model, i, j)):
        for pair, clause in enumerate(clauses):
            if clause and parts[k, pair] > 0:
                said[pair].append(clause)
    return [
        f"{name} {'; '.join(clauses)}." if clauses else _without_words(model, name, parts[:, pair], made)
        for pair, (name, clauses) in enumerate(zip(names, said, strict=True))
    ]


def _without_words(model: Model, name: str, parts: IntArray, made: bool) -> str:
    """What is said of a pair for which no criterion has words, be it that one adds to its score."""
    adding = [model.names[k].replace("_", " ") for k in np.flatnonzero(parts > 0)]
    if adding:
        return f"{name} has a score of {int(parts.sum()) / SCALE:.2f} here, from {listing(adding)}."
    return silence(model.program, name) if made else f"No {_visible(model.program)}criterion speaks for {name} here."


def silence(program: Program, whom: str) -> str:
    """What is said of a pair that was made though no criterion adds to its score."""
    why = "sensitive columns had a say in who is with whom" if program.steering else "the pair completes the plan"
    return f"No {_visible(program)}criterion speaks for {whom}; {why}."


def _visible(program: Program) -> str:
    return "visible " if program.steering else ""


def clauses_of(model: Model, i: IntArray, j: IntArray) -> list[list[str]]:
    """For each criterion, what it says of each listed pair."""
    return [criterion.because(model.mentors, model.mentees, i, j) for criterion in model.criteria]


def _names(table: Table) -> np.ndarray:
    name = table.get("name")
    cells = name.cells() if isinstance(name, Category) else np.full(len(table.ids), "", dtype=object)
    return np.where(cells == "", table.ids, cells)


def taught(model: Model, i: IntArray, j: IntArray) -> list[list[str]]:
    """The wanted skills that each listed pair's mentor offers."""
    return _exchanged(taught_columns(model.program), model.mentors, model.mentees, i, j)


def gained(model: Model, i: IntArray, j: IntArray) -> list[list[str]]:
    """The skills that each listed pair's mentor wants and the mentee offers."""
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


def shared_times(model: Model, i: IntArray, j: IntArray) -> list[str] | None:
    """The weekly times that both people of each listed pair have, in UTC; None where nobody gave any."""
    runs = shared_runs(model, i, j)
    return None if runs is None else [_said(some) for some in runs]


def shared_runs(model: Model, i: IntArray, j: IntArray) -> list[list[tuple[int, int]]] | None:
    """The same as half hours since Monday 00:00 UTC: where each unbroken run within a day begins and ends."""
    a, b = model.mentors.get("availability"), model.mentees.get("availability")
    if not (isinstance(a, Items) and isinstance(b, Items)) or not (len(a.ids) and len(b.ids)):
        return None
    return [_runs(slots) for slots in covered(a, b, i, j)]


_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


def _runs(slots: list[str]) -> list[tuple[int, int]]:
    """The unbroken runs of half hours such as ``Mon 08:00``."""
    halves = sorted(_DAYS.index(s[:3]) * 48 + int(s[4:6]) * 2 + (s[7:] == "30") for s in slots)
    begins = [h for h in halves if h - 1 not in halves or h % 48 == 0]
    runs = []
    for begin in begins:
        end = begin + 1
        while end in halves and end % 48:
            end += 1
        runs.append((begin, end))
    return runs


def _said(runs: list[tuple[int, int]]) -> str:
    """``Mon 08:00-09:30 UTC``."""
    words = [f"{_DAYS[begin // 48]} {_clock(begin % 48)}-{_clock((end - 1) % 48 + 1)}" for begin, end in runs]
    return "; ".join(words) + (" UTC" if words else "")


def _clock(half: int) -> str:
    return f"{half // 2:02d}:{half % 2 * 30:02d}"


def explain(result: Result, mentor_id: str, mentee_id: str) -> Explanation:
    """Explain one pair, chosen or not; both people's next best partners are found when they are asked for."""
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
        others=partial(next_best, result, str(mentor_id), str(mentee_id)),
    )
