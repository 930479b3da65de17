"""Rematching: the next plan close to the last one, with a budget of changes.

An earlier pair is *possible* where both people still take part in their roles and the rules still allow it. Only giving
up a possible pair is a change; pairs undone by leavers and new rules do not count. A rematch is a match with the
further limit ``Changes``, so its proof is that of a match.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from rmatch.analysis.claims import clause
from rmatch.analysis.difference import Pair, undone
from rmatch.api.match import match
from rmatch.columns import Table
from rmatch.errors import InfeasibleError, ProgramError, RmatchError, Status
from rmatch.limits import Changes, Limit, Lock
from rmatch.matching import Matching
from rmatch.problem.build import People
from rmatch.problem.history import History, Past, refuse_numbers
from rmatch.problem.unapplied import UNAPPLIED
from rmatch.program import Program, without_strangers
from rmatch.roster.resolver import Resolver, Role
from rmatch.rules import Exclude
from rmatch.solve.by_rows import MOST_BY_ROWS
from rmatch.solve.progress import Listener

_POINTS = 8  # budgets of changes, where none are given


def rematch(
    matching: Matching,
    roster: People,
    program: Program | None = None,
    *,
    max_changes: int | None = None,
    keep: Iterable[Pair] = (),
    drop: Iterable[Pair] = (),
    history: Past | None = None,
    executor: Executor | None = None,
    progress: Listener | None = None,
    time_limit: float | None = None,
    memory_limit: int | None = None,
) -> Matching:
    """Return the next plan for the people of ``roster`` that gives up at most ``max_changes`` pairs of ``matching``.

    A pair that loses a person, or that a rule now forbids, is no change; ``matching.compare(after)`` gives the reason
    for each pair that is gone. Of plans that are equally good in every objective, one with the fewest changes is taken,
    where that is proved. ``Stability`` and ``Priority`` without lists of their own refer to ``matching``, ``NoRepeat``
    to ``history``.

    Args:
        matching: The last plan.
        roster: The people now.
        program: The program; that of ``matching``, without leavers, if None.
        max_changes: Most pairs to give up; 0 keeps every possible pair, None sets no limit.
        keep: ``(mentor_id, mentee_id)`` pairs that are kept whatever they cost.
        drop: Pairs that are never made again. Neither counts as a change.
        history: The rounds before ``matching``.
        executor, progress, time_limit, memory_limit: As in :func:`rmatch.match`.

    Raises:
        ProgramError: The program or an argument cannot be used.
        InfeasibleError: No plan satisfies the limits.
        SolverError: No plan was found, and none is proved to be impossible.
    """
    if not isinstance(matching, Matching):
        kind = type(matching).__name__
        raise RmatchError(f"a rematch starts from a plan, not from a {kind}: `rmatch.load` reads one back")
    if max_changes is not None and (not isinstance(max_changes, int) or max_changes < 0):
        raise ProgramError(f"`max_changes` is a number of pairs, 0 or more, not {max_changes!r}; 0 keeps every pair")
    if not isinstance(roster, People):  # `match` raises the error
        return match(roster, program)
    here = _Here.of(*roster.tables())
    notes: list[str] = []
    start = here.inherited(matching.program, notes) if program is None else program
    start, left_out = here.remembering(start, matching, history).resolved(here.mentors, here.mentees)
    solve = partial(
        match, roster, executor=executor, progress=progress, time_limit=time_limit, memory_limit=memory_limit
    )
    kept, gone = _pairs("keep", keep), _pairs("drop", drop)
    after = solve(here.bound(start, matching, max_changes, kept, gone))
    if max_changes is not None:
        after = _least_changed(matching, after, lambda fewer: solve(here.bound(start, matching, fewer, kept, gone)))
    return replace(
        after,
        left_out=(*left_out, *notes, *(note for note in after.left_out if program is not None or UNAPPLIED in note)),
        approved=matching.approved & _locked(after.program),
    )


def _least_changed(before: Matching, after: Matching, within: Callable[[int], Matching]) -> Matching:
    """Return a plan equally good in every objective with fewer changes, as long as a smaller budget has one.

    Its proof is that of the first plan, since the values are the same. For very many people, and for a plan that is not
    proved optimal, the first plan is kept.
    """
    stages = [stage for objective in after.program.objectives for stage in objective.stages()]
    few = 0 < np.prod(after.model.shape) <= MOST_BY_ROWS and not after.certificate.sealed
    while few and after.status is Status.OPTIMAL and (changed := len(possible_pairs(before, after) - after.named)):
        try:
            other = within(changed - 1)
        except InfeasibleError:
            return after
        if any(after.value_of(stage) != other.value_of(stage) for stage in stages):
            return after
        after = replace(after, chosen=other.chosen)
    return after


def rematch_curve(
    matching: Matching,
    roster: People,
    program: Program | None = None,
    *,
    changes: Sequence[int] | None = None,
    **settings: Any,
) -> pd.DataFrame:
    """Return what each budget of changes attains, one line per budget, fewest changes first.

    Args:
        matching: The last plan.
        roster: The people now.
        program: The program; that of ``matching``, without leavers, if None.
        changes: Budgets; eight by default, from 0 to the number that the plan without a budget needs.
        **settings: As in :func:`rematch`.

    Returns:
        Columns: ``max_changes``, ``changed`` (possible pairs that were given up), ``pairs``, ``mean_score``, ``total``,
        ``bound``, ``gap``, ``status``, and ``proof``: what is proved, as text.
    """
    if changes is None:
        free = rematch(matching, roster, program, **settings)
        most = len(possible_pairs(matching, free) - free.named)
        changes = sorted({round(most * k / (_POINTS - 1)) for k in range(_POINTS)})
    plans = {k: rematch(matching, roster, program, max_changes=k, **settings) for k in sorted(set(changes))}
    rows = [
        {
            "max_changes": k,
            "changed": len(possible_pairs(matching, plan) - plan.named),
            "pairs": len(plan.points),
            "mean_score": plan.total / max(len(plan.points), 1),
            "total": plan.total,
            "bound": plan.bound,
            "gap": plan.gap,
            "status": plan.status.name,
            "proof": clause(plan),
        }
        for k, plan in plans.items()
    ]
    return pd.DataFrame(rows)


def possible_pairs(before: Matching, after: Matching) -> frozenset[Pair]:
    """Return the pairs of an earlier plan that are possible in a later one: both people take part and the rules
    allow it.
    """
    return before.named - undone(after.model, sorted(before.named)).keys()


@dataclass(frozen=True, eq=False)
class _Here:
    """The people of the new roster."""

    mentors: Table
    mentees: Table
    resolver: Resolver

    @classmethod
    def of(cls, mentors: Table, mentees: Table) -> _Here:
        refuse_numbers(mentors, mentees)
        return cls(mentors, mentees, Resolver.of(mentors, mentees))

    def both(self, pairs: Iterable[Pair]) -> tuple[Pair, ...]:
        """The pairs of whom both people are here, by the ids that they have here."""
        found = ((self.id_of(a, "mentor"), self.id_of(b, "mentee")) for a, b in pairs)
        return tuple((a, b) for a, b in found if a is not None and b is not None)

    def id_of(self, word: str, role: Role) -> str | None:
        """The id of somebody in a role, None where that is nobody, or not one person."""
        ids = self.resolver.find(word, role).ids
        return ids[0] if len(ids) == 1 else None

    def inherited(self, program: Program, notes: list[str]) -> Program:
        """The earlier program without its budget of changes and without leavers, who are listed in ``notes``."""
        limits: list[Limit] = []
        for limit in program.limits:
            kept = limit.among(self)
            notes += [f"limits: the lock on ({a}, {b}) is left out, they are not both here any more"
                      for a, b in limit.fixed_pairs if not self.both([(a, b)])]  # fmt: skip
            if not limit.of_last_plan and (kept.fixed_pairs or not limit.fixed_pairs):
                limits.append(kept)
        objectives = tuple(objective.among(self) for objective in program.objectives)
        forgiving = without_strangers(program).rules
        return program.model_copy(update={"limits": tuple(limits), "rules": forgiving, "objectives": objectives})

    def remembering(self, program: Program, matching: Matching, history: Past | None) -> Program:
        """The program filled in from the last plan and, for its rules, from the rounds before it."""
        changed: dict[str, Any] = {}
        if history is not None:
            changed["rules"] = History.of(history).fill(program, self.mentors, self.mentees).rules
        last = History.of(matching, unknown="ignore").fill(program, self.mentors, self.mentees)
        changed["objectives"] = last.objectives
        return program.model_copy(update={k: v for k, v in changed.items() if v != getattr(program, k)})

    def bound(
        self,
        program: Program,
        matching: Matching,
        max_changes: int | None,
        keep: tuple[Pair, ...],
        drop: tuple[Pair, ...],
    ) -> Program:
        """The program with the budget, and with the pairs to keep and to drop."""
        limits, rules = list(program.limits), list(program.rules)
        if max_changes is not None:
            limits.append(Changes(self.both(sorted(matching.named)), max_changes))
        if keep:
            limits.append(Lock(keep))
        if drop:
            self._refuse_strangers(drop, matching)
            rules.append(Exclude(drop, unknown="ignore"))
        return program.model_copy(update={"limits": tuple(limits), "rules": tuple(rules)})

    def _refuse_strangers(self, drop: tuple[Pair, ...], matching: Matching) -> None:
        for side, role in enumerate(("mentor", "mentee")):
            before = {pair[side] for pair in matching.named}
            for pair in drop:
                if pair[side] not in before and not self.resolver.knows(pair[side]):
                    near = self.resolver.near(pair[side])
                    raise ProgramError(f"`drop`: no {role} has the id {pair[side]!r}.{near}")


def _locked(program: Program) -> frozenset[Pair]:
    return frozenset(pair for limit in program.limits for pair in limit.fixed_pairs)


def _pairs(name: str, given: Iterable[Pair]) -> tuple[Pair, ...]:
    """The pairs as a tuple, each once. Raises ProgramError for anything else than pairs of ids."""
    pairs = tuple(dict.fromkeys(tuple(pair) if not isinstance(pair, str) else (pair,) for pair in given))
    for pair in pairs:
        if len(pair) != 2 or not all(isinstance(who, str) for who in pair):
            raise ProgramError(f"`{name}` lists pairs (mentor_id, mentee_id), and {pair!r} is not one")
    return tuple((a, b) for a, b in pairs)
