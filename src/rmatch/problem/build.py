"""Model building: from a roster and a program to the model that is solved."""

from __future__ import annotations

import hashlib
from typing import NamedTuple, Protocol, runtime_checkable

import numpy as np
import pandas as pd

from rmatch._util.memory import keep_freed_memory
from rmatch._util.quoted import names_of, with_names
from rmatch.columns import IntArray, Table, text_rank
from rmatch.errors import ProgramError, RosterError
from rmatch.problem.history import History, Past, remembered
from rmatch.problem.model import Model, bounds_of, compile_model, locked_places
from rmatch.problem.ranges import refuse_ranges
from rmatch.problem.scored import unread_tops
from rmatch.problem.unapplied import unapplied
from rmatch.program import Program, Track
from rmatch.roster.weekly import on_dates
from rmatch.rules import excused
from rmatch.schema.binding import Binding
from rmatch.schema.privacy import REMEDY, Private, names_in_pairs, rows_of


@runtime_checkable
class People(Protocol):
    """The part of a roster that solving needs: how it was read, its two sides, and the withheld columns."""

    @property
    def binding(self) -> Binding: ...  # noqa: D102

    def tables(self) -> tuple[Table, Table]: ...  # noqa: D102

    def withheld(self) -> tuple[Table, Table]: ...  # noqa: D102


_BOUND = ("roles", "aliases", "tracks", "mirror")
_FEW = 1_000  # people of each side that a rehearsal scores
_USUAL = Program()


def prepare(roster: People, program: Program | None, history: Past | None = None) -> tuple[Model, tuple[str, ...]]:
    """Return the model in canonical order, and what the default program left out.

    Args:
        roster: The people.
        program: The program; None for the default one, with the roles and columns of the roster.
        history: Earlier rounds, which fill in a program that asks for them.

    Raises:
        ProgramError: ``program`` is no program, its roles or columns are not those of the roster, or a reason
            identifies a person.
        RosterError: ``roster`` is no roster.
    """
    keep_freed_memory()
    start = _bound(roster, program)
    mentors, mentees = (table.take(canonical_order(table.ids, start.seed)) for table in _tables(roster, start))
    resolved, left_out = remembered(start, history, mentors, mentees).resolved(mentors, mentees)
    _check_reasons(resolved, roster)
    mentors, mentees = excused(resolved.rules, mentors), excused(resolved.rules, mentees)
    model = compile_model(resolved, mentors, mentees)
    refuse_ranges(model)
    unread = unread_tops(resolved.personal, model.names, mentees)
    return model, tuple(
        dict.fromkeys(
            (
                *left_out,
                *_read_otherwise(history, mentors, mentees),
                *unread,
                *unapplied(resolved, mentors, mentees, "rules" in start.model_fields_set),
            )
        )
    )


class Rehearsal(NamedTuple):
    """What is known before people are matched.

    Args:
        program: The resolved program.
        tables: Both sides, in the order of the files.
        model: The model of a thousand people of each side.
        notes: What the default program left out, and what was read otherwise than it is written.
    """

    program: Program
    tables: tuple[Table, Table]
    model: Model
    notes: tuple[str, ...]

    @property
    def whole(self) -> bool:
        """Whether everybody is in the model."""
        return self.model.shape == tuple(len(table.ids) for table in self.tables)


def rehearse(roster: People, program: Program | None, history: Past | None = None) -> Rehearsal:
    """Raise the errors of :func:`prepare`, scoring only a few people, and return what is known by then.

    Rules and criteria see the people of locks and a thousand people of each side. Errors that a criterion of one's own
    raises for other people appear only when all are matched.
    """
    start = _bound(roster, program)
    mentors, mentees = _tables(roster, start)
    resolved, left_out = remembered(start, history, mentors, mentees).resolved(mentors, mentees)
    _check_reasons(resolved, roster)
    mentors, mentees = excused(resolved.rules, mentors), excused(resolved.rules, mentees)
    bounds_of(resolved, mentors, mentees)
    places = locked_places(resolved, mentors, mentees)
    some, others = (
        table.take(np.union1d(np.arange(len(table.ids))[:_FEW], place))
        for table, place in zip((mentors, mentees), places, strict=True)
    )
    model = compile_model(resolved, some, others)
    refuse_ranges(model)
    unread = unread_tops(resolved.personal, model.names, mentees)
    notes = tuple(
        dict.fromkeys(
            (
                *left_out,
                *_read_otherwise(history, mentors, mentees),
                *unread,
                *unapplied(resolved, mentors, mentees, "rules" in start.model_fields_set),
            )
        )
    )
    names = names_of(mentors, mentees)
    return Rehearsal(resolved, (mentors, mentees), model, tuple(with_names(note, names) for note in notes))


def _read_otherwise(history: Past | None, mentors: Table, mentees: Table) -> tuple[str, ...]:
    return () if history is None else History.of(history).read_otherwise(mentors, mentees)


def _tables(roster: People, program: Program) -> tuple[Table, Table]:
    """Both sides, with times and time zones as they are in the program's term."""
    return on_dates(*roster.tables(), None if program.term is None else (program.term.start, program.term.end))


def _bound(roster: People, program: Program | None) -> Program:
    """The program, or the default one, with the roles and columns that the roster was read with."""
    if not isinstance(roster, People):
        raise RosterError(
            f"a roster is needed, not a {type(roster).__name__}: read the people with `rmatch.read_csv`, `from_frame` "
            "or `from_records` first"
        )
    if not isinstance(program, Program | None):
        raise ProgramError(
            f"a program is needed, not a {type(program).__name__}: read it with `rmatch.Program.from_file` first"
        )
    bound = roster.binding
    columns = {**bound.concluded, **bound.columns}
    if program is None:
        tracks = tuple(Track(name=track.name, teaches=track.teaches) for track in bound.tracks)
        told = {"roles": bound.roles, "columns": columns, "aliases": bound.aliases, "tracks": tracks}
        return _USUAL.model_copy(update={**told, "mirror": bound.mirror})  # all of it checked when it was read
    own = program.binding()
    alike = all(getattr(own, name) == getattr(bound, name) for name in _BOUND)
    if not alike or own.columns not in (bound.columns, columns):
        raise ProgramError(
            "`roles`, `columns`, `aliases`, `tracks` and `mirror` bind when the people are read, and this roster was "
            "read with others: pass `program=` to the reader too"
        )
    return program if own.columns == columns else program.model_copy(update={"columns": columns})


def _check_reasons(program: Program, roster: People) -> None:
    """Raise ProgramError where a reason or a purpose of the program identifies a person."""
    with_reason = [each for each in (*program.rules, *program.limits) if each.explained_pairs()[0]]
    purposes = {name: column.purpose for name, column in program.columns.items() if column.purpose}
    if not with_reason and not purposes:
        return
    tables = roster.tables()
    private = Private.of(tables, roster.withheld(), rows_of(getattr(roster, "accounts", pd.DataFrame())))
    for each in with_reason:
        reason, pairs = each.explained_pairs()
        found = private.found_in(reason or "", names_in_pairs(pairs, tables))
        if found:
            raise ProgramError(f"{type(each).__name__}: its `reason` holds {found}. {REMEDY}")
    for name, purpose in purposes.items():
        found = private.named_in(purpose)
        if found:
            raise ProgramError(f"[columns.{name}]: its `purpose` holds {found}. Say what the column is scored for.")


def canonical_order(ids: np.ndarray, seed: int) -> IntArray:
    """Return the canonical order of people: by a hash of their id keyed with the seed.

    Results do not depend on the order of input rows, and ties are broken by a lottery that can be repeated.

    Args:
        ids: Ids, ``(people,)``.
        seed: The program's seed.

    Returns:
        A permutation, ``(people,)`` int64.
    """
    keyed, hashes = hashlib.blake2b(digest_size=8, key=seed.to_bytes(8, "little")), []
    for id_ in map(str, ids.tolist()):
        own = keyed.copy()  # to mix the key in for each would take longer than all else
        own.update(id_.encode("utf-8", "surrogatepass"))
        hashes.append(own.digest())
    keys = np.frombuffer(b"".join(hashes), "<u8")
    order = np.argsort(keys)
    if (np.diff(keys[order]) == 0).any():
        order = np.lexsort((text_rank(ids), keys))
    return order
