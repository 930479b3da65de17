"""Second stage: choose partners with sensitive columns, after the visible criteria alone have settled who is paired.

The first stage fixes every person's number of pairs from the visible criteria. The second stage maximises the score of
all criteria, sensitive ones included, over plans with these numbers. So no answer to a sensitive question, and no
missing answer, changes who takes part.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from rmatch.columns import BoolArray, FloatArray, IntArray, Table
from rmatch.criteria import Tile
from rmatch.factors import SCALE, Sparse, dot, from_entries
from rmatch.limits import Changes, Lock
from rmatch.objectives import MostPairs, Total
from rmatch.problem.build import People
from rmatch.problem.model import Model, compile_model
from rmatch.problem.ranges import refuse_ranges
from rmatch.program import Program
from rmatch.proof.certificate import Certificate
from rmatch.proof.problem import Problem, assembled, from_outside, problem_of
from rmatch.proof.scores import Allowed, Scored, Scores
from rmatch.proof.verify import Verification, verify
from rmatch.rules import MinScore, Rule
from rmatch.rules.eligibility import PointTile

Pairs = tuple[IntArray, IntArray]
"""Mentors and mentees of pairs, ``(pairs,)`` int64 each."""


@dataclass(frozen=True, eq=False, repr=False)
class SecondStageResult:
    """The proof of a plan that sensitive columns helped to choose. It stays in memory for verification, and is never
    written.

    Args:
        pairs: Pairs of the first stage, mentors and mentees, int64.
        visible: Certificate of the first stage.
        full: Model of all criteria in which each person has exactly their first-stage number of pairs.
        proof: Certificate that the plan is optimal in ``full``.
    """

    pairs: tuple[IntArray, IntArray]
    visible: Certificate
    full: Model
    proof: Certificate

    def verify(self, model: Model, chosen: tuple[IntArray, IntArray], parts: IntArray) -> Verification:
        """Check both stages against the people.

        Args:
            model: Model of the visible criteria.
            chosen: Pairs of the plan, mentors and mentees, int64.
            parts: Claimed points of each visible criterion, ``(criteria, pairs)`` int64.
        """
        problem = problem_of(model.program, model.mentors, model.mentees)
        first = model.parts(*self.pairs)
        settled = verify(problem, self.pairs, first.sum(0), first, self.visible, self.visible.proved)
        every = self.full.parts(*chosen)
        partners = verify(second_stage_problem(self.full), chosen, every.sum(0), every, self.proof, self.proof.proved)
        problems = [*settled.problems]
        if partners.problems:  # their messages contain figures that may not be shown
            problems.append("with whom: the partners break a rule or what was settled, or are not proved best")
        if not np.array_equal(parts, model.parts(*chosen)):
            problems.append("the scores are not those of the visible criteria")
        return Verification(tuple(problems), (*settled.checked, "who is paired", "with whom"), with_people=True)


def second_stage_model(roster: People, model: Model, pairs: tuple[IntArray, IntArray]) -> Model | None:
    """Return the model in which partners are chosen among the people who are paired; None where nothing is sensitive.

    Each person keeps the number of pairs that they have in ``pairs``. Rules and least scores are those of the visible
    criteria, which read the visible columns only. No pair has a visible score below the floor of the total, or below
    the worst in ``pairs`` where that is lower.

    Args:
        roster: The people, with their withheld columns.
        model: Model of the visible criteria.
        pairs: Pairs of the first stage, mentors and mentees, int64.

    Raises:
        ProgramError: A criterion needs a column that one side does not have.
    """
    program = model.program
    if not program.steering:
        return None
    seen = model.mentors, model.mentees
    read = {column for criterion in program.steering for side in criterion.reads() for column in side}
    mentors, mentees = (
        _with(table, withheld_table, read) for table, withheld_table in zip(seen, withheld(roster, model), strict=True)
    )
    program.require_steering(mentors, mentees)
    kept = _kept(model, pairs)
    every = Program(
        seed=program.seed,
        roles=program.roles,
        columns=program.columns,
        criteria=(*model.criteria, *program.steering),
        rules=(),  # those of the visible model: it knows no other columns
        limits=(*(limit for limit in program.limits if not limit.fixed_pairs), *kept),
        objectives=(MostPairs(), Total()),
    )
    sides = [*[seen] * len(model.criteria), *[(mentors, mentees)] * len(program.steering)]
    full = compile_model(every, *seen, every.criteria, sides)
    rules = tuple((rule, allows) for rule, allows in model.rules if not isinstance(rule, MinScore))
    load = tuple(np.bincount(side, minlength=size) for side, size in zip(pairs, model.shape, strict=True))
    free = ~model.is_locked(*pairs)
    visible = model.points(pairs[0][free], pairs[1][free])
    frozen = any(objective.threshold for objective in program.objectives)
    worst = visible.min(initial=SCALE if frozen else model.floor)  # `min_pairs` may go below the floor
    least = max(model.least_points, int(worst))
    visible_score = _VisibleScoreAtLeast(model.u, model.v, model.tiles, least)
    full = replace(
        full,
        tiles=tuple(t if t.criterion < len(model.criteria) else replace(t, tile=_Lenient(t.tile)) for t in full.tiles),
        rules=(*rules, *([(_VisibleMinScore(), visible_score)] if least else [])),
        penalty=model.penalty,
        capacity=(load[0], load[1]),
        minimum=(load[0], load[1]),
        locked=model.locked,
    )
    refuse_ranges(full)
    return full


def _kept(model: Model, pairs: tuple[IntArray, IntArray]) -> tuple[Changes, ...]:
    """The limit that keeps as many earlier pairs together as the first stage did."""
    wanted = {pair for objective in model.program.objectives for pair in objective.earlier_pairs}
    kept = tuple(sorted(wanted.intersection(model.named(*pairs))))
    return (Changes(kept, most=0),) if kept else ()


def withheld(roster: People, model: Model) -> tuple[Table, Table]:
    """Return the withheld columns in the order of the model's people."""
    mentors, mentees = roster.withheld()
    return mentors.of(model.mentors.ids), mentees.of(model.mentees.ids)


def _with(table: Table, withheld_table: Table, read: set[str]) -> Table:
    """The table with those withheld columns that criteria read; columns for audits are never among them."""
    own = {name: column for name, column in withheld_table.columns.items() if name in read}
    return replace(table, columns={**table.columns, **own})


@dataclass(frozen=True)
class _VisibleMinScore(Rule):
    """The rule that the visible score reaches a threshold."""

    @property
    def name(self) -> str:
        return "min_score"


@dataclass(frozen=True, eq=False)
class _VisibleScoreAtLeast:
    """Predicate: whether the visible score of listed pairs is at least ``least`` points."""

    u: Sparse
    v: Sparse
    tiles: tuple[PointTile, ...]
    least: int

    def __call__(self, i: IntArray, j: IntArray) -> BoolArray:
        points = dot(self.u, self.v, i, j)[0] + sum(np.nan_to_num(tile.at(i, j)) for tile in self.tiles)
        fine: BoolArray = np.rint(points) >= self.least
        return fine


@dataclass(frozen=True, eq=False)
class _Lenient(Tile):
    """Tile of a sensitive criterion, which scores pairs and forbids none."""

    tile: Tile

    def block(self, rows: IntArray, columns: IntArray) -> FloatArray:
        return np.nan_to_num(self.tile.block(rows, columns))

    def at(self, i: IntArray, j: IntArray) -> FloatArray:
        return np.nan_to_num(self.tile.at(i, j))


def second_stage_problem(full: Model) -> Problem:
    """Return the problem against which the choice of partners is checked.

    Scores are those of all criteria, and each person's number of pairs is fixed. Rules, and criteria that may not
    forbid a pair, are taken from the model that was solved.

    Args:
        full: Model of all criteria, as :func:`second_stage_model` returns it.
    """
    allows: list[Allowed] = [("same person", full.different)]
    allows += [("not available" if rule.confidential else rule.name, predicate) for rule, predicate in full.rules]
    locked = Lock(tuple(full.named(*full.locked)))
    scores = Scores((full.mentors, full.mentees), partial(_scored, full), lambda: allows, 0)
    return assembled(
        scores, (*full.program.limits, locked), full.program.objectives, full.capacity, from_outside(full.program)
    )


def _scored(full: Model) -> tuple[Scored, ...]:
    """The criteria as the model contains them; their tiles give integer points already."""
    tiles = {tile.criterion: tile for tile in full.tiles}
    return tuple(
        Scored(
            name,
            1,
            None if k in tiles else (_only(full.u, full.owner == k), _only(full.v, full.owner == k)),
            tiles.get(k),
        )
        for k, name in enumerate(full.names)
    )


def _only(side: Sparse, wanted: BoolArray) -> Sparse:
    """Factors of one side restricted to some columns."""
    some = np.flatnonzero(np.append(wanted, np.zeros(max(side.width - len(wanted), 0), bool))[side.column])
    return from_entries(len(side), side.width, side.rows[some], side.column[some], side.value[some].astype(float))


def redacted(visible: Certificate, total: int) -> Certificate:
    """Return the certificate that may be published: the visible total and the first stage's gap, without prices.

    A bound of the visible total would reveal what sensitive columns cost, so the published bound is the total plus the
    gap of the first stage. The number of pairs is settled by the first stage alone, so its proof is kept where it comes
    first.

    Args:
        visible: Certificate of the first stage.
        total: Visible total of the plan, in points.
    """
    first = visible.stages[:1] if visible.stages and visible.stages[0].name == MostPairs.kind() else ()
    gaps = tuple((stage.name, stage.gap) for stage in visible.stages)
    return Certificate(first, total, total + visible.gap, sealed=True, first_gaps=gaps)
