"""Several rounds of which each may have a program and people of its own, solved as one model.

Where :mod:`rmatch.api.rounds` gives everybody as many times their places, everybody stands here once for each round,
and each mentor and mentee have a row: they are a pair once at most.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import Executor

import numpy as np
import pandas as pd

from rmatch.analysis.summary import counted
from rmatch.api.match import match, within
from rmatch.api.several import Rounds, Several, away_in
from rmatch.errors import InfeasibleError, ProgramError, Status
from rmatch.matching import Matching
from rmatch.problem.bounds import Candidates
from rmatch.problem.build import People, prepare
from rmatch.problem.history import Past
from rmatch.problem.model import Model
from rmatch.problem.rounds import rounds_of, together
from rmatch.program import Program
from rmatch.proof.certificate import Certificate
from rmatch.rules import Away
from rmatch.solve.progress import Listener, logged
from rmatch.solve.run import Found, best_first, solved
from rmatch.solve.together import solved_together

Absent = Mapping[int, Iterable[str]]
"""Who is away, by the number of the round, from 1: ids, e-mail addresses or names."""


def own_rounds(
    roster: People,
    programs: Sequence[Program | None],
    away: Absent,
    *,
    history: Past | None = None,
    executor: Executor | None = None,
    progress: Listener | None = None,
    time_limit: float | None = None,
    memory_limit: int | None = None,
) -> Rounds:
    """Return the best plans of rounds together, one for each program; see :func:`rmatch.rounds`."""
    with within(time_limit, memory_limit):
        prepared = _prepared(roster, programs, away, history)
        models = [model for model, _ in prepared]
        refuse_many(models[0], len(models))
        joint = together(models)

        def solve(model: Model, known: Candidates | None) -> Found:
            return solved(model, logged(progress), executor, memory_limit, known)

        try:
            found, certificate, pairs = solved_together(models, joint, solve)
        except InfeasibleError as error:
            where = f"in {counted(len(models), 'round')} together{_with_absent(models)}"
            raise InfeasibleError(f"{where}: {error}", error.proof) from None
    plans = [
        Matching(
            model,
            best_first(model, own, model.points(*own)),
            proof,
            _status(proof),
            left_out,
            roster=roster,
            solve=match,
        )
        for (model, own, proof), (_, left_out) in zip(found, prepared, strict=True)
    ]
    whole = people_of(roster, models, joint)
    return Rounds(
        Matching(
            joint,
            best_first(joint, pairs, joint.points(*pairs)),
            certificate,
            _status(certificate),
            roster=whole,
            solve=match,
        ),
        tuple(plans),
        apart=True,
    )


def _with_absent(models: Sequence[Model]) -> str:
    """How many people are away in which rounds, as what may make the limits impossible; empty where nobody is."""
    gone = [len(away_in(model.program)) for model in models]
    some = [f"{number:,} away in round {k}" for k, number in enumerate(gone, 1) if number]
    return f", with {' and '.join(some)}" if some else ""


def _status(certificate: Certificate) -> Status:
    return Status.OPTIMAL if certificate.proved else Status.FEASIBLE


def _prepared(
    roster: People, programs: Sequence[Program | None], away: Absent, history: Past | None
) -> list[tuple[Model, tuple[str, ...]]]:
    """Return the model of each round, and what its program left out.

    Raises:
        ProgramError: A program or ``away`` cannot be used, or nobody is there in a round.
    """
    _refuse_absent(away, len(programs))
    found = []
    for number, program in enumerate(programs, 1):
        try:
            model, left_out = prepare(roster, program, history)
            people = tuple(dict.fromkeys(away.get(number, ())))
            if people:
                rules = (*model.program.rules, Away(people))
                model, more = _with_away(roster, model.program.model_copy(update={"rules": rules}))
                left_out = tuple(dict.fromkeys((*left_out, *more)))
        except (ProgramError, InfeasibleError) as error:
            raise type(error)(f"round {number}: {error}") from None
        for side, table in (("mentor", model.mentors), ("mentee", model.mentees)):
            gone = np.logical_or.reduce([rule.away(table) for rule in model.program.rules if isinstance(rule, Away)])
            if len(table.ids) and np.all(gone):
                raise ProgramError(
                    f"nobody is there in round {number}: of {counted(len(table.ids), side)} everybody is away; leave "
                    "this round out"
                )
        found.append((model, left_out))
    return found


def _with_away(roster: People, program: Program) -> tuple[Model, tuple[str, ...]]:
    """Return a round's model once its people are away. Raises as :func:`prepare` does, with one remedy more."""
    try:
        return prepare(roster, program)
    except (ProgramError, InfeasibleError) as error:
        raise type(error)(f"{str(error).removesuffix('.')}; or leave them out of `away`") from None


def refuse_many(model: Model, k: int) -> None:
    """Raise ProgramError where there are more rounds than anybody has partners."""
    if k > max(*model.shape, 1):
        raise ProgramError(
            f"{k} rounds are more than anybody has partners, among {counted(model.shape[0], 'mentor')} and "
            f"{counted(model.shape[1], 'mentee')}: ask for {counted(max(*model.shape, 1), 'round')} at most"
        )


def _refuse_absent(away: Absent, k: int) -> None:
    """Raise ProgramError where ``away`` names no round, or people otherwise than in a list."""
    if not isinstance(away, Mapping):
        raise ProgramError(
            f"`away` gives lists of people by the number of the round, as {{2: ids}} does, not a {type(away).__name__}"
        )
    for number, people in away.items():
        if not isinstance(number, int | np.integer) or isinstance(number, bool) or not 1 <= number <= k:
            raise ProgramError(f"`away`: there is no round {number!r}: rounds are numbered from 1 to {k}")
        if isinstance(people, str):
            raise ProgramError(f"`away`: of round {number} a list of people is needed, not the text {people!r}")


def people_of(roster: People, models: Sequence[Model], joint: Model) -> Several:
    """Return the people of all rounds, each of whom stands once for each round."""
    lines = getattr(roster, "accounts", pd.DataFrame({"employee_id": []}))
    each = [
        lines.assign(employee_id=[own.called(id_) if id_ else id_ for id_ in lines["employee_id"]])
        for own in rounds_of(models)
    ]
    accounts = pd.concat(each, ignore_index=True)
    return Several(roster.binding, (joint.mentors, joint.mentees), roster.withheld(), accounts)
