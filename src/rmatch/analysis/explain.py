"""Explanations: the score's own summands, in numbers and in words."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from rmatch._util import notebook
from rmatch.analysis.alternatives import NextBest
from rmatch.analysis.residual import Residual
from rmatch.analysis.subjects import Columns, gained_columns, taught_columns
from rmatch.analysis.values import PAIRS, TOTAL, Change, changes, in_words, settles_pairs, worse
from rmatch.columns import Category, IntArray, Items, Table
from rmatch.criteria import covered, listing
from rmatch.errors import InfeasibleError
from rmatch.factors import SCALE
from rmatch.limits import Lock
from rmatch.problem.model import Model
from rmatch.program import Program

if TYPE_CHECKING:
    from rmatch.matching import Matching


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


@dataclass(frozen=True)
class WhyNot:
    """Why a pair was not made: the rules that forbid it, or what the best plan that contains it has less than this one.

    ``loss`` is what it has less in the objective ``total``, as ``Matching.stages`` tells it: of all scores or, where
    the program has a floor and does not settle the number of pairs first, of what they exceed the floor by.
    ``pairs_lost`` is how many pairs fewer it has, None where plans as good differ in that. ``changes`` are what every
    objective loses, in order, and ``objective`` names the first that does: that one is the price, and what comes after
    it may be lower or higher, ``loss`` too. ``exact`` says that both plans are proved best, or that no plan has the
    pair. ``displaced`` are the pairs of the present plan that the other does not make, and ``made`` those that it makes
    instead. ``loss`` is None where a rule forbids the pair, where no plan that keeps the limits has it, and where
    sensitive columns helped to choose the plan (``sealed``).
    """

    mentor_id: str
    mentee_id: str
    rules: tuple[str, ...]
    loss: float | None
    pairs_lost: int | None
    displaced: tuple[tuple[str, str], ...]
    made: tuple[tuple[str, str], ...] = ()
    sealed: bool = False
    changes: tuple[Change, ...] = ()
    exact: bool = True
    """Whether both plans are proved best, or no plan has the pair."""

    @property
    def objective(self) -> str | None:
        """The first objective, in order, in which the plan with the pair is worse; None where there is none."""
        return worse(self.changes)

    def __str__(self) -> str:
        pair = f"{self.mentor_id} → {self.mentee_id}"
        if self.rules:
            return f"{pair} is not allowed: {', '.join(self.rules)}."
        if self.sealed:
            return f"{pair} is allowed; what it would cost is not told where sensitive columns are scored."
        if self.loss is None:
            return f"{pair}: no plan that keeps the limits contains this pair."
        if not self.made:
            return f"{pair} is in the plan."
        moved = ", ".join(f"{a} → {b}" for a, b in self.displaced[:4]) + (", …" if len(self.displaced) > 4 else "")
        doubt = "" if self.exact else ", as far as is proved"
        return f"{pair} would {in_words(self.changes)} and undo {moved or 'nothing'}{doubt}."

    def _repr_html_(self) -> str:
        pairs = notebook.table(("mentor that would move", "from mentee"), self.displaced, len(self.displaced))
        return notebook.block("Why not?", notebook.lines(str(self)), pairs)


def forced(model: Model, graph: Residual, i: int, j: int) -> WhyNot:
    """What forcing an eligible pair that is not made would cost, from the residual graph."""
    ids = str(model.mentors.ids[i]), str(model.mentees.ids[j])
    ways = graph.to(i, lambda known, beyond: bool(known[j] < beyond))
    (loss,), (lost,) = graph.losses(i, ways, np.array([j]))
    if np.isinf(loss):
        return WhyNot(*ids, (), None, None, ())
    undone, made = (
        tuple(sorted((str(model.mentors.ids[a]), str(model.mentees.ids[b])) for a, b in moves))
        for moves in graph.moves(i, j, ways)
    )
    total = Change(TOTAL, float(loss) / SCALE)
    found = (total,) if graph.free else (Change(PAIRS, float(lost)), total)
    return WhyNot(*ids, (), total.amount, None if np.isnan(lost) else int(lost), undone, made, changes=found)


def forced_anew(plan: Matching, mentor_id: str, mentee_id: str) -> WhyNot:
    """The same by solving again with the pair locked. Raises SolverError where that finds no plan and proves none."""
    try:
        other = plan.solve_again(limits=(*plan.program.limits, Lock(((mentor_id, mentee_id),))))
    except InfeasibleError:
        return WhyNot(mentor_id, mentee_id, (), None, None, ())
    found = changes(plan, other)
    return WhyNot(
        mentor_id,
        mentee_id,
        (),
        next(change.amount for change in found if change.objective == TOTAL),
        len(plan.points) - len(other.points) if settles_pairs(plan.program) else None,
        tuple(sorted(plan.named - other.named)),
        tuple(sorted(other.named - plan.named)),
        changes=found,
        exact=plan.certificate.proved and other.certificate.proved,
    )


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


def explain(
    model: Model, i: int, j: int, chosen: bool, others: Callable[[], tuple[NextBest, ...]] | None = None
) -> Explanation:
    """Explain one pair, chosen or not; ``others`` finds both people's next best partners."""
    a, b = np.array([i]), np.array([j])
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
        others=others,
    )
