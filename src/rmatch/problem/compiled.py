"""Compiled objectives: the stages of a program's objectives, each with its valuation."""

from __future__ import annotations

from dataclasses import dataclass

from rmatch.objectives import MostPairs, Objective, Total
from rmatch.problem.model import Model
from rmatch.problem.valuations import valuation_of
from rmatch.program import Program
from rmatch.valuation import NOTHING, Valuation


@dataclass(frozen=True, eq=False)
class CompiledObjective:
    """An objective that is settled in one stage, with its valuation of the pairs that locks leave open."""

    objective: Objective
    valuation: Valuation

    @property
    def name(self) -> str:
        """Name in results and certificates."""
        return self.objective.name

    @property
    def unit(self) -> int:
        """Points in one unit: 2²⁰ for scores, 1 for counts."""
        return self.objective.unit


def staged(program: Program) -> bool:
    """Return whether a program needs the lexicographic solve.

    It does if it has objectives beyond most pairs and total, or limits beyond capacities and locks.
    """
    plain = [type(objective) for objective in program.objectives] in ([MostPairs, Total], [Total])
    return not plain or not all(limit.plain for limit in program.limits)


def compile_objectives(model: Model) -> list[CompiledObjective]:
    """Return the stages of a model's objectives in order, each with its valuation."""
    stages = (stage for objective in model.program.objectives for stage in objective.stages())
    return [CompiledObjective(stage, NOTHING if stage.threshold else valuation_of(model, stage)) for stage in stages]
