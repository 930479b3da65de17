"""What each objective of a program maximises, as a worth on the program's people."""

from __future__ import annotations

from dataclasses import dataclass

from rmatch.columns import IntArray
from rmatch.limits import Capacity, Lock
from rmatch.objectives import MostPairs, Objective, Total
from rmatch.problem.compile import worth_of
from rmatch.problem.model import Model
from rmatch.program import Program
from rmatch.valuation import NOTHING, Worth


@dataclass(frozen=True, eq=False)
class Aim:
    """One thing to maximise: an objective that is settled in one stage, and its worth."""

    objective: Objective
    worth: Worth

    @property
    def name(self) -> str:
        """What results and certificates call it."""
        return self.objective.name

    @property
    def unit(self) -> int:
        """The points in one of its units: a whole score's, or 1 where it counts."""
        return self.objective.unit

    @property
    def sign(self) -> int:
        """-1 where people speak of what is to be small, such as pairs below a threshold."""
        return self.objective.sign

    def of_all(self, model: Model, i: IntArray, j: IntArray) -> int:
        """The value of a whole plan, locked pairs among the others."""
        return self.objective.value(model.people, i, j, model.points(i, j))


def staged(program: Program) -> bool:
    """Whether a program has more objectives than most pairs and total, or limits beyond what each person may have."""
    plain = [type(objective) for objective in program.objectives] in ([MostPairs, Total], [Total])
    return not plain or any(not isinstance(limit, Capacity | Lock) for limit in program.limits)


def aims(model: Model) -> list[Aim]:
    """Return what the objectives maximise, in order; one that is settled in several stages is several."""
    stages = (stage for objective in model.program.objectives for stage in objective.stages())
    return [Aim(stage, NOTHING if stage.threshold else worth_of(model, stage)) for stage in stages]
