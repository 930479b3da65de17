"""History of earlier rounds: who was paired, and who had no partner in the last round.

:class:`~rmatch.rules.NoRepeat` forbids earlier pairs, :class:`~rmatch.objectives.Priority` prefers people who had no
partner, and :class:`~rmatch.objectives.Stability` keeps pairs of the last round together. A history fills in their
lists, so that the resolved program is complete by itself.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal, Protocol, TypeAlias, Union, runtime_checkable

from rmatch._util.quoted import read_otherwise
from rmatch.columns import Table
from rmatch.element import Remembered, Spec
from rmatch.errors import ProgramError
from rmatch.program import Program
from rmatch.roster.frames import Frame
from rmatch.roster.resolver import Resolver
from rmatch.roster.rounds import Round, read_rounds

_MOST_NAMED = 5
_ROW_NUMBER = re.compile(r"(workforce|mentors|mentees):[0-9]+")

NO_ROWS = (
    "the same row is somebody else in another file, so that no earlier round can be compared. Take ids that stay, such "
    'as e-mail addresses: [columns.employee_id] source = "Email"'
)
"""Why row numbers are no ids across rounds, and what to do."""


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
    unordered: tuple[str, ...] = ()
    """The names of the rounds, if nothing says in which order they were."""

    def __post_init__(self) -> None:
        if self.unknown not in ("raise", "ignore"):
            raise ProgramError(f"History: `unknown` is 'raise' or 'ignore', not {self.unknown!r}")

    @classmethod
    def of(cls, source: Past, unknown: Literal["raise", "ignore"] = "raise", encoding: str | None = None) -> History:
        """Return the history that ``source`` describes.

        A table has the columns ``mentor_id`` and ``mentee_id``, and ``round`` where there was more than one round. A
        row with one blank id means that the other person had no partner in that round. People are named by id, by
        e-mail address or by a name that one person has. Rounds are ordered by the numbers or dates in their names;
        where these say nothing, whatever asks for the last rounds is refused.

        Args:
            source: A matching, a list of matchings with the oldest first, a table, or the path of a CSV file.
            unknown: ``"ignore"`` passes over people who have left; ``"raise"`` refuses them when the history is used.
            encoding: Python's name of the encoding of a CSV file; UTF-8 where none is given.

        Raises:
            ProgramError: The source cannot be used; the message names every row at fault.
        """
        if isinstance(source, History):
            return source
        if isinstance(source, Plan):
            return cls((_of_plan(source),), unknown)
        if isinstance(source, Sequence) and not isinstance(source, str):
            return cls(tuple(map(_of_plan, source)), unknown)
        told = read_rounds(source, encoding)
        return cls(told.rounds, unknown, told.unordered)

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
        refuse_numbers(mentors, mentees)
        here = frozenset(map(str, mentors.ids)), frozenset(map(str, mentees.ids))
        rounds = self._meant(Resolver.of(mentors, mentees))
        either = program.mirror == "require"  # whoever is paired teaches and learns
        filled = partial(self._filled, rounds=rounds, here=here, either=either)
        after: dict[str, Any] = {
            "rules": tuple(map(filled, program.rules)),
            "objectives": tuple(self._filled(objective, rounds, here) for objective in program.objectives),
            "tracks": tuple(
                track.model_copy(update={"rules": tuple(map(filled, track.rules))}) if track.rules else track
                for track in program.tracks
            ),
        }
        changed = {family: own for family, own in after.items() if own != getattr(program, family)}
        return program.model_copy(update=changed) if changed else program

    def _meant(self, resolver: Resolver) -> tuple[Round, ...]:
        """The rounds with the ids that people have now. Raises ProgramError for those who are not known."""
        words = dict.fromkeys(self._words())
        found = {word: resolver.find(word) for word in words}
        several = [word for word in words if found[word].people > 1]
        if several:
            called = resolver.called(found[several[0]].ids)
            raise ProgramError(f"the history: {several[0]!r} may be {called}. Name one of them by the id.")
        gone = sorted(word for word in words if not found[word].people)
        if gone and self.unknown == "raise":
            raise _strangers(gone, resolver)
        ids = {word: found[word].ids or (word,) for word in words}
        return tuple(
            Round(
                tuple(dict.fromkeys((a, b) for one, other in each.pairs for a in ids[one] for b in ids[other])),
                tuple(dict.fromkeys(id_ for word in each.mentors for id_ in ids[word])),
                tuple(dict.fromkeys(id_ for word in each.mentees for id_ in ids[word])),
            )
            for each in self.rounds
        )

    def read_otherwise(self, mentors: Table, mentees: Table) -> tuple[str, ...]:
        """Return whom the history names otherwise than by their id here, in a sentence."""
        resolver, named = Resolver.of(mentors, mentees), dict.fromkeys(self._words())
        found = {word: meant.ids[0] for word in named if (meant := resolver.find(word)).ids and not meant.exact}
        read = [read_otherwise(*both) for both in list(found.items())[:_MOST_NAMED]]
        more = [f"{len(found) - len(read):,} more people are found likewise"] if len(found) > len(read) else []
        return (f"history: {'; '.join([*read, *more])}",) if read else ()

    def _words(self) -> Iterator[str]:
        for each in self.rounds:
            for ids in (*each.pairs, each.mentors, each.mentees):
                yield from ids

    def _filled(
        self,
        element: Spec,
        rounds: tuple[Round, ...],
        here: tuple[frozenset[str], frozenset[str]],
        either: bool = False,
    ) -> Spec:
        if not element.from_history:
            return element
        self._refuse_unordered(element)
        last = rounds[-1] if rounds else Round()
        left = sorted(here[0].intersection(last.mentors)), sorted(here[1].intersection(last.mentees))
        among = [here, here[::-1]] if either else [here]
        pairs = (
            sorted({(a, b) for a, b in each.pairs if any(a in one and b in other for one, other in among)})
            for each in rounds
        )
        return element.remembering(Remembered(tuple(map(tuple, pairs)), tuple(left[0]), tuple(left[1])))

    def _refuse_unordered(self, element: Spec) -> None:
        """Raise ProgramError where an element asks for the last rounds, and nothing says which those are."""
        every = element.looks_back is None or element.looks_back >= len(self.rounds)
        if self.unordered and not every:
            names = ", ".join(map(repr, self.unordered[:_MOST_NAMED]))
            raise ProgramError(
                f"[[{element.family}]] {element.name} looks at the last of the rounds, and nothing in their names says "
                f"which was earlier: {names}. Number them in the column `round`, 1 for the earliest, or write dates "
                "such as 2026-04"
            )


def _strangers(gone: list[str], resolver: Resolver) -> ProgramError:
    """The error for people in a history whom nobody knows."""
    if all(_ROW_NUMBER.fullmatch(word) for word in gone):
        return ProgramError(f"the history names people by row numbers, such as {gone[0]!r}: {NO_ROWS}")
    people = "; ".join(f"{id_!r}.{resolver.near(id_)}".rstrip(".") for id_ in gone[:_MOST_NAMED])
    more = f"; and {len(gone) - _MOST_NAMED:,} more" if len(gone) > _MOST_NAMED else ""
    return ProgramError(
        f"the history names {len(gone):,} {'people' if len(gone) > 1 else 'person'} whom the export does not have: "
        f'{people}{more}. Correct the ids; where people have left, say so: `History.of(…, unknown="ignore")`'
    )


def refuse_numbers(mentors: Table, mentees: Table) -> None:
    """Raise ProgramError where the ids are row numbers, which mean other people in another round."""
    if any(table.register is not None and table.register.numbered for table in (mentors, mentees)):
        raise ProgramError(f"the people are numbered by their rows: {NO_ROWS}")


def remembered(program: Program, history: Past | None, mentors: Table, mentees: Table) -> Program:
    """Return the program filled in from the history, where there is one.

    Raises:
        ProgramError: An element needs a history and there is none.
    """
    if history is not None:
        return History.of(history).fill(program, mentors, mentees)
    of_tracks = (element for track in program.tracks for element in track.own)
    for element in (*program.rules, *program.objectives, *of_tracks):
        if element.needs_history:
            raise ProgramError(
                f"[[{element.family}]] {element.name} needs to know the earlier rounds: pass `history=`, such as "
                f'`history=rmatch.History.of("last_round.csv")`, or name {element.history_fields} yourself'
            )
    return program


def _of_plan(plan: Any) -> Round:
    if not isinstance(plan, Plan):
        raise ProgramError(
            f"a history is made of matchings, the oldest first, or of one table or CSV file, not of a list of "
            f"{type(plan).__name__}"
        )
    left = {role: tuple(w.employee_id for w in plan.waiting if w.role == role) for role in ("mentor", "mentee")}
    return Round(tuple((str(a), str(b)) for a, b in plan.pair_ids), left["mentor"], left["mentee"])
