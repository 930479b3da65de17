"""Several rounds at once: ``k`` plans that share no pair, the best ones together, and the lottery over them.

The pairs of ``k`` rounds together are one plan in which each person has ``k`` times the places and each limit ``k``
times its bounds. It is solved and proved like any other, and then split (:mod:`rmatch.solve.rounds`). So each round is
the best plan beside the others, and the same prices prove it. Where rounds do not add up in this way, or differ, they
are solved by :mod:`rmatch.api.own_rounds`.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Executor
from dataclasses import replace
from typing import Any, cast

import numpy as np
import pandas as pd

from rmatch.analysis.summary import counted
from rmatch.api.match import match
from rmatch.api.own_rounds import Absent, own_rounds, refuse_many
from rmatch.api.several import Rounds, Several
from rmatch.columns import IntArray, Number, Table
from rmatch.errors import InfeasibleError, ProgramError, Status
from rmatch.limits import Limit
from rmatch.matching import Matching
from rmatch.objectives import loads_of
from rmatch.problem.bounds import Bounds
from rmatch.problem.build import People, prepare
from rmatch.problem.history import Past
from rmatch.problem.model import Model
from rmatch.problem.rounds import beside, refuse_apart
from rmatch.program import Program
from rmatch.proof.certificate import Certificate, StageProof
from rmatch.proof.self_check import NO_CLAIM, self_checked
from rmatch.solve.progress import Listener
from rmatch.solve.rounds import network, split
from rmatch.solve.run import best_first, own_problem


def rounds(
    roster: People,
    program: Program | Sequence[Program] | None = None,
    k: int | None = None,
    *,
    away: Absent | None = None,
    history: Past | None = None,
    executor: Executor | None = None,
    progress: Listener | None = None,
    time_limit: float | None = None,
    memory_limit: int | None = None,
) -> Rounds:
    """Return ``k`` plans that share no pair and are the best ones together, objective by objective.

    Every round keeps the rules, the limits and everybody's capacity by itself. The pairs of all rounds together are
    ``OPTIMAL`` where that is proved over all eligible pairs. Each round's program has a rule ``no_repeat`` with the
    pairs of the other rounds.

    Args:
        roster: The people; with several programs, read with ``program=`` all of them.
        program: The program of all rounds, the default one if None; or a program for each round, which have the same
            objectives.
        k: Number of rounds, 1 or more; 2 if None, or as many as there are programs.
        away: Who is not there, by the number of the round, from 1: lists of ids, e-mail addresses or names.
        history: Earlier rounds, as in :func:`rmatch.match`.
        executor, progress, time_limit, memory_limit: As in :func:`rmatch.match`.

    Raises:
        ProgramError: ``k``, a program or ``away`` cannot be used; the message names the limit or objective that does
            not add up over rounds.
        InfeasibleError: No ``k`` plans satisfy the limits.
        SolverError: No plans were found, and none are proved to be impossible.
    """
    several: Any = program if isinstance(program, Sequence) and not isinstance(program, str) else None
    program, k = cast("Program | None", program), _number(k, several)
    how: dict[str, Any] = {"executor": executor, "progress": progress, "time_limit": time_limit}
    how["memory_limit"] = memory_limit
    if several is not None or away:
        return own_rounds(roster, several or (program,) * k, away or {}, history=history, **how)
    model, left_out = prepare(roster, program, history)
    refuse_many(model, k)
    one = as_one(model, k)
    if one is None:
        return own_rounds(roster, (program,) * k, {}, history=history, **how)
    limits, bounds = one
    try:
        joint = match(several_of(roster, model, k), model.program.model_copy(update={"limits": limits}), **how)
    except InfeasibleError as error:
        raise InfeasibleError(
            f"in {k} rounds together, with {k} times everybody's places: {error}", error.proof
        ) from None
    found = split(bounds, *joint.chosen, k)
    plans = [best_first(model, pairs, model.points(*pairs)) for pairs in found]
    return Rounds(joint, tuple(_round(roster, model, joint, plans, number, left_out) for number in range(k)))


def _number(k: object, several: Sequence[Program] | None) -> int:
    """The number of rounds.

    Raises:
        ProgramError: It is no number, or not that of the programs.
    """
    if k is None and several is None:
        return 2
    k = len(several) if k is None and several is not None else k
    if not isinstance(k, int | np.integer) or isinstance(k, bool) or k < 1:
        raise ProgramError(f"the number of rounds is a whole number, 1 or more, not {k!r}")
    if several is not None and k != len(several):
        raise ProgramError(
            f"{counted(len(several), 'program')} for {counted(int(k), 'round')}: give one program for all rounds, or "
            "one for each"
        )
    return int(k)


def as_one(model: Model, k: int) -> tuple[tuple[Limit, ...], Bounds] | None:
    """Return the limits on ``k`` rounds together, and the bounds of one; None where these do not add up over rounds.

    Raises:
        ProgramError: Sensitive columns are scored, or what does not add up cannot be solved otherwise either.
    """
    program = model.program
    if program.steering:
        refuse_apart([model])
    stages = [(objective, stage) for objective in program.objectives for stage in objective.stages()]
    limits = [limit.for_rounds(k) for limit in program.limits]
    crossing = [f"the objective `{objective.kind()}`" for objective, stage in stages
                if stage.threshold or loads_of(stage, model.people) != (None, None)]  # fmt: skip
    crossing += [
        f"the limit `{limit.whole.kind()}` ({limit.in_words()})"
        for limit, together in zip(program.limits, limits, strict=True)
        if together is None
    ]
    bounds = None if crossing else network(model)
    if bounds is None and (program.tracks or program.personal is not None):
        what, beside_it = (
            crossing[:1] or ["what overlapping groups ask"],
            "[[tracks]]" if program.tracks else "[personal]",
        )
        raise ProgramError(
            f"{what[0]} does not add up over rounds: where all of them together keep it, one of them need not. "
            f"{beside_it} beside it is refused: drop one, or match round by round with the rule `no_repeat`"
        )
    return None if bounds is None else (tuple(limit for limit in limits if limit is not None), bounds)


def several_of(roster: People, model: Model, k: int) -> Several:
    """Return the people of ``k`` rounds of a model: everybody has as many times their places."""
    sides = zip(roster.tables(), (model.mentors, model.mentees), model.capacity, model.minimum, strict=True)
    mentors, mentees = (_with_places(table, own.ids, k * most, k * least) for table, own, most, least in sides)
    lines = getattr(roster, "accounts", pd.DataFrame())
    return Several(roster.binding, (mentors, mentees), roster.withheld(), lines)


def _with_places(table: Table, ids: np.ndarray, most: IntArray, least: IntArray) -> Table:
    """The table with the numbers of pairs of the people ``ids``."""
    place = np.argsort(ids, kind="stable")[np.searchsorted(np.sort(ids), table.ids)]
    columns = dict(table.columns) | {"capacity": Number(most[place].astype(float))}
    columns.pop("capacity_total", None)  # it is part of everybody's places
    if least.any():
        columns["min_pairs"] = Number(least[place].astype(float))
    return replace(table, columns=columns)


def _round(
    roster: People,
    model: Model,
    joint: Matching,
    plans: list[tuple[IntArray, IntArray]],
    number: int,
    left_out: tuple[str, ...],
) -> Matching:
    """One round as a plan of its own: the best one that repeats no pair of the others.

    Where all together are proved best, a round is: a better one in its place would make all better. So its bound is its
    value, which the joint prices prove, since they are paid by pairs of this round alone.
    """
    ids = [model.named(*pairs) for pairs in plans]
    own = beside(model, [pair for other, pairs in enumerate(ids) if other != number for pair in pairs])
    pairs = plans[number]
    proofs = tuple(_without_full(proof, joint, model) for proof in joint.certificate.stages)
    most = int(np.prod(model.shape))
    if joint.certificate.proved:
        proofs, most = tuple(replace(proof, bound=NO_CLAIM) for proof in proofs), -1
    certificate = Certificate(proofs, joint.certificate.total, joint.certificate.bound)
    certificate = self_checked(own_problem(own), pairs, own.points(*pairs), certificate, most)
    return Matching(
        own,
        pairs,
        certificate,
        Status.OPTIMAL if certificate.proved else Status.FEASIBLE,
        left_out,
        roster=roster,
        solve=match,
    )


def _without_full(proof: StageProof, joint: Matching, model: Model) -> StageProof:
    """The proof without the prices of people who meet everybody of the other side in all rounds together.

    They have fewer pairs than their places, so in one round a price of places would be paid for nothing; the pairs'
    own excess pays as much.
    """
    prices = []
    for side, own in enumerate((proof.mentor_prices, proof.mentee_prices)):
        load = np.bincount(joint.chosen[side], minlength=model.shape[side])
        full = load >= model.shape[1 - side]
        prices.append(np.where(full & (own > 0), 0, own))
    return replace(proof, mentor_prices=prices[0], mentee_prices=prices[1])
