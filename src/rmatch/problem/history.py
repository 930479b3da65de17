"""History of earlier rounds: who was paired, and who had no partner in the last round.

:class:`~rmatch.rules.NoRepeat` forbids earlier pairs, :class:`~rmatch.objectives.Priority` prefers people who had no
partner, and :class:`~rmatch.objectives.Stability` keeps pairs of the last round together. A history fills in their
lists, so that the resolved program is complete by itself.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, Protocol, TypeAlias, Union, runtime_checkable

from rmatch.columns import Table
from rmatch.element import Spec
from rmatch.errors import ProgramError, suggestion
from rmatch.objectives import Priority, Stability
from rmatch.program import Program
from rmatch.roster.frames import Frame
from rmatch.roster.rounds import Pairs, Round, read_rounds
from rmatch.rules import NoRepeat

_MOST_NAMED = 5


class Waiting(Protocol):
    """A person without a partner, in a role."""

    @property
    def employee_id(self) -> str: ...  # noqa: D102

    @property
    def role(self) -> str: ...  # noqa: D102


@runtime_checkable
class Plan(Protocol):
    """The part of an earlier plan that a history needs: its pairs, and the people without a partner."""

    @property
    def pair_ids(self) -> Sequence[tuple[str, str]]: ...  # noqa: D102

    @property
    def waiting(self) -> Sequence[Waiting]: ...  # noqa: D102


Past: TypeAlias = Union["History", Plan, Sequence[Plan], Frame, str, "os.PathLike[str]"]
"""Types from which a history can be made."""


@dataclass(frozen=True)
class History:
    """Earlier rounds, the oldest first; :meth:`of` makes one from plans, a table or a CSV file."""

    rounds: tuple[Round, ...] = ()
    """Each round's ``pairs``, and the ``mentors`` and ``mentees`` without a partner in it."""
    unknown: Literal["raise", "ignore"] = "raise"
    """What to do about people who are no longer in the export."""

    def __post_init__(self) -> None:
        if self.unknown not in ("raise", "ignore"):
            raise ProgramError(f"History: `unknown` is 'raise' or 'ignore', not {self.unknown!r}")

    @classmethod
    def of(cls, source: Past, unknown: Literal["raise", "ignore"] = "raise") -> History:
        """Return the history that ``source`` describes.

        A table has the columns ``mentor_id`` and ``mentee_id``, and ``round`` where there was more than one round. A
        row with one blank id means that the other person had no partner in that round. Rounds are ordered by number if
        all are integers, by date if all are dates, else as in the table.

        Args:
            source: A matching, a list of matchings with the oldest first, a table, or the path of a CSV file.
            unknown: ``"ignore"`` passes over people who have left; ``"raise"`` refuses them when the history is used.

        Raises:
            ProgramError: The source cannot be used; the message names every row at fault.
        """
        if isinstance(source, History):
            return source
        if isinstance(source, Plan):
            return cls((_of_plan(source),), unknown)
        if isinstance(source, Sequence) and not isinstance(source, str):
            return cls(tuple(map(_of_plan, source)), unknown)
        return cls(read_rounds(source), unknown)

    def fill(self, program: Program, mentors: Table, mentees: Table) -> Program:
        """Return the program with its rules and objectives filled in from the history.

        ``NoRepeat`` and ``Stability`` get the pairs of which both people take part in the same roles; ``Priority``
        without a column gets the people who had no partner in the last round. Lists that the program gives itself are
        kept.

        Args:
            program: The program.
            mentors, mentees: Tables of this round.

        Raises:
            ProgramError: The history names people who are in neither table, and ``unknown`` is ``"raise"``.
        """
        here = _Here(frozenset(map(str, mentors.ids)), frozenset(map(str, mentees.ids)))
        if self.unknown == "raise":
            self._refuse_unknown(here.mentors | here.mentees)
        changed: dict[str, Any] = {}
        for family in ("rules", "objectives"):
            before = getattr(program, family)
            after = tuple(self._filled(element, here) for element in before)
            if after != before:
                changed[family] = after
        return program.model_copy(update=changed) if changed else program

    def _filled(self, element: Spec, here: _Here) -> Spec:
        if not isinstance(element, NoRepeat | Priority | Stability) or not (element.needs_history or element.filled):
            return element
        last = self.rounds[-1] if self.rounds else Round()
        if isinstance(element, Priority):
            left = here.mentors & {*last.mentors}, here.mentees & {*last.mentees}
            return replace(element, mentors=tuple(sorted(left[0])), mentees=tuple(sorted(left[1])), filled=True)
        if isinstance(element, Stability):
            return replace(element, pairs=here.both(last.pairs), filled=True)
        some = self.rounds if element.rounds is None else self.rounds[-element.rounds :]
        return replace(element, pairs=here.both(pair for each in some for pair in each.pairs), filled=True)

    def _refuse_unknown(self, here: frozenset[str]) -> None:
        named = {id_ for each in self.rounds for ids in (*each.pairs, each.mentors, each.mentees) for id_ in ids}
        gone = sorted(named - here)
        if not gone:
            return
        known = sorted(here)
        people = "; ".join(f"{id_!r}.{suggestion(id_, known)}".rstrip(".") for id_ in gone[:_MOST_NAMED])
        more = f"; and {len(gone) - _MOST_NAMED:,} more" if len(gone) > _MOST_NAMED else ""
        raise ProgramError(
            f"the history names {len(gone):,} {'people' if len(gone) > 1 else 'person'} whom the export does not have: "
            f'{people}{more}. Correct the ids; where people have left, say so: `History.of(…, unknown="ignore")`, '
            "on the command line `--unknown ignore`"
        )


def remembered(program: Program, history: Past | None, mentors: Table, mentees: Table) -> Program:
    """Return the program filled in from the history, where there is one.

    Raises:
        ProgramError: An element needs a history and there is none.
    """
    if history is not None:
        return History.of(history).fill(program, mentors, mentees)
    for element in (*program.rules, *program.objectives):
        if isinstance(element, NoRepeat | Priority | Stability) and element.needs_history:
            fields = "a `column`, or `mentors` and `mentees`" if isinstance(element, Priority) else "`pairs`"
            raise ProgramError(
                f"[[{element.family}]] {element.name} needs to know the earlier rounds: pass `history=`, such as "
                f'`history=rmatch.History.of("last_round.csv")`, or name {fields} yourself'
            )
    return program


@dataclass(frozen=True)
class _Here:
    """The people of this round, by their ids."""

    mentors: frozenset[str]
    mentees: frozenset[str]

    def both(self, pairs: Iterable[tuple[str, str]]) -> Pairs:
        """Return the pairs of which both people take part, each once, in the order of their ids."""
        return tuple(sorted({(a, b) for a, b in pairs if a in self.mentors and b in self.mentees}))


def _of_plan(plan: Any) -> Round:
    if not isinstance(plan, Plan):
        raise ProgramError(
            f"a history is made of matchings, the oldest first, or of one table or CSV file, not of a list of "
            f"{type(plan).__name__}"
        )
    left = {role: tuple(w.employee_id for w in plan.waiting if w.role == role) for role in ("mentor", "mentee")}
    return Round(tuple((str(a), str(b)) for a, b in plan.pair_ids), left["mentor"], left["mentee"])
