"""Several rounds as one model: everybody stands there once for each round, and no pair is made twice.

The elements of a round's program hold for the pairs of that round; a pair across rounds is forbidden.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, TypeAlias

import numpy as np
import pandas as pd

from rmatch._util.quoted import arrow, names_of
from rmatch.columns import IntArray, Number, Table
from rmatch.criteria import criterion_in_track
from rmatch.errors import ProgramError
from rmatch.limits import limit_in_round, not_twice
from rmatch.problem.model import Model, compile_model
from rmatch.program import Program
from rmatch.rows import Couples
from rmatch.rules import MinScore, NoRepeat, Rule, rule_in_track, same_round
from rmatch.schema.rounds import Round

Pairs: TypeAlias = tuple[IntArray, IntArray]
"""Mentors and mentees of pairs, ``(pairs,)`` int64 each."""

_ONE_BY_ONE = "match round by round with the rule `no_repeat`"


class RoundsProgram(Program):
    """The programs of several rounds as one. No file holds it: it is made of those of the rounds."""

    def to_dict(self) -> dict[str, Any]:
        """Return nothing."""
        return {}


def rounds_of(models: Sequence[Model]) -> tuple[Round, ...]:
    """Return the rounds with their people, as these stand in :func:`together`."""
    found, before = list[Round](), (0, 0)
    for number, model in enumerate(models, 1):
        found.append(Round(f"round {number}", own=(model.mentors, model.mentees), before=before))
        before = before[0] + model.shape[0], before[1] + model.shape[1]
    return tuple(found)


def together(models: Sequence[Model]) -> Model:
    """Return the model of several rounds together.

    Args:
        models: The model of each round, all of the same people.

    Raises:
        ProgramError: The programs do not go together; see :func:`refuse_apart`.
        InfeasibleError: A lock breaks a capacity.
    """
    refuse_apart(models)
    rounds, programs = rounds_of(models), [model.program for model in models]
    each = list(zip(programs, rounds, strict=True))
    alike = all(_scores(program) == _scores(programs[0]) for program in programs)  # one bound for all is faster
    couples = Couples(_who(models, 0), _who(models, 1), (models[0].mentors.ids, models[0].mentees.ids))
    families: dict[str, Any] = {
        "criteria": tuple(criterion_in_track(c, own) for program, own in each for c in program.visible),
        "rules": (
            same_round([model.shape for model in models]),
            *(
                rule_in_track(rule, own)
                for program, own in each
                for rule in program.rules
                if not (alike and _is_score(rule))
            ),
            *(rule for rule in programs[0].rules if alike and _is_score(rule)),
        ),
        "limits": (
            *(limit_in_round(limit, own) for program, own in each for limit in program.limits),
            not_twice(couples),
        ),
        "objectives": programs[0].objectives,
    }
    program = RoundsProgram.model_construct(**dict(programs[0]) | families)
    return compile_model(program, _stacked(models, rounds, 0), _stacked(models, rounds, 1))


def refuse_apart(models: Sequence[Model]) -> None:
    """Raise ProgramError where rounds cannot be solved together."""
    programs = [model.program for model in models]
    for program in programs:
        if program.steering:
            raise ProgramError(
                f"several rounds at once cannot score sensitive columns, and {program.steering[0].name!r} does; drop "
                f"this criterion, or {_ONE_BY_ONE}"
            )
        if program.tracks or program.personal is not None:
            what = "[[tracks]]" if program.tracks else "[personal]"
            raise ProgramError(
                f"rounds with rules, limits or people of their own cannot have {what}: leave it out, or {_ONE_BY_ONE}"
            )
    for number, program in enumerate(programs, 1):
        if program.objectives != programs[0].objectives:
            raise ProgramError(
                f"the programs of rounds 1 and {number} have other objectives; the rounds are the best together by one "
                "order of objectives: write the same into each"
            )
    for objective in programs[0].objectives:
        named = any(any(True for _ in side) for side in (*objective.names_people(), *objective.reads()))
        if named or objective.from_history or any(stage.threshold for stage in objective.stages()):
            raise ProgramError(
                f"the objective `{objective.kind()}` does not add up over rounds: what is best for all together need "
                f"not be best for each; drop it, or {_ONE_BY_ONE}"
            )
    first: dict[tuple[str, str], int] = {}
    for number, model in enumerate(models, 1):
        for pair in sorted({pair for limit in model.program.limits for pair in limit.fixed_pairs}):
            if pair in first:
                who = arrow(*pair, names_of(model.mentors, model.mentees))
                raise ProgramError(
                    f"{who} is locked in rounds {first[pair]} and {number}, and no pair is there twice: lock it in one"
                )
            first[pair] = number


def _is_score(rule: Rule) -> bool:
    return isinstance(rule, MinScore)


def _scores(program: Program) -> list[int]:
    return sorted(rule.points for rule in program.rules if isinstance(rule, MinScore))


def _who(models: Sequence[Model], side: int) -> IntArray:
    """Who stands at each place of a side, as a position among the people of the first round."""
    ids = [(model.mentors, model.mentees)[side].ids for model in models]
    who: IntArray = pd.Index(ids[0]).get_indexer(pd.Index(np.concatenate(ids))).astype(np.int64)
    return who


def _stacked(models: Sequence[Model], rounds: Sequence[Round], side: int) -> Table:
    """One side's people of all rounds, by what they are called there."""
    tables = [(model.mentors, model.mentees)[side] for model in models]
    table = tables[0].take(_who(models, side))
    least = [own.get("min_pairs") for own in tables]
    numbers = [own.values for own in least if isinstance(own, Number)]
    columns = dict(table.columns) | ({"min_pairs": Number(np.concatenate(numbers))} if numbers else {})
    return replace(table, ids=np.concatenate([own.ids(side) for own in rounds]), columns=columns)


def placed(plans: Sequence[Pairs], sizes: Sequence[tuple[int, int]]) -> Pairs:
    """Return the pairs of each round as those of all together.

    Args:
        plans: Mentors and mentees of each round's pairs, int64.
        sizes: How many mentors and mentees each round has.
    """
    starts = np.cumsum([(0, 0), *sizes], axis=0)[:-1]
    first, second = (
        np.concatenate([plan[side] + start[side] for plan, start in zip(plans, starts, strict=True)]) for side in (0, 1)
    )
    return first, second


def beside(model: Model, others: Sequence[tuple[str, str]]) -> Model:
    """Return a round in which these pairs of other rounds are not made again."""
    if not others:
        return model
    rule = _barring(others)
    rules = sorted(
        (*model.rules, (rule, rule.allows(model.mentors, model.mentees))), key=lambda own: own[0].of_one_track
    )
    program = model.program.model_copy(update={"rules": tuple(own for own, _ in rules)})
    return replace(model, program=program, rules=tuple(rules))


def without(model: Model, others: Sequence[tuple[str, str]]) -> Model:
    """Return the round that :func:`beside` was given.

    Raises:
        ProgramError: The rules do not end with that on the pairs of the others.
    """
    if not others:
        return model
    if model.program.rules[-1:] != (_barring(others),):
        raise ProgramError("the last rule of a round does not bar the pairs of the other rounds")
    program = model.program.model_copy(update={"rules": model.program.rules[:-1]})
    return replace(model, program=program, rules=model.rules[:-1])


def _barring(others: Sequence[tuple[str, str]]) -> NoRepeat:
    return NoRepeat(pairs=tuple(sorted(others)), filled=True)
