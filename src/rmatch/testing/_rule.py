"""Conformance test of rules."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import numpy as np

from rmatch.columns import BoolArray, IntArray, Table
from rmatch.errors import ProgramError
from rmatch.factors import FORBIDDEN, SCALE, Factors, on_grid
from rmatch.rules import Rule
from rmatch.testing._laws import check_columns, check_repeatable, check_symmetric, kind, refuse, tried
from rmatch.testing._people import Case, alike, hard, silenced, usual


def check_rule(
    rule: Rule,
    mentors: Table | None = None,
    mentees: Table | None = None,
    *,
    by_id: bool = False,
    blanks: bool = False,
) -> None:
    """Check that a rule satisfies the laws on which every plan rests.

    Its predicate returns a truth value for each of any listed pairs. The answer depends on the pair only, not on the
    list it is in, the order of rows, the numbering of labels or ids. It reads only the columns of ``reads()``, changes
    no table and keeps no state. A blank cell allows no pair that an answer there forbids, and no pair is allowed where
    a side left all that is read of it blank. A penalty, if it has one, is 0 for allowed pairs and at least 2 for all
    others.

    Args:
        rule: An instance of your class.
        mentors: People to try it on, such as ``roster.tables()[0]``; some are built in.
        mentees: The other side, such as ``roster.tables()[1]``.
        by_id: Whether answers may depend on ids, as those of ``Exclude`` do.
        blanks: Whether a blank cell may allow a pair, as in ``Avoids``, where it means nobody.

    Raises:
        Unlawful: A law is broken; the message names it, a pair, and the remedy.
        ProgramError: The people lack a column that the rule reads.
    """
    case = usual(mentors, mentees)
    check_columns(rule, case)
    check_repeatable(rule, partial(_allowed, rule), case)
    _check_lists(rule, case)
    check_symmetric(rule, partial(_allowed, rule), case, by_id)
    if not blanks:
        _check_blanks(rule, case)
        _check_blanks(rule, alike(case, rule.reads()[1]))
    for some in (case, *hard(case)):
        _check_penalty(rule, some, _allowed(rule, some))


def _allowed(rule: Rule, case: Case) -> BoolArray:
    """The rule's answer for every pair, ``(mentors, mentees)`` bool."""
    i, j = np.indices(case.shape).reshape(2, -1)
    allows = tried(rule, case, rule.allows)
    if not callable(allows):
        refuse(rule, "`allows` returns a predicate", kind(allows), "return a function of two arrays, i and j")
    return _answered(rule, case, tried(rule, case, lambda *_: allows(i, j)), i).reshape(case.shape)


def _answered(rule: Rule, case: Case, answer: object, i: IntArray) -> BoolArray:
    law = "a predicate answers True or False for each listed pair"
    if not isinstance(answer, np.ndarray) or answer.dtype != np.bool_:
        found = answer.dtype if isinstance(answer, np.ndarray) else type(answer).__name__
        refuse(rule, law, f"{found} for {case.name}", "return a numpy array of bool")
    if answer.shape != i.shape:
        refuse(rule, law, f"{answer.shape} for {len(i)} pairs of {case.name}", "return one answer per listed pair")
    return answer


def _check_lists(rule: Rule, case: Case) -> None:
    """Check that answers are equal in any list of pairs: shuffled, repeated, in pieces, empty."""
    whole, allows = _allowed(rule, case), tried(rule, case, rule.allows)
    (i, j), m, law = case.listed(), case.shape[0], "the answer for a pair does not depend on the list it stands in"
    for part in (slice(None), slice(0, m), slice(m, None), slice(0, 0)):
        answer = _answered(rule, case, tried(rule, case, lambda *_, p=part: allows(i[p], j[p])), i[part])
        for k in np.flatnonzero(answer != whole[i[part], j[part]])[:1]:
            refuse(rule, law, f"two answers for {case.pair(i[part][k], j[part][k])}",
                   "answer each pair from i[k] and j[k] alone")  # fmt: skip


def _check_blanks(rule: Rule, case: Case) -> None:
    """Check that a blank cell allows no pair, alone where an answer forbids it, or with all else that the side said."""
    allowed, law = _allowed(rule, case), "what cannot be shown to hold does not hold: a blank cell allows no pair"
    remedy = (
        'leave out who left it blank, which is "" among `cells()`, -1 among `codes` and NaN among `values`: '
        '`& (here[i] != "")`; where a blank is meant to allow, check it with `blanks=True`'
    )
    for k, names in enumerate(rule.reads()):
        for some in dict.fromkeys([*((name,) for name in names), names] if names else ()):
            mentors, mentees = (
                silenced(table, some) if side == k else table for side, table in enumerate((case.mentors, case.mentees))
            )
            answer = _allowed(rule, replace(case, mentors=mentors, mentees=mentees))
            wrong = answer if some == names else answer & ~allowed
            for i, j in np.argwhere(wrong)[:1]:
                columns = " and ".join(map(repr, some))
                found = f"yes for {case.pair(i, j)}, with {columns} of the {('mentors', 'mentees')[k]} blank"
                refuse(rule, law, found, remedy)


def _check_penalty(rule: Rule, case: Case, allowed: BoolArray) -> None:
    penalty = tried(rule, case, rule.penalty)
    if penalty is None:
        return
    remedy = "make it by `penalty_table`, or leave it out: the predicate is enough"
    if not isinstance(penalty, Factors) or penalty.shape != case.shape:
        found = penalty.shape if isinstance(penalty, Factors) else type(penalty).__name__
        refuse(rule, "a penalty is Factors, mentors × mentees", f"{found} for {case.shape} people: {case.name}", remedy)
    try:
        u, v = (side.dense() for side in on_grid(penalty, SCALE))
    except ProgramError as error:
        refuse(rule, "a penalty lies on the grid", f"for {case.name}, {error}", remedy)
    taken, touched = np.asarray(u @ v.T), np.abs(u) @ np.abs(v).T
    for i, j in np.argwhere(allowed & (touched != 0))[:1]:
        refuse(rule, "a penalty takes nothing from an allowed pair, term by term",
               f"{taken[i, j] / SCALE:g} for {case.pair(i, j)}", remedy)  # fmt: skip
    for i, j in np.argwhere(~allowed & (taken > -FORBIDDEN))[:1]:
        found = f"{taken[i, j] / SCALE:g} for {case.pair(i, j)}"
        refuse(rule, "a penalty takes 2 or more from a forbidden pair", found, remedy)
