"""Explanations of infeasibility: a minimal set of conflicting limits, by how much they are missed, and what would help.

Every figure is found by solving: limits are left out one at a time, a bound is loosened and tried again, and a share is
raised as far as it goes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, fields, replace
from fractions import Fraction

import numpy as np

from rmatch.columns import IntArray
from rmatch.errors import InfeasibleError
from rmatch.factors import Sparse
from rmatch.infeasible.hall import smallest_conflict
from rmatch.infeasible.witness import explained
from rmatch.limits import Limit
from rmatch.problem.bounds import Bounds, Candidates
from rmatch.problem.compile import Constraints, compile_limits, declared_rows, limits_of_rows
from rmatch.problem.model import Model, open_bounds
from rmatch.problem.valuations import valuation_of_parts
from rmatch.proof.certificate import StageProof
from rmatch.rows import Named, Row
from rmatch.solve.column_generation import Begun, generate_columns, sampled
from rmatch.solve.cover import BoundsError, ShortageError, settle
from rmatch.solve.declared import Priced, declared
from rmatch.solve.initial_columns import USUAL, initial_columns
from rmatch.solve.lagrangian import UnreachableError
from rmatch.solve.scan.kernel import Kernel
from rmatch.valuation import Valuation

_LEAST = "`min_pairs`"
_STEPS = 30


@dataclass(frozen=True, eq=False)
class _Case:
    """An infeasible problem, and the candidates found while exploring it."""

    model: Model
    kernel: Kernel
    bounds: Bounds
    candidates: Candidates
    price: IntArray

    @classmethod
    def of(cls, model: Model, kernel: Kernel, bounds: Bounds) -> _Case:
        candidates, _, price, _ = initial_columns(kernel, bounds, USUAL, sampled(USUAL))
        return cls(model, kernel, bounds, candidates, price)

    def compiled(self, limits: Sequence[Limit], least: bool = True) -> Bounds:
        """Return the bounds under these limits only, with or without each person's least number of pairs."""
        own = tuple(limit for limit in self.model.program.limits if limit.plain)
        program = self.model.program.model_copy(update={"limits": (*own, *limits)})
        bounds = compile_limits(replace(self.model, program=program), self.bounds).bounds
        return bounds if least else replace(bounds, minimum=(0 * bounds.minimum[0], 0 * bounds.minimum[1]))

    def missing(self, limits: Sequence[Limit], least: bool = True) -> int:
        """Return how many pairs are lacking under these limits; 0 where there is a plan."""
        try:
            settle(self.kernel, self.compiled(limits, least), self.candidates, self.price)
        except BoundsError as error:
            return error.missing
        except InfeasibleError:
            return 1
        return 0


def refused(
    model: Model, kernel: Kernel, constraints: Constraints, error: ShortageError | BoundsError | UnreachableError
) -> InfeasibleError:
    """Return the error that explains why there is no plan, with the proof that there is none.

    Args:
        model: The model.
        kernel: Scores and eligibility of all pairs.
        constraints: The compiled limits.
        error: What the solver raised.
    """
    bounds = Bounds(*open_bounds(model), most_pairs=False)
    if isinstance(error, ShortageError):
        sentences, proof = explained(model, error), _of_shortage(model, error)
    elif isinstance(error, BoundsError):
        priced = Priced(*error.found.prices())
        sentences, proof = bounds_in_words(model, kernel, bounds), impossible(priced, constraints)
    else:
        sentences = rows_in_words(model, kernel, bounds, error)
        weighed = [(row, int(k)) for row, k in zip(error.side_constraints, error.multipliers, strict=True) if k]
        proof = impossible(Priced(*error.proof.priced, weighed), constraints)
    return InfeasibleError(sentences, proof)


def no_plan_in_words(
    model: Model, kernel: Kernel, constraints: Constraints, proof: StageProof, kept: Callable[[Row], int | None]
) -> str:
    """Return an explanation that names the limits in a proof of infeasibility, or those that no flow satisfies
    together.

    Args:
        model: The model.
        kernel: Scores and eligibility of all pairs.
        constraints: The compiled limits.
        proof: Proof that there is no plan.
        kept: The most pairs of a row that one plan has within all other rows; None where that is not known.
    """
    bounds = Bounds(*open_bounds(model), most_pairs=False)
    try:
        candidates, _, price, _ = initial_columns(kernel, constraints.bounds, USUAL, sampled(USUAL))
        settle(kernel, constraints.bounds, candidates, price)
    except ShortageError as error:
        return explained(model, error)
    except BoundsError:
        return bounds_in_words(model, kernel, bounds)
    crossing = [row.origin for row in constraints.side_constraints]
    owners = limits_of_rows(model)
    named = sorted({*proof.multipliers, *(row.name for row in declared_rows(model) if row.or_none)})
    named = named or crossing or list(owners)
    sides = zip(constraints.bounds.minimum, constraints.bounds.capacity, strict=True)
    if any((least > most).any() for least, most in sides):  # some person must have more pairs than they may have
        named = [row.name for row in declared_rows(model) if row.each is not None] or named
        return _reach_in_words(model, kernel, bounds, named, kept)
    alone = [name for name in named if name in crossing]
    if len({owners[name] for name in alone}) == 1 and not (constraints.beyond or constraints.or_none):
        named = alone  # the other limits can be kept together, as a flow has just shown
    return _reach_in_words(model, kernel, bounds, named, kept)


def impossible(priced: Priced, constraints: Constraints) -> StageProof:
    """Return the proof that no plan satisfies the limits: for the objective 0 the prices show a bound below 0."""
    return declared("possible", 0, -1, priced, constraints.bounds, constraints, None)


def _of_shortage(model: Model, error: ShortageError) -> StageProof:
    """The proof for people who must have more pairs than their eligible partners may have.

    A partner who is eligible for more of them than their capacity is priced at 1; for any other partner each pair
    counts.
    """
    own, others = error.side, 1 - error.side
    prices, wanted = [np.zeros(size, np.int64) for size in model.shape], np.zeros(model.shape[others], np.int64)
    prices[own][error.people] = -1
    columns = np.arange(model.shape[others])
    for person in error.people:
        pair = (np.full(len(columns), person), columns)
        wanted += model.eligible(*(pair if own == 0 else pair[::-1]))
    elsewhere = model.locked[others][~np.isin(model.locked[own], error.people)]
    prices[others][wanted > model.capacity[others] - np.bincount(elsewhere, minlength=len(columns))] = 1
    return StageProof("possible", 0, -1, prices[0], prices[1])


def bounds_in_words(model: Model, kernel: Kernel, bounds: Bounds) -> str:
    """Return an explanation that names a minimal conflicting set of bounds and the changes that would help.

    Args:
        model: The model.
        kernel: Scores and eligibility of all pairs.
        bounds: Bounds of each person beside the locked pairs.
    """
    case = _Case.of(model, kernel, bounds)
    limits = [limit for limit in model.program.limits if not limit.plain]
    single = [each for limit in limits for each in limit.by_value(model.mentors, model.mentees)]
    needed = any(least.any() for least in bounds.minimum)
    names: list[Limit | str] = [*([_LEAST] if needed else []), *sorted(single, key=_blame)]

    def feasible(kept: frozenset[Limit | str]) -> bool:
        return not case.missing([x for x in names if x in kept and not isinstance(x, str)], _LEAST in kept)

    conflict = smallest_conflict(names, feasible)
    sentences = [each if isinstance(each, str) else each.in_words() for each in conflict]
    if len(conflict) == 1:
        message = f"no plan keeps this limit: {sentences[0]}"
    else:
        message = f"no plan keeps these limits together: {'; '.join(sentences)}"
    helps = list(_helping(case, [x for x in conflict if not isinstance(x, str)], _LEAST in conflict))
    return f"{message}; {' or '.join([*helps, 'drop one of them' if len(conflict) > 1 else 'drop it'])}"


def _blame(limit: Limit) -> int:
    """Sort key: the bound on the plan's size is left out first."""
    return 0 if limit.total_bounds != (None, None) else 1


def _helping(case: _Case, conflict: list[Limit], least: bool) -> Iterator[str]:
    """Yield the changes of one number that resolve the conflict, each verified by solving."""
    short = case.missing(conflict, least)
    for limit in conflict:
        others = [each for each in conflict if each is not limit]
        own = {field.name for field in fields(limit.whole)}
        for field, step in (("least", -1), ("most", 1)):
            number = getattr(limit.whole, field) if field in own else None
            if not isinstance(number, int) or (field == "least" and not number):
                continue
            for change in range(1, max(short, 1) + 1):
                other = number + step * change
                if other < 0:
                    break
                loosened = limit.holding(replace(limit.whole, **{field: other}))
                if not case.missing([*others, loosened], least):
                    yield f"{'lower' if step < 0 else 'raise'} `{field}` of {limit.label} from {number} to {other}"
                    break


# ---------------------------------------------------------------- rows


def rows_in_words(model: Model, kernel: Kernel, bounds: Bounds, error: UnreachableError) -> str:
    """Return an explanation that names the side constraints that no plan satisfies together, and how far one can go."""
    weighed = zip(error.side_constraints, error.multipliers, strict=True)
    return _reach_in_words(model, kernel, bounds, [row.origin or row.name for row, weight in weighed if weight])


def _reach_in_words(
    model: Model,
    kernel: Kernel,
    bounds: Bounds,
    named: Sequence[str],
    kept: Callable[[Row], int | None] = lambda row: None,
) -> str:
    """Explain that the named rows conflict; of a single one, and of changes, how far it can be satisfied."""
    owners = limits_of_rows(model)
    earlier = {row.name: (row, kept(row)) for row in declared_rows(model) if owners[row.name].of_last_plan}
    named = [*named, *(name for name, (_, most) in earlier.items() if most is not None)]  # there is a plan without it
    limits = list(dict.fromkeys(owners[name] for name in named if name in owners))
    sentences = [limit.in_words() for limit in limits]
    if len(sentences) != 1:
        needed = [len(listed_in(row)) - most for row, most in earlier.values() if most is not None]
        sentences += [f"the others need at least {number:,} given up" for number in needed]
        return f"no plan reaches these limits together: {'; '.join(sentences)}; loosen or drop one of them"
    message = f"no plan within the rules and the other limits reaches this one: {sentences[0]}"
    (limit,) = limits
    for row, most in earlier.values() if limit.of_last_plan else ():
        if most is None:
            valuation = valuation_of_parts(model.people, row.parts)
            locked = int(row.coefficients(*model.locked).sum())
            most = generate_columns(kernel, compile_limits(model, bounds).bounds, valuation).total + locked
        message += f"; at least {len(listed_in(row)) - most:,} have to be"
    counted = limit.ratio(model.mentors, model.mentees)
    if counted is not None:
        lowest = named[0].endswith("(least)")
        found = _furthest(model, kernel, bounds, counted, lowest)
        if found is not None:
            far = "the most" if lowest else "the fewest"
            message += f"; {far} that can be reached is {found[0] / found[1]:.1%} ({found[0]:,} of {found[1]:,} pairs)"
    return f"{message}; loosen it, drop it, or drop a rule"


def listed_in(row: Row) -> IntArray:
    """Return the pairs that a row lists, as ``i · mentees + j``."""
    lists: list[object] = [part.pairs for part in row.parts]
    return np.concatenate([np.zeros(0, np.int64), *(pairs.keys for pairs in lists if isinstance(pairs, Named))])


def _furthest(
    model: Model, kernel: Kernel, bounds: Bounds, counted: tuple[Sparse, Sparse], least: bool
) -> tuple[int, int] | None:
    """The largest, or smallest, share that a plan can have, as the pairs that count and all pairs.

    The ratio is maximised by a sequence of parametric problems (Dinkelbach 1967).
    """
    compiled = compile_limits(model, bounds).bounds
    some = replace(compiled, total=(max(compiled.span[0], 1), max(compiled.max_pairs, 1)))
    u, v = counted
    sign = 1 if least else -1
    try:
        candidates, _, price, _ = initial_columns(kernel, some, USUAL, sampled(USUAL))
        candidates, _ = settle(kernel, some, candidates, price)
    except InfeasibleError:
        return None
    reached, found = Fraction(0 if least else 1), None
    for _ in range(_STEPS):
        weighed = Valuation(times=0, each=-sign * reached.numerator, sides=(u, _scaled(v, sign * reached.denominator)))
        proof = generate_columns(kernel, some, weighed, begun=Begun.on(candidates, weighed, 0 * price))
        if proof.total <= 0:
            return found
        counts = np.rint(Valuation(times=0, sides=(u, v)).of(proof.i, proof.j, 0 * proof.i, model.shape[1]))
        found = int(counts.sum()), len(proof.i)
        reached, candidates = Fraction(*found), proof.candidates
    return found


def _scaled(side: Sparse, times: int) -> Sparse:
    return Sparse(side.start, side.column, times * side.value, side.width)
