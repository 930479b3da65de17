"""What happened in earlier rounds: who met whom, and who was left out of the last one.

A program says what to do with it: :class:`~rmatch.rules.NoRepeat` makes no pair again,
:class:`~rmatch.objectives.Priority` puts those first who were left out, and :class:`~rmatch.objectives.Stability` keeps
the last round's pairs together. A history fills these in, so that the program alone says all that was asked for.
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
    """Somebody who was left without a partner, in a role."""

    @property
    def employee_id(self) -> str: ...  # noqa: D102

    @property
    def role(self) -> str: ...  # noqa: D102


@runtime_checkable
class Plan(Protocol):
    """What is needed of an earlier plan, such as a ``Matching``: its pairs, and who was left out."""

    @property
    def pair_ids(self) -> Sequence[tuple[str, str]]: ...  # noqa: D102

    @property
    def waiting(self) -> Sequence[Waiting]: ...  # noqa: D102


Past: TypeAlias = Union["History", Plan, Sequence[Plan], Frame, str, "os.PathLike[str]"]
"""What a history can be made of."""


@dataclass(frozen=True)
class History:
    """Earlier rounds, the oldest first: who met whom, and who was left out.

    :meth:`of` makes one from earlier plans, a table or a CSV file.
    """

    rounds: tuple[Round, ...] = ()
    """Each with its ``pairs``, and the ``mentors`` and ``mentees`` who were left out of it."""
    unknown: Literal["raise", "ignore"] = "raise"
    """What to do about people who are not in the export any more."""

    def __post_init__(self) -> None:
        if self.unknown not in ("raise", "ignore"):
            raise ProgramError(f"History: `unknown` is 'raise' or 'ignore', not {self.unknown!r}")

    @classmethod
    def of(cls, source: Past, unknown: Literal["raise", "ignore"] = "raise") -> History:
        """Return the history that ``source`` tells.

        ``source`` is a matching, or a list of them, the oldest first; or a table, or the path of a CSV file, with the
        columns ``mentor_id`` and ``mentee_id``, and ``round`` where there was more than one. A row with one of the two
        ids blank says that the other person was left out of that round. Rounds are in the order of their numbers where
        all are whole, of their dates where all are dates, else in that of the table. With ``unknown="ignore"`` people
        who have left are passed over. Raises ProgramError where the source cannot be used, naming every row at fault.
        """
        if isinstance(source, History):
            return source
        if isinstance(source, Plan):
            return cls((_of_plan(source),), unknown)
        if isinstance(source, Sequence) and not isinstance(source, str):
            return cls(tuple(map(_of_plan, source)), unknown)
        return cls(read_rounds(source), unknown)

    def fill(self, program: Program, mentors: Table, mentees: Table) -> Program:
        """Return the program with what it asks of earlier rounds, as far as that concerns these people.

        ``NoRepeat`` and ``Stability`` get pairs of whom both are here in the same roles; ``Priority`` without a column
        gets those who were left out of the last round and are here. What somebody listed by hand stays as it is; what
        an earlier history filled in is filled in afresh.
        Raises ProgramError for people whom neither table has, unless they are to be passed over.
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

    Raises ProgramError where an element needs a history and there is none.
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
        """The pairs of whom both are here, each once, in the order of their ids."""
        return tuple(sorted({(a, b) for a, b in pairs if a in self.mentors and b in self.mentees}))


def _of_plan(plan: Any) -> Round:
    if not isinstance(plan, Plan):
        raise ProgramError(
            f"a history is made of matchings, the oldest first, or of one table or CSV file, not of a list of "
            f"{type(plan).__name__}"
        )
    left = {role: tuple(w.employee_id for w in plan.waiting if w.role == role) for role in ("mentor", "mentee")}
    return Round(tuple((str(a), str(b)) for a, b in plan.pair_ids), left["mentor"], left["mentee"])
