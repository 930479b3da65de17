"""Several rounds at once: ``k`` plans that share no pair, the best ones together, and the lottery over them.

The pairs of ``k`` rounds together are one plan in which each person has ``k`` times the places and each limit ``k``
times its bounds. It is solved and proved like any other, and then split (:mod:`rmatch.solve.rounds`). So each round is
the best plan beside the others, and the same prices prove it.
"""

from __future__ import annotations

from concurrent.futures import Executor
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from rmatch.analysis.summary import counted
from rmatch.api.match import best_first, match
from rmatch.api.several import Rounds
from rmatch.columns import IntArray, Number, Table
from rmatch.errors import InfeasibleError, ProgramError, Status
from rmatch.limits import Limit
from rmatch.matching import Matching
from rmatch.problem.build import People, prepare
from rmatch.problem.history import Past
from rmatch.problem.model import Model
from rmatch.program import Program
from rmatch.proof.certificate import Certificate, StageProof
from rmatch.proof.self_check import self_checked
from rmatch.rules import NoRepeat
from rmatch.schema.binding import Binding
from rmatch.solve.progress import Listener
from rmatch.solve.rounds import network, split
from rmatch.solve.run import own_problem

_REMEDY = "drop it, or match round by round with the rule `no_repeat`"


def rounds(
    roster: People,
    program: Program | None = None,
    k: int = 2,
    *,
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
        roster: The people.
        program: The program; the default one if None.
        k: Number of rounds, 1 or more.
        history: Earlier rounds, as in :func:`rmatch.match`.
        executor, progress, time_limit, memory_limit: As in :func:`rmatch.match`.

    Raises:
        ProgramError: ``k`` or the program cannot be used; the message names the limit or objective that does not add up
            over rounds.
        InfeasibleError: No ``k`` plans satisfy the limits.
        SolverError: No plans were found, and none are proved to be impossible.
    """
    if not isinstance(k, int | np.integer) or isinstance(k, bool) or k < 1:
        raise ProgramError(f"the number of rounds is a whole number, 1 or more, not {k!r}")
    model, left_out = prepare(roster, program, history)
    if k > max(*model.shape, 1):
        raise ProgramError(
            f"{k} rounds are more than anybody has partners, among {counted(model.shape[0], 'mentor')} and "
            f"{counted(model.shape[1], 'mentee')}: ask for {counted(max(*model.shape, 1), 'round')} at most"
        )
    together = for_rounds(model, int(k))
    bounds = network(model)
    try:
        joint = match(
            Several.of(roster, model, int(k)),
            model.program.model_copy(update={"limits": together}),
            executor=executor,
            progress=progress,
            time_limit=time_limit,
            memory_limit=memory_limit,
        )
    except InfeasibleError as error:
        raise InfeasibleError(
            f"in {k} rounds together, with {k} times everybody's places: {error}", error.proof
        ) from None
    found = split(bounds, *joint.chosen, int(k))
    plans = [best_first(model, pairs) for pairs in found]
    return Rounds(joint, tuple(_round(roster, model, joint, plans, number, left_out) for number in range(int(k))))


def for_rounds(model: Model, k: int) -> tuple[Limit, ...]:
    """Return the limits on ``k`` rounds together.

    Raises:
        ProgramError: A limit or objective does not add up over rounds, or sensitive columns are scored.
    """
    program, found = model.program, list[Limit]()
    if program.steering:
        raise ProgramError(
            f"several rounds at once cannot score sensitive columns, and {program.steering[0].name!r} does; drop this "
            "criterion, or match round by round with the rule `no_repeat`"
        )
    for objective in program.objectives:
        for stage in objective.stages():
            if stage.threshold or stage.load_values(model.people) != (None, None):
                raise ProgramError(
                    f"the objective `{objective.kind()}` does not add up over rounds: what is best for all together "
                    f"need not be best for each; {_REMEDY}"
                )
    for limit in program.limits:
        together = limit.for_rounds(k)
        if together is None:
            raise ProgramError(
                f"the limit `{limit.kind()}` ({limit.in_words()}) does not add up over rounds: where all of them "
                f"together keep it, one of them need not; {_REMEDY}"
            )
        found.append(together)
    return tuple(found)


@dataclass(frozen=True, eq=False)
class Several:
    """The people of several rounds together: everybody has as many times their places.

    Args:
        binding: As the roster has it.
        both: Mentors and mentees.
        apart: The withheld columns.
        accounts: The input lines of the roster.
    """

    binding: Binding
    both: tuple[Table, Table]
    apart: tuple[Table, Table]
    accounts: pd.DataFrame

    @classmethod
    def of(cls, roster: People, model: Model, k: int) -> Several:
        """Return the people of ``k`` rounds of a model."""
        sides = zip(roster.tables(), (model.mentors, model.mentees), model.capacity, model.minimum, strict=True)
        mentors, mentees = (_with_places(table, own.ids, k * most, k * least) for table, own, most, least in sides)
        lines = getattr(roster, "accounts", pd.DataFrame())
        return cls(roster.binding, (mentors, mentees), roster.withheld(), lines)

    def tables(self) -> tuple[Table, Table]:
        """Return the mentors and the mentees."""
        return self.both

    def withheld(self) -> tuple[Table, Table]:
        """Return the withheld columns."""
        return self.apart


def _with_places(table: Table, ids: np.ndarray, most: IntArray, least: IntArray) -> Table:
    """The table with the numbers of pairs of the people ``ids``."""
    place = np.argsort(ids, kind="stable")[np.searchsorted(np.sort(ids), table.ids)]
    columns = dict(table.columns) | {"capacity": Number(most[place].astype(float))}
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
    """One round as a plan of its own: the best one that repeats no pair of the others."""
    ids = [model.named(*pairs) for pairs in plans]
    others = tuple(sorted(pair for other, pairs in enumerate(ids) if other != number for pair in pairs))
    own, rules = model, model.program.rules
    if others:
        rule = NoRepeat(pairs=others, filled=True)
        rules = (*rules, rule)
        program = model.program.model_copy(update={"rules": rules})
        allows = rule.allows(model.mentors, model.mentees)
        own = replace(model, program=program, rules=(*model.rules, (rule, allows)))
    pairs = plans[number]
    proofs = tuple(_without_full(proof, joint, model) for proof in joint.certificate.stages)
    certificate = Certificate(proofs, joint.certificate.total, joint.certificate.bound)
    certificate = self_checked(own_problem(own), pairs, own.points(*pairs), certificate, int(np.prod(model.shape)))
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
