"""Audit: how people were placed by declared group, with small groups suppressed.

Every figure is a function of the counts that are shown, so no figure reveals a suppressed count.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import pandas as pd

from rmatch.columns import FEWEST, BoolArray, Column, FloatArray, IntArray, Number, Table, fold
from rmatch.errors import ProgramError, RmatchError
from rmatch.factors import SCALE
from rmatch.program import Program
from rmatch.result import Result

SMALL, UNKNOWN = "(small groups)", "(unknown)"
"""Labels of the rows that are no declared group."""

FORM: dict[str, str] = {
    "side": "str",
    "column": "str",
    "group": "str",
    "kind": "str",
    "people": "Int64",
    "matched": "Int64",
    "matched_rate": "float64",
    "impact_ratio": "float64",
    "p_value": "float64",
    "mean_score": "float64",
    "scoring_rate": "float64",
    "scoring_impact_ratio": "float64",
    "pairs": "Int64",
    "load": "float64",
}
"""Columns of the table, and their types."""


def audit(matching: Result) -> pd.DataFrame:
    """Return how people were placed, by side and by declared group of each withheld column.

    ==========================  =========================================================================
    ``kind``                    ``group``; ``small``: the suppressed groups together; ``unknown``: no
                                answer, a refusal, no consent
    ``people``, ``matched``     number of people on that side, and how many of them have a partner
    ``matched_rate``            matched / people, the *selection rate*
    ``impact_ratio``            that rate / the highest of any group; compare the four-fifths rule
    ``p_value``                 Fisher's exact test, two-sided: matched and not, this group and all other groups
                                of the table together
    ``mean_score``              of the matched: the mean of their pairs' visible scores, to two decimals
    ``scoring_rate``            share of the matched who score above the median of all matched of that side
    ``scoring_impact_ratio``    that rate / the highest of any group
    ``pairs``, ``load``         pairs that the group serves, and pairs / people
    ==========================  =========================================================================

    A group below ten people is suppressed. So that it cannot be inferred from a total, further groups are suppressed
    with it, the unknown first and then from the end of the list, until there are at least two with at least ten people
    together; one line summarises them. The same applies to the score columns, by number of matched people. Suppressed
    and unknown groups are no reference for others. A person with several pairs counts with their mean score; a person
    with several answers in a list belongs to the group of exactly that list.

    Raises:
        ProgramError: No column is withheld for audits.
        RmatchError: The plan was loaded without its people.
    """
    if matching.withheld is None:
        raise RmatchError("`audit` needs the people: load the matching with `roster=`")
    names = audited(matching.program)
    lines = [
        line
        for side, table, chosen in zip(("mentor", "mentee"), matching.withheld, matching.chosen, strict=True)
        for name in sorted(set(names) & set(table))
        for line in _lines(side, name, _Placed.of(table, chosen, matching.points), table[name])
    ]
    return pd.DataFrame(lines, columns=list(FORM)).astype(FORM)


def audited(program: Program | None) -> tuple[str, ...]:
    """Return the columns by which a program is audited.

    Raises:
        ProgramError: There are none.
    """
    names = () if program is None else tuple(name for name, column in program.columns.items() if column.withheld)
    if not names:
        raise ProgramError('no column is declared for audits; write `[columns.NAME]` with `use = "audit"` in a program')
    return names


_Line: TypeAlias = dict[str, Any]


@dataclass(frozen=True, eq=False)
class _Placed:
    """Number of pairs of each person of a side, and the mean score of those."""

    load: IntArray
    score: FloatArray

    @classmethod
    def of(cls, table: Table, chosen: IntArray, points: IntArray) -> _Placed:
        load = np.bincount(chosen, minlength=len(table.ids))
        total = np.bincount(chosen, weights=points, minlength=len(table.ids))
        return cls(load, total / np.maximum(load, 1) / SCALE)

    @property
    def matched(self) -> BoolArray:
        some: BoolArray = self.load > 0
        return some


def _lines(side: str, name: str, placed: _Placed, column: Column) -> Iterator[_Line]:
    groups = _groups(column)
    gone = hidden([int(some.sum()) for _, _, some in groups])
    rows = [row for k, row in enumerate(groups) if k not in gone and row[2].any()]
    if gone:
        rows.append((SMALL, "small", np.logical_or.reduce([groups[k][2] for k in gone])))

    scored = placed.matched
    median = float(np.median(placed.score[scored])) if scored.any() else np.nan
    silent = hidden([int((some & scored).sum()) for _, _, some in rows])
    lines = [
        {"side": side, "column": name, "group": group, "kind": kind}
        | (_counts(some, placed) if int(some.sum()) >= FEWEST else {})
        | (_scores(some, placed, median) if k not in silent else {})
        for k, (group, kind, some) in enumerate(rows)
    ]
    _compare([line for line in lines if line["kind"] == "group"])
    yield from lines


def _groups(column: Column) -> list[tuple[str, str, BoolArray]]:
    """Each group, its kind of line, and its mask; people without an answer come last."""
    cells, silent = column.cells(), column.missing
    answers = set(cells[~silent].tolist())
    if isinstance(column, Number):
        first = {cell: float(column.values[cells == cell][0]) for cell in answers}
        named = sorted(answers, key=lambda cell: first[cell])
    else:
        named = sorted(answers, key=lambda cell: (fold(cell), cell))
    return [*((name, "group", (cells == name) & ~silent) for name in named), (UNKNOWN, "unknown", silent)]


def _counts(some: BoolArray, placed: _Placed) -> _Line:
    people, matched, pairs = int(some.sum()), int((some & placed.matched).sum()), int(placed.load[some].sum())
    return {
        "people": people,
        "matched": matched,
        "matched_rate": matched / people,
        "pairs": pairs,
        "load": pairs / people,
    }


def _scores(some: BoolArray, placed: _Placed, median: float) -> _Line:
    scores = placed.score[some & placed.matched]
    if not len(scores):
        return {}
    return {"mean_score": round(float(scores.mean()), 2), "scoring_rate": float((scores > median).mean())}


def _compare(lines: list[_Line]) -> None:
    """Add the columns that compare the groups of one column."""
    for rate, ratio in (("matched_rate", "impact_ratio"), ("scoring_rate", "scoring_impact_ratio")):
        best = max((line[rate] for line in lines if rate in line), default=0.0)
        for line in lines:
            if rate in line and best:
                line[ratio] = line[rate] / best
    for line in lines:
        matched, people = (sum(other[key] for other in lines if other is not line) for key in ("matched", "people"))
        if people:
            line["p_value"] = fisher_exact(line["matched"], line["people"], matched, people)


def hidden(counts: Sequence[int]) -> set[int]:
    """Return the positions of the counts to suppress: those from 1 to 9, and further ones that protect them.

    The sum of the suppressed counts follows from the total. So further counts are suppressed, from the last on, until
    there are at least two with a sum of at least ten that does not force all to be 1 or all to be 9. Which ones does
    not depend on their size, which would reveal it.
    """
    gone = {k for k, count in enumerate(counts) if 0 < count < FEWEST}
    rest = [k for k, count in enumerate(counts) if count >= FEWEST]
    while gone and rest and _revealed([counts[k] for k in gone]):
        gone.add(rest.pop())
    return gone


def _revealed(counts: list[int]) -> bool:
    """Whether the sum of suppressed counts reveals one of them, or is itself too small to be known."""
    total = sum(counts)
    return len(counts) < 2 or total < FEWEST or total in (len(counts), len(counts) * (FEWEST - 1))


def fisher_exact(matched: int, people: int, other_matched: int, others: int) -> float:
    """Return the two-sided p-value of Fisher's exact test for a 2 × 2 table.

    It is the sum of the probabilities of all tables with the same margins that are not more probable than this one
    (Fisher, *Statistical Methods for Research Workers*, 1934).

    Args:
        matched, people: Matched people and people of the group.
        other_matched, others: The same of all other groups.
    """
    total = matched + other_matched
    k = np.arange(max(0, total - others), min(people, total), dtype=float)
    ratios = np.log((people - k) * (total - k)) - np.log((k + 1) * (others - total + k + 1))
    weight = np.concatenate([[0.0], np.cumsum(ratios)])
    chance = np.exp(weight - weight.max())
    here = chance[matched - max(0, total - others)]
    return min(1.0, float(chance[chance <= here * (1 + 1e-7)].sum() / chance.sum()))
