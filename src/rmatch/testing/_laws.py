"""Laws shared by all families: an answer depends on the pair, and on nothing else.

An answer is a matrix, mentors × mentees: points of a criterion, truth values of a rule, or text about a limit or an
objective.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, NoReturn, TypeAlias

import numpy as np
from numpy.typing import NDArray

from rmatch.columns import Column, Items, Number, Table
from rmatch.element import Spec
from rmatch.errors import ProgramError
from rmatch.factors import SCALE
from rmatch.testing._people import Case, hard, renamed, renumbered

Answer: TypeAlias = Callable[[Case], NDArray[Any]]


class Unlawful(AssertionError):  # noqa: N818 - the plain word
    """A class breaks a law of its family; the message names the law, an example, and the remedy."""


def refuse(spec: Spec, law: str, found: str, remedy: str) -> NoReturn:
    """Raise Unlawful with the law, what was found, and the remedy."""
    raise Unlawful(f"{type(spec).__name__} is unlawful: {law}\n  found:  {found}\n  remedy: {remedy}")


def check_columns(spec: Spec, case: Case) -> None:
    """Raise ProgramError where the people lack a column that is read, Unlawful where the words are no text."""
    words = tried(spec, case, lambda *_: spec.in_words())
    if not isinstance(words, str):
        refuse(spec, "`in_words` returns a text", kind(words), "return one plain clause, or leave the method out")
    for column in spec.absent(case.mentors, case.mentees):
        raise ProgramError(
            f"{type(spec).__name__} reads the column {column!r}, which {case.name} do not have; "
            "check it on people of your own: pass the two tables of `roster.tables()`"
        )


def check_repeatable(spec: Spec, answer: Answer, case: Case) -> None:
    """Check that the element changes no table, reads only the columns it names, and keeps no state."""
    before = _copied(case)
    first = answer(case)
    _unchanged(spec, case, before)
    _compare(spec, case, first, answer(case), "asked twice, it answers the same",
             "it remembers something between calls: compute from the two tables alone")  # fmt: skip
    _reads_what_it_names(spec, answer, case, first)
    for other in hard(case):
        answer(other)
    _compare(spec, case, first, answer(case), "what it was asked before does not change an answer",
             "it remembers something of other people: compute from the two tables alone")  # fmt: skip


def check_symmetric(spec: Spec, answer: Answer, case: Case, by_id: bool) -> None:
    """Check that an answer does not depend on the order of rows, the numbering of labels or, unless ``by_id``, on
    ids.
    """
    first, draw = answer(case), np.random.default_rng(0)
    for name in ("reversed", "shuffled"):
        rows, columns = (np.arange(k)[::-1] if name == "reversed" else draw.permutation(k) for k in case.shape)
        other = case.taken(rows, columns)
        _compare(spec, other, first[np.ix_(rows, columns)], answer(other),
                 f"an answer belongs to a pair, whatever the order of rows ({name})",
                 "it depends on who stands where: use what people's cells say, never a row's number")  # fmt: skip
    other = replace(case, mentors=renumbered(case.mentors), mentees=renumbered(case.mentees))
    _compare(spec, case, first, answer(other), "how labels are numbered does not change an answer",
             "a code is a place in `labels` and means nothing else: compare the folded `keys`")  # fmt: skip
    if not by_id:
        other = replace(case, mentors=renamed(case.mentors, "p"), mentees=renamed(case.mentees, "q"))
        _compare(spec, case, first, answer(other), "an answer does not depend on what people's ids are",
                 "use their cells; if ids are the point, as in PairScores and Exclude, say `by_id=True`")  # fmt: skip


def tried(spec: Spec, case: Case, make: Callable[[Table, Table], Any], refusing: type[Exception] = Unlawful) -> Any:
    """Return ``make(mentors, mentees)``; an exception other than Unlawful and ``refusing`` is raised as Unlawful."""
    try:
        return make(case.mentors, case.mentees)
    except (Unlawful, refusing):
        raise
    except Exception as error:
        remedy = (
            "treat blank cells, one person and nobody like everybody else"
            if case.hard
            else "it fails for people as they usually are: the error above this one shows the line"
        )
        raise Unlawful(
            f"{type(spec).__name__} is unlawful: it must answer for any people\n"
            f"  found:  for {case.name} it raised {type(error).__name__}: {error}\n  remedy: {remedy}"
        ) from error


def _reads_what_it_names(spec: Spec, answer: Answer, case: Case, first: NDArray[Any]) -> None:
    law, remedy = "`reads()` names every column that it reads", "name it in `reads()`: mentors' columns, then mentees'"
    mentors, mentees = (
        {name: table[name] for name in names}
        for table, names in zip((case.mentors, case.mentees), spec.reads(), strict=True)
    )
    try:
        narrow = answer(case.with_columns(mentors, mentees))
    except Unlawful as error:
        if isinstance(error.__cause__, KeyError):
            refuse(spec, law, f"it reads {error.__cause__.args[0]!r} too", remedy)
        raise
    _compare(spec, case, first, narrow, law, remedy)


def _compare(spec: Spec, case: Case, first: NDArray[Any], second: NDArray[Any], law: str, remedy: str) -> None:
    different = np.argwhere((first != second) & ~((first != first) & (second != second)))  # NaN is as good as NaN
    for i, j in different[:1]:
        refuse(spec, law, f"{shown(first[i, j])}, then {shown(second[i, j])} for {case.pair(i, j)}", remedy)


def shown(value: Any) -> str:
    """Return an answer as text."""
    if isinstance(value, str):
        return value or "nothing"
    return ("yes" if value else "no") if isinstance(value, np.bool_) else f"{value / SCALE:.7g}"


def kind(value: object) -> str:
    """Return what something is, such as ``an array of int64``."""
    return f"an array of {value.dtype}" if isinstance(value, np.ndarray) else f"a {type(value).__name__}"


def _copied(case: Case) -> list[dict[str, list[NDArray[Any]]]]:
    return [{name: [a.copy() for a in _arrays(c)] for name, c in t.items()} for t in (case.mentors, case.mentees)]


def _unchanged(spec: Spec, case: Case, before: list[dict[str, list[NDArray[Any]]]]) -> None:
    for side, table, columns in zip(("mentors", "mentees"), (case.mentors, case.mentees), before, strict=True):
        for name in dict.fromkeys([*table, *columns]):
            now = _arrays(table[name]) if name in table else ()
            kept = columns.get(name, [])
            same = len(now) == len(kept) and all(_equal(a, b) for a, b in zip(now, kept, strict=True))
            if not same:
                refuse(spec, "it leaves the tables as they are", f"it changed the {side}' column {name!r}",
                       "copy an array before you write into it")  # fmt: skip


def _equal(a: NDArray[Any], b: NDArray[Any]) -> bool:
    return bool(np.array_equal(a, b, equal_nan=a.dtype.kind == "f"))


def _arrays(column: Column) -> tuple[NDArray[Any], ...]:
    if isinstance(column, Number):
        return (column.values,)
    if isinstance(column, Items):
        return column.start, column.ids, column.levels, column.labels
    return column.codes, column.labels
