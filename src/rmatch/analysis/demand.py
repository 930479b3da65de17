"""Demand: skills wanted and offered, and how many pairs teach each."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pandas as pd

from rmatch._util.kept import kept
from rmatch.analysis.subjects import taught_columns
from rmatch.columns import Items, Table, fold
from rmatch.criteria import covered
from rmatch.criteria.blocks import as_items
from rmatch.problem.build import canonical_order
from rmatch.program import Program
from rmatch.result import Result
from rmatch.rows import Side

MOST_ASKED = 10
"""Most people whom a line of the demand names."""


@kept
def skills(result: Result) -> pd.DataFrame:
    """Return one line per skill: how many mentees want it, mentors offer it, and pairs teach it; the scarcest first.

    The columns are those of the program's first ``Skills`` criterion.
    """
    model = result.model
    frame = supply(model.program, model.mentors, model.mentees)
    offering, wanting = taught_columns(model.program)[0]
    if not len(frame):
        return frame.assign(taught=0)
    pairs = covered(model.mentors[offering], model.mentees[wanting], *result.chosen)
    taught = Counter(label for some in pairs for label in some)
    return frame.assign(taught=[taught[label] for label in frame["skill"]])


def supply(program: Program, mentors: Table, mentees: Table) -> pd.DataFrame:
    """Return the same lines of people who are not matched yet, without ``taught``."""
    offering, wanting = taught_columns(program)[0]
    labels, counts = dict[str, str](), [Counter[str](), Counter[str]()]
    if offering in mentors and wanting in mentees:
        for column, count in zip((mentors[offering], mentees[wanting]), counts, strict=True):
            items = as_items(column)
            labels |= dict(zip(items.keys, items.labels, strict=True))
            count.update(_people(items))
    keys = sorted(counts[0] | counts[1])
    frame = pd.DataFrame(
        {
            "skill": np.array([labels[key] for key in keys], dtype=object),
            "wanted": np.array([counts[1][key] for key in keys], dtype=np.int64),
            "offered": np.array([counts[0][key] for key in keys], dtype=np.int64),
        }
    )
    short = frame["offered"] - frame["wanted"]
    order = np.lexsort((np.arange(len(frame)), -frame["wanted"], short))
    return frame.iloc[order].reset_index(drop=True)


def demand(result: Result, outside: Table, side: Side) -> pd.DataFrame:
    """Return the skills that the other side lacks, and which outside people to ask.

    For mentors these are the skills that more mentees want than mentors offer, and the people who offer them; for
    mentees the skills that more mentors offer than mentees want, and the people who want them. The largest lack comes
    first. Who is named first is drawn by the program's seed.

    Args:
        result: The plan.
        outside: The outside people.
        side: Whom to ask: ``"mentor"`` or ``"mentee"``.

    Returns:
        Columns: ``skill``, ``wanted`` and ``offered`` (numbers of people in the programme), ``could`` (outside people
        who offer, or want, it) and ``ask`` (up to ten of their ids).
    """
    found = skills(result)
    lack = (found["wanted"] - found["offered"]) * (1 if side == "mentor" else -1)
    found = found.assign(lack=lack)[lack > 0].sort_values("lack", ascending=False, kind="stable")
    column = outside.get(taught_columns(result.model.program)[0][side == "mentee"])
    who: dict[str, list[str]] = {}
    if column is not None:
        items, ids = as_items(column), outside.ids
        for row in canonical_order(ids, result.model.program.seed).tolist():
            for entry in items.ids[items.start[row] : items.start[row + 1]].tolist():
                who.setdefault(fold(str(items.labels[entry])), []).append(str(ids[row]))
    able = [who.get(fold(skill), []) for skill in found["skill"]]
    return (
        found[["skill", "wanted", "offered"]]
        .assign(could=[len(some) for some in able], ask=["; ".join(some[:MOST_ASKED]) for some in able])
        .reset_index(drop=True)
    )


def _people(items: Items) -> dict[str, int]:
    number = np.bincount(items.ids, minlength=len(items.keys)).tolist()
    return {key: n for key, n in zip(items.keys, number, strict=True) if n}
