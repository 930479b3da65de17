"""Rematching: the next plan close to the last one, with a budget of changes.

An earlier pair is *possible* where both people still take part in their roles and the rules still allow it. Only giving
up a possible pair is a change; pairs undone by leavers and new rules do not count. A rematch is a match with the
further limit ``Changes``, so its proof is that of a match.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from rmatch._util.quoted import READ_AS, arrow, excerpt, names_of
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
from rmatch.proof.check import shown_bound
from rmatch.proof.claim import Frozen
from rmatch.roster.resolver import Resolver, Role
from rmatch.rules import Exclude
from rmatch.solve.by_rows import MOST_BY_ROWS
from rmatch.solve.progress import Listener
from rmatch.solve.run import own_problem

_ROLES: tuple[Role, Role] = ("mentor", "mentee")
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
    for each pair that is gone. With ``max_changes``, of plans that are equally good in every objective one with the
    fewest changes is taken, where that is proved. ``Stability`` and ``Priority`` without lists of their own refer to
    ``matching``, ``NoRepeat`` to ``history``.

    Args:
        matching: The last plan.
        roster: The people now.
        program: The program; that of ``matching``, without leavers, if None.
        max_changes: Most pairs to give up; 0 keeps every possible pair, None sets no limit.
        keep: ``(mentor_id, mentee_id)`` pairs that are kept whatever they cost. Of a mapping of pairs to rows, messages
            name the row.
        drop: Pairs that are never made again. Neither counts as a change.
        history: The rounds before ``matching``.
        executor, progress, time_limit, memory_limit: As in :func:`rmatch.match`.

    Raises:
        ProgramError: The program or an argument cannot be used.
        InfeasibleError: No plan satisfies the limits.
        SolverError: No plan was found, and none is proved to be impossible.
    """
    _refuse(matching, max_changes)
    if not isinstance(roster, People):  # `match` raises the error
        return match(roster, program)
    here = _Here.of(*roster.tables())
    kept, gone = here.asked(matching, keep, drop)
    notes: list[str] = []
    start = here.inherited(matching.program, notes) if program is None else program
    start, left_out = here.remembering(start, matching, history, notes).resolved(here.mentors, here.mentees)
    solve = partial(
        match, roster, executor=executor, progress=progress, time_limit=time_limit, memory_limit=memory_limit
    )
    within = here.within(start, matching, kept, gone, solve)
    after = within(max_changes)
    if max_changes is not None:
        after = _least_changed(matching, after, here.budget(matching, max_changes), within)
    told = (note for note in after.left_out if program is not None or UNAPPLIED in note or READ_AS in note)
    return replace(
        after,
        left_out=(*left_out, *notes, *told),
        approved=matching.approved & _locked(after.program),
    )


def _refuse(matching: object, max_changes: object) -> None:
    """Raise RmatchError where there is no plan to start from, ProgramError where the budget is no number of pairs."""
    if not isinstance(matching, Matching):
        kind = type(matching).__name__
        raise RmatchError(f"a rematch starts from a plan, not from a {kind}: `rmatch.load` reads one back")
    if max_changes is not None and (not isinstance(max_changes, int) or max_changes < 0):
        raise ProgramError(f"`max_changes` is a number of pairs, 0 or more, not {max_changes!r}; 0 keeps every pair")


def _least_changed(before: Matching, after: Matching, budget: Changes, within: Callable[[int], Matching]) -> Matching:
    """Return a plan equally good in every objective with fewer changes, as long as a smaller budget has one.

    Its proof is that of the first plan, since the values are the same. For very many people, and for a plan that is not
    proved optimal, the first plan is kept.
    """
    stages = [stage for objective in after.program.objectives for stage in objective.stages()]
    few = 0 < np.prod(after.model.shape) <= MOST_BY_ROWS and not after.certificate.sealed
    while few and after.status is Status.OPTIMAL and (changed := len(possible_pairs(before, after) - after.named)):
        if _shown_worse(after, budget, replace(budget, most=changed - 1)):
            return after
        try:
            other = within(changed - 1)
        except InfeasibleError:
            return after
        if any(after.value_of(stage) != other.value_of(stage) for stage in stages):
            return after
        after = replace(after, chosen=other.chosen)
    return after


def _shown_worse(after: Matching, budget: Changes, fewer: Changes) -> bool:
    """Return whether the prices that prove a plan also show that within a smaller budget no plan is as good."""
    limits = tuple(fewer if limit == budget else limit for limit in after.model.program.limits)
    problem = own_problem(replace(after.model, program=after.model.program.model_copy(update={"limits": limits})))
    frozen: list[Frozen] = []
    for objective, stage in zip(problem.objectives, after.certificate.stages, strict=True):
        if shown_bound(problem, objective, replace(stage, tree=None), tuple(frozen)) < stage.value:
            return True
        frozen.append(Frozen(objective, stage.value, stage.bound))
    return False


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

    def remembering(self, program: Program, matching: Matching, history: Past | None, notes: list[str]) -> Program:
        """The program filled in from the last plan and, for its rules, from the rounds before it."""
        changed: dict[str, Any] = {}
        if history is not None:
            rounds = History.of(history)
            filled = rounds.fill(program, self.mentors, self.mentees)
            changed |= {"rules": filled.rules, "tracks": filled.tracks}
            notes += rounds.read_otherwise(self.mentors, self.mentees)
        last = History.of(matching, unknown="ignore").fill(program, self.mentors, self.mentees)
        changed["objectives"] = last.objectives
        return program.model_copy(update={k: v for k, v in changed.items() if v != getattr(program, k)})

    def within(
        self, program: Program, matching: Matching, keep: _Asked, drop: _Asked, solve: Callable[[Program], Matching]
    ) -> Callable[[int | None], Matching]:
        """Return what solves the program with a budget, and with the pairs to keep and to drop."""

        def solved(max_changes: int | None) -> Matching:
            limits, rules = list(program.limits), list(program.rules)
            if max_changes is not None:
                limits.append(self.budget(matching, max_changes))
            if keep.pairs:
                limits.append(Lock(keep.pairs))
            if drop.pairs:
                rules.append(Exclude(drop.pairs, unknown="ignore"))
            try:
                return solve(program.model_copy(update={"limits": tuple(limits), "rules": tuple(rules)}))
            except InfeasibleError as error:
                error.args = (f"{error}{self._rows_in(str(error), keep)}",)
                raise

        return solved

    def budget(self, matching: Matching, max_changes: int) -> Changes:
        """The limit on the pairs of the earlier plan that are given up."""
        return Changes(self.both(sorted(matching.named)), max_changes)

    def asked(self, matching: Matching, keep: Iterable[Pair], drop: Iterable[Pair]) -> tuple[_Asked, _Asked]:
        """The pairs to keep and to drop, whose people are known here or, of those to drop, were in the last plan."""
        kept, gone = _Asked.of("keep", keep), _Asked.of("drop", drop)
        self._refuse_unknown(kept)
        self._refuse_unknown(gone, {who for pair in matching.named for who in pair})
        return kept, gone

    def _refuse_unknown(self, asked: _Asked, before: Collection[str] | None = None) -> None:
        """Raise ProgramError where a pair names nobody, or what may be several people; both and the row are named.

        Args:
            asked: The pairs.
            before: Who may have left, for they were in the last plan; None where both must take part.
        """
        for pair in asked.pairs:
            for word, role in zip(pair, _ROLES, strict=True):
                found = self.resolver.find(word, None if before is not None else role)
                several = len(found.ids) if before is None else found.people
                if several == 1 or (before is not None and word in before):
                    continue
                near = " The person is in the files, but not in that role." if found.people else ""
                reason = f"no {role} has the id {excerpt(word)!r}.{near or self.resolver.near(word)}"
                if several:
                    reason = f"{excerpt(word)!r} may be {self.resolver.called(found.ids)}. Name one of them by the id."
                raise ProgramError(f"{asked.at(pair)}: {self._called(pair)}: {reason}")

    def _rows_in(self, message: str, asked: _Asked) -> str:
        """Return where the pairs stand that a message names; nothing where it names none, or no rows are known."""
        told = [asked.at(pair) for pair in asked.pairs if pair in asked.rows and self._called(pair) in message]
        return f" ({'; '.join(told)})" if told else ""

    def _called(self, pair: Pair) -> str:
        """A pair by names and ids, as far as they are known."""
        mentor, mentee = (self.id_of(word, role) or word for word, role in zip(pair, _ROLES, strict=True))
        return arrow(mentor, mentee, names_of(self.mentors, self.mentees))


@dataclass(frozen=True)
class _Asked:
    """Pairs to keep or to drop, each once, and where they stand if they come from a file."""

    name: str
    pairs: tuple[Pair, ...]
    rows: Mapping[Pair, int]

    @classmethod
    def of(cls, name: str, given: Iterable[Pair]) -> _Asked:
        """Return them. Raises ProgramError for anything else than pairs of ids."""
        pairs = tuple(dict.fromkeys(tuple(pair) if not isinstance(pair, str) else (pair,) for pair in given))
        for pair in pairs:
            if len(pair) != 2 or not all(isinstance(who, str) for who in pair):
                raise ProgramError(f"`{name}` lists pairs (mentor_id, mentee_id), and {pair!r} is not one")
        return cls(name, tuple((a, b) for a, b in pairs), given if isinstance(given, Mapping) else {})

    def at(self, pair: Pair) -> str:
        """Return where a pair stands: of a file its row."""
        return f"`{self.name}`, row {self.rows[pair]}" if pair in self.rows else f"`{self.name}`"


def _locked(program: Program) -> frozenset[Pair]:
    return frozenset(pair for limit in program.limits for pair in limit.fixed_pairs)
