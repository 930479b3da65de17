"""The public functions match, score_matrix and shortlist."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Executor
from contextlib import contextmanager
from dataclasses import replace
from typing import Literal

import numpy as np
import pandas as pd

from rmatch._util.arrays import bytes_in_words
from rmatch._util.deadline import limited
from rmatch._util.threads import one_thread
from rmatch.columns import text_rank
from rmatch.errors import ProgramError, Status
from rmatch.factors import SCALE
from rmatch.matching import Matching
from rmatch.problem.build import People, prepare
from rmatch.problem.history import Past
from rmatch.program import Program
from rmatch.second_stage import SecondStageResult, redacted, second_stage_model, second_stage_problem
from rmatch.solve.locked_pairs import LockedPairs
from rmatch.solve.progress import Listener, logged
from rmatch.solve.run import best_first, solved
from rmatch.solve.scan.kernel import Kernel
from rmatch.solve.scan.reductions import rank_within
from rmatch.solve.scan.top_k import best_of
from rmatch.solve.scan.whole import ScoreMatrix

_FOREVER = 2e6  # seconds, some three weeks; to wait for a process longer than that is refused by the system

MATRIX_LIMIT = 2 << 30
"""Default limit of :func:`score_matrix` in bytes."""


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
    """Return the best plan for the people under a program; ``OPTIMAL`` is proved over all eligible pairs.

    Args:
        roster: The people, as :func:`~rmatch.read_csv`, :func:`~rmatch.from_frame` and their like return them.
        program: The program; the default one if None.
        history: Earlier rounds, for programs that ask for them: a :class:`~rmatch.History`, or what makes one.
        executor: Any executor of :mod:`concurrent.futures` for the scans over all pairs; results are identical.
        progress: Called with an :class:`~rmatch.solve.progress.Event` after each stage; an exception that it raises
            ends the work.
        time_limit: Seconds after which the best plan so far is returned with a valid bound and status ``FEASIBLE``.
        memory_limit: Most bytes beyond the roster.

    Returns:
        The plan with its proof: its tables are :attr:`~rmatch.Matching.pairs` and :attr:`~rmatch.Matching.unmatched`.

    Raises:
        ProgramError: The program, a limit or an argument cannot be used.
        InfeasibleError: No plan satisfies the limits.
        SolverError: No plan was found, and none is proved to be impossible.
    """
    with within(time_limit, memory_limit):
        model, left_out = prepare(roster, program, history)
        pairs, certificate = solved(model, logged(progress), executor, memory_limit)
        full, second_stage = second_stage_model(roster, model, pairs), None
        if full is not None:
            known = LockedPairs(full).without(pairs)
            # no progress is reported or logged: it depends on sensitive cells
            partners, proof = solved(full, None, executor, memory_limit, known, second_stage_problem(full))
            second_stage = SecondStageResult(pairs, certificate, full, proof)
            points = model.points(*partners)
            total = int((points - model.floor).sum())
            pairs, certificate = best_first(model, partners, points), redacted(certificate, total)
    proved = certificate.proved and (second_stage is None or second_stage.proof.proved)
    return Matching(
        model,
        pairs,
        certificate,
        Status.OPTIMAL if proved else Status.FEASIBLE,
        left_out,
        roster=roster,
        solve=match,
        second_stage=second_stage,
    )


@contextmanager
def within(time_limit: float | None, memory_limit: int | None) -> Iterator[None]:
    """Let what happens inside take at most so many seconds, on one thread of each library.

    Raises:
        ProgramError: A limit cannot be used.
    """
    _refuse_sizes(memory_limit)
    if time_limit is not None and not (isinstance(time_limit, int | float) and time_limit > 0):
        raise ProgramError(f"`time_limit` is a number of seconds above 0, not {time_limit!r}")
    with limited(None if time_limit is None else min(time_limit, _FOREVER)), one_thread():
        yield


def _refuse_sizes(memory_limit: object) -> None:
    if memory_limit is not None and not (isinstance(memory_limit, int | float) and memory_limit >= 0):
        raise ProgramError(f"`memory_limit` is a number of bytes, not {memory_limit!r}")


def score_matrix(roster: People, program: Program | None = None, *, memory_limit: int | None = None) -> pd.DataFrame:
    """Return all scores, mentors × mentees by id; NaN where a rule forbids the pair.

    Args:
        roster: The people.
        program: The program; the default one if None.
        memory_limit: Most bytes of the matrix; 2 GiB if None.

    Raises:
        ProgramError: The matrix would not fit; the message gives its size.
    """
    _refuse_sizes(memory_limit)
    model, _ = prepare(roster, program)
    (m, n), limit = model.shape, MATRIX_LIMIT if memory_limit is None else memory_limit
    if 8 * m * n > limit:
        raise ProgramError(
            f"the scores of {m:,} × {n:,} pairs take {bytes_in_words(8 * m * n)}, over the limit of "
            f"{bytes_in_words(limit)}; use `shortlist`, or raise `memory_limit`"
        )
    order = [np.argsort(text_rank(table.ids), kind="stable") for table in (model.mentors, model.mentees)]
    kernel = replace(Kernel.of(model), held=())  # it is read once
    left, right = kernel.priced(np.zeros(m, np.int64), np.zeros(n, np.int64), *order)
    free = left.cut(slice(0, m)), right.cut(slice(0, n))  # sorted once, not in every tile
    with one_thread():
        scores = kernel.scan(free, ScoreMatrix(model.eligibility, np.empty((m, n))))
    index = pd.Index(model.mentors.ids[order[0]], name="mentor_id")
    columns = pd.Index(model.mentees.ids[order[1]], name="mentee_id")
    return pd.DataFrame(scores, index=index, columns=columns, copy=False)


def shortlist(
    roster: People, program: Program | None = None, *, best: int = 10, side: Literal["mentor", "mentee"] = "mentee"
) -> pd.DataFrame:
    """Return each person's best eligible partners, ranked, in long form, without building the matrix.

    Args:
        roster: The people.
        program: The program; the default one if None.
        best: Partners of each person.
        side: Whose lists are returned.

    Returns:
        Columns: the person's id, ``rank`` from 1, the partner's id, ``score``.

    Raises:
        ProgramError: ``best`` or ``side`` cannot be used.
    """
    if side not in ("mentor", "mentee") or not isinstance(best, int | np.integer) or best < 1:
        raise ProgramError(f"`side` is 'mentor' or 'mentee' and `best` is 1 or more, not {side!r} and {best!r}")
    model, _ = prepare(roster, program)
    empty = np.zeros(0, np.int64)
    unlocked = replace(model, locked=(empty, empty))  # a locked partner is listed like any other
    kernel, axis = Kernel.of(unlocked), ("mentor", "mentee").index(side)
    found = best_of(kernel, np.arange(model.shape[axis]), axis, best)
    tables, places = (model.mentors, model.mentees), (found.i, found.j)
    ranks = [text_rank(table.ids)[place] for table, place in zip(tables, places, strict=True)]
    order = np.lexsort((ranks[1 - axis], -found.points, ranks[axis]))
    own, partner = (tables[k].ids[places[k][order]] for k in (axis, 1 - axis))
    return pd.DataFrame(
        {
            f"{side}_id": own,
            "rank": rank_within(ranks[axis][order]) + 1,
            f"{('mentee', 'mentor')[axis]}_id": partner,
            "score": found.points[order] / SCALE,
        }
    )
