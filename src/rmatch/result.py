"""Results: a plan as data, with its proof and the people it is for.

Questions about a plan are functions of a :class:`Result` in :mod:`rmatch.analysis` and :mod:`rmatch.output`.
:class:`rmatch.Matching` is a result with these functions as methods.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, fields
from functools import cached_property
from typing import Any, NoReturn, TypeAlias

import numpy as np
import pandas as pd

from rmatch._util.quoted import names_of, with_names
from rmatch.columns import IntArray, Table
from rmatch.errors import RmatchError, Status
from rmatch.factors import SCALE
from rmatch.objectives import MostPairs, Objective, Total
from rmatch.problem.build import People
from rmatch.problem.model import Model
from rmatch.problem.unapplied import with_notes
from rmatch.program import Program
from rmatch.proof.certificate import Certificate
from rmatch.schema.record import MatchingRecord, State
from rmatch.second_stage import SecondStageResult, withheld

Solve: TypeAlias = Callable[[People, Program], "Result"]
"""Solver of a program on a roster."""

NEEDS_PEOPLE = "this needs the people: load the matching with `roster=`"


class NoPeople:
    """Placeholder for the model of a plan that was loaded without its people; every access raises an error with the
    remedy.
    """

    def __getattr__(self, name: str) -> NoReturn:
        if name.startswith("__"):  # Python's own questions, such as those of pickle
            raise AttributeError(name)
        raise RmatchError(NEEDS_PEOPLE)


@dataclass(frozen=True, eq=False)
class Result:
    """A plan for one roster and one program.

    Args:
        model: The people and the program as numbers.
        chosen: Mentors and mentees of the pairs, ``(pairs,)`` int64 each, positions in canonical order, best score
            first.
        certificate: The proof of every objective.
        status: ``OPTIMAL`` where every objective is proved.
        left_out: What the default program left out, one sentence each.
        roster: The people as given; None where the plan was loaded without them.
        solve: Solver that :meth:`solve_again` calls.
        second_stage: Proof of a plan that sensitive columns helped to choose. It is never written.
        approved: Ids of the approved pairs.
        record: What was saved, where the plan was loaded.
    """

    model: Model
    chosen: tuple[IntArray, IntArray]
    certificate: Certificate
    status: Status
    left_out: tuple[str, ...] = ()
    roster: People | None = field(default=None, repr=False)
    solve: Solve | None = field(default=None, repr=False)
    second_stage: SecondStageResult | None = field(default=None, repr=False)
    approved: frozenset[tuple[str, str]] = frozenset()
    record: MatchingRecord | None = field(default=None, repr=False)

    @cached_property
    def lines(self) -> pd.DataFrame:
        """One line per input row and role, as the reader accounts for them; empty without people."""
        return getattr(self.roster, "accounts", pd.DataFrame())

    @cached_property
    def issues(self) -> pd.DataFrame:
        """What was found in the input, and what was left out; empty without people."""
        issues = getattr(self.roster, "issues", pd.DataFrame())
        return with_notes(issues, self.notes) if len(issues.columns) else issues

    @cached_property
    def notes(self) -> tuple[str, ...]:
        """``left_out`` with names beside ids, where the people are known."""
        if self.saved is not None:
            return self.left_out
        names = names_of(self.model.mentors, self.model.mentees)
        return tuple(with_names(note, names) for note in self.left_out)

    @cached_property
    def withheld(self) -> tuple[Table, Table] | None:
        """Withheld columns in canonical order, for audits; None without people. They are never written."""
        return None if self.roster is None else withheld(self.roster, self.model)

    @property
    def saved(self) -> MatchingRecord | None:
        """The saved record, if the plan was loaded without its people; else None."""
        return self.record if isinstance(self.model, NoPeople) else None

    @property
    def program(self) -> Program:
        """The resolved program."""
        return self.model.program if self.saved is None else self._saved_program

    @cached_property
    def _saved_program(self) -> Program:
        assert self.record is not None
        return Program.model_validate(self.record.program)

    @property
    def total(self) -> float:
        """Sum of all scores."""
        return float(self.points.sum()) / SCALE

    @property
    def gap(self) -> float:
        """Bound less total: the most by which the total could still rise, given the earlier objectives.

        Where sensitive columns were scored, it is the gap of the first stage.
        """
        return self.certificate.gap / SCALE

    @property
    def bound(self) -> float:
        """Total plus gap: an upper bound for every plan that is as good in the earlier objectives.

        Where sensitive columns were scored, it bounds the first stage only.
        """
        return self.total + self.gap

    @cached_property
    def parts(self) -> IntArray:
        """Points of each criterion for each pair, ``(criteria, pairs)`` int64."""
        if self.saved is None:
            return self.model.parts(*self.chosen)
        parts = np.array([pair.parts for pair in self.saved.pairs], np.int64)
        return parts.reshape(len(self.saved.pairs), len(self.saved.criteria)).T

    @cached_property
    def points(self) -> IntArray:
        """Score of each pair in points, ``(pairs,)`` int64."""
        points: IntArray = self.parts.sum(0)
        return points

    @property
    def state(self) -> State:
        """``"approved"`` once every pair is approved, ``"draft"`` before."""
        return "approved" if self.named and self.named <= self.approved else "draft"

    @cached_property
    def pair_ids(self) -> list[tuple[str, str]]:
        """The pairs by their ids, ``(mentor_id, mentee_id)``, best first."""
        if self.saved is not None:
            return [(pair.mentor_id, pair.mentee_id) for pair in self.saved.pairs]
        return self.model.named(*self.chosen)

    def __len__(self) -> int:
        """Return the number of pairs."""
        return len(self.pair_ids)

    def __iter__(self) -> Iterator[tuple[str, str]]:
        """Iterate over the pairs by their ids, ``(mentor_id, mentee_id)``, best first."""
        return iter(self.pair_ids)

    @cached_property
    def named(self) -> frozenset[tuple[str, str]]:
        """The set of the pairs, by ids."""
        return frozenset(self.pair_ids)

    @cached_property
    def keys(self) -> IntArray:
        """``i · mentees + j`` of each pair, ``(pairs,)`` int64."""
        return self.chosen[0] * np.int64(self.model.shape[1]) + self.chosen[1]

    @cached_property
    def decisions(self) -> list[str]:
        """Decision made by hand about each pair: ``approve``, ``lock`` or an empty string."""
        if self.saved is not None:
            locked = [pair.locked for pair in self.saved.pairs]
        else:
            locked = self.model.is_locked(*self.chosen).tolist()
        return [
            ("approve" if pair in self.approved else "lock") if lock else ""
            for pair, lock in zip(self.pair_ids, locked, strict=True)
        ]

    def value_of(self, objective: Objective) -> int:
        """Return the value of the plan under an objective, in the objective's own units.

        Args:
            objective: One stage of an objective.

        Raises:
            RmatchError: The plan was loaded without its people and the value was not saved.
        """
        if self.saved is None:
            return objective.value(self.model.people, *self.chosen, self.points)
        known = {stage.name: stage.value for stage in self.saved.certificate.stages}
        known |= {Total.kind(): self.saved.certificate.total, MostPairs.kind(): len(self.saved.pairs)}
        if objective.name not in known:
            raise RmatchError(NEEDS_PEOPLE)
        return known[objective.name]

    def solve_again(self, **changes: Any) -> Result:
        """Return the plan for the same people under the program with some families replaced.

        Args:
            **changes: New ``criteria``, ``rules``, ``limits`` or ``objectives``.

        Raises:
            RmatchError: The plan was loaded without its people.
        """
        if self.solve is None or self.roster is None:
            raise RmatchError(NEEDS_PEOPLE)
        return self.solve(self.roster, self.program.model_copy(update=changes))

    def __getstate__(self) -> dict[str, Any]:
        return {part.name: getattr(self, part.name) for part in fields(self)}
