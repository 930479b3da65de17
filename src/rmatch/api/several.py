"""Several rounds that share no pair, and the lottery in which each of them has the same chance."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pandas as pd

from rmatch._util.files import csv_bytes, write_whole
from rmatch._util.quoted import called, names_of
from rmatch.analysis.values import in_total
from rmatch.columns import Table
from rmatch.errors import RmatchError, Status
from rmatch.matching import Matching
from rmatch.output.check import check
from rmatch.problem.model import Model
from rmatch.problem.rounds import placed, together, without
from rmatch.program import Program
from rmatch.proof.problem import Problem, problem_of
from rmatch.proof.verify import Verification
from rmatch.result import NEEDS_PEOPLE
from rmatch.rows import UNBOUNDED
from rmatch.rules import Away
from rmatch.schema.binding import Binding

_SHOWN = 3


@dataclass(frozen=True, eq=False)
class Several:
    """The people of several rounds together.

    Args:
        binding: As the roster has it.
        both: Mentors and mentees.
        apart: The withheld columns.
        accounts: The input lines of the roster.
    """

    binding: Binding
    both: tuple[Table, Table]
    apart: tuple[Table, Table]
    accounts: pd.DataFrame

    def tables(self) -> tuple[Table, Table]:
        """Return the mentors and the mentees."""
        return self.both

    def withheld(self) -> tuple[Table, Table]:
        """Return the withheld columns."""
        return self.apart


@dataclass(frozen=True, eq=False)
class Rounds:
    """Plans that share no pair, the best ones together.

    Args:
        joint: The pairs of all rounds together as one plan, with its proof; everybody has as many times their places.
        rounds: The plan of each round.
        apart: Whether rounds may differ in rules, limits and people: in the joint plan everybody then stands once for
            each round.
    """

    joint: Matching
    rounds: tuple[Matching, ...]
    apart: bool = False

    def __len__(self) -> int:
        return len(self.rounds)

    def __iter__(self) -> Iterator[Matching]:
        return iter(self.rounds)

    def __getitem__(self, number: int) -> Matching:
        return self.rounds[number]

    @property
    def total(self) -> float:
        """Sum of all scores of all rounds."""
        return self.joint.total

    @property
    def bound(self) -> float:
        """Upper bound of the total of as many rounds that share no pair and are as good in the earlier objectives."""
        return self.joint.bound

    @property
    def gap(self) -> float:
        """Bound less total."""
        return self.joint.gap

    @property
    def status(self) -> Status:
        """``OPTIMAL`` where it is proved that no rounds are better together."""
        return self.joint.status

    @cached_property
    def pairs(self) -> pd.DataFrame:
        """The pairs of every round, as :attr:`Matching.pairs` has them, with a first column ``round`` from 1."""
        tables = [plan.pairs.assign(round=number) for number, plan in enumerate(self.rounds, 1)]
        frame = pd.concat(tables, ignore_index=True)
        return frame[["round", *(name for name in frame.columns if name != "round")]]

    @property
    def chances(self) -> pd.DataFrame:
        """The chance of each pair in :meth:`draw`: ``mentor_id, mentee_id, round, chance``; no other pair has one."""
        return self.pairs[["mentor_id", "mentee_id", "round"]].assign(chance=1 / len(self))

    @cached_property
    def alone(self) -> tuple[Matching, ...]:
        """The best plan of each round alone. They are found when they are asked for."""
        if any(plan.roster is None or plan.solve is None for plan in self.rounds):
            raise RmatchError(NEEDS_PEOPLE)
        if not self.apart:
            return (self.rounds[0].solve_again(rules=self.joint.program.rules),) * len(self)
        rules = [model.program.rules for model in models_of(self.rounds)]
        return tuple(plan.solve_again(rules=own) for plan, own in zip(self.rounds, rules, strict=True))

    @property
    def best(self) -> Matching:
        """The best plan of the first round alone; where no round has rules, limits or people of its own, of any."""
        return self.alone[0]

    @property
    def price(self) -> float:
        """Share of the total of the best plans of single rounds that a drawn round lacks on average; 0.02 is 2 %."""
        most = sum(plan.total for plan in self.alone)
        return 1 - self.total / most if most else 0.0

    def draw(self, seed: int) -> Matching:
        """Return one of the rounds, each with the same chance, so that no pair has a chance above ``1 / rounds``.

        Args:
            seed: Seed of the draw. The chances hold for a seed that is chosen before the rounds are known.

        Raises:
            RmatchError: ``seed`` is not a whole number.
        """
        return self.rounds[self.drawn(seed) - 1]

    def drawn(self, seed: int) -> int:
        """Return the number, from 1, of the round that :meth:`draw` returns."""
        if not isinstance(seed, int) or isinstance(seed, bool):
            raise RmatchError(f"the seed of a draw is a whole number, not {seed!r}")
        return Random(seed).randrange(len(self)) + 1

    def lottery(self, seed: int) -> dict[str, object]:
        """Return what the log of runs tells of a draw: seed, rounds, the round drawn, chance and price."""
        return {
            "seed": seed,
            "rounds": len(self),
            "drawn": self.drawn(seed),
            "chance": f"1/{len(self)}",
            "pairs_with_a_chance": len(self.joint.points),
            "price": round(self.price, 6),
            "proved": all(each is Status.OPTIMAL for each in (self.status, *(plan.status for plan in self.alone))),
        }

    def summary(self) -> str:
        """Return a few lines: how many pairs each round has, the total, and what is proved."""
        head = f"{len(self)} rounds, {len(self.joint.points):,} pairs together, no pair twice."
        return "\n".join([head, self._proof(), *self._each()])

    def _proof(self) -> str:
        if self.status is Status.OPTIMAL:
            return (
                f"These are the best {len(self)} rounds together without a repeated pair, objective by objective "
                f"({in_total(self.total)}). Proved over all {self._possible:,} possible pairs."
            )
        return (
            f"Valid rounds, not proved best: {in_total(self.total)}. Rounds as good in the earlier objectives have "
            f"at most {self.bound:.6f}."
        )

    @property
    def _possible(self) -> int:
        if not self.apart:
            return int(np.prod(self.joint.model.shape))
        return sum(int(np.prod(plan.model.shape)) for plan in self.rounds)

    def _each(self) -> Iterator[str]:
        sizes = [len(plan.points) for plan in self.rounds]
        away = [away_in(plan.program) for plan in self]
        for number, (size, plan, gone) in enumerate(zip(sizes, self.rounds, away, strict=True), 1):
            absent = f" {len(gone):,} {'person is' if len(gone) == 1 else 'people are'} away." if gone else ""
            yield f"Round {number}: {size:,} pair{'s' * (size != 1)}, {in_total(plan.total)}.{absent}"
        never = sorted(set.intersection(*away))
        if never:
            named = names_of(self.rounds[0].model.mentors, self.rounds[0].model.mentees)
            some = ", ".join(called(id_, named) for id_ in never[:_SHOWN])
            yield f"Away in all rounds: {some}{f' and {len(never) - _SHOWN:,} more' if len(never) > _SHOWN else ''}."
        if 0 in sizes and not self.apart:
            pairs, empty = sum(sizes), sizes.count(0)
            none = "1 round has no pair" if empty == 1 else f"{empty:,} rounds have no pairs"
            yield f"{none}: there are {pairs:,} together, fewer than rounds. Ask for {max(pairs, 1):,} at most."

    def price_in_words(self) -> str:
        """Return what a draw costs against the best plan of one round, as a sentence."""
        total, k = sum(plan.total for plan in self.alone), len(self)
        more = sum(len(plan.points) for plan in self.alone) / k - len(self.joint.points) / k
        pairs = f" It has {more:g} pairs more." if more else ""
        proved = all(plan.status is Status.OPTIMAL for plan in self.alone)
        best = "The best plan of one round" if proved else "The best single plan that was found"
        average = " on average" if self.apart else ""
        return (
            f"{best} has {in_total(total / k)}{average}, a drawn round {self.total / k:.6f} on average: the draw "
            f"costs {self.price:.1%}.{pairs}"
        )

    def verify(self) -> Verification:
        """Check every round and the proof of all together from the people and the program alone.

        It checks each round's rules, limits, scores and bound; that no pair is there twice; that the rounds are the
        pairs of the joint plan; that the joint plan's people and limits allow whatever the rounds may have; and its
        proof.
        """
        first = self._joint_verified() if self.apart else self.joint.verify()
        problems, checked = list(first.problems), [*first.checked, "rounds"]
        for number, plan in enumerate(self.rounds, 1):
            problems += [f"round {number}: {problem}" for problem in plan.verify().problems]
        made = [pair for plan in self.rounds for pair in plan.pair_ids]
        if len(set(made)) < len(made):
            problems.append("a pair is in two rounds")
        if self.apart:
            sizes = [plan.model.shape for plan in self.rounds]
            pairs = placed([plan.chosen for plan in self.rounds], sizes)
            keys = pairs[0] * np.int64(self.joint.model.shape[1]) + pairs[1]
        else:
            keys = np.concatenate([plan.keys for plan in self.rounds])
        if not np.array_equal(np.sort(keys), np.sort(self.joint.keys)):
            problems.append("the rounds are not the pairs that the proof is about")
        if not self.apart:
            problems += self._together_allowed()
        return Verification(tuple(problems), tuple(checked), with_people=True)

    def _joint_verified(self) -> Verification:
        """The joint plan held against the rounds' own programs and people, each without the pairs of the others."""
        try:
            model, record = together(models_of(self.rounds)), self.joint.record
        except RmatchError as error:
            return Verification((str(error),), (), with_people=True)
        return replace(self.joint, model=model).verify() if record is None else check(record, model)

    def _together_allowed(self) -> Iterator[str]:
        """Yield where the joint plan is about other plans than those of the rounds."""
        if not all(_alike(self.joint, plan, len(self)) for plan in self.rounds):
            yield "the joint plan has another program than the rounds"
        joint, single = (
            problem_of(plan.program, plan.model.mentors, plan.model.mentees) for plan in (self.joint, self.rounds[0])
        )
        yield from _narrower(joint, single, len(self))

    def to_csv(self, path: str | Path) -> None:
        """Write the pairs of every round as CSV that Excel opens."""
        write_whole(Path(path), csv_bytes(self.pairs))

    def __repr__(self) -> str:
        return f"Rounds({len(self)} rounds, {len(self.joint.points)} pairs, total {self.total:.4f}, {self.status.name})"


def away_in(program: Program) -> set[str]:
    """Return the ids of the people who are away by a program that is resolved."""
    return {id_ for rule in program.rules if isinstance(rule, Away) for id_ in rule.people}


def models_of(rounds: Sequence[Matching]) -> tuple[Model, ...]:
    """Return the models of rounds without the rule that the pairs of the others are not made again.

    Raises:
        ProgramError: One has no such rule.
    """
    ids = [plan.pair_ids for plan in rounds]
    return tuple(
        without(plan.model, [pair for k, some in enumerate(ids) if k != number for pair in some])
        for number, plan in enumerate(rounds)
    )


def _alike(joint: Matching, plan: Matching, k: int) -> bool:
    """Whether a round has the program of the joint plan, with limits for one round, and rules beside its own."""
    own, other = joint.program, plan.program
    limits = tuple(limit.for_rounds(k) for limit in other.limits)
    apart: dict[str, Any] = {"rules": (), "limits": ()}
    same = own.limits == limits and all(rule in other.rules for rule in own.rules)
    same = same and own.model_copy(update=apart) == other.model_copy(update=apart)
    return same and joint.model.names == plan.model.names


def _narrower(joint: Problem, single: Problem, k: int) -> Iterator[str]:
    """Yield where the joint problem forbids what ``k`` rounds may have, so that its bound would say nothing of them."""
    for side, others in ((0, joint.shape[1]), (1, joint.shape[0])):
        most = np.minimum(k * single.capacity[side], others)
        if (joint.capacity[side] < most).any() or (joint.minimum[side] > k * single.minimum[side]).any():
            yield "the joint plan gives somebody fewer places than the rounds do"
    if [row.name for row in joint.rows] != [row.name for row in single.rows]:
        yield "the joint plan has other limits than the rounds"
        return
    possible = int(np.prod(joint.shape))
    for own, row in zip(joint.rows, single.rows, strict=True):
        (least, most), (few, many) = own.bounds(joint.shape), row.bounds(single.shape)
        low = np.where(few == -UNBOUNDED, few, k * np.maximum(few, -possible))
        high = np.where(many == UNBOUNDED, possible, k * np.minimum(many, possible))
        if (least > low).any() or (most < np.minimum(high, possible)).any():
            yield f"{row.name}: the joint plan allows less than the rounds"
