"""What each objective of a program maximises, as a worth on the program's people."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from rmatch.columns import IntArray
from rmatch.factors import SCALE
from rmatch.limits import Capacity, Lock
from rmatch.model import Model, pair_places
from rmatch.objectives import Bands, LeastLoad, MostPairs, Objective, Priority, Stability, Total, WorstPair
from rmatch.program import Program
from rmatch.worth import PAIR, Gain, Worth


@dataclass(frozen=True, eq=False)
class Aim:
    """One thing to maximise. ``unit`` is the points in one of its units: a whole score's, or 1 where it counts.

    ``sign`` is -1 where people speak of what is to be small, such as pairs below a threshold.
    """

    name: str
    objective: Objective
    worth: Worth
    unit: int = 1
    sign: int = 1

    def of_all(self, model: Model, i: IntArray, j: IntArray) -> int:
        """The value of a whole plan, locked pairs among the others."""
        points = model.points(i, j)
        if isinstance(self.objective, WorstPair):
            return int(points.min(initial=SCALE))
        gains = [None if gain is None else replace(gain, before=0 * gain.before) for gain in self.worth.gains]
        return replace(self.worth, gains=(gains[0], gains[1])).of_plan(i, j, points, model.shape)


def staged(program: Program) -> bool:
    """Whether a program has more objectives than most pairs and total, or limits beyond what each person may have."""
    plain = [type(objective) for objective in program.objectives] in ([MostPairs, Total], [Total])
    return not plain or any(not isinstance(limit, Capacity | Lock) for limit in program.limits)


def aims(model: Model) -> list[Aim]:
    """Return what the objectives maximise, in order; one that has several thresholds is several."""
    found: list[Aim] = []
    for objective in model.program.objectives:
        if isinstance(objective, MostPairs):
            found.append(Aim(objective.name, objective, PAIR))
        elif isinstance(objective, WorstPair):
            found.append(Aim(objective.name, objective, PAIR, SCALE))
        elif isinstance(objective, Bands):
            for threshold in objective.thresholds:
                worth = Worth(each=-1, times=0, steps=((math.ceil(threshold * SCALE), 1),))
                found.append(Aim(f"{objective.name}_{threshold:g}", objective, worth, sign=-1))
        elif isinstance(objective, LeastLoad):
            found.append(Aim(objective.name, objective, Worth(times=0, gains=(_evenly(model), None)), sign=-1))
        elif isinstance(objective, Priority):
            found.append(Aim(objective.name, objective, Worth(times=0, gains=_first(model, objective))))
        elif isinstance(objective, Stability):
            found.append(Aim(objective.name, objective, _kept(model, objective.pairs)))
        else:
            assert isinstance(objective, Total)
            found.append(Aim(objective.name, objective, Worth(each=-model.floor), SCALE))
    return found


def _before(model: Model, side: int) -> IntArray:
    return np.bincount(model.locked[side], minlength=model.shape[side]).astype(np.int64)


def _evenly(model: Model) -> Gain:
    """``-Σ load²`` over the mentors: each further pair of one costs more than the last."""
    nothing = np.zeros(model.shape[0], np.int64)
    return Gain(nothing, nothing, _before(model, 0), square=1)


def _first(model: Model, objective: Priority) -> tuple[Gain, Gain]:
    """What it is worth that somebody has a pair at all."""
    gains = [
        Gain(worth, np.ones(len(worth), np.int64), _before(model, side))
        for side, worth in enumerate(objective.urgency(model.mentors, model.mentees))
    ]
    return gains[0], gains[1]


def _kept(model: Model, pairs: tuple[tuple[str, str], ...]) -> Worth:
    """1 for each listed pair whose people are both here."""
    i, j = pair_places(pairs, model.mentors, model.mentees)
    both = (i >= 0) & (j >= 0)
    keys = np.unique(i[both] * np.int64(model.shape[1]) + j[both])
    return Worth(times=0, listed=(keys, np.ones(len(keys), np.int64)))
