"""Verification: a plan checked against the people and the program, independent of what solved it.

No code is shared with the solver. Limits are asked for their rows and objectives for their values; scores are
recomputed as integer points, and every eligible pair is compared with the duals.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from rmatch._util import notebook
from rmatch._util.threads import one_thread, side_by_side
from rmatch.columns import IntArray
from rmatch.factors import SCALE
from rmatch.objectives import MostPairs
from rmatch.proof.certificate import Certificate
from rmatch.proof.check import stage_problems
from rmatch.proof.problem import Problem, demanded
from rmatch.rows import Couples, Side

_SHOWN = 5
_FEW = 1 << 22  # pairs of people; scores of as few are checked before a thread has begun


@dataclass(frozen=True)
class Verification:
    """What was checked and what was wrong; true where nothing was.

    Args:
        problems: What is wrong, a sentence each.
        checked: What was checked.
        with_people: Whether the people were at hand.
    """

    problems: tuple[str, ...]
    checked: tuple[str, ...]
    with_people: bool

    @property
    def ok(self) -> bool:
        """Whether nothing is wrong."""
        return not self.problems

    def __bool__(self) -> bool:
        return self.ok

    def __str__(self) -> str:
        if self.problems:
            return "\n".join(["Not verified:", *(f"  {problem}" for problem in self.problems)])
        people = "against the people" if self.with_people else "in itself only"
        more = "" if self.with_people else " To check rules and scores too, give the workforce."
        return f"Verified {people}: {', '.join(self.checked)}.{more}"

    def _repr_html_(self) -> str:
        return notebook.block("Verification", notebook.lines(str(self)))


@one_thread()  # BLAS would go on waiting with threads of its own, long after small products, beside ours
def verify(
    problem: Problem,
    pairs: tuple[IntArray, IntArray],
    points: IntArray,
    parts: IntArray,
    certificate: Certificate,
    proved: bool,
) -> Verification:
    """Check a plan against the people.

    Args:
        pairs: Mentors and mentees of all pairs, locked ones included, int64.
        points: Claimed scores in points, ``(pairs,)`` int64.
        parts: Claimed points of each criterion, ``(criteria, pairs)`` int64.
        proved: Whether the plan is claimed to be optimal.
    """
    i, j = pairs
    problems = [*broken_rules(problem, i, j), *broken_limits(problem, i, j)]
    bounds, scores = side_by_side(
        lambda: [] if problems else [*_bounds(problem, i, j, points, certificate, proved)],
        lambda: [*_scores(problem, i, j, points, parts)],
        much=bool(np.prod(problem.shape) > _FEW),
    )
    problems += scores
    checked = ["rules", "limits", "scores"]
    if not problems:
        problems, checked = bounds, [*checked, "total", _bound_in_words(certificate, proved)]
    return Verification(tuple(problems), tuple(checked), with_people=True)


def _bound_in_words(certificate: Certificate, proved: bool) -> str:
    if certificate.sealed:
        what = "number of pairs" if certificate.stages else "no bound"
        return f"{what} (no prices are kept where sensitive columns are scored)"
    return "bound over all pairs" if proved else "bound"


def broken_rules(problem: Problem, i: IntArray, j: IntArray) -> Iterator[str]:
    """Yield a sentence for each of the pairs ``(i, j)`` that breaks a rule."""
    for rule, barred in problem.scores.broken(i, j).items():
        for k in np.flatnonzero(barred)[:_SHOWN]:
            yield f"the pair {problem.people.pair(i[k], j[k])} breaks the rule {rule!r}"


def broken_limits(problem: Problem, i: IntArray, j: IntArray) -> Iterator[str]:
    """Yield a sentence for each person's bound, and each row of a limit, that the pairs ``(i, j)`` break."""
    keys, counts = np.unique(i * np.int64(problem.shape[1]) + j, return_counts=True)
    for key in keys[counts > 1][:_SHOWN]:
        yield f"the pair {problem.people.pair(*divmod(int(key), problem.shape[1]))} is made {counts.max()} times"
    locked = problem.fixed[0] * np.int64(problem.shape[1]) + problem.fixed[1]
    for key in np.setdiff1d(locked, keys)[:_SHOWN]:
        yield f"the locked pair {problem.people.pair(*divmod(int(key), problem.shape[1]))} is missing"
    for side, (place, most, least) in enumerate(zip((i, j), problem.capacity, problem.minimum, strict=True)):
        load = np.bincount(place, minlength=len(most))
        for k in np.flatnonzero((load > most) | (load < least))[:_SHOWN]:
            yield f"{problem.people.called(side, k)} has {load[k]} pairs; allowed are {least[k]} to {most[k]}"
    for row in problem.rows:
        if demanded(row) is not None:
            continue
        sums = row.sums(i, j, problem.shape)
        broken = row.broken(sums, problem.shape)
        if not broken.any():
            continue
        least, most = row.bounds(problem.shape)
        least = np.maximum(least, row.fewest(problem.shape)) if row.or_none else least
        for k in np.flatnonzero(broken)[:_SHOWN]:
            who = "" if row.each is None else f" of {_called(problem, row.each, int(k))}"
            bound, word = (least[k], "least") if sums[k] < least[k] else (most[k], "most")
            yield f"{row.name}{who}: the plan has {sums[k]}, and {bound} is the {word}{', if any' * row.or_none}"


def _called(problem: Problem, each: Side | Couples, k: int) -> str:
    """What a message calls those of one of several rows."""
    if isinstance(each, Couples):
        return " and ".join(each.names(np.array([k]))[0])
    return problem.people.called(int(each == "mentee"), k)


def _scores(problem: Problem, i: IntArray, j: IntArray, points: IntArray, parts: IntArray) -> Iterator[str]:
    true = problem.scores.parts(i, j)
    if parts.shape != true.shape:
        yield f"the plan has {len(parts)} criteria, the program {len(true)}"
        return
    for k in np.flatnonzero((true != parts).any(0) | (true.sum(0) != points))[:_SHOWN]:
        scores = f"{true[:, k].sum() / SCALE:.6f}, not {points[k] / SCALE:.6f}"
        yield f"the pair {problem.people.pair(i[k], j[k])} scores {scores}, or by other parts"
    for k in np.flatnonzero((true < 0).any(0) | (true.sum(0) > SCALE))[:_SHOWN]:
        yield f"the pair {problem.people.pair(i[k], j[k])} scores outside [0, 1]"


def _bounds(
    problem: Problem, i: IntArray, j: IntArray, points: IntArray, certificate: Certificate, proved: bool
) -> Iterator[str]:
    """What is wrong with the certificate: its figures, and the proof of each stage."""
    total = next(o for o in problem.objectives if o.name == "total").value(problem.people, i, j, points)
    if certificate.total != total:
        yield f"the pairs add up to {total / SCALE:.6f}, not {certificate.total / SCALE:.6f}"
    if proved and not certificate.proved:
        yield f"a gap of {certificate.gap / SCALE:.6f} is left, so the plan is not proved best"
    if certificate.sealed:  # no prices to compare pairs with; with all the people one can match again
        if problem.objectives[0].name == MostPairs.kind() and not certificate.stages:
            yield "the plan should have the most pairs, but nothing proves their number"
        yield from stage_problems(problem, i, j, points, certificate.stages, first=True)
        return
    last = certificate.stage("total")
    if last is None or (last.value, last.bound) != (certificate.total, certificate.bound):
        yield "the total and its bound are not those of the proofs"
        return
    yield from stage_problems(problem, i, j, points, certificate.stages)
