"""What contradicts itself in a program, and what cannot hold for these people: told before anything is solved."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from rmatch.columns import Category, Table
from rmatch.criteria import Criterion
from rmatch.element import Spec, refuse_unread, refuse_unsaid
from rmatch.errors import ProgramError, suggestion
from rmatch.limits import Limit
from rmatch.limits import refuse_misfits as refuse_limit_misfits
from rmatch.objectives import USUAL, Bands, LeastLoad, MostPairs, Objective, Total, WorstPair
from rmatch.schema.bands import singular
from rmatch.schema.person import CANONICAL
from rmatch.schema.personal import Personal

_REMEDY = "change or drop one of them"


def refuse_unspoken(elements: Sequence[Spec]) -> None:
    """Raise ProgramError where the class of an element does not say what it means, what it reads, or its words."""
    for element in elements:
        if element.unspoken:
            raise ProgramError(f"{element.called} says nothing: it must define {element.unspoken}")
        refuse_unread(element)
        refuse_unsaid(element)


def no_criterion(tables: tuple[Table, Table], mapped: bool) -> ProgramError:
    """Return the error where the default program has nothing to score by.

    Args:
        tables: The mentors and the mentees.
        mapped: Whether the program names columns.
    """
    for role, table in zip(("mentor", "mentee"), tables, strict=True):
        if not len(table.ids):
            return ProgramError(f"no {role} takes part, so nobody can be paired; look at the column `role`")
    way = "say in the program which headers they are" if mapped else "`rmatch init` drafts a program"
    return ProgramError(
        "no default criterion has a column to read; name at least `skills_offered` and `skills_wanted` "
        f"in the export, or give criteria: {way}"
    )


def refuse_order(objectives: Sequence[Objective], limits: Sequence[Limit]) -> None:
    """Raise ProgramError, with an order that would work, where the objectives stand in one that makes no sense."""
    if not objectives:
        raise ProgramError("`objectives` is empty: leave it out for the usual ones, `most_pairs` then `total`")
    kinds = [type(objective) for objective in objectives]
    settled = any(limit.total_bounds[0] for limit in limits)
    problem = next(_misplaced(kinds, settled), None)
    if problem is not None:
        need = {Total} | (set() if settled or not {WorstPair, Bands, LeastLoad} & {*kinds} else {MostPairs})
        works = [f"`{kind.kind()}`" for kind in USUAL if kind in need | {*kinds}]
        raise ProgramError(f"`objectives`: {problem}; this order works: {' then '.join(works)}")
    _refuse_namesakes([stage.name for objective in objectives for stage in objective.stages()])


def _refuse_namesakes(names: Sequence[str]) -> None:
    """Raise ProgramError where two objectives have one name: a proof speaks of them by it."""
    for name in names:
        if names.count(name) > 1:
            raise ProgramError(f"`objectives`: two are called {name!r}; give each a name of its own")


def _misplaced(kinds: Sequence[type[Objective]], settled: bool) -> Iterator[str]:
    """What is wrong with the order, the plainest first."""
    for kind in kinds:
        if kinds.count(kind) > 1:
            yield f"`{kind.kind()}` stands there {kinds.count(kind)} times, once is enough"
    if Total not in kinds:
        yield "`total` is missing"
    for place, kind in enumerate(kinds):
        before = kinds[:place]
        if kind in (MostPairs, WorstPair, Bands) and Total in before:
            yield f"`{kind.kind()}` must come before `total`, which leaves it nothing to choose"
        if kind in (WorstPair, Bands, LeastLoad) and not settled and not {MostPairs, Total} & {*before}:
            yield (
                f"`{kind.kind()}` needs the number of pairs to be settled before it, by `most_pairs` or by a limit "
                "`total_pairs` with `least`: fewer pairs would always do"
            )


def refuse_misfits(limits: Sequence[Limit], objectives: Sequence[Objective], mentors: Table, mentees: Table) -> None:
    """Refuse limits and objectives that name what these people do not have.

    Raises:
        ProgramError: People or values are unknown, or a column says no priority.
        InfeasibleError: Numbers cannot hold for so many people.
    """
    for element in (*limits, *objectives):
        _refuse_unknown(element, *element.names_people(), mentors, mentees)
    for objective in objectives:
        objective.check(mentors, mentees)
    refuse_limit_misfits(limits, mentors, mentees)


def _refuse_unknown(
    element: Spec, juniors: Iterable[str], seniors: Iterable[str], mentors: Table, mentees: Table
) -> None:
    for side, named, table in (("mentor", juniors, mentors), ("mentee", seniors, mentees)):
        some = [*named]
        known = set(map(str, table.ids)) if some else set()
        for id_ in some:
            if id_ not in known:
                raise ProgramError(
                    f"{type(element.whole).__name__}: no {side} has the id {id_!r}.{suggestion(id_, sorted(known))}"
                )


def refuse_personal(
    personal: Personal | None, tracks: Sequence[object], sensitive: Sequence[Criterion], withheld: frozenset[str]
) -> None:
    """Raise ProgramError where ``[personal]`` does not go with the rest of a program.

    Args:
        personal: What counts more for a mentee who says so.
        tracks: The program's tracks.
        sensitive: Its criteria that read a sensitive column.
        withheld: The columns that stand apart.
    """
    if personal is None:
        return
    if personal.column in withheld:
        raise ProgramError(
            f"[personal] reads {personal.column!r}, which stands apart: what counts for a mentee shows in their "
            "scores, so it cannot be sensitive, for audits or a consent"
        )
    if personal.column in CANONICAL:
        raise ProgramError(
            f"[personal] reads {personal.column!r}, which holds something else; name the column in which mentees write "
            "what matters most to them"
        )
    if tracks:
        raise ProgramError("[personal] does not go with [[tracks]]: drop one of the two")
    if sensitive:
        raise ProgramError(
            f"[personal] does not go with {sensitive[0].name!r}, which reads a sensitive column: drop one of the two"
        )


def require_columns(element: Spec, mentors: Table, mentees: Table) -> None:
    """Raise ProgramError where the export lacks a column that an element reads."""
    for column in element.absent(mentors, mentees):
        raise ProgramError(
            f"[[{element.family}]] {element.name} needs the column {column!r}, which the export does not have."
            f"{suggestion(column, {*mentors, *mentees})}"
        )


def omission(element: Spec, narrow: Spec | None, sides: tuple[Table, Table]) -> str:
    """Return the sentence that says what the default program left out, and why.

    Args:
        element: An element of the default program.
        narrow: What is left of it; None for nothing.
        sides: The mentors and the mentees.
    """
    left = set() if narrow is None else set(narrow.reads()[0])
    columns = sorted({column for side in element.reads() for column in side} - left) or ["manager_id"]
    apart = [column for column in columns if singular(*(side.get(column) for side in sides))]
    silent = _silent([column for column in columns if column not in apart], element, sides)
    fate = "is left out" if narrow is None else f"goes without {', '.join(columns)}"
    if narrow is not None and silent == columns:
        return f"{element.family}: {element.name} {fate}, in which the export has no answers"
    why = [f"nearly everybody has an answer of their own in {', '.join(apart)}"] if apart else []
    why += [f"the export has no answers in {', '.join(silent)}"] if silent else []
    return f"{element.family}: {element.name} {fate}, {', and '.join(why)}"


def _silent(columns: Sequence[str], element: Spec, sides: tuple[Table, Table]) -> list[str]:
    """The columns in which people whom the element asks have no answers; whose, where the others have some."""
    said = []
    for column in columns:
        blank = [column not in table or bool(table[column].missing.all()) for table in sides]
        asked = [column in side for side in element.reads()]
        if all(blank) or not any(asked):
            said.append(column)
            continue
        whose = zip(("mentors", "mentees"), blank, asked, strict=True)
        said += [f"the {people}' {column}" for people, silent, read in whose if silent and read]
    return said


def require_personal(personal: Personal | None, mentees: Table) -> None:
    """Raise ProgramError where the mentees have no column of words in which ``[personal]`` can look."""
    if personal is None:
        return
    column = mentees.get(personal.column)
    if column is None:
        raise ProgramError(
            f"[personal] needs the column {personal.column!r}, which the export does not have."
            f"{suggestion(personal.column, mentees)}"
        )
    if not isinstance(column, Category):
        raise ProgramError(
            f"[personal] reads {personal.column!r}, which was read as numbers, as lists or with an `order`; each "
            "cell is one word that names a criterion, such as 'skills'"
        )


def decimal_comma(text: str, said: str) -> str:
    """What to add to a parser's message where the line that it names has a comma between digits, else nothing."""
    at = re.search(r"line (\d+)", said)
    line = text.splitlines()[int(at[1]) - 1 : int(at[1])] if at else []
    found = re.search(r"= *\d+,\d+", line[0]) if line else None
    return f"; a decimal number has a point: {found[0].replace(',', '.').strip('= ')}" if found else ""
