"""A program compiled for its people: factors on the grid, predicates, capacities; all that is computed with."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from rmatch.columns import BoolArray, IntArray, Number, Table, text_rank
from rmatch.criteria import Criterion
from rmatch.errors import InfeasibleError, ProgramError, suggestion
from rmatch.factors import SCALE, Sparse, beside, dot, on_grid
from rmatch.limits import Lock, places
from rmatch.objectives import MostPairs, Total
from rmatch.program import Program
from rmatch.rows import People, pair_places
from rmatch.rules import MinScore, Predicate, Rule
from rmatch.rules.eligibility import Eligibility, PointTile


@dataclass(frozen=True, eq=False)
class Model:
    """People in canonical order and all that scores and admits a pair of them. ``u @ v.T`` is in points.

    ``owner[c]`` is the criterion to which column ``c`` of the factors belongs.
    """

    program: Program
    criteria: tuple[Criterion, ...]
    mentors: Table
    mentees: Table
    names: tuple[str, ...]
    u: Sparse
    v: Sparse
    owner: IntArray
    tiles: tuple[PointTile, ...]
    penalty: tuple[Sparse, Sparse] | None
    rules: tuple[tuple[Rule, Predicate], ...]
    capacity: tuple[IntArray, IntArray]
    minimum: tuple[IntArray, IntArray]
    locked: tuple[IntArray, IntArray]

    @property
    def shape(self) -> tuple[int, int]:
        """Mentors × mentees."""
        return len(self.mentors.ids), len(self.mentees.ids)

    @cached_property
    def people(self) -> People:
        """Both sides, for limits and objectives to say what they mean."""
        return People(self.mentors, self.mentees, self.eligible, self.most_pairs)

    @cached_property
    def most_pairs(self) -> bool:
        """Whether the number of pairs is settled before their total."""
        return any(isinstance(o, MostPairs) for o in self.program.objectives)

    @cached_property
    def floor(self) -> int:
        """What a pair must be worth, in points, before it adds to the total; 0 once the number of pairs is settled."""
        total = next(o for o in self.program.objectives if isinstance(o, Total))
        return 0 if self.most_pairs else round(total.floor * SCALE)

    @cached_property
    def least_points(self) -> int:
        """The least score that the rules admit, in points."""
        return max((rule.points for rule, _ in self.rules if isinstance(rule, MinScore)), default=0)

    @cached_property
    def locked_keys(self) -> IntArray:
        """``i · mentees + j`` of every locked pair, ascending."""
        return np.sort(self.locked[0] * np.int64(self.shape[1]) + self.locked[1])

    @cached_property
    def _twins(self) -> IntArray:
        """The column of the mentee who is the same person as each mentor, -1 where there is none."""
        return pd.Index(self.mentees.ids).get_indexer(pd.Index(self.mentors.ids)).astype(np.int64)

    def different(self, i: IntArray, j: IntArray) -> BoolArray:
        """Whether the two people of each listed pair are different people."""
        different: BoolArray = self._twins[i] != j
        return different

    def parts(self, i: IntArray, j: IntArray) -> IntArray:
        """Each criterion's points for listed pairs, ``(criteria, pairs)``; NaN tiles count as 0."""
        points = dot(self.u, self.v, i, j, self.owner, len(self.names))
        for tile in self.tiles:
            points[tile.criterion] += np.nan_to_num(tile.at(i, j))
        return np.rint(points).astype(np.int64)

    def points(self, i: IntArray, j: IntArray) -> IntArray:
        """The score of listed pairs in points, int64."""
        points: IntArray = self.parts(i, j).sum(0)
        return points

    def reasons(self, i: IntArray, j: IntArray) -> dict[str, BoolArray]:
        """For each rule, which of the listed pairs it forbids; ``same person`` for nobody with themselves."""
        found = {"same person": self._twins[i] == j}
        for rule, allows in self.rules:
            key = "not available" if rule.confidential else rule.name
            barred = self.points(i, j) < rule.points if isinstance(rule, MinScore) else ~allows(i, j)
            found[key] = found[key] | barred if key in found else barred
        for tile in self.tiles:
            name = self.names[tile.criterion]
            found[name] = np.isnan(tile.at(i, j)) | found.get(name, np.zeros(len(i), bool))
        return found

    @cached_property
    def eligibility(self) -> Eligibility:
        """What the loop asks of each pair that it finds."""
        predicates = tuple(allows for rule, allows in self.rules if not isinstance(rule, MinScore))
        return Eligibility(self.shape[1], self._twins, predicates, self.tiles, self.least_points, self.locked_keys)

    def eligible(self, i: IntArray, j: IntArray) -> BoolArray:
        """Whether each listed pair may be."""
        points = self.points(i, j) if self.least_points else np.zeros(len(i), np.int64)
        return self.eligibility.allowed(i, j, points)


def compile_model(
    program: Program,
    mentors: Table,
    mentees: Table,
    criteria: tuple[Criterion, ...] | None = None,
    sides: Sequence[tuple[Table, Table]] | None = None,
) -> Model:
    """Compile a resolved program for people in canonical order, with its visible criteria or with those given.

    ``sides`` are the tables that each criterion is given, where they are not those of the model.
    Raises ProgramError where a criterion is off the grid or a lock names nobody, InfeasibleError where a lock breaks
    a rule, a capacity or another lock.
    """
    criteria = program.visible if criteria is None else criteria
    weights = np.array([criterion.weight for criterion in criteria])
    weights /= weights.max()  # the sum of the largest floats would be infinite
    ends = np.rint(np.cumsum(weights) / weights.sum() * SCALE).astype(np.int64)
    shares = np.diff(ends, prepend=0)
    factors, owner, tiles = [], [], []
    sides = [(mentors, mentees)] * len(criteria) if sides is None else sides
    for k, (criterion, points, side) in enumerate(zip(criteria, shares.tolist(), sides, strict=True)):
        made, tile = criterion.factors(*side), criterion.tile(*side)
        if (made is None) == (tile is None):
            raise ProgramError(f"{criterion.name}: a criterion gives either `factors` or `tile`")
        if tile is not None:
            tiles.append(PointTile(k, points, tile))
            continue
        assert made is not None
        if made.shape != (len(mentors.ids), len(mentees.ids)):
            raise ProgramError(f"{criterion.name}: its factors are {made.shape}, not mentors × mentees")
        try:
            factors.append(on_grid(made, points))
        except ProgramError as error:
            raise ProgramError(f"{criterion.name}: {error}") from None
        owner += [k] * factors[-1][0].width
    penalties = [p for rule in program.rules if (p := rule.penalty(mentors, mentees)) is not None]
    model = Model(
        program,
        criteria,
        mentors,
        mentees,
        _distinct([criterion.name for criterion in criteria]),
        *_join(factors, mentors, mentees),
        np.array(owner or [0], np.int64),
        tuple(tiles),
        _join([on_grid(p, SCALE) for p in penalties], mentors, mentees) if penalties else None,
        tuple((rule, rule.allows(mentors, mentees)) for rule in program.rules),
        *bounds_of(program, mentors, mentees),
        locked_places(program, mentors, mentees),
    )
    _check_locks(model)
    return model


def _join(parts: list[tuple[Sparse, Sparse]], mentors: Table, mentees: Table) -> tuple[Sparse, Sparse]:
    if not parts:
        empty = (
            Sparse(np.zeros(len(t.ids) + 1, np.int64), *(np.zeros(0, np.int64),) * 2, 1) for t in (mentors, mentees)
        )
        left, right = empty
        return left, right
    return beside([u for u, _ in parts]), beside([v for _, v in parts])


def _distinct(names: list[str]) -> tuple[str, ...]:
    return tuple(f"{n}_{names[:k].count(n) + 1}" if names[:k].count(n) else n for k, n in enumerate(names))


def bounds_of(
    program: Program, mentors: Table, mentees: Table
) -> tuple[tuple[IntArray, IntArray], tuple[IntArray, IntArray]]:
    """Capacities and least numbers of pairs, mentors then mentees; InfeasibleError where one is below the other."""
    capacity = places(program.limits, mentors, mentees, joiners=1)  # whoever joins later finds what room there is
    least = []
    for table, side, most, other in (
        (mentors, "mentor", capacity[0], "mentee"),
        (mentees, "mentee", capacity[1], "mentor"),
    ):
        minimum, there = _whole(table, "min_pairs", 0), len(mentees.ids if side == "mentor" else mentors.ids)
        short = np.flatnonzero(minimum > np.minimum(most, there))
        if len(short):
            k = short[text_rank(table.ids[short]).argmin()]
            room = f"may have {most[k]}"
            if most[k] >= there:
                room = f"there {'is' if there == 1 else 'are'} {there} {other}{'s' * (there != 1)}"
            raise InfeasibleError(f"{table.ids[k]!r} needs {minimum[k]} pairs as one of the {side}s but {room}")
        least.append(minimum)
    return capacity, (least[0], least[1])


def _whole(table: Table, name: str, default: int) -> IntArray:
    column = table.get(name)
    if not isinstance(column, Number):
        return np.full(len(table.ids), default, np.int64)
    return np.where(column.missing, default, np.nan_to_num(column.values)).astype(np.int64)


def locked_places(program: Program, mentors: Table, mentees: Table) -> tuple[IntArray, IntArray]:
    """Where the people of locked pairs stand, mentors and mentees; ProgramError where there is nobody of that id."""
    pairs = tuple(dict.fromkeys(pair for limit in program.limits if isinstance(limit, Lock) for pair in limit.pairs))
    found = pair_places(pairs, mentors, mentees)
    for side, table, place, k in (("mentor", mentors, found[0], 0), ("mentee", mentees, found[1], 1)):
        for unknown in np.flatnonzero(place < 0):
            id_ = pairs[unknown][k]
            raise ProgramError(f"Lock: no {side} has the id {id_!r}.{suggestion(id_, map(str, table.ids))}")
    return found


def _check_locks(model: Model) -> None:
    i, j = model.locked
    if not len(i):
        return
    for rule, barred in model.reasons(i, j).items():
        for k in np.flatnonzero(barred):
            raise InfeasibleError(
                f"the lock on ({model.mentors.ids[i[k]]}, {model.mentees.ids[j[k]]}) breaks the rule {rule!r}; "
                "drop the lock or the rule"
            )
    for place, capacity, table in ((i, model.capacity[0], model.mentors), (j, model.capacity[1], model.mentees)):
        count = np.bincount(place, minlength=len(capacity))
        for person in np.flatnonzero(count > capacity):
            both = [f"({model.mentors.ids[i[k]]}, {model.mentees.ids[j[k]]})" for k in np.flatnonzero(place == person)]
            raise InfeasibleError(
                f"the locks on {' and '.join(both)} give {table.ids[person]!r} {len(both)} pairs, over the capacity of "
                f"{capacity[person]}; drop one or raise the capacity"
            )


def open_bounds(model: Model) -> tuple[tuple[IntArray, IntArray], tuple[IntArray, IntArray]]:
    """Capacities and least numbers that the locked pairs leave, mentors then mentees."""
    load = [np.bincount(k, minlength=size) for k, size in zip(model.locked, model.shape, strict=True)]
    most = tuple(c - used for c, used in zip(model.capacity, load, strict=True))
    least = tuple(np.maximum(c - used, 0) for c, used in zip(model.minimum, load, strict=True))
    return (most[0], most[1]), (least[0], least[1])


def canonical_order(ids: np.ndarray, seed: int) -> IntArray:
    """The order in which the engine sees people: by a hash of their id keyed with the seed.

    The order of the rows cannot matter after this, and ties fall by a lottery that anybody can repeat.
    """
    key = seed.to_bytes(8, "little")
    hashes = [
        hashlib.blake2b(str(id_).encode("utf-8", "surrogatepass"), digest_size=8, key=key).digest() for id_ in ids
    ]
    return np.lexsort((text_rank(ids), np.frombuffer(b"".join(hashes), "<u8")))
