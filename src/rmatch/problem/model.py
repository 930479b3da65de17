"""Compiled models: factors on the integer grid, predicates, capacities and locks of a program on its people."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from functools import cached_property, partial
from typing import Any, cast

import numpy as np

from rmatch._util.arrays import among
from rmatch._util.quoted import called, names_of
from rmatch.columns import BoolArray, IntArray, Number, Table, persons, text_rank
from rmatch.criteria import Criterion
from rmatch.element import asked
from rmatch.errors import InfeasibleError, ProgramError, suggestion
from rmatch.factors import SCALE, Sparse, beside, dot, on_grid
from rmatch.limits import places
from rmatch.objectives import Total
from rmatch.problem.bounds import Turned
from rmatch.problem.scored import Points, scored_by, shares_by_kind, shares_of, weighed
from rmatch.program import Program
from rmatch.rows import People, pair_places
from rmatch.rules import MinScore, Predicate, Rule
from rmatch.rules.checked import predicate_of
from rmatch.rules.eligibility import Eligibility, PointTile


@dataclass(frozen=True, eq=False)
class Model:
    """A program compiled for people in canonical order.

    The score of a pair in points is ``u[i] · v[j]`` plus the points of the tiles.

    Args:
        program: The resolved program.
        criteria: The criteria that are scored.
        mentors, mentees: Tables in canonical order.
        names: Distinct name of each criterion.
        u, v: Integer factors of all criteria side by side, mentors' and mentees'.
        owner: Criterion to which each column of the factors belongs, ``(columns,)`` int64.
        tiles: Criteria that have no factors.
        penalty: Factors of the rules' penalties, or None.
        rules: The rules with their predicates.
        capacity: Most pairs of each mentor and of each mentee, int64.
        minimum: Fewest pairs of each mentor and of each mentee, int64.
        locked: Mentors and mentees of the locked pairs, int64.
    """

    program: Program
    criteria: Sequence[Criterion]
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

    def __getstate__(self) -> dict[str, Any]:  # a predicate from outside may be a function that does not pickle
        return {field.name: getattr(self, field.name) for field in fields(self)} | {"rules": [r for r, _ in self.rules]}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self.__dict__.update(rules=self.asking(state["rules"]))

    def asking(self, rules: Sequence[Rule]) -> tuple[tuple[Rule, Predicate], ...]:
        """Return rules with their predicates; those about what a pair scores in a track know the track's points."""
        found = []
        for rule in rules:
            own = np.array([criterion.track in (None, rule.track) for criterion in self.criteria])
            tiles = tuple(tile for tile in self.tiles if own[tile.criterion])
            points = Points(self.u, self.v, own[self.owner].astype(np.int64), tiles)
            whole = int(shares_of(self.criteria)[own].sum())
            scored = rule.scored(points, whole, self.mentors, self.mentees)
            found.append((rule, scored or predicate_of(rule, self.mentors, self.mentees)))
        return tuple(found)

    @property
    def shape(self) -> tuple[int, int]:
        """Number of mentors and mentees."""
        return len(self.mentors.ids), len(self.mentees.ids)

    @cached_property
    def people(self) -> People:
        """Both sides, from which limits and objectives derive rows and values."""
        return People(self.mentors, self.mentees, self.eligible, self.most_pairs)

    @cached_property
    def most_pairs(self) -> bool:
        """Whether the number of pairs is settled before their total."""
        return any(objective.counts_pairs for objective in self.program.objectives)

    @cached_property
    def floor(self) -> int:
        """Points that are subtracted for each pair in the total; 0 where the number of pairs is settled first."""
        total = cast(Total, next(each for each in self.program.objectives if each.is_total))
        return 0 if self.most_pairs else round(total.floor * SCALE)

    @cached_property
    def least_points(self) -> int:
        """The least score that the rules admit, in points."""
        return max((rule.points for rule, _ in self.rules if isinstance(rule, MinScore)), default=0)

    @cached_property
    def locked_keys(self) -> IntArray:
        """``i · mentees + j`` of every locked pair, ascending."""
        return np.sort(self.locked[0] * np.int64(self.shape[1]) + self.locked[1])

    def is_locked(self, i: IntArray, j: IntArray) -> BoolArray:
        """Return which of the listed pairs are locked, ``(pairs,)`` bool."""
        return among(i * np.int64(self.shape[1]) + j, self.locked_keys)

    def named(self, i: IntArray, j: IntArray) -> list[tuple[str, str]]:
        """Return the listed pairs by their ids, ``(mentor_id, mentee_id)``."""
        return list(zip(map(str, self.mentors.ids[i]), map(str, self.mentees.ids[j]), strict=True))

    @property
    def turned(self) -> Turned | None:
        """Who stands on the other side of the network, where a rule says it."""
        found = (rule.sides(self.mentors, self.mentees) for rule, _ in self.rules)
        return next((Turned(*sides) for sides in found if sides is not None), None)

    @cached_property
    def _persons(self) -> tuple[IntArray, IntArray]:
        """A number for each mentor and mentee, the same where the two are, or may be, one person."""
        return persons(self.mentors, self.mentees)

    def different(self, i: IntArray, j: IntArray) -> BoolArray:
        """Return whether the people of each listed pair are different people, ``(pairs,)`` bool."""
        different: BoolArray = self._persons[0][i] != self._persons[1][j]
        return different

    def parts(self, i: IntArray, j: IntArray) -> IntArray:
        """Return each criterion's points for listed pairs, ``(criteria, pairs)`` int64; 0 where a tile forbids a
        pair.
        """
        points = dot(self.u, self.v, i, j, self.owner, len(self.names))
        for tile in self.tiles:
            points[tile.criterion] += np.nan_to_num(tile.at(i, j))
        return np.rint(points).astype(np.int64)

    def points(self, i: IntArray, j: IntArray) -> IntArray:
        """Return the score of listed pairs in points, ``(pairs,)`` int64."""
        points = dot(self.u, self.v, i, j)[0]
        for tile in self.tiles:
            points += np.nan_to_num(tile.at(i, j))
        whole: IntArray = np.rint(points).astype(np.int64)
        return whole

    def reasons(self, i: IntArray, j: IntArray) -> dict[str, BoolArray]:
        """Return which of the listed pairs each rule forbids.

        Returns:
            ``(pairs,)`` bool by rule name; ``same person`` comes first, confidential rules are ``not available``.
        """
        found = {"same person": ~self.different(i, j)}
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
        """The predicate that scans evaluate for each pair that they find."""
        predicates = tuple(allows for rule, allows in self.rules if not isinstance(rule, MinScore))
        return Eligibility(self.shape[1], self._persons, predicates, self.tiles, self.least_points, self.locked_keys)

    def eligible(self, i: IntArray, j: IntArray) -> BoolArray:
        """Return whether each listed pair is eligible, ``(pairs,)`` bool."""
        points = self.points(i, j) if self.least_points else np.zeros(len(i), np.int64)
        return self.eligibility.allowed(i, j, points)


def compile_model(
    program: Program,
    mentors: Table,
    mentees: Table,
    criteria: Sequence[Criterion] | None = None,
    sides: Sequence[tuple[Table, Table]] | None = None,
) -> Model:
    """Compile a resolved program for people in canonical order.

    Args:
        program: The resolved program.
        mentors, mentees: Tables in canonical order.
        criteria: The criteria to score; the program's visible ones if None.
        sides: Tables that each criterion reads, where they are not ``mentors`` and ``mentees``.

    Raises:
        ProgramError: A criterion is off the integer grid, or a lock names an unknown person.
        InfeasibleError: A lock breaks a rule, a capacity or another lock.
    """
    criteria = program.visible if criteria is None else criteria
    names = _distinct([criterion.name for criterion in criteria])
    shares, kind = shares_by_kind(program.personal, criteria, names, mentees)
    factors, owner, tiles = [], [], []
    sides = [(mentors, mentees)] * len(criteria) if sides is None else sides
    for k, (criterion, points, side) in enumerate(zip(criteria, shares, sides, strict=True)):
        made, tile = scored_by(criterion, *side, program.personal)
        if tile is not None:
            tiles.append(PointTile(k, int(points[0]), tile))
            continue
        assert made is not None
        if made.shape != (len(mentors.ids), len(mentees.ids)):
            raise ProgramError(f"{criterion.name}: its factors are {made.shape}, not mentors × mentees")
        try:
            factors.append(weighed(made, points, kind))
        except ProgramError as error:
            raise ProgramError(f"{criterion.name}: {error}") from None
        owner += [k] * factors[-1][0].width
    penalties = [
        p
        for rule in program.rules
        if (p := asked(rule.called, "penalty", partial(rule.penalty, mentors, mentees))) is not None
    ]
    model = Model(
        program,
        criteria,
        mentors,
        mentees,
        names,
        *_join(factors, mentors, mentees),
        np.array(owner or [0], np.int64),
        tuple(tiles),
        _join([on_grid(p, SCALE) for p in penalties], mentors, mentees) if penalties else None,
        (),
        *bounds_of(program, mentors, mentees),
        locked_places(program, mentors, mentees),
    )
    model = replace(model, rules=model.asking(program.rules))
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
    """Return each person's capacity and least number of pairs.

    Args:
        program: The resolved program.
        mentors, mentees: Tables.

    Returns:
        ``(capacity, minimum)``, each an int64 array of mentors and one of mentees.

    Raises:
        InfeasibleError: Some person needs more pairs than they may have.
    """
    capacity = places(program.limits, mentors, mentees, joiners=1)  # a later joiner may use what capacity there is
    least = []
    for table, side, most, other in (
        (mentors, "mentor", capacity[0], "mentee"),
        (mentees, "mentee", capacity[1], "mentor"),
    ):
        minimum, there = _whole(table, "min_pairs", 0), len(mentees.ids if side == "mentor" else mentors.ids)
        short = np.flatnonzero(minimum > np.minimum(most, there))
        if len(short):
            k = short[text_rank(table.ids[short]).argmin()]
            allowed = f"may have {most[k]}"
            if most[k] >= there:
                allowed = f"there {'is' if there == 1 else 'are'} {there} {other}{'s' * (there != 1)}"
            who = called(table.ids[k], names_of(mentors, mentees))
            raise InfeasibleError(f"{who} needs {minimum[k]} pairs as one of the {side}s but {allowed}")
        least.append(minimum)
    return capacity, (least[0], least[1])


def _whole(table: Table, name: str, default: int) -> IntArray:
    column = table.get(name)
    if not isinstance(column, Number):
        return np.full(len(table.ids), default, np.int64)
    return np.where(column.missing, default, np.nan_to_num(column.values)).astype(np.int64)


def locked_places(program: Program, mentors: Table, mentees: Table) -> tuple[IntArray, IntArray]:
    """Return the positions of the people of locked pairs, mentors and mentees, int64.

    Raises:
        ProgramError: A lock names an unknown id.
    """
    pairs = tuple(dict.fromkeys(pair for limit in program.limits for pair in limit.fixed_pairs))
    found = pair_places(pairs, mentors, mentees)
    for side, table, place, k in (("mentor", mentors, found[0], 0), ("mentee", mentees, found[1], 1)):
        for unknown in np.flatnonzero(place < 0):
            id_ = pairs[unknown][k]
            near = suggestion(id_, map(str, table.ids))
            raise ProgramError(f"no {side} has the id {id_!r}, which a locked or kept pair names.{near}")
    return found


def _check_locks(model: Model) -> None:
    i, j = model.locked
    if not len(i):
        return
    for rule, barred in model.reasons(i, j).items():
        for k in np.flatnonzero(barred):
            raise InfeasibleError(
                f"the lock on {model.people.pair(i[k], j[k])} breaks the rule {rule!r}; drop the lock or the rule"
            )
    for side, (place, capacity) in enumerate(zip((i, j), model.capacity, strict=True)):
        count = np.bincount(place, minlength=len(capacity))
        for person in np.flatnonzero(count > capacity):
            both = [model.people.pair(i[k], j[k]) for k in np.flatnonzero(place == person)]
            who = model.people.called(side, int(person))
            raise InfeasibleError(
                f"the locks on {' and '.join(both)} give {who} {len(both)} pairs, over the capacity of "
                f"{capacity[person]}; drop one or raise the capacity"
            )


def open_bounds(model: Model) -> tuple[tuple[IntArray, IntArray], tuple[IntArray, IntArray]]:
    """Return the capacities and least numbers of pairs that the locked pairs leave, mentors' and mentees', int64."""
    load = [np.bincount(k, minlength=size) for k, size in zip(model.locked, model.shape, strict=True)]
    most = tuple(c - used for c, used in zip(model.capacity, load, strict=True))
    least = tuple(np.maximum(c - used, 0) for c, used in zip(model.minimum, load, strict=True))
    return (most[0], most[1]), (least[0], least[1])
