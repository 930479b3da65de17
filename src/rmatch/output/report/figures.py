"""The figures of a report: how scores lie, where pairs cross departments, and which skills are scarce."""

from __future__ import annotations

from collections import Counter

import numpy as np

from rmatch.analysis.claims import clause, total_label
from rmatch.analysis.demand import skills
from rmatch.analysis.subjects import department_column
from rmatch.analysis.summary import counted, headline, proof, weak_pairs
from rmatch.columns import Category, fold
from rmatch.factors import SCALE
from rmatch.output.report.people import shortened
from rmatch.output.report.story import Crossing, Distribution, Headline, Shortage, Skill
from rmatch.result import Result

STEPS = 20
"""Bars of the distribution: a score from 0 to 1 in steps of 0.05."""

DEPARTMENTS = 9
"""Departments that have a line of their own; the others share one."""

SKILLS = 15
"""Skills that are listed."""

NOT_GIVEN = "not given"


def first_words(matching: Result, kind: str) -> Headline:
    """The headline of owner and director: the figures, and the proof or the gap."""
    (m, n), pairs = matching.model.shape, len(matching.points)
    placed = [len(np.unique(side)) for side in matching.chosen]
    who = headline(matching).partition(": ")[2]  # the title has the number of pairs
    lead = [who[:1].upper() + who[1:], proof(matching)] if pairs else [headline(matching), proof(matching)]
    lead += weak_pairs(matching)
    figures = [
        ("mentors with a partner", f"{placed[0]:,} of {m:,}"),
        ("mentees with a partner", f"{placed[1]:,} of {n:,}"),
    ]
    if pairs:
        found = crossing(matching)
        if found is not None and found.known:
            figures.append(("pairs across departments", f"{found.across / found.known:.0%}"))
        figures.append(("average score", f"{matching.total / pairs:.2f}"))
        figures.append((total_label(matching), f"{matching.total:,.2f}"))
    title = f"{counted(pairs, 'pair')}, {clause(matching)}" if pairs else "No pairs"
    return Headline(kind, title, tuple(lead), tuple(figures), matching.state if pairs else "")


def distribution(matching: Result) -> Distribution | None:
    """How the scores lie; None where there is no pair."""
    points = matching.points
    if not len(points):
        return None
    step = np.minimum(points * STEPS // SCALE, STEPS - 1)
    counts = np.bincount(step, minlength=STEPS).tolist()
    least, mean, most = (float(x) / SCALE for x in (points.min(), points.mean(), points.max()))
    return Distribution(tuple(counts), least, mean, most)


def crossing(matching: Result) -> Crossing | None:
    """Where pairs cross departments; None where the export has none."""
    model, names = matching.model, []
    for table, rows in zip((model.mentors, model.mentees), matching.chosen, strict=True):
        cells = table.get(department_column(model.program))
        if not isinstance(cells, Category) or not len(rows):
            return None
        names.append([shortened(str(cell)) for cell in cells.take(rows).cells()])
    shown = {"": NOT_GIVEN}
    for name in sorted({*names[0], *names[1]}):
        shown.setdefault(fold(name), name)
    keys = [[fold(name) for name in side] for side in names]
    size = Counter(keys[0] + keys[1])
    order = sorted(size, key=lambda key: (not key, -size[key], key))
    top = order if len(order) <= DEPARTMENTS + 1 else order[:DEPARTMENTS]
    place = {key: min(k, len(top)) for k, key in enumerate(order)}
    width = len(top) + (len(top) < len(order))
    counts = np.zeros((width, width), np.int64)
    np.add.at(counts, tuple([place[key] for key in side] for side in keys), 1)
    known = [(a, b) for a, b in zip(*keys, strict=True) if a and b]
    return Crossing(
        departments=tuple(shown[key] for key in top),
        counts=tuple(map(tuple, counts.tolist())),
        others=len(order) - len(top),
        across=sum(a != b for a, b in known),
        known=len(known),
    )


def shortage(matching: Result, least: int = 1) -> Shortage | None:
    """Skills wanted against skills offered, the scarcest first; None where nobody wants any.

    A skill that fewer than ``least`` mentees want is counted but not named.
    """
    table = skills(matching)
    table = table[table["wanted"] > 0]
    numbers = (table[name].tolist() for name in ("wanted", "offered", "taught"))
    found = [Skill(shortened(str(skill)), *counts) for skill, *counts in zip(table["skill"], *numbers, strict=True)]
    found.sort(key=lambda skill: (-skill.short, -skill.wanted, fold(skill.name)))
    if not found:
        return None
    named = [skill for skill in found if skill.wanted >= least]
    short = sum(skill.short > 0 for skill in found)
    return Shortage(tuple(named[:SKILLS]), len(found), short, len(found) - len(named))
