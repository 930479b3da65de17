"""The skills that people name: real ones first, then compounds of them, in families that go together.

Skills lie in two worlds. What juniors teach (digital tools, new media, inclusion) makes up seven tenths,
what seniors teach in return (leadership, money, negotiation) the rest. Within a world the k-th skill is
named in proportion to 1/(k + 2), the heavy head and long tail of skill surveys; what is wanted follows the
same law in another order, so some skills are short and others plentiful.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from rmatch.columns import FloatArray, IntArray, Labels
from rmatch.datasets._draws import Draws, distinct, joined, zipf
from rmatch.datasets._words import ASPECTS, CONTEXTS, FAMILIES, TAUGHT_BY_JUNIORS, Family

WORLDS = ((0, TAUGHT_BY_JUNIORS), (TAUGHT_BY_JUNIORS, len(FAMILIES)))
"""The families, from and up to, of what juniors teach and of what seniors teach."""


@dataclass(frozen=True, eq=False)
class Popularity:
    """How often each skill is named, laid out family by family along one line of integer mass."""

    skills: IntArray
    ends: IntArray
    bounds: IntArray

    @property
    def families(self) -> IntArray:
        """The mass of each family, ``(len(FAMILIES),)``."""
        return np.diff(self.bounds)

    def named(self, uniform: FloatArray, since: IntArray, until: IntArray) -> IntArray:
        """One skill for each draw, from the families ``since`` up to, not including, ``until``."""
        low, high = self.bounds[since], self.bounds[until]
        at = low + (uniform * (high - low)).astype(np.int64)
        return self.skills[np.searchsorted(self.ends, at, side="right")]


@dataclass(frozen=True, eq=False)
class Vocabulary:
    """All skills that can occur: ``labels``, and how often each is offered and wanted."""

    labels: Labels
    offered: Popularity
    wanted: Popularity


@dataclass(frozen=True, eq=False)
class Question:
    """One question of the sign-up form: how many skills people name, from which world, and leaning to what.

    ``leaning`` is a family for each person who answers, that of the job; without it people lean to
    families as these are popular.
    """

    topic: str
    world: tuple[int, int]
    fewest: int
    most: int
    leaning: IntArray | None = None

    def answers(self, draws: Draws, size: int, popularity: Popularity, labels: Labels, levels: float) -> Labels:
        """The cells of ``size`` people, of whom the share ``levels`` rates the skills, ``(size,)`` text."""
        since, until = self.world
        other = next(world for world in WORLDS if world != self.world)
        usual = popularity.families[since:until]
        first, second = since + draws.pick(size, usual), since + draws.pick(size, usual)
        if self.leaning is not None:
            first = np.where(draws.uniform(size) < 0.5, self.leaning, first)

        people = np.repeat(np.arange(size), draws.whole(size, self.fewest, self.most))
        source = draws.pick(len(people), np.array([50, 20, 20, 10]))
        low = np.choose(source, [first[people], second[people], since, other[0]])
        high = np.choose(source, [first[people] + 1, second[people] + 1, until, other[1]])
        rows, skills = distinct(people, popularity.named(draws.uniform(len(people)), low, high), len(labels))

        rated = (draws.uniform(size) < levels)[rows] & (draws.uniform(len(rows)) < 0.85)
        level = np.where(rated, 1 + draws.pick(len(rows), np.array([6, 17, 36, 28, 13])), 0)
        spelt = np.array([word for label in labels for word in (label, *(f"{label}:{k}" for k in range(1, 6)))], object)
        return joined(size, rows, spelt[skills * 6 + level])


@lru_cache(maxsize=4)
def vocabulary(size: int) -> Vocabulary:
    """The ``size`` commonest skills; a smaller vocabulary is a part of every larger one."""
    junior = size * 7 // 10
    worlds = _commonest(WORLDS[0], junior), _commonest(WORLDS[1], size - junior)
    family, place = (np.concatenate(parts) for parts in zip(*worlds, strict=True))
    labels = np.array([_label(FAMILIES[f], int(k)) for f, k in zip(family, place, strict=True)], dtype=object)
    supply = np.array([f.supply for f in FAMILIES])
    demand = np.array([f.demand for f in FAMILIES])
    return Vocabulary(labels, _popularity(family, place, supply), _popularity(family, place, demand))


def _commonest(world: tuple[int, int], size: int) -> tuple[IntArray, IntArray]:
    """Family of each of the ``size`` most offered skills of a world, and its place in that family."""
    families = np.arange(*world)
    supply = np.array([FAMILIES[f].supply for f in families])
    enough = size * int(supply.max()) // int(supply.sum()) + len(families) + 1
    family, place = np.repeat(families, enough), np.tile(np.arange(enough), len(families))
    first = np.lexsort((family, (place + 1) / np.repeat(supply, enough)))[:size]
    return family[first], place[first]


def _popularity(family: IntArray, place: IntArray, weights: IntArray) -> Popularity:
    mass = np.zeros(len(family), np.int64)
    for since, until in WORLDS:
        world = np.flatnonzero((family >= since) & (family < until))
        rank = np.lexsort((family[world], (place[world] + 1) / weights[family[world]]))
        mass[world[rank]] = zipf(len(world), offset=2)
    skills = np.lexsort((place, family))
    ends = np.cumsum(mass[skills])
    bounds = np.append(0, ends)[np.searchsorted(family[skills], np.arange(len(FAMILIES) + 1))]
    return Popularity(skills, ends, bounds)


def _label(family: Family, place: int) -> str:
    """The name of the ``place``-th commonest skill of a family; places are unlike each other by mixed radix."""
    rest, subject = divmod(place, len(family.skills))
    if rest == 0:
        return family.skills[subject]
    context, aspect = divmod(rest - 1, len(ASPECTS))
    return f"{family.skills[subject]} {ASPECTS[aspect]}{CONTEXTS[context]}"
