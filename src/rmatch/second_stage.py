"""With whom, never whether: what sensitive columns may do.

First the visible criteria settle who is paired, and how often; that is frozen. Then all criteria together, sensitive
ones included, choose the best partners among those people. So no answer to a sensitive question, and no silence, can
put anybody in the programme or out of it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from rmatch.columns import BoolArray, FloatArray, IntArray, Table
from rmatch.criteria import Tile
from rmatch.factors import SCALE, Sparse, dot, from_entries
from rmatch.limits import Changes, Lock
from rmatch.objectives import MostPairs, Stability, Total, WorstPair
from rmatch.problem.build import People
from rmatch.problem.model import Model, compile_model
from rmatch.program import Program
from rmatch.proof.certificate import Certificate
from rmatch.proof.problem import Problem, assembled, problem_of
from rmatch.proof.scores import Allowed, Scored, Scores
from rmatch.proof.verify import Verification, verify
from rmatch.rules import MinScore, Rule
from rmatch.rules.eligibility import PointTile


@dataclass(frozen=True, eq=False, repr=False)
class Sealed:
    """How a plan came about that sensitive columns helped to choose: kept in memory to check it by, never written.

    ``pairs`` are those of the visible criteria, with their proof; ``full`` is the model of all criteria in which
    everybody has exactly as many pairs as there, and ``proof`` what proves the plan best in it.
    """

    pairs: tuple[IntArray, IntArray]
    visible: Certificate
    full: Model
    proof: Certificate

    def verify(self, model: Model, chosen: tuple[IntArray, IntArray], parts: IntArray) -> Verification:
        """Check both steps against the people: who is paired, and with whom."""
        problem = problem_of(model.program, model.mentors, model.mentees)
        first = model.parts(*self.pairs)
        settled = verify(problem, self.pairs, first.sum(0), first, self.visible, self.visible.proved)
        every = self.full.parts(*chosen)
        partners = verify(second_step(self.full), chosen, every.sum(0), every, self.proof, self.proof.proved)
        problems = [*settled.problems]
        if partners.problems:  # their own words hold figures that may not be shown
            problems.append("with whom: the partners break a rule or what was settled, or are not proved best")
        if not np.array_equal(parts, model.parts(*chosen)):
            problems.append("the scores are not those of the visible criteria")
        return Verification(tuple(problems), (*settled.checked, "who is paired", "with whom"), with_people=True)


def steered(roster: People, model: Model, pairs: tuple[IntArray, IntArray]) -> Model | None:
    """Return the model in which partners are chosen among those who are paired, or None where nothing is sensitive.

    Everybody keeps the number of pairs that she has in ``pairs``. Rules and least scores are those of the visible
    criteria, and each of these is given the visible columns alone. No pair scores visibly less than the floor of the
    total, or than the worst in ``pairs`` where that is lower.
    Raises ProgramError where a criterion needs a column that one side does not have.
    """
    program = model.program
    if not program.steering:
        return None
    seen = model.mentors, model.mentees
    read = {column for criterion in program.steering for side in criterion.reads() for column in side}
    mentors, mentees = (_with(table, apart, read) for table, apart in zip(seen, withheld(roster, model), strict=True))
    program.require_steering(mentors, mentees)
    kept = _kept(model, pairs)
    every = Program(
        seed=program.seed,
        roles=program.roles,
        columns=program.columns,
        criteria=(*model.criteria, *program.steering),
        rules=(),  # those of the visible model: it knows no other columns
        limits=(*(limit for limit in program.limits if not isinstance(limit, Lock)), *kept),
        objectives=(MostPairs(), Total()),
    )
    sides = [*[seen] * len(model.criteria), *[(mentors, mentees)] * len(program.steering)]
    full = compile_model(every, *seen, every.criteria, sides)
    rules = tuple((rule, allows) for rule, allows in model.rules if not isinstance(rule, MinScore))
    load = tuple(np.bincount(side, minlength=size) for side, size in zip(pairs, model.shape, strict=True))
    free = ~np.isin(pairs[0] * np.int64(model.shape[1]) + pairs[1], model.locked_keys)
    visible = model.points(pairs[0][free], pairs[1][free])
    frozen = any(isinstance(objective, WorstPair) for objective in program.objectives)
    worst = visible.min(initial=SCALE if frozen else model.floor)  # `min_pairs` may go below the floor
    least = max(model.least_points, int(worst))
    worth = _Worth(model.u, model.v, model.tiles, least)
    return replace(
        full,
        tiles=tuple(t if t.criterion < len(model.criteria) else _lenient(t) for t in full.tiles),
        rules=(*rules, *([(_Score(), worth)] if least else [])),
        penalty=model.penalty,
        capacity=(load[0], load[1]),
        minimum=(load[0], load[1]),
        locked=model.locked,
    )


def _kept(model: Model, pairs: tuple[IntArray, IntArray]) -> tuple[Changes, ...]:
    """That those stay together of whom the visible criteria kept as many as could be."""
    wanted = {pair for o in model.program.objectives if isinstance(o, Stability) for pair in o.pairs}
    made = zip(map(str, model.mentors.ids[pairs[0]]), map(str, model.mentees.ids[pairs[1]]), strict=True)
    kept = tuple(sorted(wanted & set(made)))
    return (Changes(kept, most=0),) if kept else ()


def withheld(roster: People, model: Model) -> tuple[Table, Table]:
    """The columns that stand apart, in the order of the model's people."""
    mentors, mentees = roster.withheld()
    return mentors.of(model.mentors.ids), mentees.of(model.mentees.ids)


def _with(table: Table, apart: Table, read: set[str]) -> Table:
    """The table with those columns of ``apart`` that are read; columns for audits are never among them."""
    own = {name: column for name, column in apart.columns.items() if name in read}
    return Table(table.ids, {**table.columns, **own}, table.lines, table.node)


@dataclass(frozen=True)
class _Score(Rule):
    """The visible score is high enough."""

    @property
    def name(self) -> str:
        return "min_score"


@dataclass(frozen=True, eq=False)
class _Worth:
    """Whether the visible score of listed pairs is at least ``least`` points."""

    u: Sparse
    v: Sparse
    tiles: tuple[PointTile, ...]
    least: int

    def __call__(self, i: IntArray, j: IntArray) -> BoolArray:
        points = dot(self.u, self.v, i, j)[0] + sum(np.nan_to_num(tile.at(i, j)) for tile in self.tiles)
        fine: BoolArray = np.rint(points) >= self.least
        return fine


def _lenient(tile: PointTile) -> PointTile:
    return replace(tile, tile=_Lenient(tile.tile))


@dataclass(frozen=True, eq=False)
class _Lenient(Tile):
    """The tile of a sensitive criterion, which may score pairs but forbid none."""

    tile: Tile

    def block(self, rows: IntArray, columns: IntArray) -> FloatArray:
        return np.nan_to_num(self.tile.block(rows, columns))

    def at(self, i: IntArray, j: IntArray) -> FloatArray:
        return np.nan_to_num(self.tile.at(i, j))


def second_step(full: Model) -> Problem:
    """What the choice of partners is checked against: all criteria, and everybody with as many pairs as before.

    The rules, and the criteria that may not forbid a pair, are those of the model that was solved.
    """
    allows: list[Allowed] = [("same person", full.different)]
    allows += [("not available" if rule.confidential else rule.name, predicate) for rule, predicate in full.rules]
    ids = (map(str, table.ids[place]) for table, place in zip((full.mentors, full.mentees), full.locked, strict=True))
    locked = Lock(tuple(zip(*ids, strict=True)))
    scores = Scores((full.mentors, full.mentees), partial(_scored, full), lambda: allows, 0)
    return assembled(scores, (*full.program.limits, locked), full.program.objectives, full.capacity)


def _scored(full: Model) -> tuple[Scored, ...]:
    """The criteria as the model holds them, whose tiles give whole points already."""
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
    """A side's factors with some of the columns alone."""
    some = np.flatnonzero(np.append(wanted, np.zeros(max(side.width - len(wanted), 0), bool))[side.column])
    return from_entries(len(side), side.width, side.rows[some], side.column[some], side.value[some].astype(float))


def seal(visible: Certificate, total: int) -> Certificate:
    """The certificate that may be shown: the visible total, and what is proved of the first step, without a price.

    Beside the total its bound would tell what sensitive columns cost; so it lies above by the gap of the first step.
    The number of pairs is settled by the first step alone, so where that came first its proof is shown.
    """
    first = visible.stages[:1] if visible.stages and visible.stages[0].name == MostPairs.kind() else ()
    gaps = tuple((stage.name, stage.gap) for stage in visible.stages)
    return Certificate(first, total, total + visible.gap, sealed=True, first_gaps=gaps)
