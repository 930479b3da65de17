"""Why no plan keeps the limits: the fewest that conflict, what is out of reach and by how much, and what would help.

Every figure is found by trying: limits are left out one at a time, a number is lowered and asked again, and a share is
raised as far as it goes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np

from rmatch.columns import IntArray
from rmatch.errors import InfeasibleError
from rmatch.factors import Sparse
from rmatch.infeasible.conflict_set import smallest_conflict
from rmatch.infeasible.witness import explained
from rmatch.limits import Alike, Changes, Group, Limit, Share, Spread, TotalPairs
from rmatch.problem.bounds import Bounds, Pool
from rmatch.problem.compile import Constraints, compile_limits, declared_rows, limits_of_rows, worth_of_parts
from rmatch.problem.model import Model, open_bounds
from rmatch.proof.certificate import StageProof
from rmatch.solve.column_generation import Begun, certify, sampled
from rmatch.solve.cover import BoundsError, ShortageError, settle
from rmatch.solve.declared import Priced, declared
from rmatch.solve.initial_columns import USUAL, first_pool
from rmatch.solve.lagrangian import UnreachableError
from rmatch.solve.scan.kernel import Kernel
from rmatch.valuation import Worth

_LEAST = "`min_pairs`"
_STEPS = 30


@dataclass(frozen=True, eq=False)
class _Case:
    """A problem that cannot be solved as it is, and the pairs that were found while trying."""

    model: Model
    kernel: Kernel
    bounds: Bounds
    pool: Pool
    price: IntArray

    @classmethod
    def of(cls, model: Model, kernel: Kernel, bounds: Bounds) -> _Case:
        pool, _, price = first_pool(kernel, bounds, USUAL, sampled(USUAL))
        return cls(model, kernel, bounds, pool, price)

    def compiled(self, limits: Sequence[Limit], least: bool = True) -> Bounds:
        """The bounds under these limits alone, with or without what each person must have."""
        own = tuple(limit for limit in self.model.program.limits if not isinstance(limit, Group | Spread | TotalPairs))
        program = self.model.program.model_copy(update={"limits": (*own, *limits)})
        bounds = compile_limits(replace(self.model, program=program), self.bounds).bounds
        return bounds if least else replace(bounds, minimum=(0 * bounds.minimum[0], 0 * bounds.minimum[1]))

    def missing(self, limits: Sequence[Limit], least: bool = True) -> int:
        """How many pairs are lacking under these limits; 0 where there is a plan."""
        try:
            settle(self.kernel, self.compiled(limits, least), self.pool, self.price)
        except BoundsError as error:
            return error.missing
        except InfeasibleError:
            return 1
        return 0


def refused(
    model: Model, kernel: Kernel, held: Constraints, error: ShortageError | BoundsError | UnreachableError
) -> InfeasibleError:
    """Return the error that says in words why there is no plan, with the proof that there is none."""
    bounds = Bounds(*open_bounds(model), most_pairs=False)
    if isinstance(error, ShortageError):
        words, proof = explained(model, error), _of_shortage(model, error)
    elif isinstance(error, BoundsError):
        priced = Priced(*error.found.prices())
        words, proof = bounds_in_words(model, kernel, bounds), impossible(priced, held)
    else:
        words = rows_in_words(model, kernel, bounds, error)
        weighed = [(row, int(k)) for row, k in zip(error.rows, error.multipliers, strict=True) if k]
        proof = impossible(Priced(*error.proof.priced, weighed), held)
    return InfeasibleError(words, proof)


def no_plan_in_words(model: Model, kernel: Kernel, held: Constraints, proof: StageProof) -> str:
    """Name the limits that the proof weighs, or those of them that no flow keeps together."""
    bounds = Bounds(*open_bounds(model), most_pairs=False)
    try:
        pool, _, price = first_pool(kernel, held.bounds, USUAL, sampled(USUAL))
        settle(kernel, held.bounds, pool, price)
    except ShortageError as error:
        return explained(model, error)
    except BoundsError:
        return bounds_in_words(model, kernel, bounds)
    crossing = [row.origin for row in held.rows]
    owners = limits_of_rows(model)
    named = sorted(proof.multipliers) or crossing or list(owners)
    sides = zip(held.bounds.minimum, held.bounds.capacity, strict=True)
    if any((least > most).any() for least, most in sides):  # somebody must have more pairs than they may have
        named = [row.name for row in declared_rows(model) if row.each is not None] or named
        return _reach_in_words(model, kernel, bounds, named)
    alone = [name for name in named if name in crossing]
    if len({owners[name] for name in alone}) == 1 and not held.beyond:
        named = alone  # the other limits can be kept together, as a flow has just shown
    return _reach_in_words(model, kernel, bounds, named)


def impossible(priced: Priced, held: Constraints) -> StageProof:
    """The proof that no plan keeps the limits: with an objective of 0, the prices show a bound below 0."""
    return declared("possible", 0, -1, priced, held.bounds, held, None)


def _of_shortage(model: Model, error: ShortageError) -> StageProof:
    """The same for people who must have more pairs than those eligible for them may have.

    Who is eligible for more of them than there is room for costs 1; of anybody else each pair counts.
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
    """Name the fewest limits on people, groups and the total that no plan keeps together, and what would help.

    ``bounds`` are what each person may and must have beside the locked pairs.
    """
    case = _Case.of(model, kernel, bounds)
    limits = [limit for limit in model.program.limits if isinstance(limit, Group | Spread | TotalPairs)]
    single = [each for limit in limits for each in _by_value(model, limit)]
    needed = any(least.any() for least in bounds.minimum)
    names: list[Limit | str] = [*([_LEAST] if needed else []), *sorted(single, key=_blame)]

    def feasible(kept: frozenset[Limit | str]) -> bool:
        return not case.missing([x for x in names if x in kept and not isinstance(x, str)], _LEAST in kept)

    conflict = smallest_conflict(names, feasible)
    words = [each if isinstance(each, str) else each.in_words() for each in conflict]
    if len(conflict) == 1:
        said = f"no plan keeps this limit: {words[0]}"
    else:
        said = f"no plan keeps these limits together: {'; '.join(words)}"
    helps = list(_helping(case, [x for x in conflict if not isinstance(x, str)], _LEAST in conflict))
    return f"{said}; {' or '.join([*helps, 'drop one of them' if len(conflict) > 1 else 'drop it'])}"


def _blame(limit: Limit) -> int:
    """What should rather not be blamed comes first: the plan's size."""
    return 0 if isinstance(limit, TotalPairs) else 1


def _by_value(model: Model, limit: Limit) -> Iterator[Limit]:
    """A limit that holds for each value of a column, value by value, and for its least and most apart."""
    if not isinstance(limit, Group):
        yield limit
        return
    for word in limit.members(model.mentors, model.mentees):
        for least, most in ((limit.least, None), (None, limit.most)):
            if least or most is not None:
                yield Group(limit.side, limit.column, value=word, least=least, most=most)


def _helping(case: _Case, conflict: list[Limit], least: bool) -> Iterator[str]:
    """The changes of one number that let the conflicting limits be kept, each tried."""
    short = case.missing(conflict, least)
    for limit in conflict:
        others = [each for each in conflict if each is not limit]
        for field, step in (("least", -1), ("most", 1)):
            number = getattr(limit, field, None)
            if not number and not (field == "most" and number == 0):
                continue
            for change in range(1, max(short, 1) + 1):
                other = number + step * change
                if other < 0:
                    break
                loosened = replace(limit, **{field: other})
                if not case.missing([*others, loosened], least):
                    what = "all pairs" if isinstance(limit, TotalPairs) else f"`{limit.name}`"
                    yield f"{'lower' if step < 0 else 'raise'} `{field}` of {what} from {number} to {other}"
                    break


# ---------------------------------------------------------------- rows


def rows_in_words(model: Model, kernel: Kernel, bounds: Bounds, error: UnreachableError) -> str:
    """Name the shares and other rows that no plan reaches together; of a single share the most that is reachable."""
    weighed = zip(error.rows, error.multipliers, strict=True)
    return _reach_in_words(model, kernel, bounds, [row.origin or row.name for row, weight in weighed if weight])


def _reach_in_words(model: Model, kernel: Kernel, bounds: Bounds, named: Sequence[str]) -> str:
    """Say that the rows of these names cannot be kept together; of one alone, how far it can be."""
    owners = limits_of_rows(model)
    limits = list(dict.fromkeys(owners[name] for name in named if name in owners))
    words = [limit.in_words() for limit in limits]
    if len(words) != 1:
        return f"no plan reaches these limits together: {'; '.join(words)}; loosen or drop one of them"
    said = f"no plan within the rules and the other limits reaches this one: {words[0]}"
    (limit,) = limits
    if isinstance(limit, Changes):
        (row,) = limit.rows(model.people)
        least = int(row.bounds(model.shape)[0][0])
        worth = worth_of_parts(model.people, row.parts)
        locked = int(row.coefficients(*model.locked).sum())
        most = certify(kernel, compile_limits(model, bounds).bounds, worth).total + locked
        said += f"; at least {limit.most + least - most:,} have to be"
    if isinstance(limit, Share):
        lowest = named[0].endswith("(least)")
        found = _furthest(model, kernel, bounds, limit, lowest)
        if found is not None:
            far = "the most" if lowest else "the fewest"
            said += f"; {far} that can be reached is {found[0] / found[1]:.1%} ({found[0]:,} of {found[1]:,} pairs)"
    return f"{said}; loosen it, drop it, or drop a rule"


def _furthest(model: Model, kernel: Kernel, bounds: Bounds, share: Share, least: bool) -> tuple[int, int] | None:
    """The largest share that a plan can have, or the smallest, as pairs that count and all pairs.

    It is raised until no plan exceeds it (Dinkelbach 1967).
    """
    compiled = compile_limits(model, bounds).bounds
    some = replace(compiled, total=(max(compiled.span[0], 1), max(compiled.room, 1)))
    u, v = Alike.between(model.mentors, model.mentees, share.columns, share.differ).factors()
    sign = 1 if least else -1
    try:
        pool, _, price = first_pool(kernel, some, USUAL, sampled(USUAL))
        pool, _ = settle(kernel, some, pool, price)
    except InfeasibleError:
        return None
    reached, found = Fraction(0 if least else 1), None
    for _ in range(_STEPS):
        weighed = Worth(times=0, each=-sign * reached.numerator, sides=(u, _scaled(v, sign * reached.denominator)))
        proof = certify(kernel, some, weighed, begun=Begun.on(pool, weighed, 0 * price))
        if proof.total <= 0:
            return found
        counts = np.rint(Worth(times=0, sides=(u, v)).of(proof.i, proof.j, 0 * proof.i, model.shape[1]))
        found = int(counts.sum()), len(proof.i)
        reached, pool = Fraction(*found), proof.pool
    return found


def _scaled(side: Sparse, times: int) -> Sparse:
    return Sparse(side.start, side.column, times * side.value, side.width)
