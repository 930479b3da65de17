"""The program in words, and what the plan reaches of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from rmatch._util.typed import typed
from rmatch.analysis.claims import of_stage
from rmatch.analysis.costs import stages
from rmatch.analysis.tables import stages_table
from rmatch.analysis.unmatched import reached
from rmatch.analysis.values import figure
from rmatch.output.report.people import shortened
from rmatch.output.report.section import Section, View
from rmatch.problem.compiled import staged
from rmatch.program import share_of, told
from rmatch.result import Result

_FEW = 250_000  # pairs of people for whom it is worth solving again what an objective cost


@dataclass(frozen=True)
class Rulebook:
    """The program in words: weights with what they reward, then what binds, what comes first, and what was left out."""

    criteria: tuple[tuple[float, str], ...]
    personal: str
    rules: tuple[str, ...]
    limits: tuple[str, ...]
    objectives: tuple[str, ...]
    reached: tuple[tuple[str, str, str], ...]
    """Each objective by name, its value, and if another plan could do better; where there are more than the usual."""
    left_out: tuple[str, ...]

    @property
    def heaviest(self) -> float:
        """The share of the criterion with the largest weight."""
        return max(share for share, _ in self.criteria)


class Program(Section[Rulebook]):
    """The program in words. A confidential rule is passed over in silence."""

    title = "The program"
    views = (View.OWNER, View.DIRECTOR)
    place = 70

    def data(self, result: Result, view: View) -> Rulebook | None:
        """Return the program in words."""
        program = result.program
        criteria, tracks = program.criteria, program.tracks
        kept = (rule for rule in program.rules if not rule.confidential)
        people = result.model.mentors, result.model.mentees
        notes = result.notes if view is View.OWNER else result.left_out
        return Rulebook(
            criteria=tuple((share_of(c, criteria), shortened(told(c, tracks))) for c in criteria),
            personal="" if program.personal is None else shortened(program.personal.in_words()),
            rules=tuple(dict.fromkeys(shortened(rule.kept(*people)) for rule in kept)),
            limits=tuple(_limits(result)),
            objectives=tuple(shortened(objective.in_words()) for objective in program.objectives),
            reached=tuple(_reached(result)) if staged(program) else (),
            left_out=tuple(shortened(typed(note).partition(": ")[2]) for note in notes),
        )


def _limits(result: Result) -> Iterator[str]:
    """Each limit in words, with what the plan makes of it."""
    figures = reached(result.model, *result.chosen)
    for limit in result.program.limits:
        said = limit.in_words()
        yield shortened(f"{said}: {figures[said]}" if said in figures else said)


def _reached(result: Result) -> Iterator[tuple[str, str, str]]:
    """Each objective in order: what it is called, its value, and whether a plan could do better."""
    few = int(np.prod(result.model.shape)) <= _FEW
    table = stages(result) if few else stages_table(result).assign(cost="")
    columns = (table[name].tolist() for name in ("objective", "value", "bound", "cost"))
    for name, value, bound, cost in zip(*columns, strict=True):
        then = f"; what it cost the next: {cost}" if cost else ""
        known = of_stage(result.certificate, name, None if value == bound else figure(bound))
        yield name.replace("_", " "), figure(value), f"{known}{then}"
