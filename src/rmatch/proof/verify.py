"""The check that trusts nobody: a plan held against the people and the program, plainly.

It shares no code with the loop or the solvers. Scores are recomputed as sums of whole points, which are exact, and
every eligible pair of the full problem is held against the prices in one pass over blocks of mentors.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from rmatch import display
from rmatch.aims import aims, staged
from rmatch.columns import FloatArray, IntArray
from rmatch.factors import SCALE
from rmatch.model import Model, open_bounds
from rmatch.objectives import Total
from rmatch.pool import Bounds
from rmatch.proof.blocks import each_block
from rmatch.proof.certificate import Certificate
from rmatch.proof.kept import broken_limits
from rmatch.proof.stage_check import stage_problems

_SHOWN = 5


@dataclass(frozen=True)
class Verification:
    """What was checked and what was found wrong; true where nothing was."""

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
        people = (
            "against the people" if self.with_people else "in itself only; give the workforce to check rules and scores"
        )
        return f"Verified {people}: {', '.join(self.checked)}."

    def _repr_html_(self) -> str:
        return display.block("Verification", display.lines(str(self)))


def verify(
    model: Model,
    pairs: tuple[IntArray, IntArray],
    points: IntArray,
    parts: IntArray,
    certificate: Certificate,
    proved: bool,
) -> Verification:
    """Check a plan against a model compiled from the people.

    ``pairs`` are all pairs of the plan, locked ones too; ``points`` (pairs,) and ``parts`` (criteria, pairs) what the
    plan claims of them; ``proved`` whether it claims to be best.
    """
    i, j = pairs
    problems = [*_rules(model, i, j), *_limits(model, i, j), *_scores(model, i, j, points, parts)]
    checked = ["rules", "limits", "scores"]
    if not problems:
        problems += _bound(model, i, j, points, certificate, proved)
        checked += ["total", _bound_in_words(certificate, proved)]
    return Verification(tuple(problems), tuple(checked), with_people=True)


def _bound_in_words(certificate: Certificate, proved: bool) -> str:
    if certificate.sealed:
        return "number of pairs (no prices are kept where sensitive columns are scored)"
    return "bound over all pairs" if proved else "bound"


def _name(model: Model, i: int, j: int) -> str:
    return f"({model.mentors.ids[i]}, {model.mentees.ids[j]})"


def _rules(model: Model, i: IntArray, j: IntArray) -> Iterator[str]:
    for rule, barred in model.reasons(i, j).items():
        for k in np.flatnonzero(barred)[:_SHOWN]:
            yield f"the pair {_name(model, i[k], j[k])} breaks the rule {rule!r}"


def _limits(model: Model, i: IntArray, j: IntArray) -> Iterator[str]:
    keys, counts = np.unique(i * np.int64(model.shape[1]) + j, return_counts=True)
    for key in keys[counts > 1][:_SHOWN]:
        yield f"the pair {_name(model, key // model.shape[1], key % model.shape[1])} is made {counts.max()} times"
    for key in np.setdiff1d(model.locked_keys, keys)[:_SHOWN]:
        yield f"the locked pair {_name(model, key // model.shape[1], key % model.shape[1])} is missing"
    for place, table, most, least in zip(
        (i, j), (model.mentors, model.mentees), model.capacity, model.minimum, strict=True
    ):
        load = np.bincount(place, minlength=len(most))
        for k in np.flatnonzero((load > most) | (load < least))[:_SHOWN]:
            yield f"{table.ids[k]!r} has {load[k]} pairs; allowed are {least[k]} to {most[k]}"
    yield from broken_limits(model, i, j)


def _scores(model: Model, i: IntArray, j: IntArray, points: IntArray, parts: IntArray) -> Iterator[str]:
    true = model.parts(i, j)
    if parts.shape != true.shape:
        yield f"the plan has {len(parts)} criteria, the program {len(true)}"
        return
    for k in np.flatnonzero((true != parts).any(0) | (true.sum(0) != points))[:_SHOWN]:
        scores = f"{true[:, k].sum() / SCALE:.6f}, not {points[k] / SCALE:.6f}"
        yield f"the pair {_name(model, i[k], j[k])} scores {scores}, or by other parts"
    for k in np.flatnonzero((true < 0).any(0) | (true.sum(0) > SCALE))[:_SHOWN]:
        yield f"the pair {_name(model, i[k], j[k])} scores outside [0, 1]"


def _bound(
    model: Model, i: IntArray, j: IntArray, points: IntArray, certificate: Certificate, proved: bool
) -> Iterator[str]:
    free = ~np.isin(i * np.int64(model.shape[1]) + j, model.locked_keys)
    locked_worth = int((points[~free] - model.floor).sum())
    i, j, worth = i[free], j[free], points[free] - model.floor
    capacity, minimum = open_bounds(model)
    if len(i) != certificate.pairs:
        yield f"the certificate is for {certificate.pairs} pairs, the plan has {len(i)}"
        return
    if int(worth.sum()) + locked_worth != certificate.total:
        yield f"the pairs add up to {(worth.sum() + locked_worth) / SCALE:.6f}, not {certificate.total / SCALE:.6f}"
    if certificate.stages and not certificate.sealed:
        final = next(k for k, o in enumerate(aims(model)) if isinstance(o.objective, Total))
        shown = certificate.stages[final] if final < len(certificate.stages) else None
        if shown is None or (shown.value, shown.bound) != (
            certificate.total - locked_worth,
            certificate.bound - locked_worth,
        ):
            yield "the total and its bound are not those of the proofs"
        bounds = Bounds(capacity, minimum, most_pairs=False)
        yield from stage_problems(model, (i, j), certificate.stages, bounds, proved)
        return
    if staged(model.program) and not certificate.sealed:
        yield "the program has limits or objectives of which the certificate says nothing"
        return
    if certificate.sealed:  # no prices to hold the pairs against; whoever has all the people can match them again
        if model.most_pairs and not staged(model.program):
            yield from _cover(model, i, j, _settled(model, i, j), certificate, capacity, proved)
        return
    if not model.most_pairs and not _free_number_fits(certificate, capacity):
        yield "the price of the number of pairs does not fit a plan that may have any number"
    if not _exact(certificate, capacity):
        yield "the prices are too large to be added up exactly"
        return
    bound = certificate.arithmetic(worth, i, j, capacity, minimum) + locked_worth
    if bound != certificate.bound:
        yield f"the prices prove {bound / SCALE:.6f}, not the bound {certificate.bound / SCALE:.6f}"
    if proved and certificate.bound != certificate.total:
        yield f"a gap of {(certificate.bound - certificate.total) / SCALE:.6f} is left, so the plan is not proved best"
    settled = _settled(model, i, j)
    yield from _beaten_prices(model, settled, certificate)
    if model.most_pairs:
        yield from _cover(model, i, j, settled, certificate, capacity, proved)


def _settled(model: Model, i: IntArray, j: IntArray) -> IntArray:
    """Keys of the chosen and the locked pairs, ascending."""
    return np.sort(np.concatenate([i * np.int64(model.shape[1]) + j, model.locked_keys]))


def _exact(certificate: Certificate, capacity: tuple[IntArray, IntArray]) -> bool:
    """Whether no sum of prices can leave int64, and every price is exact in float64."""
    sides = (certificate.mentor_prices, certificate.no_mentee), (certificate.mentee_prices, certificate.no_mentor)
    largest = max(float(np.abs(np.append(prices, ground).astype(float)).max()) for prices, ground in sides)
    return largest < 2.0**50 and 4 * largest * (sum(float(c.sum()) for c in capacity) + 1) < 2.0**62


def _free_number_fits(certificate: Certificate, capacity: tuple[IntArray, IntArray]) -> bool:
    price, room = certificate.no_mentee + certificate.no_mentor, min(int(c.sum()) for c in capacity)
    return (price <= 0 or certificate.pairs == room) and (price >= 0 or certificate.pairs == 0)


def _beaten_prices(model: Model, settled: IntArray, certificate: Certificate) -> Iterator[str]:
    """Look at every pair of the full problem: none that is open and eligible may be worth more than its prices."""
    n = np.int64(model.shape[1])
    x, y = (certificate.mentor_prices + model.floor).astype(float), certificate.mentee_prices.astype(float)

    def beaten(rows: IntArray, columns: slice, over: FloatArray) -> list[tuple[int, int]]:
        hit = np.flatnonzero(over.reshape(-1) > 0)
        i, j = hit // over.shape[1] + rows[0], hit % over.shape[1] + columns.start
        keys = i * n + j
        open_ = np.append(settled, -1)[np.searchsorted(settled, keys)] != keys
        i, j = i[open_], j[open_]
        fine = model.eligible(i, j)
        return list(zip(i[fine].tolist(), j[fine].tolist(), strict=True))

    for found in each_block(model, beaten, (x, y)):
        for i, j in found[:_SHOWN]:
            yield f"the eligible pair {_name(model, i, j)} is worth more than its prices, so the bound is not true"


def _cover(
    model: Model,
    i: IntArray,
    j: IntArray,
    settled: IntArray,
    certificate: Certificate,
    capacity: tuple[IntArray, IntArray],
    proved: bool,
) -> Iterator[str]:
    """Check that no plan has more pairs: the covered people's capacities and the bare chosen pairs add up."""
    if certificate.cover is None and not proved:
        return  # the time was over before the number of pairs was settled
    if certificate.cover is None:
        yield "the plan should have the most pairs, but nothing proves their number"
        return
    mentors, mentees = certificate.cover
    bare = ~mentors[i] & ~mentees[j]
    most = int(capacity[0][mentors].sum() + capacity[1][mentees].sum() + bare.sum())
    if most != certificate.pairs:
        yield f"the cover allows {most} pairs, the plan has {certificate.pairs}"
    rows, columns, n = np.flatnonzero(~mentors), np.flatnonzero(~mentees), np.int64(model.shape[1])
    size = max(1, (1 << 22) // max(len(columns), 1))
    for begin in range(0, len(rows) if len(columns) else 0, size):
        some = rows[begin : begin + size]
        a, b = np.repeat(some, len(columns)), np.tile(columns, len(some))
        open_ = ~np.isin(a * n + b, settled)
        a, b = a[open_], b[open_]
        for k in np.flatnonzero(model.eligible(a, b))[:1]:
            yield f"the eligible pair {_name(model, a[k], b[k])} is not covered, so there could be more pairs"
            return
