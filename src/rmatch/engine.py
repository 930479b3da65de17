"""The verbs. Each reads like the picture: people, model, proof, answer."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor
from typing import Literal

import numpy as np
import pandas as pd

from rmatch.aims import aims
from rmatch.aims import staged as is_staged
from rmatch.clock import TimeUpError, limited
from rmatch.columns import IntArray, text_rank
from rmatch.constraints import compile_limits
from rmatch.diagnosis import with_notes
from rmatch.errors import InfeasibleError, ProgramError, SolverError, Status
from rmatch.factors import SCALE
from rmatch.history import Past
from rmatch.ladder.multipliers import UnreachableError
from rmatch.ladder.refusal import bounds_in_words, rows_in_words
from rmatch.ladder.stages import Staged, staged
from rmatch.loop.best import best_of
from rmatch.loop.certify import Proof, certify
from rmatch.loop.cover import BoundsError, ShortageError
from rmatch.loop.folds import Dense
from rmatch.loop.hasty import hasty, plain_proof
from rmatch.loop.kernel import Kernel
from rmatch.loop.memory import predicted, refuse_beyond
from rmatch.loop.prices import Prices
from rmatch.matching import Matching
from rmatch.model import Model, open_bounds
from rmatch.numbers import bytes_in_words
from rmatch.objectives import Total
from rmatch.pool import Bounds, Pool
from rmatch.prepare import People, prepare
from rmatch.program import Program
from rmatch.progress import Listener, Stage, Teller, logged
from rmatch.proof.certificate import Certificate
from rmatch.shortage.witness import explained
from rmatch.with_whom import Sealed, seal, steered, withheld
from rmatch.worth import Worth

_FOREVER = 2e6  # seconds, some three weeks; to wait for a process longer than that is refused by the system

MATRIX_LIMIT = 2 << 30
"""Bytes that :func:`score_matrix` fills at most, unless told otherwise."""


def match(
    roster: People,
    program: Program | None = None,
    *,
    history: Past | None = None,
    executor: Executor | None = None,
    progress: Listener | None = None,
    time_limit: float | None = None,
    memory_limit: int | None = None,
) -> Matching:
    """Return the best plan for the roster's people under the program, proved best over all eligible pairs.

    ``program`` is the default one where none is given. ``history`` tells of earlier rounds, for programs that ask who
    met, who was left out or who stays together: a :class:`~rmatch.History`, or what makes one. ``executor``, any of
    :mod:`concurrent.futures`, makes the passes over all pairs; the answer is the same to the byte. ``progress`` is
    called with an :class:`~rmatch.progress.Event` after each stage, and what it raises ends the work. After
    ``time_limit`` seconds the best plan so far comes back with a true bound, and the status is FEASIBLE.
    Nothing is begun that would take more than ``memory_limit`` bytes beyond the roster.
    Raises ProgramError, InfeasibleError or SolverError.
    """
    _refuse_sizes(memory_limit)
    if time_limit is not None and not (isinstance(time_limit, int | float) and time_limit > 0):
        raise ProgramError(f"`time_limit` is a number of seconds above 0, not {time_limit!r}")
    with limited(None if time_limit is None else min(time_limit, _FOREVER)):
        model, left_out = prepare(roster, program, history)
        pairs, certificate = solved(model, logged(progress), executor, memory_limit)
        full, sealed = steered(roster, model, pairs), None
        if full is not None:
            known = _open(full, pairs)
            # neither a listener nor the log is told how this goes: it depends on sensitive cells
            partners, proof = solved(full, None, executor, memory_limit, known)
            sealed = Sealed(pairs, certificate, full, proof)
            total = int((model.points(*partners) - model.floor).sum())
            pairs, certificate = partners, seal(certificate, total)
    proved = certificate.proved and (sealed is None or sealed.proof.proved)
    return Matching(
        model,
        best_first(model, pairs),
        certificate,
        Status.OPTIMAL if proved else Status.FEASIBLE,
        left_out,
        *of_input(roster, left_out),
        anew=match,
        sealed=sealed,
        withheld=withheld(roster, model),
    )


def _refuse_sizes(memory_limit: object) -> None:
    if memory_limit is not None and not (isinstance(memory_limit, int | float) and memory_limit >= 0):
        raise ProgramError(f"`memory_limit` is a number of bytes, not {memory_limit!r}")


def of_input(
    roster: People, left_out: tuple[str, ...]
) -> tuple[pd.DataFrame, pd.DataFrame, Callable[[Program], Matching]]:
    """What a matching keeps of its people: their accounts, the issues and what was left out, a way to solve again."""
    lines, issues = (getattr(roster, name, pd.DataFrame()) for name in ("accounts", "issues"))
    return lines, with_notes(issues, left_out) if len(issues.columns) else issues, solver(roster)


def solver(roster: People, progress: Listener | None = None) -> Callable[[Program], Matching]:
    """Return a function that matches the same people under another program."""
    return lambda program: match(roster, program, progress=progress)


def solved(
    model: Model,
    progress: Listener | None = None,
    executor: Executor | None = None,
    memory_limit: int | None = None,
    known: Pool | None = None,
) -> tuple[tuple[IntArray, IntArray], Certificate]:
    """Solve a model by the shortest way: all pairs of the plan, and the certificate."""
    if not is_staged(model.program):
        return certified(model, solve(model, progress, executor, memory_limit, known))
    bounds = Bounds(*open_bounds(model), most_pairs=False)
    tell = Teller(progress, pairs=int(np.prod(model.shape)), settled=locked_worth(model))
    kernel = Kernel.of(model, executor=executor, count=tell.count)
    refuse_beyond(memory_limit, kernel, bounds)
    tell(Stage.LAID_OUT, memory=predicted(kernel, bounds))
    try:
        answer = staged(kernel, model, compile_limits(model, bounds), tell)
    except TimeUpError:
        raise SolverError("the time was over before any plan kept all limits and objectives; allow more") from None
    except ShortageError as shortage:
        raise InfeasibleError(explained(model, shortage)) from None
    except BoundsError:
        raise InfeasibleError(bounds_in_words(model, kernel, bounds)) from None
    except UnreachableError as error:
        raise InfeasibleError(rows_in_words(model, kernel, bounds, error)) from None
    return staged_certificate(model, answer)


def staged_certificate(model: Model, answer: Staged) -> tuple[tuple[IntArray, IntArray], Certificate]:
    """Put the locked pairs back: all pairs of the plan, and the certificate of every objective."""
    i, j = (np.concatenate(side) for side in zip(model.locked, (answer.pairs.i, answer.pairs.j), strict=True))
    wanted, locked = aims(model), locked_worth(model)
    last = next(p for aim, p in zip(wanted, answer.proofs, strict=True) if isinstance(aim.objective, Total))
    certificate = Certificate(
        last.mentor_prices,
        last.mentee_prices,
        int(last.grounds[0][0]),
        int(last.grounds[1][0]),
        pairs=len(answer.pairs),
        cover=None,
        total=last.value + locked,
        bound=last.bound + locked,
        trusts=tuple(dict.fromkeys(name for proof in answer.proofs for name in proof.trusts)),
        stages=answer.proofs,
    )
    return (i, j), certificate


def solve(
    model: Model,
    progress: Listener | None = None,
    executor: Executor | None = None,
    memory_limit: int | None = None,
    known: Pool | None = None,
) -> Proof:
    """Solve the problem that the locked pairs leave.

    Where the time is over before there is a plan, it is the ``known`` one, or else a hasty one, with a plain bound.
    """
    capacity, minimum = open_bounds(model)
    bounds = Bounds(capacity, minimum, model.most_pairs)
    tell = Teller(progress, pairs=int(np.prod(model.shape)), settled=locked_worth(model))
    kernel = Kernel.of(model, executor=executor, count=tell.count)
    refuse_beyond(memory_limit, kernel, bounds)
    tell(Stage.LAID_OUT, memory=predicted(kernel, bounds))
    try:
        return certify(kernel, bounds, Worth(each=-model.floor), tell)
    except TimeUpError:
        return hasty(model, bounds) if known is None else plain_proof(known, bounds, model.floor)
    except ShortageError as shortage:
        raise InfeasibleError(explained(model, shortage)) from None


def _open(model: Model, pairs: tuple[IntArray, IntArray]) -> Pool:
    """The pairs that are not locked."""
    i, j = pairs
    free = ~np.isin(i * np.int64(model.shape[1]) + j, model.locked_keys)
    return Pool.of(i[free], j[free], model.points(i[free], j[free]), model.shape)


def locked_worth(model: Model) -> int:
    """What the locked pairs are worth above the floor, in points."""
    return int((model.points(*model.locked) - model.floor).sum())


def certified(model: Model, proof: Proof) -> tuple[tuple[IntArray, IntArray], Certificate]:
    """Put the locked pairs back: all pairs of the plan, and the certificate with their points added."""
    i, j = (np.concatenate(side) for side in zip(model.locked, (proof.i, proof.j), strict=True))
    locked = locked_worth(model)
    certificate = Certificate(
        *_published(proof.prices),
        pairs=len(proof.i),
        cover=None if proof.cover is None else (proof.cover.mentors, proof.cover.mentees),
        total=proof.total + locked,
        bound=proof.bound + locked,
    )
    return (i, j), certificate


def best_first(model: Model, pairs: tuple[IntArray, IntArray]) -> tuple[IntArray, IntArray]:
    """The pairs by score, then by ids."""
    i, j = pairs
    order = np.lexsort((text_rank(model.mentees.ids)[j], text_rank(model.mentors.ids)[i], -model.points(i, j)))
    return i[order], j[order]


def _published(prices: Prices) -> tuple[IntArray, IntArray, int, int]:
    return prices.x, prices.y, prices.X, prices.Y


def score_matrix(roster: People, program: Program | None = None, *, memory_limit: int | None = None) -> pd.DataFrame:
    """Return all scores, mentors × mentees by id, NaN where a rule forbids the pair.

    Raises ProgramError, naming the size, where the matrix would not fit in ``memory_limit`` bytes.
    """
    _refuse_sizes(memory_limit)
    model, _ = prepare(roster, program)
    (m, n), limit = model.shape, MATRIX_LIMIT if memory_limit is None else memory_limit
    if 8 * m * n > limit:
        raise ProgramError(
            f"the scores of {m:,} × {n:,} pairs take {bytes_in_words(8 * m * n)}, over the limit of "
            f"{bytes_in_words(limit)}; use `shortlist`, or raise `memory_limit`"
        )
    kernel = Kernel.of(model)
    scores = kernel.scan(kernel.priced(np.zeros(m, np.int64), np.zeros(n, np.int64)), Dense(m, n)).astype(float) / SCALE
    for row in range(m):
        scores[row, ~model.eligible(np.full(n, row), np.arange(n))] = np.nan
    order = [np.argsort(text_rank(table.ids), kind="stable") for table in (model.mentors, model.mentees)]
    index = pd.Index(model.mentors.ids[order[0]], name="mentor_id")
    columns = pd.Index(model.mentees.ids[order[1]], name="mentee_id")
    return pd.DataFrame(scores[np.ix_(*order)], index=index, columns=columns)


def shortlist(
    roster: People, program: Program | None = None, *, best: int = 10, side: Literal["mentor", "mentee"] = "mentee"
) -> pd.DataFrame:
    """Return everybody's best eligible partners, ranked, in long form; the matrix is never built.

    ``side`` says whose lists they are. Columns: the person's id, ``rank``, the partner's id, ``score``.
    """
    if side not in ("mentor", "mentee") or not isinstance(best, int | np.integer) or best < 1:
        raise ProgramError(f"`side` is 'mentor' or 'mentee' and `best` is 1 or more, not {side!r} and {best!r}")
    model, _ = prepare(roster, program)
    kernel, axis = Kernel.of(model), ("mentor", "mentee").index(side)
    found = best_of(kernel, np.arange(model.shape[axis]), axis, best)
    ids = model.mentors.ids[found.i], model.mentees.ids[found.j]
    own, partner = (ids[axis], ids[1 - axis])
    order = np.lexsort((text_rank(partner), -found.points, text_rank(own)))
    frame = pd.DataFrame(
        {
            f"{side}_id": own[order],
            "rank": 1,
            f"{('mentee', 'mentor')[axis]}_id": partner[order],
            "score": found.points[order] / SCALE,
        }
    )
    frame["rank"] = frame.groupby(f"{side}_id").cumcount() + 1
    return frame
